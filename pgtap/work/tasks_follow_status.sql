-- What follows when the status of a task changes by a plain UPDATE.

BEGIN;
SELECT plan(141);

-- The legal moves, written down a second time here: a row that is added to, or taken from,
-- task_status_transitions is noticed.
CREATE TEMPORARY TABLE legal_moves (from_status task_status, to_statuses task_status[]);
INSERT INTO legal_moves VALUES
    ('pending',     '{in_progress, blocked, review, completed, cancelled, deferred}'),
    ('in_progress', '{pending, blocked, review, validation, completed, failed, cancelled,
                      deferred}'),
    ('blocked',     '{pending, in_progress, cancelled, deferred}'),
    ('review',      '{pending, in_progress, validation, completed, failed, cancelled}'),
    ('validation',  '{pending, in_progress, review, completed, failed, cancelled}'),
    ('completed',   '{pending, in_progress}'),
    ('failed',      '{pending, in_progress, cancelled}'),
    ('cancelled',   '{pending}'),
    ('deferred',    '{pending, in_progress, cancelled}');

SELECT tests.a_list(tests.a_project('moves'));
SELECT tests.a_task(list.id, NULL, status)
FROM task_lists AS list,
    unnest(enum_range(NULL::task_status)) AS status,
    unnest(enum_range(NULL::task_status)) AS to_status;
CREATE TEMPORARY TABLE moves AS
SELECT
    task.id,
    task.status AS from_status,
    (enum_range(NULL::task_status))[row_number() OVER (PARTITION BY task.status ORDER BY task.id)]
        AS to_status
FROM tasks AS task;

SELECT CASE
    WHEN move.from_status = move.to_status THEN tests.accepts(
        statement.text, format('a task that is %s may stay %s', move.from_status, move.to_status)
    )
    WHEN move.to_status = ANY (legal.to_statuses) THEN tests.accepts(
        statement.text, format('a task may go from %s to %s', move.from_status, move.to_status)
    )
    ELSE tests.violates(
        statement.text, 'tasks_status_follows_transitions',
        format('a task never goes from %s to %s', move.from_status, move.to_status)
    )
END
FROM moves AS move
JOIN legal_moves AS legal ON legal.from_status = move.from_status
CROSS JOIN LATERAL (
    SELECT format(
        'UPDATE tasks SET status = %L, status_reason = %L WHERE id = %L', move.to_status, 'why',
        move.id
    )
) AS statement (text)
ORDER BY move.from_status, move.to_status;
SELECT is(count(*), 81::bigint, 'every pair of statuses has been tried') FROM moves;

SELECT tests.some_tasks('A', 'B', 'C', 'D');
DELETE FROM projects WHERE slug = 'moves';
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.detail_of($$UPDATE tasks SET status = 'completed' WHERE ref = 'A'$$),
    'From cancelled a task can go to pending.', 'the refusal lists the moves there are'
);

-- Reopening

SELECT tests.violates(
    format('UPDATE tasks SET status = %L WHERE ref = %L', 'pending', 'A'),
    'tasks_reopened_with_a_reason', 'a cancelled task is not reopened without a reason'
);
SELECT tests.accepts(
    $$UPDATE tasks SET status = 'pending', status_reason = 'needed after all' WHERE ref = 'A'$$,
    'a cancelled task is reopened with a reason'
);
SELECT tests.set_status('A', 'completed');
SELECT tests.violates(
    $$UPDATE tasks SET status = 'in_progress' WHERE ref = 'A'$$,
    'tasks_reopened_with_a_reason', 'a completed task is not worked on again without a reason'
);
SELECT tests.accepts(
    $$UPDATE tasks SET status = 'in_progress', status_reason = 'a bug came back' WHERE ref = 'A'$$,
    'a completed task is worked on again with a reason'
);
UPDATE tasks SET status = 'failed', status_reason = 'too hard' WHERE ref = 'A';
SELECT tests.violates(
    $$UPDATE tasks SET status = 'pending', status_reason = NULL WHERE ref = 'A'$$,
    'tasks_reopened_with_a_reason', 'a failed task is not reopened without a reason'
);
SELECT tests.violates(
    $$UPDATE tasks SET status = 'pending', status_reason = 'too hard' WHERE ref = 'A'$$,
    'tasks_reopened_with_a_reason', 'the reason of the end is none for a reopening'
);
SELECT tests.accepts(
    $$UPDATE tasks SET status = 'cancelled' WHERE ref = 'A'$$,
    'a failed task is cancelled without a reason, since it stays closed'
);
SELECT tests.set_status('A', 'pending');

UPDATE tasks SET max_attempts = 2 WHERE ref = 'A';
SELECT fail_executions(ARRAY[tests.an_attempt('A')], NULL, '0');
SELECT fail_executions(ARRAY[tests.an_attempt('A')], NULL, '0');
SELECT results_eq(
    $$SELECT status::text, failed_attempts FROM tasks WHERE ref = 'A'$$, $$VALUES ('failed', 2)$$,
    'a task that has used up its attempts is failed'
);
SELECT tests.set_status('A', 'pending');
SELECT results_eq(
    $$SELECT status::text, failed_attempts, attempts FROM tasks WHERE ref = 'A'$$,
    $$VALUES ('pending', 0, 2)$$,
    'a reopened task has all its attempts before it, and goes on counting them'
);

-- The running attempt

SELECT tests.an_attempt('A'), tests.an_attempt('B');
UPDATE tasks SET title = 'Other words', priority = 9 WHERE ref = 'A';
SELECT is(status::text, 'running', 'other changes leave a running attempt alone')
FROM task_executions WHERE id = tests.attempt_at('A');
UPDATE tasks SET status = 'in_progress' WHERE ref = 'A';
SELECT is(status::text, 'running', 'a task that stays in progress keeps its attempt')
FROM task_executions WHERE id = tests.attempt_at('A');
SELECT tests.set_status('A', 'review');
SELECT results_eq(
    $$SELECT status::text, completed_at IS NOT NULL, error_details::jsonb
      FROM task_executions WHERE id = tests.attempt_at('A')$$,
    $$VALUES ('cancelled', true, '{"reason": "the task became review"}'::jsonb)$$,
    'a task that leaves in_progress takes its running attempt away'
);
SELECT is(
    string_agg(
        format('%s %s', task.ref, execution.status), ', ' ORDER BY task.ref, execution.attempt
    ),
    'A failed, A failed, A cancelled, B running',
    'the attempts before it, and those at other tasks, stay as they are'
)
FROM task_executions AS execution JOIN tasks AS task ON task.id = execution.task_id;
SELECT complete_executions(ARRAY[tests.attempt_at('B')]), tests.set_status('B', 'pending');
SELECT is_empty(
    $$SELECT ref FROM complete_executions(ARRAY[tests.attempt_at('A')])$$,
    'an attempt that was taken away completes nothing'
);
SELECT is(tests.status_of('A'), 'review', 'the task stays where the person put it');
SELECT tests.set_status('A', 'in_progress');
SELECT is(status::text, 'cancelled', 'a task that comes back to in_progress starts no attempt')
FROM task_executions WHERE id = tests.attempt_at('A');
SELECT is_empty(
    $$SELECT ref FROM complete_executions(ARRAY[tests.attempt_at('A')])$$,
    'an attempt that was taken away stays so when the task is in progress again'
);
SELECT tests.set_status('A', 'pending');
SELECT is_empty(
    $$SELECT * FROM check_invariants()$$, 'all is sound after a person has taken a task'
);

-- Those that wait

SELECT tests.waits_for('C', 'A'), tests.waits_for('C', 'B'), tests.waits_for('D', 'C');
SELECT is(tests.open_blockers(), 'A 0, B 0, C 2, D 1', 'a task waits for its direct blockers');
SELECT tests.set_status('A', 'in_progress');
SELECT is(tests.open_blockers(), 'A 0, B 0, C 2, D 1', 'a blocker in progress holds');
SELECT tests.set_status('A', 'completed');
SELECT is(tests.open_blockers(), 'A 0, B 0, C 1, D 1', 'a completed blocker frees by one');
UPDATE tasks SET status = 'completed' WHERE ref IN ('A', 'B');
SELECT is(tests.open_blockers(), 'A 0, B 0, C 0, D 1', 'a blocker frees once');
SELECT tests.set_status('A', 'pending');
SELECT is(tests.open_blockers(), 'A 0, B 0, C 1, D 1', 'a reopened blocker counts again');
SELECT tests.set_status('C', 'completed');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 0',
    'a task may be completed elsewhere before its blockers are'
);
SELECT tests.set_status('B', 'in_progress');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 2, D 0',
    'a reopened blocker counts for a task that has ended too'
);
UPDATE tasks SET status = 'completed' WHERE status <> 'completed' AND ref IN ('A', 'B', 'D');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 0, D 0',
    'blockers that are completed in one statement all free'
);
UPDATE tasks SET status = 'pending', status_reason = 'again';
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 2, D 1',
    'blockers that are reopened in one statement all count'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'the counts are sound after all this');

-- Policies: what becomes of a task whose blocker is cancelled or failed

CREATE FUNCTION pg_temp.start_anew(_policy blocker_policy) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        DELETE FROM tasks;
        SELECT tests.some_tasks('A', 'B', 'C', 'D');
        SELECT tests.waits_for('B', 'A', _policy), tests.waits_for('C', 'B', _policy),
            tests.waits_for('D', 'B', 'wait'),
            tests.a_dependency(tests.task('D'), tests.task('A'), 'suggests', _policy);
    END;

SELECT pg_temp.start_anew('wait');
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.statuses(), 'A cancelled, B pending, C pending, D pending',
    'under policy wait a cancelled blocker changes nothing'
);
SELECT is(
    tests.open_blockers(), 'A 0, B 1, C 1, D 1', 'under policy wait a cancelled blocker holds'
);
SELECT tests.set_status('A', 'pending'), tests.set_status('A', 'completed');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 1',
    'a blocker that is taken up again and completed frees'
);

SELECT pg_temp.start_anew('satisfy');
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 1', 'under policy satisfy a cancelled blocker frees'
);
SELECT tests.set_status('A', 'pending');
SELECT is(
    tests.open_blockers(), 'A 0, B 1, C 1, D 1',
    'under policy satisfy a reopened blocker counts again'
);
SELECT tests.set_status('A', 'in_progress'), tests.set_status('A', 'failed');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 1', 'under policy satisfy a failed blocker frees'
);
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 1', 'a failed blocker that is cancelled frees once'
);

SELECT pg_temp.start_anew('cancel');
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.statuses(), 'A cancelled, B cancelled, C cancelled, D pending',
    'policy cancel goes on from task to task, and ends where an edge has another policy or kind'
);
SELECT results_eq(
    $$SELECT ref::text, status_reason::text FROM tasks WHERE ref IN ('B', 'C') ORDER BY ref$$,
    $$VALUES ('B', 'A is cancelled'), ('C', 'B is cancelled')$$,
    'a task that is cancelled by policy says why'
);
SELECT is(
    tests.open_blockers(), 'A 0, B 1, C 1, D 1',
    'a task that is cancelled by policy holds by policy wait'
);
SELECT tests.set_status('A', 'pending');
SELECT is(
    tests.statuses(), 'A pending, B cancelled, C cancelled, D pending',
    'a reopened blocker does not reopen what was cancelled with it'
);

SELECT pg_temp.start_anew('cancel');
UPDATE tasks SET max_attempts = 1 WHERE ref = 'A';
SELECT fail_executions(ARRAY[tests.an_attempt('A')]);
SELECT is(
    tests.statuses(), 'A failed, B cancelled, C cancelled, D pending',
    'under policy cancel a blocker whose last attempt fails cancels too'
);

CREATE FUNCTION pg_temp.when_its_blocker_is_cancelled(_status task_status) RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT pg_temp.start_anew('cancel');
        SELECT tests.set_status('B', _status), tests.set_status('A', 'cancelled');
        SELECT tests.status_of('B');
    END;

SELECT is(
    pg_temp.when_its_blocker_is_cancelled(was), becomes,
    format('under policy cancel a task that is %s becomes or stays %s', was, becomes)
)
FROM (
    VALUES
        ('pending'::task_status, 'cancelled'), ('blocked', 'cancelled'), ('deferred', 'cancelled'),
        ('in_progress', 'in_progress'), ('review', 'review'), ('completed', 'completed')
) AS example (was, becomes);

SELECT pg_temp.start_anew('cancel');
SELECT tests.waits_for('D', 'A', 'cancel'), tests.waits_for('D', 'C', 'cancel');
SELECT tests.set_status('A', 'cancelled');
SELECT is(
    tests.statuses(), 'A cancelled, B cancelled, C cancelled, D cancelled',
    'policy cancel reaches a task by many ways, and cancels it once'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'the counts are sound after every policy');

-- Conflicts

DELETE FROM tasks;
SELECT tests.some_tasks('A', 'B', 'C');
SELECT tests.conflicts_with('A', 'B');
SELECT tests.set_status('A', 'in_progress');
SELECT is(tests.holders(), 'A/B held by A', 'a task in progress holds its conflict');
SELECT tests.violates(
    $$SELECT tests.set_status('B', 'in_progress')$$,
    'tasks_in_conflict_never_both_in_progress', 'the second task of a conflict does not start'
);
SELECT tests.accepts(
    $$SELECT tests.set_status('C', 'in_progress')$$, 'a task without conflicts starts'
);
SELECT tests.accepts(
    $$SELECT tests.set_status('B', 'review'), tests.set_status('B', 'completed')$$,
    'the second task of a conflict may be done elsewhere'
);
SELECT tests.set_status('B', 'pending'), tests.set_status('A', 'review');
SELECT is(
    tests.holders(), 'A/B held by nobody', 'a task that leaves in_progress lets its conflicts go'
);
SELECT tests.accepts(
    $$SELECT tests.set_status('B', 'in_progress')$$,
    'the second task starts when the first is in review'
);
SELECT tests.violates(
    $$SELECT tests.set_status('A', 'in_progress')$$,
    'tasks_in_conflict_never_both_in_progress', 'a conflict holds in either direction'
);
SELECT tests.set_status('B', 'completed');
SELECT tests.violates(
    $$UPDATE tasks SET status = 'in_progress', status_reason = 'both' WHERE ref IN ('A', 'B')$$,
    'tasks_in_conflict_never_both_in_progress',
    'two tasks in conflict do not start in one statement'
);
SELECT tests.accepts(
    $$SELECT tests.set_status('A', 'in_progress')$$,
    'the first starts again when the second is completed'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'the conflicts are sound after all this');

SELECT * FROM finish();
ROLLBACK;
