-- name: product_strings(pattern)
SELECT
    p.id,
    substring(p.name FROM '[0-9]+') AS digits,
    substring(p.name FROM 2 FOR 3) AS middle,
    split_part(p.name, ' ', 2) AS second_word,
    regexp_match(p.name, '([a-z])') AS matched,
    regexp_replace(p.name, '[aeiou]', '-', 'g') AS without_vowels,
    regexp_substr(p.name, '[0-9]') AS a_digit,
    regexp_count(p.name, '[a-z]') AS letters,
    regexp_like(p.name, :pattern) AS is_like,
    regexp_instr(p.name, '[0-9]') AS digit_at,
    regexp_split_to_array(p.name, ' ') AS words,
    format('%%s: %%s', p.name, p.description) AS formatted,
    concat(p.description, p.cost) AS joined,
    concat_ws(', ', p.description, p.cost) AS listed,
    concat_ws(p.description, p.name, p.code) AS separated,
    p.name || p.description AS described,
    quote_nullable(p.description) AS quoted,
    quote_literal(p.description) AS literal,
    upper(p.name) AS loud,
    strpos(p.name, 'a') AS a_at,
    lpad(p.name, 10, '.') AS padded,
    translate(p.name, 'a', 'b') AS translated,
    nullif(btrim(p.name), '') AS trimmed,
    p.name ILIKE :pattern AS is_ilike,
    string_to_array(p.name, NULL) AS characters,
    to_tsvector('simple', p.name) @@ plainto_tsquery('simple', 'lamp') AS is_lamp,
    encode(convert_to(p.name, 'UTF8'), 'hex') AS hex
FROM products AS p;

-- name: words_of_products()
SELECT p.id, w.word, m.groups[1] AS first_group, m.groups, s.part
FROM products AS p
CROSS JOIN LATERAL regexp_split_to_table(p.name, ' ') AS w (word)
CROSS JOIN LATERAL regexp_matches(p.name, '([a-z])|([0-9])', 'g') AS m (groups)
LEFT JOIN LATERAL string_to_table(p.description, ' ', '-') AS s (part) ON true;
