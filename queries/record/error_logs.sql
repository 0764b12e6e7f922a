-- Errors, grouped by fingerprint, and their triage.

-- name: get_error(error_id)^
-- Get an error. None when there is no such error.
SELECT id, fingerprint, type, code, message, stack, context, task_id, workflow_id, user_id,
    session_id, severity, occurrence_count, status, resolution_notes, reopened_count, first_seen_at,
    last_seen_at, resolved_at, updated_at
FROM error_logs
WHERE id = :error_id;

-- name: list_errors(status, least_severity, type, task_id, workflow_id, since, page_size, page_start)
-- List errors, the one seen last first; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing. With least_severity come those as grave or graver,
-- with since those seen at that moment or later.
SELECT id, fingerprint, type, code, message, stack, context, task_id, workflow_id, user_id,
    session_id, severity, occurrence_count, status, resolution_notes, reopened_count, first_seen_at,
    last_seen_at, resolved_at, updated_at
FROM error_logs
WHERE (:status::error_status IS NULL OR status = :status)
    AND (:least_severity::severity IS NULL OR severity >= :least_severity)
    AND (:type::text IS NULL OR type = :type)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
    AND (:workflow_id::uuid IS NULL OR workflow_id = :workflow_id)
    AND (:since::timestamptz IS NULL OR last_seen_at >= :since)
ORDER BY last_seen_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: record_error(type, message, code, stack, context, task_id, workflow_id, user_id, session_id, severity)^
-- Record an occurrence of an error; of severity error when that is None.
-- The first makes the error, a later one is counted, and opens it again when it was resolved; an
-- error that is ignored stays so. What is longer than a message or a stack may be is cut off.
-- Occurrences that come at once wait for each other.
-- param: stack?
INSERT INTO error_logs AS known (
    type, code, message, stack, context, task_id, workflow_id, user_id, session_id, severity
)
VALUES (
    :type, :code, left(:message, 10000), left(:stack, 100000), coalesce(:context::jsonb, '{}'),
    :task_id, :workflow_id, :user_id, :session_id, coalesce(:severity::severity, 'error')
)
ON CONFLICT (fingerprint) DO UPDATE
SET message = excluded.message,
    stack = excluded.stack,
    context = excluded.context,
    task_id = coalesce(excluded.task_id, known.task_id),
    workflow_id = coalesce(excluded.workflow_id, known.workflow_id),
    user_id = coalesce(excluded.user_id, known.user_id),
    session_id = coalesce(excluded.session_id, known.session_id),
    severity = greatest(known.severity, excluded.severity),
    occurrence_count = known.occurrence_count + 1,
    status = CASE known.status WHEN 'resolved' THEN 'open' ELSE known.status END,
    last_seen_at = greatest(known.last_seen_at, clock_timestamp())
RETURNING id, fingerprint, type, code, message, stack, context, task_id, workflow_id, user_id,
    session_id, severity, occurrence_count, status, resolution_notes, reopened_count, first_seen_at,
    last_seen_at, resolved_at, updated_at;

-- name: resolve_error(error_id, resolution_notes)^
-- Resolve an error, with a note of what was done; the note that is there stays when it is None.
-- None when there is no such error.
UPDATE error_logs
SET status = 'resolved', resolution_notes = coalesce(:resolution_notes, resolution_notes)
WHERE id = :error_id
RETURNING id, fingerprint, status, resolution_notes, reopened_count, resolved_at;

-- name: set_error_status(error_id, status)^
-- Set where the triage of an error stands. None when there is no such error.
UPDATE error_logs
SET status = :status
WHERE id = :error_id
RETURNING id, fingerprint, status, resolution_notes, reopened_count, resolved_at;
