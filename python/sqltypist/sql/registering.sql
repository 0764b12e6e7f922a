-- What psycopg has to know of the types of a database, for each connection.

-- name: list_types(names)
-- The types of these names on the search path, in the order of the names; without an oid where
-- there is none. base_oid is the type under a domain, and under the domain that it is made of.
WITH RECURSIVE wanted AS (
    SELECT n.name, n.place, to_regtype(n.name)::oid AS oid
    FROM unnest(:names::text[]) WITH ORDINALITY AS n (name, place)
), steps AS (
    SELECT w.oid AS wanted_oid, t.oid, t.typtype, t.typbasetype
    FROM wanted AS w
    JOIN pg_catalog.pg_type AS t ON t.oid = w.oid
    UNION ALL
    SELECT s.wanted_oid, t.oid, t.typtype, t.typbasetype
    FROM steps AS s
    JOIN pg_catalog.pg_type AS t ON t.oid = s.typbasetype
)
SELECT
    w.name,
    t.oid::bigint AS oid,
    t.typarray::bigint AS array_oid,
    t.typtype::text AS kind,
    (
        SELECT s.oid::bigint FROM steps AS s WHERE s.wanted_oid = w.oid AND s.typtype <> 'd'
    ) AS base_oid,
    r.rngsubtype::bigint AS subtype_oid,
    r.rngtypid::bigint AS range_oid,
    ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS field_names,
    ARRAY(
        SELECT a.atttypid::bigint FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS field_types
FROM wanted AS w
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = w.oid
LEFT JOIN pg_catalog.pg_range AS r ON t.oid IN (r.rngtypid, r.rngmultitypid)
ORDER BY t.typtype = 'd', w.place;
