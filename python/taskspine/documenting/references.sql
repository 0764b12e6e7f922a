-- Which table refers to which: by which columns, whether it must, and whether at most once.
SELECT
    class.relname::text AS owner,
    referred.relname::text AS referred,
    (
        SELECT string_agg(attribute.attname, ', ' ORDER BY key.place)
        FROM unnest(named.conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = class.oid AND attribute.attnum = key.number
    ) AS columns,
    (
        SELECT bool_and(attribute.attnotnull)
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = class.oid AND attribute.attnum = ANY (named.conkey)
    ) AS is_required,
    EXISTS (
        SELECT FROM pg_index AS entry
        WHERE entry.indrelid = class.oid AND entry.indisunique AND entry.indpred IS NULL
            AND entry.indkey::smallint[] <@ named.conkey
    ) AS is_single
FROM pg_constraint AS named
JOIN pg_class AS class ON class.oid = named.conrelid
JOIN pg_class AS referred ON referred.oid = named.confrelid
WHERE class.relnamespace = current_schema()::regnamespace
    AND NOT class.relispartition
    AND named.contype = 'f'
    AND named.conparentid = 0
ORDER BY owner, referred, columns;
