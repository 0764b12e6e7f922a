-- Use of keys: when, for what, from where.

-- name: list_api_key_usage(api_key_id, endpoint, since, until, page_size, page_start)
-- List the uses of a key, or of all keys when it is None, the latest first; 100 when page_size is
-- None. Another criterion that is None leaves out nothing; since is the first moment that counts,
-- until the first that does not.
SELECT id, used_at, api_key_id, endpoint, method, status_code, client_address, request_id
FROM api_key_usage
WHERE (:api_key_id::uuid IS NULL OR api_key_id = :api_key_id)
    AND (:endpoint::text IS NULL OR endpoint = :endpoint)
    AND (:since::timestamptz IS NULL OR used_at >= :since)
    AND (:until::timestamptz IS NULL OR used_at < :until)
ORDER BY used_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: record_api_key_usage(api_key_id, endpoint, method, status_code, client_address)^
-- Record a use of a key that get_living_api_key has found.
INSERT INTO api_key_usage (api_key_id, endpoint, method, status_code, client_address)
VALUES (:api_key_id, :endpoint, :method, :status_code, :client_address)
RETURNING id, used_at, api_key_id, endpoint, method, status_code, client_address, request_id;

-- name: record_api_key_usages(api_key_ids, used_at, endpoints, methods, status_codes)
-- Record many uses of keys at once, noted when they happened: the n-th of each list makes one.
INSERT INTO api_key_usage (api_key_id, used_at, endpoint, method, status_code)
SELECT new.api_key_id, new.used_at, new.endpoint, new.method, new.status_code
FROM unnest(
    :api_key_ids::uuid[], :used_at::timestamptz[], :endpoints::text[], :methods::text[],
    :status_codes::smallint[]
) AS new (api_key_id, used_at, endpoint, method, status_code)
RETURNING id, used_at, api_key_id, endpoint, method, status_code, client_address, request_id;
