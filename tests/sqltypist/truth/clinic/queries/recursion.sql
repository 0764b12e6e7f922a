-- WITH, recursive and plain.

-- name: list_busy_physicians(least)
WITH RECURSIVE load AS MATERIALIZED (
    SELECT s.physician_id, count(*) AS stays, max(s.discharged_at) AS last_at
    FROM stays AS s
    GROUP BY s.physician_id
), busy AS NOT MATERIALIZED (
    SELECT l.physician_id, l.stays, l.last_at FROM load AS l WHERE l.physician_id IS NOT NULL
), above (physician_id, supervisor_id, stays) AS (
    SELECT b.physician_id, d.supervisor_id, b.stays
    FROM busy AS b
    LEFT JOIN physicians AS d ON d.id = b.physician_id
    UNION
    SELECT a.supervisor_id, d.supervisor_id, a.stays
    FROM above AS a
    LEFT JOIN physicians AS d ON d.id = a.supervisor_id
)
SELECT
    a.physician_id,
    a.supervisor_id,
    a.stays,
    b.physician_id AS busy_id,
    b.last_at,
    l.physician_id AS load_id,
    d.name AS busy_name
FROM above AS a
CROSS JOIN busy AS b
CROSS JOIN load AS l
LEFT JOIN physicians AS d ON d.id = b.physician_id
WHERE b.stays > :least;

-- name: list_referrals(id)
WITH RECURSIVE referred (id, given_name, by_id, by_name, total) AS (
    SELECT p.id, p.given_name, p.referred_by, NULL::text, 1::bigint
    FROM patients AS p
    WHERE p.id = :id AND p.given_name IS NOT NULL
    UNION
    SELECT p.id, p.given_name, r.id, r.given_name, r.total + s.total
    FROM referred AS r
    JOIN patients AS p ON p.referred_by = r.id
    LEFT JOIN LATERAL (
        SELECT count(*) AS total FROM stays AS x WHERE x.patient_id = p.id
    ) AS s ON true
)
SELECT
    r.id,
    r.given_name,
    r.by_id,
    r.by_name,
    r.total
FROM referred AS r;

-- name: list_shifting(steps)
WITH RECURSIVE shifting AS (
    SELECT 1 AS step, 10 AS first, 20 AS second, 30 AS third, 40 AS fixed
    UNION ALL
    SELECT s.step + 1, s.second, s.third, nullif(s.step, 2), s.fixed
    FROM shifting AS s
    WHERE s.step < :steps
)
SELECT
    s.step,
    s.first,
    s.second,
    s.third,
    s.fixed
FROM shifting AS s;

-- name: list_supervisors(id)
WITH RECURSIVE chain AS (
    SELECT d.id, d.supervisor_id, d.name, 0 AS depth, ARRAY[d.id] AS path, d.name AS below
    FROM physicians AS d
    WHERE d.id = :id
    UNION ALL
    SELECT u.id, u.supervisor_id, u.name, c.depth + 1, c.path || u.id, c.name
    FROM chain AS c
    JOIN physicians AS u ON u.id = c.supervisor_id
) SEARCH BREADTH FIRST BY id SET ordering CYCLE id SET is_cycle USING trail
SELECT
    c.id,
    c.supervisor_id,
    c.name,
    c.depth,
    c.path,
    c.below,
    c.is_cycle,
    c.ordering::text AS ordering,
    c.trail::text AS trail
FROM chain AS c;
