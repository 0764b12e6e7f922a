-- How workflows go.

BEGIN;
SELECT plan(6);

SELECT refresh_analytics();
SELECT is_empty('SELECT workflow_id FROM workflow_analytics', 'an empty database has no workflows');

SELECT tests.some_tasks('A', 'B');
INSERT INTO workflows (project_id, name) VALUES
    (tests.project(), 'w'), (tests.project(), 'empty'), (tests.project(), 'gone');
UPDATE workflows SET deleted_at = clock_timestamp() WHERE name = 'gone';
INSERT INTO workflow_tasks (workflow_id, task_id, position)
SELECT workflow.id, tests.task(member.ref), member.position
FROM workflows AS workflow, (VALUES ('A', 1), ('B', 2)) AS member (ref, position)
WHERE workflow.name = 'w';
UPDATE tasks SET estimated_hours = 4, actual_hours = 5, complexity_score = 6 WHERE ref = 'A';
SELECT complete_executions(ARRAY[tests.an_attempt('A')]);
INSERT INTO workflow_steps (workflow_id, step)
SELECT workflow.id, step.name
FROM workflows AS workflow, (VALUES ('quick'), ('slow'), ('broken')) AS step (name)
WHERE workflow.name = 'w';
UPDATE workflow_steps SET status = 'running';
UPDATE workflow_steps SET status = 'completed' WHERE step <> 'broken';
UPDATE workflow_steps SET status = 'failed', error_message = 'no' WHERE step = 'broken';
-- The moments of steps are the database's; their difference is made here.
ALTER TABLE workflow_steps DISABLE TRIGGER USER;
UPDATE workflow_steps SET started_at = completed_at - interval '10 seconds' WHERE step = 'quick';
UPDATE workflow_steps SET started_at = completed_at - interval '50 seconds' WHERE step = 'slow';
ALTER TABLE workflow_steps ENABLE TRIGGER USER;
SELECT refresh_analytics();
SELECT results_eq(
    $$SELECT name, total_tasks, completed_tasks, total_steps FROM workflow_analytics
      ORDER BY name$$,
    $$VALUES ('empty', 0::bigint, 0::bigint, 0::bigint), ('w', 2, 1, 3)$$,
    'every workflow has a row, but those that are deleted'
);
SELECT results_eq(
    $$SELECT estimated_hours, actual_hours, efficiency, average_complexity, weekly_velocity
      FROM workflow_analytics WHERE name = 'w'$$,
    $$VALUES (4::numeric, 5::numeric, 0.8, 6::numeric, 0.25)$$,
    'hours, efficiency, complexity and velocity are those of its tasks'
);
SELECT results_eq(
    $$SELECT completed_steps, failed_steps, round(average_step_seconds, 3), slowest_step
      FROM workflow_analytics WHERE name = 'w'$$,
    $$VALUES (2::bigint, 1::bigint, 30.000, 'slow')$$,
    'steps are counted, and the slowest is named'
);
SELECT delete_tasks(tests.task('B'));
SELECT refresh_analytics();
SELECT is(
    (SELECT total_tasks FROM workflow_analytics WHERE name = 'w'), 1::bigint,
    'a deleted task is not counted, as in workflow_progress'
);

SELECT ok(
    (SELECT indisunique FROM pg_index
     WHERE indexrelid = 'workflow_analytics_one_row_per_workflow'::regclass),
    'a workflow has one row, so that it can be refreshed while it is read'
);

SELECT * FROM finish();
ROLLBACK;
