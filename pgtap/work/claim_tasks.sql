-- Taking work.

BEGIN;
SELECT plan(69);

CREATE FUNCTION pg_temp.start_anew() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        DELETE FROM tasks;
        SELECT tests.some_tasks('A', 'B', 'C', 'D');
    END;

-- The refs of what one claim takes, in the order in which it answers.
CREATE FUNCTION pg_temp.claimed(
    _limit integer DEFAULT 1, _agent text DEFAULT 'a', _project text DEFAULT 'p',
    _key text DEFAULT NULL
) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT array_to_string(array_agg(attempt.ref), ', ')
        FROM claim_tasks(
            (SELECT id FROM agents WHERE name = _agent), tests.project(_project), _limit,
            _claim_key => _key
        ) AS attempt
    );

SELECT tests.an_agent('a');
SELECT pg_temp.start_anew();
-- Written as the claim itself writes it, which is the only way to set updated_at.
UPDATE tasks SET updated_at = '2020-02-02 UTC', moves = moves + 1;

-- What a claim does

CREATE TEMPORARY TABLE answer AS
SELECT attempt.*
FROM agents
CROSS JOIN LATERAL claim_tasks(
    id, tests.project(), _lease => '10 minutes', _agent_instance => 'host 7'
) AS attempt;
SELECT results_eq(
    $$SELECT ref, attempt, execution_status::text, task_status::text, lease_expires_at - started_at,
          task_id = tests.task('A'), project_id = tests.project(), priority::integer, title, type
      FROM answer$$,
    $$VALUES (
        'A', 1, 'running', 'in_progress', '10 minutes'::interval, true, true, 5, 'A task', 'general'
    )$$,
    'a claim answers with the task and the attempt that it starts'
);
SELECT results_eq(
    $$SELECT id, task_id, attempt, status::text, agent_id, lease_expires_at,
          agent_instance::text
      FROM task_executions$$,
    $$SELECT execution_id, task_id, attempt, 'running', agent_id, lease_expires_at, 'host 7'
      FROM answer$$,
    'the attempt is the lease'
);
SELECT ok(
    clock_timestamp() - started_at < '1 minute', 'an attempt starts by the clock of the server'
)
FROM answer;
SELECT results_eq(
    $$SELECT status::text, attempts, failed_attempts, clock_timestamp() - started_at < '1 minute',
          clock_timestamp() - updated_at < '1 minute'
      FROM tasks WHERE ref = 'A'$$,
    $$VALUES ('in_progress', 1, 0, true, true)$$,
    'a claimed task is in progress, by its first attempt'
);
SELECT is(pg_temp.claimed(), 'B', 'a task is claimed once');
SELECT is(pg_temp.claimed(10), 'C, D', 'a claim of many takes what there is');
SELECT is(pg_temp.claimed(), NULL, 'a claim gets nothing when nothing is ready');
SELECT is(pg_temp.claimed(10), NULL, 'a claim of many gets nothing when nothing is ready');

UPDATE tasks SET status = 'pending', status_reason = 'given back by Ada' WHERE ref = 'A';
SELECT is(pg_temp.claimed(), 'A', 'a task that is given back is claimed again');
SELECT results_eq(
    $$SELECT attempts, status_reason::text, started_at = (SELECT min(started_at) FROM tasks)
      FROM tasks WHERE ref = 'A'$$,
    $$VALUES (2, NULL, true)$$,
    'the second claim counts up the attempt, drops the reason and keeps started_at'
);

-- Which task

SELECT pg_temp.start_anew();
UPDATE tasks SET priority = 10 WHERE ref = 'C';
UPDATE tasks SET priority = 0 WHERE ref = 'A';
SELECT is(
    pg_temp.claimed(4), 'C, B, D, A', 'the highest priority comes first, then the oldest task'
);
SELECT pg_temp.start_anew();
UPDATE tasks SET created_at = '2020-02-02 UTC';
UPDATE tasks SET created_at = '2020-02-01 UTC' WHERE ref = 'D';
SELECT is(pg_temp.claimed(), 'D', 'of one priority the oldest task comes first');
SELECT is(
    pg_temp.claimed(3), (SELECT string_agg(ref, ', ' ORDER BY id) FROM tasks WHERE ref <> 'D'),
    'of one age the order is that of the ids'
);
SELECT pg_temp.start_anew();
SELECT is(pg_temp.claimed(3), 'A, B, C', 'a claim takes no more than its limit');
SELECT is(pg_temp.claimed(0), NULL, 'a claim of none takes none');

SELECT pg_temp.start_anew();
SELECT tests.set_status(ref, status)
FROM (VALUES ('A', 'blocked'::task_status), ('B', 'deferred'), ('C', 'review'))
AS example (ref, status);
SELECT is(pg_temp.claimed(4), 'D', 'only a pending task is claimed');

SELECT pg_temp.start_anew();
SELECT tests.waits_for('A', 'B'), tests.waits_for('C', 'D');
SELECT tests.a_dependency(tests.task('B'), tests.task('A'), kind)
FROM (VALUES ('suggests'::task_dependency_kind), ('relates_to')) AS example (kind);
SELECT is(pg_temp.claimed(4), 'B, D', 'a task that waits for another is not claimed');
SELECT complete_executions(ARRAY[tests.attempt_at('B')]);
SELECT is(pg_temp.claimed(4), 'A', 'a task is claimed when the last of its blockers is completed');

SELECT pg_temp.start_anew();
UPDATE tasks SET not_before = clock_timestamp() + '1 minute' WHERE ref = 'A';
UPDATE tasks SET not_before = clock_timestamp() WHERE ref = 'B';
SELECT is(
    pg_temp.claimed(), 'B', 'a task is not handed out before its time, and at once when it has come'
);
SELECT is(not_before, NULL, 'a claimed task has not_before behind it') FROM tasks WHERE ref = 'B';

SELECT pg_temp.start_anew();
UPDATE projects SET paused_at = clock_timestamp() WHERE slug = 'p';
SELECT is(pg_temp.claimed(), NULL, 'a paused project hands out nothing');
UPDATE projects SET paused_at = NULL WHERE slug = 'p';
SELECT is(pg_temp.claimed(), 'A', 'a resumed project hands out tasks');
UPDATE projects SET status = 'inactive' WHERE slug = 'p';
SELECT is(pg_temp.claimed(), NULL, 'an inactive project hands out nothing');
UPDATE projects SET status = 'archived' WHERE slug = 'p';
SELECT is(pg_temp.claimed(4), NULL, 'an archived project hands out nothing');
UPDATE projects SET status = 'active' WHERE slug = 'p';

UPDATE agents SET is_active = false WHERE name = 'a';
SELECT is(pg_temp.claimed(), NULL, 'an inactive agent claims nothing');
UPDATE agents SET is_active = true WHERE name = 'a';
SELECT is(pg_temp.claimed(), 'B', 'an agent that is active again claims tasks');
SELECT tests.violates(
    $$SELECT claim_tasks(gen_random_uuid(), tests.project())$$,
    'task_executions_agent_id_fkey', 'only an agent that is registered claims tasks'
);
SELECT is_empty(
    $$SELECT ref FROM agents CROSS JOIN LATERAL claim_tasks(id, gen_random_uuid())$$,
    'a project that does not exist hands out nothing'
);

-- A start position: the place in claim order from which a claim looks

CREATE FUNCTION pg_temp.claimed_from(_ref text, _limit integer DEFAULT 1) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT array_to_string(array_agg(attempt.ref), ', ')
        FROM tasks AS task
        CROSS JOIN LATERAL claim_tasks(
            (SELECT id FROM agents WHERE name = 'a'), task.project_id, _limit,
            _after_priority => task.priority,
            _after_created_at => task.created_at,
            _after_task_id => task.id
        ) AS attempt
        WHERE task.ref = _ref
    );

SELECT pg_temp.start_anew();
SELECT is(pg_temp.claimed_from('C'), 'C', 'a claim from a position begins with the task there');
SELECT is(pg_temp.claimed_from('C'), 'D', 'a claim from a position goes on in claim order');
SELECT is(
    pg_temp.claimed_from('C'), NULL, 'a claim from a position does not see what comes before it'
);
UPDATE tasks SET priority = 4 WHERE ref = 'A';
SELECT is(
    pg_temp.claimed_from('C'), 'A', 'a lower priority comes after every task of a higher one'
);
SELECT is(pg_temp.claimed(), 'B', 'a claim without a position looks from the top');
SELECT pg_temp.start_anew();
SELECT results_eq(
    $$SELECT ref FROM agents
      CROSS JOIN LATERAL claim_tasks(id, tests.project(), 9, _after_priority => 5)$$,
    $$VALUES ('A'), ('B'), ('C'), ('D')$$,
    'a claim from a priority begins with its oldest task'
);

SELECT pg_temp.start_anew();
UPDATE tasks SET created_at = '2020-02-02 UTC';
CREATE FUNCTION pg_temp.ref_by_id(_place integer) RETURNS text
    LANGUAGE sql
    RETURN (SELECT ref::text FROM tasks ORDER BY id OFFSET _place - 1 LIMIT 1);
SELECT is(
    pg_temp.claimed_from(pg_temp.ref_by_id(3)), pg_temp.ref_by_id(3),
    'of one age a claim from a position begins with the id there'
);
SELECT tests.conflicts_with(pg_temp.ref_by_id(4), pg_temp.ref_by_id(1));
SELECT is(
    pg_temp.claimed_from(pg_temp.ref_by_id(2), 4), pg_temp.ref_by_id(2),
    'a claim of many takes of two tasks in conflict the first, even where it does not see it'
);
SELECT is(
    pg_temp.claimed_from(pg_temp.ref_by_id(2)), pg_temp.ref_by_id(4),
    'a claim from a position sees a task in conflict there'
);

-- Conflicts

SELECT pg_temp.start_anew();
SELECT tests.conflicts_with('A', 'B');
SELECT is(pg_temp.claimed(), 'A', 'a task in conflict is claimed while the other waits');
SELECT is(tests.holders(), 'A/B held by A', 'the claimed task holds the conflict');
SELECT is(pg_temp.claimed(), 'C', 'a claim passes over a task whose conflict is held');
SELECT is(pg_temp.claimed(4), 'D', 'a claim of many passes over it too');
SELECT complete_executions(ARRAY[tests.attempt_at('A')]);
SELECT is(tests.holders(), 'A/B held by nobody', 'a completed task lets its conflicts go');
SELECT is(pg_temp.claimed(), 'B', 'the other task is claimed when the first is completed');
SELECT is(tests.holders(), 'A/B held by B', 'then the other task holds the conflict');

SELECT pg_temp.start_anew();
SELECT tests.conflicts_with('B', 'A'), tests.conflicts_with('D', 'A');
SELECT is(
    pg_temp.claimed(4), 'A, C', 'one claim takes the first of the tasks that are in conflict'
);
SELECT is(tests.holders(), 'B/A held by A, D/A held by A', 'a task holds all its conflicts');
SELECT release_executions(ARRAY[tests.attempt_at('A')]);
UPDATE tasks SET priority = 1 WHERE ref = 'A';
SELECT is(
    pg_temp.claimed(4), 'B, D',
    'tasks that are not in conflict with each other are claimed together'
);
SELECT is(pg_temp.claimed(4), NULL, 'the task in conflict with both of them waits');
SELECT release_executions(ARRAY[tests.attempt_at('B')]);
UPDATE tasks SET priority = 0 WHERE ref = 'B';
SELECT is(
    pg_temp.claimed(), 'B',
    'a task of a lower priority goes on while the other one still has to wait'
);
SELECT fail_executions(ARRAY[tests.attempt_at('B'), tests.attempt_at('D')]);
SELECT is(pg_temp.claimed(), 'A', 'a failed attempt lets its conflicts go');

SELECT pg_temp.start_anew();
SELECT tests.conflicts_with('A', 'B');
SELECT tests.set_status('B', 'in_progress');
SELECT is(
    pg_temp.claimed(), 'C', 'a task is not claimed while a person works on one in conflict with it'
);
SELECT tests.conflicts_with('D', 'A');
SELECT is(
    pg_temp.claimed(4), 'D', 'a claim of many is not held up by a task that cannot be taken itself'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'all is sound after every claim');

-- Across projects

SELECT pg_temp.start_anew();
SELECT tests.a_list(tests.a_project('q'));
SELECT tests.a_task(id, 'Q', _priority => 9), tests.a_task(id, 'R', _priority => 1)
FROM task_lists WHERE project_id = tests.project('q');
SELECT is(
    pg_temp.claimed(_project => NULL), 'Q', 'a claim across projects takes the best task of all'
);
SELECT is(
    pg_temp.claimed(3, _project => NULL), 'A, B, C',
    'a claim across projects goes from the best project on'
);
SELECT is(
    pg_temp.claimed(3, _project => NULL), 'D, R',
    'a claim across projects goes on in the next project'
);
SELECT is(
    pg_temp.claimed(3, _project => NULL), NULL,
    'a claim across projects gets nothing when nothing is ready'
);
SELECT pg_temp.start_anew();
UPDATE projects SET paused_at = clock_timestamp() WHERE slug = 'p';
SELECT is(
    pg_temp.claimed(_project => NULL), NULL, 'a claim across projects passes over a paused one'
);
UPDATE projects SET paused_at = NULL WHERE slug = 'p';

-- Capabilities

SELECT pg_temp.start_anew();
SELECT tests.an_agent('b');
UPDATE agents SET capabilities = '["sql", "python"]' WHERE name = 'b';
UPDATE tasks SET capabilities = '{python,sql}' WHERE ref = 'A';
UPDATE tasks SET capabilities = '{python,rust}' WHERE ref = 'B';
SELECT is(pg_temp.claimed(4), 'C, D', 'an agent gets no task that asks for more than it can do');
SELECT is(pg_temp.claimed(4, 'b'), 'A', 'an agent gets a task when it can do all that it asks for');
SELECT is(pg_temp.claimed(4, 'b', NULL), NULL, 'so it is across projects');
SELECT pg_temp.start_anew();
UPDATE tasks SET capabilities = '{rust}' WHERE ref = 'A';
SELECT tests.conflicts_with('A', 'B');
SELECT is(
    pg_temp.claimed(4, 'b'), 'B, C, D',
    'a task is not kept waiting by one in conflict that the agent cannot be given'
);

-- A claim that is repeated, because its answer was lost

SELECT pg_temp.start_anew();
SELECT is(pg_temp.claimed(2, _key => 'k'), 'A, B', 'a claim may have a key');
SELECT is(pg_temp.claimed(2, _key => 'k'), 'A, B', 'a claim that is repeated gets the same tasks');
SELECT is(
    (SELECT string_agg(format('%s %s', claim_position, attempt), ', ' ORDER BY claim_position)
     FROM task_executions WHERE claim_key = 'k'),
    '1 1, 2 1', 'a claim that is repeated starts nothing'
);
SELECT complete_executions(ARRAY[tests.attempt_at('A')]);
SELECT is(
    pg_temp.claimed(2, _key => 'k'), 'A, B',
    'a claim that is repeated late gets what it got, as it is now'
);
SELECT is(pg_temp.claimed(2, _key => 'l'), 'C, D', 'another key claims other tasks');
SELECT is(
    pg_temp.claimed(2, _key => 'm'), NULL, 'a claim with a key gets nothing when nothing is ready'
);
SELECT tests.some_tasks('E');
SELECT is(pg_temp.claimed(2, _key => 'm'), 'E', 'a key that got nothing may still claim');

SELECT * FROM finish();
ROLLBACK;
