-- What cannot be claimed, and why.

BEGIN;
SELECT plan(20);

CREATE FUNCTION pg_temp.blocked() RETURNS text
    LANGUAGE sql
    RETURN (SELECT string_agg(task.ref, ', ' ORDER BY task.ref) FROM blocked_tasks AS task);

CREATE FUNCTION pg_temp.reasons(_ref text) RETURNS text
    LANGUAGE sql
    RETURN (SELECT array_to_string(reasons, '; ') FROM blocked_tasks WHERE ref = _ref);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
SELECT is(pg_temp.blocked(), NULL, 'a task that is ready is not blocked');

SELECT tests.waits_for('C', 'B'), tests.waits_for('C', 'A'), tests.waits_for('C', 'D', 'satisfy');
SELECT tests.set_status('D', 'cancelled');
SELECT results_eq(
    $$SELECT ref, open_blockers, blocker_refs, conflict_refs FROM blocked_tasks$$,
    $$VALUES ('C', 2, ARRAY['A', 'B'], ARRAY[]::text[])$$,
    'a task that waits is told with the open tasks that it waits for'
);

SELECT is(pg_temp.reasons('C'), 'waits for A, B', 'what it waits for is told in words');
SELECT tests.waits_outside('C', 'the vendor');
SELECT results_eq(
    $$SELECT open_blockers, external_targets, reasons FROM blocked_tasks$$,
    $$VALUES (
        3, ARRAY['the vendor'], ARRAY['waits for A, B', 'waits for what is outside: the vendor']
    )$$,
    'a task that waits is told with what it waits for outside'
);
DELETE FROM task_external_dependencies;

SELECT tests.conflicts_with('E', 'A'), tests.an_attempt('A');
SELECT results_eq(
    $$SELECT ref, open_blockers, conflict_refs FROM blocked_tasks WHERE ref <> 'C'$$,
    $$VALUES ('E', 0, ARRAY['A'])$$,
    'a task in conflict is told with the task in progress'
);
SELECT is(
    pg_temp.reasons('E'), 'conflicts with what is in progress: A',
    'a conflict is told in words'
);
SELECT complete_executions(ARRAY[tests.attempt_at('A')]);
SELECT is(pg_temp.blocked(), 'C', 'a conflict that nobody holds blocks nobody');

UPDATE tasks SET not_before = '2120-02-02 UTC' WHERE ref = 'E';
SELECT results_eq(
    $$SELECT ref, not_before FROM blocked_tasks WHERE ref <> 'C'$$,
    $$VALUES ('E', '2120-02-02 UTC'::timestamptz)$$,
    'a task that is put off is told with its time'
);
SELECT is(
    pg_temp.reasons('E'), 'is put off until 2120-02-02 00:00 UTC', 'the time is told in words'
);
UPDATE tasks SET status = 'blocked', status_reason = 'ask the customer' WHERE ref = 'B';
SELECT is(pg_temp.reasons('B'), 'is held: ask the customer', 'a hold is told in words');
SELECT results_eq(
    $$SELECT ref, status::text, status_reason FROM blocked_tasks WHERE status <> 'pending'$$,
    $$VALUES ('B', 'blocked', 'ask the customer')$$,
    'a task that a person holds is told with the reason'
);
SELECT tests.set_status('B', 'deferred');
SELECT is(pg_temp.blocked(), 'C, E', 'a task that is deferred is neither ready nor blocked');
SELECT tests.set_status('B', 'in_progress');
SELECT is(pg_temp.blocked(), 'C, E', 'a task in progress is not blocked');

DELETE FROM task_dependencies;
UPDATE tasks SET not_before = NULL WHERE ref = 'E';
SELECT is(pg_temp.blocked(), NULL, 'a task that nothing keeps any more is not blocked');
UPDATE projects SET paused_at = '2020-02-02 UTC';
SELECT results_eq(
    $$SELECT ref, project_paused_at FROM blocked_tasks ORDER BY ref$$,
    $$VALUES ('C', '2020-02-02 UTC'::timestamptz), ('E', '2020-02-02 UTC')$$,
    'every pending task of a paused project is blocked'
);
UPDATE projects SET paused_at = NULL, status = 'inactive';
SELECT is(pg_temp.blocked(), 'C, E', 'every pending task of an inactive project is blocked');
SELECT results_eq(
    $$SELECT project_status::text, reasons FROM blocked_tasks WHERE ref = 'C'$$,
    $$VALUES ('inactive', ARRAY['the project is inactive'])$$,
    'and is told with the status of the project'
);
SELECT is_empty(
    $$SELECT ref FROM blocked_tasks WHERE cardinality(reasons) = 0$$,
    'nothing is blocked without a reason'
);

-- Together

UPDATE projects SET status = 'active';
SELECT tests.some_tasks('F', 'G', 'H', 'I');
SELECT tests.waits_for('F', 'G'), tests.conflicts_with('H', 'B'),
    tests.waits_outside('I');
SELECT is_empty(
    $$SELECT ref FROM ready_tasks INTERSECT SELECT ref FROM blocked_tasks$$,
    'no task is both ready and blocked'
);
SELECT is_empty(
    $$SELECT ref::text FROM tasks WHERE status = 'pending'
      EXCEPT (SELECT ref FROM ready_tasks UNION SELECT ref FROM blocked_tasks)$$,
    'a pending task is either ready or blocked'
);

SELECT * FROM finish();
ROLLBACK;
