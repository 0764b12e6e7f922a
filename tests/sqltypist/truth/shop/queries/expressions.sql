-- name: order_cases()
SELECT
    CASE WHEN o.total IS NOT NULL THEN o.total ELSE 0 END AS total_or_zero,
    CASE WHEN o.total > 5 THEN o.total ELSE 5 END AS at_least_five,
    CASE WHEN o.total IS NULL THEN 0 ELSE o.total END AS total_again,
    CASE o.state WHEN 'paid' THEN 1 WHEN 'cart' THEN 0 END AS rank_of_state,
    CASE WHEN o.coupon <> '' AND o.total > 0 THEN length(o.coupon) ELSE 0 END AS coupon_length,
    CASE
        WHEN o.coupon IS NULL OR o.total IS NULL THEN '-'
        ELSE o.coupon || o.total
    END AS both_text,
    CASE WHEN o.total > 0 THEN 1 WHEN o.total <= 0 THEN 0 END AS sign,
    CASE WHEN o.coupon IS NULL THEN o.paid_at ELSE now() END AS some_moment,
    CASE WHEN o.total > 5 OR o.coupon = 'x' THEN o.total ELSE 0 END AS perhaps_total,
    greatest(o.total, 0) AS not_negative,
    greatest(o.paid_at, o.placed_at) AS later,
    coalesce(o.paid_at, o.placed_at) AS either,
    coalesce(nullif(o.coupon, ''), o.meta ->> 'coupon', o.state::text) AS some_text,
    nullif(o.customer_id, 1) AS not_first,
    o.total * 2 + 1 AS doubled,
    -o.id AS negative,
    o.id::text || '/' || o.state AS shown
FROM orders AS o;

-- name: order_logic()
SELECT
    o.total > 5 OR o.state = 'cart' AS is_either,
    o.total > 5 AND o.state = 'cart' AS is_both,
    o.total IS NULL OR o.total > 5 AS is_big_or_unknown,
    o.total IS NOT NULL AND o.total > 5 AS is_known_big,
    NOT o.total > 5 AS is_small,
    (o.total > 5) IS TRUE AS is_surely_big,
    o.total IS DISTINCT FROM 5 AS is_not_five,
    o.id IN (1, 2) AS is_early,
    o.id IN (1, NULL) AS is_first,
    o.total IN (1, 2) AS is_cheap,
    o.id = ANY(ARRAY[1, 2]) AS is_in_array,
    o.id NOT IN (SELECT c.referrer_id FROM customers AS c) AS is_not_referrer,
    o.id IN (SELECT c.id FROM customers AS c) AS is_customer,
    o.id > ALL (SELECT c.id FROM customers AS c) AS is_last,
    o.state BETWEEN 'placed' AND 'shipped' AS is_running,
    EXISTS (SELECT FROM order_lines AS l WHERE l.order_id = o.id) AS has_lines
FROM orders AS o;

-- name: order_subqueries()
SELECT
    (SELECT count(*) FROM order_lines AS l WHERE l.order_id = o.id) AS line_count,
    (SELECT sum(l.quantity) FROM order_lines AS l WHERE l.order_id = o.id) AS pieces,
    (SELECT coalesce(sum(l.quantity), 0) FROM order_lines AS l
        WHERE l.order_id = o.id) AS pieces_or_zero,
    (SELECT w.code FROM warehouses AS w WHERE w.id = o.warehouse_id) AS warehouse_code,
    (SELECT c.email FROM customers AS c WHERE c.id = o.customer_id) AS email,
    (SELECT l.gift_text FROM order_lines AS l WHERE l.order_id = o.id LIMIT 1) AS some_gift,
    (SELECT 1) AS one,
    (SELECT o.id WHERE o.total > 5) AS big_id,
    (SELECT count(*) FROM returns AS r WHERE r.order_id = o.id HAVING count(*) > 1) AS many_returns,
    (SELECT count(*) FROM returns AS r WHERE r.order_id = o.id
        GROUP BY r.line_no LIMIT 1) AS line_returns,
    (SELECT count(*) FROM returns AS r OFFSET 1) AS nothing,
    (SELECT max(v.x) FROM (VALUES (1), (2)) AS v (x) WHERE v.x < o.id) AS some_value,
    ARRAY(SELECT l.line_no FROM order_lines AS l WHERE l.order_id = o.id) AS line_numbers
FROM orders AS o;

-- name: order_states()
SELECT o.id, o.placed_at, o.paid_at, o.total, o.coupon
FROM orders AS o
WHERE o.state = 'paid' AND (o.total, o.coupon) <> (0, '') AND num_nulls(o.paid_at) = 0;

-- name: sampled_stock(number, start)
SELECT
    s.ctid::text AS place, s.xmin::text AS written_by, s.tableoid AS table_id, s.product_id,
    s.reserved
FROM stock AS s TABLESAMPLE BERNOULLI (100)
ORDER BY s.product_id, s.warehouse_id
LIMIT :number OFFSET :start;

-- name: lock_orders(state, coupon)
SELECT o.id, o.coupon, c.nickname
FROM orders AS o
JOIN customers AS c ON c.id = o.customer_id
WHERE o.state = :state AND o.coupon IS DISTINCT FROM :coupon
ORDER BY o.id
LIMIT 5
FOR UPDATE OF o SKIP LOCKED;

-- name: search_products(words, unit, price, labels)
SELECT p.id, p.name, p.cost, p.discontinued, :words::text AS searched
FROM products AS p
WHERE (:words::text IS NULL OR p.name ILIKE :words)
    AND (:unit::unit IS NULL OR p.measured_in = :unit)
    AND p.cost <= :price
    AND p.labels && :labels::text[];
