-- name: list_stock_levels()
SELECT product_id, code, warehouse_code, shelf, capacity, quantity, reserved, free
FROM stock_levels;

-- name: list_shelved_stock()
SELECT v.product_id, v.shelf, v.capacity, v.note, v.free FROM stock_levels AS v WHERE v.shelf > 0;

-- name: list_order_totals(state)
SELECT t.order_id, t.customer_id, t.coupon, t.line_count, t.lines_total, t.payable, t.best_discount
FROM order_totals AS t
WHERE t.state = :state;

-- name: list_customer_summary()
SELECT s.id, s.email, s.nickname, s.region, s.orders, s.spent, s.last_state
FROM customer_summary AS s;

-- name: list_active_customers(least)
SELECT s.id, s.orders, s.spent, s.last_state, s.nickname
FROM customer_summary AS s
WHERE s.orders >= :least;

-- name: list_catalogue(day)
SELECT c.id, c.cost, c.on_sale, c.margin, c.discontinued
FROM catalogue AS c
WHERE c.on_sale @> :day::date;

-- name: list_open_orders()
SELECT o.id, o.state, o.placed_at, o.total FROM open_orders AS o;

-- name: list_parties()
SELECT p.kind, p.id, p.name, p.reach, p.nickname FROM parties AS p;

-- name: list_reachable_suppliers()
SELECT
    s.id, s.contact, s.hotline, coalesce(s.contact, s.hotline) AS reach, o.cost, o.lead_time,
    o.quantities
FROM suppliers AS s
LEFT JOIN offers AS o ON o.supplier_id = s.id;

-- name: list_rules_of_tables()
SELECT
    r.vat_rate, r.name AS region, w.code, w.floor_area, w.phone, e.body, e.author, e.grade, e.loud,
    c.topic, l.topic AS late_topic
FROM regions AS r
CROSS JOIN warehouses AS w
CROSS JOIN reviews AS e
CROSS JOIN complaints AS c
CROSS JOIN complaints_late AS l;

-- name: list_generated()
SELECT
    c.display_name, c.mail_host, c.birth_year, p.margin, p.slug, p.photo_count, l.line_total,
    p.code, p.cost
FROM customers AS c
CROSS JOIN products AS p
CROSS JOIN order_lines AS l;
