-- The whole system in one row.

-- name: get_system_overview()^
-- Get the whole system in one row. Reads the whole of tasks: it counts them.
SELECT active_projects, total_tasks, pending_tasks, waiting_tasks, in_progress_tasks,
    completed_tasks, failed_tasks, running_executions, expired_executions, active_agents,
    open_workflows, open_pull_requests, open_errors, open_alerts, unhealthy_components,
    database_size_bytes, observed_at
FROM system_overview;
