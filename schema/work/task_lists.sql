-- One row is a named list of tasks within a project (a tag of a tasks.json file). An import or a
-- person creates it; it ends with its project, or when it is deleted after the tasks in it.

CREATE TYPE task_list_optional_column AS ENUM ('description');

COMMENT ON TYPE task_list_optional_column IS 'What an update of a list can empty.';

CREATE TABLE task_lists (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    project_id  uuid         NOT NULL,
    name        text         NOT NULL DEFAULT 'master',
    description text,
    metadata    jsonb        NOT NULL DEFAULT '{}',
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_lists_pkey PRIMARY KEY (id),
    CONSTRAINT task_lists_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT task_lists_project_id_name_key UNIQUE (project_id, name),
    CONSTRAINT task_lists_id_project_id_key UNIQUE (id, project_id),
    CONSTRAINT task_lists_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT task_lists_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT task_lists_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

COMMENT ON TABLE task_lists IS 'Named lists of tasks within a project: the tags of a tasks.json file.';
COMMENT ON COLUMN task_lists.metadata IS 'Object of what an import found beside the tasks; given back by an export.';

COMMENT ON CONSTRAINT task_lists_project_id_fkey ON task_lists IS 'A list ends with its project.';
COMMENT ON CONSTRAINT task_lists_project_id_name_key ON task_lists IS
    'Two lists of one project never share a name.';
COMMENT ON CONSTRAINT task_lists_id_project_id_key ON task_lists IS
    'Lets a task name its list and project together, so that the two always agree.';
COMMENT ON CONSTRAINT task_lists_name_has_1_to_200_characters ON task_lists IS
    'A list has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT task_lists_description_up_to_1_mb ON task_lists IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_lists_metadata_is_object ON task_lists IS 'Metadata are a JSON object.';

CREATE TRIGGER task_lists_touch_updated_at
    BEFORE UPDATE ON task_lists
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER task_lists_touch_updated_at ON task_lists IS 'Every update sets updated_at.';

CREATE TRIGGER task_lists_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_lists
    FOR EACH ROW EXECUTE FUNCTION record_change('task_lists', 'id');

COMMENT ON TRIGGER task_lists_record_change ON task_lists IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_lists_not_truncated
    AFTER TRUNCATE ON task_lists
    EXECUTE FUNCTION refuse_rewriting('task_lists', 'task_lists_not_truncated');

COMMENT ON TRIGGER task_lists_not_truncated ON task_lists IS 'A table is emptied row by row, so that each is recorded.';
