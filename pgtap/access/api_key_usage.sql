-- Use of keys: recorded once and for good.

BEGIN;
SELECT plan(17);

SELECT tests.an_api_key('k');

-- Keys and defaults

SET LOCAL taskspine.request = 'r-1';
INSERT INTO api_key_usage (api_key_id) SELECT id FROM api_keys;
SELECT results_eq(
    $$SELECT endpoint, method, status_code, client_address, request_id,
          clock_timestamp() - used_at < '1 minute', tableoid::regclass::text
      FROM api_key_usage$$,
    $$VALUES (NULL, NULL, NULL::smallint, NULL::inet, 'r-1', true,
          'api_key_usage_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM'))$$,
    'a use is recorded now, for the request, with those of its month'
);
SELECT tests.accepts(
    $$INSERT INTO api_key_usage (api_key_id) VALUES (gen_random_uuid())$$,
    'a use may tell of a key that is gone'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO api_key_usage (api_key_id, used_at) VALUES (uuid_v7(), '1999-12-31 UTC')$$,
    'a use may be recorded long after'
);
SELECT tests.violates(
    $$INSERT INTO api_key_usage (api_key_id, used_at) VALUES (uuid_v7(), 'infinity')$$,
    'api_key_usage_used_at_is_a_moment', 'a key is not used for ever'
);
SELECT tests.accepts(
    $$INSERT INTO api_key_usage (api_key_id, endpoint) VALUES (uuid_v7(), repeat('/', 2000))$$,
    'an endpoint may have 2000 characters'
);
SELECT tests.violates(
    $$INSERT INTO api_key_usage (api_key_id, endpoint) VALUES (uuid_v7(), repeat('/', 2001))$$,
    'api_key_usage_endpoint_has_1_to_2000_characters', 'an endpoint has no 2001 characters'
);
SELECT tests.violates(
    $$INSERT INTO api_key_usage (api_key_id, endpoint) VALUES (uuid_v7(), ' ')$$,
    'api_key_usage_endpoint_has_1_to_2000_characters', 'an endpoint is not blank'
);
SELECT tests.accepts(
    $$INSERT INTO api_key_usage (api_key_id, method)
      VALUES (uuid_v7(), 'M-SEARCH'), (uuid_v7(), repeat('M', 30))$$,
    'a method may have 30 letters'
);
SELECT tests.violates(
    format('INSERT INTO api_key_usage (api_key_id, method) VALUES (uuid_v7(), %L)', method),
    'api_key_usage_method_is_a_word', format('no method is called "%s"', method)
)
FROM (VALUES (''), ('get'), (repeat('M', 31))) AS example (method);
SELECT tests.accepts(
    $$INSERT INTO api_key_usage (api_key_id, status_code)
      VALUES (uuid_v7(), 100), (uuid_v7(), 599)$$,
    'a status may be 100 and 599'
);
SELECT tests.violates(
    format('INSERT INTO api_key_usage (api_key_id, status_code) VALUES (uuid_v7(), %s)', code),
    'api_key_usage_status_code_in_range', format('no status is %s', code)
)
FROM (VALUES (99), (600)) AS example (code);
SELECT tests.violates(
    $$UPDATE api_key_usage SET endpoint = '/'$$,
    'api_key_usage_append_only', 'what was recorded is not changed'
);
SELECT tests.violates(
    $$DELETE FROM api_key_usage$$,
    'api_key_usage_append_only', 'what was recorded is not deleted'
);

-- Effects

DELETE FROM api_keys;
SELECT is(
    (SELECT count(*) FROM api_key_usage WHERE request_id = 'r-1' AND used_at > '2020-01-01'),
    (SELECT count(*) FROM api_key_usage WHERE used_at > '2020-01-01'),
    'what a key was used for outlives it'
);

SELECT * FROM finish();
ROLLBACK;
