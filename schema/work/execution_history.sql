-- Each attempt with its task and its agent, for people and for reports.

CREATE VIEW execution_history WITH (security_invoker = true) AS
SELECT
    execution.id AS execution_id,
    execution.task_id,
    task.project_id,
    task.ref::text AS task_ref,
    task.title::text AS task_title,
    task.type::text AS task_type,
    task.status AS task_status,
    execution.attempt,
    execution.attempt - 1 AS retry_count,
    execution.agent_id,
    agent.name AS agent_name,
    agent.type AS agent_type,
    execution.agent_instance::text AS agent_instance,
    execution.status,
    execution.started_at,
    execution.completed_at,
    extract(epoch FROM execution.completed_at - execution.started_at) AS duration_seconds,
    execution.input_context::jsonb AS input_context,
    execution.output_results::jsonb AS output_results,
    execution.error_details::jsonb AS error_details,
    execution.logs::text AS logs,
    execution.memory_usage_mb::numeric AS memory_usage_mb,
    execution.cpu_time_ms::bigint AS cpu_time_ms,
    execution.input_tokens::bigint AS input_tokens,
    execution.output_tokens::bigint AS output_tokens,
    execution.cost_usd::numeric AS cost_usd,
    execution.session_id::text AS session_id,
    execution.correlation_id::text AS correlation_id
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id
LEFT JOIN agents AS agent ON agent.id = execution.agent_id;

COMMENT ON VIEW execution_history IS 'Attempts, with the task and the agent of each.';
COMMENT ON COLUMN execution_history.retry_count IS 'Number of attempts at the task before this one.';
COMMENT ON COLUMN execution_history.duration_seconds IS 'How long the attempt took; null while it runs.';
