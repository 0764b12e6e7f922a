-- How words become a query, and what helps when they are spelled wrong.

BEGIN;
SELECT plan(24);

CREATE FUNCTION pg_temp.finds(_words text, _text text) RETURNS boolean
    LANGUAGE sql
    RETURN to_tsvector('english', _text) @@ search_query(_words);

-- What a person types

SELECT ok(pg_temp.finds('running tests', 'the test runs'), 'a word is found in its other forms');
SELECT ok(pg_temp.finds('test data', 'a test of the database'), 'the last word may be a beginning');
SELECT ok(NOT pg_temp.finds('data test', 'a test of the database'), 'no other word may');
SELECT ok(
    NOT pg_temp.finds('test data ', 'a test of the database'),
    'a word is whole once a space follows it'
);
SELECT ok(
    NOT pg_temp.finds('test "data"', 'a test of the database'), 'a word in quotes is whole'
);
SELECT ok(
    NOT pg_temp.finds('"the test data', 'data of the test'), 'an open phrase is a phrase already'
);
SELECT ok(pg_temp.finds('nothing or data', 'a database'), 'one of two words may be enough');
SELECT ok(NOT pg_temp.finds('test -data', 'test data'), 'a word with a minus is absent');
SELECT ok(
    pg_temp.finds('test -data', 'a test of the database'),
    'a word that is to be absent is no beginning'
);
SELECT ok(
    pg_temp.finds('test - data', 'test data')
    AND pg_temp.finds('test -- data', 'test data')
    AND pg_temp.finds('test - data - of', 'test data'),
    'a dash between words keeps nothing out'
);
SELECT ok(NOT pg_temp.finds('test -- data', 'a test'), 'nor do two dashes, or let it be left out');
SELECT ok(pg_temp.finds('--data', 'data'), 'two dashes before a word are no minus');
SELECT ok(NOT pg_temp.finds('test - -data', 'test data'), 'a minus behind a dash is one');
SELECT ok(NOT pg_temp.finds('', 'a test'), 'no words find nothing');
SELECT ok(NOT pg_temp.finds('the', 'the test'), 'words that say nothing find nothing');
SELECT lives_ok(
    $$SELECT search_query(words)
      FROM unnest(ARRAY['-"a b_c', '!(&|', 'a:b&c', 'it''s o''b', E'\\', '- a', '<->'])
          AS words$$,
    'nothing that can be typed is a mistake'
);
SELECT lives_ok(
    $$SELECT search_query(repeat(piece, 5000))
      FROM unnest(ARRAY['-', '- ', '-(', '-!', '-<', E'-\t', '-a ', '-"', '"', 'or ', 'a '])
          AS piece$$,
    'nor is anything that can be pasted, however long'
);

-- What is spelled wrong

SELECT is(
    trigrams('A cat, a CAT'), ARRAY['  a', '  c', ' a ', ' ca', 'at ', 'cat'],
    'trigrams are those of words in lower case, each once'
);
SELECT is(
    trigrams(repeat(' ', 998) || 'a catalogue'), ARRAY['  a', ' a '],
    'trigrams of a long text are those of its first 1000 characters'
);
SELECT is(likeness('databse', 'Tuning the database'), 0.75::float8, 'a slip leaves a word alike');
SELECT is(likeness('sailing', 'Tuning the database'), 0.25::float8, 'other words are not alike');
SELECT is(likeness(' ', 'Tuning'), 0::float8, 'nothing is like no words');

-- What is shown

SELECT is(
    search_snippet('Every dog jumps.', search_query('jum')), 'Every dog **jumps**',
    'a snippet marks what was found'
);
SELECT ok(
    length(search_snippet(repeat('lorem ipsum dolor ', 50000), search_query('dolor'))) < 500,
    'a snippet of a long text is short'
);

SELECT * FROM finish();
ROLLBACK;
