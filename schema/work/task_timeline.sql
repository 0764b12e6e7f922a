-- All that happened to each task, in one order: what was said of it, attempts as they began and
-- ended, events, and changes of its row, its document and its dependencies.

CREATE VIEW task_timeline WITH (security_invoker = true) AS
SELECT
    context.task_id,
    task.project_id,
    context.created_at AS occurred_at,
    'context' AS kind,
    context.type AS what,
    context.created_by AS actor,
    context.data AS detail,
    context.id AS source_id
FROM task_contexts AS context
JOIN tasks AS task ON task.id = context.task_id
UNION ALL
SELECT
    execution.task_id,
    task.project_id,
    moment.occurred_at,
    'attempt' AS kind,
    moment.what,
    agent.name AS actor,
    moment.detail,
    execution.id AS source_id
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id
LEFT JOIN agents AS agent ON agent.id = execution.agent_id
CROSS JOIN LATERAL (
    VALUES
        (
            execution.started_at, 'started',
            jsonb_build_object('attempt', execution.attempt, 'instance', execution.agent_instance)
        ),
        (
            execution.completed_at, execution.status::text,
            jsonb_build_object(
                'attempt', execution.attempt,
                'output_results', execution.output_results,
                'error_details', execution.error_details
            )
        )
) AS moment (occurred_at, what, detail)
WHERE moment.occurred_at IS NOT NULL
UNION ALL
SELECT
    event.task_id,
    task.project_id,
    event.occurred_at,
    'event' AS kind,
    event.type AS what,
    event.actor,
    event.payload AS detail,
    event.id AS source_id
FROM events AS event
JOIN tasks AS task ON task.id = event.task_id
UNION ALL
SELECT
    task.id AS task_id,
    task.project_id,
    change.changed_at AS occurred_at,
    'change' AS kind,
    format('%s %s', change.entity_type, change.action) AS what,
    change.actor,
    jsonb_build_object('old', change.old_values, 'new', change.new_values) AS detail,
    change.id AS source_id
FROM tasks AS task
JOIN audit_log AS change
    ON change.entity_id = task.id::text AND change.entity_type IN ('tasks', 'task_details')
UNION ALL
SELECT
    task.id AS task_id,
    task.project_id,
    change.changed_at AS occurred_at,
    'change' AS kind,
    format('%s %s', change.entity_type, change.action) AS what,
    change.actor,
    jsonb_build_object('old', change.old_values, 'new', change.new_values) AS detail,
    change.id AS source_id
FROM tasks AS task
-- The key of an edge begins with the task that it is about: a range of the index.
JOIN audit_log AS change
    ON change.entity_id ~>=~ (task.id::text || '/')
    AND change.entity_id ~<~ (task.id::text || '0')
    AND change.entity_type = 'task_dependencies';

COMMENT ON VIEW task_timeline IS
    'All that happened to each task that is there. Its order: occurred_at, kind, source_id, what.';
COMMENT ON COLUMN task_timeline.kind IS 'Where it is from: context, attempt, event or change.';
COMMENT ON COLUMN task_timeline.what IS
    'Type of the context or event; what became of the attempt; the table and what was done to its row.';
COMMENT ON COLUMN task_timeline.source_id IS
    'The id in task_contexts, task_executions, events or audit_log.';
