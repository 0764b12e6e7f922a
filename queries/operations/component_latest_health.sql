-- How each component was when somebody last looked.

-- name: get_component_latest_health(component_id)^
-- Get how a component was when somebody last looked. None when there is none that lives.
SELECT component_id, component_name, component_type, version, status, response_time_ms, details,
    checked_at
FROM component_latest_health
WHERE component_id = :component_id;

-- name: list_component_latest_health(status)
-- List components by name with the latest look at each; of one status, or of any when it is None.
SELECT component_id, component_name, component_type, version, status, response_time_ms, details,
    checked_at
FROM component_latest_health
WHERE :status::health_status IS NULL OR status = :status
ORDER BY component_name, component_id;
