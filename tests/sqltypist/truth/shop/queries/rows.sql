-- name: whole_rows()
SELECT
    o AS order_row, w AS warehouse_row, ROW(o.id, o.total) AS pair, o.ship_to,
    (o.ship_to).town AS town, (o).id AS order_id, (o).coupon AS coupon, (w).code AS warehouse_code,
    row_to_json(o) AS order_json, to_jsonb(w) AS warehouse_json, o IS NULL AS is_nothing,
    o.*::orders AS same_row
FROM orders AS o
LEFT JOIN warehouses AS w ON w.id = o.warehouse_id;

-- name: rows_of_subqueries()
SELECT
    (x.line).quantity AS quantity, (x.line).unit_price AS unit_price,
    (y.line).line_no AS other_line,
    x.line AS line, y.line AS other
FROM (SELECT l AS line FROM order_lines AS l) AS x
LEFT JOIN (SELECT l AS line, l.order_id FROM order_lines AS l WHERE l.quantity > 3) AS y
    ON y.order_id = (x.line).order_id;

-- name: known_addresses()
SELECT
    c.id, c.home, (c.home).town AS town, o.ship_to, (o.ship_to).zip AS zip,
    (p.size).width AS width, (ROW(1, NULL, p.id)::dimensions).height AS height
FROM customers AS c
JOIN orders AS o ON o.customer_id = c.id
CROSS JOIN products AS p
WHERE c.home IS NOT NULL AND NOT (o.ship_to IS NULL);

-- name: compared_rows()
SELECT
    (o.id, o.customer_id) < (5, 5) AS before_five,
    (o.id, o.total) = (1, 2) AS is_one,
    (o.id, o.total) IS DISTINCT FROM (1, 2) AS differs,
    ROW(o.total, o.coupon) IS NULL AS is_empty,
    o.ship_to IS NOT NULL AS is_addressed,
    (o.total, o.coupon) = (SELECT 1, 'x') AS matches_some,
    (SELECT (c.home).town FROM customers AS c WHERE c.id = o.customer_id) AS town
FROM orders AS o;
