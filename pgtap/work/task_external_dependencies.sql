-- What tasks wait for outside of the database.

BEGIN;
SELECT plan(43);

SELECT tests.some_tasks('A', 'B', 'C');

-- Keys and defaults

SELECT tests.waits_outside('A', 'the vendor');
SELECT results_eq(
    $$SELECT target, description, metadata, satisfied_at, satisfied_by, created_by
      FROM task_external_dependencies$$,
    $$VALUES ('the vendor', NULL, '{}'::jsonb, NULL::timestamptz, NULL, NULL)$$,
    'what is new is not satisfied'
);
SELECT tests.violates(
    $$INSERT INTO task_external_dependencies (task_id, target)
      VALUES (gen_random_uuid(), 'the vendor')$$,
    'task_external_dependencies_task_id_fkey', 'it is waited for by a task that exists'
);
SELECT tests.violates(
    $$SELECT tests.waits_outside('A', 'the vendor')$$,
    'task_external_dependencies_task_id_target_key', 'a task waits for a target once'
);
SELECT tests.accepts(
    $$SELECT tests.waits_outside('B', 'the vendor'), tests.waits_outside('A', 'the release')$$,
    'two tasks may wait for one target, and a task for two'
);
DELETE FROM task_external_dependencies WHERE target = 'the release';

-- Rules

SELECT tests.accepts(
    format('UPDATE task_external_dependencies SET %I = %s WHERE task_id = tests.task(%L)',
        name, value, 'A'),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('target', $$'t'$$), ('target', $$repeat('ü', 500)$$),
        ('description', $$repeat('d', 1048576)$$), ('metadata', $$'{"found": 1}'$$),
        ('created_by', $$'n'$$), ('created_by', $$repeat('n', 200)$$)
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE task_external_dependencies SET %I = %s WHERE task_id = tests.task(%L)',
        name, value, 'A'),
    rule, format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('target', $$' '$$, 'task_external_dependencies_target_has_1_to_500_characters'),
        (
            'target', $$repeat('ü', 501)$$,
            'task_external_dependencies_target_has_1_to_500_characters'
        ),
        (
            'description', $$repeat('d', 1048577)$$,
            'task_external_dependencies_description_up_to_1_mb'
        ),
        ('metadata', $$'[]'$$, 'task_external_dependencies_metadata_is_object'),
        ('created_by', $$' '$$, 'task_external_dependencies_created_by_has_1_to_200_characters'),
        (
            'created_by', $$repeat('n', 201)$$,
            'task_external_dependencies_created_by_has_1_to_200_characters'
        ),
        ('satisfied_by', $$'ada'$$, 'task_external_dependencies_satisfied_by_fits_satisfied_at')
) AS example (name, value, rule);
SELECT tests.accepts(
    format('UPDATE task_external_dependencies SET satisfied_at = now(), satisfied_by = %s
        WHERE task_id = tests.task(%L)', value, 'B'),
    format('it may be satisfied by %s', value)
)
FROM (VALUES ('NULL'), ($$'n'$$), ($$repeat('n', 200)$$)) AS example (value);
SELECT tests.violates(
    format('UPDATE task_external_dependencies SET satisfied_by = %s WHERE task_id = tests.task(%L)',
        value, 'B'),
    'task_external_dependencies_satisfied_by_has_1_to_200_characters',
    format('it is never satisfied by %s', value)
)
FROM (VALUES ($$' '$$), ($$repeat('n', 201)$$)) AS example (value);

-- Rules that triggers enforce

SELECT tests.accepts(
    $$UPDATE task_external_dependencies SET task_id = task_id$$, 'it may be written as it is'
);
SELECT tests.violates(
    $$UPDATE task_external_dependencies SET task_id = tests.task('C') WHERE target = 'the vendor'$$,
    'task_external_dependencies_keep_their_task', 'it keeps its task'
);
SELECT tests.an_attempt('B');
SELECT tests.violates(
    $$SELECT tests.waits_outside('B', 'the release')$$,
    'task_external_dependencies_added_while_not_running',
    'a task is not made to wait while an agent works on it'
);
SELECT tests.violates(
    $$UPDATE task_external_dependencies SET satisfied_at = NULL, satisfied_by = NULL
      WHERE task_id = tests.task('B')$$,
    'task_external_dependencies_added_while_not_running',
    'nor by what turns out not to be there after all'
);
SELECT tests.accepts(
    $$INSERT INTO task_external_dependencies (task_id, target, satisfied_at)
      VALUES (tests.task('B'), 'the review', now())$$,
    'what is there already may be noted meanwhile'
);
SELECT tests.accepts(
    $$UPDATE task_external_dependencies SET description = 'signed' WHERE target = 'the review'$$,
    'and be described'
);
SELECT release_executions(ARRAY[tests.attempt_at('B')]);
SELECT tests.set_status('C', 'in_progress');
SELECT tests.accepts(
    $$SELECT tests.waits_outside('C', 'the vendor')$$,
    'a task that a person works on may be made to wait'
);
SELECT tests.set_status('C', 'pending');
DELETE FROM task_external_dependencies;

-- Counting

SELECT is(tests.open_blockers(), 'A 0, B 0, C 0', 'what is removed no longer holds a task');
SELECT tests.waits_outside('A', target) FROM (VALUES ('one'), ('two')) AS example (target);
SELECT tests.waits_for('A', 'B');
SELECT is(tests.open_blockers(), 'A 3, B 0, C 0', 'it counts beside the tasks that are waited for');
SELECT results_eq(
    $$SELECT ref FROM ready_tasks ORDER BY ref$$, $$VALUES ('B'), ('C')$$,
    'a task that waits for something outside is not ready'
);
UPDATE task_external_dependencies SET satisfied_at = now() WHERE target = 'one';
SELECT is(tests.open_blockers(), 'A 2, B 0, C 0', 'what is satisfied no longer counts');
UPDATE task_external_dependencies SET satisfied_at = '2020-02-02 UTC', satisfied_by = 'ada'
WHERE target = 'one';
SELECT is(tests.open_blockers(), 'A 2, B 0, C 0', 'what is satisfied again does not count again');
UPDATE task_external_dependencies SET satisfied_at = NULL, satisfied_by = NULL
WHERE target = 'one';
SELECT is(tests.open_blockers(), 'A 3, B 0, C 0', 'what is not there after all counts again');
DELETE FROM task_external_dependencies WHERE target = 'one';
SELECT is(tests.open_blockers(), 'A 2, B 0, C 0', 'what is removed counts no longer');
SELECT tests.set_status('B', 'completed');
SELECT is(
    tests.open_blockers(), 'A 1, B 0, C 0',
    'a completion leaves a task waiting for what is outside'
);
UPDATE task_external_dependencies SET satisfied_at = now();
SELECT is(tests.open_blockers(), 'A 0, B 0, C 0', 'when all is there, nothing is waited for');
SELECT is(
    (SELECT ref FROM claim_tasks(tests.an_agent(), tests.project())), 'A',
    'a task for which all is there is claimed'
);
SELECT release_executions(ARRAY[tests.attempt_at('A')]);
SELECT tests.accepts(
    $$INSERT INTO task_external_dependencies (task_id, target) VALUES (tests.task('A'), 'two')
      ON CONFLICT (task_id, target) DO UPDATE SET description = 'again'$$,
    'what is inserted again may change its description'
);
SELECT is(tests.open_blockers(), 'A 0, B 0, C 0', 'and stays satisfied');
SELECT tests.waits_outside('B'), tests.waits_outside('C');
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'the counts are sound after all this');
DELETE FROM tasks;
SELECT is_empty(
    $$SELECT id FROM task_external_dependencies$$, 'an external dependency ends with its task'
);

SELECT * FROM finish();
ROLLBACK;
