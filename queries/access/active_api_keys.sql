-- The keys that are accepted now.

-- name: list_active_api_keys(service, environment)
-- List the keys that are accepted now, by name; of one service or environment, or of any when None.
SELECT id, name, service, environment, key_prefix, permissions, expires_at, replaced_at,
    rate_limit_bucket, rate_limit, rate_limit_refill_per_second, last_used_at, usage_count,
    created_by, created_at
FROM active_api_keys
WHERE (:service::api_key_service IS NULL OR service = :service)
    AND (:environment::text IS NULL OR environment = :environment)
ORDER BY name, id;
