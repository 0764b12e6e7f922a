-- All that happened to a task, in one order.

BEGIN;
SELECT plan(6);

SELECT tests.some_tasks('A', 'B');
SELECT tests.waits_for('A', 'B', 'satisfy');
INSERT INTO task_contexts (task_id, type, created_by) VALUES (tests.task('A'), 'note', 'ada');
INSERT INTO task_details (task_id, description) VALUES (tests.task('A'), 'what to do');
DELETE FROM task_dependencies;
INSERT INTO events (type, category, source, task_id)
VALUES ('build.ended', 'task', 'ci', tests.task('A')), ('build.ended', 'task', 'ci', uuid_v7());
SELECT tests.an_attempt('A');
SELECT complete_executions(ARRAY[tests.attempt_at('A')]);

SELECT results_eq(
    $$SELECT format('%s: %s', kind, what) FROM task_timeline
      WHERE task_id = tests.task('A') AND kind <> 'attempt'
      ORDER BY occurred_at, kind, source_id, what$$,
    ARRAY[
        'change: tasks insert',
        'change: task_dependencies insert',
        'context: note',
        'change: task_details insert',
        'change: task_dependencies delete',
        'event: build.ended',
        'change: tasks update',
        'change: tasks update'
    ],
    'what was said, reported and changed is told in the order in which it happened'
);
SELECT results_eq(
    $$SELECT what, detail ->> 'attempt', actor LIKE 'agent %' FROM task_timeline
      WHERE task_id = tests.task('A') AND kind = 'attempt' ORDER BY occurred_at$$,
    $$VALUES ('started', '1', true), ('completed', '1', true)$$,
    'an attempt begins and ends'
);
SELECT is(
    (SELECT detail #>> '{new,policy}' FROM task_timeline WHERE what = 'task_dependencies insert'),
    'satisfy', 'a change tells what it changed'
);
SELECT is(
    (SELECT array_agg(DISTINCT what) FROM task_timeline WHERE task_id = tests.task('B')),
    ARRAY['tasks insert'], 'an edge is of the task that it is about'
);
SELECT is(
    (SELECT count(*)::integer FROM task_timeline WHERE project_id = tests.project()), 11,
    'a project''s tasks have their timelines together'
);

-- Whatever the log holds, one task's part of it is found by index.
SET LOCAL enable_seqscan = off;
CREATE FUNCTION pg_temp.plan_of(_statement text) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN ' || _statement;
END
$$;
SELECT is_empty(
    format(
        $$SELECT line FROM pg_temp.plan_of($_$
            SELECT * FROM task_timeline WHERE task_id = '%s'
        $_$) AS line WHERE line LIKE '%%Seq Scan%%'$$,
        tests.task('A')
    ),
    'the timeline of a task reads no table whole'
);

SELECT * FROM finish();
ROLLBACK;
