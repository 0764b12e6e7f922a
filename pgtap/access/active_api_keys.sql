-- The keys that are accepted now.

BEGIN;
SELECT plan(5);

SELECT tests.a_rate_limit('b', 7, 0.5);
SELECT tests.an_api_key('for good');
SELECT tests.an_api_key('for an hour', clock_timestamp() + interval '1 hour', 'b');
SELECT tests.an_api_key('expired', clock_timestamp());
SELECT tests.an_api_key('revoked');
SELECT tests.an_api_key('off');
SELECT tests.an_api_key('replaced', clock_timestamp() + interval '1 minute');
UPDATE api_keys SET revoked_at = clock_timestamp() WHERE name = 'revoked';
UPDATE api_keys SET is_active = false WHERE name = 'off';
UPDATE api_keys SET replaced_at = clock_timestamp() WHERE name = 'replaced';

SELECT results_eq(
    $$SELECT name FROM active_api_keys ORDER BY name$$,
    $$VALUES ('for an hour'), ('for good'), ('replaced')$$,
    'keys are accepted that are on, have not expired and are not revoked'
);
SELECT results_eq(
    $$SELECT rate_limit_bucket, rate_limit, rate_limit_refill_per_second FROM active_api_keys
      WHERE name <> 'replaced' ORDER BY name$$,
    $$VALUES ('b', 7, 0.5), (NULL, NULL, NULL)$$,
    'a key has the limit of its bucket, or none'
);
SELECT results_eq(
    $$SELECT usage_count, last_used_at FROM active_api_keys WHERE name = 'for good'$$,
    $$VALUES (0::bigint, NULL::timestamptz)$$,
    'a key that was never used has no last use'
);
INSERT INTO api_key_usage (api_key_id, used_at)
SELECT id, moment::timestamptz
FROM api_keys, (VALUES ('2020-02-02 UTC'), ('2020-02-03 UTC')) AS example (moment)
WHERE name = 'for good';
SELECT results_eq(
    $$SELECT usage_count, last_used_at FROM active_api_keys WHERE name = 'for good'$$,
    $$VALUES (2::bigint, '2020-02-03 UTC'::timestamptz)$$,
    'its uses are counted, and the last one is known'
);
SELECT hasnt_column('active_api_keys', 'key_hash', 'a view of keys has no hashes');

SELECT * FROM finish();
ROLLBACK;
