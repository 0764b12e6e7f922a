-- The settings of projects, one by one.

-- name: get_project_setting(project_id, key)^
-- Get one setting of a project. None when the project does not have it.
SELECT key, value
FROM project_settings
WHERE project_id = :project_id AND key = :key;

-- name: list_project_settings(project_id)
-- List the settings of a project by key.
SELECT key, value
FROM project_settings
WHERE project_id = :project_id
ORDER BY key;

-- name: remove_project_setting(project_id, key)!
-- Remove one setting of a project. 0 when the project does not have it.
UPDATE projects
SET settings = settings - :key::text
WHERE id = :project_id AND settings ? :key::text;

-- name: set_project_setting(project_id, key, value)^
-- Set one setting of a project; the others stay as they are.
-- value is any JSON. None when there is no such project. Refused by projects_settings_is_object
-- when taskmaster would be no object.
UPDATE projects
SET settings = settings || jsonb_build_object(:key::text, :value::jsonb)
WHERE id = :project_id
RETURNING id, settings;
