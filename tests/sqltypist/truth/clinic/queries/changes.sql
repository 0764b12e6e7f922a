-- What a change proves of a row, and what it takes away.

-- name: clear_stay(id)^
UPDATE stays
SET note = NULL, physician_id = nullif(physician_id, 31), discharged_at = NULL, state = 'open'
WHERE upper(note) <> 'Z' AND physician_id + 1 > 0 AND id = :id
RETURNING
    note,
    upper(note) AS loud_note,
    physician_id,
    physician_id + 1 AS next_physician_id,
    discharged_at,
    state;

-- name: create_known_ward(code, name)<!
INSERT INTO wards AS w (code, name) VALUES (:code, :name)
RETURNING
    w.id,
    (SELECT x.name FROM wards AS x WHERE x.id = w.id) AS unseen_name,
    (SELECT count(*) FROM wards AS x WHERE x.id = w.id) AS seen_count;

-- name: create_two_stocks()
INSERT INTO stock (medicine_code, ward_id, keeper, low_at, checked_at)
VALUES ('M4', 5, 'a', 1, DEFAULT), ('M4', 6, NULL, 2, DEFAULT)
RETURNING
    keeper,
    low_at,
    checked_at,
    medicine_code;

-- name: follow_new_medicine(code)^
WITH added AS (
    INSERT INTO medicines (code, name) VALUES (:code, 'new') RETURNING code, price
), stocked AS (
    INSERT INTO stock (medicine_code, ward_id) SELECT a.code, 1 FROM added AS a
    RETURNING medicine_code, ward_id, (
        SELECT m.name FROM medicines AS m WHERE m.code = medicine_code
    ) AS medicine
)
SELECT
    t.medicine_code,
    t.medicine AS unseen_medicine,
    m.name AS unjoined_medicine,
    a.price
FROM stocked AS t
JOIN added AS a ON a.code = t.medicine_code
LEFT JOIN medicines AS m ON m.code = t.medicine_code;

-- name: forget_notes()
WITH forgotten AS (
    UPDATE stays SET note = NULL WHERE note IS NOT NULL RETURNING id, note, ward_id
)
SELECT
    f.id,
    f.note,
    s.note AS old_note,
    d.name AS physician
FROM forgotten AS f
JOIN stays AS s ON s.id = f.id AND s.note >= ''
LEFT JOIN physicians AS d ON d.id = s.physician_id;

-- name: forget_stay_note(id)^
UPDATE stays SET note = NULL, diagnosis = 'x'
WHERE note IS NOT NULL AND upper(note) > '' AND id = :id
RETURNING
    (SELECT note) AS note,
    (SELECT upper(note)) AS loud_note,
    (SELECT diagnosis) AS diagnosis,
    (SELECT CASE WHEN note IS NULL THEN '' ELSE note END) AS shown_note,
    'x' = ANY (ARRAY(SELECT note)) AS has_x,
    EXISTS (SELECT 1 WHERE note IS NOT NULL) AS is_noted;

-- name: hand_prescription_over(id)^
UPDATE prescriptions SET physician_id = NULL, nurse = 'on duty'
WHERE physician_id IS NOT NULL AND id = :id
RETURNING
    physician_id,
    coalesce(physician_id::text, nurse) AS author;

-- name: keep_best_stock(keeper)
INSERT INTO stock AS t (medicine_code, ward_id, keeper, low_at)
SELECT m.code, 1, :keeper, length(m.name) FROM medicines AS m WHERE m.price > 0
ON CONFLICT (medicine_code, ward_id) DO UPDATE
    SET low_at = NULL, checked_at = coalesce(t.checked_at, excluded.checked_at)
    WHERE t.keeper IS NOT NULL OR t.quantity > 0
RETURNING
    t.medicine_code,
    t.keeper,
    t.low_at,
    t.checked_at,
    t.quantity;

-- name: move_home(id, city)^
UPDATE patients SET home.city = :city, allergies[2] = 'x'
WHERE id = :id
RETURNING
    (home).city,
    (home).street,
    allergies[1] AS first_allergy;

-- name: raise_ground_ward(id)^
UPDATE ground_wards SET floor = nullif(floor, 1), phone = NULL
WHERE phone IS NOT NULL AND id = :id
RETURNING
    floor,
    phone;

-- name: renumber_ward(id)
WITH moved AS (
    UPDATE wards SET id = id + 500 WHERE id = :id
    RETURNING id, name, (SELECT x.name FROM wards AS x WHERE x.id = wards.id) AS unseen_name
)
SELECT
    m.id,
    m.name,
    m.unseen_name,
    w.name AS unjoined_name
FROM moved AS m
LEFT JOIN wards AS w ON w.id = m.id;

-- name: set_two(id)^
UPDATE wards
SET (floor, phone) = (SELECT b.number, '5' FROM beds AS b WHERE b.kind = 'none'), opens = NULL,
    closes = NULL
WHERE id = :id AND floor IS NOT NULL AND opens IS NOT NULL
RETURNING
    floor,
    phone,
    opens,
    name;

-- name: tag_ward(id)^
UPDATE wards SET tags[4] = 'x', phone = NULL, capacity = capacity + 1
WHERE cardinality(tags) = 1 AND id = :id
RETURNING
    tags,
    'q' = ANY (tags) AS has_q,
    tags[4] AS fourth_tag,
    tags[2] AS second_tag,
    phone,
    capacity;

-- name: unassign_stay(id)^
UPDATE stays AS s SET physician_id = NULL
FROM physicians AS d
WHERE d.id = s.physician_id AND s.id = :id
RETURNING
    s.physician_id,
    s.physician_id = d.id AS is_same,
    d.id,
    d.name;

-- name: withdraw_invoice(id)^
UPDATE invoices SET issued_on = NULL, paid_on = NULL
WHERE paid_on IS NOT NULL AND due_on > '2000-01-01' AND id = :id
RETURNING
    issued_on,
    due_on,
    paid_on,
    coalesce(paid_on, issued_on) AS last_on,
    net;
