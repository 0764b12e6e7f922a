-- Deleting tasks and bringing them back, and deleting lists.

BEGIN;
SELECT plan(26);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E', 'F');
UPDATE tasks SET parent_id = tests.task('A') WHERE ref IN ('B', 'C');
UPDATE tasks SET parent_id = tests.task('B') WHERE ref = 'D';
SELECT tests.waits_for('E', 'C'), tests.waits_for('F', 'C', 'cancel');
SELECT tests.set_status('D', 'completed');

CREATE FUNCTION pg_temp.living() RETURNS text
    LANGUAGE sql
    AS $$SELECT string_agg(ref, ', ' ORDER BY ref) FROM tasks WHERE deleted_at IS NULL$$;

-- Deleting

SELECT is(
    (SELECT count(*) FROM delete_tasks(tests.task('C'))), 1::bigint, 'a task is deleted'
);
SELECT is(pg_temp.living(), 'A, B, D, E, F', 'with nothing that is not under it');
SELECT results_eq(
    $$SELECT status::text, status_reason::text FROM tasks WHERE ref = 'C'$$,
    $$VALUES ('cancelled', 'deleted')$$, 'an open task that is deleted is cancelled for that reason'
);
SELECT is(
    tests.statuses(),
    'A pending, B pending, C cancelled, D completed, E pending, F cancelled',
    'those that wait for it follow the policy of their dependency'
);
SELECT is_empty($$SELECT delete_tasks(tests.task('C'))$$, 'a task is deleted once');
SELECT is_empty(
    $$SELECT delete_tasks(gen_random_uuid())$$, 'nothing is deleted where there is nothing'
);
SELECT set_eq(
    $$SELECT task.ref::text FROM delete_tasks(tests.task('A')) AS gone (id)
      JOIN tasks AS task USING (id)$$,
    ARRAY['A', 'B', 'D'], 'a task is deleted with all under it that lives'
);
SELECT results_eq(
    $$SELECT ref::text, status::text, status_reason::text FROM tasks WHERE ref IN ('A', 'D')
      ORDER BY ref$$,
    $$VALUES ('A', 'cancelled', 'deleted'), ('D', 'completed', 'it is to be completed')$$,
    'a closed task stays as it is'
);
SELECT is(
    (SELECT count(DISTINCT deleted_at) FROM tasks WHERE ref IN ('A', 'B', 'D')), 1::bigint,
    'tasks deleted together share the moment'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'all is sound after tasks are deleted');

SELECT tests.some_tasks('G');
SELECT tests.an_attempt('G');
SELECT delete_tasks(tests.task('G'));
SELECT results_eq(
    $$SELECT status::text, cancel_requested_at IS NULL FROM task_executions$$,
    $$VALUES ('cancelled', true)$$, 'a task in progress is deleted, and its attempt ends'
);

-- Bringing back

SELECT is_empty($$SELECT * FROM restore_tasks(tests.task('E'))$$, 'what lives is not brought back');
SELECT tests.violates(
    $$SELECT * FROM restore_tasks(tests.task('B'))$$,
    'tasks_deleted_with_their_subtasks', 'nothing is brought back under a deleted task'
);
SELECT set_eq(
    $$SELECT ref, status::text FROM restore_tasks(tests.task('A'))$$,
    $$VALUES ('A', 'cancelled'), ('B', 'cancelled'), ('D', 'completed')$$,
    'a task is brought back, closed, with those that were deleted together with it'
);
SELECT is(pg_temp.living(), 'A, B, D, E, F', 'what was deleted before it stays deleted');
SELECT is(
    (SELECT count(*) FROM restore_tasks(tests.task('C'))), 1::bigint,
    'it is brought back by itself'
);
SELECT tests.accepts(
    $$SELECT tests.set_status('C', 'pending')$$, 'what was brought back can be reopened'
);
SELECT is_empty(
    $$SELECT * FROM check_invariants()$$, 'all is sound after tasks are brought back'
);

-- Erasing

SELECT delete_tasks(tests.task('C'));
SELECT tests.violates(
    $$DELETE FROM tasks WHERE ref = 'C' AND deleted_at IS NOT NULL$$,
    'task_dependencies_depends_on_id_fkey', 'a task is not erased while others depend on it'
);
DELETE FROM task_dependencies;
SELECT tests.accepts(
    $$DELETE FROM tasks WHERE ref = 'C' AND deleted_at IS NOT NULL$$,
    'a task that nothing depends on is erased'
);
SELECT delete_tasks(tests.task('A'));
DELETE FROM tasks WHERE ref = 'A';
SELECT is(
    (SELECT string_agg(ref, ', ' ORDER BY ref) FROM tasks), 'E, F, G',
    'a task is erased with all under it, which is deleted, too'
);

-- Lists

SELECT is_empty(
    $$SELECT delete_task_list(id) FROM task_lists$$, 'a list in which a task lives is not deleted'
);
SELECT delete_tasks(id) FROM tasks WHERE ref IN ('E', 'F');
SELECT is(
    (SELECT count(*) FROM task_lists AS list, delete_task_list(list.id)), 1::bigint,
    'a list in which no task lives is deleted'
);
SELECT is_empty($$SELECT id FROM tasks$$, 'with the deleted tasks in it');
SELECT is_empty(
    $$SELECT delete_task_list(gen_random_uuid())$$, 'no list is deleted where there is none'
);
SELECT results_eq(
    $$SELECT count(*) FROM audit_log WHERE entity_type = 'tasks' AND action = 'delete'$$,
    $$VALUES (7::bigint)$$, 'what is erased is in the log'
);

SELECT * FROM finish();
ROLLBACK;
