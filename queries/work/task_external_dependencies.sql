-- What tasks wait for outside of the database.

-- name: create_task_external_dependency(task_id, target, description, metadata, created_by)^
-- Make a task wait for something outside of the database, until somebody says that it is there.
-- target is what is waited for: a text, or an address. Repeated, it changes what is not None, and
-- what was satisfied stays so.
-- Refused by task_external_dependencies_added_while_not_running when an agent is working on the
-- task. Takes the project's graph lock.
-- batch
INSERT INTO task_external_dependencies AS dependency (
    task_id, target, description, metadata, created_by
)
VALUES (:task_id, :target, :description, coalesce(:metadata::jsonb, '{}'), :created_by)
ON CONFLICT (task_id, target) DO UPDATE SET
    description = coalesce(:description, dependency.description),
    metadata = coalesce(:metadata::jsonb, dependency.metadata)
RETURNING id, task_id, target, description, metadata, satisfied_at, satisfied_by, created_by,
    created_at, updated_at;

-- name: list_task_external_dependencies(task_id)
-- List what a task waits for, or has waited for, outside of the database.
SELECT id, task_id, target, description, metadata, satisfied_at, satisfied_by, created_by,
    created_at, updated_at
FROM task_external_dependencies
WHERE task_id = :task_id
ORDER BY created_at, id;

-- name: remove_task_external_dependency(dependency_id)!
-- Remove an external dependency, so that the task no longer waits for it. 0 when there is none.
-- Takes the project's graph lock.
DELETE FROM task_external_dependencies
WHERE id = :dependency_id
    AND (
        SELECT lock_task_graph(task.project_id)::text
        FROM task_external_dependencies AS dependency
        JOIN tasks AS task ON task.id = dependency.task_id
        WHERE dependency.id = :dependency_id
    ) IS NOT NULL;

-- name: reopen_task_external_dependency(dependency_id)^
-- Say that an external dependency is not there after all, so that the task waits for it again.
-- None when there is no such dependency.
-- Refused by task_external_dependencies_added_while_not_running when an agent is working on the
-- task. Takes the project's graph lock.
UPDATE task_external_dependencies
SET satisfied_at = NULL, satisfied_by = NULL
WHERE id = :dependency_id
    AND (
        SELECT lock_task_graph(task.project_id)::text
        FROM task_external_dependencies AS dependency
        JOIN tasks AS task ON task.id = dependency.task_id
        WHERE dependency.id = :dependency_id
    ) IS NOT NULL
RETURNING id, task_id, target, satisfied_at, satisfied_by;

-- name: resolve_task_external_dependency(dependency_id, satisfied_by)^
-- Say that an external dependency is there, so that the task no longer waits for it.
-- Who said so first, and when, is kept. None when there is no such dependency. Takes the project's
-- graph lock.
-- param: satisfied_by?
UPDATE task_external_dependencies
SET satisfied_by = CASE WHEN satisfied_at IS NULL THEN :satisfied_by ELSE satisfied_by END,
    satisfied_at = coalesce(satisfied_at, clock_timestamp())
WHERE id = :dependency_id
    AND (
        SELECT lock_task_graph(task.project_id)::text
        FROM task_external_dependencies AS dependency
        JOIN tasks AS task ON task.id = dependency.task_id
        WHERE dependency.id = :dependency_id
    ) IS NOT NULL
RETURNING id, task_id, target, satisfied_at, satisfied_by;
