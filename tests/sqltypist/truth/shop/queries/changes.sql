-- name: place_order(customer_id, coupon, total)<!
INSERT INTO orders (customer_id, state, placed_at, coupon, total)
VALUES (:customer_id, 'placed', now(), :coupon, :total)
RETURNING id, customer_id, state, placed_at, coupon, total, warehouse_id;

-- name: add_stock(product_id, warehouse_id, shelf, quantity)<!
INSERT INTO stock AS s (product_id, warehouse_id, shelf, quantity, counted_at)
VALUES (:product_id, :warehouse_id, :shelf, :quantity, now())
ON CONFLICT (product_id, warehouse_id) DO UPDATE
SET quantity = s.quantity + excluded.quantity, counted_at = excluded.counted_at
RETURNING s.product_id, s.shelf, s.quantity, s.reserved, s.counted_at, s.xmax = '0' AS was_inserted;

-- name: add_product_once(code, name, price, cost, description)^
INSERT INTO products (code, name, price, cost, description)
VALUES (:code, :name, :price, :cost, :description)
ON CONFLICT (code) DO NOTHING
RETURNING id, code, cost, margin, slug, description;

-- name: write_audit(before, after)<!
INSERT INTO audit (before, after) VALUES (:before, :after)
RETURNING id, at, actor, before, after;

-- name: open_prices(who)
INSERT INTO price_history (product_id, valid, price, changed_by)
SELECT p.id, tstzrange(now(), NULL), p.cost, :who
FROM products AS p
WHERE p.cost IS NOT NULL
RETURNING product_id, price, changed_by, lower(valid) AS valid_from, upper(valid) AS valid_until;

-- name: reserve_order(order_id)
UPDATE stock AS s
SET reserved = coalesce(s.reserved, 0) + l.quantity
FROM order_lines AS l
LEFT JOIN products AS p ON p.id = l.product_id
WHERE l.product_id = s.product_id AND l.order_id = :order_id AND s.shelf IS NOT NULL
RETURNING
    s.product_id, s.shelf, s.reserved, s.counted_at, l.product_id AS ordered_id, l.unit_price,
    l.gift_text;

-- name: drop_returns(least)
DELETE FROM returns AS r
USING orders AS o
WHERE o.id = r.order_id AND r.refund > :least AND o.total IS NOT NULL
RETURNING r.id, r.refund, r.reason, o.total, o.coupon;

-- name: pay_order(id, coupon)^
UPDATE orders SET coupon = :coupon, paid_at = now()
WHERE id = :id AND placed_at IS NOT NULL AND warehouse_id IS NOT NULL
RETURNING id, state, coupon, paid_at, placed_at, total;

-- name: rename_customer(id, full_name, nickname, region_code)^
UPDATE customers
SET full_name = coalesce(:full_name, full_name), nickname = :nickname, region_code = :region_code
WHERE id = :id
RETURNING id, full_name, nickname, display_name, born_on, region_code;

-- name: clear_gifts(order_id)
WITH gone AS (
    DELETE FROM order_lines
    WHERE order_id = :order_id AND gift_text IS NOT NULL
    RETURNING line_no, gift_text, quantity, unit_price
), logged AS (
    INSERT INTO audit (before)
    SELECT to_jsonb(g) FROM gone AS g WHERE g.quantity > 1
    RETURNING id, before, after
)
SELECT
    g.line_no, g.gift_text, g.unit_price, l.id AS audit_id, l.before,
    (SELECT count(*) FROM logged) AS logged_count
FROM gone AS g
LEFT JOIN logged AS l ON (l.before ->> 'line_no')::integer = g.line_no;

-- name: move_stock(warehouse_id, to_id, reference)
WITH taken AS (
    UPDATE stock SET quantity = 0, reserved = NULL
    WHERE warehouse_id = :warehouse_id AND reserved > 0
    RETURNING product_id, warehouse_id, quantity, reserved, counted_at
), moved AS (
    INSERT INTO movements (moved_on, product_id, from_id, to_id, quantity, reference)
    SELECT '2026-03-01', t.product_id, t.warehouse_id, :to_id, 1, :reference
    FROM taken AS t
    RETURNING id, moved_on, product_id, from_id, to_id, reference
)
SELECT
    m.id, m.moved_on, m.from_id, m.to_id, m.reference, t.product_id, t.quantity, t.reserved,
    t.counted_at
FROM moved AS m
JOIN taken AS t ON t.product_id = m.product_id;

-- name: register_with_cart(email, full_name, nickname, region_code, meta)^
WITH added AS (
    INSERT INTO customers (email, full_name, nickname, region_code)
    VALUES (:email, :full_name, :nickname, :region_code)
    ON CONFLICT (email) DO UPDATE
    SET nickname = coalesce(excluded.nickname, customers.nickname, '-')
    RETURNING id, email, nickname, referrer_id
)
INSERT INTO orders (customer_id, meta)
SELECT a.id, :meta::jsonb FROM added AS a
RETURNING id, customer_id, state, meta, total;

-- name: reopen_orders(state)
UPDATE open_orders SET coupon = 'AGAIN' WHERE state = :state
RETURNING id, coupon, placed_at, total;

-- name: import_offers(rows)
INSERT INTO offers AS o (product_id, supplier_id, cost, lead_time, quantities)
SELECT r.product_id, r.supplier_id, r.cost, r.lead_time, int4range(r.least, NULL)
FROM jsonb_to_recordset(:rows::jsonb)
    AS r (product_id integer, supplier_id integer, cost numeric, lead_time interval, least integer)
WHERE r.cost > 0
ON CONFLICT (product_id, supplier_id) DO UPDATE
SET cost = excluded.cost, lead_time = excluded.lead_time
WHERE o.cost <> excluded.cost
RETURNING o.product_id, o.supplier_id, o.cost, o.lead_time, o.quantities;
