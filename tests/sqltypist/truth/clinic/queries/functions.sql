-- Functions of the clinic: SQL of every kind, PL/pgSQL; composites and whole rows.

-- name: list_composites(code)
SELECT
    p.id,
    (p.home).city,
    (home_of(p)).street,
    p.home IS NULL AS is_homeless,
    (bounds_of(s.during)).starts,
    (bounds_of(s.during)).ends,
    (find_ward(:code)).name AS ward,
    (m.strength).amount,
    (ROW(1, p.given_name)::dose).amount AS one,
    (ROW(1, p.given_name)::dose).unit AS given_unit,
    (SELECT x FROM wards AS x WHERE x.id = s.ward_id) IS NULL AS is_nowhere,
    d::text AS physician,
    d IS NULL AS is_alone,
    (d).specialty,
    s::text AS stay,
    d = d AS is_same,
    ROW(s.id, s.note) = ROW(1, 'x') AS equals,
    ROW(s.id, s.ward_id) < ROW(1, 2) AS is_less,
    ROW(s.note) IS DISTINCT FROM ROW(NULL) AS is_noted,
    to_json(d) AS physician_json,
    to_jsonb(s) AS stay_json,
    nicknames(p.id) AS nickname
FROM patients AS p
JOIN stays AS s ON s.patient_id = p.id
JOIN medicines AS m ON (m.strength).amount > 1
LEFT JOIN physicians AS d ON d.id = s.physician_id;

-- name: list_function_rows(patient_id, code, min_floor)
SELECT
    a.id AS stay_id,
    a.state AS stay_state,
    a.note AS stay_note,
    b.state AS draft_state,
    b.id AS draft_id,
    c.ward,
    c.stays,
    c.last_discharge,
    c.place,
    f.id AS found_id,
    f.name AS found_name,
    k.busy,
    n.name AS nickname,
    o.starts,
    o.ends,
    o.open
FROM stays_of(:patient_id) AS a
CROSS JOIN draft_stays(:patient_id) AS b
CROSS JOIN ward_report(:min_floor) AS c
CROSS JOIN find_ward(:code) AS f
CROSS JOIN calendar('2026-01-01', '2026-01-07') AS k
CROSS JOIN nicknames(:patient_id) AS n (name)
CROSS JOIN LATERAL bounds_of(a.during) AS o;

-- name: list_function_values(factor)
SELECT
    p.id,
    initials(p.given_name, p.family_name) AS letters,
    initials(p.family_name, p.given_name) AS odd_letters,
    rate_or_less(d.hourly_rate, NULL) AS rate,
    shown(p.family_name) AS shown_family,
    shown(p.given_name) AS shown_given,
    rank_of(s.severity) AS rank,
    rank_of(nullif(s.severity, 'low')) AS high_rank,
    stay_count(p.id) AS stay_count,
    ward_label(s.ward_id) AS ward,
    ward_label(d.ward_id) AS home_ward,
    price_of('a') AS price,
    either(p.given_name, p.family_name) AS name,
    either(p.given_name, p.email) AS name_or_mail,
    first_of(ARRAY[p.id]) AS own_id,
    first_of(p.allergies) AS first_allergy,
    next_visit(p.id) AS next_visit,
    coalesce(:factor, 1) * coalesce(price_of('b', 2), 0) AS other_price
FROM patients AS p
JOIN stays AS s ON s.patient_id = p.id
LEFT JOIN physicians AS d ON d.id = s.physician_id;

-- name: log_change(what, by)^
SELECT
    note_change(:what, :by) AS at,
    ward_label(1) AS label
FROM (VALUES (1)) AS v (one);
