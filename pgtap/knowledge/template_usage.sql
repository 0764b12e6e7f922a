-- Uses of templates, and how they went.

BEGIN;
SELECT plan(15);

SELECT tests.some_tasks('A');
SELECT tests.a_template();
INSERT INTO template_usage (template_id) VALUES (tests.template('greeting'));

CREATE FUNCTION pg_temp.changed(_assignments text) RETURNS text
    LANGUAGE sql
    RETURN format('UPDATE template_usage SET %s', _assignments);

-- Keys and defaults

SELECT results_eq(
    $$SELECT task_id, execution_id, variables, is_success, rating, used_by = session_user
      FROM template_usage$$,
    $$VALUES (NULL::uuid, NULL::bigint, '{}'::jsonb, NULL::boolean, NULL::smallint,
        true)$$,
    'how a use went may be told later'
);
SELECT tests.violates(
    $$INSERT INTO template_usage (id, template_id) OVERRIDING SYSTEM VALUE
      SELECT id, template_id FROM template_usage$$,
    'template_usage_pkey', 'two uses never share an id'
);
SELECT tests.violates(
    $$INSERT INTO template_usage (template_id) VALUES (gen_random_uuid())$$,
    'template_usage_template_id_fkey', 'a template that is used exists'
);
SELECT tests.violates(
    pg_temp.changed('task_id = gen_random_uuid()'),
    'template_usage_task_id_fkey', 'a task that it is used for exists'
);
SELECT tests.violates(
    pg_temp.changed('execution_id = 0'),
    'template_usage_execution_id_fkey', 'an attempt that it is used in exists'
);

-- Rules

SELECT tests.violates(
    pg_temp.changed($$variables = '["name"]'$$),
    'template_usage_variables_is_object', 'what was filled in is no array'
);
SELECT tests.accepts(
    pg_temp.changed(
        $$variables = '{"name": null}', rating = 1, feedback = repeat('f', 10000),
        used_by = repeat('u', 200)$$
    ),
    'a rating may be 1, feedback have 10000 characters, who used it 200'
);
SELECT tests.accepts(pg_temp.changed('rating = 5'), 'a rating may be 5');
SELECT tests.violates(
    pg_temp.changed('rating = 0'), 'template_usage_rating_in_range', 'a rating is not 0'
);
SELECT tests.violates(
    pg_temp.changed('rating = 6'), 'template_usage_rating_in_range', 'a rating is not 6'
);
SELECT tests.violates(
    pg_temp.changed($$feedback = repeat('f', 10001)$$),
    'template_usage_feedback_up_to_10000_characters', 'feedback has no 10001 characters'
);
SELECT tests.violates(
    pg_temp.changed($$used_by = repeat('u', 201)$$),
    'template_usage_used_by_has_1_to_200_characters', 'who used it has no 201 characters'
);
SELECT tests.violates(
    pg_temp.changed($$used_by = ''$$),
    'template_usage_used_by_has_1_to_200_characters', 'who used it is not blank'
);

-- Effects

UPDATE template_usage
SET task_id = tests.task('A'), execution_id = tests.an_ended_attempt('A', 'completed');
DELETE FROM tasks;
SELECT results_eq(
    $$SELECT task_id, execution_id FROM template_usage$$,
    $$VALUES (NULL::uuid, NULL::bigint)$$,
    'a use outlives its task and its attempt'
);
DELETE FROM templates;
SELECT is_empty('SELECT id FROM template_usage', 'uses end with the template');

SELECT * FROM finish();
ROLLBACK;
