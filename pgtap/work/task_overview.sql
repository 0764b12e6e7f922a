-- Tasks with their documents, lists and projects.

BEGIN;
SELECT plan(17);

SELECT tests.some_tasks('A', 'B', 'C');
INSERT INTO task_details (task_id, requirements, tags, metadata)
VALUES
    (
        tests.task('A'), '{"type": "feature", "for": "web"}', '["frontend", "urgent"]',
        '{"imported": {"id": 1}}'
    ),
    (tests.task('B'), '[{"type": "bug"}]', '["backend"]', '{}');
SELECT tests.set_status('B', 'in_progress');

-- Questions as people ask them

SELECT is(
    (SELECT string_agg(ref, ', ' ORDER BY ref) FROM tasks WHERE status = 'pending'), 'A, C',
    'tasks are found by their status'
);
SELECT results_eq(
    $$SELECT ref FROM task_overview WHERE requirements @> '{"type": "feature"}'$$, $$VALUES ('A')$$,
    'tasks are found by what they require'
);
SELECT results_eq(
    $$SELECT ref FROM task_overview WHERE tags ? 'frontend'$$, $$VALUES ('A')$$,
    'tasks are found by a tag'
);
SELECT results_eq(
    $$SELECT ref FROM task_overview WHERE metadata @> '{"imported": {"id": 1}}'$$, $$VALUES ('A')$$,
    'tasks are found by what an import found'
);
SELECT results_eq(
    $$SELECT ref, project_slug, list_name, status::text, tags FROM task_overview ORDER BY ref$$,
    $$VALUES
        ('A', 'p', 'master', 'pending', '["frontend", "urgent"]'::jsonb),
        ('B', 'p', 'master', 'in_progress', '["backend"]'),
        ('C', 'p', 'master', 'pending', NULL)$$,
    'a task without a document is in the overview too'
);

SELECT results_eq(
    $$SELECT ref FROM task_overview WHERE requirements @? '$[*] ? (@.type == "bug")'$$,
    $$VALUES ('B')$$, 'tasks are found by a path in what they require'
);
SELECT tests.a_task(task_list_id, 'Z', 'cancelled') FROM tasks WHERE ref = 'A';
UPDATE tasks SET deleted_at = now() WHERE ref = 'Z';
SELECT is_empty(
    $$SELECT ref FROM task_overview WHERE ref = 'Z'$$, 'a deleted task is not in the overview'
);
DELETE FROM tasks WHERE ref = 'Z';

-- With as many tasks as a project has

SELECT count(tests.a_task(list.id)) FROM task_lists AS list, generate_series(1, 1000);
INSERT INTO task_details (task_id, requirements, tags, metadata, affected_files, context)
SELECT
    id, jsonb_build_object('about', ref), jsonb_build_array(ref),
    jsonb_build_object('imported', ref), jsonb_build_array(ref || '.md'),
    jsonb_build_object('repository', ref)
FROM tasks
ON CONFLICT DO NOTHING;
ANALYZE tasks, task_details;

CREATE FUNCTION pg_temp.plan_of(_query text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || _query INTO _plan;
    RETURN _plan;
END
$$;

SELECT matches(
    pg_temp.plan_of(format('SELECT ref FROM task_overview WHERE %s', condition)), index,
    format('%s is answered by an index', condition)
)
FROM (
    VALUES
        ($$requirements @> '{"type": "feature"}'$$, 'task_details_requirements_idx'),
        ($$requirements @? '$[*] ? (@.type == "bug")'$$, 'task_details_requirements_idx'),
        ($$requirements @@ '$.type == "bug"'$$, 'task_details_requirements_idx'),
        ($$tags ? 'frontend'$$, 'task_details_tags_idx'),
        ($$affected_files ? 'README.md'$$, 'task_details_affected_files_idx'),
        ($$context @> '{"repository": "it"}'$$, 'task_details_context_idx'),
        ($$metadata @> '{"imported": {"id": 1}}'$$, 'task_details_metadata_idx')
) AS example (condition, index);

-- Hours of work

SELECT is(
    actual_hours, NULL, 'a task that nobody has tried has no hours'
)
FROM task_overview WHERE ref = 'A';
INSERT INTO task_executions (task_id, attempt, status, started_at, completed_at, lease_expires_at)
VALUES
    (tests.task('A'), 1, 'failed', '2020-02-02 10:00 UTC', '2020-02-02 11:30 UTC', now()),
    (tests.task('A'), 2, 'completed', '2020-02-02 12:00 UTC', '2020-02-02 12:15 UTC', now()),
    (tests.task('A'), 3, 'running', '2020-02-02 13:00 UTC', NULL, now());
SELECT is(actual_hours, 1.75, 'the hours of a task are those of its attempts that have ended')
FROM task_overview WHERE ref = 'A';
UPDATE tasks SET actual_hours = 4 WHERE ref = 'A';
SELECT is(
    actual_hours, 4.00, 'hours that are set by hand count instead'
)
FROM task_overview WHERE ref = 'A';

SELECT * FROM finish();
ROLLBACK;
