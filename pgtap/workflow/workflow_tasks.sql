-- The tasks of workflows, and their order.

BEGIN;
SELECT plan(28);

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT tests.a_workflow();
SELECT tests.has_tasks('A');

-- Keys

SELECT tests.violates(
    $$INSERT INTO workflow_tasks (workflow_id, task_id, position)
      VALUES (tests.workflow(), tests.task('A'), 2)$$,
    'workflow_tasks_pkey', 'a task is in a workflow once'
);
SELECT tests.violates(
    $$INSERT INTO workflow_tasks (workflow_id, task_id, position)
      VALUES (gen_random_uuid(), tests.task('A'), 2)$$,
    'workflow_tasks_workflow_id_fkey', 'a workflow with tasks exists'
);
SELECT tests.violates(
    $$INSERT INTO workflow_tasks (workflow_id, task_id, position)
      VALUES (tests.workflow(), gen_random_uuid(), 2)$$,
    'workflow_tasks_task_id_fkey', 'a task of a workflow exists'
);
SELECT tests.violates(
    $$INSERT INTO workflow_tasks (workflow_id, task_id, position)
      VALUES (tests.workflow(), tests.task('B'), 1)$$,
    'workflow_tasks_workflow_id_position_key', 'two tasks of a workflow never share a position'
);
SELECT tests.accepts(
    $$SELECT add_workflow_task(tests.a_workflow('other'), tests.task('A'))$$,
    'a task may be in two workflows, at one position'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO workflow_tasks (workflow_id, task_id, position)
      VALUES (tests.a_workflow('third'), tests.task('B'), 1)$$,
    'positions count from 1'
);
SELECT tests.violates(
    $$INSERT INTO workflow_tasks (workflow_id, task_id, position)
      VALUES (tests.workflow(), tests.task('B'), 0)$$,
    'workflow_tasks_position_positive', 'no task is at position 0'
);
SELECT tests.a_workflow('far', tests.a_project('q'));
SELECT tests.violates(
    $$SELECT add_workflow_task(tests.workflow('far'), tests.task('B'))$$,
    'workflow_tasks_are_of_the_project', 'a workflow has no task of another project'
);
SELECT tests.violates(
    $$UPDATE workflow_tasks SET workflow_id = tests.workflow('far')
      WHERE workflow_id = tests.workflow()$$,
    'workflow_tasks_are_of_the_project', 'a task does not move to a workflow of another project'
);
SELECT tests.a_task(tests.a_list(tests.project('q')), 'Q');
SELECT tests.violates(
    $$UPDATE workflow_tasks SET task_id = tests.task('Q') WHERE workflow_id = tests.workflow()$$,
    'workflow_tasks_are_of_the_project', 'a task is not exchanged for one of another project'
);

-- Effects

SELECT tests.has_tasks('B', 'C');
SELECT is(tests.order_of_tasks(), '1 A, 2 B, 3 C', 'a task is added at the end');
SELECT add_workflow_task(tests.workflow(), tests.task('D'), 2);
SELECT is(tests.order_of_tasks(), '1 A, 2 D, 3 B, 4 C', 'or at a position, before what is there');
SELECT results_eq(
    $$SELECT position FROM add_workflow_task(tests.workflow(), tests.task('D'))$$, ARRAY[2],
    'a task that is added again stays where it is'
);
SELECT results_eq(
    $$SELECT position FROM add_workflow_task(tests.workflow(), tests.task('D'), 1)$$, ARRAY[1],
    'or is moved to the position'
);
SELECT is(tests.order_of_tasks(), '1 D, 2 A, 3 B, 4 C', 'and the others make room');
SELECT results_eq(
    $$SELECT position FROM move_workflow_task(tests.workflow(), tests.task('D'), 3)$$, ARRAY[3],
    'a task moves down'
);
SELECT is(tests.order_of_tasks(), '1 A, 2 B, 3 D, 4 C', 'and those before it move up');
SELECT results_eq(
    $$SELECT position FROM move_workflow_task(tests.workflow(), tests.task('A'), 99)$$, ARRAY[4],
    'a position beyond the end is the end'
);
SELECT is(tests.order_of_tasks(), '1 B, 2 D, 3 C, 4 A', 'without a gap before it');
SELECT tests.violates(
    $$SELECT move_workflow_task(tests.workflow(), tests.task('A'), 0)$$,
    'workflow_tasks_position_positive', 'no task moves before the first position'
);
SELECT is_empty(
    $$SELECT FROM move_workflow_task(tests.workflow('far'), tests.task('A'), 1)$$,
    'a task that is not there does not move'
);
SELECT results_eq(
    $$SELECT task_id FROM remove_workflow_task(tests.workflow(), tests.task('D'))$$,
    $$VALUES (tests.task('D'))$$,
    'a task is taken out'
);
SELECT is(tests.order_of_tasks(), '1 B, 2 C, 3 A', 'and those behind it move up');
SELECT is_empty(
    $$SELECT FROM remove_workflow_task(tests.workflow(), tests.task('D'))$$,
    'what is out is not taken out'
);
DELETE FROM tasks WHERE ref = 'B';
SELECT is(tests.order_of_tasks(), '2 C, 3 A', 'a task that is erased leaves its workflows');
SELECT add_workflow_task(tests.workflow(), tests.task('D'));
SELECT is(tests.order_of_tasks(), '1 C, 2 A, 3 D', 'the next change closes the gap');
SELECT is(tests.order_of_tasks('other'), '1 A', 'other workflows keep their order');
UPDATE workflows SET updated_at = '2020-02-02 02:02 UTC' WHERE name = 'w';
DELETE FROM workflow_tasks;
SELECT is_empty(
    $$SELECT FROM audit_log WHERE entity_type = 'workflows' AND action = 'update'$$,
    'an order is no change of the workflow to record'
);

SELECT * FROM finish();
ROLLBACK;
