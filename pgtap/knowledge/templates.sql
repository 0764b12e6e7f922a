-- Templates: texts with places to fill in, in all their versions.

BEGIN;
SELECT plan(44);

SELECT tests.a_template();

CREATE FUNCTION pg_temp.changed(_assignments text) RETURNS text
    LANGUAGE sql
    RETURN format('UPDATE templates SET %s', _assignments);

CREATE FUNCTION pg_temp.created(_name text, _type text, _content text) RETURNS text
    LANGUAGE sql
    RETURN format(
        'INSERT INTO templates (name, type, content) VALUES (%L, %L, %L)', _name, _type, _content
    );

CREATE FUNCTION pg_temp.versions(_name text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(
            version || CASE WHEN is_active THEN ' active' ELSE '' END, ', ' ORDER BY version
        )
        FROM templates
        WHERE name = _name
    );

-- Keys and defaults

SELECT results_eq(
    $$SELECT version, is_active, variables, metadata, created_by = session_user FROM templates$$,
    $$VALUES (1, true, '[]'::jsonb, '{}'::jsonb, true)$$,
    'a template is used from the start'
);
SELECT tests.violates(
    $$INSERT INTO templates (id, name, type, content) SELECT id, 'other', type, content
      FROM templates$$,
    'templates_pkey', 'two versions never share an id'
);
SELECT tests.violates(
    $$INSERT INTO templates (name, version, type, content) VALUES ('greeting', 1, 'prompt', 'x')$$,
    'templates_name_version_key', 'two versions of one template never share a number'
);
SELECT is(pg_temp.versions('greeting'), '1 active', 'a version that is refused takes no place');

-- Rules

SELECT tests.accepts(
    pg_temp.created(repeat('n', 200), repeat('t', 63), 'c'),
    'a name may have 200 characters, a type 63, a content 1'
);
SELECT tests.violates(
    pg_temp.created(repeat('n', 201), 'prompt', 'c'),
    'templates_name_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.violates(
    pg_temp.created(' ', 'prompt', 'c'),
    'templates_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.violates(
    $$INSERT INTO templates (name, version, type, content) VALUES ('n', 0, 'prompt', 'x')$$,
    'templates_version_positive', 'versions begin with 1'
);
SELECT tests.violates(
    pg_temp.created('n', repeat('t', 64), 'c'),
    'templates_type_is_identifier', 'a type has no 64 characters'
);
SELECT tests.violates(
    pg_temp.created('n', 'Prompt', 'c'),
    'templates_type_is_identifier', 'a type is a lower-case word'
);
SELECT tests.accepts(
    pg_temp.created('n', 'prompt', repeat('c', 1048576)), 'a content may have 1 MB'
);
SELECT tests.violates(
    pg_temp.created('n', 'prompt', repeat('c', 1048577)),
    'templates_content_has_1_byte_to_1_mb', 'a content has no more than 1 MB'
);
SELECT tests.violates(
    pg_temp.created('n', 'prompt', E' \n'),
    'templates_content_has_1_byte_to_1_mb', 'a content is not blank'
);

SELECT tests.accepts(
    pg_temp.changed($$category = repeat('c', 63)$$), 'a category may have 63 characters'
);
SELECT tests.violates(
    pg_temp.changed($$category = repeat('c', 64)$$),
    'templates_category_is_identifier', 'a category has no 64 characters'
);
SELECT tests.violates(
    pg_temp.changed($$category = 'bug fix'$$),
    'templates_category_is_identifier', 'a category is one word'
);
SELECT tests.accepts(
    pg_temp.changed($$description = repeat('d', 10000)$$),
    'a description may have 10000 characters'
);
SELECT tests.violates(
    pg_temp.changed($$description = repeat('d', 10001)$$),
    'templates_description_up_to_10000_characters', 'a description has no 10001 characters'
);

SELECT tests.accepts(
    $$INSERT INTO templates (name, type, content, variables)
      VALUES ('n', 'prompt', 'c', jsonb_build_array('name', '_2', repeat('v', 63)))$$,
    'variables are names of up to 63 characters'
);
SELECT tests.violates(
    format(
        'INSERT INTO templates (name, type, content, variables) VALUES (%L, %L, %L, %L)',
        'n', 'prompt', 'c', variables
    ),
    'templates_variables_is_array_of_identifiers', what
)
FROM (VALUES
    ('{"name": "text"}', 'variables are no object'),
    ('["name", 1]', 'a variable is no number'),
    ('[["name"]]', 'a variable is no array'),
    ('["first name"]', 'a variable has no space'),
    ('["2nd"]', 'a variable begins with no digit'),
    (format('["%s"]', repeat('v', 64)), 'a variable has no 64 characters')
) AS wrong (variables, what);

SELECT tests.accepts(pg_temp.changed($$metadata = '{"a": 1}'$$), 'metadata keep unknown keys');
SELECT tests.violates(
    pg_temp.changed($$metadata = '[]'$$), 'templates_metadata_is_object', 'metadata are no array'
);

SELECT tests.accepts(
    pg_temp.changed('deleted_at = clock_timestamp(), is_active = false'),
    'a version may be deleted when it is used no more'
);
UPDATE templates SET deleted_at = NULL, is_active = true;
SELECT tests.violates(
    pg_temp.changed('deleted_at = clock_timestamp()'),
    'templates_deleted_is_not_active', 'a deleted version is not used'
);
SELECT tests.accepts(
    pg_temp.changed($$created_by = repeat('c', 200)$$), 'a creator may have 200 characters'
);
SELECT tests.violates(
    pg_temp.changed($$created_by = repeat('c', 201)$$),
    'templates_created_by_has_1_to_200_characters', 'a creator has no 201 characters'
);
SELECT tests.violates(
    pg_temp.changed($$created_by = ' '$$),
    'templates_created_by_has_1_to_200_characters', 'a creator is not blank'
);

-- Versions

SELECT tests.a_template('greeting', 'Good day {{name}}');
SELECT is(
    pg_temp.versions('greeting'), '1, 2 active', 'the next version takes the place of the last'
);
UPDATE templates SET is_active = true WHERE name = 'greeting' AND version = 1;
SELECT is(
    pg_temp.versions('greeting'), '1 active, 2', 'an older version may take its place again'
);
INSERT INTO templates (name, type, content, is_active) VALUES ('greeting', 'prompt', 'Hey', false);
SELECT is(
    pg_temp.versions('greeting'), '1 active, 2, 3', 'a version that is not used yet takes no place'
);
INSERT INTO templates (name, version, type, content) VALUES ('greeting', 1, 'prompt', 'Seed')
ON CONFLICT (name, version) DO NOTHING;
SELECT is(
    pg_temp.versions('greeting'), '1 active, 2, 3', 'a seed of what is there changes nothing'
);
UPDATE templates SET deleted_at = clock_timestamp() WHERE name = 'greeting' AND version = 3;
SELECT tests.a_template('greeting', 'Hello again');
SELECT is(
    pg_temp.versions('greeting'), '1, 2, 3, 4 active', 'the number of a deleted version stays taken'
);
SELECT tests.a_template('parting', 'Bye');
SELECT is(pg_temp.versions('parting'), '1 active', 'another template has versions of its own');
SELECT is(pg_temp.versions('greeting'), '1, 2, 3, 4 active', 'and takes no place of this one');
-- The trigger retires the others before the index can speak.
ALTER TABLE templates DISABLE TRIGGER templates_take_turns;
SELECT tests.violates(
    $$UPDATE templates SET is_active = true WHERE name = 'greeting' AND version = 1$$,
    'templates_one_active_per_name', 'two versions of one template are never both used'
);
ALTER TABLE templates ENABLE TRIGGER templates_take_turns;
SELECT tests.violates(
    pg_temp.changed(assignment), 'templates_versions_stand', 'what a version says is not changed'
)
FROM (VALUES
    ($$content = 'other'$$), ($$variables = '["other"]'$$)
) AS change (assignment);
UPDATE templates SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM templates), true,
    'every update of a template sets updated_at'
);
SELECT ok(
    EXISTS (
        SELECT FROM audit_log
        WHERE entity_type = 'templates' AND new_values = '{"is_active": false}'
    ),
    'that a version was replaced is recorded'
);

SELECT * FROM finish();
ROLLBACK;
