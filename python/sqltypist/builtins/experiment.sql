-- What the experiment on built-in functions asks of a server, and the scratch objects it needs.

-- name: create_counter()!
-- A sequence to call nextval on.
CREATE TEMPORARY SEQUENCE counter;

-- name: create_mood()!
-- An enum.
CREATE TYPE pg_temp.mood AS ENUM ('awful', 'sad', 'dull', 'fine', 'glad', 'happy', 'elated');

-- name: create_pair()!
-- A row type.
CREATE TYPE pg_temp.pair AS (a int, b text);

-- name: create_nothing()!
-- A row type without columns.
CREATE TYPE pg_temp.nothing AS ();

-- name: create_attempt()!
-- Evaluate lists of expressions that give codes; {-1} where an expression of a list raises, {-2}
-- where the server was built without what it asks for.
CREATE FUNCTION pg_temp.attempt(_lists text[]) RETURNS SETOF int[] LANGUAGE plpgsql AS $$
DECLARE
    _list text;
    _codes int[];
BEGIN
    FOREACH _list IN ARRAY _lists LOOP
        BEGIN
            EXECUTE 'SELECT ARRAY[' || _list || ']::int[]' INTO _codes;
        EXCEPTION
            WHEN feature_not_supported THEN _codes = '{-2}';
            WHEN OTHERS THEN _codes = '{-1}';
        END;
        RETURN NEXT _codes;
    END LOOP;
END $$;

-- name: attempt(lists)
-- Evaluate lists of expressions, each list on its own, with record separators between them.
SELECT attempt.codes
FROM pg_temp.attempt(string_to_array(:lists, chr(30))) AS attempt (codes);

-- name: get_version()$
-- The server's version.
SELECT current_setting('server_version');

-- name: list_builtins()
-- The functions that can be called in a query: none that takes or gives what only the server's own
-- code has. Columns are those of a set of rows with named columns.
SELECT
    p.proname::text AS name,
    quote_ident(p.proname) AS quoted,
    p.prokind::text AS kind,
    p.proretset AS is_set,
    p.proisstrict AS is_strict,
    p.provolatile = 'v' AS is_volatile,
    ARRAY(
        SELECT t.typname::text
        FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type_oid, number)
        JOIN pg_catalog.pg_type AS t ON t.oid = a.type_oid
        ORDER BY a.number
    ) AS types,
    p.provariadic <> 0 AS is_variadic,
    ARRAY(
        SELECT pg_catalog.pg_get_function_arg_default(p.oid, n.n)
        FROM generate_series(1, p.pronargs::int) AS n (n)
        ORDER BY n.n
    ) AS defaults,
    result.typname::text AS result,
    result.typcategory = 'A' OR result.typname IN ('anyarray', 'anycompatiblearray') AS gives_array,
    coalesce(
        (SELECT count(*) FROM unnest(p.proargmodes) AS m (mode) WHERE m.mode IN ('o', 't', 'b')), 0
    )::int AS column_count,
    coalesce(g.aggkind::text, 'n') AS aggregate_kind,
    coalesce(g.aggnumdirectargs, 0)::int AS direct_count
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_type AS result ON result.oid = p.prorettype
LEFT JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND p.prokind IN ('f', 'a', 'w')
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_type AS t
        WHERE (t.oid = ANY (p.proargtypes::oid[]) OR t.oid = p.prorettype)
            AND t.typtype = 'p'
            AND t.typname NOT LIKE 'any%'
            AND t.typname NOT LIKE '\_%'
            AND t.typname <> 'record'
    )
ORDER BY 1, p.proargtypes::oid[];
