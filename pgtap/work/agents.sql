-- Agents: programs and assistants that claim tasks.

BEGIN;
SELECT plan(40);

SELECT tests.an_agent('a');

-- Keys and defaults

SELECT results_eq(
    $$SELECT type, capabilities, preferences, is_active FROM agents WHERE name = 'a'$$,
    $$VALUES ('general', '[]'::jsonb, '{}'::jsonb, true)$$,
    'a new agent is active and of type general'
);

SELECT tests.violates(
    $$INSERT INTO agents (name) VALUES ('a')$$,
    'agents_name_key', 'two agents never share a name'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO agents (name) VALUES ('n')$$, 'a name may have one character'
);
SELECT tests.violates(
    $$INSERT INTO agents (name) VALUES (' ')$$,
    'agents_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(
    $$INSERT INTO agents (name) VALUES (repeat('n', 200))$$, 'a name may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO agents (name) VALUES (repeat('n', 201))$$,
    'agents_name_has_1_to_200_characters', 'a name has no 201 characters'
);

SELECT tests.accepts(
    format('UPDATE agents SET type = %L WHERE name = %L', type, 'a'),
    format('an agent may be of type %s', left(type, 20))
)
FROM (VALUES ('x'), ('claude_code'), ('gpt4'), (repeat('x', 63))) AS example (type);
SELECT tests.violates(
    format('UPDATE agents SET type = %L WHERE name = %L', type, 'a'),
    'agents_type_is_identifier',
    format('an agent is not of type "%s"', left(type, 20))
)
FROM (VALUES (''), ('4gpt'), ('_x'), ('Codegen'), ('claude-code'), (repeat('x', 64)))
AS example (type);

SELECT tests.accepts(
    $$UPDATE agents SET capabilities = '["python", "sql"]' WHERE name = 'a'$$,
    'capabilities are an array of words'
);
SELECT tests.accepts(
    format('UPDATE agents SET capabilities = %s WHERE name = %L', capabilities, 'a'), description
)
FROM (
    VALUES
        ($$'[]'$$, 'an agent may have no capabilities'),
        ($$'["c++", "c#", "node.js", "t-sql", "x_1"]'$$, 'a capability may have some signs'),
        ($$jsonb_build_array(repeat('x', 63))$$, 'a capability may have 63 characters'),
        (
            $$(SELECT jsonb_agg('x' || n) FROM generate_series(1, 1000) AS n)$$,
            'an agent may have 1000 capabilities'
        )
) AS example (capabilities, description);
SELECT tests.violates(
    format('UPDATE agents SET capabilities = %s WHERE name = %L', capabilities, 'a'),
    'agents_capabilities_is_array_of_words', description
)
FROM (
    VALUES
        ($$'{"python": true}'$$, 'capabilities are no object'),
        ($$'"python"'$$, 'capabilities are not a single word'),
        ($$'["python", 3]'$$, 'a capability is no number'),
        ($$'["python", null]'$$, 'a capability is not null'),
        ($$'[["python"]]'$$, 'a capability is no array'),
        ($$'[""]'$$, 'a capability is not empty'),
        ($$'["Python"]'$$, 'a capability has no capitals'),
        ($$'["code review"]'$$, 'a capability has no spaces'),
        ($$'["python\n"]'$$, 'a capability has no line break'),
        ($$jsonb_build_array(repeat('x', 64))$$, 'a capability has no 64 characters'),
        (
            $$(SELECT jsonb_agg('x' || n) FROM generate_series(1, 1001) AS n)$$,
            'an agent has no 1001 capabilities'
        )
) AS example (capabilities, description);

SELECT tests.accepts(
    $$UPDATE agents SET preferences = '{"unknown": 1}' WHERE name = 'a'$$,
    'preferences keep keys that nobody knows'
);
SELECT tests.violates(
    $$UPDATE agents SET preferences = '[]' WHERE name = 'a'$$,
    'agents_preferences_is_object', 'preferences are no array'
);
SELECT tests.accepts(
    $$UPDATE agents SET preferences = jsonb_build_object('k', repeat('v', 1048567))$$,
    'preferences may have 1048576 bytes'
);
SELECT tests.violates(
    $$UPDATE agents SET preferences = jsonb_build_object('k', repeat('v', 1048568))$$,
    'agents_preferences_up_to_1_mb', 'preferences have no 1048577 bytes'
);

-- Effects

UPDATE agents SET updated_at = '2020-02-02 02:02 UTC' WHERE name = 'a';
SELECT is(
    (SELECT clock_timestamp() - updated_at < '1 minute' FROM agents WHERE name = 'a'), true,
    'every update of an agent sets updated_at'
);

-- What relies on an agent

SELECT tests.some_tasks('A');
INSERT INTO task_executions (task_id, agent_id, attempt, lease_expires_at)
SELECT tests.task('A'), id, 1, now() FROM agents WHERE name = 'a';
INSERT INTO claim_limits (agent_id, max_running) SELECT id, 1 FROM agents WHERE name = 'a';
SELECT tests.accepts($$DELETE FROM agents WHERE name = 'a'$$, 'an agent may be deleted');
SELECT results_eq(
    $$SELECT attempt, agent_id FROM task_executions$$, $$VALUES (1, NULL::uuid)$$,
    'its attempts outlive it'
);
SELECT is_empty($$SELECT id FROM claim_limits$$, 'its limits end with it');

SELECT * FROM finish();
ROLLBACK;
