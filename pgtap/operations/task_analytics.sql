-- What tasks took, and what waits for them.

BEGIN;
SELECT plan(12);

-- An empty database

SELECT is(refresh_analytics(), 0::bigint, 'an empty database is refreshed');
SELECT is_empty('SELECT task_id FROM task_analytics', 'and has no tasks');

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT tests.waits_for(ref, 'A') FROM unnest(ARRAY['B', 'C']) AS ref;
UPDATE tasks SET estimated_hours = 3, actual_hours = 2 WHERE ref = 'A';
SELECT is_empty('SELECT task_id FROM task_analytics', 'nothing is seen before the refresh');
SELECT is(refresh_analytics(), 4::bigint, 'the refresh sees every task');
SELECT results_eq(
    $$SELECT ref, blocking_count, blocking_factor, is_bottleneck, open_blockers
      FROM task_analytics ORDER BY ref$$,
    $$VALUES
        ('A', 2::bigint, 0.5::numeric, true, 0), ('B', 0, 0.0, false, 1),
        ('C', 0, 0.0, false, 1), ('D', 0, 0.0, false, 0)$$,
    'a task that others wait for is a bottleneck'
);
SELECT is(
    (SELECT efficiency FROM task_analytics WHERE ref = 'A'), 1.5,
    'what took less than expected has an efficiency above 1'
);
SELECT complete_executions(ARRAY[tests.an_attempt('A')]);
UPDATE tasks
SET created_at = completed_at - interval '5 hours', started_at = completed_at - interval '2 hours',
    moves = moves + 1
WHERE ref = 'A';
SELECT refresh_analytics();
SELECT results_eq(
    $$SELECT
        blocking_count, is_bottleneck, round(wait_hours, 3), round(cycle_hours, 3),
        execution_count, project_weekly_velocity
      FROM task_analytics WHERE ref = 'A'$$,
    $$VALUES (0::bigint, false, 3.000, 2.000, 1::bigint, 0.25)$$,
    'a task that is done blocks nothing, and counts for the velocity of its project'
);
SELECT tests.a_task((SELECT task_list_id FROM tasks WHERE ref = 'A'), 'E', 'pending');
UPDATE tasks SET status = 'completed' WHERE ref IN ('D', 'E');
SELECT delete_tasks(tests.task('D'));
UPDATE tasks SET created_at = clock_timestamp() + interval '1 hour', moves = moves + 1
WHERE ref = 'E';
SELECT is(refresh_analytics(), 4::bigint, 'a deleted task has no row');
SELECT is(
    (SELECT project_weekly_velocity FROM task_analytics WHERE ref = 'A'), 0.5,
    'and does not count for the velocity of its project'
);
SELECT is(
    (SELECT wait_hours FROM task_analytics WHERE ref = 'E'), NULL,
    'nobody knows how long a task waited that was noted down after its start'
);
SELECT throws_ok(
    $$INSERT INTO task_analytics (task_id) VALUES (gen_random_uuid())$$,
    '42809', NULL, 'nobody writes it by hand'
);
SELECT ok(
    (SELECT indisunique FROM pg_index
     WHERE indexrelid = 'task_analytics_one_row_per_task'::regclass),
    'a task has one row, so that it can be refreshed while it is read'
);

SELECT * FROM finish();
ROLLBACK;
