-- How each key was used.

CREATE VIEW api_key_usage_summary WITH (security_invoker = true) AS
SELECT
    key.id AS api_key_id,
    key.name,
    key.service,
    key.environment,
    key.key_prefix,
    used.usage_count,
    used.last_hour_count,
    used.last_24_hours_count,
    used.last_7_days_count,
    used.failed_last_24_hours_count,
    used.endpoint_count,
    used.first_used_at,
    used.last_used_at
FROM api_keys AS key
CROSS JOIN LATERAL (
    SELECT
        count(*) AS usage_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '1 hour'
        ) AS last_hour_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '24 hours'
        ) AS last_24_hours_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '7 days'
        ) AS last_7_days_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '24 hours'
                AND usage.status_code >= 400
        ) AS failed_last_24_hours_count,
        count(DISTINCT usage.endpoint) AS endpoint_count,
        min(usage.used_at) AS first_used_at,
        max(usage.used_at) AS last_used_at
    FROM api_key_usage AS usage
    WHERE usage.api_key_id = key.id
) AS used;

COMMENT ON VIEW api_key_usage_summary IS
    'How each key was used, revoked ones too, as far back as usage is kept.';
COMMENT ON COLUMN api_key_usage_summary.failed_last_24_hours_count IS
    'Uses within 24 hours that HTTP answered with 400 or more.';
COMMENT ON COLUMN api_key_usage_summary.endpoint_count IS 'How many endpoints it was used for.';
