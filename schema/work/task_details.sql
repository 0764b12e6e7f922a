-- One row is the document of a task: what it says, and the JSON that no claim reads. It is a table
-- of its own so that a change of state does not rewrite the entries of its GIN indexes. It is
-- created with the task, or when there is something to say, and ends with the task.

CREATE TYPE task_detail_optional_column AS ENUM ('description', 'details', 'test_strategy');

COMMENT ON TYPE task_detail_optional_column IS 'What an update of a document can empty.';

CREATE TABLE task_details (
    task_id             uuid         NOT NULL,
    description         text,
    details             text,
    test_strategy       text,
    requirements        jsonb        NOT NULL DEFAULT '[]',
    acceptance_criteria jsonb        NOT NULL DEFAULT '[]',
    affected_files      jsonb        NOT NULL DEFAULT '[]',
    tags                jsonb        NOT NULL DEFAULT '[]',
    context             jsonb        NOT NULL DEFAULT '{}',
    metadata            jsonb        NOT NULL DEFAULT '{}',
    updated_at          timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_details_pkey PRIMARY KEY (task_id),
    CONSTRAINT task_details_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_details_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT task_details_details_up_to_1_mb CHECK (octet_length(details) <= 1048576),
    CONSTRAINT task_details_test_strategy_up_to_1_mb CHECK (octet_length(test_strategy) <= 1048576),
    CONSTRAINT task_details_requirements_is_array_or_object
        CHECK (jsonb_typeof(requirements) IN ('array', 'object')),
    CONSTRAINT task_details_acceptance_criteria_is_array
        CHECK (jsonb_typeof(acceptance_criteria) = 'array'),
    CONSTRAINT task_details_requirements_are_texts_or_objects
        CHECK (
            jsonb_path_exists(
                requirements, 'strict $[*] ? (@.type() <> "string" && @.type() <> "object")',
                '{}', true
            ) IS NOT TRUE
        ),
    CONSTRAINT task_details_acceptance_criteria_are_texts_or_objects
        CHECK (
            jsonb_path_exists(
                acceptance_criteria,
                'strict $[*] ? (@.type() <> "string" && @.type() <> "object")', '{}', true
            ) IS NOT TRUE
        ),
    CONSTRAINT task_details_affected_files_is_array_of_text
        CHECK (
            jsonb_typeof(affected_files) = 'array'
            AND NOT jsonb_path_exists(affected_files, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT task_details_tags_is_array_of_text
        CHECK (
            jsonb_typeof(tags) = 'array'
            AND NOT jsonb_path_exists(tags, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT task_details_context_is_object CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT task_details_context_files_is_array_of_text
        CHECK (
            jsonb_typeof(context -> 'files') = 'array'
            AND NOT jsonb_path_exists(
                context, 'strict $.files[*] ? (@.type() <> "string")', '{}', true
            )
        ),
    CONSTRAINT task_details_context_repository_is_text
        CHECK (jsonb_typeof(context -> 'repository') = 'string'),
    CONSTRAINT task_details_context_commit_is_a_commit
        CHECK (
            jsonb_typeof(context -> 'commit') = 'string'
            AND context ->> 'commit' ~ '^[0-9a-f]{7,64}$'
        ),
    CONSTRAINT task_details_context_environment_is_text_or_object
        CHECK (jsonb_typeof(context -> 'environment') IN ('string', 'object')),
    CONSTRAINT task_details_context_agent_config_is_object
        CHECK (jsonb_typeof(context -> 'agent_config') = 'object'),
    CONSTRAINT task_details_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

-- requirements @> ..., and paths.
CREATE INDEX task_details_requirements_idx ON task_details USING gin (requirements jsonb_path_ops);

-- tags ? ..., which jsonb_path_ops cannot answer.
CREATE INDEX task_details_tags_idx ON task_details USING gin (tags);

-- affected_files ? ...: what touches a file.
CREATE INDEX task_details_affected_files_idx ON task_details USING gin (affected_files);

-- context @> ..., and paths.
CREATE INDEX task_details_context_idx ON task_details USING gin (context jsonb_path_ops);

-- metadata @> ..., and paths.
CREATE INDEX task_details_metadata_idx ON task_details USING gin (metadata jsonb_path_ops);

COMMENT ON TABLE task_details IS 'The document of a task: its text, and the JSON that no claim reads.';
COMMENT ON COLUMN task_details.description IS 'What the task is, in a paragraph.';
COMMENT ON COLUMN task_details.details IS 'How it is to be done, at any length up to 1 MB.';
COMMENT ON COLUMN task_details.test_strategy IS 'How it is proven done.';
COMMENT ON COLUMN task_details.requirements IS
    'Array of requirements, each a text or an object, or an object of them: see task_items.';
COMMENT ON COLUMN task_details.acceptance_criteria IS
    'Array of criteria, each a text or an object: see task_items.';
COMMENT ON COLUMN task_details.affected_files IS 'Array of paths.';
COMMENT ON COLUMN task_details.tags IS 'Array of labels, each a text.';
COMMENT ON COLUMN task_details.context IS
    'Object: files (array of paths), repository, commit (7 to 64 hexadecimal digits), environment (a name or an object), agent_config (an object), and whatever else is to be known.';
COMMENT ON COLUMN task_details.metadata IS
    'Object. taskmaster: what a tasks.json says and no column holds, in its own spelling. imported: the notes of the latest import.';

COMMENT ON CONSTRAINT task_details_task_id_fkey ON task_details IS 'Details end with their task.';
COMMENT ON CONSTRAINT task_details_description_up_to_1_mb ON task_details IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_details_details_up_to_1_mb ON task_details IS
    'Details have at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_details_test_strategy_up_to_1_mb ON task_details IS
    'A test strategy has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_details_requirements_is_array_or_object ON task_details IS
    'Requirements are a JSON array or object.';
COMMENT ON CONSTRAINT task_details_acceptance_criteria_is_array ON task_details IS
    'Acceptance criteria are a JSON array.';
COMMENT ON CONSTRAINT task_details_requirements_are_texts_or_objects ON task_details IS
    'Each of an array of requirements is a text or an object.';
COMMENT ON CONSTRAINT task_details_acceptance_criteria_are_texts_or_objects ON task_details IS
    'Each acceptance criterion is a text or an object.';
COMMENT ON CONSTRAINT task_details_affected_files_is_array_of_text ON task_details IS
    'Affected files are a JSON array of texts.';
COMMENT ON CONSTRAINT task_details_tags_is_array_of_text ON task_details IS
    'Tags are a JSON array of texts.';
COMMENT ON CONSTRAINT task_details_context_is_object ON task_details IS 'Context is a JSON object.';
COMMENT ON CONSTRAINT task_details_context_files_is_array_of_text ON task_details IS
    'The files of a context are a JSON array of texts.';
COMMENT ON CONSTRAINT task_details_context_repository_is_text ON task_details IS
    'The repository of a context is a text.';
COMMENT ON CONSTRAINT task_details_context_commit_is_a_commit ON task_details IS
    'The commit of a context is 7 to 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT task_details_context_environment_is_text_or_object ON task_details IS
    'The environment of a context is a text or a JSON object.';
COMMENT ON CONSTRAINT task_details_context_agent_config_is_object ON task_details IS
    'The agent_config of a context is a JSON object.';
COMMENT ON CONSTRAINT task_details_metadata_is_object ON task_details IS 'Metadata are a JSON object.';

CREATE TRIGGER task_details_touch_updated_at
    BEFORE UPDATE ON task_details
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER task_details_touch_updated_at ON task_details IS 'Every update sets updated_at.';

CREATE TRIGGER task_details_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_details
    FOR EACH ROW EXECUTE FUNCTION record_change('task_details', 'task_id');

COMMENT ON TRIGGER task_details_record_change ON task_details IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_details_not_truncated
    AFTER TRUNCATE ON task_details
    EXECUTE FUNCTION refuse_rewriting('task_details', 'task_details_not_truncated');

COMMENT ON TRIGGER task_details_not_truncated ON task_details IS 'A table is emptied row by row, so that each is recorded.';
