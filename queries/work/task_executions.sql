-- Claims, and the attempts that they start.

-- name: claim_task(agent_id, project_id, lease, agent_instance, claim_key, after_priority, after_created_at, after_task_id)^
-- Claim the best ready task of a project, or across all projects when project_id is None.
-- None when nothing is ready. The attempt that it starts is the lease: it holds for lease (5
-- minutes when None) and is prolonged by heartbeats. Repeated with the same claim_key, it gives the
-- same attempt. after_priority, after_created_at and after_task_id tell where in claim order to
-- start: at a task claimed before, so that the search need not pass what is done; they are for one
-- project.
-- Refused by task_executions_agent_id_fkey when there is no such agent. Waits for nobody.
-- returns: *!
SELECT execution_id, attempt, started_at, lease_expires_at, task_id, project_id, ref, title, type,
    priority, created_at
FROM claim_tasks(
    :agent_id, :project_id, 1, coalesce(:lease, '5 minutes'::interval), :agent_instance,
    :claim_key, :after_priority, :after_created_at, :after_task_id
);

-- name: claim_tasks(agent_id, project_id, task_count, lease, agent_instance, claim_key, after_priority, after_created_at, after_task_id)
-- Claim up to task_count ready tasks, best first. Empty when nothing is ready.
-- Across projects they are taken project by project, first where the best task is. All else as
-- claim_task.
-- returns: *!
SELECT execution_id, attempt, started_at, lease_expires_at, task_id, project_id, ref, title, type,
    priority, created_at
FROM claim_tasks(
    :agent_id, :project_id, :task_count, coalesce(:lease, '5 minutes'::interval),
    :agent_instance, :claim_key, :after_priority, :after_created_at, :after_task_id
);

-- name: complete_and_claim_tasks(execution_ids, output_results, agent_id, project_id, task_count, lease, agent_instance, claim_key, after_priority, after_created_at, after_task_id)
-- Complete attempts and claim up to task_count next tasks, in one round trip.
-- Gives the attempts that were completed (status completed), then those that were claimed (status
-- running); an attempt that was lost is missing. All else as complete_tasks and claim_tasks.
-- returns: *!
SELECT execution_id, attempt, execution_status, started_at, lease_expires_at, task_id, project_id,
    ref, title, type, priority, created_at
FROM complete_executions(:execution_ids, :output_results)
UNION ALL
SELECT execution_id, attempt, execution_status, started_at, lease_expires_at, task_id, project_id,
    ref, title, type, priority, created_at
FROM claim_tasks(
    :agent_id, :project_id, :task_count, coalesce(:lease, '5 minutes'::interval),
    :agent_instance, :claim_key, :after_priority, :after_created_at, :after_task_id
);

-- name: complete_task(execution_id, output_results)^
-- Complete the task of a running attempt, and free those that wait for it.
-- None when the attempt does not run any more: the task was lost, or this is a repetition.
-- Refused by execution_report_is_object when output_results is no object. Shares the graph lock.
-- param: output_results?
-- returns: *!
SELECT execution_id, task_id, attempt, task_status
FROM complete_executions(
    ARRAY[:execution_id::bigint],
    ARRAY[:output_results::jsonb]
);

-- name: complete_tasks(execution_ids, output_results)
-- Complete the tasks of running attempts; the n-th result belongs to the n-th attempt.
-- Gives those that were completed; an attempt that was lost is missing.
-- returns: *!
SELECT execution_id, task_id, attempt, task_status
FROM complete_executions(:execution_ids, :output_results);

-- name: fail_task(execution_id, error_details, retry_delay)^
-- End a running attempt as failed.
-- The task is tried again after retry_delay (10 seconds when None), doubled with every failure; it
-- is failed for good after max_attempts, and those that wait for it follow their policy.
-- None when the attempt does not run any more. task_status tells what became of the task.
-- param: error_details?
-- returns: *!
SELECT execution_id, task_id, attempt, task_status
FROM fail_executions(
    ARRAY[:execution_id::bigint],
    ARRAY[:error_details::jsonb],
    coalesce(:retry_delay, '10 seconds'::interval)
);

-- name: fail_tasks(execution_ids, error_details, retry_delay)
-- End running attempts as failed; the n-th error belongs to the n-th attempt.
-- All else as fail_task.
-- returns: *!
SELECT execution_id, task_id, attempt, task_status
FROM fail_executions(
    :execution_ids, :error_details, coalesce(:retry_delay, '10 seconds'::interval)
);

-- name: get_task_execution(execution_id)^
-- Get an attempt. None when there is no such attempt.
SELECT id, task_id, agent_id, attempt, status, started_at, lease_expires_at, heartbeat_at,
    cancel_requested_at, completed_at, agent_instance, output_results, error_details
FROM task_executions
WHERE id = :execution_id;

-- name: heartbeat_tasks(execution_ids, lease)
-- Prolong the leases of running attempts to lease from now (5 minutes when None), all at once.
-- Gives the attempts that still run; one that was lost is missing. is_cancel_requested asks the
-- agent to stop.
WITH held AS (
    SELECT id FROM task_executions
    WHERE id = ANY (:execution_ids::bigint[]) AND completed_at IS NULL
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE task_executions AS execution
SET lease_expires_at = clock_timestamp() + coalesce(:lease, '5 minutes'::interval),
    heartbeat_at = clock_timestamp()
FROM held
WHERE execution.id = held.id
RETURNING execution.id AS execution_id, execution.task_id, execution.lease_expires_at,
    execution.cancel_requested_at IS NOT NULL AS is_cancel_requested;

-- name: list_running_tasks(task_ids)
-- List which of these tasks have a running attempt.
SELECT task_id
FROM task_executions
WHERE task_id = ANY (:task_ids::uuid[]) AND status = 'running'
ORDER BY task_id;

-- name: list_task_executions(task_id)
-- List the attempts at a task, the first one first.
SELECT id, task_id, agent_id, attempt, status, started_at, lease_expires_at, heartbeat_at,
    cancel_requested_at, completed_at, agent_instance, output_results, error_details
FROM task_executions
WHERE task_id = :task_id
ORDER BY attempt;

-- name: reap_expired_tasks(attempt_count, retry_delay)
-- End up to attempt_count attempts (100 when None) whose lease has run out, and give them.
-- Each task is tried again after retry_delay (10 seconds when None), doubled with every failure, or
-- is failed for good. Anybody may call it at any time; it skips tasks that somebody holds, and
-- gives nothing while another reaper is at work.
-- returns: *!
SELECT execution_id, task_id, attempt, task_status, ref
FROM reap_expired_executions(
    coalesce(:attempt_count, 100), coalesce(:retry_delay, '10 seconds'::interval)
);

-- name: release_tasks(execution_ids)
-- Give running attempts back: each task is ready again at once, and no failure is counted.
-- Gives those that were released; an attempt that was lost is missing.
-- returns: *!
SELECT execution_id, task_id, attempt, task_status
FROM release_executions(:execution_ids);

-- name: request_task_cancellation(task_id)^
-- Ask the agent that works on a task to stop; it learns of it with its next heartbeat.
-- None when nobody works on the task.
UPDATE task_executions
SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
WHERE task_id = :task_id AND status = 'running'
RETURNING id AS execution_id, task_id, attempt;
