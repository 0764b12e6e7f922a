-- Each attempt with the task that it is about: the one shape in which claim, complete, fail,
-- release and reap answer.

CREATE VIEW task_attempts WITH (security_invoker = true) AS
SELECT
    execution.id AS execution_id,
    execution.attempt,
    execution.status AS execution_status,
    execution.agent_id,
    execution.started_at,
    execution.lease_expires_at,
    task.id AS task_id,
    task.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    task.created_at,
    task.status AS task_status
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id;

COMMENT ON VIEW task_attempts IS 'Attempts with the task that each is about.';
COMMENT ON COLUMN task_attempts.execution_id IS
    'The attempt, which is also the lease: name it to heartbeat, complete, fail or release.';
COMMENT ON COLUMN task_attempts.created_at IS
    'When the task was created: with priority and task_id, its place in claim order.';
