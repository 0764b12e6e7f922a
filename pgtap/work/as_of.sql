-- How tasks, dependencies and the ready tasks were at a moment.

BEGIN;
SELECT plan(16);

-- Each moment has a name, and all that happens after it is later.
CREATE TEMPORARY TABLE moments (name text PRIMARY KEY, at timestamptz);
CREATE FUNCTION pg_temp.now_is(_name text) RETURNS void
    LANGUAGE sql
    AS $$
    SELECT pg_sleep(0.001);
    INSERT INTO moments VALUES (_name, clock_timestamp());
    SELECT pg_sleep(0.001);
$$;
CREATE FUNCTION pg_temp.moment(_name text) RETURNS timestamptz
    LANGUAGE sql
    RETURN (SELECT at FROM moments WHERE name = _name);
CREATE FUNCTION pg_temp.statuses(_name text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(format('%s %s', ref, status), ', ' ORDER BY ref)
        FROM tasks_as_of(pg_temp.moment(_name), tests.project())
    );
CREATE FUNCTION pg_temp.ready(_name text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(ref, ', ' ORDER BY claim_rank, created_at, id)
        FROM ready_tasks_as_of(pg_temp.moment(_name), tests.project())
    );

SELECT tests.a_project('p');
SELECT tests.a_task(tests.a_list(tests.a_project('q')), 'other');
SELECT pg_temp.now_is('empty');
SELECT tests.some_tasks('A', 'B', 'C');
SELECT tests.waits_for('B', 'A');
SELECT tests.conflicts_with('C', 'A');
SELECT pg_temp.now_is('planned');
SELECT tests.an_attempt('A');
SELECT pg_temp.now_is('claimed');
SELECT complete_executions(ARRAY[tests.attempt_at('A')]);
UPDATE tasks SET title = 'New', priority = 9, due_at = '2030-01-01 00:00+00' WHERE ref = 'B';
SELECT pg_temp.now_is('done');
DELETE FROM task_dependencies;
DELETE FROM tasks WHERE ref IN ('A', 'B');
UPDATE projects SET paused_at = clock_timestamp() WHERE slug = 'p';
SELECT pg_temp.now_is('deleted');
DELETE FROM projects WHERE slug = 'p';
SELECT pg_temp.now_is('gone');
-- So that tests.project() is found by its slug: another one, with the same id.
INSERT INTO projects (id, name, slug)
SELECT (entity_id)::uuid, 'p', 'p' FROM audit_log
WHERE entity_type = 'projects' AND action = 'delete';

SELECT is(pg_temp.statuses('empty'), NULL, 'before they were created there were no tasks');
SELECT is(pg_temp.statuses('planned'), 'A pending, B pending, C pending', 'they are as created');
SELECT is(pg_temp.statuses('claimed'), 'A in_progress, B pending, C pending', 'a claim counts');
SELECT is(pg_temp.statuses('done'), 'A completed, B pending, C pending', 'so does a completion');
SELECT is(pg_temp.statuses('deleted'), 'C pending', 'a deleted task is gone');
SELECT is(pg_temp.statuses('gone'), NULL, 'and all with their project');
SELECT results_eq(
    $$SELECT name, title, priority::integer, due_at
      FROM moments, tasks_as_of(at, tests.project()) WHERE ref = 'B' ORDER BY at$$,
    $$VALUES ('planned', 'A task', 5, NULL::timestamptz), ('claimed', 'A task', 5, NULL),
        ('done', 'New', 9, '2030-01-01 00:00+00')$$,
    'each column is as it was'
);
SELECT results_eq(
    $$SELECT name, status::text, completed_at IS NOT NULL FROM moments, tasks_as_of(at)
      WHERE ref = 'A' ORDER BY at$$,
    $$VALUES ('planned', 'pending', false), ('claimed', 'in_progress', false),
        ('done', 'completed', true)$$,
    'what is deleted now is as it was then'
);
SELECT is(
    (SELECT count(*)::integer FROM moments, tasks_as_of(at) WHERE ref = 'other'), 6,
    'without a project, the tasks of all are told'
);
SELECT results_eq(
    $$SELECT name, string_agg(kind::text, ' ' ORDER BY kind)
      FROM moments, task_dependencies_as_of(at, tests.project()) GROUP BY name, at ORDER BY at$$,
    $$VALUES ('planned', 'blocks conflicts'), ('claimed', 'blocks conflicts'),
        ('done', 'blocks conflicts')$$,
    'dependencies are there from when they were made until they were taken away'
);
SELECT is(pg_temp.ready('planned'), 'A, C', 'a task that waits was not ready');
SELECT is(pg_temp.ready('claimed'), NULL, 'nor one in conflict with what was in progress');
SELECT is(pg_temp.ready('done'), 'B, C', 'the first in claim order then comes first');
SELECT is(pg_temp.ready('deleted'), NULL, 'nothing was ready in a project that was paused');

-- Whoever adds a column to a table adds it here, or to the columns that the trigger leaves out.
CREATE FUNCTION pg_temp.columns_missing(_table text, _function regproc) RETURNS text[]
    LANGUAGE sql
    AS $$
    SELECT array_agg(attname::text)
    FROM pg_attribute
    WHERE attrelid = _table::regclass AND attnum > 0 AND NOT attisdropped
        AND attname <> 'updated_at'
        AND attname <> ALL (SELECT unnest(proargnames) FROM pg_proc WHERE oid = _function)
        AND attname <> ALL (
            SELECT unnest((string_to_array(encode(tgargs, 'escape'), '\000'))[3:])
            FROM pg_trigger
            WHERE tgrelid = _table::regclass AND tgfoid = 'record_change'::regproc
        )
$$;
SELECT is(
    pg_temp.columns_missing('tasks', 'tasks_as_of'), NULL,
    'a task of the past has every column that is recorded'
);
SELECT is(
    pg_temp.columns_missing('task_dependencies', 'task_dependencies_as_of'), NULL,
    'so has a dependency'
);

SELECT * FROM finish();
ROLLBACK;
