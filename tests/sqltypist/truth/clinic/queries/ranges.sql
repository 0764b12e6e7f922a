-- Ranges and multiranges.

-- name: get_calls(at)^
SELECT
    range_agg(d.on_call) AS calls,
    range_intersect_agg(d.on_call) AS shared_calls,
    count(*) FILTER (WHERE d.on_call @> :at::timestamptz) AS on_call_count,
    coalesce(range_agg(d.on_call), '{}') AS calls_or_none,
    isempty(range_agg(d.on_call)) AS is_uncovered
FROM physicians AS d;

-- name: list_policy_ranges(day)
SELECT
    p.patient_id,
    p.covers,
    lower(p.covers) AS begins,
    upper(p.covers) AS ends,
    p.covers - daterange(NULL, :day) AS remaining,
    lower(p.covers - daterange(NULL, :day)) AS remaining_begins,
    d.on_call,
    lower(d.on_call) AS first_call_at,
    range_merge(d.on_call) AS all_calls,
    d.on_call + d.on_call AS both_calls,
    isempty(d.on_call) AS is_never_on_call,
    c.call,
    lower(c.call) AS call_at,
    r.days,
    upper(r.days) AS last_day,
    m.storage,
    lower(m.storage) AS coldest
FROM policies AS p
CROSS JOIN physicians AS d
CROSS JOIN LATERAL unnest(d.on_call) AS c (call)
CROSS JOIN prescriptions AS r
JOIN medicines AS m ON m.code = r.medicine_code
WHERE lower(p.covers) <= :day AND r.starts < :day;

-- name: list_stay_ranges(during)
SELECT
    s.id,
    lower(s.during) AS begins_at,
    upper(s.during) AS ends_at,
    isempty(s.during) AS is_empty,
    lower_inf(s.during) AS is_endless,
    lower_inc(s.during) AS is_inclusive,
    s.during * :during AS shared,
    lower(s.during * :during) AS shared_begins_at,
    upper(s.during) - lower(s.during) AS length,
    s.during -|- :during AS is_adjacent,
    s.during && :during AS overlaps,
    range_merge(s.during, :during) AS merged,
    multirange(s.during) AS as_multirange,
    s.during @> now() AS is_now,
    s.during @> s.discharged_at AS is_sane,
    tstzrange(s.discharged_at, NULL) AS after,
    lower(tstzrange(s.discharged_at, now(), '[]')) AS after_begins_at,
    coalesce(upper(s.during), s.discharged_at, 'infinity') AS left_at,
    numrange(1, 5) + numrange(3, 8) AS joined,
    greatest(upper(s.during), lower(s.during)) AS latest_at
FROM stays AS s;
