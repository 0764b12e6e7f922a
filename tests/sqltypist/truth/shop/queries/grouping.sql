-- name: rollup_lines()
SELECT
    c.region_code, o.state,
    grouping(c.region_code, o.state) AS level,
    count(*) AS orders,
    sum(l.quantity) AS pieces,
    max(c.region_code) AS last_region,
    coalesce(c.region_code, 'all') AS region,
    CASE WHEN grouping(o.state) = 1 THEN 'all' ELSE o.state::text END AS state_text
FROM customers AS c
JOIN orders AS o ON o.customer_id = c.id
JOIN order_lines AS l ON l.order_id = o.id
GROUP BY ROLLUP (c.region_code, o.state);

-- name: sets_of_lines()
SELECT
    o.state, l.product_id, l.line_no,
    grouping(l.product_id) AS without_product,
    sum(l.quantity) AS pieces,
    sum(l.unit_price) AS prices,
    max(l.line_no) AS last_line,
    upper(o.state::text) AS shown
FROM orders AS o
JOIN order_lines AS l ON l.order_id = o.id
GROUP BY GROUPING SETS ((o.state, l.product_id), (o.state, l.line_no), (o.state));

-- name: cube_of_stock()
SELECT
    s.warehouse_id, s.product_id, s.shelf,
    sum(s.quantity) AS pieces,
    avg(s.reserved) AS mean_reserved,
    bool_and(s.quantity > 0) AS all_there,
    count(DISTINCT s.shelf) AS shelves,
    array_agg(s.shelf ORDER BY s.shelf) AS shelf_list
FROM stock AS s
GROUP BY s.warehouse_id, CUBE (s.product_id, s.shelf);

-- name: months_since(since)
SELECT
    date_trunc('month', o.placed_at) AS month,
    upper(o.coupon) AS coupon_code,
    extract(month FROM o.placed_at) AS month_number,
    extract(year FROM o.placed_at) AS year_number,
    count(*) AS orders,
    min(o.placed_at) AS first_placed,
    max(o.paid_at) AS last_paid
FROM orders AS o
WHERE o.placed_at >= :since
GROUP BY o.placed_at, upper(o.coupon);

-- name: orders_of_customers()
SELECT
    c.id, c.email, c.nickname, c.display_name, c.region_code,
    count(o.id) AS orders,
    max(o.placed_at) AS last_placed,
    array_agg(o.id) AS ids,
    array_agg(o.id) FILTER (WHERE o.id IS NOT NULL) AS known_ids,
    jsonb_agg(o.state) AS states,
    bool_or(o.state = 'paid') AS any_paid,
    string_agg(o.coupon, ', ') AS coupons,
    coalesce(bool_or(o.state = 'paid'), false) AS was_paid
FROM customers AS c
LEFT JOIN orders AS o ON o.customer_id = c.id
GROUP BY c.id;

-- name: big_spenders(least)
SELECT
    o.customer_id,
    sum(o.total) AS spent,
    max(o.paid_at) AS last_paid,
    min(o.coupon) AS a_coupon,
    count(*) AS orders
FROM orders AS o
GROUP BY o.customer_id
HAVING sum(o.total) > :least AND max(o.paid_at) IS NOT NULL;

-- name: stock_if_any()
SELECT
    count(*) AS places, sum(s.quantity) AS pieces,
    max(s.counted_at) FILTER (WHERE s.reserved > 50) AS last_counted
FROM stock AS s
HAVING sum(s.quantity) IS NOT NULL;

-- name: latest_order_of_each()
SELECT DISTINCT ON (o.customer_id) o.customer_id, o.id AS order_id, o.placed_at, o.total
FROM orders AS o
ORDER BY o.customer_id, o.placed_at DESC NULLS LAST;

-- name: product_statistics()
SELECT
    p.measured_in,
    stddev_samp(p.price) AS spread,
    stddev_pop(p.price) AS whole_spread,
    var_samp(p.price) AS variance,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY p.price::float8) AS median,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY p.cost) AS median_cost,
    mode() WITHIN GROUP (ORDER BY p.name) AS usual_name,
    rank(10) WITHIN GROUP (ORDER BY p.price::numeric) AS place_of_ten,
    any_value(p.code) AS some_code,
    any_value(p.description) AS some_description,
    json_agg(p.description) AS descriptions,
    range_agg(p.on_sale) AS sales,
    jsonb_object_agg(p.code, p.cost) AS costs,
    avg(p.price) AS mean
FROM products AS p
GROUP BY p.measured_in;
