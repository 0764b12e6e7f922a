-- What was learnt: by what signs it is known, and what helps.

BEGIN;
SELECT plan(29);

SELECT tests.a_pattern('small steps');

CREATE FUNCTION pg_temp.changed(_assignments text) RETURNS text
    LANGUAGE sql
    RETURN format('UPDATE learning_patterns SET %s', _assignments);

-- Keys and defaults

SELECT results_eq(
    $$SELECT project_id, indicators, suggestions, confidence, metadata, is_active,
          created_by = session_user
      FROM learning_patterns$$,
    $$VALUES (NULL::uuid, '[]'::jsonb, '[]'::jsonb, 0.500, '{}'::jsonb, true, true)$$,
    'a pattern holds for all projects and may be applied, though it is not sure'
);
SELECT tests.violates(
    $$INSERT INTO learning_patterns (id, name, type) SELECT id, 'other', type
      FROM learning_patterns$$,
    'learning_patterns_pkey', 'two patterns never share an id'
);
SELECT tests.violates(
    pg_temp.changed('project_id = gen_random_uuid()'),
    'learning_patterns_project_id_fkey', 'a project that it holds for exists'
);

-- Rules

SELECT tests.accepts(
    pg_temp.changed(
        $$name = repeat('n', 200), type = repeat('t', 63), description = repeat('d', 10000),
        created_by = repeat('c', 200)$$
    ),
    'a name may have 200 characters, a type 63, a description 10000, a creator 200'
);
SELECT tests.accepts(pg_temp.changed($$name = 'n'$$), 'a name may have one character');
SELECT tests.violates(
    pg_temp.changed($$name = repeat('n', 201)$$),
    'learning_patterns_name_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.violates(
    pg_temp.changed($$name = ' '$$),
    'learning_patterns_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.violates(
    pg_temp.changed($$type = repeat('t', 64)$$),
    'learning_patterns_type_is_identifier', 'a type has no 64 characters'
);
SELECT tests.violates(
    pg_temp.changed($$type = 'Success'$$),
    'learning_patterns_type_is_identifier', 'a type is a lower-case word'
);
SELECT tests.violates(
    pg_temp.changed($$description = repeat('d', 10001)$$),
    'learning_patterns_description_up_to_10000_characters', 'a description has no 10001 characters'
);
SELECT tests.accepts(
    pg_temp.changed($$indicators = '{"file_count": 20}', suggestions = '["divide", {"n": 2}]'$$),
    'indicators may be an object, and suggestions texts and objects'
);
SELECT tests.violates(
    pg_temp.changed($$indicators = '"many files"'$$),
    'learning_patterns_indicators_is_array_or_object', 'indicators are no text'
);
SELECT tests.violates(
    pg_temp.changed($$suggestions = '{}'$$),
    'learning_patterns_suggestions_is_array', 'suggestions are no object'
);
SELECT tests.accepts(pg_temp.changed('confidence = 0'), 'a confidence may be 0');
SELECT tests.violates(
    pg_temp.changed('confidence = -0.001'),
    'learning_patterns_confidence_in_range', 'a confidence is not below 0'
);
SELECT tests.accepts(pg_temp.changed('confidence = 1'), 'a confidence may be 1');
SELECT tests.violates(
    pg_temp.changed('confidence = 1.001'),
    'learning_patterns_confidence_in_range', 'a confidence is not above 1'
);
SELECT tests.violates(
    pg_temp.changed($$confidence = 'NaN'$$),
    'learning_patterns_confidence_in_range', 'a confidence is a number'
);
SELECT tests.accepts(pg_temp.changed($$metadata = '{"a": 1}'$$), 'metadata keep unknown keys');
SELECT tests.violates(
    pg_temp.changed($$metadata = '[]'$$),
    'learning_patterns_metadata_is_object', 'metadata are no array'
);
SELECT tests.violates(
    pg_temp.changed($$created_by = repeat('c', 201)$$),
    'learning_patterns_created_by_has_1_to_200_characters', 'a creator has no 201 characters'
);
SELECT tests.violates(
    pg_temp.changed($$created_by = ' '$$),
    'learning_patterns_created_by_has_1_to_200_characters', 'a creator is not blank'
);

UPDATE learning_patterns SET name = 'small steps';
SELECT tests.violates(
    $$SELECT tests.a_pattern('small steps')$$,
    'learning_patterns_names_are_unique', 'two patterns for all projects never share a name'
);
INSERT INTO learning_patterns (project_id, name, type)
VALUES (tests.a_project('p'), 'small steps', 'success');
SELECT tests.violates(
    $$INSERT INTO learning_patterns (project_id, name, type)
      VALUES (tests.project(), 'small steps', 'failure')$$,
    'learning_patterns_names_are_unique', 'nor do two of one project'
);
SELECT tests.accepts(
    $$INSERT INTO learning_patterns (project_id, name, type)
      VALUES (tests.a_project(), 'small steps', 'success')$$,
    'patterns of two projects may share a name'
);
UPDATE learning_patterns SET deleted_at = clock_timestamp() WHERE project_id IS NULL;
SELECT tests.accepts(
    $$SELECT tests.a_pattern('small steps')$$, 'the name of a deleted pattern may be taken'
);

-- Effects

UPDATE learning_patterns SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM learning_patterns), true,
    'every update of a pattern sets updated_at'
);
SELECT ok(
    EXISTS (
        SELECT FROM audit_log
        WHERE entity_type = 'learning_patterns' AND action = 'update'
            AND new_values ? 'deleted_at'
    ),
    'changes are recorded'
);
DELETE FROM projects;
SELECT is_empty(
    'SELECT name FROM learning_patterns WHERE project_id IS NOT NULL',
    'what was learnt for one project ends with it'
);

SELECT * FROM finish();
ROLLBACK;
