-- UNION, INTERSECT, EXCEPT, VALUES and partitions.

-- name: list_common_ids()
SELECT
    s.physician_id AS id,
    s.ward_id,
    s.severity::text AS label
FROM stays AS s
INTERSECT
SELECT d.id, d.ward_id, d.specialty FROM physicians AS d;

-- name: list_ids_apart()
SELECT
    d.id,
    d.ward_id AS place,
    d.name AS label
FROM physicians AS d
EXCEPT
SELECT s.physician_id, NULL::int, s.note FROM stays AS s;

-- name: list_nested_sets()
SELECT
    x.id,
    x.place,
    x.label,
    x.origin
FROM (
    (
        SELECT d.id, d.ward_id AS place, d.specialty AS label, 'd' AS origin FROM physicians AS d
        INTERSECT ALL
        SELECT s.physician_id, s.ward_id, s.note, 'd' FROM stays AS s
    )
    UNION
    (
        SELECT w.id, w.capacity, w.phone::text, 'w' FROM wards AS w
        EXCEPT ALL
        SELECT b.number, b.ward_id, b.kind, NULL FROM beds AS b
    )
) AS x;

-- name: list_partitions()
SELECT
    v.id,
    v.day,
    y.day AS day_this_year,
    y.ward_id,
    m.kind,
    m.value,
    l.kind AS lab_kind
FROM visits AS v
CROSS JOIN visits_2026 AS y
CROSS JOIN measurements AS m
CROSS JOIN measurements_labs AS l
WHERE m.raw IS NULL;

-- name: list_people(name)
SELECT
    p.id,
    p.given_name AS name,
    p.family_name AS other_name,
    p.contact,
    1 AS sort
FROM patients AS p
UNION ALL
SELECT d.id, d.name, d.specialty || '', NULL, 2
FROM physicians AS d
WHERE d.specialty = :name;

-- name: list_set_filtered(place)
SELECT
    x.place,
    x.label,
    x.moment
FROM (
    SELECT d.ward_id AS place, d.specialty AS label, d.left_on AS moment FROM physicians AS d
    UNION
    SELECT v.ward_id, v.comment, v.day FROM visits AS v
) AS x
WHERE x.place > :place AND x.moment IS NOT NULL;

-- name: list_values()
SELECT
    v.number,
    v.label,
    v.amount,
    v.flag
FROM (
    VALUES (1, 'a', 1.5, true), (2, NULL, 2, true), (3, 'c', 3, false)
) AS v (number, label, amount, flag)
WHERE v.flag;
