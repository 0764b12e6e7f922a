-- Text, CASE, full-text search, the session.

-- name: get_session(name)^
SELECT
    current_setting('TimeZone') AS time_zone,
    current_setting(:name, true) AS setting,
    current_user AS who,
    version() AS server,
    nextval('ticket_numbers') AS ticket,
    gen_random_uuid() AS token,
    to_regclass(:name)::text AS relation,
    obj_description('wards'::regclass, 'pg_class') AS description,
    pg_get_serial_sequence('wards', 'name') AS sequence,
    current_date AS today,
    current_catalog AS catalog,
    enum_first(NULL::severity) AS first_severity,
    'low'::severity AS low,
    pg_typeof(NULL)::text AS nothing,
    NULL AS void,
    NULL::int + 1 AS more,
    random() AS dice
FROM (VALUES (1)) AS v (one);

-- name: list_cases(day)
SELECT
    p.id,
    CASE WHEN p.given_name IS NOT NULL THEN p.given_name ELSE '?' END AS shown,
    CASE WHEN p.given_name IS NULL THEN '?' ELSE p.given_name END AS also_shown,
    CASE WHEN length(p.given_name) > 3 THEN upper(p.given_name) ELSE p.family_name END AS loud,
    CASE p.given_name WHEN 'Ann' THEN p.given_name ELSE 'other' END AS is_ann,
    CASE WHEN p.died > :day THEN p.died ELSE p.born END AS last_day,
    CASE WHEN p.died > :day OR p.sex = 'male' THEN p.died ELSE p.born END AS some_day,
    CASE WHEN p.died > :day THEN 1 WHEN p.died <= :day THEN 2 END AS period,
    CASE p.sex WHEN 'female' THEN 'f' WHEN 'male' THEN 'm' WHEN 'other' THEN 'o' END AS letter,
    CASE s.severity WHEN 'low' THEN 1 WHEN 'critical' THEN 4 ELSE 2 END AS weight,
    CASE WHEN s.state = 'discharged' THEN s.discharged_at ELSE now() END AS until,
    CASE WHEN s.state <> 'open' THEN s.discharged_at ELSE now() END AS perhaps_until,
    CASE WHEN d.id IS NULL THEN 'nobody' ELSE d.name END AS physician,
    CASE WHEN d IS NULL THEN 'nobody' ELSE d.name END AS also_physician,
    CASE WHEN p.phone IS NULL THEN p.email ELSE p.phone END AS reached_by,
    CASE WHEN true THEN p.family_name END AS constant,
    coalesce(nullif(p.given_name, ''), p.family_name) AS called,
    nullif(p.id, -1) AS odd_id,
    num_nulls(p.given_name, p.died) AS unknown_count,
    (p.given_name = 'Ann') IS TRUE AS is_surely_ann,
    p.given_name = 'Ann' OR p.id > 0 AS is_either,
    p.given_name = 'Ann' AND p.id > 0 AS is_both,
    p.given_name IS DISTINCT FROM p.family_name AS differs,
    p.id BETWEEN 1 AND s.physician_id AS is_between,
    NOT (p.died > :day) AS is_not_later
FROM patients AS p
JOIN stays AS s ON s.patient_id = p.id
LEFT JOIN physicians AS d ON d.id = s.physician_id;

-- name: list_domain_casts(id)
SELECT
    p.mrn::medical_code AS mrn_code,
    p.given_name::medical_code AS given_code,
    p.email::phone AS email_phone,
    (SELECT m.code FROM medicines AS m WHERE m.price < 0) AS no_code,
    (SELECT m.code FROM medicines AS m WHERE m.price < 0) IS NULL AS has_none
FROM patients AS p
WHERE p.id = :id;

-- name: list_names(pattern)
SELECT
    p.id,
    p.given_name || ' ' || p.family_name AS joined,
    concat(p.given_name, ' ', p.family_name) AS concatenated,
    concat_ws(' ', p.given_name, p.family_name) AS spaced,
    concat_ws(p.given_name, 'a', 'b') AS separated,
    format('%%s, %%s', p.family_name, p.given_name) AS formatted,
    format(p.given_name, 1) AS given_format,
    quote_nullable(p.given_name) AS quoted_nullable,
    quote_literal(p.given_name) AS quoted,
    split_part(p.family_name, ' ', 2) AS second_word,
    substring(p.family_name FROM 2 FOR 3) AS part,
    substring(p.family_name FROM 'a(.)') AS matched,
    substring(p.family_name SIMILAR 'a#"_#"' ESCAPE '#') AS similar_part,
    regexp_match(p.family_name, :pattern) AS groups,
    regexp_replace(p.family_name, :pattern, '') AS replaced,
    regexp_substr(p.family_name, :pattern) AS found,
    regexp_count(p.family_name, :pattern) AS found_count,
    regexp_like(p.family_name, :pattern) AS is_like,
    p.family_name SIMILAR TO 'a_' AS is_similar,
    strpos(p.family_name, 'a') AS place,
    nullif(p.family_name, '') AS named,
    length(p.family_name) AS length,
    lpad(p.family_name, 20) AS padded,
    translate(p.family_name, 'a', 'b') AS translated,
    md5(p.family_name) AS hash,
    encode(convert_to(p.family_name, 'UTF8'), 'hex') AS hex,
    greatest(p.given_name, p.family_name) AS last_name,
    least(p.given_name, p.email) AS least_name,
    coalesce(p.phone, p.email) AS reached_by,
    p.contact,
    upper(p.full_name) AS loud_name,
    p.phone::text AS phone_text,
    p.sex::text AS sex_text,
    (p.mrn || '')::varchar(3) AS short_mrn,
    starts_with(p.family_name, 'a') AS starts_with_a,
    overlay(p.family_name PLACING 'x' FROM 1) AS overlaid,
    position('a' IN p.given_name) AS given_place
FROM patients AS p;

-- name: search_medicines(query)
SELECT
    m.code,
    m.search,
    ts_rank(m.search, q.query) AS rank,
    ts_headline('simple', m.name, q.query) AS headline,
    ts_headline('simple', m.leaflet, q.query) AS leaflet_headline,
    m.search @@ q.query AS is_found,
    q.query && to_tsquery('simple', 'pill') AS narrow,
    numnode(q.query) AS size,
    setweight(m.search, 'A') AS weighted,
    to_tsvector('simple', m.name) || m.search AS both_vectors,
    tsvector_to_array(m.search) AS words
FROM medicines AS m
CROSS JOIN websearch_to_tsquery('simple', :query) AS q (query)
WHERE m.search @@ q.query;
