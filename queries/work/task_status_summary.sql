-- Tasks counted by status.

-- name: list_task_status_summary()
-- List how many tasks have each status, over all projects, and how much work they are.
-- A status without tasks is left out. Reads the whole of tasks and
-- task_executions: it counts them.
SELECT status, task_count, percentage, average_priority, average_complexity_score, estimated_hours,
    actual_hours, unassigned_count, oldest_created_at, latest_updated_at
FROM task_status_summary
ORDER BY status;
