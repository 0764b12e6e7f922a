-- Health checks: how components were each time that somebody looked.

-- name: list_health_checks(component_id, status, since, until, page_size, page_start)
-- List health checks, the latest first; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing. since is the first moment that counts, until the
-- first that does not.
-- stream
SELECT id, checked_at, component_id, status, response_time_ms, details
FROM health_checks
WHERE (:component_id::uuid IS NULL OR component_id = :component_id)
    AND (:status::health_status IS NULL OR status = :status)
    AND (:since::timestamptz IS NULL OR checked_at >= :since)
    AND (:until::timestamptz IS NULL OR checked_at < :until)
ORDER BY checked_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: record_health_check(component_id, status, response_time_ms, details, checked_at)^
-- Record how a component is; now when checked_at is None.
-- None when there is no living component of that id.
-- batch
INSERT INTO health_checks (component_id, status, response_time_ms, details, checked_at)
SELECT component.id, :status, :response_time_ms, coalesce(:details::jsonb, '{}'),
    coalesce(:checked_at::timestamptz, clock_timestamp())
FROM components AS component
WHERE component.id = :component_id AND component.deleted_at IS NULL
RETURNING id, checked_at, component_id, status, response_time_ms, details;
