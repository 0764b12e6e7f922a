-- Errors that somebody has to see to at once.

CREATE VIEW critical_errors WITH (security_invoker = true) AS
SELECT
    id,
    fingerprint,
    type,
    code,
    message,
    stack,
    context,
    task_id,
    workflow_id,
    user_id,
    session_id,
    severity,
    status,
    occurrence_count,
    reopened_count,
    resolution_notes,
    first_seen_at,
    last_seen_at
FROM error_logs
WHERE severity = 'critical' AND status IN ('open', 'acknowledged');

COMMENT ON VIEW critical_errors IS 'Critical errors that are neither resolved nor ignored.';
