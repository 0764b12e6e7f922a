-- name: products_on_sale(day)
SELECT
    p.id, p.on_sale, lower(p.on_sale) AS sale_from, upper(p.on_sale) AS sale_until,
    isempty(p.on_sale) AS is_never, upper_inf(p.on_sale) AS is_open, p.seasons,
    p.seasons @> p.on_sale AS is_in_season,
    p.on_sale * daterange('2026-01-01', '2027-01-01') AS this_year,
    p.on_sale -|- daterange('2026-01-01', NULL) AS touches
FROM products AS p
WHERE p.on_sale @> :day::date;

-- name: price_periods(moment)
SELECT
    h.product_id,
    lower(h.valid) AS valid_from,
    upper(h.valid) AS valid_until,
    lower_inc(h.valid) AS is_inclusive,
    h.valid @> :moment::timestamptz AS is_current,
    range_merge(h.valid, tstzrange(now(), NULL)) AS merged,
    h.valid << tstzrange(now(), NULL) AS is_past,
    tstzmultirange(h.valid) - tstzmultirange(tstzrange(now(), NULL)) AS past,
    tstzrange(lower(h.valid), NULL) AS onwards,
    coalesce(upper(h.valid), 'infinity') AS ends
FROM price_history AS h;

-- name: blocked_days()
SELECT
    b.warehouse_id, b.shelf, u.period, lower(u.period) AS blocked_from,
    lower(b.blocked) AS first_day,
    upper(b.blocked) AS last_day, range_merge(b.blocked) AS span, isempty(b.blocked) AS is_free,
    b.blocked + datemultirange(daterange('2026-01-01', '2026-01-02')) AS more,
    lower(b.temperature) AS coldest, numrange(0, b.capacity) AS room,
    b.temperature && numrange(0, 8) AS is_cool
FROM bins AS b
LEFT JOIN LATERAL unnest(b.blocked) AS u (period) ON true;

-- name: merged_periods()
SELECT
    h.product_id, range_agg(h.valid) AS all_valid, range_intersect_agg(h.valid) AS common,
    min(lower(h.valid)) AS first_from, max(upper(h.valid)) AS last_until,
    range_merge(range_agg(h.valid)) AS span,
    upper(range_agg(h.valid)) AS ends
FROM price_history AS h
GROUP BY h.product_id;
