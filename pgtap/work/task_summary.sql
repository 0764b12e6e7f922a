-- Each task in one row, with what hangs on it counted.

BEGIN;
SELECT plan(5);

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT tests.waits_for('A', 'B'), tests.waits_for('C', 'A'), tests.waits_for('D', 'A');
SELECT tests.a_dependency(tests.task('A'), tests.task('C'), 'relates_to');
UPDATE tasks SET parent_id = tests.task('A') WHERE ref IN ('B', 'C', 'D');
SELECT tests.set_status('B', 'completed'), delete_tasks(tests.task('D'));
INSERT INTO task_details (task_id, description, requirements, acceptance_criteria)
VALUES (tests.task('A'), 'What', '["one"]', '["two", "three"]');
INSERT INTO task_ticks (task_id, item_id) VALUES (
    tests.task('A'), task_item_id('requirement', '"one"')
);
INSERT INTO task_contexts (task_id, type) VALUES (tests.task('A'), 'note');
SELECT fail_executions(ARRAY[tests.an_attempt('A')], NULL, '0');
UPDATE task_executions SET started_at = completed_at - interval '90 minutes';
UPDATE tasks SET due_at = clock_timestamp() - interval '1 hour' WHERE ref IN ('A', 'B');

SELECT results_eq(
    $$SELECT project_name, list_name, title, description, status::text, dependency_count,
          dependent_count, open_blockers, subtask_count, completed_subtask_count, item_count,
          ticked_item_count, context_count, execution_count, failed_attempts, actual_hours,
          is_overdue
      FROM task_summary WHERE ref = 'A'$$,
    $$VALUES (
        'p', 'master', 'A task', 'What', 'pending', 1::bigint, 2::bigint, 0, 2::bigint, 1::bigint,
        3::bigint, 1::bigint, 1::bigint, 1, 1, 1.5, true
    )$$,
    'what hangs on a task is counted'
);
SELECT results_eq(
    $$SELECT description, dependency_count, dependent_count, open_blockers, subtask_count,
          item_count, context_count, execution_count, actual_hours
      FROM task_summary WHERE ref = 'C'$$,
    $$VALUES (
        NULL::text, 1::bigint, 0::bigint, 1, 0::bigint, 0::bigint, 0::bigint, 0, NULL::numeric
    )$$,
    'where nothing hangs on a task, there is nothing to count'
);
SELECT results_eq(
    $$SELECT ref FROM task_summary WHERE is_overdue$$, $$VALUES ('A')$$,
    'a closed task is not overdue'
);
UPDATE tasks SET actual_hours = 4 WHERE ref = 'A';
SELECT is(actual_hours, 4.00, 'hours that are set by hand count instead of those of attempts')
FROM task_summary WHERE ref = 'A';
SELECT is(
    (SELECT string_agg(ref, ', ' ORDER BY ref) FROM task_summary), 'A, B, C',
    'a deleted task is not in it'
);

SELECT * FROM finish();
ROLLBACK;
