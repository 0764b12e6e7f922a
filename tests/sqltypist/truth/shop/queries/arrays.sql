-- name: customer_tags(number)
SELECT
    c.id, c.tags,
    c.tags[1] AS first_tag,
    c.tags[1 : 2] AS two_tags,
    c.tags[:number::integer] AS some_tag,
    cardinality(c.tags) AS tag_count,
    array_length(c.tags, 1) AS tag_length,
    array_upper(c.tags, 1) AS last_index,
    array_append(c.tags, c.nickname) AS more_tags,
    c.tags || c.nickname AS also_more,
    array_cat(c.tags, string_to_array(c.nickname, ' ')) AS joined_tags,
    array_remove(c.tags, 'old') AS fresh_tags,
    array_position(c.tags, 'new') AS new_at,
    array_positions(c.tags, 'new') AS all_new_at,
    array_to_string(c.tags, ', ') AS tag_text,
    'new' = ANY(c.tags) AS is_new,
    c.tags @> ARRAY['new'] AS has_new,
    c.tags = '{}' AS is_untagged,
    ARRAY[c.nickname, c.full_name] AS names,
    ARRAY(SELECT o.coupon FROM orders AS o WHERE o.customer_id = c.id) AS coupons,
    (SELECT array_agg(o.id) FROM orders AS o WHERE o.customer_id = c.id) AS order_ids,
    string_to_array(c.full_name, ' ') AS words
FROM customers AS c;

-- name: product_labels()
SELECT
    p.id, u.label AS label_text, u.photo, u.number, s.subscript,
    cardinality(p.photos) AS photos, array_cat(p.photos, p.labels) AS all_texts,
    p.photos || p.photos AS twice
FROM products AS p
CROSS JOIN LATERAL unnest(p.labels, p.photos) WITH ORDINALITY AS u (label, photo, number)
CROSS JOIN LATERAL generate_subscripts(p.labels, 1) AS s (subscript);

-- name: labels_in_list()
SELECT p.id, unnest(p.labels) AS label_text, generate_series(1, 2) AS number
FROM products AS p;

-- name: numbered_weeks(weeks)
SELECT p.id, generate_series(1, :weeks::integer) AS week, cardinality(p.labels) AS labels
FROM products AS p;

-- name: padded_rows(first, second)
SELECT r.a, r.b, r.number, g.day
FROM ROWS FROM (generate_series(1, :first::integer), generate_series(1, :second::integer))
    WITH ORDINALITY AS r (a, b, number)
CROSS JOIN generate_series('2026-01-01'::timestamptz, '2026-01-03', '1 day') AS g (day);

-- name: import_movements(days, product_ids, quantities, notes)
INSERT INTO movements (moved_on, product_id, quantity, reference)
SELECT u.day, u.product_id, u.quantity, u.note
FROM unnest(:days::date[], :product_ids::integer[], :quantities::integer[], :notes::text[])
    AS u (day, product_id, quantity, note)
RETURNING id, moved_on, product_id, from_id, quantity, reference;
