-- name: rank_orders(since)
SELECT
    o.id, o.total,
    row_number() OVER w AS position,
    rank() OVER w AS place,
    dense_rank() OVER w AS dense_place,
    percent_rank() OVER w AS share,
    cume_dist() OVER w AS cumulated,
    ntile(4) OVER w AS quarter,
    ntile(o.warehouse_id) OVER w AS part,
    lag(o.id) OVER w AS previous_id,
    lead(o.id, 1, 0::bigint) OVER w AS next_id,
    lag(o.total, 1, 0) OVER w AS previous_total,
    lag(o.id, o.warehouse_id, 0::bigint) OVER w AS jumped_id
FROM orders AS o
WHERE o.placed_at >= :since
WINDOW w AS (PARTITION BY o.customer_id ORDER BY o.placed_at, o.id);

-- name: stock_frames()
SELECT
    s.product_id, s.warehouse_id,
    sum(s.quantity) OVER w AS running,
    sum(s.reserved) OVER w AS running_reserved,
    sum(s.quantity) OVER (w ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS two_before,
    sum(s.quantity) OVER (w ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS around,
    sum(s.quantity) OVER (w ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS beside,
    min(s.quantity) OVER (w GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS least,
    max(s.quantity) OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE TIES) AS most,
    avg(s.quantity) OVER (w ROWS UNBOUNDED PRECEDING EXCLUDE GROUP) AS mean_of_others,
    avg(s.quantity) OVER (PARTITION BY s.warehouse_id) AS mean,
    count(*) FILTER (WHERE s.quantity > 5) OVER w AS plenty,
    sum(s.quantity) FILTER (WHERE s.quantity > 5) OVER w AS plenty_sum,
    count(s.reserved) OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS reserved_later,
    stddev_samp(s.quantity) OVER w AS spread
FROM stock AS s
WINDOW w AS (PARTITION BY s.warehouse_id ORDER BY s.product_id);

-- name: movement_frames()
SELECT
    m.id, m.moved_on,
    first_value(m.quantity) OVER w AS first_quantity,
    last_value(m.quantity) OVER w AS last_quantity,
    nth_value(m.quantity, 2) OVER w AS second_quantity,
    first_value(m.from_id) OVER w AS first_from,
    first_value(m.quantity) OVER (w ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS following_quantity,
    sum(m.quantity) OVER (
        ORDER BY m.moved_on RANGE BETWEEN '7 days' PRECEDING AND CURRENT ROW) AS week,
    sum(m.quantity) OVER (
        ORDER BY m.moved_on RANGE BETWEEN '7 days' PRECEDING AND '1 day' PRECEDING) AS week_before,
    array_agg(m.reference) OVER w AS seen_references,
    string_agg(m.reference, ',') OVER w AS reference_text,
    lead(m.moved_on) OVER w AS next_on,
    lead(m.moved_on, 1, 'infinity') OVER w AS next_or_never
FROM movements AS m
WINDOW w AS (PARTITION BY m.product_id ORDER BY m.moved_on, m.id);

-- name: months_of_orders()
SELECT
    o.state,
    date_trunc('month', o.placed_at) AS month,
    count(*) AS orders,
    sum(o.total) AS revenue,
    sum(count(*)) OVER (ORDER BY o.state) AS orders_so_far,
    lag(count(*)) OVER (PARTITION BY o.state ORDER BY date_trunc('month', o.placed_at)) AS before,
    rank() OVER (ORDER BY sum(o.total) DESC NULLS LAST) AS place,
    max(sum(o.total)) OVER (PARTITION BY o.state) AS best,
    100.0 * count(*) / sum(count(*)) OVER () AS percent
FROM orders AS o
GROUP BY o.state, date_trunc('month', o.placed_at);
