-- The contexts of each task, counted.

-- name: list_task_context_summary(task_id)
-- List how many contexts of each type a task has, and when the first and the last came.
SELECT type, context_count, first_created_at, last_created_at
FROM task_context_summary
WHERE task_id = :task_id
ORDER BY type;
