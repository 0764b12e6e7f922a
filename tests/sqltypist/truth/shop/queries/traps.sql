-- name: open_cart(customer_id)
WITH cart AS (
    INSERT INTO orders (customer_id) VALUES (:customer_id) RETURNING id
), line AS (
    INSERT INTO order_lines (order_id, line_no, gift_text, quantity)
    SELECT c.id, 1, 'hello', 1 FROM cart AS c
    RETURNING order_id, line_no
)
SELECT
    l.order_id, l.line_no, o.id AS visible_id, c.id AS cart_id,
    (SELECT x.state FROM orders AS x WHERE x.id = l.order_id) AS visible_state
FROM line AS l
LEFT JOIN orders AS o ON o.id = l.order_id
JOIN cart AS c ON c.id = l.order_id;

-- name: list_warehouses_of_orders()
SELECT o.id, a.id AS a_id, b.id AS b_id, d.id AS d_id, e.id AS e_id, f.id AS f_id
FROM orders AS o
LEFT JOIN warehouses AS a ON a.id = o.warehouse_id
LEFT JOIN warehouses AS b ON b.id = o.warehouse_id
LEFT JOIN warehouses AS d ON d.id = o.warehouse_id
LEFT JOIN warehouses AS e ON e.id = o.warehouse_id
LEFT JOIN warehouses AS f ON f.id = o.warehouse_id
WHERE EXISTS (SELECT FROM stock AS s WHERE s.warehouse_id = a.id GROUP BY ())
    AND EXISTS (SELECT count(*) FROM stock AS s WHERE s.warehouse_id = b.id)
    AND EXISTS (SELECT FROM stock AS s WHERE s.warehouse_id = d.id GROUP BY ROLLUP (s.shelf))
    AND NOT (e.floor_area > 5 AND o.total IS NOT NULL)
    AND num_nonnulls(f.id, o.id) > 0;

-- name: list_shelved_warehouses()
SELECT o.id, a.id AS a_id, b.id AS b_id, d.id AS d_id, e.id AS e_id
FROM orders AS o
LEFT JOIN warehouses AS a ON a.id = o.warehouse_id
LEFT JOIN warehouses AS b ON b.id = o.warehouse_id
LEFT JOIN warehouses AS d ON d.id = o.warehouse_id
LEFT JOIN warehouses AS e ON e.id = o.warehouse_id
WHERE EXISTS (SELECT FROM stock AS s WHERE s.warehouse_id = a.id GROUP BY s.shelf)
    AND num_nulls(b.id, o.id) = 0
    AND NOT (d.floor_area > 1000 OR o.id < 0)
    AND (e.id, o.id) IS NOT NULL;

-- name: toss_coins()
SELECT
    CASE WHEN random() < 0.5 THEN 1 WHEN NOT (random() < 0.5) THEN 2 END AS twice_tossed,
    CASE WHEN random() < 0.5 THEN 1 ELSE 2 END AS once_tossed,
    CASE WHEN n.number < 5 THEN 1 WHEN NOT (n.number < 5) THEN 2 END AS half
FROM generate_series(1, 100) AS n (number);

-- name: list_composites_of_json()
SELECT
    (jsonb_populate_record(NULL::customers, '{}')).email AS email,
    r.email AS other_email,
    (array_agg(c))[9].id AS ninth_id,
    (SELECT max(k.email) FROM customers AS k WHERE k.id < 0) AS no_email
FROM customers AS c
CROSS JOIN jsonb_populate_record(NULL::customers, '{"id": 1}') AS r
GROUP BY r.email;

-- name: list_grouped_states()
SELECT
    CASE WHEN grouping(o.state, o.customer_id) = 3 THEN 'x' ELSE o.state::text END AS not_both,
    CASE WHEN grouping(o.customer_id) = 1 THEN 'all' ELSE o.state::text END AS other_one,
    CASE grouping(o.state) WHEN 0 THEN o.state::text ELSE 'all' END AS state_text,
    CASE grouping(o.coupon) WHEN 1 THEN 'all' ELSE o.coupon END AS coupon_text,
    count(*) AS orders
FROM orders AS o
GROUP BY CUBE (o.state, o.customer_id, o.coupon);

-- name: list_orders_of_total(total, coupon)
SELECT o.id, o.total, o.coupon, :total::numeric AS asked_total,
coalesce(:coupon, '-') AS asked_coupon
FROM orders AS o
WHERE o.total IS NOT DISTINCT FROM :total AND o.coupon = coalesce(:coupon, o.coupon);

-- name: list_counted_orders(least)
SELECT
    o.customer_id, max(o.total) AS best, max(o.paid_at) AS last_paid, min(o.coupon) AS a_coupon,
    sum(o.id) FILTER (WHERE o.state = 'paid') AS paid_ids
FROM orders AS o
GROUP BY o.customer_id
HAVING count(o.total) > 0 AND count(o.paid_at) >= :least AND count(DISTINCT o.coupon) <> 7;

-- name: list_coupons()
SELECT
    c.code, c.rate, c.discount, c.starts_on, c.least, c.remark, v.customer_id, v.page
FROM coupons AS c
CROSS JOIN visits AS v;

-- name: list_fixed_coupons()
SELECT c.code, c.rate, c.discount, c.ends_on
FROM coupons AS c
WHERE c.kind <> 'rate' AND c.starts_on > '2000-01-01';

-- name: list_other_coupons()
SELECT c.code, c.discount, c.ends_on
FROM coupons AS c
WHERE c.kind IS DISTINCT FROM 'rate' AND c.starts_on IS NULL;

-- name: list_rated_coupons()
SELECT c.code, c.rate, c.discount FROM coupons AS c WHERE c.kind = 'rate';

-- name: list_coupons_of_orders()
SELECT o.id, c.code, c.remark, c.ends_on
FROM orders AS o
LEFT JOIN coupons AS c ON c.code = o.coupon
WHERE c.starts_on IS NULL;

-- name: set_coupon(code, discount)^
UPDATE coupons SET kind = 'rate', rate = 0.5, discount = :discount
WHERE code = :code AND kind <> 'rate' AND starts_on IS NOT NULL
RETURNING code, kind, rate, discount, ends_on, remark;
