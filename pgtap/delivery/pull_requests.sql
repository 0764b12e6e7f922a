-- Pull requests: changes of code that agents and people offer.

BEGIN;
SELECT plan(66);

SELECT tests.some_tasks('A', 'B');
SELECT tests.an_attempt('A');
INSERT INTO pull_requests (project_id, repository, number, title, branch)
VALUES (tests.project(), 'octo/app', 1, 'A change', 'feature');

CREATE FUNCTION pg_temp.changed(_assignments text) RETURNS text
    LANGUAGE sql
    RETURN format('UPDATE pull_requests SET %s', _assignments);

-- Keys and defaults

SELECT results_eq(
    $$SELECT status, base_branch, review_comments, metadata, task_id, deleted_at
      FROM pull_requests$$,
    $$VALUES (
        'open'::pull_request_status, 'main', '[]'::jsonb, '{}'::jsonb, NULL::uuid,
        NULL::timestamptz
    )$$,
    'a pull request is open, against main, and needs no task'
);
SELECT tests.violates(
    $$INSERT INTO pull_requests (id, project_id, repository, number, title, branch)
      SELECT id, project_id, repository, 2, title, branch FROM pull_requests$$,
    'pull_requests_pkey', 'two pull requests never share an id'
);
SELECT tests.violates(
    $$INSERT INTO pull_requests (project_id, repository, number, title, branch)
      VALUES (gen_random_uuid(), 'octo/app', 2, 'A change', 'feature')$$,
    'pull_requests_project_id_fkey', 'a pull request is in a project that exists'
);
SELECT tests.accepts(
    pg_temp.changed($$task_id = tests.task('A'), execution_id = tests.attempt_at('A')$$),
    'a pull request may be the result of an attempt at a task'
);
SELECT tests.violates(
    pg_temp.changed('task_id = gen_random_uuid()'),
    'pull_requests_task_id_fkey', 'a task of a pull request exists'
);
SELECT tests.violates(
    pg_temp.changed('execution_id = 0'),
    'pull_requests_execution_id_fkey', 'an attempt of a pull request exists'
);

-- Rules

SELECT tests.accepts(
    pg_temp.changed($$repository = 'group/sub.group/the_app-2'$$),
    'a repository may be in groups within groups'
);
SELECT tests.violates(
    pg_temp.changed($$repository = 'app'$$),
    'pull_requests_repository_is_owner_and_name', 'a repository has an owner'
);
SELECT tests.violates(
    pg_temp.changed($$repository = 'https://example.org/octo/app'$$),
    'pull_requests_repository_is_owner_and_name', 'a repository is no address'
);
SELECT tests.accepts(
    pg_temp.changed($$repository = 'o/' || repeat('r', 198)$$),
    'a repository may have 200 characters'
);
SELECT tests.violates(
    pg_temp.changed($$repository = 'o/' || repeat('r', 199)$$),
    'pull_requests_repository_is_owner_and_name', 'a repository has no 201 characters'
);
UPDATE pull_requests SET repository = 'octo/app';

SELECT tests.violates(
    pg_temp.changed('number = 0'), 'pull_requests_number_positive', 'numbers begin with 1'
);

SELECT tests.accepts(pg_temp.changed($$title = 't'$$), 'a title may have one character');
SELECT tests.violates(
    pg_temp.changed($$title = ' '$$),
    'pull_requests_title_has_1_to_500_characters', 'a title is not blank'
);
SELECT tests.accepts(
    pg_temp.changed($$title = repeat('t', 500)$$), 'a title may have 500 characters'
);
SELECT tests.violates(
    pg_temp.changed($$title = repeat('t', 501)$$),
    'pull_requests_title_has_1_to_500_characters', 'a title has no 501 characters'
);

SELECT tests.accepts(
    pg_temp.changed($$branch = 'feature/' || repeat('b', 247)$$),
    'a branch may have 255 characters and slashes'
);
SELECT tests.violates(
    pg_temp.changed($$branch = repeat('b', 256)$$),
    'pull_requests_branch_is_a_branch', 'a branch has no 256 characters'
);
SELECT tests.violates(
    pg_temp.changed($$branch = 'my branch'$$),
    'pull_requests_branch_is_a_branch', 'a branch has no space in its name'
);
SELECT tests.accepts(
    pg_temp.changed($$base_branch = repeat('b', 255)$$), 'a base branch may have 255 characters'
);
SELECT tests.violates(
    pg_temp.changed($$base_branch = repeat('b', 256)$$),
    'pull_requests_base_branch_is_a_branch', 'a base branch has no 256 characters'
);
SELECT tests.violates(
    pg_temp.changed($$base_branch = 'v1^'$$),
    'pull_requests_base_branch_is_a_branch', 'a base branch has no ^ in its name'
);

SELECT tests.accepts(
    pg_temp.changed($$url = 'https://example.org/' || repeat('u', 1980)$$),
    'an address may have 2000 characters'
);
SELECT tests.violates(
    pg_temp.changed($$url = 'https://example.org/' || repeat('u', 1981)$$),
    'pull_requests_url_is_http_url', 'an address has no 2001 characters'
);
SELECT tests.violates(
    pg_temp.changed($$url = 'https://me:secret@example.org/1'$$),
    'pull_requests_url_is_http_url', 'an address carries no password'
);
SELECT tests.violates(
    pg_temp.changed($$url = 'ftp://example.org/1'$$),
    'pull_requests_url_is_http_url', 'an address is one of the web'
);

SELECT tests.accepts(
    pg_temp.changed($$description = repeat('d', 1048576)$$), 'a description may have 1 MB'
);
SELECT tests.violates(
    pg_temp.changed($$description = repeat('d', 1048577)$$),
    'pull_requests_description_up_to_1_mb', 'a description has no more than 1 MB'
);

SELECT tests.accepts(
    pg_temp.changed($$commit_sha = 'abcdef0'$$), 'a commit may be named by 7 digits'
);
SELECT tests.violates(
    pg_temp.changed($$commit_sha = 'abcdef'$$),
    'pull_requests_commit_sha_is_a_commit', 'a commit is not named by 6 digits'
);
SELECT tests.accepts(
    pg_temp.changed($$commit_sha = repeat('0', 64)$$), 'a commit may be named by 64 digits'
);
SELECT tests.violates(
    pg_temp.changed($$commit_sha = repeat('0', 65)$$),
    'pull_requests_commit_sha_is_a_commit', 'a commit is not named by 65 digits'
);
SELECT tests.violates(
    pg_temp.changed($$commit_sha = 'ABCDEF0'$$),
    'pull_requests_commit_sha_is_a_commit', 'a commit is named in lower case'
);

SELECT tests.accepts(
    pg_temp.changed($$author = repeat('a', 200)$$), 'an author may have 200 characters'
);
SELECT tests.violates(
    pg_temp.changed($$author = repeat('a', 201)$$),
    'pull_requests_author_has_1_to_200_characters', 'an author has no 201 characters'
);
SELECT tests.violates(
    pg_temp.changed($$author = ''$$),
    'pull_requests_author_has_1_to_200_characters', 'an author is not blank'
);

SELECT tests.accepts(
    pg_temp.changed(
        $$review_comments = '[{"author": "ada", "body": null, "path": "a", "line": 3, "x": []}]'$$
    ),
    'a comment may lack a body, and unknown keys are kept'
);
SELECT tests.violates(
    pg_temp.changed($$review_comments = '{}'$$),
    'pull_requests_review_comments_is_array_of_objects', 'comments are no object'
);
SELECT tests.violates(
    pg_temp.changed($$review_comments = '[[{}]]'$$),
    'pull_requests_review_comments_is_array_of_objects', 'a comment is no array'
);
SELECT tests.violates(
    pg_temp.changed(format('review_comments = %L', comment)),
    'pull_requests_review_comments_have_known_keys_well_typed', what
)
FROM (VALUES
    ('[{"author": 1}]', 'an author is a text'),
    ('[{}, {"body": []}]', 'a body is a text, in every comment'),
    ('[{"path": true}]', 'a path is a text'),
    ('[{"line": "3"}]', 'a line is a number')
) AS wrong (comment, what);
SELECT tests.accepts(
    pg_temp.changed(
        $$review_comments = jsonb_build_array(
            jsonb_build_object('body', repeat('b', 1048576 - length('[{"body": ""}]')))
        )$$
    ),
    'comments may have 1 MB'
);
SELECT tests.violates(
    pg_temp.changed(
        $$review_comments = jsonb_build_array(
            jsonb_build_object('body', repeat('b', 1048577 - length('[{"body": ""}]')))
        )$$
    ),
    'pull_requests_review_comments_up_to_1_mb', 'comments have no more than 1 MB'
);

SELECT tests.accepts(pg_temp.changed($$metadata = '{"a": 1}'$$), 'metadata keep unknown keys');
SELECT tests.violates(
    pg_temp.changed($$metadata = '[]'$$),
    'pull_requests_metadata_is_object', 'metadata are no array'
);

SELECT tests.violates(
    $$INSERT INTO pull_requests (project_id, repository, number, title, branch)
      VALUES (tests.a_project(), 'Octo/App', 1, 'Another', 'b')$$,
    'pull_requests_one_per_repository_and_number',
    'a number of a repository is taken, however the repository is written'
);
SELECT tests.accepts(
    $$INSERT INTO pull_requests (project_id, repository, number, title, branch)
      VALUES (tests.project(), 'octo/lib', 1, 'Another', 'b')$$,
    'another repository has numbers of its own'
);
DELETE FROM pull_requests WHERE repository = 'octo/lib';

SELECT tests.a_task(tests.a_list(tests.a_project('q')), 'Q');
UPDATE pull_requests SET execution_id = NULL;
SELECT tests.violates(
    pg_temp.changed($$task_id = tests.task('Q')$$),
    'pull_requests_task_is_of_the_project', 'a task of another project is not meant'
);
SELECT tests.accepts(
    pg_temp.changed($$task_id = tests.task('Q'), project_id = tests.project('q')$$),
    'a pull request goes to another project together with its task'
);
UPDATE pull_requests SET task_id = tests.task('B'), project_id = tests.project();
SELECT tests.violates(
    pg_temp.changed($$execution_id = tests.attempt_at('A')$$),
    'pull_requests_attempt_is_at_the_task', 'an attempt at another task is not meant'
);
SELECT tests.accepts(
    pg_temp.changed($$task_id = tests.task('A'), execution_id = tests.attempt_at('A')$$),
    'an attempt at the task is'
);

-- Moves. Which are legal is proven in pull_request_status_transitions.sql.

UPDATE pull_requests SET status = 'draft';
SELECT tests.violates(
    pg_temp.changed($$status = 'merged'$$),
    'pull_requests_status_follows_transitions', 'a draft is not merged'
);
SELECT tests.accepts(
    pg_temp.changed($$status = 'merged', host_updated_at = '2020-02-02 10:00 UTC'$$),
    'the host may report what was several moves away'
);
SELECT tests.violates(
    pg_temp.changed($$status = 'open', host_updated_at = '2020-02-02 11:00 UTC'$$),
    'pull_requests_status_follows_transitions', 'not even the host takes back a merge'
);
SELECT is(
    tests.detail_of(pg_temp.changed($$status = 'open'$$)),
    'From merged a pull request can go to nothing else.', 'a refusal says that there is no way'
);

-- Moments

SELECT results_eq(
    $$SELECT opened_at IS NOT NULL, merged_at, closed_at FROM pull_requests$$,
    $$VALUES (true, '2020-02-02 10:00 UTC'::timestamptz, '2020-02-02 10:00 UTC'::timestamptz)$$,
    'what the host reports happened when the host says so'
);
SELECT tests.a_pull_request(2, 'draft');
SELECT tests.a_pull_request(3, 'closed');
SELECT results_eq(
    $$SELECT number, opened_at IS NOT NULL, merged_at IS NOT NULL, closed_at IS NOT NULL
      FROM pull_requests WHERE number > 1 ORDER BY number$$,
    $$VALUES (2, false, false, false), (3, true, false, true)$$,
    'a draft is not open yet, and what is closed without a merge has not been merged'
);
UPDATE pull_requests SET status = 'open', opened_at = NULL, merged_at = '2020-02-02 02:02 UTC'
WHERE number > 1;
SELECT results_eq(
    $$SELECT number, opened_at IS NOT NULL, merged_at IS NOT NULL, closed_at IS NOT NULL
      FROM pull_requests WHERE number > 1 ORDER BY number$$,
    $$VALUES (2, true, false, false), (3, true, false, false)$$,
    'reopening clears the end, and no caller sets a moment'
);
UPDATE pull_requests SET status = 'draft' WHERE number = 2;
SELECT isnt(
    (SELECT opened_at FROM pull_requests WHERE number = 2), NULL,
    'what goes back to a draft was open before'
);
INSERT INTO pull_requests (
    project_id, repository, number, title, branch, status, opened_at, merged_at
)
VALUES (
    tests.project(), 'octo/app', 4, 'Old', 'old', 'merged',
    '2020-02-01 10:00 UTC', '2020-02-02 10:00 UTC'
);
SELECT results_eq(
    $$SELECT opened_at, merged_at, closed_at FROM pull_requests WHERE number = 4$$,
    $$VALUES ('2020-02-01 10:00 UTC'::timestamptz, '2020-02-02 10:00 UTC'::timestamptz,
        '2020-02-02 10:00 UTC'::timestamptz)$$,
    'an import keeps the moments that agree with the status'
);
UPDATE pull_requests SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM pull_requests), true,
    'every update of a pull request sets updated_at'
);

-- Effects

SELECT results_eq(
    $$SELECT action, new_values ->> 'status' FROM audit_log
      WHERE entity_id = tests.pull_request(3)::text ORDER BY id$$,
    $$VALUES ('insert'::audit_action, 'closed'), ('update', 'open')$$,
    'changes are recorded, and an update that changes nothing is none'
);
DELETE FROM tasks WHERE ref = 'A';
SELECT results_eq(
    $$SELECT task_id, execution_id, status FROM pull_requests WHERE number = 1$$,
    $$VALUES (NULL::uuid, NULL::bigint, 'merged'::pull_request_status)$$,
    'a pull request survives its task and the attempt'
);
DELETE FROM projects WHERE slug = 'p';
SELECT is((SELECT count(*) FROM pull_requests), 0::bigint, 'a pull request ends with its project');

SELECT * FROM finish();
ROLLBACK;
