-- Errors that somebody has to see to at once.

-- name: list_critical_errors(page_size, page_start)
-- List critical errors that are not seen to, the one seen last first; 100 when page_size is None.
SELECT id, fingerprint, type, code, message, stack, context, task_id, workflow_id, user_id,
    session_id, severity, status, occurrence_count, reopened_count, resolution_notes, first_seen_at,
    last_seen_at
FROM critical_errors
ORDER BY last_seen_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
