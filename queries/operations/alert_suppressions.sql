-- Suppressions: times in which nobody is to be told of alerts.

-- name: create_alert_suppression(ends_at, reason, starts_at, rule_id, subject)^
-- Suppress alerts from now on, or from starts_at on; of one rule or all, one subject or all.
-- An alert that is still bad when the time is over is active again with the next evaluation.
INSERT INTO alert_suppressions (ends_at, reason, starts_at, rule_id, subject)
VALUES (
    :ends_at, :reason, coalesce(:starts_at::timestamptz, clock_timestamp()), :rule_id, :subject
)
RETURNING id, rule_id, subject, reason, starts_at, ends_at, created_by, created_at;

-- name: delete_alert_suppression(alert_suppression_id)!
-- Delete a suppression. Alerts that it suppressed stay so until it would have ended.
-- 0 when there is no such suppression.
DELETE FROM alert_suppressions
WHERE id = :alert_suppression_id;

-- name: list_alert_suppressions(since, page_size, page_start)
-- List suppressions, those that end last first; 100 of them when page_size is None.
-- Those that end after since, or all when it is None.
SELECT id, rule_id, subject, reason, starts_at, ends_at, created_by, created_at
FROM alert_suppressions
WHERE :since::timestamptz IS NULL OR ends_at > :since
ORDER BY ends_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
