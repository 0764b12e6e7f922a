-- Words for priorities in other vocabularies.

BEGIN;
SELECT plan(16);

-- Keys

SELECT tests.violates(
    $$INSERT INTO task_priority_aliases (alias, priority) VALUES ('high', 9)$$,
    'task_priority_aliases_pkey', 'a word means one priority'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO task_priority_aliases (alias, priority) VALUES ('p0', 10), ('not_at_all', 0)$$,
    'a word may have digits and single underscores'
);
SELECT tests.violates(
    format('INSERT INTO task_priority_aliases (alias, priority) VALUES (%L, 5)', alias),
    'task_priority_aliases_are_folded', description
)
FROM (
    VALUES
        ('', 'a word is not empty'),
        ('Soon', 'a word has no capitals'),
        ('very-high', 'a word has no hyphens'),
        ('very__high', 'a word has no two underscores in a row'),
        ('high_', 'a word does not end with an underscore')
) AS example (alias, description);

SELECT tests.accepts(
    format('UPDATE task_priority_aliases SET priority = %s WHERE alias = %L', priority, 'low'),
    format('a word may mean priority %s', priority)
)
FROM (VALUES (0), (10)) AS example (priority);
SELECT tests.violates(
    format('UPDATE task_priority_aliases SET priority = %s WHERE alias = %L', priority, 'low'),
    'task_priority_aliases_priority_in_range', format('no word means priority %s', priority)
)
FROM (VALUES (-1), (11)) AS example (priority);

SELECT tests.accepts(
    $$INSERT INTO task_priority_aliases (alias, priority) VALUES (repeat('x', 100), 5)$$,
    'an alias may have 100 characters'
);
SELECT tests.violates(
    $$INSERT INTO task_priority_aliases (alias, priority) VALUES (repeat('x', 101), 5)$$,
    'task_priority_aliases_up_to_100_characters', 'an alias has no 101 characters'
);

-- What is in it

SELECT is(
    (SELECT priority::integer FROM task_priority_aliases WHERE alias = word), priority,
    format('%s is priority %s', word, priority)
)
FROM (VALUES ('medium', 5), ('high', 8), ('critical', 10)) AS example (word, priority);

SELECT * FROM finish();
ROLLBACK;
