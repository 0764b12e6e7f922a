-- What happened in workflows: events that tell of them, and the changes of themselves and of their
-- steps, in the order of moments. Of a workflow that is erased only events are left.

CREATE VIEW workflow_events WITH (security_invoker = true) AS
SELECT
    event.workflow_id,
    event.occurred_at,
    'event' AS origin,
    event.id,
    event.type,
    event.severity,
    event.source,
    event.task_id,
    NULL AS step,
    event.payload,
    event.actor
FROM events AS event
WHERE event.workflow_id IS NOT NULL

UNION ALL
SELECT
    workflow.id,
    change.changed_at,
    'workflow',
    change.id,
    'workflow.' || CASE
        WHEN change.action = 'insert' THEN 'created'
        WHEN change.new_values ? 'status' THEN change.new_values ->> 'status'
        WHEN change.new_values ? 'phase' THEN 'phase_changed'
        WHEN change.new_values ->> 'deleted_at' IS NULL THEN 'restored'
        ELSE 'deleted'
    END,
    'info',
    'workflows',
    NULL,
    NULL,
    change.new_values,
    change.actor
FROM workflows AS workflow
JOIN audit_log AS change
    ON change.entity_id = workflow.id::text AND change.entity_type = 'workflows'
WHERE change.action = 'insert' OR change.new_values ?| ARRAY['status', 'phase', 'deleted_at']

UNION ALL
SELECT
    step.workflow_id,
    change.changed_at,
    'step',
    change.id,
    'step.' || CASE
        WHEN change.action = 'insert' THEN 'created' ELSE change.new_values ->> 'status'
    END,
    CASE change.new_values ->> 'status' WHEN 'failed' THEN 'error'::severity ELSE 'info' END,
    'workflow_steps',
    step.task_id,
    step.step,
    change.new_values,
    change.actor
FROM workflow_steps AS step
JOIN audit_log AS change
    ON change.entity_id = step.id::text AND change.entity_type = 'workflow_steps'
WHERE change.action = 'insert' OR change.new_values ? 'status';

COMMENT ON VIEW workflow_events IS
    'What happened in workflows: events, and changes of workflows and their steps.';
COMMENT ON COLUMN workflow_events.origin IS
    'Where it comes from: event (the table events), workflow or step (changes of these).';
COMMENT ON COLUMN workflow_events.id IS 'Of the row of events, or else of audit_log.';
COMMENT ON COLUMN workflow_events.payload IS 'What the event says, or else the values that became.';
