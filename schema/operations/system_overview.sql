-- The whole system in one row, counted when it is asked.

CREATE VIEW system_overview WITH (security_invoker = true) AS
SELECT
    (SELECT count(*) FROM projects WHERE status = 'active') AS active_projects,
    task.total AS total_tasks,
    task.pending AS pending_tasks,
    task.waiting AS waiting_tasks,
    task.in_progress AS in_progress_tasks,
    task.completed AS completed_tasks,
    task.failed AS failed_tasks,
    (SELECT count(*) FROM task_executions WHERE status = 'running') AS running_executions,
    (
        SELECT count(*) FROM task_executions
        WHERE status = 'running' AND lease_expires_at <= clock_timestamp()
    ) AS expired_executions,
    (SELECT count(*) FROM agents WHERE is_active) AS active_agents,
    (
        SELECT count(*) FROM workflows
        WHERE status IN ('running', 'paused') AND deleted_at IS NULL
    ) AS open_workflows,
    (
        SELECT count(*) FROM pull_requests
        WHERE status NOT IN ('merged', 'closed') AND deleted_at IS NULL
    ) AS open_pull_requests,
    (SELECT count(*) FROM error_logs WHERE status IN ('open', 'acknowledged')) AS open_errors,
    (SELECT count(*) FROM alerts WHERE status <> 'resolved') AS open_alerts,
    (
        SELECT count(*) FROM component_latest_health
        WHERE status IN ('degraded', 'unhealthy')
    ) AS unhealthy_components,
    pg_database_size(current_database()) AS database_size_bytes,
    clock_timestamp() AS observed_at
FROM (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE status = 'pending') AS pending,
        count(*) FILTER (WHERE status = 'pending' AND open_blockers > 0) AS waiting,
        count(*) FILTER (WHERE status = 'in_progress') AS in_progress,
        count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status = 'failed') AS failed
    FROM tasks
    WHERE deleted_at IS NULL
) AS task;

COMMENT ON VIEW system_overview IS 'The whole system in one row: what is to be done, who is at it, and what is wrong.';
COMMENT ON COLUMN system_overview.waiting_tasks IS 'Pending tasks that wait for others.';
COMMENT ON COLUMN system_overview.expired_executions IS 'Running attempts whose lease has run out: reap_expired_executions() ends them.';
COMMENT ON COLUMN system_overview.open_alerts IS 'Alerts that are not resolved, with those that are acknowledged or suppressed.';
