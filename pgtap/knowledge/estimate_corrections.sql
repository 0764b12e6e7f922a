-- By what to multiply estimates, learnt from completed tasks.

BEGIN;
SELECT plan(7);

SELECT is_empty('SELECT correction FROM estimate_corrections', 'an empty database tells nothing');

SELECT tests.a_list(tests.a_project('p'));
SELECT tests.an_agent('ada');
SELECT tests.an_agent('bob');

-- Makes a task that took some hours, with one completed attempt when an agent is given.
CREATE FUNCTION pg_temp.took(
    _type text, _estimated numeric, _actual numeric, _agent text DEFAULT NULL
) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _ref text := 'r' || nextval('tasks_ref_seq');
BEGIN
    INSERT INTO tasks (
        project_id, task_list_id, ref, title, type, status, estimated_hours, actual_hours
    )
    SELECT project_id, id, _ref, 'A task', _type, 'completed', _estimated, _actual FROM task_lists;
    IF _agent IS NOT NULL THEN
        PERFORM tests.an_ended_attempt(
            _ref, 'completed', (SELECT id FROM agents WHERE name = _agent)
        );
    END IF;
END
$$;

SELECT pg_temp.took('feature', 2, 4, 'ada');
SELECT pg_temp.took('feature', 1, 2, 'ada');
SELECT is_empty('SELECT correction FROM estimate_corrections', 'two tasks tell nothing');

-- Ratios of ada's features: 2, 2, 100. The outlier leaves the median alone.
SELECT pg_temp.took('feature', 1, 100, 'ada');
SELECT results_eq(
    $$SELECT task_type, agent.name, task_count, median_ratio, correction::numeric(8, 6)
      FROM estimate_corrections
      LEFT JOIN agents AS agent ON agent.id = agent_id
      ORDER BY task_type, agent.name$$,
    -- exp(ln(2) * 3 / 8)
    $$VALUES
        ('feature', 'ada', 3::bigint, 2::double precision, 1.296840),
        ('feature', NULL, 3, 2, 1.296840),
        (NULL, 'ada', 3, 2, 1.296840),
        (NULL, NULL, 3, 2, 1.296840)$$,
    'the median is drawn towards 1, per type and agent, type, agent, and over all'
);

-- By hand, by nobody's attempt: 0.5, 0.5, 0.5 of another type.
SELECT pg_temp.took('bug', 4, 2) FROM generate_series(1, 3);
SELECT results_eq(
    $$SELECT task_type, agent_id IS NULL, task_count, median_ratio, correction::numeric(8, 6)
      FROM estimate_corrections WHERE agent_id IS NULL ORDER BY task_type$$,
    $$VALUES
        ('bug', true, 3::bigint, 0.5::double precision, 0.771105),
        ('feature', true, 3, 2, 1.296840),
        (NULL, true, 6, 1.25, 1.129432)$$,
    'what nobody''s attempt completed counts for its type and for all'
);
SELECT is(
    (
        SELECT count(*) FROM estimate_corrections
        WHERE agent_id = (SELECT id FROM agents WHERE name = 'bob')
    ),
    0::bigint, 'who completed nothing is told nothing'
);

-- More of the same make it surer: exp(ln(2) * 100 / 105).
SELECT pg_temp.took('chore', 3, 6, 'bob') FROM generate_series(1, 100);
SELECT is(
    (
        SELECT correction::numeric(8, 6) FROM estimate_corrections
        WHERE task_type = 'chore' AND agent_id IS NULL
    ),
    1.935064, 'the more tasks, the nearer the correction is to the median'
);

SELECT pg_temp.took('docs', 0, 4, 'ada');
SELECT pg_temp.took('docs', NULL, 4, 'ada');
SELECT pg_temp.took('docs', 2, 0, 'ada');
INSERT INTO tasks (project_id, task_list_id, title, type, status, estimated_hours, actual_hours)
SELECT project_id, id, 'A task', 'docs', 'review', 1, 1 FROM task_lists, generate_series(1, 3);
SELECT is_empty(
    $$SELECT correction FROM estimate_corrections WHERE task_type = 'docs'$$,
    'a task without an estimate, without hours or not completed tells nothing'
);

SELECT * FROM finish();
ROLLBACK;
