-- One row is a component: a part of the system that works, reports its health and exchanges
-- messages. It registers itself by name, or a person creates it; deleted, it is kept until somebody
-- erases it.

CREATE TYPE component_type AS ENUM (
    'orchestrator', 'generator', 'validator', 'manager', 'analyzer', 'deployer'
);
CREATE TYPE component_order AS ENUM ('name', 'type', 'created_at', 'updated_at');
CREATE TYPE component_optional_column AS ENUM ('version', 'endpoint', 'health_check_url');

COMMENT ON TYPE component_type IS 'What a component does.';
COMMENT ON TYPE component_order IS 'What a list of components can be ordered by.';
COMMENT ON TYPE component_optional_column IS 'Columns of a component that may be emptied.';

CREATE TABLE components (
    id               uuid            NOT NULL DEFAULT uuid_v7(),
    name             text            NOT NULL,
    type             component_type  NOT NULL,
    version          text,
    endpoint         text,
    health_check_url text,
    configuration    jsonb           NOT NULL DEFAULT '{}',
    capabilities     jsonb           NOT NULL DEFAULT '[]',
    deleted_at       timestamptz,
    created_at       timestamptz     NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz     NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT components_pkey PRIMARY KEY (id),
    CONSTRAINT components_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT components_version_has_1_to_100_characters
        CHECK (version ~ '\S' AND length(version) <= 100),
    CONSTRAINT components_endpoint_is_url
        CHECK (endpoint ~ '^[a-z][a-z0-9+.-]*://[^\s@]+$' AND length(endpoint) <= 2000),
    CONSTRAINT components_health_check_url_is_http_url
        CHECK (health_check_url ~ '^https?://[^\s@]+$' AND length(health_check_url) <= 2000),
    CONSTRAINT components_configuration_is_object CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT components_configuration_up_to_1_mb
        CHECK (octet_length(configuration::text) <= 1048576),
    CONSTRAINT components_capabilities_is_array_of_text
        CHECK (
            jsonb_typeof(capabilities) = 'array'
            AND NOT jsonb_path_exists(capabilities, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT components_capabilities_up_to_1_mb
        CHECK (octet_length(capabilities::text) <= 1048576)
);

-- get_component_by_name, register_component, and lists by name.
CREATE UNIQUE INDEX components_name_unique_among_the_living ON components (name)
    WHERE deleted_at IS NULL;

COMMENT ON TABLE components IS
    'The parts of the system that work, report their health and exchange messages.';
COMMENT ON COLUMN components.version IS 'Which version of the component runs, in its own words.';
COMMENT ON COLUMN components.endpoint IS
    'Where the component is reached: scheme://..., without user or password.';
COMMENT ON COLUMN components.health_check_url IS 'What is asked for its health: http or https.';
COMMENT ON COLUMN components.configuration IS 'Object of settings; unknown keys are kept. No secrets.';
COMMENT ON COLUMN components.capabilities IS 'Array of words that say what the component can do.';
COMMENT ON COLUMN components.deleted_at IS 'Since when the component is deleted; null while it lives.';

COMMENT ON CONSTRAINT components_name_has_1_to_200_characters ON components IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT components_version_has_1_to_100_characters ON components IS
    'A version has 1 to 100 characters and is not blank.';
COMMENT ON CONSTRAINT components_endpoint_is_url ON components IS
    'An endpoint is scheme://... without user or password, at most 2000 characters.';
COMMENT ON CONSTRAINT components_health_check_url_is_http_url ON components IS
    'A health check asks by http or https, at an address without user or password of at most 2000 characters.';
COMMENT ON CONSTRAINT components_configuration_is_object ON components IS 'A configuration is a JSON object.';
COMMENT ON CONSTRAINT components_configuration_up_to_1_mb ON components IS
    'A configuration has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT components_capabilities_is_array_of_text ON components IS
    'Capabilities are a JSON array of texts.';
COMMENT ON CONSTRAINT components_capabilities_up_to_1_mb ON components IS
    'Capabilities have at most 1048576 bytes as text.';
COMMENT ON INDEX components_name_unique_among_the_living IS
    'Two components that are not deleted never share a name.';

CREATE TRIGGER components_touch_updated_at
    BEFORE UPDATE ON components
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER components_touch_updated_at ON components IS 'Every update sets updated_at.';

CREATE TRIGGER components_record_change
    AFTER INSERT OR UPDATE OR DELETE ON components
    FOR EACH ROW EXECUTE FUNCTION record_change('components', 'id');

COMMENT ON TRIGGER components_record_change ON components IS 'Every change is recorded in audit_log.';

CREATE TRIGGER components_forget_external_references
    AFTER DELETE ON components
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('components');

COMMENT ON TRIGGER components_forget_external_references ON components IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER components_not_truncated
    AFTER TRUNCATE ON components
    EXECUTE FUNCTION refuse_rewriting('components', 'components_not_truncated');

COMMENT ON TRIGGER components_not_truncated ON components IS 'A table is emptied row by row, so that each is recorded.';
