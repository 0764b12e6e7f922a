-- One row says what a project, an agent, a list, a task or any other thing here is called in a
-- foreign system: a repository's number at GitHub, an issue's id at Linear. An import, a webhook or
-- a person writes it; it ends with the thing that it is about.
--
-- A thing is named by its table and its id. Of the tables of this domain, columns that follow from
-- the two are foreign keys, so that no reference is left behind at any isolation level. This file
-- cannot know the tables of later domains: they have a trigger that forgets the references.

CREATE TABLE external_references (
    id           uuid         NOT NULL DEFAULT uuid_v7(),
    entity_type  text         NOT NULL,
    entity_id    uuid         NOT NULL,
    system       text         NOT NULL,
    kind         text         NOT NULL,
    external_id  text         NOT NULL,
    url          text,
    metadata     jsonb        NOT NULL DEFAULT '{}',
    created_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    project_id   uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'projects' THEN entity_id END
    ) STORED,
    agent_id     uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'agents' THEN entity_id END
    ) STORED,
    task_list_id uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'task_lists' THEN entity_id END
    ) STORED,
    task_id      uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'tasks' THEN entity_id END
    ) STORED,

    CONSTRAINT external_references_pkey PRIMARY KEY (id),
    CONSTRAINT external_references_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT external_references_agent_id_fkey
        FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT external_references_task_list_id_fkey
        FOREIGN KEY (task_list_id) REFERENCES task_lists (id) ON DELETE CASCADE,
    CONSTRAINT external_references_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT external_references_entity_type_is_identifier
        CHECK (entity_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT external_references_system_is_identifier
        CHECK (system ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT external_references_kind_is_identifier CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT external_references_external_id_has_1_to_500_characters
        CHECK (external_id ~ '\S' AND length(external_id) <= 500),
    CONSTRAINT external_references_url_is_http_url
        CHECK (url ~ '^https?://[^\s@]+$' AND length(url) <= 2000),
    CONSTRAINT external_references_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT external_references_metadata_up_to_1_mb
        CHECK (octet_length(metadata::text) <= 1048576)
);

-- list_referenced_entities: what something in a foreign system is called here.
CREATE UNIQUE INDEX external_references_are_made_once
    ON external_references (system, kind, external_id, entity_type, entity_id);

-- list_external_references, and those of a deleted row of a later domain.
CREATE INDEX external_references_entity_id_entity_type_idx
    ON external_references (entity_id, entity_type);

-- external_references_project_id_fkey
CREATE INDEX external_references_project_id_idx ON external_references (project_id)
    WHERE project_id IS NOT NULL;

-- external_references_agent_id_fkey
CREATE INDEX external_references_agent_id_idx ON external_references (agent_id)
    WHERE agent_id IS NOT NULL;

-- external_references_task_list_id_fkey
CREATE INDEX external_references_task_list_id_idx ON external_references (task_list_id)
    WHERE task_list_id IS NOT NULL;

-- external_references_task_id_fkey
CREATE INDEX external_references_task_id_idx ON external_references (task_id)
    WHERE task_id IS NOT NULL;

COMMENT ON TABLE external_references IS 'What things here are called in foreign systems.';
COMMENT ON COLUMN external_references.entity_type IS 'The table that the thing is a row of: tasks, say.';
COMMENT ON COLUMN external_references.entity_id IS 'The id of the row.';
COMMENT ON COLUMN external_references.system IS 'The foreign system: github, linear or any other word.';
COMMENT ON COLUMN external_references.kind IS
    'What it is there: repository, team, issue or any other word.';
COMMENT ON COLUMN external_references.external_id IS 'Its id or number there.';
COMMENT ON COLUMN external_references.url IS 'Where people find it.';
COMMENT ON COLUMN external_references.metadata IS 'Object of what else the foreign system says; unknown keys are kept.';
COMMENT ON COLUMN external_references.project_id IS 'The project, where it is one. Kept by the database.';
COMMENT ON COLUMN external_references.agent_id IS 'The agent, where it is one. Kept by the database.';
COMMENT ON COLUMN external_references.task_list_id IS 'The list, where it is one. Kept by the database.';
COMMENT ON COLUMN external_references.task_id IS 'The task, where it is one. Kept by the database.';

COMMENT ON CONSTRAINT external_references_project_id_fkey ON external_references IS
    'A reference to a project is to one that exists, and ends with it.';
COMMENT ON CONSTRAINT external_references_agent_id_fkey ON external_references IS
    'A reference to an agent is to one that exists, and ends with it.';
COMMENT ON CONSTRAINT external_references_task_list_id_fkey ON external_references IS
    'A reference to a list is to one that exists, and ends with it.';
COMMENT ON CONSTRAINT external_references_task_id_fkey ON external_references IS
    'A reference to a task is to one that exists, and ends with it.';
COMMENT ON INDEX external_references_are_made_once IS
    'One thing here is called by one name of one kind in one system once. It may have several names, and several things may share one.';
COMMENT ON CONSTRAINT external_references_entity_type_is_identifier ON external_references IS
    'A table is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT external_references_system_is_identifier ON external_references IS
    'A system is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT external_references_kind_is_identifier ON external_references IS
    'A kind is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT external_references_external_id_has_1_to_500_characters
    ON external_references IS 'A foreign id has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT external_references_url_is_http_url ON external_references IS
    'An address is reached by http or https, has at most 2000 characters and carries no password.';
COMMENT ON CONSTRAINT external_references_metadata_is_object ON external_references IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT external_references_metadata_up_to_1_mb ON external_references IS
    'Metadata have at most 1048576 bytes.';

CREATE FUNCTION forget_external_references() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    DELETE FROM external_references WHERE entity_type = TG_ARGV[0] AND entity_id = OLD.id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION forget_external_references() IS
    'Trigger function: deletes the external references of a deleted row. For tables of later domains. Argument: the table.';

CREATE TRIGGER external_references_touch_updated_at
    BEFORE UPDATE ON external_references
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER external_references_touch_updated_at ON external_references IS
    'Every update sets updated_at.';

CREATE TRIGGER external_references_record_change
    AFTER INSERT OR UPDATE OR DELETE ON external_references
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'external_references', 'id', 'project_id', 'agent_id', 'task_list_id', 'task_id'
    );

COMMENT ON TRIGGER external_references_record_change ON external_references IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER external_references_not_truncated
    AFTER TRUNCATE ON external_references
    EXECUTE FUNCTION refuse_rewriting(
        'external_references', 'external_references_not_truncated'
    );

COMMENT ON TRIGGER external_references_not_truncated ON external_references IS
    'A table is emptied row by row, so that each is recorded.';
