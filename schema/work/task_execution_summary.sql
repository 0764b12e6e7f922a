-- The attempts of each task, counted.

CREATE VIEW task_execution_summary WITH (security_invoker = true) AS
SELECT
    task.id AS task_id,
    task.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.status AS task_status,
    count(execution.id) AS total_executions,
    count(execution.id) FILTER (WHERE execution.status = 'completed') AS completed_executions,
    count(execution.id) FILTER (WHERE execution.status = 'failed') AS failed_executions,
    count(execution.id) FILTER (WHERE execution.status = 'timeout') AS timed_out_executions,
    count(execution.id) FILTER (WHERE execution.status = 'cancelled') AS cancelled_executions,
    avg(extract(epoch FROM execution.completed_at - execution.started_at))
        AS average_duration_seconds,
    sum(extract(epoch FROM execution.completed_at - execution.started_at))
        AS total_duration_seconds,
    min(execution.started_at) AS first_started_at,
    max(execution.completed_at) AS last_completed_at
FROM tasks AS task
LEFT JOIN task_executions AS execution ON execution.task_id = task.id
GROUP BY task.id;

COMMENT ON VIEW task_execution_summary IS 'Attempts per task: how many, how they ended, how long they took.';
COMMENT ON COLUMN task_execution_summary.average_duration_seconds IS
    'Mean over the attempts that have ended; null when none has.';
