-- The count of changes of each project's graph, and the graph lock.

BEGIN;
SELECT plan(25);

CREATE FUNCTION pg_temp.epoch() RETURNS bigint
    LANGUAGE sql
    RETURN (SELECT epoch FROM task_graph_epochs WHERE project_id = tests.project());

-- A change is counted once in a transaction, so each stands in a subtransaction of its own here.
SAVEPOINT project;
SELECT tests.some_tasks('A', 'B', 'C');
SELECT tests.a_list(tests.project(), 'other');
RELEASE project;

-- Keys and defaults

SELECT is(pg_temp.epoch(), 0::bigint, 'a new project starts with an empty graph');
SELECT tests.violates(
    $$INSERT INTO task_graph_epochs (project_id) VALUES (tests.project())$$,
    'task_graph_epochs_pkey', 'a project has one count'
);
SELECT tests.violates(
    $$INSERT INTO task_graph_epochs (project_id) VALUES (gen_random_uuid())$$,
    'task_graph_epochs_project_id_fkey', 'a count belongs to a project that exists'
);

-- Effects

CREATE FUNCTION pg_temp.counts(_change text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    _before bigint := pg_temp.epoch();
BEGIN
    EXECUTE _change;
    RETURN pg_temp.epoch() > _before;
EXCEPTION
    -- A block that may catch something is a subtransaction.
    WHEN OTHERS THEN RAISE;
END
$$;

SELECT is(
    pg_temp.counts(change), expected,
    format('%s %s', what, CASE WHEN expected THEN 'is counted' ELSE 'is not counted' END)
)
FROM (
    VALUES
        ('a new edge', $$SELECT tests.waits_for('B', 'A')$$, true),
        ('a new policy', $$UPDATE task_dependencies SET policy = 'satisfy'$$, true),
        ('a removed edge', $$DELETE FROM task_dependencies$$, true),
        (
            'a new task',
            $$SELECT tests.a_task((SELECT id FROM task_lists WHERE name = 'other'), 'D')$$,
            false
        ),
        (
            'a new subtask',
            $$SELECT tests.a_task(task_list_id, 'E', _parent_id => id) FROM tasks WHERE ref = 'D'$$,
            true
        ),
        ('something new outside', $$SELECT tests.waits_outside('B')$$, true),
        (
            'what is said of it',
            $$UPDATE task_external_dependencies SET description = 'by ship'$$,
            false
        ),
        (
            'that it is there',
            $$UPDATE task_external_dependencies SET satisfied_at = now()$$,
            true
        ),
        ('its end', $$DELETE FROM task_external_dependencies$$, true),
        ('a new parent', $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'B'$$, true),
        (
            'the same parent', $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'B'$$,
            false
        ),
        (
            'a move to another list',
            $$UPDATE tasks SET task_list_id = list.id
              FROM task_lists AS list WHERE list.name = 'other' AND ref = 'C'$$,
            true
        ),
        ('a completion', $$SELECT tests.set_status('A', 'completed')$$, false),
        ('a reopening', $$SELECT tests.set_status('A', 'pending')$$, true),
        (
            'a failure',
            $$SELECT tests.set_status('A', 'in_progress'), tests.set_status('A', 'failed')$$,
            true
        ),
        ('a cancellation', $$SELECT tests.set_status('B', 'cancelled')$$, true),
        ('a start', $$SELECT tests.set_status('C', 'in_progress')$$, false),
        ('a new title', $$UPDATE tasks SET title = 'Another'$$, false),
        ('lock_task_graph', $$SELECT lock_task_graph(tests.project())$$, true),
        ('share_task_graph', $$SELECT share_task_graph(tests.project())$$, false)
) AS step (what, change, expected);

CREATE TEMPORARY TABLE before AS SELECT pg_temp.epoch() AS epoch;
SELECT tests.waits_for('C', 'A'), tests.waits_for('C', 'B');
SELECT is(pg_temp.epoch(), (SELECT epoch + 1 FROM before), 'a bulk load of edges is counted once');

SELECT is(
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    2::bigint,
    'the graph lock is held to the end of the transaction, shared and exclusively'
);

SELECT * FROM finish();
ROLLBACK;
