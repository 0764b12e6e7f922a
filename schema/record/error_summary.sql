-- How often errors of each type and severity occurred, and how many are still to be seen to.

CREATE VIEW error_summary WITH (security_invoker = true) AS
SELECT
    type,
    severity,
    count(*) AS error_count,
    sum(occurrence_count)::bigint AS occurrence_count,
    count(*) FILTER (WHERE status IN ('open', 'acknowledged')) AS unresolved_count,
    count(*) FILTER (WHERE status = 'resolved') AS resolved_count,
    count(*) FILTER (WHERE status = 'ignored') AS ignored_count,
    sum(reopened_count)::bigint AS reopened_count,
    min(first_seen_at) AS first_seen_at,
    max(last_seen_at) AS last_seen_at
FROM error_logs
GROUP BY type, severity;

COMMENT ON VIEW error_summary IS 'Errors by type and severity.';
COMMENT ON COLUMN error_summary.error_count IS 'Errors that differ by their fingerprints.';
COMMENT ON COLUMN error_summary.occurrence_count IS 'How often all of them occurred.';
