-- INSERT, UPDATE, DELETE and MERGE, through views and in WITH.

-- name: admit_again(patient_id, ward_id)^
INSERT INTO admissions (mrn, family_name, ward_id, note)
SELECT p.mrn, p.family_name, w.id, 'again'
FROM patients AS p
CROSS JOIN wards AS w
WHERE p.id = :patient_id AND w.id = :ward_id
RETURNING
    stay_id,
    note;

-- name: clear_low_stock()
DELETE FROM stock AS t
USING wards AS w
LEFT JOIN devices AS e ON e.ward_id = w.id
WHERE w.id = t.ward_id AND t.low_at > t.quantity
RETURNING
    t.quantity,
    t.low_at,
    t.keeper,
    t.low_at - t.quantity AS missing,
    w.name AS ward,
    e.model;

-- name: clear_visits(ward_id)
WITH gone AS (
    DELETE FROM visits WHERE ward_id = :ward_id RETURNING id, ward_id, day, visitors
), gone_this_year AS (
    DELETE FROM visits_2026 WHERE ward_id IS NULL RETURNING id, ward_id, day, visitors
)
SELECT
    g.ward_id,
    g.day,
    t.ward_id AS no_ward_id,
    t.day AS day_this_year,
    w.name AS ward
FROM gone AS g
CROSS JOIN gone_this_year AS t
LEFT JOIN wards AS w ON w.id = g.ward_id;

-- name: create_glucose(id, stay_id)<!
INSERT INTO measurements (id, stay_id, kind, value, unit)
VALUES (:id, :stay_id, 'glucose', random(), 'none')
RETURNING
    id,
    kind,
    taken_at,
    raw,
    unit,
    stay_id,
    count;

-- name: create_ground_ward(code, name, phone)<!
INSERT INTO ground_wards (code, name, floor, phone)
SELECT :code, :name, min(w.floor), :phone FROM wards AS w WHERE w.floor = 0
RETURNING
    id,
    code,
    floor,
    phone,
    capacity;

-- name: create_lines(invoice_id, stay_id)
INSERT INTO invoice_lines AS l (invoice_id, line, prescription_id, label, price)
SELECT
    :invoice_id, row_number() OVER (ORDER BY r.id), r.id, nullif(m.name, ''), coalesce(m.price, 0)
FROM prescriptions AS r
LEFT JOIN medicines AS m ON m.code = r.medicine_code
WHERE r.stay_id = :stay_id
RETURNING
    invoice_id,
    line,
    prescription_id,
    label,
    quantity,
    price;

-- name: create_prescription(stay_id, medicine_code, remark, ends)<!
INSERT INTO prescriptions (stay_id, medicine_code, nurse, remark, ends)
VALUES (:stay_id, :medicine_code, 'on duty', coalesce(:remark, ''), :ends)
RETURNING
    id,
    remark,
    starts,
    ends,
    days,
    times;

-- name: create_stock(medicine_code, ward_id, quantity)<!
INSERT INTO stock (medicine_code, ward_id, quantity)
VALUES (:medicine_code, :ward_id, coalesce(:quantity, 0))
RETURNING
    medicine_code,
    quantity,
    low_at,
    checked_at,
    keeper;

-- name: create_upper_ward(code, name)<!
INSERT INTO upper_wards (code, name)
VALUES (:code, :name)
RETURNING
    id,
    name,
    floor;

-- name: create_ward(code, name, floor, phone)<!
INSERT INTO wards (code, name, floor, phone)
VALUES (:code, :name, :floor, :phone)
RETURNING
    id,
    code,
    name,
    floor,
    phone,
    opens,
    tags,
    capacity;

-- name: follow_other_stay(id)
UPDATE stays AS s
SET ward_id = o.ward_id, physician_id = o.physician_id, note = NULL, diagnosis = o.diagnosis
FROM stays AS o
LEFT JOIN physicians AS d ON d.id = o.physician_id
WHERE o.patient_id = s.patient_id AND o.id <> s.id AND o.diagnosis <> '' AND s.id = :id
    AND s.discharged_at IS NOT NULL
RETURNING
    s.ward_id,
    s.physician_id,
    s.note,
    s.diagnosis,
    s.discharged_at,
    o.note AS other_note,
    o.state AS other_state,
    d.name AS physician;

-- name: hand_stock_over(floor)
UPDATE stock AS t
SET keeper = d.name
FROM wards AS w
LEFT JOIN physicians AS d ON d.ward_id = w.id
WHERE w.id = t.ward_id AND w.floor = :floor AND t.low_at IS NOT NULL
RETURNING
    t.medicine_code,
    t.keeper,
    t.low_at,
    t.checked_at,
    d.id AS physician_id,
    w.floor;

-- name: move_lines(from_id, to_id)
WITH gone AS (
    DELETE FROM invoice_lines
    WHERE invoice_id = :from_id AND prescription_id IS NOT NULL
    RETURNING line, prescription_id, label, price
), added AS (
    INSERT INTO invoice_lines (invoice_id, line, prescription_id, label)
    SELECT :to_id, g.line, g.prescription_id, coalesce(g.label, 'moved') FROM gone AS g
    RETURNING invoice_id, line, prescription_id, label, price
)
SELECT
    a.line,
    a.prescription_id,
    a.label,
    a.price,
    g.label AS old_label,
    o.line AS other_line,
    sum(a.price) OVER () AS total
FROM added AS a
JOIN gone AS g ON g.line = a.line
LEFT JOIN gone AS o ON o.line = a.line + 1;

-- name: open_ward(code, name)^
WITH new_ward AS (
    INSERT INTO wards (code, name, opens, closes) VALUES (:code, :name, '08:00', '20:00')
    RETURNING id, name, opens
), new_bed AS (
    INSERT INTO beds (ward_id, number) SELECT n.id, 1 FROM new_ward AS n
    RETURNING ward_id, number, kind, (SELECT w.name FROM wards AS w WHERE w.id = ward_id) AS ward
)
SELECT
    b.ward_id,
    b.number,
    b.kind,
    b.ward AS unseen_ward,
    w.name AS unjoined_ward,
    n.name AS new_ward,
    n.opens
FROM new_bed AS b
JOIN new_ward AS n ON n.id = b.ward_id
LEFT JOIN wards AS w ON w.id = b.ward_id;

-- name: pay_invoice(id)^
UPDATE invoices SET paid_on = current_date
WHERE id = :id
RETURNING
    paid_on,
    issued_on,
    discount,
    insurer_id;

-- name: set_discount(id)^
UPDATE invoices SET discount = 5
WHERE id = :id AND paid_on IS NOT NULL
RETURNING
    id,
    discount,
    paid_on,
    issued_on,
    due_on,
    net,
    insurer_id;

-- name: set_low_stock(medicine_code, ward_id, keeper)^
INSERT INTO stock AS t (medicine_code, ward_id, low_at, keeper)
VALUES (:medicine_code, :ward_id, 5, 'new')
ON CONFLICT (medicine_code, ward_id) DO UPDATE
    SET keeper = coalesce(:keeper, excluded.keeper)
    WHERE t.low_at < excluded.low_at
RETURNING
    quantity,
    low_at,
    keeper,
    checked_at;

-- name: set_medicine_name(code, name)^
UPDATE medicines SET name = :name
WHERE code = :code AND leaflet IS NOT NULL AND price > 0
RETURNING
    name,
    leaflet,
    price,
    strength IS NULL AS is_vague;

-- name: set_price(code, price)^
UPDATE medicines SET price = :price
WHERE code = :code AND leaflet IS NOT NULL
RETURNING
    code,
    name,
    price,
    leaflet,
    search;

-- name: set_stock(medicine_code, ward_id, quantity, keeper)^
INSERT INTO stock AS t (medicine_code, ward_id, quantity, low_at, keeper)
VALUES (:medicine_code, :ward_id, :quantity, 5, :keeper)
ON CONFLICT (medicine_code, ward_id) DO UPDATE
    SET quantity = t.quantity + excluded.quantity, checked_at = now()
RETURNING
    ward_id,
    quantity,
    low_at,
    keeper,
    checked_at;

-- name: set_upper_ward_floor(id, floor)^
UPDATE upper_wards SET floor = :floor WHERE id = :id
RETURNING
    id,
    floor;

-- name: set_upper_ward_name(id, name)^
UPDATE upper_wards SET name = :name WHERE id = :id
RETURNING
    id,
    name,
    floor,
    phone;

-- name: take_refill(id)^
UPDATE prescriptions SET refills = refills - 1
WHERE id = :id AND refills > 0 AND remark IS NOT NULL
RETURNING
    id,
    refills,
    remark,
    days,
    physician_id;
