-- Arrays: elements, lengths, unnesting.

-- name: list_allergies()
SELECT
    p.id,
    p.allergies,
    p.allergies || 'dust'::text AS with_dust,
    array_prepend('dust', p.allergies) AS dust_first,
    p.allergies || m.contraindicated AS all_items,
    p.allergies || p.allergies AS twice,
    array_remove(p.allergies, 'dust') AS without_dust,
    cardinality(p.allergies) AS size,
    string_to_array(p.family_name, ' ') AS words,
    string_to_array(p.family_name, NULL) AS letters,
    string_to_array(p.given_name, ' ') AS given_words,
    (string_to_array(p.family_name, ' ', 'van'))[1] AS first_word,
    array_to_string(p.allergies, ',', '-') AS joined,
    p.allergies IS NULL AS is_unknown,
    p.allergies && m.contraindicated AS is_unsafe,
    coalesce(p.allergies, '{}') && m.contraindicated AS is_surely_unsafe
FROM patients AS p
CROSS JOIN medicines AS m;

-- name: list_numbers(most)
SELECT
    w.id,
    generate_series(1, :most) AS number,
    w.floor + 1 AS above
FROM wards AS w;

-- name: list_select_series()
SELECT
    w.id,
    unnest(w.tags) AS tag,
    generate_series(1, 2) AS number
FROM wards AS w;

-- name: list_tags(tag, at)
SELECT
    w.id,
    w.tags,
    w.tags[1] AS first_tag,
    w.tags[:at] AS some_tag,
    array_length(w.tags, 1) AS length,
    cardinality(w.tags) AS size,
    array_ndims(w.tags) AS dimensions,
    array_upper(w.tags, 1) AS upper_index,
    array_position(w.tags, :tag) AS place,
    array_positions(w.tags, :tag) AS places,
    array_remove(w.tags, :tag) AS others,
    array_replace(w.tags, :tag, 'x') AS replaced,
    array_append(w.tags, NULL) AS longer,
    array_to_string(w.tags, ',') AS joined,
    array_to_string(w.tags, w.phone) AS joined_by_phone,
    trim_array(w.tags, 0) AS trimmed,
    w.tags[2 : 3] AS slice,
    w.tags[w.floor : 3] AS floor_slice,
    w.tags @> ARRAY['x'] AS has_x,
    :tag = ANY (w.tags) AS has_tag,
    :tag <> ALL (w.tags) AS lacks_tag,
    w.floor = ANY ('{1,2}') AS is_low,
    w.id = ANY ('{1,2}') AS is_early,
    w.id IN (1, w.floor) AS is_own_floor,
    w.tags = ARRAY['x'] AS is_x,
    ARRAY[w.floor, w.capacity] AS numbers,
    (ARRAY[w.capacity, w.id])[2] AS second_number,
    (ARRAY[[1, 2], [3, 4]])[2][3] AS outside,
    ARRAY(SELECT b.kind FROM beds AS b WHERE b.ward_id = w.id) AS bed_kinds,
    array_fill(w.floor, ARRAY[2]) AS filled,
    array_cat(NULL, w.tags) AS same_tags
FROM wards AS w;

-- name: list_unnested(numbers)
SELECT
    n.number,
    n.tag,
    n.place,
    u.item,
    o.number AS only_number,
    o.position AS only_position,
    r.first AS rows_first,
    r.second AS rows_second,
    g.number AS series,
    s.index,
    t.word,
    x.parts,
    x.parts[1] AS part,
    d.at AS moment
FROM wards AS w
CROSS JOIN LATERAL unnest(ARRAY[1, 2], w.tags) WITH ORDINALITY AS n (number, tag, place)
CROSS JOIN unnest(ARRAY['a', 'b']) AS u (item)
CROSS JOIN unnest(ARRAY[w.floor, 2]) WITH ORDINALITY AS o (number, position)
CROSS JOIN LATERAL ROWS FROM (generate_series(1, w.capacity), generate_series(1, 2))
    AS r (first, second)
CROSS JOIN generate_series(1, 4, 2) AS g (number)
CROSS JOIN generate_subscripts(w.tags, 1) AS s (index)
CROSS JOIN string_to_table(w.name, ' ') AS t (word)
CROSS JOIN regexp_matches(w.name, '(a)|(b)', 'g') AS x (parts)
CROSS JOIN generate_series(now(), now() + '1 day', '1 hour') AS d (at)
WHERE g.number = ANY (:numbers);
