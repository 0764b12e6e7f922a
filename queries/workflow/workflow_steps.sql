-- Steps of workflows, and how each ended.

-- name: claim_retryable_workflow_steps(max_retries, step_count, workflow_id)
-- Start failed steps again that were retried less than max_retries times; one of them when
-- step_count is None.
-- Of one workflow, or of any when that is None; not of workflows that are paused, completed,
-- cancelled or deleted, nor of projects that are paused or not active, nor for deleted tasks.
-- Those that were retried least come first, then those that failed longest ago. Several can claim
-- at once: nobody waits, and each step is given to one of them. The error message is that of the
-- failure.
WITH retryable AS (
    SELECT step.id, step.error_message
    FROM workflow_steps AS step
    WHERE step.status = 'failed'
        AND step.retry_count < :max_retries
        AND (:workflow_id::uuid IS NULL OR step.workflow_id = :workflow_id)
        -- Each in turn, by the index: a join would take all that failed, and sort it.
        AND (
            SELECT
                workflow.status IN ('pending', 'running', 'failed')
                AND workflow.deleted_at IS NULL
                AND project.status = 'active'
                AND project.paused_at IS NULL
            FROM workflows AS workflow
            JOIN projects AS project ON project.id = workflow.project_id
            WHERE workflow.id = step.workflow_id
        )
        AND (SELECT task.deleted_at FROM tasks AS task WHERE task.id = step.task_id) IS NULL
    ORDER BY step.retry_count, step.completed_at, step.id
    LIMIT coalesce(:step_count::bigint, 1)
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE workflow_steps AS step
SET status = 'running'
FROM retryable
WHERE step.id = retryable.id
RETURNING step.id, step.workflow_id, step.task_id, step.step, step.status, step.result,
    retryable.error_message, step.retry_count, step.started_at;

-- name: complete_workflow_step(workflow_step_id, result, started_at)^
-- Complete a running step, with a result; the result that is there stays when it is None.
-- With started_at only that run of it, as the start or the claim gave it. None when the step is not
-- running, or that run of it has ended.
UPDATE workflow_steps
SET status = 'completed', result = coalesce(:result::jsonb, result)
WHERE id = :workflow_step_id
    AND status = 'running'
    AND (:started_at::timestamptz IS NULL OR started_at = :started_at)
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: create_workflow_step(workflow_id, step, task_id)^
-- Create a pending step, for a task or for the workflow as a whole when that is None.
-- Refused by workflow_steps_named_once_in_a_workflow_and_task, workflow_steps_are_of_the_project
-- and the foreign keys.
-- batch
INSERT INTO workflow_steps (workflow_id, step, task_id)
VALUES (:workflow_id, :step, :task_id)
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: create_workflow_steps(workflow_id, steps, task_ids)
-- Create many pending steps at once, in their order: the n-th of each list makes one step.
-- A step with a task_id of None is for the workflow as a whole. Refused as create_workflow_step.
INSERT INTO workflow_steps (workflow_id, step, task_id)
SELECT :workflow_id, new.step, new.task_id
FROM unnest(:steps::text[], :task_ids::uuid[]) WITH ORDINALITY AS new (step, task_id, place)
ORDER BY new.place
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: delete_workflow_step(workflow_step_id)!
-- Delete a step. 0 when there is no such step.
DELETE FROM workflow_steps
WHERE id = :workflow_step_id;

-- name: fail_workflow_step(workflow_step_id, error_message, started_at)^
-- Fail a running step; an error message that is too long is cut off.
-- With started_at only that run of it, as the start or the claim gave it. None when the step is not
-- running, or that run of it has ended.
UPDATE workflow_steps
SET status = 'failed', error_message = left(:error_message, 10000)
WHERE id = :workflow_step_id
    AND status = 'running'
    AND (:started_at::timestamptz IS NULL OR started_at = :started_at)
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: get_workflow_step(workflow_step_id)^
-- Get a step. None when there is no such step.
SELECT id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at
FROM workflow_steps
WHERE id = :workflow_step_id;

-- name: list_workflow_steps(workflow_id, status, task_id)
-- List the steps of a workflow, in the order in which they were created.
-- Of one status or task, or of any when these are None.
SELECT id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at
FROM workflow_steps
WHERE workflow_id = :workflow_id
    AND (:status::workflow_step_status IS NULL OR status = :status)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
ORDER BY created_at, id;

-- name: reopen_workflow_step(workflow_step_id)^
-- Make a step pending again, to be done anew. None when there is no such step, or it is pending.
UPDATE workflow_steps
SET status = 'pending'
WHERE id = :workflow_step_id AND status <> 'pending'
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: set_workflow_step_result(workflow_step_id, result)^
-- Set the result of a step, whatever its status. None when there is no such step.
-- Refused by workflow_steps_result_is_array_or_object.
UPDATE workflow_steps
SET result = :result
WHERE id = :workflow_step_id
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: skip_workflow_step(workflow_step_id)^
-- Skip a step that is pending, running or failed. None when there is no such step.
UPDATE workflow_steps
SET status = 'skipped'
WHERE id = :workflow_step_id AND status IN ('pending', 'running', 'failed')
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;

-- name: start_workflow_step(workflow_step_id)^
-- Start a pending step. None when it is not pending: of several that start it, one is given it.
UPDATE workflow_steps
SET status = 'running'
WHERE id = :workflow_step_id AND status = 'pending'
RETURNING id, workflow_id, task_id, step, status, result, error_message, retry_count, started_at,
    completed_at, created_at, updated_at;
