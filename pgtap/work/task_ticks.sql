-- Ticks: requirements and criteria of tasks that are met.

BEGIN;
SELECT plan(15);

SELECT tests.some_tasks('A', 'B');

CREATE FUNCTION pg_temp.tick(_words text) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO task_ticks (task_id, item_id)
    VALUES (tests.task('A'), task_item_id('requirement', to_jsonb(_words)))
$$;

-- Keys and defaults

SELECT set_config('taskspine.actor', 'ada', true);
SELECT pg_temp.tick('fast');
SELECT set_config('taskspine.actor', '', true);
SELECT pg_temp.tick('small');
SELECT results_eq(
    $$SELECT ticked_by, clock_timestamp() - ticked_at < '1 minute', validation_id, note
      FROM task_ticks WHERE item_id = task_item_id('requirement', '"fast"')$$,
    $$VALUES ('ada', true, NULL::bigint, NULL)$$, 'a tick tells who made it and when'
);
SELECT is(
    ticked_by, session_user::text, 'who is not named is the role that logged in'
)
FROM task_ticks WHERE item_id = task_item_id('requirement', '"small"');
SELECT tests.violates(
    $$SELECT pg_temp.tick('fast')$$, 'task_ticks_pkey', 'the same words of a task are ticked once'
);
SELECT tests.accepts(
    $$INSERT INTO task_ticks (task_id, item_id)
      SELECT tests.task('B'), item_id FROM task_ticks$$,
    'two tasks may be ticked for the same words'
);
SELECT tests.violates(
    $$INSERT INTO task_ticks (task_id, item_id) VALUES (gen_random_uuid(), gen_random_uuid())$$,
    'task_ticks_task_id_fkey', 'a tick is of a task that exists'
);

-- Rules

SELECT tests.accepts(
    format('UPDATE task_ticks SET %I = %s', name, value), format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('note', $$'n'$$), ('note', $$repeat('n', 10000)$$),
        ('ticked_by', $$'n'$$), ('ticked_by', $$repeat('n', 200)$$)
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE task_ticks SET %I = %s', name, value), rule,
    format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('note', $$' '$$, 'task_ticks_note_has_1_to_10000_characters'),
        ('note', $$repeat('n', 10001)$$, 'task_ticks_note_has_1_to_10000_characters'),
        ('ticked_by', $$''$$, 'task_ticks_ticked_by_has_1_to_200_characters'),
        ('ticked_by', $$repeat('n', 201)$$, 'task_ticks_ticked_by_has_1_to_200_characters')
) AS example (name, value, rule);

-- Effects

SELECT isnt(
    task_item_id('requirement', '"fast"'), task_item_id('acceptance_criterion', '"fast"'),
    'a requirement and a criterion of the same words are two items'
);
DELETE FROM tasks;
SELECT is_empty($$SELECT task_id FROM task_ticks$$, 'ticks end with their task');

SELECT * FROM finish();
ROLLBACK;
