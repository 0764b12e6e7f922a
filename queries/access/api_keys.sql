-- API keys: by which services prove who they are. None of these queries gives a hash.

-- name: create_api_key(name, service, environment, key_prefix, key_hash, permissions, expires_at, rate_limit_bucket)^
-- Create a key of which the caller has shown the secret; for production when environment is None.
-- key_hash is the HMAC-SHA256 of the secret: see taskspine.api_keys. Refused by
-- api_keys_one_living_per_name_service_and_environment when there is one of that name, which is to
-- be rotated or revoked, and by api_keys_rate_limit_bucket_fkey when there is no such bucket.
INSERT INTO api_keys (
    name, service, environment, key_prefix, key_hash, permissions, expires_at, rate_limit_bucket
)
VALUES (
    :name, :service, coalesce(:environment, 'production'), :key_prefix, :key_hash,
    coalesce(:permissions::jsonb, '[]'), :expires_at, :rate_limit_bucket
)
RETURNING id, name, service, environment, key_prefix, permissions, rate_limit_bucket, is_active,
    expires_at, replaces_id, replaced_at, revoked_at, revocation_reason, created_by, created_at,
    updated_at;

-- name: get_api_key(api_key_id)^
-- Get a key. None when there is no such key.
SELECT id, name, service, environment, key_prefix, permissions, rate_limit_bucket, is_active,
    expires_at, replaces_id, replaced_at, revoked_at, revocation_reason, created_by, created_at,
    updated_at
FROM api_keys
WHERE id = :api_key_id;

-- name: get_living_api_key(key_hash)^
-- Look a key up by the HMAC of its secret, without recording the use; works on a replica, too.
-- None when there is no such key, or it is not active, has expired or is revoked.
SELECT id, name, service, environment, permissions, rate_limit_bucket, expires_at, replaced_at
FROM api_keys
WHERE key_hash = :key_hash
    AND is_active
    AND revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > clock_timestamp());

-- name: list_api_keys(service, environment, is_living, order_by, is_descending, page_size, page_start)
-- List keys by name, or by what order_by says; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing; living are those that are neither revoked nor
-- replaced.
SELECT id, name, service, environment, key_prefix, permissions, rate_limit_bucket, is_active,
    expires_at, replaces_id, replaced_at, revoked_at, revocation_reason, created_by, created_at,
    updated_at
FROM api_keys
WHERE (:service::api_key_service IS NULL OR service = :service)
    AND (:environment::text IS NULL OR environment = :environment)
    AND (
        :is_living::boolean IS NULL
        OR (revoked_at IS NULL AND replaced_at IS NULL) = :is_living
    )
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE coalesce(:order_by::api_key_order, 'name')
            WHEN 'created_at' THEN created_at WHEN 'expires_at' THEN expires_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'expires_at' THEN expires_at END
    END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) AND :order_by = 'service' THEN service END,
    CASE WHEN :is_descending AND :order_by = 'service' THEN service END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) THEN name END,
    CASE WHEN :is_descending THEN name END DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: revoke_api_key(api_key_id, revocation_reason)^
-- Revoke a key for good: it is refused from now on.
-- One that it was rotated from goes on until it expires. None when there is no such key, or it is
-- revoked already.
UPDATE api_keys
SET revoked_at = clock_timestamp(), revocation_reason = :revocation_reason
WHERE id = :api_key_id AND revoked_at IS NULL
RETURNING id, name, service, environment, key_prefix, revoked_at, revocation_reason;

-- name: rotate_api_key(api_key_id, key_prefix, key_hash, overlap, expires_at)^
-- Put a new key in the place of another one, which stays valid for the overlap, at once for none.
-- The new one has the name, permissions and limit of the old one, and draws on the same bucket.
-- None when there is no such key, or it is revoked or was rotated already.
WITH old AS (
    UPDATE api_keys
    SET replaced_at = clock_timestamp(),
        expires_at = least(
            expires_at, clock_timestamp() + greatest(coalesce(:overlap::interval, '0'), '0')
        )
    WHERE id = :api_key_id AND revoked_at IS NULL AND replaced_at IS NULL
    RETURNING id, name, service, environment, permissions, rate_limit_bucket, is_active
)

INSERT INTO api_keys (
    name, service, environment, key_prefix, key_hash, permissions, rate_limit_bucket, is_active,
    expires_at, replaces_id
)
SELECT old.name, old.service, old.environment, :key_prefix, :key_hash, old.permissions,
    old.rate_limit_bucket, old.is_active, :expires_at, old.id
FROM old
RETURNING id, name, service, environment, key_prefix, permissions, rate_limit_bucket, is_active,
    expires_at, replaces_id, replaced_at, revoked_at, revocation_reason, created_by, created_at,
    updated_at;

-- name: update_api_key(api_key_id, name, permissions, is_active, expires_at, rate_limit_bucket, cleared)^
-- Update a key; what is None stays as it is, what is named in cleared is emptied.
-- None when there is no such key. Refused by api_keys_one_living_per_name_service_and_environment
-- when the name is taken, and by api_keys_replaced_only_with_an_end when a key that was rotated
-- would never expire.
UPDATE api_keys
SET name = coalesce(:name, name),
    permissions = coalesce(:permissions::jsonb, permissions),
    is_active = coalesce(:is_active, is_active),
    expires_at = CASE
        WHEN 'expires_at' = ANY (coalesce(:cleared::api_key_optional_column[], '{}')) THEN NULL
        ELSE coalesce(:expires_at, expires_at)
    END,
    rate_limit_bucket = CASE
        WHEN 'rate_limit_bucket' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:rate_limit_bucket, rate_limit_bucket)
    END
WHERE id = :api_key_id
RETURNING id, name, service, environment, key_prefix, permissions, rate_limit_bucket, is_active,
    expires_at, replaces_id, replaced_at, revoked_at, revocation_reason, created_by, created_at,
    updated_at;

-- name: verify_api_key(key_hash, endpoint, method, client_address)^
-- Look a key up by the HMAC of its secret, and record that it was used.
-- None, and nothing is recorded, when there is no such key, or it is not active, has expired or is
-- revoked. Where it has a bucket, take_tokens is to follow. It locks nothing.
WITH living AS (
    SELECT id, name, service, environment, permissions, rate_limit_bucket, expires_at, replaced_at
    FROM api_keys
    WHERE key_hash = :key_hash
        AND is_active
        AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > clock_timestamp())
), used AS (
    INSERT INTO api_key_usage (api_key_id, endpoint, method, client_address)
    SELECT living.id, :endpoint, :method, :client_address
    FROM living
    RETURNING api_key_id
)

SELECT living.id, living.name, living.service, living.environment, living.permissions,
    living.rate_limit_bucket, living.expires_at, living.replaced_at
FROM living
JOIN used ON used.api_key_id = living.id;
