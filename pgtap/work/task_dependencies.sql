-- The edges of the task graphs.

BEGIN;
SELECT plan(89);

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT tests.a_task(tests.a_list(tests.a_project('q')), 'Q');

-- Keys and defaults

INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (tests.task('B'), tests.task('A'));
SELECT results_eq(
    $$SELECT kind::text, policy::text, metadata, holder_id, created_by FROM task_dependencies$$,
    $$VALUES ('blocks', 'wait', '{}'::jsonb, NULL::uuid, NULL)$$,
    'a new edge blocks, and keeps waiting when its blocker is cancelled'
);
SELECT tests.violates(
    $$SELECT tests.waits_for('B', 'A', 'cancel')$$,
    'task_dependencies_pkey', 'two tasks have one edge of a kind'
);
SELECT tests.accepts(
    $$SELECT tests.a_dependency(tests.task('B'), tests.task('A'), 'relates_to')$$,
    'two tasks may have edges of several kinds'
);
SELECT tests.violates(
    $$SELECT tests.a_dependency(gen_random_uuid(), tests.task('A'))$$,
    'task_dependencies_task_id_fkey', 'an edge belongs to a task that exists'
);
SELECT tests.violates(
    $$SELECT tests.a_dependency(tests.task('A'), gen_random_uuid())$$,
    'task_dependencies_depends_on_id_fkey', 'an edge leads to a task that exists'
);
SELECT tests.violates(
    $$DELETE FROM tasks WHERE ref = 'A'$$,
    'task_dependencies_depends_on_id_fkey',
    'a blocker is not deleted without those that wait for it'
);
SELECT tests.accepts(
    $$DELETE FROM tasks WHERE ref IN ('A', 'B')$$,
    'a blocker is deleted together with those that wait for it'
);
SELECT is_empty(
    $$SELECT task_id FROM task_dependencies$$, 'edges end with the task that they belong to'
);
SELECT tests.some_tasks('A', 'B');

-- Rules

SELECT tests.violates(
    format('SELECT tests.a_dependency(tests.task(%L), tests.task(%L), %L)', 'A', 'A', kind),
    'task_dependencies_lead_to_another_task',
    format('a task never has an edge of kind %s to itself', kind)
)
FROM unnest(enum_range(NULL::task_dependency_kind)) AS kind;

SELECT tests.waits_for('B', 'A');
SELECT tests.accepts(
    format('UPDATE task_dependencies SET %I = %s', name, value), format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('metadata', $$'{"found": "in an import"}'$$),
        ('created_by', $$'n'$$), ('created_by', $$repeat('n', 200)$$)
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE task_dependencies SET %I = %s', name, value), rule,
    format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('metadata', $$'[]'$$, 'task_dependencies_metadata_is_object'),
        ('created_by', $$' '$$, 'task_dependencies_created_by_has_1_to_200_characters'),
        (
            'created_by', $$repeat('n', 201)$$,
            'task_dependencies_created_by_has_1_to_200_characters'
        )
) AS example (name, value, rule);
DELETE FROM task_dependencies;
CREATE FUNCTION pg_temp.with_holder(_holder_ref text, _kind text DEFAULT 'conflicts') RETURNS text
    LANGUAGE sql
    RETURN format(
        'INSERT INTO task_dependencies (task_id, depends_on_id, kind, holder_id)
         VALUES (tests.task(%L), tests.task(%L), %L, tests.task(%L))', 'A', 'B', _kind, _holder_ref
    );
SELECT tests.accepts(pg_temp.with_holder('A'), 'the task of a conflict may be its holder');
DELETE FROM task_dependencies;
SELECT tests.accepts(pg_temp.with_holder('B'), 'the other task of a conflict may be its holder');
DELETE FROM task_dependencies;
SELECT tests.violates(
    pg_temp.with_holder('C'), 'task_dependencies_holder_is_in_conflict',
    'no third task holds a conflict'
);
SELECT tests.violates(
    pg_temp.with_holder('A', 'blocks'), 'task_dependencies_holder_is_in_conflict',
    'nobody holds an edge that is no conflict'
);

-- Rules that triggers enforce

SELECT tests.waits_for('B', 'A');
SELECT tests.accepts(
    $$UPDATE task_dependencies SET task_id = task_id, depends_on_id = depends_on_id, kind = kind$$,
    'an edge may be written as it is'
);
SELECT tests.violates(
    format('UPDATE task_dependencies SET %s', change), 'task_dependencies_keep_their_tasks',
    description
)
FROM (
    VALUES
        ($$task_id = tests.task('C')$$, 'an edge keeps its task'),
        ($$depends_on_id = tests.task('C')$$, 'an edge keeps its blocker'),
        ($$kind = 'suggests'$$, 'an edge keeps its kind')
) AS example (change, description);
DELETE FROM task_dependencies;

SELECT tests.violates(
    format('SELECT tests.a_dependency(tests.task(%L), tests.task(%L), %L)', 'A', 'Q', kind),
    'task_dependencies_within_one_project',
    format('an edge of kind %s never leads to another project', kind)
)
FROM unnest(enum_range(NULL::task_dependency_kind)) AS kind;
SELECT tests.a_task(tests.a_list(tests.project(), 'other'), 'O');
SELECT tests.accepts(
    $$SELECT tests.waits_for('A', 'O')$$, 'an edge may lead to another list of the project'
);
DELETE FROM task_dependencies;
DELETE FROM tasks WHERE ref IN ('O', 'Q');

SELECT tests.set_status('B', 'completed'), tests.an_attempt('A');
SELECT tests.violates(
    $$SELECT tests.waits_for('A', 'C')$$,
    'task_dependencies_added_while_not_running',
    'a task is not made to wait while an agent works on it'
);
SELECT tests.accepts(
    $$SELECT tests.waits_for('A', 'B')$$,
    'a task may get a blocker that is completed while an agent works on it'
);
SELECT tests.accepts(
    $$SELECT tests.a_dependency(tests.task('A'), tests.task('C'), 'suggests')$$,
    'a task may get an edge that does not block while an agent works on it'
);
SELECT tests.accepts(
    $$SELECT tests.waits_for('C', 'A')$$,
    'others may be made to wait for a task that an agent works on'
);
SELECT release_executions(ARRAY[tests.attempt_at('A')]);
DELETE FROM task_dependencies;
SELECT tests.a_task((SELECT task_list_id FROM tasks WHERE ref = 'A'), 'gone', 'cancelled');
SELECT tests.a_dependency(tests.task('A'), tests.task('gone'), 'blocks', 'satisfy');
SELECT tests.an_attempt('A');
SELECT tests.violates(
    $$UPDATE task_dependencies SET policy = 'wait' WHERE task_id = tests.task('A')$$,
    'task_dependencies_added_while_not_running',
    'nor by another policy for a blocker that has ended'
);
SELECT release_executions(ARRAY[tests.attempt_at('A')]);
DELETE FROM task_dependencies;
DELETE FROM tasks WHERE ref = 'gone';
SELECT tests.set_status('A', 'in_progress');
SELECT tests.accepts(
    $$SELECT tests.waits_for('A', 'C')$$, 'a task that a person works on may be made to wait'
);
SELECT tests.set_status('A', 'pending'), tests.set_status('B', 'pending');
DELETE FROM task_dependencies;

CREATE FUNCTION pg_temp.path(_from_id uuid, _to_id uuid) RETURNS text
    LANGUAGE sql
    RETURN task_chain_path(task_dependency_chain(_from_id, _to_id, false));

SELECT tests.waits_for('B', 'A');
SELECT tests.violates(
    $$SELECT tests.waits_for('A', 'B')$$, 'task_dependencies_acyclic',
    'two tasks never wait for each other'
);
SELECT tests.waits_for('C', 'B'), tests.waits_for('D', 'C');
SELECT tests.violates(
    $$SELECT tests.waits_for('A', 'D')$$,
    'task_dependencies_acyclic', 'no task waits for itself, however long the way round'
);
SELECT is(
    tests.detail_of($$SELECT tests.waits_for('A', 'D')$$),
    'Cycle: A -> D -> C -> B -> A (each waits for the next)',
    'the refusal names every task of the cycle'
);
SELECT tests.accepts($$SELECT tests.waits_for('D', 'A')$$, 'an edge may cut a way short');
SELECT is(
    tests.detail_of($$SELECT tests.waits_for('A', 'D')$$),
    'Cycle: A -> D -> A (each waits for the next)',
    'the refusal names the shortest cycle'
);
SELECT tests.accepts(
    format('SELECT tests.a_dependency(tests.task(%L), tests.task(%L), %L)', 'A', 'D', kind),
    format('an edge of kind %s may lead back', kind)
)
FROM (VALUES ('suggests'), ('relates_to'), ('conflicts')) AS example (kind);
SELECT tests.set_status('A', 'completed');
SELECT tests.violates(
    $$SELECT tests.waits_for('A', 'D')$$,
    'task_dependencies_acyclic', 'a task that has ended does not close a cycle either'
);
SELECT tests.set_status('A', 'pending');
SELECT is(
    pg_temp.path(tests.task('D'), tests.task('A')), 'D -> A', 'a path is a shortest one'
);
DELETE FROM task_dependencies WHERE task_id = tests.task('D') AND depends_on_id = tests.task('A');
SELECT tests.waits_for('D', 'B');
SELECT is(
    pg_temp.path(tests.task('D'), tests.task('A')), 'D -> B -> A',
    'a path takes the short way to each task on it'
);
SELECT is(
    pg_temp.path(tests.task('C'), tests.task('A')), 'C -> B -> A',
    'a path leads from task to blocker'
);
SELECT is(
    pg_temp.path(tests.task('A'), tests.task('C')), NULL,
    'there is no path against the edges'
);
DELETE FROM task_dependencies;

-- Counting

SELECT is(
    is_open_blocker(status, policy), expected,
    format('a blocker that is %s %s under policy %s', status,
        CASE WHEN expected THEN 'holds its dependants' ELSE 'frees its dependants' END, policy)
)
FROM (
    VALUES
        ('pending'::task_status, 'wait'::blocker_policy, true), ('pending', 'satisfy', true),
        ('in_progress', 'wait', true), ('blocked', 'wait', true), ('review', 'wait', true),
        ('validation', 'satisfy', true), ('deferred', 'satisfy', true),
        ('completed', 'wait', false), ('completed', 'satisfy', false),
        ('completed', 'cancel', false),
        ('failed', 'wait', true), ('failed', 'satisfy', false), ('failed', 'cancel', true),
        ('cancelled', 'wait', true), ('cancelled', 'satisfy', false), ('cancelled', 'cancel', true)
) AS example (status, policy, expected);

CREATE FUNCTION pg_temp.waiting(_ref text) RETURNS integer
    LANGUAGE sql
    RETURN (SELECT open_blockers FROM tasks WHERE ref = _ref);

SELECT tests.set_status('C', 'cancelled');
SELECT tests.waits_for('D', 'A');
SELECT is(pg_temp.waiting('D'), 1, 'an edge to an open task makes a task wait');
SELECT tests.waits_for('D', 'C');
SELECT is(pg_temp.waiting('D'), 2, 'an edge to a cancelled task makes a task wait');
UPDATE task_dependencies SET policy = 'satisfy';
SELECT is(
    pg_temp.waiting('D'), 1,
    'a new policy counts at once for a blocker that has ended, and for no other'
);
UPDATE task_dependencies SET policy = 'cancel';
SELECT is(pg_temp.waiting('D'), 2, 'a policy that is taken back counts at once');
DELETE FROM task_dependencies WHERE depends_on_id = tests.task('A');
SELECT is(pg_temp.waiting('D'), 1, 'a removed edge no longer makes a task wait');
SELECT tests.a_dependency(tests.task('D'), tests.task('A'), kind)
FROM (VALUES ('suggests'::task_dependency_kind), ('relates_to'), ('conflicts')) AS example (kind);
SELECT is(pg_temp.waiting('D'), 1, 'no other kind of edge makes a task wait');
SELECT tests.a_dependency(tests.task('D'), tests.task('C'), 'suggests');
UPDATE task_dependencies SET policy = 'satisfy' WHERE kind <> 'blocks';
SELECT is(pg_temp.waiting('D'), 1, 'the policy of no other kind of edge counts');
DELETE FROM task_dependencies;
SELECT is(pg_temp.waiting('D'), 0, 'a task without edges waits for nothing');

SELECT tests.waits_for('D', 'A');
UPDATE task_dependencies SET policy = 'satisfy', task_id = task_id, depends_on_id = depends_on_id;
SELECT is(
    pg_temp.waiting('D'), 1, 'a policy for the end changes nothing while the blocker is open'
);
SELECT tests.set_status('A', 'completed');
UPDATE task_dependencies SET policy = 'wait';
SELECT is(pg_temp.waiting('D'), 0, 'a completed blocker frees under any policy');
DELETE FROM task_dependencies;
SELECT is(pg_temp.waiting('D'), 0, 'an edge that held nothing frees nothing when it goes');
SELECT tests.set_status('A', 'pending'), tests.set_status('C', 'pending');

INSERT INTO task_dependencies (task_id, depends_on_id)
SELECT tests.task('D'), tests.task(ref) FROM unnest(ARRAY['A', 'B', 'C']) AS ref;
SELECT is(tests.open_blockers(), 'A 0, B 0, C 0, D 3', 'edges of one statement are all counted');
SELECT tests.accepts(
    $$INSERT INTO task_dependencies (task_id, depends_on_id, policy)
      VALUES (tests.task('D'), tests.task('A'), 'satisfy')
      ON CONFLICT (task_id, depends_on_id, kind) DO UPDATE SET policy = EXCLUDED.policy$$,
    'an edge that is inserted again may change its policy'
);
SELECT is(pg_temp.waiting('D'), 3, 'an edge that is inserted again is counted once');
DELETE FROM tasks WHERE ref = 'D';
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'the counts are sound after all this');

-- Conflicts

SELECT tests.conflicts_with('A', 'B'), tests.conflicts_with('C', 'A');
SELECT results_eq(
    $$SELECT ref::text, conflicts FROM tasks ORDER BY ref$$,
    $$VALUES ('A', 2), ('B', 1), ('C', 1)$$,
    'a conflict is counted on both tasks'
);
DELETE FROM task_dependencies WHERE task_id = tests.task('C');
SELECT results_eq(
    $$SELECT ref::text, conflicts FROM tasks ORDER BY ref$$,
    $$VALUES ('A', 1), ('B', 1), ('C', 0)$$,
    'a removed conflict is counted off both tasks'
);
SELECT is(tests.holders(), 'A/B held by nobody', 'a conflict of tasks that wait is held by nobody');
DELETE FROM task_dependencies;
SELECT tests.an_attempt('B');
SELECT tests.accepts(
    $$SELECT tests.conflicts_with('A', 'B'), tests.conflicts_with('B', 'C')$$,
    'a conflict may be declared while one of its tasks is in progress'
);
SELECT is(
    tests.holders(), 'A/B held by B, B/C held by B',
    'a new conflict is held by the task in progress'
);
UPDATE task_dependencies SET holder_id = NULL;
SELECT is(
    tests.holders(), 'A/B held by B, B/C held by B', 'nobody changes the holder of a conflict'
);
DELETE FROM task_dependencies;
INSERT INTO task_dependencies (task_id, depends_on_id, kind, holder_id)
VALUES (tests.task('A'), tests.task('B'), 'conflicts', tests.task('A'));
SELECT is(tests.holders(), 'A/B held by B', 'nobody chooses the holder of a new conflict');
DELETE FROM task_dependencies;
SELECT tests.set_status('A', 'in_progress');
SELECT tests.violates(
    $$SELECT tests.conflicts_with('A', 'B')$$,
    'task_dependencies_conflict_starts_unbroken',
    'a conflict is not declared while both its tasks are in progress'
);

SELECT * FROM finish();
ROLLBACK;
