-- The count of changes of each project's graph, and the graph lock.

BEGIN;
SELECT plan(14);

CREATE FUNCTION pg_temp.epoch() RETURNS bigint
    LANGUAGE sql
    RETURN (SELECT epoch FROM task_graph_epochs WHERE project_id = tests.project());

SELECT tests.some_tasks('A', 'B');

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

CREATE TEMPORARY TABLE steps (step text, change text, grows boolean);
INSERT INTO steps VALUES
    ('a new edge', $$SELECT tests.waits_for('B', 'A')$$, true),
    ('a new policy', $$UPDATE task_dependencies SET policy = 'satisfy'$$, true),
    ('a removed edge', $$DELETE FROM task_dependencies$$, true),
    ('a new parent', $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'B'$$, true),
    ('the same parent', $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'B'$$, false),
    ('a completion', $$SELECT tests.set_status('A', 'completed')$$, false),
    ('a reopening', $$SELECT tests.set_status('A', 'pending')$$, true),
    ('a new title', $$UPDATE tasks SET title = 'Another'$$, false),
    ('a bulk load', $$SELECT lock_task_graph(tests.project())$$, true),
    ('a shared lock', $$SELECT share_task_graph(tests.project())$$, false);

CREATE FUNCTION pg_temp.growth(_change text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    _before bigint := pg_temp.epoch();
BEGIN
    EXECUTE _change;
    RETURN pg_temp.epoch() > _before;
END
$$;

SELECT is(
    pg_temp.growth(change), grows,
    format('%s %s', step, CASE WHEN grows THEN 'is counted' ELSE 'changes no graph' END)
)
FROM steps;

SELECT is(
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), 2::bigint,
    'the graph lock is held to the end of the transaction, shared and exclusively'
);

SELECT * FROM finish();
ROLLBACK;
