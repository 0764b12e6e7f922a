-- Workflows: tasks of a project worked through as one procedure.

BEGIN;
SELECT plan(68);

SELECT tests.a_workflow();

-- Keys and defaults

SELECT results_eq(
    $$SELECT description, requirements, configuration, metadata, status, phase, state, started_at,
          completed_at, deleted_at FROM workflows$$,
    $$VALUES (NULL, '[]'::jsonb, '{}'::jsonb, '{}'::jsonb, 'pending'::workflow_status, NULL,
          '{}'::jsonb, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz)$$,
    'a workflow is pending, and nothing is known of it but its name'
);
SELECT tests.violates(
    $$INSERT INTO workflows (project_id, name) VALUES (gen_random_uuid(), 'v')$$,
    'workflows_project_id_fkey', 'a workflow is in a project that exists'
);
SELECT tests.accepts(
    $$INSERT INTO workflows (project_id, name) VALUES (tests.project(), 'w')$$,
    'two workflows may share a name'
);
DELETE FROM workflows;
SELECT tests.a_workflow();

-- Rules

CREATE FUNCTION tests.set_workflow(_assignment text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN 'UPDATE workflows SET ' || _assignment;

SELECT tests.accepts(
    tests.set_workflow($$name = repeat('n', 200)$$), 'a name may have 200 characters'
);
SELECT tests.violates(
    tests.set_workflow($$name = repeat('n', 201)$$),
    'workflows_name_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.violates(
    tests.set_workflow($$name = ' '$$),
    'workflows_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(tests.set_workflow($$name = 'w'$$), 'a name may have one character');
SELECT tests.accepts(
    tests.set_workflow($$description = repeat('d', 1048576)$$),
    'a description may have 1048576 bytes'
);
SELECT tests.violates(
    tests.set_workflow($$description = repeat('d', 1048577)$$),
    'workflows_description_up_to_1_mb', 'a description has no 1048577 bytes'
);
SELECT tests.accepts(
    tests.set_workflow($$requirements = '{"goal": null}'$$), 'requirements may be an object'
);
SELECT tests.accepts(tests.set_workflow($$requirements = '["fast"]'$$), 'or an array');
SELECT tests.violates(
    tests.set_workflow($$requirements = '"fast"'$$),
    'workflows_requirements_is_array_or_object', 'requirements are no text'
);
SELECT tests.accepts(
    tests.set_workflow($$requirements = jsonb_build_array(repeat('r', 1048572))$$),
    'requirements may have 1048576 bytes'
);
SELECT tests.violates(
    tests.set_workflow($$requirements = jsonb_build_array(repeat('r', 1048573))$$),
    'workflows_requirements_up_to_1_mb', 'requirements have no 1048577 bytes'
);
SELECT tests.violates(
    tests.set_workflow(name || $$ = '[]'$$), rule, format('%s is no array', name)
)
FROM (VALUES
    ('configuration', 'workflows_configuration_is_object'),
    ('metadata', 'workflows_metadata_is_object'),
    ('state', 'workflows_state_is_object')
) AS kept (name, rule);
SELECT tests.accepts(
    tests.set_workflow(name || $$ = jsonb_build_object('k', repeat('v', 1048567))$$),
    format('%s may have 1048576 bytes', name)
)
FROM (VALUES ('configuration'), ('metadata'), ('state')) AS kept (name);
SELECT tests.violates(
    tests.set_workflow(name || $$ = jsonb_build_object('k', repeat('v', 1048568))$$),
    rule, format('%s has no 1048577 bytes', name)
)
FROM (VALUES
    ('configuration', 'workflows_configuration_up_to_1_mb'),
    ('metadata', 'workflows_metadata_up_to_1_mb'),
    ('state', 'workflows_state_up_to_1_mb')
) AS kept (name, rule);
SELECT tests.accepts(
    tests.set_workflow($$phase = repeat('p', 200)$$), 'a phase may have 200 characters'
);
SELECT tests.violates(
    tests.set_workflow($$phase = repeat('p', 201)$$),
    'workflows_phase_has_1_to_200_characters', 'a phase has no 201 characters'
);
SELECT tests.violates(
    tests.set_workflow($$phase = ''$$), 'workflows_phase_has_1_to_200_characters',
    'a phase is not blank'
);
SELECT tests.accepts(
    $$INSERT INTO workflows (project_id, name, status, started_at, completed_at)
      VALUES (tests.project(), 'old', 'completed', '2026-01-01 UTC', '2026-01-01 UTC')$$,
    'a workflow may end when it starts'
);
SELECT tests.violates(
    $$INSERT INTO workflows (project_id, name, status, started_at, completed_at)
      VALUES (tests.project(), 'old', 'completed', '2026-01-02 UTC', '2026-01-01 UTC')$$,
    'workflows_ends_after_it_starts', 'a workflow does not end before it starts'
);
DELETE FROM workflows WHERE name = 'old';

CREATE TEMPORARY TABLE moves AS
SELECT
    before, after,
    format('%s-%s', before, after) = ANY (ARRAY[
        'pending-running', 'pending-cancelled', 'running-paused', 'running-completed',
        'running-failed', 'running-cancelled', 'paused-running', 'paused-failed',
        'paused-cancelled', 'completed-running', 'failed-running', 'failed-cancelled',
        'cancelled-pending'
    ]) AS is_legal
FROM unnest(enum_range(NULL::workflow_status)) AS before,
    unnest(enum_range(NULL::workflow_status)) AS after
WHERE before <> after;
INSERT INTO workflows (project_id, name, status)
SELECT tests.project(), format('%s to %s', before, after), before FROM moves;
SELECT CASE
    WHEN is_legal THEN tests.accepts(
        format('UPDATE workflows SET status = %L WHERE name = %L', after, move), 'from ' || move
    )
    ELSE tests.violates(
        format('UPDATE workflows SET status = %L WHERE name = %L', after, move),
        'workflows_status_follows_moves', 'not from ' || move
    )
END
FROM moves, format('%s to %s', before, after) AS move
ORDER BY before, after;
SELECT is(
    tests.detail_of($$UPDATE workflows SET status = 'paused' WHERE name = 'w'$$),
    'From pending it can go to: running, cancelled.',
    'a refusal says where a workflow can go'
);
DELETE FROM workflows WHERE name <> 'w';

SELECT tests.violates(
    $$UPDATE workflows SET project_id = tests.a_project('q')$$,
    'workflows_stay_in_their_project', 'a workflow does not move to another project'
);

-- Effects

UPDATE workflows SET status = 'running', updated_at = '2020-02-02 02:02 UTC';
SELECT results_eq(
    $$SELECT clock_timestamp() - started_at < '1 minute', completed_at,
          clock_timestamp() - updated_at < '1 minute'
      FROM workflows$$,
    $$VALUES (true, NULL::timestamptz, true)$$,
    'the database knows when a workflow started'
);
UPDATE workflows SET status = 'completed', completed_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT completed_at >= started_at FROM workflows), true,
    'and when it was completed, whatever the caller says'
);
UPDATE workflows SET started_at = NULL, completed_at = NULL;
SELECT is(
    (SELECT completed_at >= started_at FROM workflows), true, 'nobody makes it forget'
);
UPDATE workflows SET status = 'running';
SELECT results_eq(
    $$SELECT started_at IS NOT NULL, completed_at FROM workflows$$,
    $$VALUES (true, NULL::timestamptz)$$,
    'a workflow that runs again has not ended'
);
INSERT INTO workflows (project_id, name, status, started_at, completed_at)
VALUES
    (tests.project(), 'a', 'pending', '2026-01-01 UTC', '2026-01-01 UTC'),
    (tests.project(), 'b', 'cancelled', NULL, NULL),
    (tests.project(), 'c', 'failed', NULL, '2026-01-01 UTC'),
    (tests.project(), 'd', 'paused', '2026-01-01 UTC', '2026-01-01 UTC');
SELECT results_eq(
    $$SELECT started_at, completed_at > '2026-01-01 UTC' FROM workflows
      WHERE name IN ('a', 'b', 'c', 'd') ORDER BY name$$,
    $$VALUES ('2026-01-01 UTC'::timestamptz, NULL::boolean), (NULL, true),
          ('2026-01-01 UTC', false), ('2026-01-01 UTC', NULL)$$,
    'an import may bring the moments that fit the status'
);

SELECT tests.some_tasks('A');
SELECT tests.has_tasks('A');
SELECT tests.a_step('build', _ref => 'A');
SELECT tests.accepts(
    $$DELETE FROM workflows WHERE name = 'w'$$, 'a workflow is erased with what is of it'
);
SELECT results_eq(
    $$SELECT (SELECT count(*) FROM workflow_tasks), (SELECT count(*) FROM workflow_steps),
          (SELECT count(*) FROM tasks)$$,
    $$VALUES (0::bigint, 0::bigint, 1::bigint)$$,
    'its steps and its order are gone, the tasks are not'
);
DELETE FROM projects;
SELECT is_empty('SELECT FROM workflows', 'a workflow ends with its project');

SELECT * FROM finish();
ROLLBACK;
