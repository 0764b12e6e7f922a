-- What things here are called in foreign systems.

BEGIN;
SELECT plan(43);

SELECT tests.some_tasks('A', 'B');

CREATE FUNCTION pg_temp.reference(_entity_type text, _entity_id uuid, _external_id text DEFAULT '7')
RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO external_references (entity_type, entity_id, system, kind, external_id)
        VALUES (_entity_type, _entity_id, 'linear', 'issue', _external_id)
        RETURNING id;
    END;

-- Keys and defaults

SELECT pg_temp.reference('tasks', tests.task('A'));
SELECT results_eq(
    $$SELECT url, metadata, task_id, project_id FROM external_references$$,
    $$VALUES (NULL, '{}'::jsonb, tests.task('A'), NULL::uuid)$$,
    'a reference says which task it is about'
);
SELECT tests.violates(
    $$SELECT pg_temp.reference('tasks', tests.task('A'))$$,
    'external_references_are_made_once', 'a reference is made once'
);
SELECT tests.accepts(
    $$SELECT pg_temp.reference('tasks', tests.task('A'), '8')$$, 'a thing may have two names'
);
SELECT tests.accepts(
    $$SELECT pg_temp.reference('tasks', tests.task('B'))$$, 'two things may share a name'
);
SELECT tests.violates(
    format('SELECT pg_temp.reference(%L, gen_random_uuid())', entity_type), rule,
    format('a reference to a row of %s is to one that exists', entity_type)
)
FROM (
    VALUES
        ('projects', 'external_references_project_id_fkey'),
        ('agents', 'external_references_agent_id_fkey'),
        ('task_lists', 'external_references_task_list_id_fkey'),
        ('tasks', 'external_references_task_id_fkey')
) AS example (entity_type, rule);
SELECT tests.accepts(
    $$SELECT pg_temp.reference('things', gen_random_uuid())$$,
    'of a table that is not known here, any row may be referred to'
);
DELETE FROM external_references WHERE task_id IS DISTINCT FROM tests.task('A') OR external_id = '8';

-- Rules

SELECT tests.accepts(
    format('UPDATE external_references SET %I = %s', name, value),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('system', $$'x'$$), ('system', $$'git_hub2'$$), ('system', $$repeat('x', 63)$$),
        ('kind', $$'x'$$), ('kind', $$repeat('x', 63)$$),
        ('external_id', $$'x'$$), ('external_id', $$repeat('ü', 500)$$),
        ('url', $$'http://x'$$), ('url', $$'https://' || repeat('x', 1992)$$),
        ('metadata', $$jsonb_build_object('k', repeat('v', 1048567))$$)
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE external_references SET %I = %s', name, value), rule,
    format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('entity_type', $$'Tasks'$$, 'external_references_entity_type_is_identifier'),
        ('entity_type', $$repeat('x', 64)$$, 'external_references_entity_type_is_identifier'),
        ('system', $$''$$, 'external_references_system_is_identifier'),
        ('system', $$'GitHub'$$, 'external_references_system_is_identifier'),
        ('system', $$repeat('x', 64)$$, 'external_references_system_is_identifier'),
        ('kind', $$''$$, 'external_references_kind_is_identifier'),
        ('kind', $$'pull request'$$, 'external_references_kind_is_identifier'),
        ('kind', $$repeat('x', 64)$$, 'external_references_kind_is_identifier'),
        ('external_id', $$' '$$, 'external_references_external_id_has_1_to_500_characters'),
        (
            'external_id', $$repeat('ü', 501)$$,
            'external_references_external_id_has_1_to_500_characters'
        ),
        ('url', $$'ftp://x'$$, 'external_references_url_is_http_url'),
        ('url', $$'https://a:b@x'$$, 'external_references_url_is_http_url'),
        ('url', $$'https://' || repeat('x', 1993)$$, 'external_references_url_is_http_url'),
        ('metadata', $$'[]'$$, 'external_references_metadata_is_object'),
        (
            'metadata', $$jsonb_build_object('k', repeat('v', 1048568))$$,
            'external_references_metadata_up_to_1_mb'
        )
) AS example (name, value, rule);

-- What references end with

DELETE FROM external_references;
SELECT tests.an_agent('ada');
SELECT pg_temp.reference('tasks', id) FROM tasks;
SELECT pg_temp.reference('task_lists', id) FROM task_lists;
SELECT pg_temp.reference('projects', id) FROM projects;
SELECT pg_temp.reference('agents', id) FROM agents;
SELECT results_eq(
    $$SELECT entity_type FROM external_references
      WHERE system = 'linear' AND kind = 'issue' AND external_id = '7' ORDER BY 1$$,
    $$VALUES ('agents'), ('projects'), ('task_lists'), ('tasks'), ('tasks')$$,
    'all that share a name are found by it'
);
CREATE FUNCTION pg_temp.left_after(_deletion text) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE _deletion;
    RETURN (
        SELECT string_agg(entity_type, ', ' ORDER BY entity_type) FROM external_references
    );
END
$$;
SELECT is(pg_temp.left_after(deletion), expected, description)
FROM (
    VALUES
        (
            $$DELETE FROM tasks WHERE ref = 'A'$$, 'agents, projects, task_lists, tasks',
            'the references of a task end with it'
        ),
        ('DELETE FROM agents', 'projects, task_lists, tasks', 'those of an agent do'),
        ('DELETE FROM task_lists', 'projects', 'those of a list do, and of all in it'),
        ('DELETE FROM projects', NULL, 'those of a project do')
) AS example (deletion, expected, description);

CREATE TEMPORARY TABLE things (id uuid);
CREATE TRIGGER things_forget_external_references
    AFTER DELETE ON things
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('things');
INSERT INTO things SELECT gen_random_uuid() FROM generate_series(1, 2);
SELECT pg_temp.reference('things', id) FROM things;
SELECT pg_temp.reference('others', id) FROM things;
DELETE FROM things WHERE id IN (SELECT id FROM things LIMIT 1);
SELECT results_eq(
    $$SELECT entity_type FROM external_references WHERE entity_id IN (SELECT id FROM things)
      ORDER BY 1$$,
    $$VALUES ('others'), ('things')$$, 'another table forgets nothing of what is still there'
);
SELECT is(
    pg_temp.left_after('DELETE FROM things'), 'others, others',
    'and forgets what is gone, of its own kind'
);

-- Every table whose rows can be deleted and brought back takes part

CREATE TEMPORARY VIEW forgetful AS
SELECT trigger.tgrelid, rtrim(encode(trigger.tgargs, 'escape'), '\000') AS argument
FROM pg_trigger AS trigger
WHERE trigger.tgfoid = 'forget_external_references'::regproc;
SELECT is_empty(
    $$SELECT argument FROM forgetful WHERE argument <> tgrelid::regclass::text$$,
    'each of them forgets its own'
);
SELECT is_empty(
    $$SELECT class.relname
      FROM pg_class AS class
      JOIN pg_attribute AS attribute
          ON attribute.attrelid = class.oid AND attribute.attname = 'deleted_at'
      WHERE class.relnamespace = current_schema()::regnamespace
          AND class.relkind = 'r'
          AND class.oid NOT IN (SELECT tgrelid FROM forgetful)
          AND NOT EXISTS (
              SELECT FROM pg_constraint
              WHERE conrelid = 'external_references'::regclass AND confrelid = class.oid
          )$$,
    'none of them leaves references behind'
);

SELECT * FROM finish();
ROLLBACK;
