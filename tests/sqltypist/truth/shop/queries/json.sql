-- name: product_json()
SELECT
    JSON_OBJECT('id' VALUE p.id, 'cost' VALUE p.cost) AS object,
    JSON_ARRAY(p.cost, p.price ABSENT ON NULL) AS list,
    p.attributes IS JSON OBJECT AS is_object,
    p.name IS JSON AS is_json,
    (SELECT JSON_ARRAYAGG(l.line_no) FROM order_lines AS l
        WHERE l.product_id = p.id) AS line_numbers,
    (SELECT JSON_OBJECTAGG(k.id VALUE k.name) FROM couriers AS k
        WHERE k.depot_id = p.id) AS courier_names,
    json_build_object('id', p.id, 'cost', p.cost) AS built,
    to_jsonb(p.cost) AS cost_json,
    to_jsonb(p.name) AS name_json,
    p.attributes -> 'color' AS color
FROM products AS p;

-- name: preferences_of(id, path)^
SELECT
    c.preferences -> 'language' AS language,
    c.preferences ->> 'language' AS language_text,
    c.preferences['list'][0] AS first_item,
    c.preferences || '{"seen": true}' AS marked,
    c.preferences - 'language' AS without_language,
    c.preferences @> '{"gift": true}' AS wants_gifts,
    c.preferences ? 'gift' AS has_gift,
    c.preferences @? 'strict $.gift' AS has_gift_path,
    c.preferences @@ '$.count > 1' AS counts,
    jsonb_typeof(c.preferences) AS kind,
    jsonb_set(c.preferences, '{seen}', 'true') AS updated,
    jsonb_set(c.preferences, '{nickname}', to_jsonb(c.nickname)) AS renamed,
    jsonb_path_query_first(c.preferences, '$.list[0]') AS first_found,
    jsonb_path_query_array(c.preferences, '$.list[*]') AS all_found,
    jsonb_extract_path_text(c.preferences, :path) AS extracted,
    jsonb_build_array(c.nickname) AS nickname_list,
    jsonb_strip_nulls(c.preferences) AS stripped,
    jsonb_pretty(c.preferences) AS pretty
FROM customers AS c
WHERE c.id = :id;

-- name: preference_texts()
SELECT
    c.id, c.preferences #>> '{}' AS all_text,
    c.preferences = '{}' AS is_unset, to_jsonb(c.preferences) AS copied,
    (c.preferences ->> 'count') || '!' AS count_text
FROM customers AS c;

-- name: preference_entries()
SELECT
    c.id, e.key AS name, e.value AS json_value, t.value AS text_value, x.width, x.height,
    a.item, a.number
FROM customers AS c
CROSS JOIN LATERAL jsonb_each(c.preferences) AS e
JOIN LATERAL jsonb_each_text(c.preferences) AS t ON t.key = e.key
CROSS JOIN LATERAL jsonb_to_record(c.preferences) AS x (width integer, height numeric)
LEFT JOIN LATERAL jsonb_array_elements_text(c.preferences -> 'list')
    WITH ORDINALITY AS a (item, number) ON true
WHERE jsonb_typeof(c.preferences) = 'object';

-- name: aggregated_json()
SELECT
    o.customer_id,
    JSON_ARRAYAGG(o.coupon) AS known_coupons,
    JSON_ARRAYAGG(o.coupon NULL ON NULL) AS coupons,
    JSON_OBJECTAGG(o.id VALUE o.total) AS totals,
    jsonb_agg(o.meta) FILTER (WHERE o.meta IS NOT NULL) AS metas,
    jsonb_object_agg(o.id, o.state) AS states
FROM orders AS o
GROUP BY o.customer_id;
