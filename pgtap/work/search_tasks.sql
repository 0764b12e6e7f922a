-- Full-text search of tasks.

BEGIN;
SELECT plan(24);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
UPDATE tasks SET title = example.title
FROM (
    VALUES
        ('A', 'Cache the dashboard'), ('B', 'Speed up pages'), ('C', 'Measure response times'),
        ('D', 'Log in with a password'), ('E', 'Draw a login form')
) AS example (ref, title)
WHERE tasks.ref = example.ref;
INSERT INTO task_details (task_id, description, details)
VALUES
    (tests.task('B'), 'The dashboard is slow.', NULL),
    (tests.task('C'), NULL, repeat('Of every dashboard, one by one. ', 40)),
    (tests.task('E'), 'With fields for name and password', NULL);

CREATE FUNCTION pg_temp.found(
    _words text, _project_id uuid DEFAULT NULL, _status task_status DEFAULT NULL,
    _page_size bigint DEFAULT 20, _page_start bigint DEFAULT 0
) RETURNS text
    LANGUAGE sql
    AS $$
    SELECT coalesce(string_agg(ref || CASE WHEN is_guess THEN '?' ELSE '' END, ', '), 'none')
    FROM search_tasks(_words, _project_id, _status, _page_size, _page_start)
$$;

-- What is found, the best first

SELECT is(
    pg_temp.found('dashboard'), 'A, B, C',
    'a word in the title counts more than in the description, and that more than in the details'
);
SELECT is(pg_temp.found('caching dashboards'), 'A', 'all words are found, in any form');
SELECT is(pg_temp.found('dash'), 'A, B, C', 'the last word may be a beginning');
SELECT is(pg_temp.found('slow dash'), 'B', 'the last word of several, too');
SELECT is(pg_temp.found('passw'), 'D, E', 'a beginning is found in title and description');
SELECT is(pg_temp.found('form password'), 'E', 'words may be found in title and description');
SELECT is(pg_temp.found('"response times"'), 'C', 'a phrase is found as it is');
SELECT is(pg_temp.found('"times response"'), 'C?', 'in its order');
SELECT is(pg_temp.found('dashboard -slow'), 'A, C', 'a word with a minus is absent');
SELECT is(pg_temp.found('cache or slow'), 'A, B', 'one of two words may be enough');
SELECT is(pg_temp.found(''), 'none', 'no words find nothing');
SELECT is(pg_temp.found('zeppelin'), 'none', 'what is nowhere is not found');
UPDATE tasks SET priority = 9 WHERE ref = 'E';
SELECT is(pg_temp.found('password or login'), 'E, D', 'of two that fit as well, the more urgent');

-- What is spelled wrong

SELECT is(pg_temp.found('dashbord'), 'A?', 'a title is guessed when no task has the word');
SELECT is(pg_temp.found('mesure responce'), 'C?', 'each word may have a slip');
SELECT is(
    pg_temp.found('dashboard', _page_start => 3), 'none', 'nothing is guessed behind the last page'
);

-- Where

SELECT tests.a_task(tests.a_list(tests.a_project('q')), 'Q');
UPDATE tasks SET title = 'Another dashboard' WHERE ref = 'Q';
SELECT is(
    pg_temp.found('dashboard', tests.project('q')) || pg_temp.found('dashbord', tests.project('q')),
    'QQ?', 'a search may be of one project'
);
SELECT tests.set_status('B', 'completed');
SELECT is(
    pg_temp.found('dashboard', tests.project(), 'completed')
    || pg_temp.found('spede pages', NULL, 'completed')
    || pg_temp.found('spede pages', NULL, 'pending'),
    'BB?none', 'a search may be of one status'
);
SELECT is(
    pg_temp.found('dashboard', tests.project(), NULL, 1, 1), 'B', 'a search gives page by page'
);
SELECT delete_tasks(tests.task('A'));
SELECT is(
    pg_temp.found('cache') || pg_temp.found('cahce'), 'nonenone', 'a deleted task is not found'
);
UPDATE projects SET status = 'archived', deleted_at = clock_timestamp() WHERE slug = 'q';
SELECT is(
    pg_temp.found('another') || pg_temp.found('anothre dashbord'), 'nonenone',
    'nor is a task of a deleted project'
);

-- What is shown

SELECT is(
    (SELECT snippet FROM search_tasks('slow')),
    E'Speed up pages\nThe dashboard is **slow**', 'a snippet marks what was found'
);

-- With as many tasks as several projects have

SELECT count(tests.a_task(list.id)) FROM task_lists AS list, generate_series(1, 1000);
SELECT gin_clean_pending_list('task_words_words_idx');
ANALYZE task_words;

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
    pg_temp.plan_of($$SELECT task_id FROM task_words WHERE words @@ search_query('dash')$$),
    'task_words_words_idx', 'words are looked up in an index'
);
SELECT is(pg_temp.found('dashboard', tests.project()), 'B, C', 'and found among many');

SELECT * FROM finish();
ROLLBACK;
