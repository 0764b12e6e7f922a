-- What tasks are found by.

BEGIN;
SELECT plan(18);

SELECT tests.some_tasks('A', 'B');
UPDATE tasks SET title = 'Show the dashboards' WHERE ref = 'A';

CREATE FUNCTION pg_temp.found(_words text) RETURNS text
    LANGUAGE sql
    AS $$
    SELECT coalesce(string_agg(task.ref, ', ' ORDER BY task.ref), 'none')
    FROM task_words AS known
    JOIN tasks AS task ON task.id = known.task_id
    WHERE known.words @@ search_query(_words)
$$;

-- Keys

SELECT tests.violates(
    $$INSERT INTO task_words (task_id, title_words) VALUES (tests.task('A'), '')$$,
    'task_words_pkey', 'a task has its words once'
);
SELECT tests.violates(
    $$INSERT INTO task_words (task_id, title_words) VALUES (gen_random_uuid(), '')$$,
    'task_words_task_id_fkey', 'words are those of a task that exists'
);
SELECT throws_ok(
    format('UPDATE task_words SET %I = NULL', name), '23502', NULL,
    format('%s are never null, or the task would be found by nothing', name)
)
FROM (VALUES ('title_words'), ('text_words')) AS words (name);

-- Effects

SELECT is(pg_temp.found('dashboard'), 'A', 'a task is found by its title, in any form');
SELECT is(pg_temp.found('show'), 'A', 'a task is found though nothing else is said about it');
SELECT is(pg_temp.found('B'), 'B', 'a task is found by its ref');
UPDATE tasks SET ref = 'UI-7', title = 'Show the reports' WHERE ref = 'A';
SELECT is(
    concat_ws(' ', pg_temp.found('dashboard'), pg_temp.found('report'), pg_temp.found('UI-7')),
    'none UI-7 UI-7', 'a new title and a new ref take the place of the old'
);
INSERT INTO task_details (task_id, description, details)
VALUES (tests.task('UI-7'), 'For the authentication', 'Cache every answer');
SELECT is(
    concat_ws(' ', pg_temp.found('authenticating'), pg_temp.found('caching')), 'UI-7 UI-7',
    'a task is found by its description and its details, in any form'
);
SELECT is(
    pg_temp.found('report answer'), 'UI-7', 'words may be found in title and details together'
);
SELECT is(
    pg_temp.found('authenti'), 'UI-7',
    'a beginning finds a word of the description, however long its stem is'
);
SELECT ok(
    ts_rank(words, search_query('report')) > ts_rank(words, search_query('authentication'))
    AND ts_rank(words, search_query('authentication')) > ts_rank(words, search_query('answer')),
    'a word weighs most in the title, and more in the description than in the details'
)
FROM task_words WHERE task_id = tests.task('UI-7');
UPDATE task_details SET details = NULL;
SELECT is(
    concat_ws(' ', pg_temp.found('answer'), pg_temp.found('report')), 'none UI-7',
    'what is no longer said is no longer found'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'the words are those of title and text');

CREATE TEMPORARY TABLE written AS SELECT task_id, ctid AS place FROM task_words;
UPDATE task_details SET tags = '["slow"]';
UPDATE tasks SET title = title, ref = ref, priority = 7;
SELECT complete_executions(ARRAY[tests.an_attempt('B')]);
SELECT results_eq(
    $$SELECT task_id, ctid FROM task_words ORDER BY task_id$$,
    $$SELECT task_id, place FROM written ORDER BY task_id$$,
    'a claim, a completion and a change of other columns write no words'
);

DELETE FROM task_details;
SELECT is(pg_temp.found('authentication'), 'none', 'words of a text end with it');
SELECT lives_ok(
    $$INSERT INTO task_details (task_id, details)
      SELECT tests.task('B'), string_agg(md5(n::text), ' ') FROM generate_series(1, 30000) AS n$$,
    'a text of 1 MB, each word another, is not too long'
);
DELETE FROM tasks;
SELECT is_empty($$SELECT task_id FROM task_words$$, 'words end with their task');

SELECT * FROM finish();
ROLLBACK;
