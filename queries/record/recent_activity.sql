-- Recent activity: what was changed, and by whom.

-- name: list_recent_activity(actor, agent, entity_type, entity_id, action, column, session_id, request_id, since, until, page_size, page_start)
-- List changes, the latest first. A criterion that is None leaves nothing out.
-- column is one that changed; since is within the time asked for, until is not. page_size at most
-- (100 when None), after the first page_start.
-- Reads the whole of audit_log: a criterion without an index may be true of few changes, long
-- ago.
SELECT id, occurred_at, actor, agent, action, entity_type, entity_id, columns, old_values,
    new_values, session_id, request_id, client_address
FROM recent_activity
WHERE (:actor::text IS NULL OR actor = :actor)
    AND (:agent::text IS NULL OR agent = :agent)
    AND (:entity_type::text IS NULL OR entity_type = :entity_type)
    AND (:entity_id::text IS NULL OR entity_id = :entity_id)
    AND (:action::audit_action IS NULL OR action = :action)
    AND (:column::text IS NULL OR coalesce(new_values, old_values) ? :column)
    AND (:session_id::text IS NULL OR session_id = :session_id)
    AND (:request_id::text IS NULL OR request_id = :request_id)
    AND (:since::timestamptz IS NULL OR occurred_at >= :since)
    AND (:until::timestamptz IS NULL OR occurred_at < :until)
ORDER BY occurred_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
