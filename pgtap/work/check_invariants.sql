-- The check that finds what the database keeps and no longer agrees. Damage is done with the
-- triggers off, and taken back each time.

BEGIN;
SELECT plan(35);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
SELECT tests.a_list(tests.a_project('q'));
SELECT tests.a_task(tests.a_list(tests.project(), 'other'), 'O');
SELECT tests.a_task(id, 'Q') FROM task_lists WHERE project_id = tests.project('q');
SELECT tests.waits_for('B', 'A'), tests.waits_for('C', 'B'), tests.conflicts_with('D', 'E');
UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'B';
UPDATE tasks SET parent_id = tests.task('B') WHERE ref = 'C';
SELECT complete_executions(ARRAY[tests.an_attempt('A')]),
    fail_executions(ARRAY[tests.an_attempt('B')]);
SELECT tests.an_attempt('D');
SET CONSTRAINTS ALL IMMEDIATE;

SELECT is_empty(
    $$SELECT * FROM check_invariants()$$, 'a database that nobody has damaged is sound'
);

ALTER TABLE projects DISABLE TRIGGER USER;
ALTER TABLE tasks DISABLE TRIGGER USER;
ALTER TABLE task_dependencies DISABLE TRIGGER USER;
ALTER TABLE task_external_dependencies DISABLE TRIGGER USER;

-- The faults that the check finds after a damage, each with the number of rows that tell of it.
CREATE FUNCTION pg_temp.faults(_damage text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _faults text;
BEGIN
    EXECUTE _damage;
    SELECT string_agg(
        format('%s (%s)', fault.invariant, fault.count), ', ' ORDER BY fault.invariant
    )
    INTO _faults
    FROM (
        SELECT invariant, count(*) FROM check_invariants()
        WHERE subject <> '' AND detail <> ''
        GROUP BY invariant
    ) AS fault;
    RAISE SQLSTATE 'TA000';
EXCEPTION
    WHEN SQLSTATE 'TA000' THEN
        RETURN _faults;
END
$$;

SELECT is(pg_temp.faults(damage), faults, format('found: %s', description))
FROM (
    VALUES
        (
            'a task that waits for one too many',
            $$UPDATE tasks SET open_blockers = 2 WHERE ref = 'C'$$,
            'tasks.open_blockers counts the open blockers (1)'
        ),
        (
            'a task that waits for one too few',
            $$UPDATE tasks SET open_blockers = -1 WHERE ref = 'E'$$,
            'tasks.open_blockers counts the open blockers (1)'
        ),
        (
            'an edge that nobody counted',
            $$SELECT tests.waits_for('D', 'B'), tests.waits_for('C', 'A')$$,
            'tasks.open_blockers counts the open blockers (1)'
        ),
        (
            'something outside that nobody counted',
            $$SELECT tests.waits_outside('D'), tests.waits_outside('C', 'the release')$$,
            'tasks.open_blockers counts the open blockers (2)'
        ),
        (
            'a blocker that was reopened without a word',
            $$UPDATE tasks SET status = 'pending', completed_at = NULL WHERE ref = 'A'$$,
            'tasks.open_blockers counts the open blockers (1), '
            'the change log knows the status of a task (1)'
        ),
        (
            'a policy that nobody counted',
            $$UPDATE task_dependencies SET policy = 'satisfy' WHERE task_id = tests.task('C');
              UPDATE tasks SET status = 'cancelled' WHERE ref = 'B'$$,
            'tasks.open_blockers counts the open blockers (1), '
            'the change log knows the status of a task (1)'
        ),
        (
            'a conflict that nobody counted',
            $$SELECT tests.conflicts_with('A', 'B')$$,
            'tasks.conflicts counts the conflicts (2)'
        ),
        (
            'a conflict that is counted and is not there',
            $$UPDATE tasks SET conflicts = 1 WHERE ref = 'C'$$,
            'tasks.conflicts counts the conflicts (1)'
        ),
        (
            'a conflict without its holder',
            $$UPDATE task_dependencies SET holder_id = NULL$$,
            'a conflict is held by the one of its tasks that is in progress (1)'
        ),
        (
            'a conflict that the wrong task holds',
            $$UPDATE task_dependencies SET holder_id = tests.task('E') WHERE kind = 'conflicts'$$,
            'a conflict is held by the one of its tasks that is in progress (1)'
        ),
        (
            'two tasks in conflict that are both in progress',
            $$UPDATE tasks SET status = 'in_progress', started_at = now() WHERE ref = 'E'$$,
            'a conflict is held by the one of its tasks that is in progress (1), '
            'the change log knows the status of a task (1)'
        ),
        (
            'a running attempt at a task that is not in progress',
            $$UPDATE tasks SET status = 'review' WHERE ref = 'D';
              UPDATE task_dependencies SET holder_id = NULL$$,
            'a running attempt is the latest of a task in progress (1), '
            'the change log knows the status of a task (1)'
        ),
        (
            'a running attempt that is not the latest',
            $$INSERT INTO task_executions (task_id, attempt, status, lease_expires_at, completed_at)
              VALUES (tests.task('D'), 2, 'failed', now(), now());
              UPDATE tasks SET attempts = 2 WHERE ref = 'D'$$,
            'a running attempt is the latest of a task in progress (1)'
        ),
        (
            'a running attempt that has completed_at',
            $$UPDATE task_executions SET completed_at = now() WHERE status = 'running'$$,
            'an attempt has completed_at exactly when it has ended (1)'
        ),
        (
            'an attempt that has ended without completed_at',
            $$UPDATE task_executions SET completed_at = NULL WHERE status = 'failed'$$,
            'an attempt has completed_at exactly when it has ended (1)'
        ),
        (
            'a task that has forgotten an attempt',
            $$UPDATE tasks SET attempts = 0 WHERE ref = 'A'$$,
            'tasks.attempts is the number of the latest attempt (1)'
        ),
        (
            'a task that counts an attempt too many',
            $$UPDATE tasks SET attempts = 1 WHERE ref = 'Q'$$,
            'tasks.attempts is the number of the latest attempt (1)'
        ),
        (
            'a task that failed more often than it was tried',
            $$UPDATE tasks SET failed_attempts = 2 WHERE ref = 'B'$$,
            'a task has not failed more often than it was tried (1)'
        ),
        (
            'a task that failed less than never',
            $$UPDATE tasks SET failed_attempts = -1 WHERE ref = 'B'$$,
            'a task has not failed more often than it was tried (1)'
        ),
        (
            'a completed task without completed_at',
            $$UPDATE tasks SET completed_at = NULL WHERE ref = 'A'$$,
            'the moments of a task agree with its status (1)'
        ),
        (
            'an open task with completed_at',
            $$UPDATE tasks SET completed_at = now() WHERE ref = 'C'$$,
            'the moments of a task agree with its status (1)'
        ),
        (
            'a task in progress without started_at',
            $$UPDATE tasks SET started_at = NULL WHERE ref = 'D'$$,
            'tasks.attempts is the number of the latest attempt (1), '
            'the moments of a task agree with its status (1)'
        ),
        (
            'an edge between two projects',
            $$SELECT tests.a_dependency(tests.task('A'), tests.task('Q'), 'suggests')$$,
            'an edge joins two tasks of one project (1)'
        ),
        (
            'a cycle of two tasks, with a third behind it',
            $$SELECT tests.waits_for('D', 'E'), tests.waits_for('E', 'D'),
                  tests.waits_for('O', 'E');
              UPDATE tasks SET open_blockers = 1 WHERE ref IN ('D', 'E', 'O')$$,
            'no task waits for itself (3)'
        ),
        (
            'a cycle of tasks that have ended',
            $$SELECT tests.waits_for('D', 'E'), tests.waits_for('E', 'D');
              UPDATE tasks SET status = 'completed', completed_at = now() WHERE ref IN ('D', 'E');
              UPDATE task_executions SET status = 'completed', completed_at = now()
              WHERE status = 'running';
              UPDATE task_dependencies SET holder_id = NULL$$,
            'no task waits for itself (2), '
            'the change log knows the status of a task (2)'
        ),
        (
            'a task that is its own ancestor, with another under it',
            $$UPDATE tasks SET parent_id = tests.task('B') WHERE ref = 'A'$$,
            'no task is its own ancestor (3)'
        ),
        (
            'a parent in another list',
            $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'O'$$,
            'a task is in the same list as its parent (1)'
        ),
        (
            'a task that is deleted and open',
            $$UPDATE tasks SET deleted_at = now() WHERE ref = 'O'$$,
            'a deleted task is closed (1)'
        ),
        (
            'a task that lives under a deleted one',
            $$UPDATE tasks SET deleted_at = now() WHERE ref = 'A'$$,
            'no task lives under a deleted one (1)'
        ),
        (
            'a status that the change log does not know',
            $$UPDATE tasks SET status = 'deferred' WHERE ref = 'O'$$,
            'the change log knows the status of a task (1)'
        ),
        (
            'a task that is found by other words',
            $$UPDATE task_words SET title_words = '' WHERE task_id = tests.task('A')$$,
            'a task is found by its words (1)'
        ),
        (
            'a project without its graph epoch',
            $$DELETE FROM task_graph_epochs WHERE project_id = tests.project('q')$$,
            'a project has a graph epoch (1)'
        ),
        (
            'two damages at once',
            $$UPDATE tasks SET open_blockers = 7, attempts = 7 WHERE ref = 'Q'$$,
            'tasks.attempts is the number of the latest attempt (1), '
            'tasks.open_blockers counts the open blockers (1)'
        )
) AS example (description, damage, faults);

UPDATE tasks SET open_blockers = 7 WHERE ref = 'Q';
SELECT results_eq(
    $$SELECT invariant, subject, detail FROM check_invariants()$$,
    $$VALUES (
        'tasks.open_blockers counts the open blockers', tests.task('Q')::text, '7, but there are 0'
    )$$,
    'a fault says which invariant, of what, and how'
);

SELECT * FROM finish();
ROLLBACK;
