-- Spellings of statuses in other vocabularies.

BEGIN;
SELECT plan(23);

-- Keys

SELECT tests.violates(
    $$INSERT INTO task_status_aliases (alias, status) VALUES ('done', 'cancelled')$$,
    'task_status_aliases_pkey', 'a spelling means one status'
);

-- Rules

SELECT tests.accepts(
    format('INSERT INTO task_status_aliases (alias, status) VALUES (%L, %L)', alias, 'pending'),
    format('%s may be an alias', alias)
)
FROM (VALUES ('x'), ('7'), ('not_yet_2')) AS example (alias);
SELECT tests.violates(
    format('INSERT INTO task_status_aliases (alias, status) VALUES (%L, %L)', alias, 'pending'),
    'task_status_aliases_are_folded', description
)
FROM (
    VALUES
        ('', 'an alias is not empty'),
        ('Maybe', 'an alias has no capitals'),
        ('may be', 'an alias has no spaces'),
        ('may-be', 'an alias has no hyphens'),
        ('may__be', 'an alias has no two underscores in a row'),
        ('_maybe', 'an alias does not begin with an underscore'),
        ('maybe_', 'an alias does not end with an underscore')
) AS example (alias, description);

SELECT tests.accepts(
    $$INSERT INTO task_status_aliases (alias, status) VALUES (repeat('x', 100), 'pending')$$,
    'an alias may have 100 characters'
);
SELECT tests.violates(
    $$INSERT INTO task_status_aliases (alias, status) VALUES (repeat('x', 101), 'pending')$$,
    'task_status_aliases_up_to_100_characters', 'an alias has no 101 characters'
);

-- What is in it

SELECT is(
    (SELECT status::text FROM task_status_aliases WHERE alias = spelling), status,
    format('%s means %s', spelling, status)
)
FROM (
    VALUES
        ('todo', 'pending'), ('in_progress', 'in_progress'), ('on_hold', 'blocked'),
        ('in_review', 'review'), ('testing', 'validation'), ('done', 'completed'),
        ('error', 'failed'), ('canceled', 'cancelled'), ('postponed', 'deferred')
) AS example (spelling, status);
SELECT is_empty(
    $$SELECT status FROM unnest(enum_range(NULL::task_status)) AS status
      WHERE NOT EXISTS (
          SELECT FROM task_status_aliases AS known
          WHERE known.alias = status::text AND known.status = status
      )$$,
    'every status is an alias of itself'
);

SELECT * FROM finish();
ROLLBACK;
