-- Rate limits: buckets of tokens.

-- name: delete_rate_limit(bucket)!
-- Delete a bucket. 0 when there is no such bucket.
-- Refused by api_keys_rate_limit_bucket_fkey while a key draws on it.
DELETE FROM rate_limits
WHERE bucket = :bucket;

-- name: get_rate_limit(bucket)^
-- Get a bucket, with the tokens that are in it now. None when there is no such bucket.
SELECT bucket, capacity, refill_per_second,
    available_tokens(capacity, refill_per_second, tokens, refilled_at, clock_timestamp()) AS tokens,
    created_at, updated_at
FROM rate_limits
WHERE bucket = :bucket;

-- name: list_rate_limits()
-- List all buckets by name, with the tokens that are in them now.
SELECT bucket, capacity, refill_per_second,
    available_tokens(capacity, refill_per_second, tokens, refilled_at, clock_timestamp()) AS tokens,
    created_at, updated_at
FROM rate_limits
ORDER BY bucket;

-- name: set_rate_limit(bucket, capacity, refill_per_second)^
-- Make a bucket, full, or give one another capacity and rate.
-- It keeps its tokens, as far as there is room for them.
INSERT INTO rate_limits (bucket, capacity, refill_per_second)
VALUES (:bucket, :capacity, :refill_per_second)
ON CONFLICT (bucket) DO UPDATE SET
    capacity = excluded.capacity,
    refill_per_second = excluded.refill_per_second
RETURNING bucket, capacity, refill_per_second, tokens, created_at, updated_at;

-- name: take_tokens(bucket, count)^
-- Take tokens of a bucket, all or none; one when count is None.
-- None when there is no such bucket. Refused by rate_limits_taken_within_capacity when count is
-- less than 1 or more than a full bucket holds. Call it in a transaction of its own: until that
-- ends others wait, and what is rolled back is not taken.
-- returns: *!
SELECT is_taken, tokens_left, retry_after_seconds
FROM take_tokens(:bucket, coalesce(:count::integer, 1));
