-- name: restock(product_id, warehouse_id, quantity, reserved)<!
INSERT INTO stock AS s (product_id, warehouse_id, quantity, reserved)
VALUES (:product_id, :warehouse_id, :quantity, :reserved)
ON CONFLICT (product_id, warehouse_id) DO UPDATE
SET quantity = s.quantity + excluded.quantity, reserved = coalesce(s.reserved, 0)
RETURNING
    s.quantity, old.quantity AS old_quantity, new.quantity AS new_quantity,
    new.reserved AS new_reserved, old.product_id IS NULL AS was_inserted, old AS old_row;

-- name: release_stock(least)
UPDATE stock SET reserved = nullif(reserved - 1, 0)
WHERE reserved >= :least
RETURNING
    old.reserved AS old_reserved, new.reserved AS new_reserved,
    old.quantity - new.quantity AS difference,
    old.counted_at AS old_counted_at, product_id;

-- name: drop_reviews(stars)
DELETE FROM reviews WHERE stars < :stars
RETURNING WITH (OLD AS o, NEW AS n)
    o.id, o.stars, n.id AS new_id, o.body, coalesce(n.stars, o.stars) AS some_stars;

-- name: add_review(product_id, stars, body)<!
INSERT INTO reviews (product_id, stars, body, author) VALUES (:product_id, :stars, :body, 'me')
RETURNING old.id AS old_id, new.id AS new_id, id, stars, author, grade, loud;

-- name: merge_offers(rows)
MERGE INTO offers AS o
USING jsonb_to_recordset(:rows::jsonb) AS r (product_id integer, supplier_id integer, cost numeric)
ON o.product_id = r.product_id AND o.supplier_id = r.supplier_id
WHEN MATCHED AND r.cost IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET cost = r.cost
WHEN NOT MATCHED THEN
    INSERT (product_id, supplier_id, cost, quantities)
    VALUES (r.product_id, r.supplier_id, r.cost, 'empty')
RETURNING
    merge_action() AS action, o.product_id, old.cost AS old_cost, new.cost AS new_cost, o.cost,
    r.cost AS given_cost, o.lead_time;

-- name: raise_costs(rate)
MERGE INTO offers AS o
USING suppliers AS s ON s.id = o.supplier_id
WHEN MATCHED AND s.rating > 3 THEN UPDATE SET cost = o.cost * :rate
RETURNING old.cost AS old_cost, new.cost AS new_cost, s.name, s.rating, s.contact;

-- name: customer_extras()
SELECT
    array_sort(c.tags) AS sorted_tags, array_reverse(c.tags) AS reversed_tags,
    casefold(c.nickname) AS folded, uuidv7() AS fresh_id, crc32(c.email::bytea) AS checksum
FROM customers AS c;
