-- Errors by type and severity.

-- name: list_error_summary()
-- List how often errors of each type and severity occurred, the gravest and most frequent first.
SELECT type, severity, error_count, occurrence_count, unresolved_count, resolved_count,
    ignored_count, reopened_count, first_seen_at, last_seen_at
FROM error_summary
ORDER BY severity DESC, occurrence_count DESC, type;
