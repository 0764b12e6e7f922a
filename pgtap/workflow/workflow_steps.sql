-- Steps of workflows.

BEGIN;
SELECT plan(61);

SELECT tests.some_tasks('A', 'B');
SELECT tests.a_workflow();
SELECT tests.a_step('build');

-- Keys and defaults

SELECT results_eq(
    $$SELECT task_id, status, result, error_message, retry_count, started_at, completed_at
      FROM workflow_steps$$,
    $$VALUES (NULL::uuid, 'pending'::workflow_step_status, NULL::jsonb, NULL, 0,
          NULL::timestamptz, NULL::timestamptz)$$,
    'a step is pending, and for the workflow as a whole'
);
SELECT tests.violates(
    $$INSERT INTO workflow_steps (workflow_id, step) VALUES (gen_random_uuid(), 'test')$$,
    'workflow_steps_workflow_id_fkey', 'a step is of a workflow that exists'
);
SELECT tests.violates(
    $$INSERT INTO workflow_steps (workflow_id, step, task_id)
      VALUES (tests.workflow(), 'test', gen_random_uuid())$$,
    'workflow_steps_task_id_fkey', 'a step is for a task that exists'
);
SELECT tests.violates(
    $$SELECT tests.a_step('build')$$,
    'workflow_steps_named_once_in_a_workflow_and_task', 'a workflow has a step once'
);
SELECT tests.accepts(
    $$SELECT tests.a_step('build', _ref => ref) FROM unnest(ARRAY['A', 'B']) AS ref$$,
    'and once for each task'
);
SELECT tests.violates(
    $$SELECT tests.a_step('build', _ref => 'A')$$,
    'workflow_steps_named_once_in_a_workflow_and_task', 'but not twice for one task'
);
SELECT tests.accepts(
    $$INSERT INTO workflow_steps (workflow_id, step) VALUES (tests.a_workflow('v'), 'build')$$,
    'another workflow may have it as well'
);
DELETE FROM workflow_steps;
SELECT tests.a_step('build', 'running');

-- Rules

CREATE FUNCTION tests.set_step(_assignment text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN 'UPDATE workflow_steps SET ' || _assignment;

SELECT tests.accepts(
    tests.set_step($$step = repeat('s', 200)$$), 'a step''s name may have 200 characters'
);
SELECT tests.violates(
    tests.set_step($$step = repeat('s', 201)$$),
    'workflow_steps_step_has_1_to_200_characters', 'a step''s name has no 201 characters'
);
SELECT tests.violates(
    tests.set_step($$step = ' '$$),
    'workflow_steps_step_has_1_to_200_characters', 'a step''s name is not blank'
);
SELECT tests.accepts(tests.set_step($$result = '[null]'$$), 'a result may be an array');
SELECT tests.accepts(tests.set_step($$result = '{"ok": true}'$$), 'a result may be an object');
SELECT tests.violates(
    tests.set_step($$result = 'true'$$),
    'workflow_steps_result_is_array_or_object', 'a result is no bare truth'
);
SELECT tests.accepts(
    tests.set_step($$result = jsonb_build_array(repeat('r', 1048572))$$),
    'a result may have 1048576 bytes'
);
SELECT tests.violates(
    tests.set_step($$result = jsonb_build_array(repeat('r', 1048573))$$),
    'workflow_steps_result_up_to_1_mb', 'a result has no 1048577 bytes'
);
SELECT tests.accepts(
    tests.set_step($$error_message = repeat('e', 10000)$$),
    'an error message may have 10000 characters'
);
SELECT tests.violates(
    tests.set_step($$error_message = repeat('e', 10001)$$),
    'workflow_steps_error_message_up_to_10000_characters',
    'an error message has no 10001 characters'
);
SELECT tests.accepts(
    $$INSERT INTO workflow_steps (workflow_id, step, retry_count)
      VALUES (tests.workflow(), 'retried', 7)$$,
    'an import may bring retries'
);
SELECT tests.violates(
    $$INSERT INTO workflow_steps (workflow_id, step, retry_count)
      VALUES (tests.workflow(), 'never', -1)$$,
    'workflow_steps_retry_count_not_negative', 'no step is retried less than never'
);
SELECT tests.accepts(
    $$INSERT INTO workflow_steps (workflow_id, step, status, started_at, completed_at)
      VALUES (tests.workflow(), 'quick', 'completed', '2026-01-01 UTC', '2026-01-01 UTC')$$,
    'a step may end when it starts'
);
SELECT tests.violates(
    $$INSERT INTO workflow_steps (workflow_id, step, status, started_at, completed_at)
      VALUES (tests.workflow(), 'back', 'completed', '2026-01-02 UTC', '2026-01-01 UTC')$$,
    'workflow_steps_ends_after_it_starts', 'a step does not end before it starts'
);

SELECT tests.a_workflow('far', tests.a_project('q'));
SELECT tests.a_task(tests.a_list(tests.project('q')), 'Q');
SELECT tests.violates(
    $$SELECT tests.a_step('build', _ref => 'Q')$$,
    'workflow_steps_are_of_the_project', 'a step is not for a task of another project'
);
SELECT tests.violates(
    tests.set_step($$task_id = tests.task('Q') WHERE step = 'quick'$$),
    'workflow_steps_are_of_the_project', 'nor becomes so'
);
SELECT tests.accepts(
    tests.set_step($$task_id = tests.task('A') WHERE step = 'quick'$$),
    'a step may be for a task that is not in the workflow'
);
SELECT tests.violates(
    tests.set_step($$workflow_id = tests.workflow('far') WHERE step = 'quick'$$),
    'workflow_steps_are_of_the_project', 'it does not move to a workflow of another project'
);
DELETE FROM workflow_steps;

CREATE TEMPORARY TABLE moves AS
SELECT
    before, after,
    format('%s-%s', before, after) = ANY (ARRAY[
        'pending-running', 'pending-skipped', 'running-completed', 'running-failed',
        'running-skipped', 'running-pending', 'completed-pending', 'failed-running',
        'failed-pending', 'failed-skipped', 'skipped-pending'
    ]) AS is_legal
FROM unnest(enum_range(NULL::workflow_step_status)) AS before,
    unnest(enum_range(NULL::workflow_step_status)) AS after
WHERE before <> after;
SELECT tests.a_step(format('%s to %s', before, after), before) FROM moves;
SELECT CASE
    WHEN is_legal THEN tests.accepts(
        format('UPDATE workflow_steps SET status = %L WHERE step = %L', after, move),
        'from ' || move
    )
    ELSE tests.violates(
        format('UPDATE workflow_steps SET status = %L WHERE step = %L', after, move),
        'workflow_steps_status_follows_moves', 'not from ' || move
    )
END
FROM moves, format('%s to %s', before, after) AS move
ORDER BY before, after;
SELECT tests.a_step('build');
SELECT is(
    tests.detail_of($$UPDATE workflow_steps SET status = 'completed' WHERE step = 'build'$$),
    'From pending it can go to: running, skipped.',
    'a refusal says where a step can go'
);
DELETE FROM workflow_steps;

-- Effects

SELECT tests.a_step('build');
CREATE FUNCTION tests.move_step(_status workflow_step_status, _error text DEFAULT NULL) RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        UPDATE workflow_steps
        SET status = _status, error_message = coalesce(_error, error_message),
            updated_at = '2020-02-02 02:02 UTC'
        RETURNING concat_ws(
            ', ',
            status,
            CASE WHEN clock_timestamp() - started_at < '1 minute' THEN 'started' END,
            CASE WHEN completed_at >= started_at THEN 'ended' END,
            CASE WHEN completed_at IS NOT NULL AND started_at IS NULL THEN 'never started' END,
            error_message,
            retry_count
        );
    END;

SELECT is(tests.move_step('running'), 'running, started, 0', 'a step that runs was started');
SELECT is(
    tests.move_step('failed', 'no disk'), 'failed, started, ended, no disk, 0',
    'a step that failed has ended, and says why'
);
SELECT is(
    tests.move_step('running'), 'running, started, 1', 'a step that runs again is counted'
);
SELECT is(
    tests.move_step('completed'), 'completed, started, ended, 1', 'a step that is completed ended'
);
SELECT is(tests.move_step('pending'), 'pending, 1', 'a step that is to be done anew did not start');
SELECT is(
    tests.move_step('skipped'), 'skipped, never started, 1',
    'a step may be skipped before it starts'
);
SELECT is(tests.move_step('pending'), 'pending, 1', 'what was skipped may be done after all');
SELECT tests.move_step('running');
SELECT tests.move_step('failed', 'no disk');
SELECT is(
    tests.move_step('pending'), 'pending, 2', 'a step that failed is counted when it is reopened'
);
SELECT is(tests.move_step('running'), 'running, started, 2', 'and not again when it starts');
SELECT is(
    tests.move_step('skipped'), 'skipped, started, ended, 2', 'a running step may be skipped'
);
SELECT is(
    (SELECT clock_timestamp() - updated_at < '1 minute' FROM workflow_steps), true,
    'every update of a step sets updated_at'
);
UPDATE workflow_steps SET started_at = NULL, completed_at = NULL, retry_count = 0;
SELECT is(
    (SELECT completed_at >= started_at AND retry_count = 2 FROM workflow_steps), true,
    'nobody else sets what the database keeps'
);
INSERT INTO workflow_steps (workflow_id, step, status, started_at, completed_at)
VALUES
    (tests.workflow(), 'a', 'pending', '2026-01-01 UTC', '2026-01-01 UTC'),
    (tests.workflow(), 'b', 'running', '2026-01-01 UTC', '2026-01-01 UTC'),
    (tests.workflow(), 'c', 'failed', NULL, '2026-01-01 UTC'),
    (tests.workflow(), 'd', 'skipped', NULL, '2026-01-01 UTC');
SELECT results_eq(
    $$SELECT started_at, completed_at FROM workflow_steps
      WHERE step IN ('a', 'b', 'c', 'd') ORDER BY step$$,
    $$VALUES (NULL::timestamptz, NULL::timestamptz), ('2026-01-01 UTC', NULL),
          ('2026-01-01 UTC', '2026-01-01 UTC'), (NULL, '2026-01-01 UTC')$$,
    'an import may bring the moments that fit the status'
);

SELECT tests.a_step('build', _ref => 'A');
SELECT tests.a_step('build', _ref => 'B');
DELETE FROM tasks WHERE ref = 'A';
SELECT results_eq(
    $$SELECT count(*), count(task_id) FROM workflow_steps$$, $$VALUES (6::bigint, 1::bigint)$$,
    'steps end with the task that they are for, and no others'
);
SELECT tests.has_tasks('B');
SELECT remove_workflow_task(tests.workflow(), tests.task('B'));
SELECT is(
    (SELECT count(*) FROM workflow_steps WHERE task_id = tests.task('B')), 1::bigint,
    'a task that is taken out of a workflow keeps its steps'
);

SELECT * FROM finish();
ROLLBACK;
