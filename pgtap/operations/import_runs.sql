-- Import runs: what each import did.

BEGIN;
SELECT plan(20);

INSERT INTO import_runs (project_id, source, source_sha256, status, started_at)
VALUES (tests.a_project('p'), 'tasks.json', repeat('0f', 32), 'completed', clock_timestamp());

-- Keys and defaults

SELECT results_eq(
    $$SELECT report, actor, finished_at >= started_at, clock_timestamp() - finished_at < '1 minute'
      FROM import_runs$$,
    $$VALUES ('{}'::jsonb, session_user::text COLLATE "default", true, true)$$,
    'an import is recorded when it ends, for whoever logged in'
);
SELECT tests.violates(
    $$INSERT INTO import_runs (project_id, source, source_sha256, status, started_at)
      VALUES (gen_random_uuid(), 'a', repeat('0f', 32), 'partial', clock_timestamp())$$,
    'import_runs_project_id_fkey', 'an import is into a project that exists'
);

-- Rules

SELECT tests.accepts(
    $$UPDATE import_runs SET source = repeat('s', 4000)$$,
    'a file may have a name of 4000 characters'
);
SELECT tests.violates(
    format('UPDATE import_runs SET source = %L', source),
    'import_runs_source_has_1_to_4000_characters',
    format('a file has no name of %s characters', length(source))
)
FROM (VALUES (''), (repeat('s', 4001))) AS example (source);
SELECT tests.violates(
    format('UPDATE import_runs SET source_sha256 = %L', digest),
    'import_runs_source_sha256_is_hexadecimal', format('no digest is %s', left(digest, 10))
)
FROM (VALUES (''), (repeat('0F', 32)), (repeat('0', 63)), (repeat('0', 65))) AS example (digest);
SELECT tests.violates(
    $$UPDATE import_runs SET report = '[]'$$,
    'import_runs_report_is_object', 'a report is no array'
);
SELECT tests.accepts(
    $$UPDATE import_runs SET report = '{"lists": {}, "tasks": {"created": 1}, "dependencies": {},
          "findings": {"title_cut": 1}, "more": 1}'$$,
    'a report counts, and may say more'
);
SELECT tests.violates(
    format('UPDATE import_runs SET report = %L', jsonb_build_object(key, 1)),
    'import_runs_report_counts_are_objects', format('%s are no mere number', key)
)
FROM unnest(ARRAY['lists', 'tasks', 'dependencies', 'findings']) AS key;
SELECT tests.accepts(
    $$UPDATE import_runs SET started_at = finished_at$$, 'an import may take no time'
);
SELECT tests.violates(
    $$UPDATE import_runs SET started_at = finished_at + interval '1 microsecond'$$,
    'import_runs_finishes_after_it_starts', 'an import does not finish before it starts'
);

-- Effects

SET LOCAL taskspine.actor = 'ada';
INSERT INTO import_runs (project_id, source, source_sha256, status, started_at)
VALUES (tests.project(), 'tasks.json', repeat('0f', 32), 'partial', clock_timestamp());
SELECT is(
    (SELECT actor FROM import_runs WHERE status = 'partial'), 'ada', 'an import tells who did it'
);
INSERT INTO import_findings (import_run_id, severity, code, pointer, line, message)
SELECT id, 'error', 'task_without_title', '/tasks/0', 1, 'no title' FROM import_runs;
DELETE FROM projects WHERE slug = 'p';
SELECT is_empty($$SELECT FROM import_runs$$, 'an import ends with its project');
SELECT is_empty($$SELECT FROM import_findings$$, 'and its findings with it');

SELECT * FROM finish();
ROLLBACK;
