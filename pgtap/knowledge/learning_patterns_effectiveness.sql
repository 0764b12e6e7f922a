-- How well patterns helped.

BEGIN;
SELECT plan(3);

SELECT is_empty(
    'SELECT name FROM learning_patterns_effectiveness', 'an empty database has none'
);

SELECT tests.some_tasks('A');
SELECT tests.a_pattern('never applied');
SELECT tests.a_pattern('small steps');
INSERT INTO learning_pattern_applications (
    learning_pattern_id, is_effective, execution_id, applied_at
)
SELECT tests.pattern('small steps'), said, tests.an_ended_attempt('A', ended), at::timestamptz
FROM (VALUES
    (false, 'completed'::task_execution_status, '2020-02-01 10:00 UTC'),
    (NULL, 'completed', '2020-02-02 10:00 UTC'),
    (NULL, 'completed', '2020-02-03 10:00 UTC'),
    (NULL, 'failed', '2020-02-04 10:00 UTC'),
    (NULL, 'cancelled', '2020-02-05 10:00 UTC')
) AS applied (said, ended, at);

SELECT results_eq(
    $$SELECT name, application_count, effective_count, ineffective_count,
          effectiveness::numeric(4, 3), last_applied_at
      FROM learning_patterns_effectiveness ORDER BY name$$,
    $$VALUES
        ('never applied', 0::bigint, 0::bigint, 0::bigint, NULL::numeric(4, 3),
            NULL::timestamptz),
        ('small steps', 5, 2, 2, 0.500, '2020-02-05 10:00 UTC')$$,
    'each is judged by those of its applications of which it is known'
);
UPDATE learning_patterns SET deleted_at = clock_timestamp() WHERE name = 'small steps';
SELECT is(
    (SELECT count(*) FROM learning_patterns_effectiveness), 1::bigint,
    'a deleted pattern is left out'
);

SELECT * FROM finish();
ROLLBACK;
