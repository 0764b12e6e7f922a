-- What can be counted and measured about each task.

BEGIN;
SELECT plan(9);

SELECT tests.some_tasks('A', 'B', 'C', 'D');
INSERT INTO task_executions (
    task_id, attempt, status, started_at, completed_at, lease_expires_at, memory_usage_mb,
    cpu_time_ms, input_tokens, output_tokens, cost_usd
)
VALUES
    (
        tests.task('A'), 1, 'failed', '2020-02-02 10:00 UTC', '2020-02-02 10:30 UTC', now(), 100,
        50, 10, 1, 0.5
    ),
    (
        tests.task('A'), 2, 'completed', '2020-02-02 11:00 UTC', '2020-02-02 12:00 UTC', now(), 80,
        70, 20, NULL, 0.25
    ),
    (
        tests.task('A'), 3, 'running', '2020-02-02 13:00 UTC', NULL, now(), NULL, NULL, NULL, NULL,
        NULL
    );
UPDATE tasks SET estimated_hours = 0.5, complexity_score = 3 WHERE ref IN ('A', 'B');
UPDATE tasks SET actual_hours = 2 WHERE ref = 'B';

SELECT results_eq(
    $$SELECT ref, actual_hours, estimate_ratio FROM task_metrics ORDER BY ref$$,
    $$VALUES
        ('A', 1.5, 3.0), ('B', 2, 4), ('C', NULL, NULL), ('D', NULL, NULL)$$,
    'hours are the sum of the attempts that have ended, unless set by hand'
);
SELECT results_eq(
    $$SELECT memory_usage_mb, cpu_time_ms, input_tokens, output_tokens, cost_usd
      FROM task_metrics WHERE ref = 'A'$$,
    $$VALUES (100::numeric, 120::numeric, 30::numeric, 1::numeric, 0.75)$$,
    'what the attempts used is added up, and of memory the most is taken'
);

SELECT tests.waits_for('B', 'A'), tests.waits_for('C', 'A');
SELECT tests.a_dependency(tests.task('D'), tests.task('A'), 'suggests');
UPDATE tasks SET parent_id = tests.task('A') WHERE ref IN ('C', 'D');
SELECT tests.set_status('D', 'completed');
INSERT INTO task_contexts (task_id, type) VALUES (tests.task('A'), 'error');
SELECT results_eq(
    $$SELECT ref, open_blockers, dependent_count, subtask_count, completed_subtask_count,
          context_count
      FROM task_metrics ORDER BY ref$$,
    $$VALUES
        ('A', 0, 2::bigint, 2::bigint, 1::bigint, 1::bigint), ('B', 1, 0, 0, 0, 0),
        ('C', 1, 0, 0, 0, 0), ('D', 0, 0, 0, 0, 0)$$,
    'those that wait for a task, are under it or tell of it are counted'
);

ALTER TABLE tasks DISABLE TRIGGER USER;
UPDATE tasks
SET status = 'completed', attempts = 3, failed_attempts = 1, created_at = '2020-02-02 08:00 UTC',
    started_at = '2020-02-02 10:00 UTC', completed_at = '2020-02-02 13:00 UTC'
WHERE ref = 'A';
ALTER TABLE tasks ENABLE TRIGGER USER;
SELECT results_eq(
    $$SELECT waiting_hours, cycle_hours, lead_hours, attempts, failed_attempts, retry_count
      FROM task_metrics WHERE ref = 'A'$$,
    $$VALUES (2::numeric, 3::numeric, 5::numeric, 3, 1, 2)$$,
    'times are from creation, start and completion'
);
SELECT results_eq(
    $$SELECT retry_count, waiting_hours, cycle_hours, lead_hours FROM task_metrics
      WHERE ref = 'C'$$,
    $$VALUES (0, NULL::numeric, NULL::numeric, NULL::numeric)$$,
    'a task that was never tried was never retried, and has no times'
);

SELECT is((SELECT is_overdue FROM task_metrics WHERE ref = 'B'), NULL, 'nothing is due by default');
UPDATE tasks SET due_at = '2020-02-02 12:59 UTC' WHERE ref IN ('A', 'B');
UPDATE tasks SET due_at = '2120-02-02 UTC' WHERE ref = 'C';
SELECT results_eq(
    $$SELECT ref, is_overdue FROM task_metrics WHERE due_at IS NOT NULL ORDER BY ref$$,
    $$VALUES ('A', true), ('B', true), ('C', false)$$,
    'a task is overdue when it is, or was completed, too late'
);
SELECT tests.set_status('B', 'cancelled');
SELECT is(
    (SELECT is_overdue FROM task_metrics WHERE ref = 'B'), false,
    'what was given up is not overdue'
);
SELECT delete_tasks(tests.task('A'));
SELECT results_eq(
    $$SELECT ref FROM task_metrics$$, $$VALUES ('B')$$, 'a deleted task is left out'
);

SELECT * FROM finish();
ROLLBACK;
