-- What could be claimed now.

BEGIN;
SELECT plan(9);

CREATE FUNCTION pg_temp.ready() RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(task.ref, ', ' ORDER BY task.claim_rank, task.created_at, task.id)
        FROM ready_tasks AS task
    );

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT is(pg_temp.ready(), 'A, B, C, D', 'pending tasks without blockers are ready');

SELECT tests.waits_for('D', 'C');
SELECT is(pg_temp.ready(), 'A, B, C', 'a task that waits for another is not ready');
UPDATE tasks SET not_before = clock_timestamp() + '1 minute' WHERE ref = 'C';
SELECT is(pg_temp.ready(), 'A, B', 'a task is not ready before its time');

SELECT tests.conflicts_with('A', 'B');
SELECT is(
    pg_temp.ready(), 'A, B', 'both tasks of a conflict are ready while neither is in progress'
);
SELECT tests.an_attempt('B');
SELECT is(
    pg_temp.ready(), NULL, 'a task is not ready while one in conflict with it is in progress'
);
SELECT complete_executions(ARRAY[tests.attempt_at('B')]);
SELECT is(
    pg_temp.ready(), 'A', 'a task is ready again when the one in conflict with it is completed'
);

UPDATE projects SET paused_at = now();
SELECT is(pg_temp.ready(), NULL, 'no task of a paused project is ready');
UPDATE projects SET paused_at = NULL, status = 'inactive';
SELECT is(pg_temp.ready(), NULL, 'no task of an inactive project is ready');
UPDATE projects SET status = 'active';
SELECT is(pg_temp.ready(), 'A', 'the tasks of an active project are ready');

SELECT * FROM finish();
ROLLBACK;
