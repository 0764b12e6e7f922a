-- Named lists of tasks within a project.

-- name: create_task_list(project_id, name, description, metadata)^
-- Create a list in a project.
-- Refused by task_lists_project_id_name_key when the project has a list of that name, and by
-- task_lists_project_id_fkey when there is no such project.
-- batch
INSERT INTO task_lists (project_id, name, description, metadata)
VALUES (:project_id, :name, :description, coalesce(:metadata::jsonb, '{}'))
RETURNING id, project_id, name, description, metadata, created_at, updated_at;

-- name: delete_task_list(task_list_id)!
-- Delete a list in which no task lives, and erase the deleted tasks in it.
-- 0 when there is no such list, or a task lives in it. Refused by
-- task_dependencies_depends_on_id_fkey while tasks of other lists depend on one of its own. Locks
-- the list, so that nobody adds a task meanwhile.
SELECT delete_task_list(:task_list_id);

-- name: get_task_list(task_list_id)^
-- Get a list. None when there is no such list.
SELECT id, project_id, name, description, metadata, created_at, updated_at
FROM task_lists
WHERE id = :task_list_id;

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

-- name: update_task_list(task_list_id, name, description, metadata, cleared)^
-- Change a list; what is None stays, what cleared names is emptied.
-- None when there is no such list. Refused by task_lists_project_id_name_key when the project has a
-- list of that name.
-- batch
UPDATE task_lists
SET name = coalesce(:name, name),
    description = CASE
        WHEN NOT 'description' = ANY (coalesce(:cleared::task_list_optional_column[], '{}'))
        THEN coalesce(:description, description)
    END,
    metadata = coalesce(:metadata::jsonb, metadata)
WHERE id = :task_list_id
RETURNING id, project_id, name, description, metadata, created_at, updated_at;
