-- How versions of templates did.

BEGIN;
SELECT plan(4);

SELECT is_empty('SELECT name FROM template_performance', 'an empty database has none');

SELECT tests.some_tasks('A');
SELECT tests.a_template('never used');
SELECT tests.a_template();
SELECT tests.a_template();
-- Of version 1: two went well, one did not, of one it is not known; somebody's word comes first.
INSERT INTO template_usage (template_id, is_success, rating, execution_id, used_at)
SELECT tests.template('greeting'), said, stars, tests.an_ended_attempt('A', ended), at::timestamptz
FROM (VALUES
    (true, 5, 'failed'::task_execution_status, '2020-02-01 10:00 UTC'),
    (NULL, 4, 'completed', '2020-02-02 10:00 UTC'),
    (NULL, NULL, 'timeout', '2020-02-03 10:00 UTC'),
    (NULL, NULL, 'cancelled', '2020-02-04 10:00 UTC')
) AS used (said, stars, ended, at);
INSERT INTO template_usage (template_id) VALUES (tests.template('greeting', 2));

SELECT results_eq(
    $$SELECT name, version, is_active, usage_count, success_count, failure_count,
          success_rate::numeric(4, 3), average_rating::numeric(3, 1)
      FROM template_performance ORDER BY name, version$$,
    $$VALUES
        ('greeting', 1, false, 4::bigint, 2::bigint, 1::bigint, 0.667, 4.5),
        ('greeting', 2, true, 1, 0, 0, NULL, NULL),
        ('never used', 1, true, 0, 0, 0, NULL, NULL)$$,
    'each version is judged by those of its uses of which it is known'
);
SELECT results_eq(
    $$SELECT first_used_at, last_used_at FROM template_performance
      WHERE name = 'greeting' AND version = 1$$,
    $$VALUES ('2020-02-01 10:00 UTC'::timestamptz, '2020-02-04 10:00 UTC'::timestamptz)$$,
    'it is told since when and until when it was used'
);
UPDATE templates SET deleted_at = clock_timestamp() WHERE name = 'greeting' AND version = 1;
SELECT is(
    (SELECT count(*) FROM template_performance WHERE name = 'greeting'), 1::bigint,
    'a deleted version is left out'
);

SELECT * FROM finish();
ROLLBACK;
