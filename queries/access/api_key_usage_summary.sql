-- How each key was used.

-- name: get_api_key_usage_summary(api_key_id)^
-- Get how a key was used, as far back as usage is kept. None when there is no such key.
SELECT api_key_id, name, service, environment, key_prefix, usage_count, last_hour_count,
    last_24_hours_count, last_7_days_count, failed_last_24_hours_count, endpoint_count,
    first_used_at, last_used_at
FROM api_key_usage_summary
WHERE api_key_id = :api_key_id;

-- name: list_api_key_usage_summary()
-- List how each key was used, the most used within 24 hours first.
SELECT api_key_id, name, service, environment, key_prefix, usage_count, last_hour_count,
    last_24_hours_count, last_7_days_count, failed_last_24_hours_count, endpoint_count,
    first_used_at, last_used_at
FROM api_key_usage_summary
ORDER BY last_24_hours_count DESC, usage_count DESC, name, api_key_id;
