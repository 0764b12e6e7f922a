-- How components were each time that somebody looked.

BEGIN;
SELECT plan(14);

SELECT tests.a_component('c');

-- Keys and defaults

SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status) VALUES (gen_random_uuid(), 'healthy')$$,
    'health_checks_component_id_fkey', 'somebody looks at a component that exists'
);
INSERT INTO health_checks (component_id, status) VALUES (tests.component('c'), 'healthy');
SELECT results_eq(
    $$SELECT response_time_ms, details, clock_timestamp() - checked_at < '1 minute'
      FROM health_checks$$,
    $$VALUES (NULL::double precision, '{}'::jsonb, true)$$, 'somebody looks now'
);

-- Rules

SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status, checked_at)
      VALUES (tests.component('c'), 'healthy', 'infinity')$$,
    'health_checks_checked_at_is_a_moment', 'nobody looks at infinity'
);
SELECT tests.accepts(
    $$INSERT INTO health_checks (component_id, status, checked_at)
      VALUES (tests.component('c'), 'healthy', '2020-02-02 00:00+00')$$,
    'a look at a month that nobody made is kept'
);
SELECT tests.accepts(
    $$INSERT INTO health_checks (component_id, status, response_time_ms)
      VALUES (tests.component('c'), 'healthy', 0)$$,
    'an answer may take no time'
);
SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status, response_time_ms)
      VALUES (tests.component('c'), 'healthy', -0.001)$$,
    'health_checks_response_time_ms_not_negative', 'an answer takes no less than no time'
);
SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status, response_time_ms)
      VALUES (tests.component('c'), 'healthy', 'Infinity')$$,
    'health_checks_response_time_ms_not_negative', 'an answer comes'
);
SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status, response_time_ms)
      VALUES (tests.component('c'), 'healthy', 'NaN')$$,
    'health_checks_response_time_ms_not_negative', 'a response time is a number'
);
SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status, details)
      VALUES (tests.component('c'), 'healthy', '"fine"')$$,
    'health_checks_details_is_object', 'details are no text'
);
SELECT tests.accepts(
    $$INSERT INTO health_checks (component_id, status, details)
      VALUES (tests.component('c'), 'healthy', jsonb_build_object('a', repeat('x', 1048576 - 9)))$$,
    'details may have 1 MB'
);
SELECT tests.violates(
    $$INSERT INTO health_checks (component_id, status, details)
      VALUES (tests.component('c'), 'healthy', jsonb_build_object('a', repeat('x', 1048576 - 8)))$$,
    'health_checks_details_up_to_1_mb', 'details have no byte more than 1 MB'
);
SELECT tests.violates(
    $$UPDATE health_checks SET status = 'healthy'$$,
    'health_checks_append_only', 'what was seen is not changed'
);
SELECT tests.violates(
    $$DELETE FROM health_checks$$, 'health_checks_append_only', 'what was seen is not deleted'
);
SELECT tests.accepts($$DELETE FROM components$$, 'looks at a component end with it');

SELECT * FROM finish();
ROLLBACK;
