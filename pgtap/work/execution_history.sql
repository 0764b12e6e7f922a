-- Attempts with their tasks and agents.

BEGIN;
SELECT plan(4);

SELECT tests.some_tasks('A', 'B');
SELECT tests.an_attempt('A');
SELECT fail_executions(
    ARRAY[tests.attempt_at('A')], ARRAY['{"message": "no"}'::jsonb], '0 seconds'
);
SELECT tests.an_attempt('A');

SELECT results_eq(
    $$SELECT task_ref, attempt, retry_count, status::text, error_details
      FROM execution_history ORDER BY execution_id$$,
    $$VALUES ('A', 1, 0, 'failed', '{"message": "no"}'::jsonb), ('A', 2, 1, 'running', NULL)$$,
    'every attempt is there, and nothing that was not tried'
);
SELECT is(
    (SELECT bool_and((duration_seconds IS NULL) = (status = 'running')) FROM execution_history),
    true, 'an attempt has a duration when it has ended'
);
SELECT is(
    (SELECT bool_and(agent_name LIKE 'agent %') FROM execution_history), true,
    'it names the agent'
);
DELETE FROM agents;
SELECT is(
    (SELECT count(agent_name) + count(*) FROM execution_history), 2::bigint,
    'an attempt stays when its agent is gone'
);

SELECT * FROM finish();
ROLLBACK;
