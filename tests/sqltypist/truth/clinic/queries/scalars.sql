-- Scalar subqueries, system columns, samples and locks.

-- name: list_due_days()
SELECT
    p.id,
    m.due_on,
    m.net,
    (SELECT p.full_name) AS full_name,
    (SELECT p.contact) AS contact,
    (SELECT max(b.number)::text || p.given_name FROM beds AS b) AS odd_name
FROM patients AS p
CROSS JOIN LATERAL (
    SELECT (SELECT i.due_on) AS due_on, (SELECT i.net) AS net
    FROM invoices AS i
    WHERE i.patient_id = p.id
) AS m;

-- name: list_inner_groups()
SELECT
    (SELECT s.ward_id) AS ward_id,
    (SELECT s.state) AS state,
    (SELECT upper(s.state)) AS loud_state,
    (SELECT CASE WHEN s.state IS NULL THEN '' ELSE s.state END) AS shown_state,
    (SELECT max(s.note)) AS last_note,
    (SELECT count(*) FROM beds AS b WHERE b.kind = s.state) AS bed_count,
    (SELECT w.name FROM wards AS w WHERE w.id = s.ward_id) AS ward,
    max((SELECT d.name FROM physicians AS d WHERE d.id = s.physician_id)) AS physician,
    max((SELECT w.name FROM wards AS w WHERE w.id = s.ward_id)) AS ward_again
FROM stays AS s
GROUP BY GROUPING SETS ((s.ward_id, s.state), (s.ward_id));

-- name: list_inner_rows()
SELECT
    (SELECT d.name) AS name,
    CASE WHEN d.id IS NOT NULL THEN (SELECT d.name) ELSE '' END AS shown_name,
    CASE WHEN d.id IS NOT NULL THEN (SELECT d.specialty) ELSE '' END AS specialty,
    CASE WHEN d IS NOT NULL THEN (SELECT d.specialty) ELSE '' END AS sure_specialty,
    CASE WHEN d.id IS NOT NULL THEN (
        SELECT max(x.discharged_at) FROM stays AS x WHERE x.physician_id = d.id
    ) ELSE now() END AS discharged_at,
    (SELECT initials(p.family_name, p.given_name)) AS odd_letters,
    initials((SELECT p.given_name), (SELECT p.family_name)) AS letters,
    (SELECT max(either(w.floor, w.capacity)) FROM wards AS w WHERE w.id = d.id) AS highest,
    (SELECT l.worst FROM ward_load AS l WHERE l.ward_id = s.ward_id) AS worst
FROM stays AS s
JOIN patients AS p ON p.id = s.patient_id
LEFT JOIN physicians AS d ON d.id = s.physician_id;

-- name: list_scalars(most)
SELECT
    s.id,
    (SELECT count(*) FROM beds AS b WHERE b.ward_id = s.ward_id) AS bed_count,
    (SELECT max(b.number) FROM beds AS b WHERE b.ward_id = s.ward_id) AS highest_bed,
    (SELECT coalesce(max(b.number), 0) FROM beds AS b) AS highest_bed_or_zero,
    (SELECT w.name FROM wards AS w WHERE w.id = s.ward_id) AS ward,
    (SELECT w.code FROM wards AS w WHERE w.id = s.ward_id AND w.floor > 0) AS high_ward_code,
    (SELECT w.phone FROM wards AS w WHERE s.ward_id = w.id) AS ward_phone,
    (SELECT d.name FROM physicians AS d WHERE d.id = s.physician_id) AS physician,
    (SELECT 1) AS one,
    (SELECT 1 WHERE s.note IS NULL) AS perhaps_one,
    (VALUES (2)) AS two,
    (SELECT v.x FROM (VALUES (1), (2)) AS v (x) LIMIT 1) AS first_value,
    (SELECT v.x FROM (VALUES (1), (2)) AS v (x) ORDER BY 1 LIMIT 1 OFFSET 2) AS no_value,
    (SELECT 1 LIMIT :most) AS limited,
    (SELECT count(*) FROM beds AS b OFFSET 1) AS skipped,
    (SELECT count(*) FROM beds AS b WHERE b.ward_id = s.ward_id GROUP BY b.kind LIMIT 1) AS grouped,
    (SELECT count(*) FROM beds AS b WHERE b.ward_id = s.ward_id HAVING count(*) > 3) AS many_beds,
    (SELECT count(*) FROM beds AS b GROUP BY ()) AS all_beds,
    (SELECT n.total FROM (SELECT count(*) AS total FROM beds AS b) AS n) AS nested_count,
    (
        SELECT n.total
        FROM (SELECT count(*) AS total FROM beds AS b WHERE b.ward_id = s.ward_id) AS n
        WHERE n.total > 1
    ) AS nested_some,
    (SELECT unnest(ARRAY[1]) LIMIT 1) AS unnested,
    (SELECT unnest(w.tags) FROM wards AS w WHERE w.id = s.ward_id LIMIT 1) AS tag,
    EXISTS (SELECT 1 FROM beds AS b WHERE b.ward_id = s.physician_id) AS has_bed,
    s.id IN (SELECT r.stay_id FROM prescriptions AS r) AS is_prescribed,
    s.id IN (SELECT m.stay_id FROM measurements AS m) AS is_measured,
    s.physician_id IN (SELECT d.id FROM physicians AS d) AS is_attended,
    s.id > ALL (SELECT m.stay_id FROM measurements AS m) AS is_beyond,
    (SELECT count(*) FROM beds UNION ALL SELECT 1 WHERE false) AS united,
    (SELECT x.state FROM stays AS x WHERE x.id = s.id) AS own_state,
    ARRAY(SELECT b.kind FROM beds AS b) AS kinds,
    (SELECT ARRAY(SELECT d.id FROM physicians AS d)) AS ids
FROM stays AS s;

-- name: list_system_columns(most, skipped)
SELECT
    s.ctid::text AS place,
    s.tableoid::regclass::text AS source,
    d.ctid::text AS physician_place,
    d.tableoid::regclass::text AS physician_source,
    d.xmin::text AS physician_version,
    s.note,
    p.mrn
FROM stays AS s
JOIN patients AS p ON p.id = s.patient_id
LEFT JOIN physicians AS d ON d.id = s.physician_id
ORDER BY s.id
LIMIT :most OFFSET :skipped;

-- name: take_open_stays(most)
SELECT
    s.id,
    s.note,
    s.discharged_at,
    w.name AS ward
FROM stays AS s TABLESAMPLE SYSTEM (100)
JOIN wards AS w ON w.id = s.ward_id
WHERE s.state = 'discharged'
ORDER BY s.id
LIMIT :most
FOR UPDATE OF s SKIP LOCKED;
