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
