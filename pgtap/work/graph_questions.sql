-- Questions about the task graph, on small graphs whose answers are worked out by hand.

BEGIN;
SELECT plan(62);

CREATE FUNCTION pg_temp.start_anew() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        DELETE FROM tasks;
        SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
    END;

CREATE FUNCTION pg_temp.critical_path(_default_hours numeric DEFAULT 1) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT array_to_string(array_agg(format(
            '%s from %s%s', ref, trim_scale(earliest_start),
            CASE WHEN is_critical THEN '' ELSE format(' to %s', trim_scale(latest_start)) END
        )), ', ')
        FROM list_critical_path(tests.project(), _default_hours)
    );

CREATE FUNCTION pg_temp.roots(_ref text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT array_to_string(array_agg(format('%s: %s', depth, path)), ', ')
        FROM list_root_blockers(tests.task(_ref))
    );

CREATE FUNCTION pg_temp.unblocked_by(_ref text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT array_to_string(
            array_agg(ref || CASE WHEN is_direct THEN '' ELSE ' later' END), ', '
        )
        FROM list_unblocked_by(tests.task(_ref))
    );

CREATE FUNCTION pg_temp.preview(_ref text, _status task_status) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(format('%s %s', ref, effect), ', ' ORDER BY ref)
        FROM preview_status_changes(ARRAY[tests.task(_ref)], _status)
    );

-- An empty project

SELECT tests.a_list(tests.a_project('p'));
SELECT is(pg_temp.critical_path(), NULL, 'an empty project has no critical path');
SELECT is_empty(
    $$SELECT ref FROM list_critical_path(gen_random_uuid())$$,
    'a project that does not exist has none either'
);
SELECT is_empty(
    $$SELECT ref FROM list_root_blockers(gen_random_uuid())$$,
    'a task that does not exist waits for nothing'
);
SELECT is_empty(
    $$SELECT ref FROM list_unblocked_by(gen_random_uuid())$$,
    'a task that does not exist holds nothing'
);
SELECT is_empty(
    $$SELECT ref FROM preview_status_changes(ARRAY[gen_random_uuid()], 'completed')$$,
    'a task that does not exist changes nothing'
);

-- Tasks without edges

SELECT pg_temp.start_anew();
SELECT is(
    pg_temp.critical_path(), 'A from 0, B from 0, C from 0, D from 0, E from 0',
    'tasks without edges and estimates can all start, and are as long as each other'
);
UPDATE tasks SET estimated_hours = 2.5 WHERE ref = 'C';
SELECT is(
    pg_temp.critical_path(2),
    'C from 0, A from 0 to 0.5, B from 0 to 0.5, D from 0 to 0.5, E from 0 to 0.5',
    'a task without an estimate takes the hours that are assumed'
);
SELECT is(pg_temp.roots('A'), NULL, 'a task without edges has no root blockers');
SELECT is(pg_temp.unblocked_by('A'), NULL, 'a task without edges holds nothing');
SELECT is(pg_temp.preview('A', 'completed'), 'A changes', 'a task without edges changes alone');
SELECT is(
    pg_temp.preview('A', 'pending'), NULL, 'a task that has the status already changes nothing'
);

-- A chain: C waits for B, and B for A

SELECT tests.waits_for('B', 'A'), tests.waits_for('C', 'B');
DELETE FROM tasks WHERE ref IN ('D', 'E');
UPDATE tasks SET estimated_hours = example.hours
FROM (VALUES ('A', 2), ('B', 3.5), ('C', 1)) AS example (ref, hours)
WHERE tasks.ref = example.ref;
SELECT is(
    pg_temp.critical_path(), 'A from 0, B from 2, C from 5.5', 'a chain is its own critical path'
);
SELECT is(pg_temp.roots('C'), '2: C -> B -> A', 'the root of a chain is its far end');
SELECT is(pg_temp.unblocked_by('A'), 'B, C later', 'the first of a chain holds all the others');
SELECT is(
    pg_temp.preview('A', 'completed'), 'A changes, B becomes free',
    'a completion frees the next of a chain'
);
SELECT is(
    pg_temp.preview('A', 'in_progress'), 'A changes, B keeps waiting', 'a start frees nothing'
);
SELECT tests.set_status('A', 'completed');
SELECT is(
    pg_temp.critical_path(), 'B from 0, C from 3.5', 'what is completed is no longer on the way'
);
SELECT is(pg_temp.roots('C'), '1: C -> B', 'what is completed is no longer a root');
SELECT is(pg_temp.unblocked_by('A'), NULL, 'what is completed holds nothing');
SELECT is(
    pg_temp.preview('A', 'pending'), 'A changes, B waits for more',
    'a reopening makes the next wait'
);
SELECT tests.set_status('B', 'completed'), tests.set_status('A', 'pending');
SELECT is(pg_temp.roots('C'), NULL, 'what waits behind a completed task is no root');
SELECT is(pg_temp.unblocked_by('A'), NULL, 'nobody waits for a task by way of a completed one');
SELECT is(pg_temp.preview('A', 'cancelled'), 'A changes', 'a task that has ended is not told of');

-- A diamond: B and C wait for A, and D for both. E stands aside: it waits for nobody.

SELECT pg_temp.start_anew();
SELECT tests.a_dependency(tests.task('E'), tests.task('B'), 'suggests');
SELECT tests.waits_for('B', 'A'), tests.waits_for('C', 'A'), tests.waits_for('D', 'B'),
    tests.waits_for('D', 'C');
UPDATE tasks SET estimated_hours = example.hours
FROM (VALUES ('A', 2), ('B', 3), ('C', 5), ('D', 1), ('E', 4)) AS example (ref, hours)
WHERE tasks.ref = example.ref;
SELECT is(
    pg_temp.critical_path(), 'A from 0, C from 2, D from 7, B from 2 to 4, E from 0 to 4',
    'the critical path of a diamond goes by its longer side'
);
UPDATE tasks SET estimated_hours = 8 - estimated_hours WHERE ref IN ('B', 'C');
SELECT is(
    pg_temp.critical_path(), 'A from 0, B from 2, D from 7, C from 2 to 4, E from 0 to 4',
    'it goes by the other side when that becomes the longer one'
);
UPDATE tasks SET estimated_hours = 8 - estimated_hours WHERE ref IN ('B', 'C');
SELECT results_eq(
    $$SELECT ref, hours, slack FROM list_critical_path(tests.project()) WHERE NOT is_critical$$,
    $$VALUES ('B', 3::numeric, 2::numeric), ('E', 4, 4)$$,
    'slack is how much later a task may start'
);
SELECT results_eq(
    $$SELECT ref, depth FROM list_root_blockers(tests.task('D'))$$, $$VALUES ('A', 2)$$,
    'the root of a diamond is named once'
);
SELECT is(pg_temp.unblocked_by('A'), 'B, C, D later', 'the top of a diamond frees both sides');
SELECT is(pg_temp.unblocked_by('B'), 'D later', 'one side of a diamond does not free its end');
SELECT is(
    pg_temp.preview('B', 'completed'), 'B changes, D waits for fewer',
    'one side of a diamond makes its end wait for fewer'
);
SELECT tests.set_status('D', 'completed');
SELECT tests.waits_for('E', 'D');
SELECT is(
    pg_temp.unblocked_by('A'), 'B, C',
    'a task that has ended waits for nobody, and passes nothing on'
);
SELECT tests.set_status('D', 'pending');
DELETE FROM task_dependencies WHERE task_id = tests.task('E');
SELECT tests.set_status('A', 'completed'), tests.set_status('B', 'completed');
SELECT is(pg_temp.unblocked_by('C'), 'D', 'the second side of a diamond frees its end');
SELECT is(pg_temp.unblocked_by('B'), NULL, 'the first side, completed, does not free it any more');
SELECT is(
    pg_temp.critical_path(), 'C from 0, D from 5, E from 0 to 2',
    'the critical path is that of what is open'
);
UPDATE tasks SET estimated_hours = 7 WHERE ref = 'E';
SELECT is(
    pg_temp.critical_path(), 'E from 0, C from 0 to 1, D from 5 to 6',
    'the critical path may be a single task'
);

-- Roots at different depths: D waits for B and C, B for A, C for E, and E for A

SELECT pg_temp.start_anew();
SELECT tests.waits_for('D', 'B'), tests.waits_for('D', 'C'), tests.waits_for('B', 'A'),
    tests.waits_for('C', 'E'), tests.waits_for('E', 'A');
SELECT is(pg_temp.roots('D'), '2: D -> B -> A', 'a root is told by a shortest path');
SELECT tests.set_status('A', 'cancelled');
SELECT is(pg_temp.roots('D'), '2: D -> B -> A', 'a cancelled blocker under policy wait is a root');
SELECT is(
    pg_temp.unblocked_by('A'), 'B, E, C later, D later', 'and it holds those that wait for it'
);
UPDATE task_dependencies SET policy = 'satisfy' WHERE task_id = tests.task('B');
SELECT is(
    pg_temp.roots('D'), '3: D -> C -> E -> A, 1: D -> B',
    'a blocker that its policy has satisfied is no root'
);
SELECT is(pg_temp.unblocked_by('A'), 'E, C later, D later', 'and it holds nobody');
SELECT tests.set_status('E', 'cancelled');
SELECT is(
    pg_temp.roots('D'), '1: D -> B, 2: D -> C -> E',
    'a cancelled blocker holds by itself, whatever it waited for'
);
SELECT tests.set_status('E', 'pending');
SELECT tests.waits_outside('E', 'the vendor'), tests.waits_outside('B', 'a -> b'),
    tests.waits_outside('D', 'the release');
SELECT is(
    pg_temp.roots('D'),
    '3: D -> C -> E -> A, 2: D -> B -> a -> b, 1: D -> the release, 3: D -> C -> E -> the vendor',
    'what is waited for outside is a root, whatever its name'
);
SELECT results_eq(
    $$SELECT ref, external_target FROM list_root_blockers(tests.task('D'))$$,
    $$VALUES ('A', NULL), ('B', 'a -> b'), ('D', 'the release'), ('E', 'the vendor')$$,
    'and is told with the task that waits for it'
);
UPDATE task_external_dependencies SET satisfied_at = now();
SELECT is(
    pg_temp.roots('D'), '3: D -> C -> E -> A, 1: D -> B', 'what is satisfied outside is no root'
);
SELECT tests.some_tasks('x -> y');
SELECT tests.waits_for('B', 'x -> y');
SELECT results_eq(
    $$SELECT ref, depth FROM list_root_blockers(tests.task('D')) ORDER BY depth$$,
    $$VALUES ('x -> y', 2), ('A', 3)$$,
    'a depth counts tasks, whatever their refs are'
);
DELETE FROM task_dependencies;
DELETE FROM tasks WHERE ref = 'x -> y';
SELECT tests.a_dependency(tests.task('D'), tests.task(ref), kind)
FROM (
    VALUES ('A', 'suggests'::task_dependency_kind), ('B', 'relates_to'), ('C', 'conflicts')
) AS example (ref, kind);
SELECT is(pg_temp.roots('D'), NULL, 'other kinds of edges make no roots');
SELECT is(pg_temp.unblocked_by('B'), NULL, 'other kinds of edges hold nobody');
SELECT is(
    pg_temp.critical_path(), 'B from 0, C from 0, D from 0, E from 0',
    'other kinds of edges take no time'
);

-- What a cancellation would do: B, C and D wait for A each by another policy, E waits for D

CREATE FUNCTION pg_temp.start_with_policies() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT pg_temp.start_anew();
        SELECT tests.waits_for('B', 'A', 'wait'), tests.waits_for('C', 'A', 'satisfy'),
            tests.waits_for('D', 'A', 'cancel'), tests.waits_for('E', 'D', 'satisfy');
    END;

SELECT pg_temp.start_with_policies();
SELECT is(
    pg_temp.preview('A', 'cancelled'),
    'A changes, B keeps waiting, C becomes free, D is cancelled by policy, E becomes free',
    'a cancellation goes by the policy of each edge'
);
SELECT results_eq(
    $$SELECT ref, from_status::text, to_status::text
      FROM preview_status_changes(ARRAY[tests.task('A')], 'cancelled') ORDER BY ref$$,
    $$VALUES
        ('A', 'pending', 'cancelled'), ('B', 'pending', 'pending'), ('C', 'pending', 'pending'),
        ('D', 'pending', 'cancelled'), ('E', 'pending', 'pending')$$,
    'a preview tells each status before and after'
);
SELECT is(
    tests.statuses(), 'A pending, B pending, C pending, D pending, E pending',
    'a preview writes nothing'
);
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.statuses(), 'A cancelled, B pending, C pending, D cancelled, E pending',
    'the cancellation does to every status what the preview said'
);
SELECT is(
    tests.open_blockers(), 'A 0, B 1, C 0, D 1, E 0', 'the cancellation frees whom the preview said'
);
SELECT is(
    pg_temp.preview('A', 'pending'), 'A changes, B keeps waiting, C waits for more',
    'a reopening takes back what a policy has satisfied'
);
SELECT pg_temp.start_with_policies();
SELECT tests.set_status('A', 'in_progress'), tests.set_status('D', 'deferred');
SELECT is(
    pg_temp.preview('A', 'failed'),
    'A changes, B keeps waiting, C becomes free, D is cancelled by policy, E becomes free',
    'a failure goes by the same policies'
);
SELECT tests.set_status('A', 'failed');
SELECT is(
    pg_temp.preview('A', 'cancelled'), 'A changes, B keeps waiting',
    'giving up a failed task frees nobody again'
);
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.open_blockers(), 'A 0, B 1, C 0, D 1, E 0', 'and so it is'
);

-- What a deletion would do: E is under D, D and C are under A; B waits for C, and A for E

CREATE FUNCTION pg_temp.preview_deletion(_ref text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(format('%s %s', ref, effect), ', ' ORDER BY ref)
        FROM preview_deletion(tests.task(_ref))
    );

SELECT pg_temp.start_anew();
UPDATE tasks SET parent_id = tests.task('A') WHERE ref IN ('C', 'D');
UPDATE tasks SET parent_id = tests.task('D') WHERE ref = 'E';
SELECT tests.waits_for('B', 'C', 'satisfy'), tests.waits_for('A', 'E');
SELECT tests.set_status('D', 'completed');
SELECT is(
    pg_temp.preview_deletion('A'),
    'A is deleted, B becomes free, C is deleted, D is deleted, E is deleted',
    'a deletion takes those under a task along, and goes by the policies of those that wait'
);
SELECT results_eq(
    $$SELECT ref, from_status::text, to_status::text FROM preview_deletion(tests.task('A'))
      WHERE effect = 'is deleted' ORDER BY ref$$,
    $$VALUES
        ('A', 'pending', 'cancelled'), ('C', 'pending', 'cancelled'),
        ('D', 'completed', 'completed'), ('E', 'pending', 'cancelled')$$,
    'what has ended stays as it is'
);
SELECT is(
    pg_temp.preview_deletion('E'), 'A keeps waiting, E is deleted',
    'a task that waits for a deleted one keeps waiting where its policy says so'
);
SELECT delete_tasks(tests.task('A'));
SELECT is(
    tests.statuses(), 'A cancelled, B pending, C cancelled, D completed, E cancelled',
    'the deletion does what the preview said'
);
SELECT is(pg_temp.preview_deletion('A'), NULL, 'what is deleted is not deleted again');

SELECT * FROM finish();
ROLLBACK;
