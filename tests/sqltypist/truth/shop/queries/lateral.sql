-- name: customers_with_latest()
SELECT
    c.id, o.id AS order_id, o.total, s.orders, s.spent, s.last_seen, r.returned, x.mean, v.mail
FROM customers AS c
LEFT JOIN LATERAL (
    SELECT id, total FROM orders WHERE customer_id = c.id ORDER BY placed_at DESC LIMIT 1
) AS o ON true
CROSS JOIN LATERAL (
    SELECT
        count(*) AS orders, sum(total) AS spent,
        coalesce(max(placed_at), c.joined_at) AS last_seen
    FROM orders WHERE customer_id = c.id
) AS s
LEFT JOIN LATERAL (
    SELECT count(*) AS returned FROM orders WHERE customer_id = c.id AND state = 'returned'
) AS r ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS orders, coalesce(avg(total), 0) AS mean FROM orders WHERE customer_id = c.id
) AS x ON x.orders > 1
LEFT JOIN LATERAL (VALUES (c.email)) AS v (mail) ON true;

-- name: dear_lines(least)
SELECT o.id, l.line_no, l.unit_price, l.net_price, l.label_text
FROM orders AS o
JOIN LATERAL (
    SELECT
        i.line_no, i.unit_price, i.unit_price * (1 - i.discount) AS net_price,
        coalesce(i.gift_text, 'product') AS label_text
    FROM order_lines AS i
    WHERE i.order_id = o.id
) AS l ON l.net_price > :least;

-- name: product_parts()
SELECT
    p.id, l.label AS label_text, f.photo, f.number, a.key AS attribute, a.value AS attribute_value,
    e.element
FROM products AS p
CROSS JOIN LATERAL unnest(p.labels) AS l (label)
LEFT JOIN LATERAL unnest(p.photos) WITH ORDINALITY AS f (photo, number) ON true
CROSS JOIN LATERAL jsonb_each_text(p.attributes) AS a
LEFT JOIN LATERAL jsonb_path_query(p.attributes, '$.parts[*]') AS e (element) ON true;

-- name: stock_per_warehouse()
SELECT w.id, w.code, t.pieces, t.products, m.moved_on, n.next_on
FROM warehouses AS w
LEFT JOIN LATERAL (
    SELECT sum(s.quantity) AS pieces, count(DISTINCT s.product_id) AS products
    FROM stock AS s WHERE s.warehouse_id = w.id
) AS t ON true
JOIN LATERAL (
    SELECT m.moved_on FROM movements AS m WHERE m.from_id = w.id ORDER BY m.moved_on LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
    SELECT n.moved_on AS next_on FROM movements AS n
    WHERE n.from_id = w.id AND n.moved_on > m.moved_on ORDER BY n.moved_on LIMIT 1
) AS n ON true;
