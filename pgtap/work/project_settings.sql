-- The settings of projects, one row a key.

BEGIN;
SELECT plan(3);

SELECT tests.a_project('p'), tests.a_project('q'), tests.a_project('r');
UPDATE projects SET settings = '{"review": true, "branch": {"prefix": "ai/"}, "none": null}'
WHERE slug = 'p';
UPDATE projects SET settings = '{"review": false}' WHERE slug = 'q';

SELECT results_eq(
    $$SELECT project_slug, key, value FROM project_settings ORDER BY project_slug, key$$,
    $$VALUES
        ('p', 'branch', '{"prefix": "ai/"}'::jsonb), ('p', 'none', 'null'),
        ('p', 'review', 'true'), ('q', 'review', 'false')$$,
    'each key is a row, whatever its value'
);
SELECT results_eq(
    $$SELECT project_slug FROM project_settings WHERE key = 'review' AND value = 'true'$$,
    $$VALUES ('p')$$,
    'projects are found by a setting'
);
UPDATE projects SET status = 'archived', deleted_at = now() WHERE slug = 'p';
SELECT results_eq(
    $$SELECT project_slug FROM project_settings$$, $$VALUES ('q')$$,
    'a deleted project has no settings here'
);

SELECT * FROM finish();
ROLLBACK;
