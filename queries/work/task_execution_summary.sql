-- The attempts of each task, counted.

-- name: get_task_execution_summary(task_id)^
-- Get how often a task was tried, how that ended, how long it took, in seconds, and what it used.
-- None when there is no such task.
SELECT task_id, ref, title, task_status, total_executions, running_executions,
    successful_executions, failed_executions, timed_out_executions, cancelled_executions,
    retry_count, success_rate, avg_duration_seconds AS average_duration_seconds,
    total_duration_seconds, input_tokens, output_tokens, cost_usd, first_started_at,
    last_execution_time AS last_completed_at
FROM task_execution_summary
WHERE task_id = :task_id;

-- name: list_task_execution_summaries(project_id)
-- List how often each task of a project was tried, how that ended, how long it took, in seconds,
-- and what it used.
-- Reads the whole of task_executions: a project may have many of the tasks.
SELECT task_id, ref, title, task_status, total_executions, running_executions,
    successful_executions, failed_executions, timed_out_executions, cancelled_executions,
    retry_count, success_rate, avg_duration_seconds AS average_duration_seconds,
    total_duration_seconds, input_tokens, output_tokens, cost_usd, first_started_at,
    last_execution_time AS last_completed_at
FROM task_execution_summary
WHERE project_id = :project_id
ORDER BY ref, task_id;
