-- Articles: what people and agents should know.

BEGIN;
SELECT plan(30);

INSERT INTO knowledge_articles (title, content) VALUES ('Sailing', 'Mind the wind.');

CREATE FUNCTION pg_temp.changed(_assignments text) RETURNS text
    LANGUAGE sql
    RETURN format('UPDATE knowledge_articles SET %s', _assignments);

-- Keys and defaults

SELECT results_eq(
    $$SELECT project_id, category, tags, metadata, created_by = session_user
      FROM knowledge_articles$$,
    $$VALUES (NULL::uuid, NULL, '[]'::jsonb, '{}'::jsonb, true)$$,
    'an article is about all projects'
);
SELECT tests.violates(
    $$INSERT INTO knowledge_articles (id, title, content) SELECT id, title, content
      FROM knowledge_articles$$,
    'knowledge_articles_pkey', 'two articles never share an id'
);
SELECT tests.accepts(
    $$INSERT INTO knowledge_articles (title, content) VALUES ('Sailing', 'Elsewhere.')$$,
    'two articles may share a title'
);
DELETE FROM knowledge_articles WHERE content = 'Elsewhere.';
SELECT tests.violates(
    pg_temp.changed('project_id = gen_random_uuid()'),
    'knowledge_articles_project_id_fkey', 'a project that it is about exists'
);

-- Rules

SELECT tests.accepts(
    pg_temp.changed($$title = repeat('t', 500)$$), 'a title may have 500 characters'
);
SELECT tests.violates(
    pg_temp.changed($$title = repeat('t', 501)$$),
    'knowledge_articles_title_has_1_to_500_characters', 'a title has no 501 characters'
);
SELECT tests.violates(
    pg_temp.changed($$title = ''$$),
    'knowledge_articles_title_has_1_to_500_characters', 'a title is not blank'
);
SELECT tests.accepts(pg_temp.changed($$content = 'c'$$), 'a content may have one character');
SELECT tests.accepts(
    pg_temp.changed($$content = (
        SELECT left(string_agg(md5(n::text), ' '), 1048576) FROM generate_series(1, 32000) AS n
    )$$),
    'a content may have 1 MB of words that are all different'
);
SELECT tests.violates(
    pg_temp.changed($$content = repeat('c', 1048577)$$),
    'knowledge_articles_content_has_1_byte_to_1_mb', 'a content has no more than 1 MB'
);
SELECT tests.violates(
    pg_temp.changed($$content = E'\n'$$),
    'knowledge_articles_content_has_1_byte_to_1_mb', 'a content is not blank'
);
SELECT tests.accepts(
    pg_temp.changed($$category = repeat('c', 63)$$), 'a category may have 63 characters'
);
SELECT tests.violates(
    pg_temp.changed($$category = repeat('c', 64)$$),
    'knowledge_articles_category_is_identifier', 'a category has no 64 characters'
);
SELECT tests.violates(
    pg_temp.changed($$category = 'How to'$$),
    'knowledge_articles_category_is_identifier', 'a category is a lower-case word'
);
SELECT tests.accepts(pg_temp.changed($$tags = '["boats", "wind"]'$$), 'tags are texts');
SELECT tests.violates(
    pg_temp.changed($$tags = '{"boats": true}'$$),
    'knowledge_articles_tags_is_array_of_text', 'tags are no object'
);
SELECT tests.violates(
    pg_temp.changed($$tags = '["boats", 1]'$$),
    'knowledge_articles_tags_is_array_of_text', 'a tag is no number'
);
SELECT tests.accepts(
    pg_temp.changed($$tags = jsonb_build_array(repeat('t', 9996))$$), 'tags may have 10000 bytes'
);
SELECT tests.violates(
    pg_temp.changed($$tags = jsonb_build_array(repeat('t', 9997))$$),
    'knowledge_articles_tags_up_to_10000_bytes', 'tags have no 10001 bytes'
);
SELECT tests.accepts(pg_temp.changed($$metadata = '{"a": 1}'$$), 'metadata keep unknown keys');
SELECT tests.violates(
    pg_temp.changed($$metadata = '[]'$$),
    'knowledge_articles_metadata_is_object', 'metadata are no array'
);
SELECT tests.accepts(
    pg_temp.changed($$created_by = repeat('c', 200)$$), 'a creator may have 200 characters'
);
SELECT tests.violates(
    pg_temp.changed($$created_by = repeat('c', 201)$$),
    'knowledge_articles_created_by_has_1_to_200_characters', 'a creator has no 201 characters'
);
SELECT tests.violates(
    pg_temp.changed($$created_by = ' '$$),
    'knowledge_articles_created_by_has_1_to_200_characters', 'a creator is not blank'
);

-- Search

UPDATE knowledge_articles
SET title = 'Relations between boats', tags = '["harbour-master"]', content = 'Winds are blowing.';
SELECT results_eq(
    $$SELECT words, search_vector @@ search_query(words)
      FROM knowledge_articles,
          unnest(ARRAY['boat', 'relatio', 'harbour', 'blow wind', 'storm']) WITH ORDINALITY
              AS typed (words, place)
      ORDER BY place$$,
    $$VALUES ('boat', true), ('relatio', true), ('harbour', true), ('blow wind', true),
        ('storm', false)$$,
    'title, tags and content are searched, in any form, and a title by any beginning of a word'
);
SELECT ok(
    ts_rank_cd(search_vector, 'boat') > ts_rank_cd(search_vector, 'wind'),
    'the title weighs more than the content'
)
FROM knowledge_articles;

-- Effects

UPDATE knowledge_articles SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM knowledge_articles), true,
    'every update of an article sets updated_at'
);
SELECT ok(
    EXISTS (
        SELECT FROM audit_log
        WHERE entity_type = 'knowledge_articles' AND action = 'update'
            AND new_values ->> 'content' = 'Winds are blowing.'
    ),
    'changes are recorded'
);
SELECT is(
    (
        SELECT count(*) FROM audit_log
        WHERE entity_type = 'knowledge_articles' AND new_values ? 'search_vector'
    ),
    0::bigint, 'what follows from the rest is not recorded'
);
UPDATE knowledge_articles SET project_id = tests.a_project('p');
DELETE FROM projects;
SELECT is_empty(
    'SELECT title FROM knowledge_articles', 'an article about one project ends with it'
);

SELECT * FROM finish();
ROLLBACK;
