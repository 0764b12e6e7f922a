-- JSON documents, entries and aggregates.

-- name: list_json_aggregates()
SELECT
    s.ward_id,
    json_agg(s.note) AS notes,
    jsonb_agg(s.note) FILTER (WHERE s.note <> '') AS some_notes,
    JSON_ARRAYAGG(s.note ABSENT ON NULL) AS present_notes,
    JSON_OBJECTAGG(s.id VALUE s.note NULL ON NULL) AS note_by_id,
    JSON_OBJECTAGG(s.id VALUE s.note ABSENT ON NULL WITH UNIQUE KEYS) AS present_note_by_id,
    jsonb_object_agg_strict(s.id, s.note) AS strict_note_by_id,
    json_agg_strict(s.note) AS strict_notes,
    (
        SELECT JSON_ARRAYAGG(x.id) FROM stays AS x WHERE x.state = 'open' AND x.ward_id = s.ward_id
    ) AS open_ids,
    coalesce(jsonb_agg(s.id) FILTER (WHERE s.state = 'open'), '[]') AS open_here
FROM stays AS s
GROUP BY s.ward_id;

-- name: list_profile_entries()
SELECT
    p.id,
    e.key,
    e.value,
    t.key AS text_key,
    t.value AS text_value,
    a.item,
    x.item AS text_item,
    k.name,
    r.size,
    f.city,
    o.label
FROM patients AS p
CROSS JOIN jsonb_each(p.profile) AS e
CROSS JOIN jsonb_each_text(p.profile) AS t
CROSS JOIN jsonb_array_elements(jsonb_path_query_array(p.profile, '$.list[*]')) AS a (item)
CROSS JOIN jsonb_array_elements_text(jsonb_path_query_array(p.profile, '$.list[*]')) AS x (item)
CROSS JOIN jsonb_object_keys(p.profile) AS k (name)
CROSS JOIN jsonb_to_record(p.profile) AS r (size int)
CROSS JOIN jsonb_populate_record(NULL::address, p.profile) AS f
CROSS JOIN jsonb_to_recordset(jsonb_path_query_array(p.profile, '$')) AS o (label text);

-- name: list_profiles(key)
SELECT
    p.id,
    p.profile,
    p.profile -> 'mood' AS mood,
    p.profile ->> :key AS something,
    p.profile #> '{a,b}' AS deep,
    p.profile['a']['b'] AS subscript,
    p.profile ? 'mood' AS has_mood,
    p.profile @> '{}' AS is_object,
    jsonb_typeof(p.profile) AS kind,
    jsonb_typeof(p.profile -> 'mood') AS mood_kind,
    p.profile || '{"a" : 1}' AS merged,
    p.profile - 'a' AS less,
    jsonb_strip_nulls(p.profile) AS stripped,
    jsonb_pretty(p.profile) AS pretty,
    jsonb_build_object('given', p.given_name) AS built,
    to_jsonb(p.given_name) AS given_json,
    to_jsonb(p.family_name) AS family_json,
    jsonb_set(p.profile, '{a}', to_jsonb(p.given_name)) AS set_given,
    jsonb_set(p.profile, '{a}', '1') AS set_one,
    jsonb_path_query_first(p.profile, '$.a') AS path_first,
    jsonb_path_query_array(p.profile, '$.a') AS path_array,
    jsonb_path_exists(p.profile, '$.a') AS path_exists,
    p.profile @? 'strict $.a' AS strict_exists,
    p.profile @@ '$.a > 1' AS path_match,
    JSON_OBJECT('given' VALUE p.given_name ABSENT ON NULL) AS json_object,
    JSON_ARRAY(p.given_name, p.sex NULL ON NULL) AS json_array,
    JSON_ARRAY(SELECT s.note FROM stays AS s WHERE s.patient_id = p.id) AS notes,
    p.given_name IS JSON AS given_is_json,
    p.family_name IS JSON OBJECT AS family_is_json,
    (p.profile ->> 'age')::int AS age,
    row_to_json(p) AS whole
FROM patients AS p;
