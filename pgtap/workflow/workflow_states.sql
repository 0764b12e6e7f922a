-- Where the steps of workflows stand.

BEGIN;
SELECT plan(3);

SELECT tests.some_tasks('A');
SELECT tests.a_workflow();
SELECT tests.a_step('build'), tests.a_step('test', 'completed', 'A');
UPDATE workflows SET phase = 'first', status = 'running';
SELECT results_eq(
    $$SELECT workflow_name, workflow_status, phase, task_ref, step, status, duration >= '0'
      FROM workflow_states ORDER BY step$$,
    $$VALUES
      ('w', 'running'::workflow_status, 'first', NULL, 'build', 'pending'::workflow_step_status,
          NULL::boolean),
      ('w', 'running', 'first', 'A', 'test', 'completed', true)$$,
    'a step is shown with its workflow, and with the task that it is for'
);
SELECT tests.a_workflow('empty');
SELECT is(
    (SELECT count(*) FROM workflow_states), 2::bigint, 'a workflow without steps is not shown'
);
UPDATE workflows SET deleted_at = clock_timestamp();
SELECT is_empty('SELECT FROM workflow_states', 'nor is a deleted one');

SELECT * FROM finish();
ROLLBACK;
