-- Words for kinds of dependencies in other vocabularies.

BEGIN;
SELECT plan(22);

-- Keys

SELECT tests.violates(
    $$INSERT INTO task_dependency_kind_aliases (alias, kind) VALUES ('requires', 'suggests')$$,
    'task_dependency_kind_aliases_pkey', 'a word means one kind'
);

-- Rules

SELECT tests.accepts(
    format('INSERT INTO task_dependency_kind_aliases (alias) VALUES (%L)', alias),
    format('%s may be an alias', alias)
)
FROM (VALUES ('x'), ('7'), ('not_yet_2')) AS example (alias);
SELECT tests.violates(
    format('INSERT INTO task_dependency_kind_aliases (alias) VALUES (%L)', alias),
    'task_dependency_kind_aliases_are_folded', description
)
FROM (
    VALUES
        ('', 'an alias is not empty'),
        ('Needs', 'an alias has no capitals'),
        ('waits for', 'an alias has no spaces'),
        ('waits-for', 'an alias has no hyphens'),
        ('waits__for', 'an alias has no two underscores in a row'),
        ('_waits', 'an alias does not begin with an underscore'),
        ('waits_', 'an alias does not end with an underscore')
) AS example (alias, description);

-- What is in it

SELECT is(
    (
        SELECT coalesce(kind::text, 'parent') FROM task_dependency_kind_aliases
        WHERE alias = spelling
    ),
    kind, format('%s means %s', spelling, kind)
)
FROM (
    VALUES
        ('depends_on', 'blocks'), ('requires', 'blocks'), ('blocked_by', 'blocks'),
        ('related', 'relates_to'), ('conflicts_with', 'conflicts'), ('subtask_of', 'parent')
) AS example (spelling, kind);
SELECT ok(
    EXISTS (
        SELECT FROM task_dependency_kind_aliases AS known
        WHERE known.alias = label::text AND known.kind = label
    ),
    format('%s is an alias of itself', label)
)
FROM unnest(enum_range(NULL::task_dependency_kind)) AS label;
SELECT is(
    (SELECT count(*) FROM task_dependency_kind_aliases WHERE alias = 'unheard_of'), 0::bigint,
    'a word that nobody knows means nothing'
);

SELECT * FROM finish();
ROLLBACK;
