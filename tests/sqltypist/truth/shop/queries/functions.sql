-- name: line_values(rate)
SELECT
    or_zero(l.unit_price) AS price_or_zero,
    net(l.quantity, l.unit_price, l.discount) AS net_price,
    net(l.quantity, 1, l.discount) AS net_unit,
    net(l.quantity, :rate, l.discount) AS net_rate,
    titled(p.name, p.description) AS title,
    titled(p.description, p.name) AS other_title,
    town_of(o.ship_to) AS town,
    product_count() AS products,
    email_of(c.referrer_id) AS referrer_email,
    halved(l.quantity) AS half,
    halved(o.warehouse_id) AS half_warehouse,
    nonzero(l.discount) AS real_discount,
    medal(o.total) AS medal
FROM order_lines AS l
JOIN orders AS o ON o.id = l.order_id
JOIN customers AS c ON c.id = o.customer_id
CROSS JOIN products AS p;

-- name: function_rows(order_id, below)
SELECT
    f.line_no, f.title, f.net_price, s.product_id, s.shelf, s.quantity, w.code, n.note,
    r.warehouse, r.pieces, k.line_no AS other_line
FROM lines_of(:order_id) AS f
CROSS JOIN low_stock(:below) AS s
CROSS JOIN warehouse_codes() AS w (code)
CROSS JOIN shelf_notes(1) AS n (note)
CROSS JOIN stock_report() AS r
LEFT JOIN lines_of(:order_id + 1) AS k ON k.line_no = f.line_no;

-- name: function_values(customer_id, total)^
SELECT n.number, e.mail, m.medal, z.zero, h.half
FROM product_count() AS n (number)
CROSS JOIN email_of(:customer_id) AS e (mail)
CROSS JOIN medal(:total) AS m (medal)
CROSS JOIN or_zero(NULL) AS z (zero)
CROSS JOIN halved(NULL) AS h (half);
