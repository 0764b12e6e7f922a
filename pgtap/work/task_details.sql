-- The documents of tasks.

BEGIN;
SELECT plan(48);

SELECT tests.some_tasks('A', 'B');

-- Keys and defaults

INSERT INTO task_details (task_id) VALUES (tests.task('A'));
SELECT results_eq(
    $$SELECT requirements, acceptance_criteria, affected_files, tags, context, metadata
      FROM task_details$$,
    $$VALUES ('[]'::jsonb, '[]'::jsonb, '[]'::jsonb, '[]'::jsonb, '{}'::jsonb, '{}'::jsonb)$$,
    'a new document is empty'
);
SELECT tests.violates(
    $$INSERT INTO task_details (task_id) VALUES (tests.task('A'))$$,
    'task_details_pkey', 'a task has one document'
);
SELECT tests.violates(
    $$INSERT INTO task_details (task_id) VALUES (gen_random_uuid())$$,
    'task_details_task_id_fkey', 'a document belongs to a task that exists'
);

-- Rules

SELECT tests.accepts(
    format('UPDATE task_details SET %I = repeat(%L, 349525) || %L', name, 'ü ', 'x'),
    format('%s may have 1 MB', name)
)
FROM (VALUES ('description'), ('details'), ('test_strategy')) AS example (name);
SELECT tests.violates(
    format('UPDATE task_details SET %I = repeat(%L, 349525) || %L', name, 'ü ', 'xx'),
    rule, format('%s has no byte more than 1 MB', name)
)
FROM (
    VALUES
        ('description', 'task_details_description_up_to_1_mb'),
        ('details', 'task_details_details_up_to_1_mb'),
        ('test_strategy', 'task_details_test_strategy_up_to_1_mb')
) AS example (name, rule);
SELECT tests.accepts(
    format('UPDATE task_details SET %I = %L', name, value),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('requirements', '["fast"]'), ('requirements', '{"type": "feature"}'),
        ('acceptance_criteria', '[{"given": "a list"}]'),
        ('affected_files', '["README.md"]'),
        ('tags', '["frontend", ""]'), ('tags', '[]'),
        ('requirements', '[{"type": "feature"}, "fast"]'), ('requirements', '{}'),
        ('acceptance_criteria', '["a list", {}]'),
        ('context', '{"files": []}'), ('context', '{"files": ["README.md"], "commit": "0a1b2c3"}'),
        ('context', '{"repository": "git@host:it", "environment": "production"}'),
        ('context', '{"environment": {"CI": "1"}, "agent_config": {}, "whatever": null}'),
        ('metadata', '{"imported": {"id": 7}}')
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE task_details SET %I = %L', name, value),
    rule, format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('requirements', '"fast"', 'task_details_requirements_is_array_or_object'),
        ('requirements', 'null', 'task_details_requirements_is_array_or_object'),
        ('acceptance_criteria', '{}', 'task_details_acceptance_criteria_is_array'),
        ('requirements', '["fast", 1]', 'task_details_requirements_are_texts_or_objects'),
        ('requirements', '[null]', 'task_details_requirements_are_texts_or_objects'),
        (
            'acceptance_criteria', '[["a list"]]',
            'task_details_acceptance_criteria_are_texts_or_objects'
        ),
        ('affected_files', '"README.md"', 'task_details_affected_files_is_array_of_text'),
        ('affected_files', '[{"path": "README"}]', 'task_details_affected_files_is_array_of_text'),
        ('tags', '{"frontend": true}', 'task_details_tags_is_array_of_text'),
        ('tags', '"frontend"', 'task_details_tags_is_array_of_text'),
        ('tags', '["frontend", 1]', 'task_details_tags_is_array_of_text'),
        ('tags', '["frontend", null]', 'task_details_tags_is_array_of_text'),
        ('tags', '[["frontend"]]', 'task_details_tags_is_array_of_text'),
        ('context', '[]', 'task_details_context_is_object'),
        ('context', '{"files": "README.md"}', 'task_details_context_files_is_array_of_text'),
        ('context', '{"files": [7]}', 'task_details_context_files_is_array_of_text'),
        ('context', '{"repository": {}}', 'task_details_context_repository_is_text'),
        ('context', '{"commit": "0a1b2c"}', 'task_details_context_commit_is_a_commit'),
        ('context', '{"commit": "0A1B2C3"}', 'task_details_context_commit_is_a_commit'),
        ('context', '{"commit": 1234567}', 'task_details_context_commit_is_a_commit'),
        ('context', '{"environment": []}', 'task_details_context_environment_is_text_or_object'),
        ('context', '{"agent_config": "x"}', 'task_details_context_agent_config_is_object'),
        ('metadata', '[]', 'task_details_metadata_is_object')
) AS example (name, value, rule);

-- Effects

UPDATE task_details SET updated_at = '2020-02-02 UTC';
SELECT ok(
    clock_timestamp() - updated_at < '1 minute', 'every update of a document sets updated_at'
)
FROM task_details;
DELETE FROM tasks WHERE ref = 'A';
SELECT is_empty($$SELECT task_id FROM task_details$$, 'a document ends with its task');

SELECT * FROM finish();
ROLLBACK;
