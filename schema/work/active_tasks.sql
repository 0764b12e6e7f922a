-- What is being worked on now, by whom, and until when the lease holds.

CREATE VIEW active_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    list.project_id,
    project.name AS project_name,
    project.repository_name,
    project.slug AS project_slug,
    task.task_list_id,
    task.parent_id,
    task.ref::text AS ref,
    task.title::text AS title,
    detail.description,
    task.type::text AS type,
    task.status,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.assignee_type,
    task.assignee::text AS assignee,
    task.estimated_hours::numeric AS estimated_hours,
    task.due_at,
    task.created_at,
    task.updated_at,
    task.started_at,
    execution.id AS execution_id,
    execution.attempt,
    execution.agent_id,
    agent.name AS agent_name,
    execution.agent_instance::text AS agent_instance,
    execution.started_at AS attempt_started_at,
    execution.heartbeat_at,
    execution.lease_expires_at,
    task.attempts AS execution_count,
    (
        SELECT max(ended.completed_at) FROM task_executions AS ended
        WHERE ended.task_id = task.id
    ) AS last_execution
FROM projects AS project
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN task_lists AS list ON list.project_id = project.id
JOIN tasks AS task ON task.task_list_id = list.id
LEFT JOIN task_details AS detail ON detail.task_id = task.id
LEFT JOIN task_executions AS execution
    ON execution.task_id = task.id AND execution.status = 'running'
LEFT JOIN agents AS agent ON agent.id = execution.agent_id
WHERE task.status IN ('in_progress', 'review', 'validation');

COMMENT ON VIEW active_tasks IS
    'Tasks in progress, in review or in validation, with the running attempt where there is one.';
COMMENT ON COLUMN active_tasks.last_execution IS 'When the latest attempt ended; null when none has.';
