-- Groups, grouping sets, HAVING and aggregates.

-- name: get_measurement_summary(kind)^
SELECT
    count(*) AS total,
    count(m.value) AS value_count,
    max(m.taken_at) AS newest_at,
    coalesce(sum(m.value), 0) AS total_value,
    sum(m.count) AS total_count,
    rank(5) WITHIN GROUP (ORDER BY m.count) AS hypothetical_rank,
    percent_rank(5) WITHIN GROUP (ORDER BY m.count) AS hypothetical_percentage,
    cume_dist(5) WITHIN GROUP (ORDER BY m.count) AS hypothetical_distribution,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY m.count) AS median_count,
    array_agg(DISTINCT m.unit ORDER BY m.unit) AS units,
    regr_count(m.count, m.id) AS pair_count,
    bool_or(m.value > 3) AS has_high
FROM measurements AS m
WHERE m.kind = :kind;

-- name: list_kind_statistics()
SELECT
    m.kind,
    stddev(m.count) AS deviation,
    stddev_pop(m.count) AS whole_deviation,
    var_samp(m.count::float8) AS variance,
    corr(m.count, m.id) AS correlation,
    covar_pop(m.count, m.id) AS covariance,
    covar_samp(m.count, m.id) AS sample_covariance,
    avg(m.count) AS mean,
    avg(m.value) AS mean_value,
    sum(m.count) AS total,
    bit_and(m.count) AS bits,
    every(m.kind <> '') AS named,
    string_agg(m.unit, ',' ORDER BY m.taken_at) AS units,
    string_agg(m.kind, ',') AS kinds,
    json_agg(m.value) AS numbers,
    jsonb_object_agg(m.id, m.value) AS by_id,
    any_value(m.taken_at) AS some_at,
    any_value(m.unit) AS some_unit,
    array_agg(m.id) FILTER (WHERE m.value > 1) AS high_ids,
    max(coalesce(m.value, m.id)) AS highest,
    max(CASE WHEN m.value > 1 THEN 1 END) AS high
FROM measurements AS m
GROUP BY m.kind;

-- name: list_patient_spans()
SELECT
    p.id,
    p.given_name,
    p.full_name,
    count(*) AS row_count,
    count(s.id) AS stay_count,
    count(s.*) AS stay_row_count,
    array_agg(s.id) AS stay_ids,
    max(s.ward_id) AS highest_ward_id,
    range_agg(s.during) AS spans,
    range_intersect_agg(s.during) AS overlap,
    bool_or(s.id IS NULL) AS has_none,
    sum(CASE WHEN s.state = 'open' THEN 1 ELSE 0 END) AS open_count,
    max(p.born) AS born
FROM patients AS p
LEFT JOIN stays AS s ON s.patient_id = p.id
GROUP BY p.id;

-- name: list_physician_totals(minimum)
SELECT
    s.physician_id,
    count(*) AS total,
    max(s.discharged_at) AS last_discharged_at,
    min(s.note) AS first_note,
    count(s.note) AS note_count,
    avg(extract(epoch FROM upper(s.during) - lower(s.during))) AS mean_seconds,
    mode() WITHIN GROUP (ORDER BY s.severity) AS usual_severity,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY s.id) AS middle_id,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY s.ward_id) AS middle_ward,
    mode() WITHIN GROUP (ORDER BY s.diagnosis) AS usual_diagnosis
FROM stays AS s
GROUP BY s.physician_id
HAVING s.physician_id > 0 AND max(s.discharged_at) > :minimum;

-- name: list_stay_cube()
SELECT
    s.ward_id,
    s.severity,
    s.state,
    grouping(s.severity, s.state) AS level,
    count(*) AS total,
    max(s.id) AS newest_id,
    max(s.physician_id) AS any_physician_id,
    coalesce(s.state, 'all') AS state_or_all,
    s.ward_id + 1 AS next_ward_id,
    upper(s.state) AS loud_state,
    CASE WHEN grouping(s.state) = 1 THEN 'all' ELSE s.state END AS shown_state,
    min(lower(s.during)) AS since
FROM stays AS s
GROUP BY s.ward_id, ROLLUP (s.severity, s.state);

-- name: list_stay_grand_total()
SELECT
    w.floor,
    w.floor + 1 AS above,
    max(s.id) AS newest_id,
    count(s.note) AS note_count,
    max(w.capacity) AS capacity
FROM stays AS s
JOIN wards AS w ON w.id = s.ward_id
GROUP BY ROLLUP (w.floor)
HAVING max(s.id) IS NOT NULL;

-- name: list_stay_sets()
SELECT
    s.ward_id,
    s.severity,
    count(*) AS total,
    max(s.id) AS newest_id,
    sum(s.id) FILTER (WHERE s.state = 'open') AS open_sum,
    array_agg(s.state) AS states,
    count(DISTINCT s.state) AS state_count
FROM stays AS s
GROUP BY GROUPING SETS ((s.ward_id), (s.severity), ());

-- name: list_stay_sets_with_rows(least)
SELECT
    s.ward_id,
    s.severity,
    s.state,
    max(s.id) AS newest_id,
    max(s.physician_id) AS any_physician_id,
    max(s.discharged_at) AS discharged_at,
    bool_and(s.note = '') AS note_less
FROM stays AS s
GROUP BY GROUPING SETS ((s.ward_id, s.severity), (s.state, s.ward_id), (s.ward_id))
HAVING count(*) > :least AND max(s.physician_id) > 0;
