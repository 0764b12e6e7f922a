-- name: count_stock(counts)
MERGE INTO stock AS s
USING jsonb_to_recordset(:counts::jsonb)
    AS c (product_id integer, warehouse_id integer, quantity integer, seen timestamptz)
ON s.product_id = c.product_id AND s.warehouse_id = c.warehouse_id
WHEN MATCHED AND c.quantity IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET quantity = c.quantity, counted_at = c.seen
WHEN NOT MATCHED THEN
    INSERT (product_id, warehouse_id, quantity)
    VALUES (c.product_id, c.warehouse_id, coalesce(c.quantity, 0))
RETURNING
    merge_action() AS action, s.product_id, s.quantity, s.reserved, s.counted_at,
    c.quantity AS counted, c.seen;

-- name: sync_couriers()
MERGE INTO couriers AS k
USING ONLY contacts AS c ON c.id = k.id AND c.mail IS NOT NULL
WHEN MATCHED AND k.depot_id IS NULL THEN UPDATE SET depot_id = 1
WHEN NOT MATCHED BY SOURCE THEN DELETE
RETURNING merge_action() AS action, k.id, k.licence, k.depot_id, c.id AS contact_id, c.mail;

-- name: add_regions(code, name, parent_code, vat_rate)
MERGE INTO regions AS r
USING (VALUES (:code, :name, :parent_code, :vat_rate::numeric))
    AS n (code, name, parent_code, vat_rate)
ON r.code = n.code
WHEN NOT MATCHED THEN
    INSERT (code, name, parent_code, vat_rate) VALUES (n.code, n.name, n.parent_code, n.vat_rate)
RETURNING r.code, r.name, r.parent_code, r.vat_rate, n.name AS given_name;

-- name: preference_values()
SELECT
    c.id,
    JSON_VALUE(c.preferences, '$.language') AS language,
    JSON_VALUE(
        c.preferences, '$.language' DEFAULT 'en' ON EMPTY DEFAULT 'en' ON ERROR
    ) AS language_or_en,
    JSON_QUERY(c.preferences, '$.list') AS list,
    JSON_QUERY(c.preferences, '$.list' EMPTY ARRAY ON EMPTY EMPTY ARRAY ON ERROR) AS list_or_empty,
    JSON_QUERY(c.preferences, '$.list[*]' WITH WRAPPER) AS wrapped,
    JSON_EXISTS(c.preferences, '$.gift') AS has_gift,
    JSON_EXISTS(c.preferences, 'strict $.gift' UNKNOWN ON ERROR) AS has_gift_perhaps,
    JSON_EXISTS(p.attributes, '$.color') AS has_color,
    JSON_SERIALIZE(c.preferences) AS serialized,
    JSON_SCALAR(c.nickname) AS nickname_json,
    JSON_SCALAR(c.email) AS email_json
FROM customers AS c
CROSS JOIN products AS p;

-- name: carts_in_json()
SELECT
    c.id, t.number, t.sku, t.pieces, t.is_gift, t.raw, t.part, t.part_number, u.only_number
FROM customers AS c
CROSS JOIN JSON_TABLE(
    c.preferences, '$.carts[*]' COLUMNS (
        number FOR ORDINALITY,
        sku text PATH '$.sku',
        pieces integer PATH '$.pieces' DEFAULT 1 ON EMPTY DEFAULT 0 ON ERROR,
        is_gift boolean EXISTS PATH '$.gift',
        raw jsonb PATH '$',
        NESTED PATH '$.parts[*]' COLUMNS (part text PATH '$', part_number FOR ORDINALITY)
    )
) AS t
LEFT JOIN JSON_TABLE(c.preferences, '$.others[*]' COLUMNS (only_number FOR ORDINALITY)) AS u
    ON true;
