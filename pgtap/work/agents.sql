-- Agents: programs and assistants that claim tasks.

BEGIN;
SELECT plan(21);

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
SELECT tests.violates(
    $$UPDATE agents SET capabilities = '{"python": true}' WHERE name = 'a'$$,
    'agents_capabilities_is_array', 'capabilities are no object'
);

SELECT tests.accepts(
    $$UPDATE agents SET preferences = '{"unknown": 1}' WHERE name = 'a'$$,
    'preferences keep keys that nobody knows'
);
SELECT tests.violates(
    $$UPDATE agents SET preferences = '[]' WHERE name = 'a'$$,
    'agents_preferences_is_object', 'preferences are no array'
);

-- Effects

UPDATE agents SET updated_at = '2020-02-02 02:02 UTC' WHERE name = 'a';
SELECT is(
    (SELECT clock_timestamp() - updated_at < '1 minute' FROM agents WHERE name = 'a'), true,
    'every update of an agent sets updated_at'
);

SELECT * FROM finish();
ROLLBACK;
