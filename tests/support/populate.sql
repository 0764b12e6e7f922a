-- Every table with what a row of it must keep to: columns, identities, references, unique indexes.
SELECT
    class.relname::text AS name,
    (
        SELECT jsonb_object_agg(
            attribute.attname,
            (SELECT typname FROM pg_type
             WHERE pg_type.oid = coalesce(nullif(type.typbasetype, 0), type.oid))
        )
        FROM pg_attribute AS attribute
        JOIN pg_type AS type ON type.oid = attribute.atttypid
        WHERE attribute.attrelid = class.oid AND attribute.attnum > 0
            AND NOT attribute.attisdropped AND attribute.attgenerated = ''
    ) AS types,
    ARRAY(
        SELECT attribute.attname::text
        FROM pg_attribute AS attribute
        WHERE attribute.attrelid = class.oid AND attribute.attidentity <> ''
    ) AS identities,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'columns', (
                SELECT jsonb_agg(attribute.attname ORDER BY key.place)
                FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
                JOIN pg_attribute AS attribute
                    ON attribute.attrelid = conrelid AND attribute.attnum = key.number
            ),
            'referred', confrelid::regclass::text,
            'referred_columns', (
                SELECT jsonb_agg(attribute.attname ORDER BY key.place)
                FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
                JOIN pg_attribute AS attribute
                    ON attribute.attrelid = confrelid AND attribute.attnum = key.number
            )
        ) ORDER BY conname), '[]')
        FROM pg_constraint
        WHERE conrelid = class.oid AND contype = 'f' AND conparentid = 0
    ) AS keys,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'columns', ARRAY(
                SELECT DISTINCT attribute.attname::text
                FROM pg_attribute AS attribute
                WHERE attribute.attrelid = class.oid AND attribute.attgenerated = '' AND (
                    attribute.attnum = ANY (indkey)
                    OR EXISTS (
                        SELECT FROM pg_depend
                        WHERE classid = 'pg_class'::regclass AND objid = indexrelid
                            AND refobjid = class.oid AND refobjsubid = attribute.attnum
                            AND 0 = ANY (indkey)
                    )
                    OR EXISTS (
                        SELECT FROM pg_attrdef AS made
                        JOIN pg_depend
                            ON classid = 'pg_attrdef'::regclass AND objid = made.oid
                            AND refobjid = class.oid AND refobjsubid = attribute.attnum
                        WHERE made.adrelid = class.oid AND made.adnum = ANY (indkey)
                            AND made.adnum <> attribute.attnum
                    )
                )
                ORDER BY 1
            ),
            'condition', pg_get_expr(indpred, indrelid),
            'is_null_a_value', indnullsnotdistinct
        ) ORDER BY indexrelid::regclass::text), '[]')
        FROM pg_index
        WHERE indrelid = class.oid AND indisunique
    ) AS uniques,
    (
        SELECT attribute.attname::text
        FROM pg_partitioned_table AS partitioned
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = class.oid AND attribute.attnum = partitioned.partattrs[0]
        WHERE partitioned.partrelid = class.oid
    ) AS month_column,
    coalesce(obj_description(class.oid, 'pg_class'), '') ~ 'Not audited: a history' AS is_history
FROM pg_class AS class
WHERE class.relnamespace = current_schema()::regnamespace
    AND class.relkind IN ('r', 'p')
    AND NOT class.relispartition
    AND class.relname <> 'schema_migrations'
ORDER BY class.relname;
