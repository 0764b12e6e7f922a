-- How each component was when somebody last looked.

CREATE VIEW component_latest_health WITH (security_invoker = true) AS
SELECT
    component.id AS component_id,
    component.name AS component_name,
    component.type AS component_type,
    component.version,
    coalesce(latest.status, 'unknown') AS status,
    latest.response_time_ms,
    latest.details,
    latest.checked_at
FROM components AS component
-- One probe of the index in each month, and none reads more than its last entry.
LEFT JOIN LATERAL (
    SELECT look.status, look.response_time_ms, look.details, look.checked_at
    FROM health_checks AS look
    WHERE look.component_id = component.id
    ORDER BY look.checked_at DESC, look.id DESC
    LIMIT 1
) AS latest ON true
WHERE component.deleted_at IS NULL;

COMMENT ON VIEW component_latest_health IS 'Components and the latest look at the health of each.';
COMMENT ON COLUMN component_latest_health.status IS 'unknown where nobody ever looked.';
COMMENT ON COLUMN component_latest_health.checked_at IS 'When somebody last looked; null where nobody ever did.';
