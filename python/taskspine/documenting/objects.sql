-- What has a name of its own: tables, views, functions, enums and domains, with their comments.
SELECT
    CASE class.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END
        AS kind,
    class.relname::text AS name,
    CASE class.relkind WHEN 'p' THEN 'in months' ELSE '' END AS definition,
    coalesce(obj_description(class.oid, 'pg_class'), '') AS comment
FROM pg_class AS class
WHERE class.relnamespace = current_schema()::regnamespace
    AND class.relkind IN ('r', 'p', 'v', 'm')
    AND NOT class.relispartition

UNION ALL
SELECT
    'function',
    function.proname,
    format(
        '%s(%s) → %s',
        function.proname,
        (
            SELECT string_agg(argument.name, ', ' ORDER BY argument.place)
            FROM unnest(function.proargnames, function.proargmodes)
                WITH ORDINALITY AS argument (name, mode, place)
            WHERE coalesce(argument.mode, 'i') IN ('i', 'b', 'v')
        ),
        CASE
            WHEN 't' = ANY (function.proargmodes) THEN 'rows'
            ELSE regexp_replace(pg_get_function_result(function.oid), '^SETOF ', 'rows of ')
        END
    ),
    coalesce(obj_description(function.oid, 'pg_proc'), '')
FROM pg_proc AS function
WHERE function.pronamespace = current_schema()::regnamespace
    AND function.prorettype <> 'trigger'::regtype

UNION ALL
SELECT
    'type',
    type.typname,
    (
        SELECT string_agg(label.enumlabel, ', ' ORDER BY label.enumsortorder)
        FROM pg_enum AS label
        WHERE label.enumtypid = type.oid
    ),
    coalesce(obj_description(type.oid, 'pg_type'), '')
FROM pg_type AS type
WHERE type.typnamespace = current_schema()::regnamespace AND type.typtype = 'e'

UNION ALL
SELECT
    'domain',
    type.typname,
    format_type(type.typbasetype, type.typtypmod),
    coalesce(obj_description(type.oid, 'pg_type'), '')
FROM pg_type AS type
WHERE type.typnamespace = current_schema()::regnamespace AND type.typtype = 'd'
ORDER BY kind, name, definition;
