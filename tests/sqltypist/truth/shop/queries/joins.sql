-- name: lines_with_parents()
SELECT
    l.order_id, o.id, o.state, o.coupon, c.email, c.nickname, r.name AS region, r.vat_rate,
    r.parent_code, p.name AS product, w.code AS warehouse
FROM order_lines AS l
LEFT JOIN orders AS o ON o.id = l.order_id
LEFT JOIN customers AS c ON c.id = o.customer_id
LEFT JOIN regions AS r ON r.code = c.region_code
LEFT JOIN products AS p ON p.id = l.product_id
LEFT JOIN warehouses AS w ON w.id = o.warehouse_id;

-- name: stock_with_parents()
SELECT
    s.product_id, b.temperature, w.code AS warehouse, p.name AS current_name, q.name AS any_name,
    v.floor_area
FROM stock AS s
LEFT JOIN bins AS b ON b.warehouse_id = s.warehouse_id AND b.shelf = s.shelf
LEFT JOIN warehouses AS w ON w.id = s.warehouse_id AND w.region_code IS NOT NULL
LEFT JOIN products AS p ON p.id = s.product_id AND p.discontinued IS NULL
LEFT JOIN products AS q ON q.id = s.product_id
LEFT JOIN warehouses AS v ON v.id = s.shelf;

-- name: contacts_and_heirs()
SELECT k.id, k.name, k.phone, k.mail, r.name AS region, k.tableoid::regclass::text AS origin
FROM contacts AS k
LEFT JOIN regions AS r ON r.code = k.region_code;

-- name: contacts_alone()
SELECT k.id, k.phone, k.mail, r.name AS region
FROM ONLY contacts AS k
LEFT JOIN regions AS r ON r.code = k.region_code;

-- name: lines_of_note(least)
SELECT c.id, o.id AS order_id, o.total, l.line_no, l.unit_price, p.name AS product
FROM customers AS c
LEFT JOIN orders AS o ON o.customer_id = c.id
LEFT JOIN order_lines AS l ON l.order_id = o.id
LEFT JOIN products AS p ON p.id = l.product_id
WHERE l.quantity > :least OR l.unit_price = 0;

-- name: joins_cancelled(ids, who)
SELECT
    o.id, a.id AS a_id, b.id AS b_id, b.region_code AS b_region, d.id AS d_id,
    d.manager AS d_manager,
    e.id AS e_id, f.id AS f_id, g.id AS g_id, h.id AS h_id, i.id AS i_id, j.id AS j_id, k.id AS k_id
FROM orders AS o
JOIN customers AS c ON c.id = o.customer_id
LEFT JOIN warehouses AS a ON a.id = o.warehouse_id
LEFT JOIN warehouses AS b ON b.id = o.warehouse_id
LEFT JOIN warehouses AS d ON d.id = o.warehouse_id
LEFT JOIN warehouses AS e ON e.id = o.warehouse_id
LEFT JOIN warehouses AS f ON f.id = o.warehouse_id
LEFT JOIN warehouses AS g ON g.id = o.warehouse_id
LEFT JOIN warehouses AS h ON h.id = o.warehouse_id
LEFT JOIN warehouses AS i ON i.id = o.warehouse_id
LEFT JOIN warehouses AS j ON j.id = o.warehouse_id
LEFT JOIN warehouses AS k ON k.id = o.warehouse_id
WHERE CASE WHEN a.manager = 'Ada' THEN a.floor_area > 1 ELSE a.floor_area > 0 END
    AND b.region_code IS NOT DISTINCT FROM c.region_code
    AND coalesce(d.manager, d.phone) = :who
    AND e.id = ANY(:ids)
    AND f.floor_area BETWEEN 0 AND 100000
    AND g.code LIKE 'W%%'
    AND (h.floor_area > 0) IS TRUE
    AND NOT (i.id IS NULL)
    AND j.id IN (SELECT s.warehouse_id FROM stock AS s)
    AND (k.floor_area < 0) IS NOT UNKNOWN;

-- name: joins_not_cancelled(ids)
SELECT
    o.id, a.id AS a_id, b.id AS b_id, d.id AS d_id, e.id AS e_id, f.id AS f_id, g.id AS g_id,
    h.id AS h_id
FROM orders AS o
LEFT JOIN warehouses AS a ON a.id = o.warehouse_id
LEFT JOIN warehouses AS b ON b.id = o.warehouse_id
LEFT JOIN warehouses AS d ON d.id = o.warehouse_id
LEFT JOIN warehouses AS e ON e.id = o.warehouse_id
LEFT JOIN warehouses AS f ON f.id = o.warehouse_id
LEFT JOIN warehouses AS g ON g.id = o.warehouse_id
LEFT JOIN warehouses AS h ON h.id = o.warehouse_id
WHERE (a.floor_area > 5 OR o.total IS NULL)
    AND b.region_code IS NOT DISTINCT FROM o.coupon
    AND coalesce(d.floor_area, 0) >= 0
    AND e.id <> ALL(:ids)
    AND f.id NOT IN (SELECT r.id FROM reviews AS r WHERE r.stars < 0)
    AND (g.floor_area > 5) IS NOT TRUE
    AND CASE WHEN h.id IS NULL THEN true ELSE h.floor_area > 0 END;

-- name: joins_cancelled_in_pairs()
SELECT c.id, o.id AS order_id, o.paid_at, w.id AS warehouse_id, w.manager, r.id AS referrer_id
FROM customers AS c
LEFT JOIN (orders AS o LEFT JOIN warehouses AS w ON w.id = o.warehouse_id) ON o.customer_id = c.id
LEFT JOIN customers AS r ON r.id = c.referrer_id
WHERE (o.paid_at > o.placed_at OR (o.paid_at IS NOT NULL AND w.floor_area > 3))
    AND EXISTS (SELECT FROM orders AS x WHERE x.customer_id = r.id);

-- name: customers_and_couriers()
SELECT
    region_code, c.id, k.id AS courier_id, k.licence, c.region_code AS customer_region,
    coalesce(c.full_name, k.name) AS name, coalesce(c.nickname, k.name) AS short_name
FROM customers AS c
FULL JOIN couriers AS k USING (region_code);

-- name: newsletter_and_couriers()
SELECT region_code, c.id, c.newsletter, k.id AS courier_id
FROM customers AS c
FULL JOIN couriers AS k USING (region_code)
WHERE c.newsletter;

-- name: stock_in_bins()
SELECT shelf, product_id, reserved, capacity, temperature
FROM stock NATURAL JOIN bins;

-- name: stock_perhaps_in_bins()
SELECT shelf, warehouse_id, capacity, temperature
FROM stock NATURAL LEFT JOIN bins;

-- name: namesakes()
SELECT c.id, c.nickname, r.id AS referrer_id, c.referrer_id AS referred_by, s.email, s.region
FROM customers AS c
JOIN customers AS r ON r.id = c.referrer_id AND r.nickname = c.nickname
LEFT JOIN customer_summary AS s ON s.id = r.referrer_id;

-- name: couriers_on_the_right(letter)
SELECT k.id, k.licence, c.id AS customer_id, c.email, o.id AS order_id
FROM (orders AS o JOIN customers AS c ON c.id = o.customer_id)
RIGHT JOIN couriers AS k ON k.region_code = c.region_code
WHERE k.licence ~ :letter;
