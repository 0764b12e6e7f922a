-- What the row of a task itself says about being ready.

BEGIN;
SELECT plan(5);

CREATE FUNCTION pg_temp.claimable() RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(task.ref, ', ' ORDER BY task.claim_rank, task.created_at, task.id)
        FROM claimable_tasks AS task
    );

SELECT tests.some_tasks('A', 'B', 'C', 'D');
UPDATE tasks SET priority = 6 WHERE ref = 'C';
SELECT is(
    pg_temp.claimable(), 'C, A, B, D', 'claimable tasks are in claim order by rank, age and id'
);

SELECT tests.waits_for('B', 'A');
SELECT is(pg_temp.claimable(), 'C, A, D', 'a task that waits for another is not claimable');
UPDATE tasks SET not_before = clock_timestamp() + '1 minute' WHERE ref = 'A';
SELECT is(pg_temp.claimable(), 'C, D', 'a task is not claimable before its time');
UPDATE tasks SET not_before = clock_timestamp() WHERE ref = 'A';
SELECT is(pg_temp.claimable(), 'C, A, D', 'a task is claimable when its time has come');
SELECT tests.set_status('A', 'blocked'), tests.set_status('C', 'deferred');
SELECT is(pg_temp.claimable(), 'D', 'only a pending task is claimable');

SELECT * FROM finish();
ROLLBACK;
