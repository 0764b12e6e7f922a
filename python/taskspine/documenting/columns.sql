-- The columns of tables and views in their order, with what they are keys of.
SELECT
    class.relname::text AS owner,
    attribute.attname::text AS name,
    format_type(attribute.atttypid, attribute.atttypmod) AS type,
    attribute.attnotnull AS is_required,
    CASE
        WHEN attribute.attidentity <> '' THEN 'counts up'
        WHEN attribute.attgenerated <> '' THEN 'generated'
        ELSE coalesce(pg_get_expr(assigned.adbin, assigned.adrelid, true), '')
    END AS default_value,
    EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = class.oid AND contype = 'p' AND attribute.attnum = ANY (conkey)
    ) AS is_key,
    EXISTS (
        SELECT FROM pg_constraint
        WHERE conrelid = class.oid AND contype = 'f' AND attribute.attnum = ANY (conkey)
    ) AS is_reference,
    coalesce(col_description(class.oid, attribute.attnum), '') AS comment
FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
LEFT JOIN pg_attrdef AS assigned
    ON assigned.adrelid = class.oid AND assigned.adnum = attribute.attnum
WHERE class.relnamespace = current_schema()::regnamespace
    AND class.relkind IN ('r', 'p', 'v', 'm')
    AND NOT class.relispartition
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
ORDER BY class.relname, attribute.attnum;
