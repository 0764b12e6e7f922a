-- Claims, and the attempts that they start.

-- name: add_task_execution_logs(execution_id, logs)^
-- Add lines to the logs of an attempt, whether or not it still runs.
-- None when there is no such attempt. Refused by execution_logs_up_to_16_mb.
UPDATE task_executions
SET logs = concat_ws(E'\n', logs, :logs::text)
WHERE id = :execution_id
RETURNING id AS execution_id, octet_length(logs) AS log_bytes;

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
-- Get an attempt with all that was reported. None when there is no such attempt.
SELECT id, task_id, agent_id, attempt, attempt - 1 AS retry_count, status, started_at,
    lease_expires_at, heartbeat_at, cancel_requested_at, completed_at,
    extract(epoch FROM completed_at - started_at) AS duration_seconds, agent_instance, session_id,
    correlation_id, input_context, output_results, error_details, logs, memory_usage_mb,
    cpu_time_ms, input_tokens, output_tokens, cost_usd
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

-- name: list_task_executions(task_id, agent_id, session_id, correlation_id, status, order_by, is_descending, page_size, page_start)
-- List attempts in the order in which they began, unless order_by says otherwise.
-- task_id, agent_id, session_id, correlation_id and status leave out what differs, when they are
-- not None. page_size is the number of attempts at most (100 when None), page_start the number to
-- pass over.
-- Reads the whole of task_executions: without task_id or agent_id, no index leads to a criterion.
SELECT id, task_id, agent_id, attempt, status, started_at, lease_expires_at, heartbeat_at,
    cancel_requested_at, completed_at,
    extract(epoch FROM completed_at - started_at) AS duration_seconds, agent_instance, session_id,
    correlation_id, output_results, error_details, memory_usage_mb, cpu_time_ms, input_tokens,
    output_tokens, cost_usd
FROM task_executions
CROSS JOIN LATERAL (
    SELECT
        CASE coalesce(:order_by, 'started_at'::task_execution_order)
            WHEN 'started_at' THEN started_at WHEN 'completed_at' THEN completed_at
        END,
        CASE :order_by
            WHEN 'duration' THEN extract(epoch FROM completed_at - started_at)
            WHEN 'cost' THEN cost_usd::numeric
        END
) AS key (moment, number)
WHERE (:task_id::uuid IS NULL OR task_id = :task_id)
    AND (:agent_id::uuid IS NULL OR agent_id = :agent_id)
    AND (:session_id::text IS NULL OR session_id = :session_id)
    AND (:correlation_id::text IS NULL OR correlation_id = :correlation_id)
    AND (:status::task_execution_status IS NULL OR status = :status)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.moment END,
    CASE WHEN :is_descending THEN key.moment END DESC NULLS LAST,
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.number END,
    CASE WHEN :is_descending THEN key.number END DESC NULLS LAST,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

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

-- name: record_task_execution_usage(execution_id, memory_usage_mb, cpu_time_ms, input_tokens, output_tokens, cost_usd)^
-- Note what an attempt has used so far, whether or not it still runs.
-- In megabytes, milliseconds and US dollars; what is None keeps its value, and of memory the most
-- is kept. None when there is no such attempt. Refused by execution_amount_not_negative and
-- execution_count_not_negative.
-- param: memory_usage_mb?
-- batch
UPDATE task_executions
SET memory_usage_mb = greatest(memory_usage_mb, :memory_usage_mb::numeric),
    cpu_time_ms = coalesce(:cpu_time_ms, cpu_time_ms),
    input_tokens = coalesce(:input_tokens, input_tokens),
    output_tokens = coalesce(:output_tokens, output_tokens),
    cost_usd = coalesce(:cost_usd, cost_usd)
WHERE id = :execution_id
RETURNING id AS execution_id, memory_usage_mb, cpu_time_ms, input_tokens, output_tokens, cost_usd;

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

-- name: set_task_execution_context(execution_id, session_id, correlation_id, input_context)^
-- Note in which session and for which request an attempt works, and what it was given.
-- What is None keeps its value. None when there is no such attempt.
-- Refused by execution_label_has_1_to_200_characters and execution_report_is_object.
UPDATE task_executions
SET session_id = coalesce(:session_id, session_id),
    correlation_id = coalesce(:correlation_id, correlation_id),
    input_context = coalesce(:input_context::jsonb, input_context)
WHERE id = :execution_id
RETURNING id AS execution_id, session_id, correlation_id, input_context;
