-- Joins, and conditions that take back what an outer join gave.

-- name: list_by_case(day, specialty)
SELECT
    s.id,
    d.name AS physician,
    d.specialty,
    d.left_on,
    u.name AS supervisor,
    w.name AS ward
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id
LEFT JOIN physicians AS u ON u.id = d.supervisor_id
LEFT JOIN wards AS w ON w.id = s.ward_id
WHERE CASE WHEN d.specialty = :specialty THEN d.left_on > :day ELSE d.hired > :day END;

-- name: list_by_coalesce(rate)
SELECT
    s.id,
    d.name AS physician,
    d.hourly_rate,
    u.name AS supervisor,
    u.hourly_rate AS supervisor_rate
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id
LEFT JOIN physicians AS u ON u.id = d.supervisor_id
WHERE coalesce(d.hourly_rate, 0) > 10 AND coalesce(u.hourly_rate, 50) >= 10
    AND coalesce(d.hourly_rate, u.hourly_rate) <> :rate;

-- name: list_by_distinctness()
SELECT
    s.id,
    a.ward_id AS same,
    b.ward_id AS other,
    b.name AS other_name,
    c.name AS certain,
    c.supervisor_id AS certain_supervisor_id,
    d.name AS not_false,
    e.name AS known,
    e.specialty AS known_specialty,
    f.name AS there
FROM stays AS s
LEFT JOIN physicians AS a ON a.id = s.physician_id
LEFT JOIN physicians AS b ON b.id = s.physician_id + 1
LEFT JOIN physicians AS c ON c.id = s.physician_id + 2
LEFT JOIN physicians AS d ON d.id = s.physician_id + 3
LEFT JOIN physicians AS e ON e.id = s.physician_id + 4
LEFT JOIN physicians AS f ON f.id = s.physician_id + 5
WHERE a.ward_id IS NOT DISTINCT FROM s.ward_id
    AND b.ward_id IS DISTINCT FROM s.ward_id
    AND (c.supervisor_id = 1) IS TRUE
    AND (d.supervisor_id = 1) IS NOT FALSE
    AND (e.specialty = 'surgery') IS NOT UNKNOWN
    AND f.id IS DISTINCT FROM NULL;

-- name: list_by_either(specialty, floor)
SELECT
    s.id,
    d.id AS physician_id,
    d.name AS physician,
    d.specialty,
    d.ward_id AS home_ward_id,
    w.name AS home_ward,
    s.physician_id AS stay_physician_id
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id
LEFT JOIN wards AS w ON w.id = d.ward_id
WHERE d.specialty = :specialty OR w.floor = :floor;

-- name: list_by_later_join()
SELECT
    s.id,
    d.name AS physician,
    d.ward_id AS home_ward_id,
    d.specialty,
    w.name AS home_ward,
    w.floor,
    b.number AS bed,
    b.kind AS bed_kind,
    u.name AS supervisor
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id
LEFT JOIN wards AS w ON w.id = d.ward_id
LEFT JOIN physicians AS u ON u.id = d.supervisor_id AND d.id > 3
JOIN beds AS b ON b.ward_id = w.id;

-- name: list_by_member(ids, specialties)
SELECT
    s.id,
    a.name AS by_any,
    b.name AS by_in,
    b.specialty AS by_in_specialty,
    c.name AS by_not_in,
    e.name AS by_all,
    f.name AS by_not_any
FROM stays AS s
LEFT JOIN physicians AS a ON a.id = s.physician_id
LEFT JOIN physicians AS b ON b.id = s.physician_id
LEFT JOIN physicians AS c ON c.id = s.physician_id + 0
LEFT JOIN physicians AS e ON e.id = s.physician_id + 1
LEFT JOIN physicians AS f ON f.id = s.physician_id + 2
WHERE a.id = ANY (:ids) AND b.specialty IN ('surgery', 'cardiology')
    AND c.name NOT IN ('nobody', 'somebody')
    AND e.specialty <> ALL (:specialties)
    AND NOT (f.specialty = ANY (:specialties));

-- name: list_by_negation(day)
SELECT
    s.id,
    a.id AS either_id,
    a.ward_id AS either_ward_id,
    b.name AS both_name,
    c.left_on,
    c.specialty,
    e.name AS hired_early
FROM stays AS s
LEFT JOIN physicians AS a ON a.id = s.physician_id
LEFT JOIN physicians AS b ON b.id = s.physician_id + 1
LEFT JOIN physicians AS c ON c.id = s.physician_id + 2
LEFT JOIN physicians AS e ON e.id = s.physician_id + 3
WHERE NOT (a.id IS NULL OR a.ward_id <> s.ward_id)
    AND NOT (b.id IS NULL AND s.state = 'open')
    AND NOT (c.left_on IS NULL)
    AND NOT (e.hired > :day);

-- name: list_by_pattern(pattern, day)
SELECT
    s.id,
    a.specialty AS like_specialty,
    b.specialty AS regex_specialty,
    c.name AS on_call_name,
    e.name AS early_name,
    f.specialty AS neither_specialty,
    p.given_name
FROM stays AS s
JOIN patients AS p ON p.id = s.patient_id
LEFT JOIN physicians AS a ON a.id = s.physician_id + 0
LEFT JOIN physicians AS b ON b.id = s.physician_id + 1
LEFT JOIN physicians AS c ON c.id = s.physician_id + 2
LEFT JOIN physicians AS e ON e.id = s.physician_id + 3
LEFT JOIN physicians AS f ON f.id = s.physician_id + 4
WHERE a.specialty LIKE :pattern AND b.specialty !~* '^sur' AND c.on_call && s.during
    AND starts_with(lower(e.name), 'dr') AND concat_ws(' ', f.specialty, 'x') LIKE '_%%'
    AND left(p.given_name, 1) < 'm' AND s.discharged_at < :day;

-- name: list_by_reference()
SELECT
    m.id,
    s.state,
    w.name AS ward,
    b.kind AS bed_kind,
    b.number AS bed,
    f.number AS from_bed,
    m.bed_number
FROM bed_moves AS m
LEFT JOIN stays AS s ON s.id = m.stay_id
LEFT JOIN wards AS w ON w.id = m.ward_id
LEFT JOIN beds AS b ON b.ward_id = m.ward_id AND b.number = m.bed_number
LEFT JOIN beds AS f ON f.ward_id = m.from_ward_id AND f.number = m.from_bed_number;

-- name: list_by_row(low, high)
SELECT
    s.id,
    a.ward_id AS equal_ward_id,
    b.ward_id AS less_ward_id,
    b.supervisor_id AS less_supervisor_id,
    c.ward_id AS unequal_ward_id,
    e.hired AS between_hired,
    e.left_on AS between_left_on,
    f.ward_id AS whole_ward_id,
    f.specialty AS whole_specialty,
    f.settings AS whole_settings,
    g.id AS partial_id,
    g.specialty AS partial_specialty,
    h.name AS nonempty_name,
    k.ward_id AS fields_ward_id
FROM stays AS s
LEFT JOIN physicians AS a ON a.id = s.physician_id
LEFT JOIN physicians AS b ON b.id = s.physician_id + 1
LEFT JOIN physicians AS c ON c.id = s.physician_id + 2
LEFT JOIN physicians AS e ON e.id = s.physician_id + 3
LEFT JOIN physicians AS f ON f.id = s.physician_id + 4
LEFT JOIN physicians AS g ON g.id = s.physician_id + 5
LEFT JOIN physicians AS h ON h.id = s.physician_id + 6
LEFT JOIN physicians AS k ON k.id = s.physician_id + 7
WHERE (a.id, a.ward_id) = (s.physician_id, s.ward_id)
    AND (b.ward_id, b.supervisor_id) < (:low, :high)
    AND (c.ward_id, c.supervisor_id) <> (s.ward_id, 1)
    AND s.discharged_at::date BETWEEN SYMMETRIC e.hired AND e.left_on
    AND f IS NOT NULL
    AND NOT (g IS NULL)
    AND concat(h.name, 'x') <> ''
    AND (k.id, k.ward_id) IS NOT NULL;

-- name: list_by_semi_join()
SELECT
    s.id,
    a.name AS in_name,
    b.name AS not_in_name,
    c.name AS exists_name,
    e.name AS not_exists_name,
    f.name AS all_name,
    g.name AS any_name,
    h.name AS counted_name,
    k.name AS summed_name
FROM stays AS s
LEFT JOIN physicians AS a ON a.id = s.physician_id
LEFT JOIN physicians AS b ON b.id = s.physician_id + 1
LEFT JOIN physicians AS c ON c.id = s.physician_id + 2
LEFT JOIN physicians AS e ON e.id = s.physician_id + 3
LEFT JOIN physicians AS f ON f.id = s.physician_id + 4
LEFT JOIN physicians AS g ON g.id = s.physician_id + 5
LEFT JOIN physicians AS h ON h.id = s.physician_id + 6
LEFT JOIN physicians AS k ON k.id = s.physician_id + 7
WHERE a.id IN (SELECT r.physician_id FROM prescriptions AS r)
    AND b.id NOT IN (SELECT r.physician_id FROM prescriptions AS r WHERE r.refills > 9)
    AND EXISTS (SELECT 1 FROM wards AS w WHERE w.id = c.ward_id)
    AND NOT EXISTS (SELECT 1 FROM wards AS w WHERE w.id = e.ward_id)
    AND f.id >= ALL (SELECT r.physician_id FROM prescriptions AS r WHERE r.refills > 9)
    AND (g.id, g.ward_id) = ANY (SELECT x.physician_id, x.ward_id FROM stays AS x)
    AND (SELECT count(*) FROM stays AS x WHERE x.physician_id = h.id) > 0
    AND (SELECT sum(x.ward_id) FROM stays AS x WHERE x.physician_id = k.id) > 0;

-- name: list_by_sure_reference(ward_id)
SELECT
    m.id,
    m.from_ward_id,
    b.number AS bed,
    b.ward_id AS bed_ward_id,
    f.ward_id AS from_bed_ward_id,
    s.id AS stay_id,
    p.full_name,
    w.name AS ward,
    x.name AS same_ward,
    z.name AS sampled_ward,
    o.name AS ground_ward
FROM bed_moves AS m
JOIN stays AS s ON s.id = m.stay_id
LEFT JOIN patients AS p ON p.id = s.patient_id
LEFT JOIN beds AS b ON b.ward_id = m.ward_id AND b.number = m.bed_number
LEFT JOIN beds AS f ON (f.ward_id, f.number) = (m.from_ward_id, m.from_bed_number)
LEFT JOIN wards AS w ON w.id = s.ward_id
LEFT JOIN wards AS x ON x.id = s.ward_id AND x.id = :ward_id
LEFT JOIN wards AS z TABLESAMPLE BERNOULLI (1) REPEATABLE (3) ON z.id = s.ward_id
LEFT JOIN ground_wards AS o ON o.id = s.ward_id
WHERE m.bed_number > 0 AND m.from_bed_number IS NOT NULL;

-- name: list_full(number)
SELECT
    coalesce(a.number, b.number) AS number_of_either,
    number AS merged_number,
    a.ward_id AS left_ward_id,
    b.ward_id AS right_ward_id,
    a.kind AS left_kind
FROM (SELECT x.number, x.ward_id, x.kind FROM beds AS x WHERE x.ward_id = 1) AS a
FULL JOIN (SELECT x.number, x.ward_id FROM beds AS x WHERE x.ward_id = 2) AS b USING (number)
WHERE number <> :number;

-- name: list_full_filtered(least)
SELECT
    w.id AS ward_id,
    w.name AS ward,
    w.floor,
    d.name AS physician,
    d.ward_id AS physician_ward_id,
    s.id AS stay_id
FROM wards AS w
FULL JOIN physicians AS d ON d.ward_id = w.id
LEFT JOIN stays AS s ON s.physician_id = d.id
WHERE w.capacity > :least;

-- name: list_full_nullable()
SELECT
    floor,
    w.name AS ward,
    w.id AS ward_id,
    v.day,
    v.total
FROM wards AS w
FULL JOIN (
    SELECT x.ward_id AS floor, x.day, count(*) AS total FROM visits AS x GROUP BY 1, 2
) AS v USING (floor);

-- name: list_laterals(kind)
SELECT
    s.id,
    c.total,
    c.newest_at,
    c.highest,
    h.high_count,
    l.id AS last_id,
    l.taken_at AS last_at,
    n.medicine_code AS first_medicine,
    v.item,
    x.one,
    r.edge,
    g.number AS counter,
    k.tag
FROM stays AS s
JOIN wards AS w ON w.id = s.ward_id
LEFT JOIN LATERAL (
    SELECT count(*) AS total, max(m.taken_at) AS newest_at, max(m.value) AS highest
    FROM measurements AS m
    WHERE m.stay_id = s.id AND m.kind = :kind
) AS c ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS high_count FROM measurements AS m WHERE m.stay_id = s.id AND m.value > 9
) AS h ON h.high_count > 0
LEFT JOIN LATERAL (
    SELECT m.id, m.taken_at FROM measurements AS m WHERE m.stay_id = s.id
    ORDER BY m.taken_at DESC LIMIT 1
) AS l ON true
CROSS JOIN LATERAL (
    SELECT p.medicine_code FROM prescriptions AS p WHERE p.stay_id = s.id ORDER BY p.id LIMIT 1
) AS n
LEFT JOIN LATERAL (VALUES (s.id), (NULL)) AS v (item) ON true
LEFT JOIN (VALUES (1)) AS x (one) ON true
LEFT JOIN LATERAL upper(s.during) AS r (edge) ON true
LEFT JOIN LATERAL generate_series(1, w.capacity) AS g (number) ON true
LEFT JOIN LATERAL unnest(w.tags) AS k (tag) ON true;

-- name: list_nested_outer()
SELECT
    p.id,
    s.id AS stay_id,
    w.name AS ward,
    d.name AS physician,
    r.id AS prescription_id,
    r.medicine_code,
    m.name AS medicine,
    i.id AS invoice_id
FROM patients AS p
LEFT JOIN (
    stays AS s
    JOIN wards AS w ON w.id = s.ward_id
    LEFT JOIN physicians AS d ON d.id = s.physician_id
) ON s.patient_id = p.id
LEFT JOIN (
    prescriptions AS r JOIN medicines AS m ON m.code = r.medicine_code
) ON r.stay_id = s.id
LEFT JOIN invoices AS i ON i.stay_id = s.id;

-- name: list_nested_outer_filtered(label)
SELECT
    p.id,
    s.id AS stay_id,
    w.name AS ward,
    d.name AS physician,
    i.net,
    i.issued_on,
    l.label,
    l.prescription_id
FROM invoice_lines AS l
RIGHT JOIN invoices AS i ON i.id = l.invoice_id
RIGHT JOIN (
    patients AS p LEFT JOIN (
        stays AS s JOIN wards AS w ON w.id = s.ward_id
        LEFT JOIN physicians AS d ON d.id = s.physician_id
    ) ON s.patient_id = p.id
) ON i.stay_id = s.id
WHERE l.label = :label;

-- name: list_owned_devices()
SELECT
    e.id,
    e.serial,
    e.model,
    v.name AS ward,
    l.lessor
FROM ONLY devices AS e
LEFT JOIN wards AS v ON v.id = e.ward_id
LEFT JOIN leased_devices AS l ON l.serial = e.serial;

-- name: list_stock_wards()
SELECT
    t.medicine_code,
    c.name AS medicine,
    w.name AS ward,
    e.serial,
    e.model,
    v.name AS device_ward
FROM stock AS t
LEFT JOIN medicines AS c ON c.code = t.medicine_code
LEFT JOIN wards AS w ON w.id = t.ward_id
CROSS JOIN devices AS e
LEFT JOIN wards AS v ON v.id = e.ward_id;

-- name: list_unattended()
SELECT
    s.id,
    s.physician_id,
    d.id AS no_physician_id,
    d.name AS no_physician,
    coalesce(d.name, 'nobody') AS shown,
    r.medicine_code,
    m.name AS medicine
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id
LEFT JOIN (prescriptions AS r JOIN medicines AS m ON m.code = r.medicine_code)
    ON r.stay_id = s.id AND r.refills > 0
WHERE d.id IS NULL;
