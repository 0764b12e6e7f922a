-- What conditions prove, and what they only seem to.

-- name: get_outer_aggregates()^
SELECT
    (SELECT max(s.id)) AS newest_id,
    (SELECT count(s.note)) AS note_count,
    (SELECT coalesce(max(s.id), 0)) AS newest_id_or_zero,
    CASE WHEN count(*) >= 0 THEN max(s.id) ELSE 0 END AS unproven_id
FROM stays AS s;

-- name: list_aggregate_facts()
SELECT
    s.ward_id,
    CASE WHEN count(*) > 0 THEN max(s.id) ELSE 0 END AS newest_id,
    CASE WHEN count(s.note) > 0 THEN max(s.note) ELSE '' END AS counted_note,
    CASE WHEN count(s.note) > 0 THEN max(s.diagnosis) ELSE '' END AS other_diagnosis,
    CASE WHEN count(*) FILTER (WHERE s.id > 1) > 0 THEN max(s.note) ELSE '' END AS some_note,
    CASE WHEN max(s.note) IS NOT NULL THEN min(s.note) ELSE '' END AS first_note,
    CASE WHEN max(s.note) IS NOT NULL THEN min(s.note) FILTER (WHERE s.id < 0) ELSE '' END
        AS filtered_note,
    CASE WHEN array_agg(s.note) IS NOT NULL THEN max(s.note) ELSE '' END AS kept_note,
    CASE WHEN json_agg(s.note) IS NOT NULL THEN max(s.note) ELSE '' END AS json_note,
    CASE WHEN bool_or(s.note IS NULL) THEN max(s.note) ELSE '' END AS absent_note,
    CASE WHEN count(s.note) = count(*) THEN max(s.note) ELSE '' END AS all_note,
    CASE WHEN stddev(s.id) > 0 THEN max(s.note) ELSE '' END AS deviating_note,
    (SELECT max(s.id)) AS outer_newest_id,
    1 = ANY (array_agg(s.physician_id)) AS is_first,
    1 = ANY (array_agg(s.ward_id)) AS is_ward_one,
    (array_agg(s.note ORDER BY s.id))[1] AS oldest_note
FROM stays AS s
GROUP BY s.ward_id;

-- name: list_array_facts()
SELECT
    w.id,
    'x' = ANY (string_to_array(w.name, ' ')) AS has_word,
    'x' = ANY (string_to_array(w.name, ' ', 'ward')) AS has_other_word,
    9 = ANY (ARRAY[1, 2] || w.floor) AS is_floor,
    2 = ANY (array_fill(w.floor, ARRAY[2])) AS is_filled,
    2 = ANY (array_replace(ARRAY[1], 1, w.floor)) AS is_replaced,
    'a' = ANY (array_remove(w.tags, NULL)) AS has_a,
    'a' = ANY (ARRAY(SELECT b.kind FROM beds AS b)) AS is_kind,
    'a' = ANY (ARRAY(SELECT b.kind FROM beds AS b WHERE b.kind > '')) AS is_known_kind,
    'a' = ANY (w.tags[1 : 2]) AS is_early,
    w.id = ANY (NULL::int[]) AS is_none,
    unnest(string_to_array(w.name, ' ')) AS word
FROM wards AS w;

-- name: list_having_facts()
SELECT
    s.physician_id,
    max(s.note) AS last_note,
    min(s.diagnosis) AS first_diagnosis,
    max(s.discharged_at) AS discharged_at,
    array_agg(s.diagnosis) AS diagnoses
FROM stays AS s
GROUP BY s.physician_id
HAVING count(s.note) > 0 AND array_agg(s.diagnosis) IS NOT NULL
    AND (count(s.discharged_at) > 1 OR count(*) > 0);

-- name: list_row_comparisons()
SELECT
    s.id,
    s.physician_id,
    d.ward_id,
    e.ward_id AS equal_ward_id,
    (s.id, s.note) IN (SELECT b.number, b.kind FROM beds AS b) AS is_member,
    (s.id, s.ward_id) IN (SELECT b.number, b.ward_id FROM beds AS b) AS is_sure_member,
    ROW(s.id, s.note) IS NOT DISTINCT FROM ROW(1, 'x') AS is_same,
    s = s AS is_itself,
    s.id IN (1, 2, NULL) AS is_listed,
    s.id NOT IN (1, 2) AS is_not_listed
FROM stays AS s
LEFT JOIN physicians AS d ON true
LEFT JOIN physicians AS e ON e.id = s.id
WHERE (s.id, s.physician_id) <= (4, 4) AND (d.id, d.ward_id) >= (3, 4)
    AND (e.id, e.ward_id) IS DISTINCT FROM (1, 1);

-- name: list_rows_given(skipped)
SELECT
    a.x AS limited,
    b.x AS counted,
    c.x AS skipped_count,
    e.x AS excepted,
    f.x AS united,
    g.x AS in_set,
    h.x AS had,
    i.x AS rolled_up,
    j.x AS skipped_some,
    k.x AS grouped,
    l.x AS nullable_item,
    m.x AS of_full
FROM stays AS s
LEFT JOIN (SELECT 1 AS x LIMIT 0) AS a ON true
LEFT JOIN (SELECT count(*) AS x FROM beds AS b) AS b ON true
LEFT JOIN (SELECT count(*) AS x FROM beds AS b OFFSET 1) AS c ON true
LEFT JOIN (SELECT 1 AS x EXCEPT SELECT b.number FROM beds AS b) AS e ON true
LEFT JOIN (SELECT 1 AS x UNION SELECT b.number FROM beds AS b) AS f ON true
LEFT JOIN (SELECT generate_series(1, 0) AS x) AS g ON true
LEFT JOIN (SELECT count(*) AS x FROM beds AS b HAVING count(*) > 1000) AS h ON true
LEFT JOIN (SELECT count(*) AS x FROM beds AS b GROUP BY ROLLUP (b.kind)) AS i ON true
LEFT JOIN (SELECT 1 AS x OFFSET :skipped) AS j ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS x FROM beds AS b WHERE b.ward_id = s.ward_id
    GROUP BY GROUPING SETS ((b.kind), (b.number))
) AS k ON true
LEFT JOIN (VALUES (1), (NULL)) AS l (x) ON true
LEFT JOIN (
    SELECT z.y AS x FROM (SELECT 3 AS y) AS z LEFT JOIN (VALUES (1), (2)) AS v (x) ON v.x = z.y
) AS m ON true;

-- name: list_strict_rows(least, kind)
SELECT
    a.low AS known_low,
    b.low,
    (limits_of(m.unit)).high,
    c.code,
    p.code AS prescribed_code,
    p.name AS prescribed_name,
    p.id
FROM measurements AS m
CROSS JOIN limits_of(:kind) AS a
CROSS JOIN LATERAL limits_of(m.unit) AS b
CROSS JOIN codes_dearer_than(:least) AS c
CROSS JOIN prescribed AS p;

-- name: list_volatile_facts()
SELECT
    s.id,
    nullif(floor(random() * 2), 0) AS coin,
    nullif(s.ward_id, 1) AS other_ward_id,
    upper(s.note) AS loud_note,
    upper(d.specialty) AS loud_specialty,
    s.note || d.specialty AS both_texts
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id AND upper(d.specialty) <> 'X'
CROSS JOIN generate_series(1, 50)
WHERE nullif(floor(random() * 2), 0) IS NOT NULL AND nullif(s.ward_id, 1) IS NOT NULL
    AND upper(s.note) <> 'Z';

-- name: list_whole_rows()
SELECT
    s.id,
    ROW(d.*)::text AS row_text,
    to_jsonb(d) -> 'id' AS id_json,
    CASE WHEN d IS NOT NULL THEN d.specialty ELSE '' END AS specialty,
    CASE WHEN NOT (d IS NOT NULL) THEN d.name ELSE '' END AS partial_name,
    CASE WHEN d IS DISTINCT FROM NULL THEN d.name ELSE '' END AS distinct_name,
    CASE WHEN d IS DISTINCT FROM NULL THEN d.specialty ELSE '' END AS distinct_specialty,
    CASE WHEN NOT (x IS NULL) THEN x.kind ELSE '' END AS kind,
    CASE WHEN x IS NOT NULL THEN x.number ELSE 0 END AS number,
    CASE WHEN NOT (ROW(x.kind, x.number) IS NULL) THEN coalesce(x.kind, x.number::text) ELSE '' END
        AS kind_or_number,
    (x).number AS field,
    x::text AS x_text,
    (SELECT y FROM wards AS y WHERE y.id = s.physician_id) IS NULL AS is_nowhere
FROM stays AS s
LEFT JOIN physicians AS d ON d.id = s.physician_id
LEFT JOIN (
    SELECT b.kind, nullif(b.number, 1) AS number FROM beds AS b
) AS x ON x.number = s.ward_id OR s.id > 3;

-- name: list_window_facts()
SELECT
    s.id,
    CASE WHEN s.note IS NOT NULL THEN first_value(s.note) OVER w ELSE '' END AS first_note,
    CASE WHEN s.note IS NOT NULL THEN lag(s.note, 1, s.note) OVER w ELSE '' END
        AS previous_note,
    CASE WHEN s.note IS NOT NULL THEN array_agg(s.note) OVER () ELSE '{}' END AS notes,
    'none' = ANY (CASE WHEN s.note IS NOT NULL THEN array_agg(s.note) OVER () ELSE '{}' END)
        AS has_none,
    CASE WHEN lag(s.id) OVER w IS NULL THEN 0 ELSE lag(s.id) OVER w END AS previous_id,
    CASE WHEN lag(s.id) OVER w IS NOT NULL THEN lag(s.note) OVER w ELSE '' END AS odd_note,
    CASE WHEN count(s.note) OVER w > 0 THEN last_value(s.note) OVER w ELSE '' END AS own_note,
    lag(s.id, s.physician_id, 0::bigint) OVER w AS far_id,
    ntile(s.physician_id) OVER (ORDER BY s.physician_id NULLS FIRST) AS part,
    nth_value(s.id, s.physician_id) OVER w AS nth_id
FROM stays AS s
WINDOW w AS (ORDER BY s.id);

-- name: list_window_received()
SELECT
    x.note,
    x.previous_note,
    x.first_note,
    x.neighbour_note,
    x.note_count
FROM (
    SELECT
        s.note,
        lag(s.note, 1, s.note) OVER (ORDER BY s.id) AS previous_note,
        first_value(s.note) OVER (ORDER BY s.id) AS first_note,
        max(s.note) OVER (ORDER BY s.id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)
            AS neighbour_note,
        count(s.note) OVER () AS note_count
    FROM stays AS s
) AS x
WHERE x.note IS NOT NULL;
