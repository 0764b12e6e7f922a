-- Applications of patterns, and whether they helped.

BEGIN;
SELECT plan(10);

SELECT tests.some_tasks('A');
SELECT tests.a_pattern('small steps');
INSERT INTO learning_pattern_applications (learning_pattern_id)
VALUES (tests.pattern('small steps'));

CREATE FUNCTION pg_temp.changed(_assignments text) RETURNS text
    LANGUAGE sql
    RETURN format('UPDATE learning_pattern_applications SET %s', _assignments);

-- Keys and defaults

SELECT results_eq(
    $$SELECT task_id, execution_id, is_effective, notes, applied_by = session_user
      FROM learning_pattern_applications$$,
    $$VALUES (NULL::uuid, NULL::bigint, NULL::boolean, NULL, true)$$,
    'whether it helped may be told later'
);
SELECT tests.violates(
    $$INSERT INTO learning_pattern_applications (id, learning_pattern_id) OVERRIDING SYSTEM VALUE
      SELECT id, learning_pattern_id FROM learning_pattern_applications$$,
    'learning_pattern_applications_pkey', 'two applications never share an id'
);
SELECT tests.violates(
    $$INSERT INTO learning_pattern_applications (learning_pattern_id)
      VALUES (gen_random_uuid())$$,
    'learning_pattern_applications_learning_pattern_id_fkey', 'a pattern that is applied exists'
);
SELECT tests.violates(
    pg_temp.changed('task_id = gen_random_uuid()'),
    'learning_pattern_applications_task_id_fkey', 'a task that it is applied to exists'
);
SELECT tests.violates(
    pg_temp.changed('execution_id = 0'),
    'learning_pattern_applications_execution_id_fkey', 'an attempt that it is applied in exists'
);

-- Rules

SELECT tests.accepts(
    pg_temp.changed($$notes = repeat('n', 10000), applied_by = repeat('a', 200)$$),
    'notes may have 10000 characters, who applied it 200'
);
SELECT tests.violates(
    pg_temp.changed($$notes = repeat('n', 10001)$$),
    'learning_pattern_applications_notes_up_to_10000_characters', 'notes have no 10001 characters'
);
SELECT tests.violates(
    pg_temp.changed($$applied_by = repeat('a', 201)$$),
    'learning_pattern_applications_applied_by_up_to_200_characters',
    'who applied it has no 201 characters'
);

-- Effects

UPDATE learning_pattern_applications
SET task_id = tests.task('A'), execution_id = tests.an_ended_attempt('A', 'completed');
DELETE FROM tasks;
SELECT results_eq(
    $$SELECT task_id, execution_id FROM learning_pattern_applications$$,
    $$VALUES (NULL::uuid, NULL::bigint)$$,
    'an application outlives its task and its attempt'
);
DELETE FROM learning_patterns;
SELECT is_empty(
    'SELECT id FROM learning_pattern_applications', 'applications end with their pattern'
);

SELECT * FROM finish();
ROLLBACK;
