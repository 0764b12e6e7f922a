-- The requirements and acceptance criteria of tasks, one by one.

BEGIN;
SELECT plan(7);

SELECT tests.some_tasks('A', 'B', 'C');
INSERT INTO task_details (task_id, requirements, acceptance_criteria)
VALUES
    (tests.task('A'), '["fast", {"type": "feature"}]', '["it is fast", "fast", "it is fast"]'),
    (tests.task('B'), '{"type": "feature", "for": ["web"]}', '[]'),
    (tests.task('C'), '{}', '[]');

CREATE FUNCTION pg_temp.items(_ref text) RETURNS text
    LANGUAGE sql
    AS $$
    SELECT string_agg(
        format('%s %s. %s%s', kind, position, words, CASE WHEN is_ticked THEN ' (ticked)' END), ', '
        ORDER BY kind, position
    )
    FROM task_items
    WHERE task_id = tests.task(_ref)
$$;

SELECT is(
    pg_temp.items('A'),
    'requirement 1. fast, requirement 2. {"type": "feature"}, '
    'acceptance_criterion 1. it is fast, acceptance_criterion 2. fast, '
    'acceptance_criterion 3. it is fast',
    'requirements and criteria are items in their order'
);
SELECT is(
    pg_temp.items('B'),
    'requirement 1. {"for": ["web"]}, requirement 2. {"type": "feature"}',
    'of requirements that are an object, each key is an item'
);
SELECT is(pg_temp.items('C'), NULL, 'what says nothing has no items');

INSERT INTO task_ticks (task_id, item_id, validation_id, note, ticked_by)
SELECT task_id, id, 7, 'measured', 'ada' FROM task_items
WHERE task_id = tests.task('A') AND kind = 'acceptance_criterion' AND position = 3;
SELECT is(
    pg_temp.items('A'),
    'requirement 1. fast, requirement 2. {"type": "feature"}, '
    'acceptance_criterion 1. it is fast (ticked), acceptance_criterion 2. fast, '
    'acceptance_criterion 3. it is fast (ticked)',
    'a tick is of all that say the same'
);
SELECT results_eq(
    $$SELECT DISTINCT ticked_by, validation_id, note FROM task_items WHERE is_ticked$$,
    $$VALUES ('ada', 7::bigint, 'measured')$$, 'an item tells who ticked it, and why'
);
UPDATE task_details SET acceptance_criteria = '["it is very fast", "fast"]'
WHERE task_id = tests.task('A');
SELECT is_empty(
    $$SELECT id FROM task_items WHERE is_ticked$$, 'what says something else is not ticked'
);
UPDATE task_details SET acceptance_criteria = '["fast", "it is fast"]'
WHERE task_id = tests.task('A');
SELECT is(
    (SELECT string_agg(words, ', ') FROM task_items WHERE is_ticked), 'it is fast',
    'what says the same again, wherever it stands, is ticked again'
);

SELECT * FROM finish();
ROLLBACK;
