-- What sqltypist asks of the system catalogs, each once in a run.

-- name: get_server()^
-- The server's version, as a number and in words, and the schemas that are searched.
SELECT
    current_setting('server_version_num')::int AS version_number,
    current_setting('server_version') AS version,
    current_schemas(false)::text[] AS schemas;

-- name: list_columns()
-- Every column of every relation, composite types included; is_never_null where NOT NULL has been
-- validated, here and in every table that inherits from this one, or where the bounds of every
-- partition leave NULL out.
WITH RECURSIVE heirs AS (
    SELECT i.inhparent AS ancestor_oid, i.inhrelid AS heir_oid
    FROM pg_catalog.pg_inherits AS i
    UNION
    SELECT h.ancestor_oid, i.inhrelid
    FROM heirs AS h
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = h.heir_oid
), bounded AS (
    SELECT b.oid AS partition_oid, a.attname
    FROM pg_catalog.pg_class AS b
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = b.oid
    JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = i.inhparent
    JOIN pg_catalog.pg_attribute AS a
        ON a.attrelid = i.inhparent AND a.attnum > 0 AND a.attnum = ANY (p.partattrs)
    WHERE b.relispartition AND p.partdefid <> b.oid
        AND (
            p.partstrat = 'r'
            OR p.partstrat = 'l'
            AND pg_catalog.pg_get_expr(b.relpartbound, b.oid) !~ '\mNULL\M'
        )
), here AS (
    SELECT a.attrelid, c.relname, a.attnum, a.attname, a.atttypid,
        c.relkind IN ('r', 'p') AS is_table,
        c.relkind = 'p' AS is_partitioned,
        a.attnotnull OR EXISTS (
            SELECT FROM pg_catalog.pg_constraint AS k
            WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
                AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true'
                AND starts_with(
                    ltrim(substr(pg_catalog.pg_get_constraintdef(k.oid), length('CHECK ') + 1),
                        '('),
                    quote_ident(a.attname) || ' IS NOT NULL)'
                )
                AND NOT pg_catalog.pg_get_constraintdef(k.oid) ~ '\mOR\M'
        ) AS refuses_null,
        a.attgenerated <> '' AS is_generated,
        c.relkind IN ('r', 'p') AND (
            a.attnotnull AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS k
                WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum
                    AND NOT k.convalidated
            )
            OR EXISTS (
                SELECT FROM bounded AS b
                WHERE b.attname = a.attname AND (
                    b.partition_oid = c.oid OR b.partition_oid IN (
                        SELECT h.ancestor_oid FROM heirs AS h WHERE h.heir_oid = c.oid
                    )
                )
            )
        ) AS is_never_null
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
)
SELECT
    here.attrelid::bigint AS relation_oid,
    here.relname::text AS relation,
    here.attnum::int AS number,
    here.attname::text AS name,
    here.atttypid::bigint AS type_oid,
    here.is_table,
    here.is_generated,
    here.is_never_null AND NOT EXISTS (
        SELECT FROM heirs AS h
        JOIN here AS there ON there.attrelid = h.heir_oid AND there.attname = here.attname
        WHERE h.ancestor_oid = here.attrelid AND NOT there.is_never_null
    ) OR here.is_partitioned AND coalesce((
        SELECT bool_and(there.is_never_null)
        FROM heirs AS h
        JOIN here AS there ON there.attrelid = h.heir_oid AND there.attname = here.attname
        WHERE h.ancestor_oid = here.attrelid AND NOT there.is_partitioned
    ), false) AS is_never_null,
    here.is_never_null AS is_never_null_alone,
    here.refuses_null,
    pg_catalog.col_description(here.attrelid, here.attnum) AS comment
FROM here
ORDER BY here.attrelid, here.attnum;

-- name: list_enum_labels()
-- The labels of every enum type, in their order.
SELECT e.enumtypid::bigint AS type_oid, e.enumlabel::text AS label
FROM pg_catalog.pg_enum AS e
ORDER BY e.enumtypid, e.enumsortorder;

-- name: list_expressions()
-- Conditions and formulas that tables keep as query trees: validated checks, and what generated
-- columns are made of, which a table that others inherit from keeps for itself.
SELECT k.conrelid::bigint AS relation_oid, NULL::int AS number, k.conname::text AS name,
    k.conbin::text AS tree, NOT k.connoinherit AS holds_in_heirs
FROM pg_catalog.pg_constraint AS k
WHERE k.contype = 'c' AND k.convalidated AND k.conrelid <> 0
    AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true'  -- from 18 on
UNION ALL
SELECT d.adrelid, d.adnum, a.attname, d.adbin::text, false
FROM pg_catalog.pg_attrdef AS d
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated <> '' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = d.adrelid
)
ORDER BY 1, 2, 3;

-- name: list_foreign_keys()
-- Every foreign key that always finds its row, which row-level security does not hide, with its
-- columns in their order, and for each the operators that compare them.
SELECT
    k.conrelid::bigint AS relation_oid,
    k.confrelid::bigint AS target_oid,
    k.conkey::int[] AS columns,
    k.confkey::int[] AS target_columns,
    k.conpfeqop::oid[]::bigint[] AS operators,
    ARRAY(
        SELECT o.oprcom::bigint
        FROM unnest(k.conpfeqop) WITH ORDINALITY AS e (oid, place)
        JOIN pg_catalog.pg_operator AS o ON o.oid = e.oid
        ORDER BY e.place
    ) AS commuted,
    (SELECT c.relkind = 'p' FROM pg_catalog.pg_class AS c WHERE c.oid = k.conrelid)
    OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = k.conrelid)
        AS holds_in_heirs,
    k.confmatchtype = 'f' AS matches_in_full
FROM pg_catalog.pg_constraint AS k
WHERE k.contype = 'f' AND k.convalidated AND NOT k.condeferrable
    AND NOT (SELECT c.relrowsecurity FROM pg_catalog.pg_class AS c WHERE c.oid = k.confrelid)
    AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true'  -- from 18 on
ORDER BY k.oid;

-- name: list_equalities()
-- The server's own operators that compare as indexes do, for equality.
SELECT DISTINCT o.amopopr::bigint AS oid
FROM pg_catalog.pg_amop AS o
JOIN pg_catalog.pg_am AS m ON m.oid = o.amopmethod
WHERE m.amname = 'btree' AND o.amopstrategy = 3 AND o.amopopr::oid < 16384
ORDER BY 1;

-- name: list_functions()
-- Every function; is_builtin where it is the server's own. nullable_arguments are those of the
-- others that are NULL when left out. Of the others in SQL there is the body.
SELECT
    p.oid::bigint AS oid,
    p.proname::text AS name,
    p.proisstrict AS is_strict,
    p.pronamespace = 'pg_catalog'::regnamespace AS is_builtin,
    p.proargtypes::oid[]::bigint[] AS argument_types,
    p.provolatile = 'v' AS is_volatile,
    l.lanname::text AS language,
    p.proretset AS returns_set,
    p.prorettype::bigint AS result_type,
    CASE WHEN l.lanname = 'sql' AND p.pronamespace <> 'pg_catalog'::regnamespace THEN
        coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
    END AS body,
    ARRAY(
        SELECT a.name
        FROM unnest(p.proargnames, p.proargmodes) WITH ORDINALITY AS a (name, mode, place)
        WHERE a.mode IS NULL OR a.mode IN ('i', 'b', 'v')
        ORDER BY a.place
    ) AS argument_names,
    (
        SELECT substr(c.setting, length('search_path=') + 1)
        FROM unnest(p.proconfig) AS c (setting)
        WHERE starts_with(c.setting, 'search_path=')
    ) AS search_path,
    EXISTS (
        SELECT FROM unnest(p.proconfig) AS c (setting)
        WHERE NOT starts_with(c.setting, 'search_path=')
    ) AS has_other_settings,
    CASE WHEN p.pronargdefaults > 0 AND p.pronamespace <> 'pg_catalog'::regnamespace THEN ARRAY(
        SELECT n.n FROM generate_series(1, p.pronargs::int) AS n (n)
        WHERE pg_catalog.pg_get_function_arg_default(p.oid, n.n) ~ '^NULL(::|$)'
        ORDER BY n.n
    ) ELSE '{}' END AS nullable_arguments
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
ORDER BY p.oid;

-- name: list_rules()
-- What a refusal names: the constraints of tables and domains but primary keys and NOT NULL,
-- partial unique indexes, and functions that refuse in their own name, which their source quotes.
-- Of these, a trigger of the same name says what the rule is, or else the function itself.
WITH here AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY (current_schemas(false))
)
SELECT rule.name::text AS name, rule.relation::text AS relation, rule.comment AS comment
FROM (
    SELECT k.conname AS name, c.relname AS relation, c.relnamespace AS namespace_oid,
        pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    WHERE k.contype IN ('c', 'u', 'f', 'x') AND k.conparentid = 0
    UNION ALL
    SELECT k.conname, t.typname, t.typnamespace, pg_catalog.obj_description(k.oid, 'pg_constraint')
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
    WHERE k.contype = 'c'
    UNION ALL
    SELECT ic.relname, c.relname, c.relnamespace,
        pg_catalog.obj_description(i.indexrelid, 'pg_class')
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
    WHERE i.indisunique AND NOT ic.relispartition
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid)
    UNION ALL
    SELECT p.proname, coalesce(tc.relname, p.proname), p.pronamespace,
        coalesce(
            pg_catalog.obj_description(t.oid, 'pg_trigger'),
            pg_catalog.obj_description(p.oid, 'pg_proc')
        )
    FROM pg_catalog.pg_proc AS p
    LEFT JOIN pg_catalog.pg_trigger AS t ON t.tgfoid = p.oid AND t.tgname = p.proname
        AND t.tgparentid = 0
    LEFT JOIN pg_catalog.pg_class AS tc ON tc.oid = t.tgrelid
    WHERE strpos(p.prosrc, quote_literal(p.proname)) > 0
) AS rule
WHERE rule.namespace_oid IN (SELECT here.oid FROM here)
ORDER BY rule.name, rule.relation;

-- name: list_rewriting_triggers()
-- Triggers that may change a row on its way in, of tables and of those that they inherit to.
WITH RECURSIVE rewriting AS (
    SELECT t.tgrelid AS relation_oid,
        t.tgtype & 4 <> 0 AS on_insert, t.tgtype & 16 <> 0 AS on_update,
        t.tgattr::int2[]::int[] AS columns
    FROM pg_catalog.pg_trigger AS t
    WHERE NOT t.tgisinternal AND t.tgtype & 1 = 1 AND t.tgtype & (2 | 64) <> 0
    UNION
    SELECT i.inhparent, r.on_insert, r.on_update, '{}'::int[]
    FROM rewriting AS r
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = r.relation_oid
)
SELECT r.relation_oid::bigint AS relation_oid, r.on_insert, r.on_update, r.columns
FROM rewriting AS r
ORDER BY 1, 2, 3, 4;

-- name: list_tables()
-- The tables of the searched schemas, by name; of two of one name, the one that is found.
SELECT
    c.oid::bigint AS oid,
    c.relname::text AS name,
    pg_catalog.obj_description(c.oid, 'pg_class') AS comment
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false))
    AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY c.relname, c.oid;

-- name: list_types()
-- Every type. subtype_oid is what a range or a multirange is made of.
SELECT
    t.oid::bigint AS oid,
    t.typname::text AS name,
    n.nspname::text AS schema,
    t.typtype::text AS kind,
    CASE WHEN t.typcategory = 'A' THEN t.typelem::bigint END AS element_oid,
    nullif(t.typbasetype, 0)::bigint AS base_oid,
    t.typnotnull OR EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated
            AND pg_catalog.pg_get_constraintdef(k.oid)
                ~ '^CHECK \(\(+VALUE IS NOT NULL\)( AND |\)$)'
    ) AS is_never_null,
    pg_catalog.format_type(t.oid, NULL) AS shown,
    pg_catalog.obj_description(t.oid, 'pg_type') AS comment,
    t.typcategory::text AS category,
    t.typarray::bigint AS array_oid,
    r.rngsubtype::bigint AS subtype_oid,
    c.oid::bigint AS relation_oid,
    c.relkind::text AS relation_kind
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_range AS r ON t.oid IN (r.rngtypid, r.rngmultitypid)
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
ORDER BY t.oid;

-- name: get_setting(setting)$
-- Read a setting of this session.
SELECT pg_catalog.current_setting(:setting);

-- name: set_setting(setting, value)$
-- Change a setting of this session.
SELECT pg_catalog.set_config(:setting, :value, false);
