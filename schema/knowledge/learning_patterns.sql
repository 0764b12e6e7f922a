-- One row is something learnt: by what signs it is known, and what then helps. Agents and people
-- create it from experience; how well it helps is computed from its applications.

CREATE TYPE learning_pattern_order AS ENUM ('name', 'confidence', 'created_at', 'updated_at');

COMMENT ON TYPE learning_pattern_order IS 'What a list of patterns may be ordered by.';

CREATE TYPE learning_pattern_optional_column AS ENUM ('project_id', 'description');

COMMENT ON TYPE learning_pattern_optional_column IS 'What a pattern may be without.';

CREATE TABLE learning_patterns (
    id          uuid           NOT NULL DEFAULT uuid_v7(),
    project_id  uuid,
    name        text           NOT NULL,
    type        text           NOT NULL,
    description text,
    indicators  jsonb          NOT NULL DEFAULT '[]',
    suggestions jsonb          NOT NULL DEFAULT '[]',
    confidence  numeric(4, 3)  NOT NULL DEFAULT 0.5,
    metadata    jsonb          NOT NULL DEFAULT '{}',
    is_active   boolean        NOT NULL DEFAULT true,
    created_by  text           DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at  timestamptz    NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz    NOT NULL DEFAULT clock_timestamp(),
    deleted_at  timestamptz,

    CONSTRAINT learning_patterns_pkey PRIMARY KEY (id),
    CONSTRAINT learning_patterns_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT learning_patterns_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT learning_patterns_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT learning_patterns_description_up_to_10000_characters
        CHECK (length(description) <= 10000),
    CONSTRAINT learning_patterns_indicators_is_array_or_object
        CHECK (jsonb_typeof(indicators) IN ('array', 'object')),
    CONSTRAINT learning_patterns_suggestions_is_array CHECK (jsonb_typeof(suggestions) = 'array'),
    CONSTRAINT learning_patterns_confidence_in_range CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT learning_patterns_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT learning_patterns_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- A pattern by its name.
CREATE UNIQUE INDEX learning_patterns_names_are_unique
    ON learning_patterns (name, project_id) NULLS NOT DISTINCT
    WHERE deleted_at IS NULL;

-- learning_patterns_project_id_fkey.
CREATE INDEX learning_patterns_project_id_idx ON learning_patterns (project_id)
    WHERE project_id IS NOT NULL;

-- Patterns whose indicators hold something: indicators @> ...
CREATE INDEX learning_patterns_indicators_idx
    ON learning_patterns USING gin (indicators jsonb_path_ops);

COMMENT ON TABLE learning_patterns IS 'What was learnt: by what signs it is known, and what helps.';
COMMENT ON COLUMN learning_patterns.project_id IS 'The project that it holds for; null when for all.';
COMMENT ON COLUMN learning_patterns.type IS
    'Kind of pattern: success, failure, estimate, code or any other word.';
COMMENT ON COLUMN learning_patterns.indicators IS 'Array or object of the signs by which it is known.';
COMMENT ON COLUMN learning_patterns.suggestions IS 'Array of what helps.';
COMMENT ON COLUMN learning_patterns.confidence IS 'How sure its author is of it, 0 to 1.';
COMMENT ON COLUMN learning_patterns.is_active IS 'Whether it is to be applied.';

COMMENT ON CONSTRAINT learning_patterns_project_id_fkey ON learning_patterns IS
    'What was learnt for one project ends with it.';
COMMENT ON CONSTRAINT learning_patterns_name_has_1_to_200_characters ON learning_patterns IS
    'A pattern has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT learning_patterns_type_is_identifier ON learning_patterns IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT learning_patterns_description_up_to_10000_characters ON learning_patterns IS
    'A description has at most 10000 characters.';
COMMENT ON CONSTRAINT learning_patterns_indicators_is_array_or_object ON learning_patterns IS
    'Indicators are a JSON array or object.';
COMMENT ON CONSTRAINT learning_patterns_suggestions_is_array ON learning_patterns IS
    'Suggestions are a JSON array.';
COMMENT ON CONSTRAINT learning_patterns_confidence_in_range ON learning_patterns IS
    'A confidence is 0 to 1.';
COMMENT ON CONSTRAINT learning_patterns_metadata_is_object ON learning_patterns IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT learning_patterns_created_by_has_1_to_200_characters ON learning_patterns IS
    'A creator''s name has 1 to 200 characters and is not blank.';
COMMENT ON INDEX learning_patterns_names_are_unique IS
    'Two patterns of one project, or of none, never share a name, unless one is deleted.';

CREATE TRIGGER learning_patterns_touch_updated_at
    BEFORE UPDATE ON learning_patterns
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER learning_patterns_touch_updated_at ON learning_patterns IS 'Every update sets updated_at.';

CREATE TRIGGER learning_patterns_record_change
    AFTER INSERT OR UPDATE OR DELETE ON learning_patterns
    FOR EACH ROW EXECUTE FUNCTION record_change('learning_patterns', 'id');

COMMENT ON TRIGGER learning_patterns_record_change ON learning_patterns IS 'Every change is recorded in audit_log.';

CREATE TRIGGER learning_patterns_forget_external_references
    AFTER DELETE ON learning_patterns
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('learning_patterns');

COMMENT ON TRIGGER learning_patterns_forget_external_references ON learning_patterns IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER learning_patterns_not_truncated
    AFTER TRUNCATE ON learning_patterns
    EXECUTE FUNCTION refuse_rewriting('learning_patterns', 'learning_patterns_not_truncated');

COMMENT ON TRIGGER learning_patterns_not_truncated ON learning_patterns IS 'A table is emptied row by row, so that each is recorded.';
