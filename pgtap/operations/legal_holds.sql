-- Legal holds: orders to keep data, in force until they are released.

BEGIN;
SELECT plan(16);

SELECT tests.a_project('p');

CREATE FUNCTION pg_temp.a_hold(
    _reason text DEFAULT 'a case', _ordered_by text DEFAULT 'ada',
    _released_at text DEFAULT 'NULL', _released_by text DEFAULT 'NULL'
) RETURNS text
    LANGUAGE sql
    RETURN format(
        'INSERT INTO legal_holds'
        || ' (project_id, reason, ordered_by, ordered_at, released_at, released_by)'
        || ' VALUES (tests.project(), %L, %L, ''2026-01-01'', %s, %s)',
        _reason, _ordered_by, _released_at, _released_by
    );

-- Rules

SELECT tests.violates(
    $$INSERT INTO legal_holds (project_id, reason, ordered_by)
      VALUES (gen_random_uuid(), 'a case', 'ada')$$,
    'legal_holds_project_id_fkey', 'a hold is of a project that exists'
);
SELECT tests.accepts(pg_temp.a_hold(repeat('r', 2000)), 'a reason may have 2000 characters');
SELECT tests.violates(
    pg_temp.a_hold(reason), 'legal_holds_reason_has_1_to_2000_characters',
    format('a reason is never "%s"', left(reason, 9))
)
FROM (VALUES (' '), (repeat('r', 2001))) AS example (reason);
SELECT tests.accepts(pg_temp.a_hold(_ordered_by => repeat('n', 200)), 'a name may have 200');
SELECT tests.violates(
    pg_temp.a_hold(_ordered_by => name), 'legal_holds_ordered_by_has_1_to_200_characters',
    format('nobody is called "%s"', left(name, 9))
)
FROM (VALUES (' '), (repeat('n', 201))) AS example (name);
SELECT tests.accepts(
    pg_temp.a_hold(_released_at => $$'2026-01-01'$$, _released_by => $$repeat('n', 200)$$),
    'a hold is released by somebody, at once if need be'
);
SELECT tests.violates(
    pg_temp.a_hold(_released_at => $$'2026-01-02'$$, _released_by => name),
    'legal_holds_released_by_has_1_to_200_characters', format('nobody is called %s', name)
)
FROM (VALUES ($$' '$$), ($$repeat('n', 201)$$)) AS example (name);
SELECT tests.violates(
    pg_temp.a_hold(_released_at => $$'2026-01-02'$$), 'legal_holds_released_by_somebody',
    'a hold is not released by nobody'
);
SELECT tests.violates(
    pg_temp.a_hold(_released_by => $$'ada'$$), 'legal_holds_released_by_somebody',
    'a hold is not released at no time'
);
SELECT tests.violates(
    pg_temp.a_hold(_released_at => $$'2025-12-31'$$, _released_by => $$'ada'$$),
    'legal_holds_released_after_ordered', 'a hold is not released before it was ordered'
);
SELECT tests.violates(
    $$DELETE FROM projects WHERE slug = 'p'$$,
    'legal_holds_project_id_fkey', 'a project that is or was under a hold is not deleted'
);

-- What holds

UPDATE legal_holds
SET released_at = clock_timestamp(), released_by = 'ada'
WHERE released_at IS NULL AND length(ordered_by) = 200;
SELECT is(
    ARRAY[is_held(tests.project()), is_held(tests.a_project('q')), is_held(NULL)],
    ARRAY[true, false, false], 'a hold is of its project alone'
);
INSERT INTO legal_holds (reason, ordered_by) VALUES ('a case', 'ada');
SELECT is(
    ARRAY[is_held(tests.project('q')), is_held(NULL)],
    ARRAY[true, true], 'a hold without a project is of everything'
);

SELECT * FROM finish();
ROLLBACK;
