-- What every full-text search shares: how words become a query, and what helps when they are
-- spelled wrong. Trigrams are those of pg_trgm, made here so that a search works without it.

CREATE FUNCTION search_query(_words text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT CASE
            -- The last word may still be being typed; not so one that is to be absent, or the end
            -- of a phrase.
            WHEN query::text ~ '(^|[^!])''([^'']|'''')*''$' AND _words ~ '[[:alnum:]][^\s"]*$'
                THEN (query::text || ':*')::tsquery
            ELSE query
        END
        -- A dash that stands alone is no minus, nor are several: it would keep out the next word,
        -- and a long row of them is more than the server can parse.
        FROM websearch_to_tsquery(
            'english',
            regexp_replace(_words, '(?<![[:alnum:]-])(--+|-(?=[\s!&|()<]|$))', ' ', 'g')
        ) AS query
    );

COMMENT ON FUNCTION search_query(text) IS
    'What a person types, as a query: words, "phrases", or, -without; the last word as a beginning.';

CREATE FUNCTION trigrams(_text text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT substr('  ' || word || ' ', place, 3)
        -- The places of a word are counted from its beginning each time: a long one costs a second.
        FROM regexp_split_to_table(lower(left(_text, 1000)), '[^[:alnum:]]+') AS word
        CROSS JOIN LATERAL generate_series(1, length(word) + 1) AS place
        WHERE word <> ''
        ORDER BY 1
    );

COMMENT ON FUNCTION trigrams(text) IS
    'All pieces of three characters of each word, which begins with two spaces and ends with one; of a long text those of its first 1000 characters.';

CREATE FUNCTION likeness(_words text, _text text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(avg((trigram = ANY (known))::integer), 0)::double precision
        FROM trigrams(_text) AS known
        CROSS JOIN unnest(trigrams(_words)) AS trigram
    );

COMMENT ON FUNCTION likeness(text, text) IS
    'Share of the trigrams of some words that a text has, 0 to 1; 0.5 allows about one slip a word.';

CREATE FUNCTION search_snippet(_text text, _query tsquery) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ts_headline(
        'english', left(_text, 100000), _query,
        'StartSel=**, StopSel=**, MaxFragments=2, MaxWords=24, MinWords=8'
    );

COMMENT ON FUNCTION search_snippet(text, tsquery) IS
    'Where a text speaks of what was searched, with the words between **. Costly: for the rows of one page only.';
