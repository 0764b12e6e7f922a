-- All that tasks depend on, within the database and outside.

-- name: list_task_dependency_status(task_id, is_satisfied)
-- List all that a task depends on, within the database and outside, with what has become of it.
-- is_satisfied leaves out what is not, or what is, when it is not None.
SELECT kind, depends_on_id, target, title, depends_on_status, policy, description, is_external,
    is_satisfied, satisfied_at, satisfied_by, created_by, created_at
FROM task_dependency_status
WHERE task_id = :task_id
    AND (:is_satisfied::boolean IS NULL OR is_satisfied = :is_satisfied)
ORDER BY is_external, kind, target, depends_on_id;
