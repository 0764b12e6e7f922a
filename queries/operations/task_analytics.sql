-- What tasks took, and what waits for them, as of the last refresh.

-- name: get_task_analytics(task_id)^
-- Get what a task took and what waits for it. None when there was no such task at the last refresh.
SELECT task_id, project_id, ref, title, type, status, estimated_hours, actual_hours, efficiency,
    execution_count, failed_attempts, open_blockers, blocking_count, blocking_factor, wait_hours,
    cycle_hours, project_weekly_velocity, is_bottleneck
FROM task_analytics
WHERE task_id = :task_id;

-- name: list_task_bottlenecks(project_id)
-- List the tasks of a project that most tasks wait for, the worst first; five, or more where they
-- are equal.
SELECT task_id, ref, title, status, priority, assignee, open_blockers, blocking_count,
    blocking_factor
FROM task_analytics
WHERE project_id = :project_id AND is_bottleneck
ORDER BY blocking_count DESC, task_id;

-- name: refresh_analytics()$
-- Compute workflow_analytics and task_analytics anew, while others read them. Gives the number of
-- tasks. One refresh follows another.
-- Reads the whole of tasks, task_executions and task_dependencies: each of them is counted.
SELECT refresh_analytics() AS task_count;
