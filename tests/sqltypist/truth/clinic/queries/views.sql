-- Views over views, and what checks prove.

-- name: list_attended_stays(specialty)
SELECT
    o.physician,
    o.physician_id,
    o.specialty,
    o.note,
    l.stays,
    l.worst,
    l.since,
    l.unattended,
    l.code
FROM open_stays AS o
JOIN ward_load AS l ON l.ward_id <> o.ward_id
WHERE o.specialty = :specialty;

-- name: list_busy_wards()
SELECT
    b.ward_id,
    b.code,
    b.floor,
    b.stays,
    b.worst,
    b.since,
    l.worst AS same_worst,
    w.phone,
    w.name
FROM busy_wards AS b
LEFT JOIN ward_load AS l ON l.ward_id = b.ward_id AND l.stays > 3
LEFT JOIN wards AS w ON w.id = b.ward_id;

-- name: list_open_stays(ward_name)
SELECT
    o.id,
    o.full_name,
    o.ward_name,
    o.physician,
    o.physician_id,
    o.admitted_at,
    o.leaves_at,
    o.specialty,
    d.name AS physician_again,
    w.code
FROM open_stays AS o
LEFT JOIN physicians AS d ON d.id = o.physician_id
LEFT JOIN wards AS w ON w.id = o.ward_id
WHERE o.ward_name = :ward_name;

-- name: list_paid_bills(day)
SELECT
    b.invoice_id,
    b.net,
    b.paid_on,
    b.issued_on,
    b.insurer
FROM patient_bills AS b
WHERE b.paid_on < :day;

-- name: list_patient_bills()
SELECT
    b.patient_id,
    b.full_name,
    b.invoice_id,
    b.net,
    b.paid_on,
    b.insurer
FROM patient_bills AS b;

-- name: list_prescribed_by_nurses()
SELECT
    r.nurse,
    r.physician_id,
    r.remark,
    s.note
FROM prescriptions AS r
JOIN stays AS s ON s.id = r.stay_id
WHERE r.physician_id IS NULL;

-- name: list_prescriptions(unit)
SELECT
    r.id,
    r.amount,
    r.unit,
    m.name AS medicine,
    m.search,
    coalesce(r.physician_id::text, r.nurse) AS author,
    r.physician_id,
    d.name AS physician,
    i.net,
    i.due_on
FROM prescriptions AS r
LEFT JOIN medicines AS m ON m.code = r.medicine_code
LEFT JOIN physicians AS d ON d.id = r.physician_id
LEFT JOIN invoices AS i ON i.stay_id = r.stay_id
WHERE r.unit = :unit;
