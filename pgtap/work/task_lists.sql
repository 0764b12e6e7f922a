-- Lists of tasks: the tags of a tasks.json file.

BEGIN;
SELECT plan(17);

INSERT INTO task_lists (project_id) VALUES (tests.a_project('p'));

-- Keys and defaults

SELECT results_eq(
    $$SELECT name, description, metadata FROM task_lists$$,
    $$VALUES ('master', NULL, '{}'::jsonb)$$,
    'a list without a name is called master'
);

SELECT tests.violates(
    $$INSERT INTO task_lists (project_id) VALUES (gen_random_uuid())$$,
    'task_lists_project_id_fkey', 'a list is in a project that exists'
);
SELECT tests.violates(
    $$INSERT INTO task_lists (project_id, name) VALUES (tests.project(), 'master')$$,
    'task_lists_project_id_name_key', 'two lists of one project never share a name'
);
SELECT tests.accepts(
    $$INSERT INTO task_lists (project_id, name) VALUES (tests.a_project('q'), 'master')$$,
    'lists of two projects may share a name'
);
-- task_lists_id_project_id_key never speaks, since the primary key does so before it.
SELECT tests.violates(
    $$INSERT INTO task_lists (id, project_id, name) SELECT id, project_id, 'other'
      FROM task_lists$$,
    'task_lists_pkey', 'two lists never share an id'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO task_lists (project_id, name) VALUES (tests.project(), 'n')$$,
    'a name may have one character'
);
SELECT tests.violates(
    $$INSERT INTO task_lists (project_id, name) VALUES (tests.project(), ' ')$$,
    'task_lists_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(
    $$INSERT INTO task_lists (project_id, name) VALUES (tests.project(), repeat('n', 200))$$,
    'a name may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO task_lists (project_id, name) VALUES (tests.project(), repeat('n', 201))$$,
    'task_lists_name_has_1_to_200_characters', 'a name has no 201 characters'
);

SELECT tests.accepts(
    $$UPDATE task_lists SET description = repeat('ü', 524288)$$,
    'a description may have 1 MB'
);
SELECT tests.violates(
    $$UPDATE task_lists SET description = repeat('ü', 524288) || '.'$$,
    'task_lists_description_up_to_1_mb', 'a description has no byte more than 1 MB'
);

SELECT tests.accepts(
    $$UPDATE task_lists SET metadata = '{"version": "1.0"}'$$,
    'metadata keep what an import found'
);
SELECT tests.violates(
    $$UPDATE task_lists SET metadata = '"1.0"'$$,
    'task_lists_metadata_is_object', 'metadata are no text'
);

-- Effects

UPDATE task_lists SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM task_lists), true,
    'every update of a list sets updated_at'
);

SELECT tests.some_tasks('A', 'B');
SELECT tests.a_task(tests.a_list(tests.project(), 'other'), 'C');
SELECT tests.waits_for('B', 'A');
SELECT tests.accepts(
    $$DELETE FROM task_lists WHERE project_id = tests.project() AND name = 'master'$$,
    'a list is deleted with the tasks in it'
);
SELECT is(tests.statuses(), 'C pending', 'the tasks of other lists stay');
SELECT tests.some_tasks('D');
SELECT tests.waits_for('D', 'C');
SELECT tests.violates(
    $$DELETE FROM task_lists WHERE name = 'other'$$,
    'task_dependencies_depends_on_id_fkey',
    'a list is not deleted while tasks of another wait for its own'
);

SELECT * FROM finish();
ROLLBACK;
