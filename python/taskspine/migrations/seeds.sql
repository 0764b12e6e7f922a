-- The tables that may hold rows from the start: their columns and the columns of their keys. What
-- the server fills in by a call (an id, a moment) differs between databases, and is left out.
SELECT
    class.relname::text AS name,
    ARRAY(
        SELECT attribute.attname::text
        FROM pg_attribute AS attribute
        LEFT JOIN pg_attrdef AS assigned
            ON assigned.adrelid = attribute.attrelid AND assigned.adnum = attribute.attnum
        WHERE attribute.attrelid = class.oid
            AND attribute.attnum > 0
            AND NOT attribute.attisdropped
            AND attribute.attidentity = ''
            AND coalesce(pg_get_expr(assigned.adbin, assigned.adrelid) !~ '\(', true)
        ORDER BY attribute.attnum
    ) AS columns,
    ARRAY(
        SELECT attribute.attname::text
        FROM pg_constraint AS named
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = class.oid AND attribute.attnum = ANY (named.conkey)
        WHERE named.conrelid = class.oid AND named.contype = 'p'
        ORDER BY attribute.attnum
    ) AS key_columns
FROM pg_class AS class
JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE space.nspname = current_schema()
    AND class.relkind = 'r'
    -- Partitions hold histories, which are not of the schema.
    AND NOT class.relispartition
    -- How a database got here is not what it is.
    AND class.relname NOT IN ('schema_migrations', 'migration_history')
ORDER BY class.relname;
