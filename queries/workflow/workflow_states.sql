-- Where the steps of workflows stand.

-- name: list_workflow_states(workflow_id)
-- List the steps of a workflow with the workflow itself, in the order of their creation.
SELECT id, workflow_id, project_id, workflow_name, workflow_status, phase, task_id, task_ref, step,
    status, result, error_message, retry_count, started_at, completed_at, duration, created_at,
    updated_at
FROM workflow_states
WHERE workflow_id = :workflow_id
ORDER BY created_at, id;
