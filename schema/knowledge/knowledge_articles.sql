-- One row is an article: what people and agents should know, about one project or about all.
-- Whoever knows it writes it; it is found by full-text search until it is deleted.

CREATE TYPE knowledge_article_order AS ENUM ('title', 'category', 'created_at', 'updated_at');

COMMENT ON TYPE knowledge_article_order IS 'What a list of articles may be ordered by.';

CREATE TYPE knowledge_article_optional_column AS ENUM ('project_id', 'category');

COMMENT ON TYPE knowledge_article_optional_column IS 'What an article may be without.';

CREATE TABLE knowledge_articles (
    id            uuid         NOT NULL DEFAULT uuid_v7(),
    project_id    uuid,
    title         text         NOT NULL,
    content       text         NOT NULL,
    category      text,
    tags          jsonb        NOT NULL DEFAULT '[]',
    metadata      jsonb        NOT NULL DEFAULT '{}',
    created_by    text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    deleted_at    timestamptz,
    -- Titles and tags are found by the beginning of any word as it is written, too.
    search_vector tsvector     GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title) || to_tsvector('simple', title), 'A')
        || setweight(jsonb_to_tsvector('english', tags, '["string"]'), 'B')
        || setweight(jsonb_to_tsvector('simple', tags, '["string"]'), 'B')
        || setweight(to_tsvector('english', left(content, 100000)), 'D')
    ) STORED,

    CONSTRAINT knowledge_articles_pkey PRIMARY KEY (id),
    CONSTRAINT knowledge_articles_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT knowledge_articles_title_has_1_to_500_characters
        CHECK (title ~ '\S' AND length(title) <= 500),
    CONSTRAINT knowledge_articles_content_has_1_byte_to_1_mb
        CHECK (content ~ '\S' AND octet_length(content) <= 1048576),
    CONSTRAINT knowledge_articles_category_is_identifier
        CHECK (category ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT knowledge_articles_tags_is_array_of_text
        CHECK (
            jsonb_typeof(tags) = 'array'
            AND NOT jsonb_path_exists(tags, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT knowledge_articles_tags_up_to_10000_bytes CHECK (octet_length(tags::text) <= 10000),
    CONSTRAINT knowledge_articles_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT knowledge_articles_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- knowledge_articles_project_id_fkey, and the articles of a project.
CREATE INDEX knowledge_articles_project_id_idx ON knowledge_articles (project_id)
    WHERE project_id IS NOT NULL;

-- The articles of a category.
CREATE INDEX knowledge_articles_category_idx ON knowledge_articles (category)
    WHERE category IS NOT NULL;

-- tags ? ...
CREATE INDEX knowledge_articles_tags_idx ON knowledge_articles USING gin (tags);

-- Full-text search of articles.
CREATE INDEX knowledge_articles_search_vector_idx ON knowledge_articles USING gin (search_vector);

-- Full-text search of articles for words that are spelled wrong.
CREATE INDEX knowledge_articles_trigrams_idx ON knowledge_articles USING gin (trigrams(title));

COMMENT ON TABLE knowledge_articles IS 'What people and agents should know.';
COMMENT ON COLUMN knowledge_articles.project_id IS 'The project that it is about; null when about all.';
COMMENT ON COLUMN knowledge_articles.category IS
    'What kind of article it is: guide, decision, incident or any other word.';
COMMENT ON COLUMN knowledge_articles.tags IS 'Array of labels, each a text.';
COMMENT ON COLUMN knowledge_articles.search_vector IS
    'For full-text search: title before tags before the first 100000 characters of the content. Kept by the database.';

COMMENT ON CONSTRAINT knowledge_articles_project_id_fkey ON knowledge_articles IS
    'An article about one project ends with it.';
COMMENT ON CONSTRAINT knowledge_articles_title_has_1_to_500_characters ON knowledge_articles IS
    'A title has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT knowledge_articles_content_has_1_byte_to_1_mb ON knowledge_articles IS
    'A content is not blank and has at most 1048576 bytes.';
COMMENT ON CONSTRAINT knowledge_articles_category_is_identifier ON knowledge_articles IS
    'A category is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT knowledge_articles_tags_is_array_of_text ON knowledge_articles IS
    'Tags are a JSON array of texts.';
COMMENT ON CONSTRAINT knowledge_articles_tags_up_to_10000_bytes ON knowledge_articles IS
    'Tags have at most 10000 bytes.';
COMMENT ON CONSTRAINT knowledge_articles_metadata_is_object ON knowledge_articles IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT knowledge_articles_created_by_has_1_to_200_characters ON knowledge_articles IS
    'A creator''s name has 1 to 200 characters and is not blank.';

CREATE TRIGGER knowledge_articles_touch_updated_at
    BEFORE UPDATE ON knowledge_articles
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER knowledge_articles_touch_updated_at ON knowledge_articles IS 'Every update sets updated_at.';

CREATE TRIGGER knowledge_articles_record_change
    AFTER INSERT OR UPDATE OR DELETE ON knowledge_articles
    FOR EACH ROW EXECUTE FUNCTION record_change('knowledge_articles', 'id', 'search_vector');

COMMENT ON TRIGGER knowledge_articles_record_change ON knowledge_articles IS 'Every change is recorded in audit_log.';

CREATE TRIGGER knowledge_articles_forget_external_references
    AFTER DELETE ON knowledge_articles
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('knowledge_articles');

COMMENT ON TRIGGER knowledge_articles_forget_external_references ON knowledge_articles IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER knowledge_articles_not_truncated
    AFTER TRUNCATE ON knowledge_articles
    EXECUTE FUNCTION refuse_rewriting('knowledge_articles', 'knowledge_articles_not_truncated');

COMMENT ON TRIGGER knowledge_articles_not_truncated ON knowledge_articles IS 'A table is emptied row by row, so that each is recorded.';
