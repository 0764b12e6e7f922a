-- Named lists of tasks within a project.

-- name: create_task_list(project_id, name, description)^
-- Create a list in a project.
-- Refused by task_lists_project_id_name_key when the project has a list of that name, and by
-- task_lists_project_id_fkey when there is no such project.
INSERT INTO task_lists (project_id, name, description)
VALUES (:project_id, :name, :description)
RETURNING id, project_id, name, description, metadata, created_at, updated_at;

-- name: get_task_list_by_name(project_id, name)^
-- Get a list of a project by its name. None when there is no such list.
SELECT id, project_id, name, description, metadata, created_at, updated_at
FROM task_lists
WHERE project_id = :project_id AND name = :name;

-- name: import_task_lists(project_id, names, metadata)
-- Create lists, or add keys to the metadata of those that are there.
-- The n-th object belongs to the n-th name.
-- Refused by task_lists_name_has_1_to_200_characters and task_lists_metadata_is_object.
INSERT INTO task_lists (project_id, name, metadata)
SELECT :project_id, list.name, list.metadata
FROM unnest(:names::text[], :metadata::jsonb[]) AS list (name, metadata)
ON CONFLICT (project_id, name) DO UPDATE SET metadata = task_lists.metadata || EXCLUDED.metadata
RETURNING id, name;

-- name: list_task_lists(project_id)
-- List the lists of a project by name.
SELECT id, project_id, name, description, metadata, created_at, updated_at
FROM task_lists
WHERE project_id = :project_id
ORDER BY name;
