-- One row is an agent: a program or a person's assistant that claims tasks. Whoever runs it
-- registers it by name; it is set inactive, and may then be erased: attempts outlive it.

CREATE TYPE agent_order AS ENUM ('name', 'type', 'created_at', 'updated_at');

COMMENT ON TYPE agent_order IS 'By what a list of agents can be ordered.';

CREATE TABLE agents (
    id           uuid         NOT NULL DEFAULT uuid_v7(),
    name         text         NOT NULL,
    type         text         NOT NULL DEFAULT 'general',
    capabilities jsonb        NOT NULL DEFAULT '[]',
    preferences  jsonb        NOT NULL DEFAULT '{}',
    is_active    boolean      NOT NULL DEFAULT true,
    created_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT agents_pkey PRIMARY KEY (id),
    CONSTRAINT agents_name_key UNIQUE (name),
    CONSTRAINT agents_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT agents_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT agents_capabilities_is_array_of_words
        CHECK (
            jsonb_typeof(capabilities) = 'array'
            AND jsonb_array_length(capabilities) <= 1000
            AND NOT jsonb_path_exists(
                capabilities,
                'strict $[*] ? (
                    @.type() <> "string" || !(@ like_regex "^[a-z0-9_.+#-]{1,63}$")
                )'
            )
        ),
    CONSTRAINT agents_preferences_is_object CHECK (jsonb_typeof(preferences) = 'object'),
    CONSTRAINT agents_preferences_up_to_1_mb CHECK (octet_length(preferences::text) <= 1048576)
);

COMMENT ON TABLE agents IS 'Programs and assistants that claim tasks.';
COMMENT ON COLUMN agents.type IS 'Kind of agent: codegen, claude_code, webhook_orchestrator, task_manager or any other word.';
COMMENT ON COLUMN agents.capabilities IS 'Array of words that say what the agent can do: a task that asks for some is given to an agent that has them all.';
COMMENT ON COLUMN agents.preferences IS 'Object of settings of the agent''s own; unknown keys are kept.';
COMMENT ON COLUMN agents.is_active IS 'An inactive agent claims nothing.';

COMMENT ON CONSTRAINT agents_name_key ON agents IS 'Two agents never share a name.';
COMMENT ON CONSTRAINT agents_name_has_1_to_200_characters ON agents IS
    'An agent has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT agents_type_is_identifier ON agents IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT agents_capabilities_is_array_of_words ON agents IS
    'Capabilities are a JSON array of at most 1000 words, each of at most 63 lower-case letters, digits and _ . + # -, as those that tasks ask for.';
COMMENT ON CONSTRAINT agents_preferences_is_object ON agents IS 'Preferences are a JSON object.';
COMMENT ON CONSTRAINT agents_preferences_up_to_1_mb ON agents IS
    'Preferences have at most 1048576 bytes.';

CREATE TRIGGER agents_touch_updated_at
    BEFORE UPDATE ON agents
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER agents_touch_updated_at ON agents IS 'Every update sets updated_at.';

CREATE TRIGGER agents_record_change
    AFTER INSERT OR UPDATE OR DELETE ON agents
    FOR EACH ROW EXECUTE FUNCTION record_change('agents', 'id');

COMMENT ON TRIGGER agents_record_change ON agents IS 'Every change is recorded in audit_log.';

CREATE TRIGGER agents_not_truncated
    AFTER TRUNCATE ON agents
    EXECUTE FUNCTION refuse_rewriting('agents', 'agents_not_truncated');

COMMENT ON TRIGGER agents_not_truncated ON agents IS 'A table is emptied row by row, so that each is recorded.';
