-- Alerts: what rules found bad, until it was good again.

-- name: acknowledge_alert(alert_id, note)^
-- Say that somebody cares for an alert. Who it is, is in the setting taskspine.actor.
-- None when there is no alert of that id that is active or suppressed.
UPDATE alerts
SET status = 'acknowledged', note = coalesce(:note, note)
WHERE id = :alert_id AND status IN ('active', 'suppressed')
RETURNING id, rule_id, subject, status, note, acknowledged_at, acknowledged_by;

-- name: count_alerts_by_status()
-- Count the alerts that are not resolved, by severity, the gravest first, and status.
SELECT severity, status, count(*) AS alert_count
FROM alerts
WHERE status <> 'resolved'
GROUP BY severity, status
ORDER BY severity DESC, status;

-- name: evaluate_alerts()
-- Judge what was measured since the last time by every active rule.
-- Gives the alerts that it raised, resolved or suppressed, as they now are. Anybody may call it at
-- any time, any number of times; several at once share the rules, whose rows they lock.
-- returns: *!, note?, acknowledged_at?, acknowledged_by?, suppressed_until?, cleared_at?
-- returns: resolved_at?, resolved_by?
SELECT id, rule_id, subject, severity, threshold, actual, status, note, breached_at, sampled_at,
    raised_at, acknowledged_at, acknowledged_by, suppressed_until, cleared_at, resolved_at,
    resolved_by, updated_at
FROM evaluate_alerts();

-- name: get_alert(alert_id)^
-- Get an alert. None when there is no such alert.
SELECT id, rule_id, subject, severity, threshold, actual, status, note, breached_at, sampled_at,
    raised_at, acknowledged_at, acknowledged_by, suppressed_until, cleared_at, resolved_at,
    resolved_by, updated_at
FROM alerts
WHERE id = :alert_id;

-- name: list_alerts(statuses, rule_id, subject, least_severity, since, until, order_by, is_descending, page_size, page_start)
-- List alerts, the latest first, or by what order_by says; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing. With least_severity come those as grave or graver;
-- since is the first moment that counts, until the first that does not.
SELECT id, rule_id, subject, severity, threshold, actual, status, note, breached_at, sampled_at,
    raised_at, acknowledged_at, acknowledged_by, suppressed_until, cleared_at, resolved_at,
    resolved_by, updated_at
FROM alerts
WHERE (:statuses::alert_status[] IS NULL OR status = ANY (:statuses))
    AND (:rule_id::uuid IS NULL OR rule_id = :rule_id)
    AND (:subject::text IS NULL OR subject = :subject)
    AND (:least_severity::severity IS NULL OR severity >= :least_severity)
    AND (:since::timestamptz IS NULL OR raised_at >= :since)
    AND (:until::timestamptz IS NULL OR raised_at < :until)
ORDER BY
    CASE WHEN :order_by::alert_order = 'severity' AND NOT coalesce(:is_descending::boolean, false)
        THEN severity END,
    CASE WHEN :order_by = 'severity' AND :is_descending THEN severity END DESC,
    CASE WHEN :order_by = 'status' AND NOT coalesce(:is_descending, false) THEN status END,
    CASE WHEN :order_by = 'status' AND :is_descending THEN status END DESC,
    CASE WHEN :order_by = 'subject' AND NOT coalesce(:is_descending, false) THEN subject END,
    CASE WHEN :order_by = 'subject' AND :is_descending THEN subject END DESC,
    CASE WHEN coalesce(:order_by, 'severity') = 'raised_at'
        AND NOT coalesce(:is_descending, false) THEN raised_at END,
    raised_at DESC,
    id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: reopen_suppressed_alert(alert_id)^
-- Let an alert be active that a person suppressed; acknowledged, if somebody had.
-- While a suppression lasts that it falls under, the next evaluation suppresses it again. None when
-- there is no alert of that id that is suppressed.
UPDATE alerts
SET status = CASE WHEN acknowledged_at IS NULL THEN 'active' ELSE 'acknowledged' END::alert_status
WHERE id = :alert_id AND status = 'suppressed'
RETURNING id, rule_id, subject, status, raised_at;

-- name: resolve_alert(alert_id, note)^
-- Say that an alert is over. Who says so is in the setting taskspine.actor.
-- What is bad from now on raises another one. None when there is no open alert of that id.
UPDATE alerts
SET status = 'resolved', note = coalesce(:note, note)
WHERE id = :alert_id AND status <> 'resolved'
RETURNING id, rule_id, subject, status, note, resolved_at, resolved_by;

-- name: suppress_alert(alert_id, suppressed_until, note)^
-- Let nobody be told of an alert until a moment; when that is None, until somebody says otherwise.
-- None when there is no open alert of that id that is not suppressed.
UPDATE alerts
SET status = 'suppressed', suppressed_until = :suppressed_until, note = coalesce(:note, note)
WHERE id = :alert_id AND status IN ('active', 'acknowledged')
RETURNING id, rule_id, subject, status, suppressed_until, note;
