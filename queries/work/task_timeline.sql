-- What happened to a task.

-- name: list_task_changes(task_id, page_size, page_start)
-- List the changes of a task, its document and its dependencies, the latest first.
-- Also those of a task that was deleted. page_size at most (100 when None), after the first
-- page_start.
SELECT id, changed_at, entity_type, entity_id, action, old_values, new_values, actor, agent,
    session_id, request_id
FROM (
    SELECT id, changed_at, entity_type, entity_id, action, old_values, new_values, actor, agent,
        session_id, request_id
    FROM audit_log
    WHERE entity_id = :task_id::uuid::text AND entity_type IN ('tasks', 'task_details')
    UNION ALL
    SELECT id, changed_at, entity_type, entity_id, action, old_values, new_values, actor, agent,
        session_id, request_id
    FROM audit_log
    WHERE entity_id ~>=~ (:task_id::uuid::text || '/')
        AND entity_id ~<~ (:task_id::uuid::text || '0')
        AND entity_type = 'task_dependencies'
) AS change
ORDER BY id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: list_task_timeline(task_id, kind, since, until, page_size, page_start)
-- List all that happened to a task, the earliest first.
-- Of one kind (context, attempt, event or change) or of any when it is None; since is within the
-- time asked for, until is not. page_size at most (100 when None), after the first page_start.
-- Reads the whole of audit_log: of a month that is small.
SELECT occurred_at, kind, what, actor, detail, source_id
FROM task_timeline
WHERE task_id = :task_id
    AND (:kind::text IS NULL OR kind = :kind)
    AND (:since::timestamptz IS NULL OR occurred_at >= :since)
    AND (:until::timestamptz IS NULL OR occurred_at < :until)
ORDER BY occurred_at, kind, source_id, what
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
