-- Dates and times, infinity included.

-- name: list_dates(field, day)
SELECT
    p.id,
    extract(year FROM p.born) AS year,
    extract(month FROM p.born) AS month,
    extract(epoch FROM p.born) AS epoch,
    extract(century FROM p.born) AS century,
    extract(dow FROM p.born) AS weekday,
    date_part('day', p.born) AS day,
    date_part(:field, p.born) AS part,
    date_trunc('month', s.taken_at) AS month_at,
    extract(hour FROM s.taken_at) AS hour,
    extract(julian FROM s.taken_at) AS julian,
    extract(month FROM d.hired) AS hired_month,
    age(:day::date, d.hired) AS service,
    to_char(p.born, 'YYYY-MM-DD') AS born_text,
    to_char(s.taken_at, 'HH24') AS hour_text,
    to_char(s.count, '999') AS count_text,
    to_char(d.hourly_rate, '999.99') AS rate_text,
    to_date(p.mrn, 'YYYY') AS mrn_date,
    to_timestamp(s.count) AS counted_at,
    to_number(p.mrn, '999') AS mrn_number,
    make_date(2026, 1, s.count) AS january,
    p.born + 1 AS next_day,
    p.died - p.born AS lived,
    p.born + interval '1 month' AS next_month,
    s.taken_at AT TIME ZONE 'UTC' AS utc,
    date_bin('15 minutes', s.taken_at, '2001-01-01 00:00Z') AS slot,
    isfinite(p.born) AS is_finite,
    isfinite(p.died) AS died_finite,
    (p.born, p.died) OVERLAPS (d.hired, d.left_on) AS overlaps,
    (p.born, p.born + 1) OVERLAPS (d.hired, d.hired + 1) AS surely_overlaps,
    justify_hours(interval '1 hour' * s.count) AS justified,
    extract(hour FROM interval '1 hour' * s.count) AS hours,
    extract(hour FROM w.opens) AS opens_hour,
    current_date + s.count AS due,
    localtime AS local_time,
    greatest(p.died, p.born) AS last_day,
    date '2026-01-01' + coalesce(w.opens, '00:00') AS opens_at,
    to_char(current_timestamp, 'YYYY') AS this_year
FROM patients AS p
CROSS JOIN measurements AS s
CROSS JOIN physicians AS d
CROSS JOIN wards AS w;
