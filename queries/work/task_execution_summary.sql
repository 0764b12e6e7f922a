-- The attempts of each task, counted.

-- name: get_task_execution_summary(task_id)^
-- Get how often a task was tried, how that ended and how long it took, in seconds.
-- None when there is no such task.
SELECT task_id, ref, task_status, total_executions, completed_executions, failed_executions,
    timed_out_executions, cancelled_executions, average_duration_seconds, total_duration_seconds,
    first_started_at, last_completed_at
FROM task_execution_summary
WHERE task_id = :task_id;

-- name: list_task_execution_summaries(project_id)
-- List how often each task of a project was tried, how that ended and how long it took, in seconds.
SELECT task_id, ref, task_status, total_executions, completed_executions, failed_executions,
    timed_out_executions, cancelled_executions, average_duration_seconds, total_duration_seconds,
    first_started_at, last_completed_at
FROM task_execution_summary
WHERE project_id = :project_id
ORDER BY ref, task_id;
