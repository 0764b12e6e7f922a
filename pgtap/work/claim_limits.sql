-- Claim limits: how many attempts may run at once.

BEGIN;
SELECT plan(17);

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT tests.an_agent('ada');
SELECT tests.an_agent('bob');

CREATE FUNCTION pg_temp.agent(_name text) RETURNS uuid
    LANGUAGE sql
    RETURN (SELECT id FROM agents WHERE name = _name);

CREATE FUNCTION pg_temp.claims(_name text, _count integer DEFAULT 1) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT count(*) FROM claim_tasks(pg_temp.agent(_name), tests.project(), _count);
    END;

-- Keys and defaults

SELECT tests.accepts(
    $$INSERT INTO claim_limits (project_id, max_running) VALUES (tests.project(), 2)$$,
    'a project has a limit'
);
SELECT tests.violates(
    $$INSERT INTO claim_limits (project_id, max_running) VALUES (tests.project(), 3)$$,
    'claim_limits_project_id_agent_id_key', 'a project has no two limits'
);
SELECT tests.violates(
    $$INSERT INTO claim_limits (project_id, max_running) VALUES (gen_random_uuid(), 3)$$,
    'claim_limits_project_id_fkey', 'a limit is of a project that exists'
);
SELECT tests.violates(
    $$INSERT INTO claim_limits (agent_id, max_running) VALUES (gen_random_uuid(), 3)$$,
    'claim_limits_agent_id_fkey', 'a limit is of an agent that exists'
);

-- Rules

SELECT tests.violates(
    $$INSERT INTO claim_limits (max_running) VALUES (3)$$,
    'claim_limits_are_of_a_project_or_an_agent', 'a limit is of something'
);
SELECT tests.accepts(
    $$INSERT INTO claim_limits (agent_id, max_running) VALUES (pg_temp.agent('ada'), 0)$$,
    'a limit may be 0'
);
SELECT tests.violates(
    $$UPDATE claim_limits SET max_running = -1$$,
    'claim_limits_max_running_not_negative', 'a limit is not below 0'
);

-- Effects

SELECT is(pg_temp.claims('ada'), 0::bigint, 'an agent with a limit of 0 claims nothing');
UPDATE claim_limits SET max_running = 1 WHERE agent_id = pg_temp.agent('ada');
SELECT is(pg_temp.claims('ada', 3), 1::bigint, 'an agent claims no more than its limit');
SELECT is(pg_temp.claims('bob', 3), 1::bigint, 'agents together claim no more than the project''s');
SELECT is(pg_temp.claims('bob'), 0::bigint, 'and nothing more');
SELECT complete_executions(ARRAY[tests.attempt_at('B')]);
SELECT is(pg_temp.claims('ada'), 0::bigint, 'what another agent ended makes no room for this one');
SELECT is(pg_temp.claims('bob'), 1::bigint, 'what ends makes room');

SELECT is(
    (
        SELECT count(*)
        FROM claim_tasks(pg_temp.agent('bob'), NULL, 5, _claim_key => 'k')
    ),
    0::bigint,
    'a limit holds across projects and with a key, too'
);
SELECT tests.accepts(
    $$DELETE FROM agents WHERE name = 'ada'$$, 'a limit ends with its agent'
);
SELECT is((SELECT count(*) FROM claim_limits), 1::bigint, 'and that of the project stays');
UPDATE claim_limits SET updated_at = '2020-02-02 02:02 UTC', max_running = 9;
SELECT is(
    (SELECT clock_timestamp() - updated_at < '1 minute' FROM claim_limits), true,
    'every update of a limit sets updated_at'
);

SELECT * FROM finish();
ROLLBACK;
