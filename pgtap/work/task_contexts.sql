-- What was learnt or said about tasks.

BEGIN;
SELECT plan(20);

SELECT tests.some_tasks('A');

-- Keys and defaults

INSERT INTO task_contexts (task_id, type) VALUES (tests.task('A'), 'requirement');
SELECT results_eq(
    $$SELECT data, metadata, created_by FROM task_contexts$$,
    $$VALUES ('{}'::jsonb, '{}'::jsonb, NULL)$$,
    'a new context is empty'
);
SELECT tests.accepts(
    $$INSERT INTO task_contexts (task_id, type) VALUES (tests.task('A'), 'requirement')$$,
    'a task may have many contexts of one type'
);
SELECT tests.violates(
    $$INSERT INTO task_contexts (task_id, type) VALUES (gen_random_uuid(), 'error')$$,
    'task_contexts_task_id_fkey', 'a context is about a task that exists'
);

-- Rules

SELECT tests.accepts(
    format(
        'INSERT INTO task_contexts (task_id, type, %I) VALUES (tests.task(%L), %L, %s)',
        name, 'A', 'note', value
    ),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('data', $$'["said"]'$$), ('data', $$'{"said": 1}'$$),
        ('metadata', $$'{"model": "any"}'$$),
        ('created_by', $$'n'$$), ('created_by', $$repeat('n', 200)$$)
) AS example (name, value);
SELECT tests.violates(
    format(
        'INSERT INTO task_contexts (task_id, type, %I) VALUES (tests.task(%L), %L, %s)',
        name, 'A', 'note', value
    ),
    rule, format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('data', $$'"said"'$$, 'task_contexts_data_is_array_or_object'),
        ('metadata', $$'[]'$$, 'task_contexts_metadata_is_object'),
        ('created_by', $$' '$$, 'task_contexts_created_by_has_1_to_200_characters'),
        ('created_by', $$repeat('n', 201)$$, 'task_contexts_created_by_has_1_to_200_characters')
) AS example (name, value, rule);
SELECT tests.accepts(
    format('INSERT INTO task_contexts (task_id, type) VALUES (tests.task(%L), %L)', 'A', type),
    format('a type may be %s', type)
)
FROM (VALUES ('x'), ('ai_interaction'), (repeat('x', 63))) AS example (type);
SELECT tests.violates(
    format('INSERT INTO task_contexts (task_id, type) VALUES (tests.task(%L), %L)', 'A', type),
    'task_contexts_type_is_identifier', format('a type is never %s', type)
)
FROM (VALUES (''), ('AI'), (repeat('x', 64))) AS example (type);
SELECT tests.violates(
    $$UPDATE task_contexts SET data = '{"said": 2}'$$,
    'task_contexts_never_rewritten', 'a context is not rewritten'
);

-- Effects

DELETE FROM tasks WHERE ref = 'A';
SELECT is_empty($$SELECT id FROM task_contexts$$, 'contexts end with their task');

SELECT * FROM finish();
ROLLBACK;
