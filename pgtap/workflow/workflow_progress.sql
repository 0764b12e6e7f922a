-- How far workflows are.

BEGIN;
SELECT plan(7);

SELECT tests.a_workflow();
SELECT results_eq(
    $$SELECT name, status, total_tasks, completed_tasks, progress_percentage, total_steps,
          step_percentage
      FROM workflow_progress$$,
    $$VALUES ('w', 'pending'::workflow_status, 0::bigint, 0::bigint, 0::numeric, 0::bigint,
          0::numeric)$$,
    'a workflow without tasks and steps has made no progress'
);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E', 'F');
SELECT tests.has_tasks('A', 'B', 'C', 'D', 'E');
SELECT tests.set_status('A', 'in_progress');
SELECT tests.set_status('A', 'completed');
SELECT tests.set_status('B', 'in_progress');
SELECT tests.set_status('C', 'in_progress');
SELECT tests.set_status('C', 'failed');
SELECT tests.set_status('D', 'cancelled');
SELECT tests.set_status('F', 'in_progress');
SELECT tests.set_status('F', 'completed');
SELECT results_eq(
    $$SELECT total_tasks, completed_tasks, in_progress_tasks, failed_tasks, cancelled_tasks,
          progress_percentage
      FROM workflow_progress$$,
    $$VALUES (5::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 25::numeric)$$,
    'of five tasks one is done and one is cancelled: a quarter of the rest'
);

SELECT tests.a_step('a', 'completed'), tests.a_step('b', 'completed'), tests.a_step('c', 'failed'),
    tests.a_step('d', 'skipped');
SELECT results_eq(
    $$SELECT total_steps, completed_steps, failed_steps, skipped_steps, step_percentage,
          total_tasks
      FROM workflow_progress$$,
    $$VALUES (4::bigint, 2::bigint, 1::bigint, 1::bigint, 66.67, 5::bigint)$$,
    'of four steps two are done and one is skipped: two thirds of the rest'
);

SELECT tests.set_status('B', 'completed');
UPDATE tasks SET status = 'in_progress', status_reason = 'again' WHERE ref = 'C';
SELECT tests.set_status('C', 'completed');
SELECT tests.set_status('E', 'in_progress');
SELECT tests.set_status('E', 'completed');
SELECT is(
    (SELECT progress_percentage FROM workflow_progress), 100::numeric,
    'what is cancelled keeps nothing back'
);

UPDATE tasks SET deleted_at = clock_timestamp() WHERE ref IN ('A', 'D');
SELECT results_eq(
    $$SELECT total_tasks, completed_tasks, cancelled_tasks FROM workflow_progress$$,
    $$VALUES (3::bigint, 3::bigint, 0::bigint)$$,
    'a deleted task does not count'
);

SELECT tests.a_workflow('other');
SELECT is(
    (SELECT count(*) FROM workflow_progress), 2::bigint, 'each workflow has a row of its own'
);
UPDATE workflows SET deleted_at = clock_timestamp() WHERE name = 'w';
SELECT results_eq(
    'SELECT name FROM workflow_progress', ARRAY['other'], 'a deleted workflow has none'
);

SELECT * FROM finish();
ROLLBACK;
