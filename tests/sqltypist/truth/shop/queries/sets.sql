-- name: list_names()
SELECT c.id, c.full_name AS name, c.nickname AS also FROM customers AS c
UNION ALL
SELECT s.id, s.name, s.hotline FROM suppliers AS s
UNION
SELECT k.id, k.name, 'courier' FROM couriers AS k;

-- name: list_common_names()
SELECT c.nickname, c.region_code AS region, c.home AS home FROM customers AS c
INTERSECT
SELECT d.full_name, d.region_code, d.home FROM customers AS d;

-- name: list_rare_names()
SELECT c.full_name AS name, c.nickname FROM customers AS c
EXCEPT
SELECT d.nickname, d.full_name FROM customers AS d;

-- name: list_mixed_sets()
(SELECT s.product_id AS id, s.shelf AS place FROM stock AS s
 EXCEPT ALL
 SELECT l.product_id, l.line_no FROM order_lines AS l)
UNION ALL
(SELECT w.id, NULL FROM warehouses AS w
 INTERSECT
 SELECT m.from_id, m.to_id FROM movements AS m)
ORDER BY id, place;

-- name: list_values()
SELECT v.code, v.value, v.day, length(v.code) AS code_length
FROM (VALUES ('a', 1, NULL::date), ('b', NULL, current_date), ('c', 3, current_date))
    AS v (code, value, day);

-- name: region_tree(root)
WITH RECURSIVE tree AS (
    SELECT r.code, r.name, r.parent_code, 0 AS depth FROM regions AS r WHERE r.code = :root
    UNION ALL
    SELECT r.code, r.name, r.parent_code, t.depth + 1
    FROM regions AS r
    JOIN tree AS t ON t.code = r.parent_code
) SEARCH DEPTH FIRST BY code SET ordering CYCLE code SET is_cycle USING path
SELECT t.code, t.name, t.parent_code, t.depth, t.is_cycle, t.path::text AS path_text,
    t.ordering::text AS ordering_text
FROM tree AS t;

-- name: region_parents(code)
WITH RECURSIVE up AS (
    SELECT r.code, r.parent_code, r.code AS start, 1 AS step, NULL::text AS below
    FROM regions AS r WHERE r.code = :code
    UNION
    SELECT p.code, p.parent_code, u.start, u.step + 1, u.code
    FROM up AS u
    JOIN regions AS p ON p.code = u.parent_code
    WHERE u.step < 10
)
SELECT u.code, u.parent_code, u.start, u.step, u.below FROM up AS u;

-- name: countdown(start)
WITH RECURSIVE steps AS (
    SELECT 1 AS number, :start::integer AS remaining, 'x' AS mark
    UNION ALL
    SELECT s.number + 1, nullif(s.remaining - 1, 0), s.mark || '.'
    FROM steps AS s
    WHERE s.number < 5
)
SELECT s.number, s.remaining, s.mark FROM steps AS s;

-- name: paid_orders()
WITH paid AS (
    SELECT o.id, o.customer_id, o.paid_at, o.total, o.coupon
    FROM orders AS o
    WHERE o.paid_at IS NOT NULL
), big AS MATERIALIZED (
    SELECT p.id, p.paid_at, p.total, p.coupon FROM paid AS p WHERE p.total > 5
)
SELECT c.id, p.paid_at, b.paid_at AS big_paid_at, b.total, b.coupon, q.paid_at AS joined_paid_at
FROM customers AS c
JOIN paid AS p ON p.customer_id = c.id
JOIN big AS b ON b.id = p.id
LEFT JOIN paid AS q ON q.customer_id = c.referrer_id;
