-- Projects: the boundary within which tasks depend on each other and agents claim them.

-- name: create_project(name, slug, description, repository_url)^
-- Create a project.
-- Refused by projects_slug_key when the slug is taken.
INSERT INTO projects (name, slug, description, repository_url)
VALUES (:name, :slug, :description, :repository_url)
RETURNING id, name, slug, description, repository_url, default_branch, settings, status, paused_at,
    created_at, updated_at;

-- name: get_project(project_id)^
-- Get a project. None when there is no such project.
SELECT id, name, slug, description, repository_url, default_branch, settings, status, paused_at,
    created_at, updated_at
FROM projects
WHERE id = :project_id;

-- name: get_project_by_slug(slug)^
-- Get a project by its slug. None when there is no such project.
SELECT id, name, slug, description, repository_url, default_branch, settings, status, paused_at,
    created_at, updated_at
FROM projects
WHERE slug = :slug;

-- name: import_project(name, slug)^
-- Create a project for an import.
-- None when there is one of that slug, if need be after waiting for whoever creates it now.
INSERT INTO projects (name, slug)
VALUES (:name, :slug)
ON CONFLICT (slug) DO NOTHING
RETURNING id, name, slug;

-- name: import_project_settings(project_id, settings)!
-- Add keys to the settings of a project, or replace them. 0 when it has them already.
-- Refused by projects_settings_is_object.
UPDATE projects
SET settings = settings || :settings
WHERE id = :project_id AND settings IS DISTINCT FROM settings || :settings;

-- name: list_projects(status)
-- List projects by name; of one status, or of any when it is None.
SELECT id, name, slug, description, repository_url, default_branch, settings, status, paused_at,
    created_at, updated_at
FROM projects
WHERE :status::project_status IS NULL OR status = :status
ORDER BY name, id;

-- name: set_project_paused(project_id, is_paused)^
-- Pause a project, so that none of its tasks is handed out, or resume it.
-- Attempts that run go on. None when there is no such project.
UPDATE projects
SET paused_at = CASE WHEN :is_paused::boolean THEN coalesce(paused_at, clock_timestamp()) END
WHERE id = :project_id
RETURNING id, slug, paused_at;

-- name: set_project_status(project_id, status)^
-- Set the status of a project: active, inactive or archived.
-- None when there is no such project.
UPDATE projects
SET status = :status
WHERE id = :project_id
RETURNING id, slug, status, archived_at;
