-- Projects: the boundary within which tasks depend on each other and agents claim them.

BEGIN;
SELECT plan(93);

SELECT tests.a_project('p');

-- Keys and defaults

SELECT results_eq(
    $$SELECT default_branch, settings, status::text, paused_at, archived_at, deleted_at
      FROM projects WHERE slug = 'p'$$,
    $$VALUES (
        'main', '{}'::jsonb, 'active', NULL::timestamptz, NULL::timestamptz, NULL::timestamptz
    )$$,
    'a new project is active, not paused, and on branch main'
);

SELECT tests.violates(
    $$INSERT INTO projects (name, slug) VALUES ('Another', 'p')$$,
    'projects_living_share_no_slug', 'two projects never share a slug'
);
UPDATE projects SET status = 'archived', deleted_at = now() WHERE slug = 'p';
SELECT tests.accepts(
    $$INSERT INTO projects (name, slug) VALUES ('Another', 'p')$$,
    'a project may have the slug of a deleted one'
);
SELECT tests.violates(
    $$UPDATE projects SET deleted_at = NULL WHERE slug = 'p'$$,
    'projects_living_share_no_slug', 'a project does not come back while its slug is taken'
);
DELETE FROM projects WHERE deleted_at IS NULL;
UPDATE projects SET status = 'active', deleted_at = NULL;
SELECT tests.accepts(
    $$INSERT INTO projects (name, slug) VALUES ('p', 'p-2')$$,
    'two projects may share a name'
);

-- Rules

SELECT tests.accepts(
    $$UPDATE projects SET name = 'n' WHERE slug = 'p'$$,
    'a name may have one character'
);
SELECT tests.violates(
    $$UPDATE projects SET name = E' \t\n' WHERE slug = 'p'$$,
    'projects_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(
    $$UPDATE projects SET name = repeat('ü', 200) WHERE slug = 'p'$$,
    'a name may have 200 characters'
);
SELECT tests.violates(
    $$UPDATE projects SET name = repeat('ü', 201) WHERE slug = 'p'$$,
    'projects_name_has_1_to_200_characters', 'a name has no 201 characters'
);

SELECT tests.accepts(
    format('INSERT INTO projects (name, slug) VALUES (%L, %L)', 'Project', slug),
    format('%s may be a slug', left(slug, 20))
)
FROM (VALUES ('x'), ('7'), ('a-1-b'), (repeat('x', 100))) AS example (slug);
SELECT tests.violates(
    format('INSERT INTO projects (name, slug) VALUES (%L, %L)', 'Project', slug),
    'projects_slug_is_url_safe', description
)
FROM (
    VALUES
        ('', 'a slug is not empty'),
        ('Web', 'a slug has no capitals'),
        ('web_app', 'a slug has no underscores'),
        ('web--app', 'a slug has no two hyphens in a row'),
        ('-web', 'a slug does not begin with a hyphen'),
        ('web-', 'a slug does not end with a hyphen'),
        (E'web\n', 'a slug has no line break'),
        (repeat('x', 101), 'a slug has no 101 characters')
) AS example (slug, description);

SELECT tests.accepts(
    format('UPDATE projects SET repository_url = %L WHERE slug = %L', url, 'p'),
    format('a repository may be at %s', url)
)
FROM (
    VALUES
        ('https://example.org/team/project.git'),
        ('ssh://git@example.org:2222/team/project.git'),
        ('git@example.org:team/project.git'),
        ('https://' || repeat('x', 1992))
) AS example (url);
SELECT tests.accepts(
    format('UPDATE projects SET %I = %s WHERE slug = %L', name, value, 'p'),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('description', $$repeat('d', 1048576)$$), ('repository_name', $$'n'$$),
        ('repository_name', $$repeat('n', 200)$$), ('default_branch', $$repeat('b', 255)$$),
        ('settings', $$'{"taskmaster": {}}'$$),
        ('settings', $$jsonb_build_object('k', repeat('v', 1048567))$$)
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE projects SET %I = %s WHERE slug = %L', name, value, 'p'),
    rule, format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('description', $$repeat('d', 1048577)$$, 'projects_description_up_to_1_mb'),
        ('repository_name', $$' '$$, 'projects_repository_name_has_1_to_200_characters'),
        (
            'repository_name', $$repeat('n', 201)$$,
            'projects_repository_name_has_1_to_200_characters'
        ),
        ('default_branch', $$repeat('b', 256)$$, 'projects_default_branch_is_a_branch'),
        ('settings', $$'{"taskmaster": []}'$$, 'projects_settings_is_object'),
        (
            'settings', $$jsonb_build_object('k', repeat('v', 1048568))$$,
            'projects_settings_up_to_1_mb'
        )
) AS example (name, value, rule);
UPDATE projects SET description = NULL, settings = '{}', repository_name = NULL;
SELECT tests.violates(
    format('UPDATE projects SET repository_url = %L WHERE slug = %L', url, 'p'),
    'projects_repository_url_is_https_or_ssh', description
)
FROM (
    VALUES
        ('http://example.org/team/project.git', 'a repository is not reached without encryption'),
        ('https://user:secret@example.org/project.git', 'a repository address carries no password'),
        ('ssh://git:secret@example.org/project.git', 'nor does one that is reached by ssh'),
        ('https://', 'a repository address names a host'),
        ('/srv/git/project', 'a repository address is not a path'),
        ('https://example.org/a b', 'a repository address has no spaces'),
        ('https://' || repeat('x', 1993), 'a repository address has no 2001 characters')
) AS example (url, description);

SELECT tests.accepts(
    $$UPDATE projects SET default_branch = 'release/1.x@next' WHERE slug = 'p'$$,
    'a branch name may have slashes, dots and at signs'
);
SELECT tests.violates(
    format('UPDATE projects SET default_branch = %L WHERE slug = %L', branch, 'p'),
    'projects_default_branch_is_a_branch',
    format('a branch is not called "%s"', branch)
)
FROM (
    VALUES (''), ('my branch'), ('a~1'), ('a^'), ('a:b'), ('a?'), ('a*'), ('a['), ('a\b')
) AS example (branch);

SELECT tests.accepts(
    $$UPDATE projects SET settings = '{"unknown": 1}' WHERE slug = 'p'$$,
    'settings keep keys that nobody knows'
);
SELECT tests.violates(
    $$UPDATE projects SET settings = '[]' WHERE slug = 'p'$$,
    'projects_settings_is_object', 'settings are no array'
);
SELECT tests.violates(
    $$UPDATE projects SET deleted_at = now() WHERE slug = 'p'$$,
    'projects_deleted_are_archived', 'an active project is not deleted without being archived'
);
SELECT tests.accepts(
    $$UPDATE projects SET status = 'archived', deleted_at = now() WHERE slug = 'p'$$,
    'a project is archived and deleted at once'
);
SELECT tests.violates(
    $$UPDATE projects SET status = 'inactive' WHERE slug = 'p'$$,
    'projects_deleted_are_archived', 'a deleted project does not leave the archive'
);
UPDATE projects SET deleted_at = NULL WHERE slug = 'p';
SELECT is(
    (SELECT status::text FROM projects WHERE slug = 'p'), 'archived',
    'a project that comes back is archived'
);
UPDATE projects SET status = 'active' WHERE slug = 'p';

-- Repositories

SELECT is(
    normalised_repository(url), 'example.org/Team/project', format('%s is the same address', url)
)
FROM (
    VALUES
        ('https://example.org/Team/project'), ('https://example.org/Team/project.git'),
        ('https://example.org/Team/project/'), ('https://example.org/Team/project.git/'),
        ('HTTPS://Example.ORG:443/Team/project'), ('https://ada@example.org/Team/project'),
        ('https://example.org/Team/project.git?ref=main#readme'),
        ('ssh://git@example.org/Team/project.git'), ('ssh://example.org:22//Team/project'),
        ('git@example.org:Team/project.git'), ('git@EXAMPLE.org:/Team/project')
) AS example (url);
SELECT is(normalised_repository(url), expected, description)
FROM (
    VALUES
        (
            'https://example.org/team/project', 'example.org/team/project',
            'the case of a path matters'
        ),
        (
            'https://example.org:8443/Team/project', 'example.org:8443/Team/project',
            'a port of its own is another server'
        ),
        ('https://example.org/a.github', 'example.org/a.github', 'only .git is left out'),
        ('git@example.org:project.git', 'example.org/project', 'a path may have one part'),
        ('https://example.org/', NULL, 'a host alone is no repository'),
        (NULL, NULL, 'no address is none')
) AS example (url, expected, description);

CREATE FUNCTION pg_temp.repository(_change text) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format('UPDATE projects SET %s WHERE slug = %L', _change, 'p');
    RETURN (
        SELECT concat_ws(' ', normalised_repository, repository_name)
        FROM projects WHERE slug = 'p'
    );
END
$$;

SELECT is(pg_temp.repository(change), expected, description)
FROM (
    VALUES
        ('repository_url = NULL', '', 'a project may have no repository'),
        (
            $$repository_url = 'git@example.org:team/one.git'$$, 'example.org/team/one one',
            'a repository is called after the last part of its address'
        ),
        (
            $$repository_url = 'https://example.org/team/two'$$, 'example.org/team/two two',
            'such a name goes with the address'
        ),
        ($$repository_name = 'Second'$$, 'example.org/team/two Second', 'a name may be given'),
        (
            $$repository_url = 'https://example.org/team/three'$$,
            'example.org/team/three Second', 'a name that was given stays'
        ),
        (
            'repository_name = NULL', 'example.org/team/three three',
            'a name that is taken away is that of the address'
        ),
        ('repository_url = NULL', '', 'and goes with it')
) AS example (change, expected, description);
INSERT INTO projects (name, slug, repository_url)
VALUES ('q', 'q', 'ssh://git@example.org/' || repeat('x', 300));
SELECT is(
    (SELECT length(repository_name) FROM projects WHERE slug = 'q'), 200,
    'a name that comes from an address is not too long'
);
SELECT is_empty(
    $$SELECT id FROM audit_log WHERE new_values ? 'normalised_repository'$$,
    'what follows from the address is not recorded'
);

-- Effects

UPDATE projects SET status = 'archived' WHERE slug = 'p';
SELECT is(
    (SELECT clock_timestamp() - archived_at < '1 minute' FROM projects WHERE slug = 'p'), true,
    'archiving a project sets archived_at'
);
UPDATE projects SET archived_at = NULL WHERE slug = 'p';
SELECT isnt(
    (SELECT archived_at FROM projects WHERE slug = 'p'), NULL,
    'an archived project keeps a moment of archiving'
);
UPDATE projects SET status = 'inactive' WHERE slug = 'p';
SELECT is(
    (SELECT archived_at FROM projects WHERE slug = 'p'), NULL,
    'a project that leaves the archive has no archived_at'
);
INSERT INTO projects (name, slug, status, archived_at)
VALUES
    ('Old', 'old', 'archived', '2020-02-02 02:02 UTC'),
    ('New', 'new', 'active', '2020-02-02 02:02 UTC');
SELECT results_eq(
    $$SELECT slug, archived_at FROM projects WHERE slug IN ('old', 'new') ORDER BY slug$$,
    $$VALUES ('new', NULL::timestamptz), ('old', '2020-02-02 02:02 UTC'::timestamptz)$$,
    'a project comes with its moment of archiving when it comes archived, and only then'
);

UPDATE projects SET updated_at = '2020-02-02 02:02 UTC' WHERE slug = 'p';
SELECT is(
    (SELECT clock_timestamp() - updated_at < '1 minute' FROM projects WHERE slug = 'p'), true,
    'every update of a project sets updated_at'
);

UPDATE projects SET status = 'active' WHERE slug = 'p';
SELECT tests.some_tasks('A', 'B', 'C');
SELECT tests.waits_for('B', 'A'), tests.conflicts_with('C', 'B'), tests.an_attempt('A');
INSERT INTO task_details (task_id) VALUES (tests.task('A'));
INSERT INTO task_contexts (task_id, type) VALUES (tests.task('A'), 'error');
SELECT tests.accepts(
    $$DELETE FROM projects WHERE slug = 'p'$$, 'a project is deleted with everything in it'
);
SELECT is(
    (SELECT count(*) FROM task_lists) + (SELECT count(*) FROM tasks)
    + (SELECT count(*) FROM task_details) + (SELECT count(*) FROM task_contexts)
    + (SELECT count(*) FROM task_dependencies) + (SELECT count(*) FROM task_executions)
    + (SELECT count(*) FROM task_graph_epochs WHERE project_id NOT IN (SELECT id FROM projects)),
    0::bigint,
    'nothing of a deleted project is left'
);

SELECT * FROM finish();
ROLLBACK;
