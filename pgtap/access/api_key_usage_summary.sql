-- How each key was used.

BEGIN;
SELECT plan(2);

SELECT tests.an_api_key('idle');
SELECT tests.an_api_key('busy');
UPDATE api_keys SET revoked_at = clock_timestamp() WHERE name = 'busy';
INSERT INTO api_key_usage (api_key_id, used_at, endpoint, status_code)
SELECT id, clock_timestamp() - age::interval, endpoint, status_code
FROM api_keys, (VALUES
    ('1 minute', '/a', 200), ('2 minutes', '/b', 404), ('59 minutes', '/a', 399),
    ('61 minutes', '/a', 400), ('23 hours 59 minutes', NULL, 500), ('24 hours 1 minute', '/c', 500),
    ('6 days 23 hours', '/a', NULL), ('7 days 1 hour', '/a', NULL)
) AS example (age, endpoint, status_code)
WHERE name = 'busy';

SELECT results_eq(
    $$SELECT usage_count, last_hour_count, last_24_hours_count, last_7_days_count,
          failed_last_24_hours_count, endpoint_count,
          last_used_at - first_used_at BETWEEN '7 days' AND '7 days 1 hour'
      FROM api_key_usage_summary WHERE name = 'busy'$$,
    $$VALUES (8::bigint, 3::bigint, 5::bigint, 7::bigint, 3::bigint, 3::bigint, true)$$,
    'uses are counted by the hour, the day and the week, of a key that was revoked, too'
);
SELECT results_eq(
    $$SELECT usage_count, last_hour_count, endpoint_count, first_used_at, last_used_at
      FROM api_key_usage_summary WHERE name = 'idle'$$,
    $$VALUES (0::bigint, 0::bigint, 0::bigint, NULL::timestamptz, NULL::timestamptz)$$,
    'a key that was never used is there, with nothing'
);

SELECT * FROM finish();
ROLLBACK;
