-- name: customer_dates()
SELECT
    c.id,
    extract(year FROM c.joined_at) AS joined_year,
    extract(month FROM c.joined_at) AS joined_month,
    extract(epoch FROM c.joined_at) AS joined_epoch,
    date_part('dow', c.joined_at) AS joined_weekday,
    date_trunc('day', c.joined_at) AS joined_day,
    to_char(c.joined_at, 'YYYY-MM') AS joined_text,
    isfinite(c.joined_at) AS is_finite,
    c.joined_at + interval '1 month' AS month_later,
    c.joined_at::date AS joined_on,
    c.joined_at AT TIME ZONE 'UTC' AS joined_utc,
    c.joined_at > now() AS is_future,
    extract(year FROM c.born_on) AS born_year,
    age(c.born_on) AS age,
    coalesce(c.born_on, 'infinity') - 1 AS day_before,
    make_date(2026, 1, 1) + 7 AS a_week_on,
    greatest(c.born_on, c.joined_at::date) AS later_day,
    (c.joined_at, c.joined_at) OVERLAPS (now(), now()) AS is_now
FROM customers AS c;

-- name: return_days(since)
SELECT
    r.id, r.received_on,
    r.received_on + 14 AS due_on,
    extract(doy FROM r.received_on) AS day_of_year,
    extract(isoyear FROM r.received_on) AS iso_year,
    extract(day FROM o.lead_time) AS lead_days,
    justify_hours(o.lead_time) AS lead_time,
    date_bin('1 day', r.received_on::timestamp, '2026-01-01') AS binned,
    d.day,
    d.day::date AS day_on,
    to_char(o.cost, '999.99') AS cost_text
FROM returns AS r
CROSS JOIN offers AS o
CROSS JOIN generate_series(timestamp '2026-01-01', '2026-01-02', interval '1 day') AS d (day)
WHERE r.received_on > :since;
