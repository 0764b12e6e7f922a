-- The attempts of each task, counted.

BEGIN;
SELECT plan(2);

SELECT tests.some_tasks('A', 'B', 'C');
INSERT INTO task_executions (task_id, attempt, status, started_at, completed_at, lease_expires_at)
VALUES
    (tests.task('A'), 1, 'failed', '2020-02-02 10:00 UTC', '2020-02-02 10:10 UTC', now()),
    (tests.task('A'), 2, 'timeout', '2020-02-02 11:00 UTC', '2020-02-02 11:20 UTC', now()),
    (tests.task('A'), 3, 'cancelled', '2020-02-02 12:00 UTC', '2020-02-02 12:00 UTC', now()),
    (tests.task('A'), 4, 'completed', '2020-02-02 13:00 UTC', '2020-02-02 13:30 UTC', now()),
    (tests.task('B'), 1, 'running', '2020-02-02 10:00 UTC', NULL, now());

SELECT results_eq(
    $$SELECT ref, total_executions, completed_executions, failed_executions, timed_out_executions,
          cancelled_executions
      FROM task_execution_summary ORDER BY ref$$,
    $$VALUES
        ('A', 4::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint),
        ('B', 1, 0, 0, 0, 0),
        ('C', 0, 0, 0, 0, 0)$$,
    'attempts are counted by how they ended, and a task without attempts is told too'
);
SELECT results_eq(
    $$SELECT ref, average_duration_seconds::integer, total_duration_seconds::integer,
          first_started_at, last_completed_at
      FROM task_execution_summary ORDER BY ref$$,
    $$VALUES
        ('A', 900, 3600, '2020-02-02 10:00 UTC'::timestamptz, '2020-02-02 13:30 UTC'::timestamptz),
        ('B', NULL, NULL, '2020-02-02 10:00 UTC', NULL),
        ('C', NULL, NULL, NULL, NULL)$$,
    'durations are those of the attempts that have ended'
);

SELECT * FROM finish();
ROLLBACK;
