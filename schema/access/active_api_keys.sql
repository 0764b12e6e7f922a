-- The keys that are accepted now.

CREATE VIEW active_api_keys WITH (security_invoker = true) AS
SELECT
    key.id,
    key.name,
    key.service,
    key.environment,
    key.key_prefix,
    key.permissions,
    key.expires_at,
    key.replaced_at,
    key.rate_limit_bucket,
    bucket.capacity AS rate_limit,
    bucket.refill_per_second AS rate_limit_refill_per_second,
    -- Computed only where they are asked for.
    (
        SELECT max(usage.used_at) FROM api_key_usage AS usage WHERE usage.api_key_id = key.id
    ) AS last_used_at,
    (
        SELECT count(*) FROM api_key_usage AS usage WHERE usage.api_key_id = key.id
    ) AS usage_count,
    key.created_by,
    key.created_at
FROM api_keys AS key
LEFT JOIN rate_limits AS bucket ON bucket.bucket = key.rate_limit_bucket
WHERE key.is_active
    AND key.revoked_at IS NULL
    AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp());

COMMENT ON VIEW active_api_keys IS
    'The keys that are accepted now, with their limits and how they were used; without their hashes.';
COMMENT ON COLUMN active_api_keys.replaced_at IS 'Since when another key takes its place, which is to be used instead.';
COMMENT ON COLUMN active_api_keys.rate_limit IS 'How many uses a full bucket allows at once; null where the key is not limited.';
COMMENT ON COLUMN active_api_keys.rate_limit_refill_per_second IS 'How many uses in a second it allows in the long run.';
COMMENT ON COLUMN active_api_keys.last_used_at IS 'When the key was last used, as far back as usage is kept.';
COMMENT ON COLUMN active_api_keys.usage_count IS 'How often the key was used, as far back as usage is kept.';
