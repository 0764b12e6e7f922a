-- Where each step of each workflow stands.

CREATE VIEW workflow_states WITH (security_invoker = true) AS
SELECT
    step.id,
    step.workflow_id,
    workflow.project_id,
    workflow.name AS workflow_name,
    workflow.status AS workflow_status,
    workflow.phase,
    step.task_id,
    task.ref::text AS task_ref,
    step.step,
    step.status,
    step.result,
    step.error_message,
    step.retry_count,
    step.started_at,
    step.completed_at,
    step.completed_at - step.started_at AS duration,
    step.created_at,
    step.updated_at
FROM workflow_steps AS step
JOIN workflows AS workflow ON workflow.id = step.workflow_id
LEFT JOIN tasks AS task ON task.id = step.task_id
WHERE workflow.deleted_at IS NULL;

COMMENT ON VIEW workflow_states IS 'Steps with the workflows that they are of, of those that are not deleted.';
COMMENT ON COLUMN workflow_states.duration IS 'From the last start to the end; null before the end, and of a step that was skipped before it started.';
