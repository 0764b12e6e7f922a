-- What PostgreSQL 17 brought: SQL/JSON tables, MERGE with RETURNING.

-- name: forget_stock(quantity)
MERGE INTO stock AS t
USING wards AS w
ON t.ward_id = w.id
WHEN NOT MATCHED BY SOURCE AND t.quantity < :quantity THEN DELETE
WHEN MATCHED AND t.keeper IS NULL THEN DELETE
RETURNING
    t.ward_id,
    t.keeper,
    w.id AS known_ward_id,
    w.name;

-- name: get_sure_json_values(id)^
SELECT
    JSON_VALUE(p.profile, '$.a' RETURNING text ERROR ON EMPTY ERROR ON ERROR) AS sure_value,
    JSON_QUERY(p.profile, '$.a' ERROR ON EMPTY ERROR ON ERROR) AS sure_found,
    JSON_EXISTS(p.profile, 'strict $.a' ERROR ON ERROR) AS is_there
FROM patients AS p
WHERE p.id = :id;

-- name: list_json_table()
SELECT
    p.id,
    j.place,
    j.name,
    j.name_or_default,
    j.has_name,
    j.whole,
    j.sub_place,
    j.size,
    j.has_size,
    j.other
FROM patients AS p
CROSS JOIN JSON_TABLE(
    p.profile, '$.list[*]'
    COLUMNS (
        place FOR ORDINALITY,
        name text PATH '$.name',
        name_or_default text PATH '$.name' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR,
        has_name boolean EXISTS PATH '$.name',
        whole jsonb FORMAT JSON PATH '$.name',
        NESTED PATH '$.sizes[*]' COLUMNS (
            sub_place FOR ORDINALITY,
            size int PATH '$.size',
            has_size boolean EXISTS PATH '$.size'
        ),
        NESTED PATH '$.others[*]' COLUMNS (other text PATH '$')
    )
) AS j;

-- name: list_json_table_outer()
SELECT
    s.id,
    j.place,
    j.kind,
    k.place AS sure_place,
    k.size
FROM stays AS s
JOIN patients AS p ON p.id = s.patient_id
LEFT JOIN JSON_TABLE(
    p.profile, '$.others[*]' COLUMNS (place FOR ORDINALITY, kind text PATH '$.kind')
) AS j ON true
LEFT JOIN JSON_TABLE(
    p.profile, '$.list[*]' COLUMNS (place FOR ORDINALITY, size int PATH '$.size')
) AS k ON k.place = s.ward_id
WHERE k.size > 1;

-- name: list_json_values()
SELECT
    p.id,
    JSON_VALUE(p.profile, '$.a') AS value,
    JSON_VALUE(p.profile, '$.a' DEFAULT 'x' ON EMPTY DEFAULT 'y' ON ERROR) AS value_or_default,
    JSON_EXISTS(p.profile, '$.a') AS is_there,
    JSON_EXISTS(p.profile, 'strict $.a' UNKNOWN ON ERROR) AS may_be_there,
    JSON_QUERY(p.profile, '$.a') AS found,
    JSON_QUERY(p.profile, '$.a' WITH WRAPPER) AS wrapped,
    JSON_QUERY(p.profile, '$.a' EMPTY ARRAY ON EMPTY EMPTY ARRAY ON ERROR) AS found_or_empty,
    JSON_QUERY(p.profile, '$.a' WITH WRAPPER EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)
        AS wrapped_or_empty,
    JSON_SCALAR(p.given_name) AS given_scalar,
    JSON_SCALAR(p.id) AS id_scalar,
    JSON_SERIALIZE(p.profile) AS serialized,
    JSON_SERIALIZE(JSON_OBJECT('a' VALUE p.given_name)) AS serialized_object,
    JSON(p.given_name) AS given_json
FROM patients AS p
WHERE p.given_name IS NULL OR p.given_name IS JSON;

-- name: merge_all_stock(ward_id)
MERGE INTO stock AS t
USING (SELECT m.code, m.price FROM medicines AS m WHERE m.price > 0) AS s
ON t.medicine_code = s.code AND t.ward_id = :ward_id
WHEN MATCHED THEN UPDATE SET keeper = 'kept', low_at = 1
WHEN NOT MATCHED BY SOURCE AND t.quantity = 0 THEN DELETE
WHEN NOT MATCHED BY SOURCE AND t.ward_id = :ward_id THEN UPDATE SET keeper = 'lost'
WHEN NOT MATCHED BY TARGET THEN
    INSERT (medicine_code, ward_id, keeper, low_at) VALUES (s.code, :ward_id, 'new', 2)
RETURNING
    merge_action() AS action,
    s.code,
    s.price,
    t.medicine_code,
    t.quantity,
    t.keeper,
    t.low_at;

-- name: merge_known_stock()
MERGE INTO stock AS t
USING medicines AS s ON t.medicine_code = s.code AND t.ward_id = 2 AND s.price > 0
WHEN MATCHED AND t.quantity > 1000 THEN DO NOTHING
WHEN MATCHED THEN UPDATE SET low_at = NULL, keeper = coalesce(t.keeper, 'x')
RETURNING
    s.price,
    s.leaflet,
    t.low_at,
    t.low_at + 1 AS next_low_at,
    t.keeper,
    t.checked_at;

-- name: merge_new_stock(ward_id)
WITH merged AS (
    MERGE INTO stock AS t
    USING (SELECT m.code, m.price FROM medicines AS m WHERE m.price > 0) AS s
    ON t.medicine_code = s.code AND t.ward_id = :ward_id
    WHEN MATCHED AND t.low_at IS NULL THEN DO NOTHING
    WHEN MATCHED THEN UPDATE SET keeper = 'kept'
    WHEN NOT MATCHED THEN
        INSERT (medicine_code, ward_id, keeper, low_at) VALUES (s.code, :ward_id, 'new', 2)
    RETURNING s.code, s.price, t.keeper, t.checked_at, t.quantity
)
SELECT
    m.code,
    m.price,
    m.keeper,
    m.checked_at,
    m.quantity,
    o.quantity AS old_quantity
FROM merged AS m
LEFT JOIN stock AS o ON o.medicine_code = m.code AND o.ward_id = :ward_id;

-- name: merge_prescribed_stock()
MERGE INTO stock AS t
USING prescriptions AS s
ON t.medicine_code = s.medicine_code AND t.ward_id = 6 AND s.unit = 'none' AND s.amount > 0
WHEN MATCHED THEN UPDATE SET quantity = 1
WHEN NOT MATCHED AND s.id = 3 THEN
    INSERT (medicine_code, ward_id, low_at) VALUES (s.medicine_code, 6, nullif(s.refills, 0))
WHEN NOT MATCHED AND s.nurse IS NOT NULL AND s.id = 2 THEN
    INSERT (medicine_code, ward_id, low_at) VALUES (s.medicine_code, 6, 7)
RETURNING
    s.unit,
    s.amount,
    s.id,
    t.medicine_code,
    t.low_at;

-- name: merge_priced_stock(least)
MERGE INTO stock AS t
USING medicines AS s ON t.medicine_code = s.code AND t.ward_id = 6
WHEN NOT MATCHED AND s.price > :least THEN
    INSERT (medicine_code, ward_id, low_at) VALUES (s.code, 6, length(s.name))
RETURNING
    s.price,
    s.leaflet,
    t.low_at,
    t.keeper;

-- name: merge_stock(ward_id, keeper)
MERGE INTO stock AS t
USING (
    SELECT m.code, m.price, r.unit
    FROM medicines AS m
    LEFT JOIN prescriptions AS r ON r.medicine_code = m.code AND r.refills > 5
) AS s ON t.medicine_code = s.code AND t.ward_id = :ward_id
WHEN MATCHED AND t.quantity > 100 THEN DELETE
WHEN MATCHED THEN UPDATE SET quantity = t.quantity + 1, keeper = 'merged'
WHEN NOT MATCHED BY TARGET THEN
    INSERT (medicine_code, ward_id, quantity, low_at, keeper)
    VALUES (s.code, :ward_id, 1, 3, :keeper)
RETURNING
    merge_action() AS action,
    s.code,
    s.unit,
    t.medicine_code,
    t.ward_id,
    t.quantity,
    t.low_at,
    t.keeper,
    t.checked_at;

-- name: set_stock_by_merge(medicine_code, ward_id, quantity, keeper)^
MERGE INTO stock AS t
USING (
    VALUES (:medicine_code::text, :ward_id::int, :quantity::int, :keeper::text)
) AS n (medicine_code, ward_id, quantity, keeper)
ON t.medicine_code = n.medicine_code AND t.ward_id = n.ward_id
WHEN MATCHED THEN UPDATE SET quantity = n.quantity
WHEN NOT MATCHED THEN
    INSERT (medicine_code, ward_id, quantity, keeper)
    VALUES (n.medicine_code, n.ward_id, n.quantity, n.keeper)
RETURNING
    merge_action() AS action,
    n.keeper AS new_keeper,
    t.keeper,
    t.quantity;
