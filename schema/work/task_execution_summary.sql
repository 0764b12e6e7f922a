-- The attempts of each task, counted.

CREATE VIEW task_execution_summary WITH (security_invoker = true) AS
SELECT
    task.id AS task_id,
    list.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    task.status AS task_status,
    count(execution.id) AS total_executions,
    count(execution.id) FILTER (WHERE execution.status = 'running') AS running_executions,
    count(execution.id) FILTER (WHERE execution.status = 'completed') AS successful_executions,
    count(execution.id) FILTER (WHERE execution.status = 'failed') AS failed_executions,
    count(execution.id) FILTER (WHERE execution.status = 'timeout') AS timed_out_executions,
    count(execution.id) FILTER (WHERE execution.status = 'cancelled') AS cancelled_executions,
    greatest(count(execution.id) - 1, 0) AS retry_count,
    avg((execution.status = 'completed')::integer)
        FILTER (WHERE execution.status IN ('completed', 'failed', 'timeout')) AS success_rate,
    avg(extract(epoch FROM execution.completed_at - execution.started_at)) AS avg_duration_seconds,
    sum(extract(epoch FROM execution.completed_at - execution.started_at))
        AS total_duration_seconds,
    sum(execution.input_tokens::bigint) AS input_tokens,
    sum(execution.output_tokens::bigint) AS output_tokens,
    sum(execution.cost_usd::numeric) AS cost_usd,
    min(execution.started_at) AS first_started_at,
    max(execution.completed_at) AS last_execution_time
FROM task_lists AS list
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN tasks AS task ON task.task_list_id = list.id
LEFT JOIN task_executions AS execution ON execution.task_id = task.id
WHERE task.deleted_at IS NULL
GROUP BY task.id, list.id;

COMMENT ON VIEW task_execution_summary IS
    'Attempts per task that is not deleted: how many, how they ended, how long they took, what they used.';
COMMENT ON COLUMN task_execution_summary.retry_count IS 'Number of attempts after the first.';
COMMENT ON COLUMN task_execution_summary.success_rate IS
    'Share, 0 to 1, of the attempts that were completed among those that were completed, failed or ran out of time; null when there is none.';
COMMENT ON COLUMN task_execution_summary.avg_duration_seconds IS
    'Mean over the attempts that have ended; null when none has.';
COMMENT ON COLUMN task_execution_summary.last_execution_time IS 'When the latest attempt ended.';
