-- One row is a named set of settings for the agents of one type: in one project, or, without a
-- project, wherever the project has none of that name. A person makes it; it ends with its project,
-- or when it is deleted. What it said before is in audit_log.

CREATE TYPE agent_configuration_order AS ENUM ('name', 'agent_type', 'created_at', 'updated_at');

COMMENT ON TYPE agent_configuration_order IS 'What configurations can be listed by.';

CREATE TABLE agent_configurations (
    id            uuid         NOT NULL DEFAULT uuid_v7(),
    project_id    uuid,
    agent_type    text         NOT NULL,
    name          text         NOT NULL DEFAULT 'default',
    configuration jsonb        NOT NULL DEFAULT '{}',
    capabilities  jsonb        NOT NULL DEFAULT '[]',
    constraints   jsonb        NOT NULL DEFAULT '{}',
    version       integer      NOT NULL DEFAULT 1,
    is_active     boolean      NOT NULL DEFAULT true,
    created_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT agent_configurations_pkey PRIMARY KEY (id),
    CONSTRAINT agent_configurations_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT agent_configurations_project_id_agent_type_name_key
        UNIQUE NULLS NOT DISTINCT (project_id, agent_type, name),
    CONSTRAINT agent_configurations_agent_type_is_identifier
        CHECK (agent_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT agent_configurations_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT agent_configurations_configuration_is_object
        CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT agent_configurations_configuration_up_to_1_mb
        CHECK (octet_length(configuration::text) <= 1048576),
    CONSTRAINT agent_configurations_capabilities_is_array_of_text
        CHECK (
            jsonb_typeof(capabilities) = 'array'
            AND NOT jsonb_path_exists(capabilities, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT agent_configurations_constraints_is_object
        CHECK (jsonb_typeof(constraints) = 'object'),
    CONSTRAINT agent_configurations_constraints_up_to_1_mb
        CHECK (octet_length(constraints::text) <= 1048576),
    CONSTRAINT agent_configurations_version_positive CHECK (version > 0)
);

COMMENT ON TABLE agent_configurations IS
    'Named settings for the agents of one type, in one project or in all.';
COMMENT ON COLUMN agent_configurations.project_id IS
    'The project for which it is; null where it is for every project that has none of that name.';
COMMENT ON COLUMN agent_configurations.agent_type IS 'The type of the agents for which it is: agents.type.';
COMMENT ON COLUMN agent_configurations.name IS 'One type of agent may have several; default applies where none is asked for by name.';
COMMENT ON COLUMN agent_configurations.configuration IS 'Object of settings; unknown keys are kept.';
COMMENT ON COLUMN agent_configurations.capabilities IS 'Array of words that say what an agent can do with it.';
COMMENT ON COLUMN agent_configurations.constraints IS 'Object of what an agent must keep to; unknown keys are kept.';
COMMENT ON COLUMN agent_configurations.version IS
    'Counted by the database: one more with each change of what it says.';
COMMENT ON COLUMN agent_configurations.is_active IS 'One that is not active applies to nobody.';

COMMENT ON CONSTRAINT agent_configurations_project_id_fkey ON agent_configurations IS
    'A configuration ends with its project.';
COMMENT ON CONSTRAINT agent_configurations_project_id_agent_type_name_key ON agent_configurations IS
    'Two configurations for one type of agent never share a name, in one project or among those for all.';
COMMENT ON CONSTRAINT agent_configurations_agent_type_is_identifier ON agent_configurations IS
    'A type of agent is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT agent_configurations_name_has_1_to_200_characters ON agent_configurations IS
    'A configuration has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT agent_configurations_configuration_is_object ON agent_configurations IS
    'A configuration is a JSON object.';
COMMENT ON CONSTRAINT agent_configurations_configuration_up_to_1_mb ON agent_configurations IS
    'A configuration has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT agent_configurations_capabilities_is_array_of_text ON agent_configurations IS
    'Capabilities are a JSON array of texts.';
COMMENT ON CONSTRAINT agent_configurations_constraints_is_object ON agent_configurations IS
    'Constraints are a JSON object.';
COMMENT ON CONSTRAINT agent_configurations_constraints_up_to_1_mb ON agent_configurations IS
    'Constraints have at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT agent_configurations_version_positive ON agent_configurations IS
    'Versions are counted from 1.';

CREATE FUNCTION agent_configurations_count_version() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.version := OLD.version + (
        (NEW.configuration, NEW.capabilities, NEW.constraints)
        IS DISTINCT FROM (OLD.configuration, OLD.capabilities, OLD.constraints)
    )::integer;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION agent_configurations_count_version() IS
    'Trigger function: a change of what a configuration says makes it the next version.';

CREATE TRIGGER agent_configurations_count_version
    BEFORE UPDATE ON agent_configurations
    FOR EACH ROW EXECUTE FUNCTION agent_configurations_count_version();

COMMENT ON TRIGGER agent_configurations_count_version ON agent_configurations IS
    'The version counts the changes of configuration, capabilities and constraints.';

CREATE TRIGGER agent_configurations_touch_updated_at
    BEFORE UPDATE ON agent_configurations
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER agent_configurations_touch_updated_at ON agent_configurations IS
    'Every update sets updated_at.';

CREATE TRIGGER agent_configurations_record_change
    AFTER INSERT OR UPDATE OR DELETE ON agent_configurations
    FOR EACH ROW EXECUTE FUNCTION record_change('agent_configurations', 'id');

COMMENT ON TRIGGER agent_configurations_record_change ON agent_configurations IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER agent_configurations_not_truncated
    AFTER TRUNCATE ON agent_configurations
    EXECUTE FUNCTION refuse_rewriting('agent_configurations', 'agent_configurations_not_truncated');

COMMENT ON TRIGGER agent_configurations_not_truncated ON agent_configurations IS
    'A table is emptied row by row, so that each is recorded.';
