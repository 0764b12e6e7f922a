-- The attempts of each task, counted.

BEGIN;
SELECT plan(4);

SELECT tests.some_tasks('A', 'B', 'C');
INSERT INTO task_executions (task_id, attempt, status, started_at, completed_at, lease_expires_at)
VALUES
    (tests.task('A'), 1, 'failed', '2020-02-02 10:00 UTC', '2020-02-02 10:10 UTC', now()),
    (tests.task('A'), 2, 'timeout', '2020-02-02 11:00 UTC', '2020-02-02 11:20 UTC', now()),
    (tests.task('A'), 3, 'cancelled', '2020-02-02 12:00 UTC', '2020-02-02 12:00 UTC', now()),
    (tests.task('A'), 4, 'completed', '2020-02-02 13:00 UTC', '2020-02-02 13:30 UTC', now()),
    (tests.task('B'), 1, 'running', '2020-02-02 10:00 UTC', NULL, now());

SELECT results_eq(
    $$SELECT ref, total_executions, successful_executions, failed_executions,
          timed_out_executions, cancelled_executions, running_executions, retry_count
      FROM task_execution_summary ORDER BY ref$$,
    $$VALUES
        (
            'A', 4::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 0::bigint, 3::bigint
        ),
        ('B', 1, 0, 0, 0, 0, 1, 0),
        ('C', 0, 0, 0, 0, 0, 0, 0)$$,
    'attempts are counted by how they ended, and a task without attempts is told too'
);
SELECT results_eq(
    $$SELECT ref, avg_duration_seconds::integer, total_duration_seconds::integer,
          first_started_at, last_execution_time
      FROM task_execution_summary ORDER BY ref$$,
    $$VALUES
        ('A', 900, 3600, '2020-02-02 10:00 UTC'::timestamptz, '2020-02-02 13:30 UTC'::timestamptz),
        ('B', NULL, NULL, '2020-02-02 10:00 UTC', NULL),
        ('C', NULL, NULL, NULL, NULL)$$,
    'durations are those of the attempts that have ended'
);

UPDATE task_executions SET input_tokens = 10 * attempt, cost_usd = 0.5;
SELECT results_eq(
    $$SELECT ref, round(success_rate, 2), input_tokens, output_tokens, cost_usd
      FROM task_execution_summary ORDER BY ref$$,
    $$VALUES
        ('A', 0.33, 100::numeric, NULL::numeric, 2.0), ('B', NULL, 10, NULL, 0.5),
        ('C', NULL, NULL, NULL, NULL)$$,
    'the rate is among those that were completed, failed or ran out of time'
);
SELECT delete_tasks(tests.task('C'));
SELECT is(
    (SELECT string_agg(ref, ', ' ORDER BY ref) FROM task_execution_summary), 'A, B',
    'a deleted task is left out'
);

SELECT * FROM finish();
ROLLBACK;
