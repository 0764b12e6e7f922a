-- All that a task depends on, within the database and outside.

BEGIN;
SELECT plan(8);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
SELECT tests.waits_for('E', 'A'), tests.waits_for('E', 'B', 'satisfy'), tests.waits_for('E', 'C');
SELECT tests.a_dependency(tests.task('E'), tests.task('D'), 'suggests');
UPDATE task_dependencies SET metadata = '{"description": "the schema first"}'
WHERE depends_on_id = tests.task('A');
SELECT tests.waits_outside('E', 'the vendor');

CREATE FUNCTION pg_temp.status() RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(
            format('%s %s %s', kind, target, CASE WHEN is_satisfied THEN 'yes' ELSE 'no' END), ', '
            ORDER BY is_external, target
        )
        FROM task_dependency_status
        WHERE task_id = tests.task('E')
    );

SELECT is(
    pg_temp.status(), 'blocks A no, blocks B no, blocks C no, suggests D no, blocks the vendor no',
    'what is open is not satisfied'
);
SELECT results_eq(
    $$SELECT target, description FROM task_dependency_status WHERE description IS NOT NULL$$,
    $$VALUES ('A', 'the schema first')$$, 'a dependency is told with its description'
);
SELECT is_empty(
    $$SELECT target FROM task_dependency_status WHERE satisfied_at IS NOT NULL$$,
    'what is not satisfied has no moment'
);

SELECT tests.set_status('A', 'completed'), tests.set_status('B', 'cancelled'),
    tests.set_status('C', 'cancelled');
UPDATE task_external_dependencies SET satisfied_at = '2020-02-02 UTC', satisfied_by = 'ada';
SELECT is(
    pg_temp.status(),
    'blocks A yes, blocks B yes, blocks C no, suggests D no, blocks the vendor yes',
    'a completed blocker is satisfied, and a cancelled one where the policy says so'
);
SELECT results_eq(
    $$SELECT satisfied_at FROM task_dependency_status WHERE target = 'A'$$,
    $$SELECT completed_at FROM tasks WHERE ref = 'A'$$,
    'a completed blocker is satisfied since its completion'
);
UPDATE tasks SET title = 'Changed later' WHERE ref = 'B';
SELECT results_eq(
    $$SELECT satisfied_at FROM task_dependency_status WHERE target = 'B'$$,
    $$SELECT changed_at FROM audit_log
      WHERE entity_id = tests.task('B')::text AND new_values ->> 'status' = 'cancelled'$$,
    'a cancelled blocker is satisfied since its cancellation'
);
SELECT results_eq(
    $$SELECT satisfied_at, satisfied_by, depends_on_id FROM task_dependency_status
      WHERE is_external$$,
    $$VALUES ('2020-02-02 UTC'::timestamptz, 'ada', NULL::uuid)$$,
    'what is outside is satisfied since somebody said so'
);
SELECT is(
    (SELECT open_blockers FROM tasks WHERE ref = 'E'), (
        SELECT count(*)::integer FROM task_dependency_status
        WHERE task_id = tests.task('E') AND kind = 'blocks' AND NOT is_satisfied
    ),
    'a task waits for as many as are not satisfied'
);

SELECT * FROM finish();
ROLLBACK;
