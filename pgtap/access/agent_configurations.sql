-- Agent configurations: named settings for the agents of one type, in one project or in all.

BEGIN;
SELECT plan(33);

INSERT INTO agent_configurations (project_id, agent_type) VALUES (tests.a_project('p'), 'codegen');

-- Keys and defaults

SELECT results_eq(
    $$SELECT name, configuration, capabilities, constraints, version, is_active
      FROM agent_configurations$$,
    $$VALUES ('default', '{}'::jsonb, '[]'::jsonb, '{}'::jsonb, 1, true)$$,
    'a configuration is called default, active and in its first version'
);
SELECT tests.violates(
    $$INSERT INTO agent_configurations (project_id, agent_type)
      VALUES (gen_random_uuid(), 'codegen')$$,
    'agent_configurations_project_id_fkey', 'a configuration is for a project that exists'
);
SELECT tests.violates(
    $$INSERT INTO agent_configurations (project_id, agent_type)
      VALUES (tests.project(), 'codegen')$$,
    'agent_configurations_project_id_agent_type_name_key',
    'two configurations of a project for one type never share a name'
);
SELECT tests.accepts(
    $$INSERT INTO agent_configurations (agent_type) VALUES ('codegen')$$,
    'one for all projects may have the name of one for a project'
);
SELECT tests.violates(
    $$INSERT INTO agent_configurations (agent_type) VALUES ('codegen')$$,
    'agent_configurations_project_id_agent_type_name_key',
    'two for all projects never share a name either'
);
SELECT tests.accepts(
    $$INSERT INTO agent_configurations (project_id, agent_type, name)
      VALUES (tests.project(), 'codegen', 'n'), (tests.project(), 'reviewer', 'default'),
          (tests.a_project('q'), 'codegen', 'default')$$,
    'other names, types and projects have their own'
);

-- Rules

SELECT tests.accepts(
    format('INSERT INTO agent_configurations (agent_type, name) VALUES (%L, %L)', type, 'other'),
    format('a configuration may be for agents of type %s', left(type, 20))
)
FROM (VALUES ('x'), ('claude_code'), (repeat('x', 63))) AS example (type);
SELECT tests.violates(
    format('INSERT INTO agent_configurations (agent_type) VALUES (%L)', type),
    'agent_configurations_agent_type_is_identifier',
    format('a configuration is not for agents of type "%s"', left(type, 20))
)
FROM (VALUES (''), ('Codegen'), ('claude-code'), (repeat('x', 64))) AS example (type);

SELECT tests.accepts(
    $$INSERT INTO agent_configurations (agent_type, name) VALUES ('x', repeat('n', 200))$$,
    'a name may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO agent_configurations (agent_type, name) VALUES ('x', repeat('n', 201))$$,
    'agent_configurations_name_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.violates(
    $$INSERT INTO agent_configurations (agent_type, name) VALUES ('x', ' ')$$,
    'agent_configurations_name_has_1_to_200_characters', 'a name is not blank'
);

SELECT tests.violates(
    $$UPDATE agent_configurations SET configuration = '[]'$$,
    'agent_configurations_configuration_is_object', 'a configuration is no array'
);
SELECT tests.accepts(
    $$UPDATE agent_configurations SET configuration = jsonb_build_object('k', repeat('v', 1048567))
      WHERE name = 'n'$$,
    'a configuration may have 1048576 bytes'
);
SELECT tests.violates(
    $$UPDATE agent_configurations SET configuration = jsonb_build_object('k', repeat('v', 1048568))
      WHERE name = 'n'$$,
    'agent_configurations_configuration_up_to_1_mb', 'a configuration has no 1048577 bytes'
);

SELECT tests.accepts(
    $$UPDATE agent_configurations SET capabilities = '["python", "sql"]' WHERE name = 'n'$$,
    'capabilities are an array of words'
);
SELECT tests.violates(
    format('UPDATE agent_configurations SET capabilities = %L', capabilities),
    'agent_configurations_capabilities_is_array_of_text',
    format('capabilities are not %s', capabilities)
)
FROM (VALUES ('{"python": true}'), ('["python", 3]'), ('"python"')) AS example (capabilities);

SELECT tests.violates(
    $$UPDATE agent_configurations SET constraints = '"none"'$$,
    'agent_configurations_constraints_is_object', 'constraints are no text'
);
SELECT tests.accepts(
    $$UPDATE agent_configurations SET constraints = jsonb_build_object('k', repeat('v', 1048567))
      WHERE name = 'n'$$,
    'constraints may have 1048576 bytes'
);
SELECT tests.violates(
    $$UPDATE agent_configurations SET constraints = jsonb_build_object('k', repeat('v', 1048568))
      WHERE name = 'n'$$,
    'agent_configurations_constraints_up_to_1_mb', 'constraints have no 1048577 bytes'
);

SELECT tests.accepts(
    $$INSERT INTO agent_configurations (agent_type, version) VALUES ('v', 1)$$,
    'versions begin with 1'
);
SELECT tests.violates(
    $$INSERT INTO agent_configurations (agent_type, version) VALUES ('w', 0)$$,
    'agent_configurations_version_positive', 'there is no version 0'
);

-- Effects

UPDATE agent_configurations SET configuration = '{"model": "a"}' WHERE agent_type = 'v';
UPDATE agent_configurations SET capabilities = '["sql"]', constraints = '{"hours": 1}'
WHERE agent_type = 'v';
SELECT is(
    (SELECT version FROM agent_configurations WHERE agent_type = 'v'), 3,
    'each change of what a configuration says makes the next version'
);
UPDATE agent_configurations
SET configuration = '{"model": "a"}', name = 'renamed', is_active = false, version = 7,
    updated_at = '2020-02-02 02:02 UTC'
WHERE agent_type = 'v';
SELECT is(
    (SELECT version FROM agent_configurations WHERE agent_type = 'v'), 3,
    'nothing else does, and nobody sets the version by hand'
);
SELECT is(
    (
        SELECT clock_timestamp() - updated_at < '1 minute'
        FROM agent_configurations WHERE agent_type = 'v'
    ),
    true, 'every update of a configuration sets updated_at'
);
SELECT results_eq(
    $$SELECT (new_values ->> 'version')::integer, old_values::jsonb
      FROM audit_log
      WHERE entity_id = (
          SELECT id::text FROM agent_configurations WHERE agent_type = 'v'
      ) AND new_values ? 'version'
      ORDER BY id$$,
    $$VALUES (1, NULL),
        (2, '{"version": 1, "configuration": {}}'::jsonb),
        (3, '{"version": 2, "capabilities": [], "constraints": {}}')$$,
    'what each version was before is in the change log'
);
DELETE FROM projects WHERE slug = 'p';
SELECT is_empty(
    $$SELECT FROM agent_configurations WHERE name = 'n'$$,
    'a configuration ends with its project'
);

SELECT * FROM finish();
ROLLBACK;
