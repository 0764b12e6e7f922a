-- What PostgreSQL 18 brought: OLD and NEW, virtual columns, JSON null cast to NULL.

-- name: add_scale(id, tare)<!
INSERT INTO scales (id, tare, gross, owner, label)
VALUES (:id, :tare, 10, 'clinic', 'new')
RETURNING
    id,
    net,
    tare_text,
    tare,
    place,
    new.net AS new_net;

-- name: change_stock(medicine_code, ward_id, keeper)^
INSERT INTO stock AS t (medicine_code, ward_id, quantity, keeper)
VALUES (:medicine_code, :ward_id, 1, :keeper)
ON CONFLICT (medicine_code, ward_id) DO UPDATE
    SET quantity = t.quantity + excluded.quantity, low_at = NULL
RETURNING
    old.quantity AS old_quantity,
    old.low_at AS old_low_at,
    new.quantity AS new_quantity,
    new.low_at AS new_low_at,
    coalesce(old.quantity, 0) AS quantity_before,
    old IS NULL AS is_new,
    coalesce(old.medicine_code, new.medicine_code) AS medicine,
    old.checked_at AS old_checked_at;

-- name: change_stock_keeper(keeper)
UPDATE stock AS t SET keeper = :keeper, low_at = nullif(low_at, 9), checked_at = NULL
WHERE upper(t.keeper) IS NOT NULL AND t.low_at > 0
RETURNING
    old.keeper AS old_keeper,
    new.keeper AS new_keeper,
    upper(old.keeper) AS old_loud,
    upper(new.keeper) AS new_loud,
    CASE WHEN old.low_at IS NOT NULL THEN new.low_at ELSE 0 END AS crossed,
    CASE WHEN new.low_at IS NOT NULL THEN new.low_at ELSE 0 END AS straight,
    coalesce(new.keeper, old.keeper) AS any_keeper,
    old.low_at + new.low_at AS total,
    (old).keeper AS old_field,
    old.checked_at AS old_checked_at,
    new IS NULL AS is_gone;

-- name: drop_stock(ward_id)
DELETE FROM stock AS t
WHERE t.ward_id = :ward_id AND t.low_at > 0
RETURNING
    old.low_at AS old_low_at,
    new.low_at AS new_low_at,
    old.quantity AS old_quantity,
    new.quantity AS new_quantity,
    t.low_at;

-- name: fill_low_at(ward_id)
UPDATE stock AS t SET low_at = 5, keeper = NULL
WHERE t.low_at IS NULL AND t.keeper <> '' AND t.ward_id = :ward_id
RETURNING
    old.low_at AS old_low_at,
    new.low_at AS new_low_at,
    old.keeper AS old_keeper,
    new.keeper AS new_keeper,
    old.checked_at AS old_checked_at,
    new.quantity - old.quantity AS difference;

-- name: insert_stock(medicine_code, ward_id)<!
INSERT INTO stock (medicine_code, ward_id)
VALUES (:medicine_code, :ward_id)
RETURNING
    old.ward_id AS old_ward_id,
    new.ward_id AS new_ward_id,
    new.checked_at AS new_checked_at,
    ward_id;

-- name: list_json_null()
SELECT
    p.id,
    e.value::int AS number,
    e.value::text AS shown,
    e.value::boolean IS NULL AS is_unknown
FROM patients AS p
CROSS JOIN jsonb_array_elements(jsonb_path_query_array(p.profile, '$.none[*]')) AS e (value);

-- name: list_scales()
SELECT
    s.id,
    s.net,
    s.tare_text,
    s.owner,
    s.label,
    s.place,
    o.serial,
    a.serial AS any_serial,
    w.name AS ward
FROM scales AS s
CROSS JOIN ONLY probes AS o
CROSS JOIN probes AS a
LEFT JOIN wards AS w ON w.id = s.ward_id;

-- name: list_sorted_tags(tags)
SELECT
    array_sort(w.tags) AS sorted,
    array_reverse(w.tags) AS reversed,
    array_sort(:tags::text[]) AS sorted_tags,
    casefold(w.name) AS folded,
    (p.profile -> 'n')::int AS number,
    jsonb_strip_nulls(p.profile, true) AS stripped,
    max(w.tags) OVER () AS highest,
    uuidv7() AS id
FROM wards AS w
CROSS JOIN patients AS p;

-- name: merge_any_stock(ward_id)
MERGE INTO stock AS t USING medicines AS s ON t.medicine_code = s.code AND t.ward_id = :ward_id
WHEN MATCHED AND t.quantity > 100 THEN DELETE
WHEN MATCHED THEN UPDATE SET low_at = NULL
WHEN NOT MATCHED THEN INSERT (medicine_code, ward_id, low_at) VALUES (s.code, :ward_id, 4)
RETURNING
    CASE WHEN merge_action() = 'DELETE' THEN new.ward_id ELSE 0 END AS deleted_ward_id,
    coalesce(old.ward_id, new.ward_id) AS ward_id,
    old.ward_id AS old_ward_id,
    t.ward_id AS own_ward_id,
    t.low_at,
    new.medicine_code AS new_medicine_code,
    (old).quantity AS old_quantity;

-- name: merge_kept_stock(ward_id)
MERGE INTO stock AS t
USING (SELECT m.code, m.price FROM medicines AS m) AS s
ON t.medicine_code = s.code AND t.ward_id = :ward_id
WHEN MATCHED THEN UPDATE SET quantity = t.quantity + 1
WHEN NOT MATCHED BY SOURCE AND t.quantity > 2 THEN UPDATE SET low_at = 0
RETURNING
    old.quantity AS old_quantity,
    new.quantity AS new_quantity,
    new.low_at AS new_low_at,
    s.code;

-- name: merge_stock_with_history(ward_id)
MERGE INTO stock AS t
USING (SELECT m.code, m.price FROM medicines AS m) AS s
ON t.medicine_code = s.code AND t.ward_id = :ward_id
WHEN MATCHED AND t.quantity > 100 THEN DELETE
WHEN MATCHED THEN UPDATE SET quantity = t.quantity + 1, keeper = 'merged'
WHEN NOT MATCHED THEN INSERT (medicine_code, ward_id, keeper) VALUES (s.code, :ward_id, 'new')
RETURNING
    merge_action() AS action,
    old.quantity AS old_quantity,
    new.quantity AS new_quantity,
    new.keeper AS new_keeper,
    t.keeper,
    coalesce(new.quantity, old.quantity) AS quantity,
    s.code;

-- name: put_stock(keeper)
INSERT INTO stock AS t (medicine_code, ward_id, keeper, low_at)
SELECT m.code, 1, :keeper, 3 FROM medicines AS m
ON CONFLICT (medicine_code, ward_id) DO UPDATE SET low_at = NULL
RETURNING
    old.keeper AS old_keeper,
    new.keeper AS new_keeper,
    new.low_at AS new_low_at,
    CASE WHEN new.quantity IS NOT NULL THEN old.quantity ELSE 0 END AS crossed,
    CASE WHEN old IS NULL THEN 0 ELSE old.quantity END AS old_quantity,
    old::text AS old_text,
    new::text AS new_text,
    old.ctid::text AS old_place;

-- name: reset_scale(id)^
UPDATE scales SET tare = NULL, label = 'x', owner = 'x'
WHERE tare IS NOT NULL AND id = :id
RETURNING
    old.tare_text AS old_tare_text,
    new.tare_text AS new_tare_text,
    tare_text,
    new.net AS new_net;

-- name: withdraw_invoice_with_history(id)^
UPDATE invoices SET issued_on = NULL, paid_on = NULL
WHERE paid_on IS NOT NULL AND id = :id
RETURNING
    old.issued_on AS old_issued_on,
    new.issued_on AS new_issued_on,
    old.due_on AS old_due_on,
    new.due_on AS new_due_on;
