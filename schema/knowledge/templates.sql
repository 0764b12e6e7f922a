-- One row is a version of a template: a text with places to fill in, from which prompts, tasks and
-- pull requests are made. A person or a seed creates it. The next version takes its place, and it
-- is kept, so that what was made from it can be understood.

CREATE TYPE template_order AS ENUM ('name', 'type', 'created_at', 'updated_at');

COMMENT ON TYPE template_order IS 'What a list of templates may be ordered by.';

CREATE TYPE template_optional_column AS ENUM ('category', 'description');

COMMENT ON TYPE template_optional_column IS 'What a template may be without.';

CREATE TABLE templates (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    name        text         NOT NULL,
    version     integer      NOT NULL,
    type        text         NOT NULL,
    content     text         NOT NULL,
    category    text,
    description text,
    variables   jsonb        NOT NULL DEFAULT '[]',
    metadata    jsonb        NOT NULL DEFAULT '{}',
    is_active   boolean      NOT NULL DEFAULT true,
    created_by  text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    deleted_at  timestamptz,

    CONSTRAINT templates_pkey PRIMARY KEY (id),
    CONSTRAINT templates_name_version_key UNIQUE (name, version),
    CONSTRAINT templates_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT templates_version_positive CHECK (version > 0),
    CONSTRAINT templates_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT templates_content_has_1_byte_to_1_mb
        CHECK (content ~ '\S' AND octet_length(content) <= 1048576),
    CONSTRAINT templates_category_is_identifier CHECK (category ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT templates_description_up_to_10000_characters CHECK (length(description) <= 10000),
    CONSTRAINT templates_variables_is_array_of_identifiers
        CHECK (
            jsonb_typeof(variables) = 'array'
            AND NOT jsonb_path_exists(
                variables,
                'strict $[*] ? (
                    @.type() <> "string" || !(@ like_regex "^[A-Za-z_][A-Za-z0-9_]{0,62}$")
                )'
            )
        ),
    CONSTRAINT templates_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT templates_deleted_is_not_active CHECK (deleted_at IS NULL OR NOT is_active),
    CONSTRAINT templates_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- The template of a name that is to be used.
CREATE UNIQUE INDEX templates_one_active_per_name ON templates (name) WHERE is_active;

COMMENT ON TABLE templates IS
    'Texts with places to fill in, each in all its versions, of which one is used.';
COMMENT ON COLUMN templates.version IS
    'Counts up per name. Set by the database; an import may give its own.';
COMMENT ON COLUMN templates.type IS
    'What is made from it: task, prompt, code_review, pull_request or any other word.';
COMMENT ON COLUMN templates.content IS 'The text, or JSON as text; {{name}} is where a variable goes.';
COMMENT ON COLUMN templates.category IS 'What it is about: bug_fix, documentation or any other word.';
COMMENT ON COLUMN templates.variables IS 'Array of the names of what is filled in.';
COMMENT ON COLUMN templates.is_active IS
    'Whether this is the version that is used; another one that becomes active takes its place.';

COMMENT ON CONSTRAINT templates_name_version_key ON templates IS
    'Two versions of one template never share a number, not even deleted ones.';
COMMENT ON CONSTRAINT templates_name_has_1_to_200_characters ON templates IS
    'A template has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT templates_version_positive ON templates IS 'Versions are numbered from 1.';
COMMENT ON CONSTRAINT templates_type_is_identifier ON templates IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT templates_content_has_1_byte_to_1_mb ON templates IS
    'A content is not blank and has at most 1048576 bytes.';
COMMENT ON CONSTRAINT templates_category_is_identifier ON templates IS
    'A category is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT templates_description_up_to_10000_characters ON templates IS
    'A description has at most 10000 characters.';
COMMENT ON CONSTRAINT templates_variables_is_array_of_identifiers ON templates IS
    'Variables are a JSON array of names of letters, digits and underscores.';
COMMENT ON CONSTRAINT templates_metadata_is_object ON templates IS 'Metadata are a JSON object.';
COMMENT ON CONSTRAINT templates_deleted_is_not_active ON templates IS
    'A deleted version is not used.';
COMMENT ON CONSTRAINT templates_created_by_has_1_to_200_characters ON templates IS
    'A creator''s name has 1 to 200 characters and is not blank.';
COMMENT ON INDEX templates_one_active_per_name IS
    'At most one version of a template is used.';

CREATE FUNCTION templates_succeed_each_other() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Versions of one name come one after another. Where a strict isolation level hides the last
    -- one, the keys refuse the next.
    PERFORM pg_advisory_xact_lock(hashtextextended(format('template %s', NEW.name), 4));
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM templates WHERE name = NEW.name AND version = NEW.version) THEN
            RETURN NEW;
        END IF;
        NEW.version := coalesce(
            NEW.version,
            (SELECT max(version) + 1 FROM templates WHERE name = NEW.name),
            1
        );
    END IF;
    IF NEW.is_active THEN
        UPDATE templates SET is_active = false
        WHERE name = NEW.name AND is_active AND id <> NEW.id;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION templates_succeed_each_other() IS
    'Trigger function: numbers a new version, and lets the one that becomes active take the place of the other.';

CREATE TRIGGER templates_succeed_each_other
    BEFORE INSERT ON templates
    FOR EACH ROW WHEN (NEW.is_active OR NEW.version IS NULL)
    EXECUTE FUNCTION templates_succeed_each_other();

COMMENT ON TRIGGER templates_succeed_each_other ON templates IS
    'A new version gets the next number, and takes the place of the one before.';

CREATE TRIGGER templates_take_turns
    BEFORE UPDATE OF is_active ON templates
    FOR EACH ROW WHEN (NEW.is_active AND NOT OLD.is_active)
    EXECUTE FUNCTION templates_succeed_each_other();

COMMENT ON TRIGGER templates_take_turns ON templates IS
    'A version that becomes active takes the place of the one that was.';

CREATE TRIGGER templates_versions_stand
    AFTER UPDATE ON templates
    FOR EACH ROW
    WHEN (
        (OLD.name, OLD.version, OLD.type, OLD.content, OLD.variables)
        IS DISTINCT FROM (NEW.name, NEW.version, NEW.type, NEW.content, NEW.variables)
    )
    EXECUTE FUNCTION refuse_rewriting('templates', 'templates_versions_stand');

COMMENT ON TRIGGER templates_versions_stand ON templates IS
    'What a version says is not changed: a new text is a new version.';

CREATE TRIGGER templates_touch_updated_at
    BEFORE UPDATE ON templates
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER templates_touch_updated_at ON templates IS 'Every update sets updated_at.';

CREATE TRIGGER templates_record_change
    AFTER INSERT OR UPDATE OR DELETE ON templates
    FOR EACH ROW EXECUTE FUNCTION record_change('templates', 'id');

COMMENT ON TRIGGER templates_record_change ON templates IS 'Every change is recorded in audit_log.';

CREATE TRIGGER templates_forget_external_references
    AFTER DELETE ON templates
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('templates');

COMMENT ON TRIGGER templates_forget_external_references ON templates IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER templates_not_truncated
    AFTER TRUNCATE ON templates
    EXECUTE FUNCTION refuse_rewriting('templates', 'templates_not_truncated');

COMMENT ON TRIGGER templates_not_truncated ON templates IS 'A table is emptied row by row, so that each is recorded.';
