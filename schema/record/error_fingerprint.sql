-- What makes two errors the same one: their type and code, and their message and stack without
-- what differs from one occurrence to the next.

CREATE FUNCTION folded_error_text(_text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Quoted values, UUIDs, hexadecimal numbers and words, then all other numbers. An apostrophe
    -- within a word quotes nothing.
    RETURN btrim(regexp_replace(
        regexp_replace(
            _text,
            '"[^"\n]*"|`[^`\n]*`|(?<!\w)''[^''\n]*''(?!\w)'
                || '|[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}'
                || '|\m0[xX][[:xdigit:]]+|\m(?=[[:alpha:]]*\d)[[:xdigit:]]{7,}\M'
                || '|\d+([.,:]\d+)*',
            '#', 'g'
        ),
        '\s+', ' ', 'g'
    ));

COMMENT ON FUNCTION folded_error_text(text) IS
    'A message or stack with # for every quoted value, UUID, hexadecimal or other number, and single spaces.';

CREATE FUNCTION error_fingerprint(_type text, _code text, _message text, _stack text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(
        sha256(convert_to(
            _type || E'\n' || coalesce(_code, '') || E'\n' || folded_error_text(_message)
                || E'\n' || coalesce(folded_error_text(_stack), ''),
            'UTF8'
        )),
        'hex'
    );

COMMENT ON FUNCTION error_fingerprint(text, text, text, text) IS
    'What errors that are the same one have in common: 64 hexadecimal digits.';
