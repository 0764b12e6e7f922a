-- Projects: the boundary within which tasks depend on each other and agents claim them.

-- name: create_project(name, slug, description, repository_url, repository_name, default_branch, settings, status)^
-- Create a project.
-- repository_name is the last part of the address when None; default_branch is main, and status
-- active.
-- Refused by projects_living_share_no_slug when the slug is taken.
-- batch
INSERT INTO projects (
    name, slug, description, repository_url, repository_name, default_branch, settings, status
)
VALUES (
    :name, :slug, :description, :repository_url, :repository_name,
    coalesce(:default_branch, 'main'), coalesce(:settings::jsonb, '{}'),
    coalesce(:status, 'active'::project_status)
)
RETURNING id, name, slug, description, repository_url, repository_name, default_branch, settings,
    status, paused_at, created_at, updated_at;

-- name: delete_project(project_id)!
-- Delete a project, which restore_project takes back: it is archived, and nothing of it is handed
-- out. 0 when there is no such project, or it is deleted already.
-- Attempts that run go on.
UPDATE projects
SET status = 'archived', deleted_at = clock_timestamp()
WHERE id = :project_id AND deleted_at IS NULL;

-- name: erase_project(project_id)!
-- Erase a deleted project for good, with its lists, tasks and attempts. 0 when there is no such
-- project, or it is not deleted.
DELETE FROM projects
WHERE id = :project_id AND deleted_at IS NOT NULL;

-- name: get_project(project_id)^
-- Get a project, even if it is deleted. None when there is no such project.
SELECT id, name, slug, description, repository_url, repository_name, default_branch, settings,
    status, paused_at, archived_at, deleted_at, created_at, updated_at
FROM projects
WHERE id = :project_id;

-- name: get_project_by_slug(slug)^
-- Get a project by its slug. None when there is no such project.
SELECT id, name, slug, description, repository_url, repository_name, default_branch, settings,
    status, paused_at, archived_at, created_at, updated_at
FROM projects
WHERE slug = :slug AND deleted_at IS NULL;

-- name: import_project(name, slug)^
-- Create a project for an import.
-- None when there is one of that slug, if need be after waiting for whoever creates it now.
INSERT INTO projects (name, slug)
VALUES (:name, :slug)
ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING
RETURNING id, name, slug;

-- name: import_project_settings(project_id, settings)!
-- Add keys to the settings of a project, or replace them. 0 when it has them already.
-- Refused by projects_settings_is_object.
UPDATE projects
SET settings = settings || :settings
WHERE id = :project_id AND settings IS DISTINCT FROM settings || :settings;

-- name: list_projects(status, repository_url, is_paused, created_after, order_by, is_descending, page_size, page_start)
-- List projects, by name unless order_by says otherwise.
-- status, repository_url, is_paused and created_after leave out what differs, when they are not
-- None; a repository is found by any spelling of its address. page_size is the number of projects
-- at most (100 when None), page_start the number to pass over.
SELECT id, name, slug, description, repository_url, repository_name, default_branch, settings,
    status, paused_at, archived_at, created_at, updated_at
FROM projects
CROSS JOIN LATERAL (
    SELECT
        CASE coalesce(:order_by, 'name'::project_order)
            WHEN 'name' THEN name WHEN 'slug' THEN slug WHEN 'status' THEN status::text
        END,
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
) AS key (words, moment)
WHERE deleted_at IS NULL
    AND (:status::project_status IS NULL OR status = :status)
    AND (
        :repository_url::text IS NULL
        OR normalised_repository = normalised_repository(:repository_url)
    )
    AND (:is_paused::boolean IS NULL OR (paused_at IS NOT NULL) = :is_paused)
    AND (:created_after::timestamptz IS NULL OR created_at > :created_after)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.words END,
    CASE WHEN :is_descending THEN key.words END DESC NULLS LAST,
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.moment END,
    CASE WHEN :is_descending THEN key.moment END DESC NULLS LAST,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: restore_project(project_id)^
-- Take the deletion of a project back. It stays archived until set_project_status.
-- None when there is no such project, or it is not deleted.
-- Refused by projects_living_share_no_slug when the slug is taken meanwhile.
UPDATE projects
SET deleted_at = NULL
WHERE id = :project_id AND deleted_at IS NOT NULL
RETURNING id, slug, status, archived_at;

-- name: set_project_paused(project_id, is_paused)^
-- Pause a project, so that none of its tasks is handed out, or resume it.
-- Attempts that run go on. None when there is no such project.
UPDATE projects
SET paused_at = CASE WHEN :is_paused::boolean THEN coalesce(paused_at, clock_timestamp()) END
WHERE id = :project_id
RETURNING id, slug, paused_at;

-- name: set_project_status(project_id, status)^
-- Set the status of a project: active, inactive or archived.
-- None when there is no such project. Refused by projects_deleted_are_archived.
UPDATE projects
SET status = :status
WHERE id = :project_id
RETURNING id, slug, status, archived_at;

-- name: update_project(project_id, name, slug, description, repository_url, repository_name, default_branch, settings, cleared)^
-- Change what is not None of a project, and empty the columns that cleared names.
-- settings replaces all of them; set_project_setting sets one. None when there is no such project.
-- Refused by projects_living_share_no_slug when the slug is taken.
-- batch
UPDATE projects
SET name = coalesce(:name, name),
    slug = coalesce(:slug, slug),
    description = CASE
        WHEN 'description' = ANY (coalesce(:cleared::project_optional_column[], '{}')) THEN NULL
        ELSE coalesce(:description, description)
    END,
    repository_url = CASE
        WHEN 'repository_url' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:repository_url, repository_url)
    END,
    repository_name = CASE
        WHEN 'repository_name' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:repository_name, repository_name)
    END,
    default_branch = coalesce(:default_branch, default_branch),
    settings = coalesce(:settings::jsonb, settings)
WHERE id = :project_id
RETURNING id, name, slug, description, repository_url, repository_name, default_branch, settings,
    status, paused_at, archived_at, deleted_at, created_at, updated_at;
