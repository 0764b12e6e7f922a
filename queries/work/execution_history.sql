-- Attempts with their tasks and agents.

-- name: list_execution_history(project_id, task_id, agent_id, status, session_id, correlation_id, started_after, started_before, page_size, page_start)
-- List attempts, the latest first, as they are numbered.
-- A criterion that is None leaves nothing out. page_size at most (100 when None), after the first
-- page_start.
-- Reads the whole of task_executions and tasks: a criterion without an index may be true of
-- most.
SELECT execution_id, task_id, project_id, task_ref, task_title, task_type, task_status, attempt,
    retry_count, agent_id, agent_name, agent_type, agent_instance, status, started_at, completed_at,
    duration_seconds, error_details, memory_usage_mb, cpu_time_ms, input_tokens, output_tokens,
    cost_usd, session_id, correlation_id
FROM execution_history
WHERE (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
    AND (:agent_id::uuid IS NULL OR agent_id = :agent_id)
    AND (:status::task_execution_status IS NULL OR status = :status)
    AND (:session_id::text IS NULL OR session_id = :session_id)
    AND (:correlation_id::text IS NULL OR correlation_id = :correlation_id)
    AND (:started_after::timestamptz IS NULL OR started_at >= :started_after)
    AND (:started_before::timestamptz IS NULL OR started_at < :started_before)
ORDER BY execution_id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
