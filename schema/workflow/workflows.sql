-- One row is a workflow: tasks of a project worked through as one procedure, in phases and steps.
-- A person, a program or an import creates it; it is deleted by setting deleted_at, and erased
-- with what tasks it has and its steps, but not the tasks themselves.

CREATE TYPE workflow_status AS ENUM (
    'pending', 'running', 'paused', 'completed', 'failed', 'cancelled'
);

COMMENT ON TYPE workflow_status IS 'Where a workflow stands.';

CREATE TYPE workflow_order AS ENUM ('created_at', 'updated_at', 'name', 'status');

COMMENT ON TYPE workflow_order IS 'What a list of workflows may be ordered by.';

CREATE TYPE workflow_optional_column AS ENUM ('description', 'phase');

COMMENT ON TYPE workflow_optional_column IS 'What a workflow may be without.';

CREATE TABLE workflows (
    id            uuid             NOT NULL DEFAULT uuid_v7(),
    project_id    uuid             NOT NULL,
    name          text             NOT NULL,
    description   text,
    requirements  jsonb            NOT NULL DEFAULT '[]',
    configuration jsonb            NOT NULL DEFAULT '{}',
    metadata      jsonb            NOT NULL DEFAULT '{}',
    status        workflow_status  NOT NULL DEFAULT 'pending',
    phase         text,
    state         jsonb            NOT NULL DEFAULT '{}',
    started_at    timestamptz,
    completed_at  timestamptz,
    created_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    deleted_at    timestamptz,

    CONSTRAINT workflows_pkey PRIMARY KEY (id),
    CONSTRAINT workflows_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT workflows_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT workflows_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT workflows_requirements_is_array_or_object
        CHECK (jsonb_typeof(requirements) IN ('array', 'object')),
    CONSTRAINT workflows_requirements_up_to_1_mb
        CHECK (octet_length(requirements::text) <= 1048576),
    CONSTRAINT workflows_configuration_is_object CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT workflows_configuration_up_to_1_mb
        CHECK (octet_length(configuration::text) <= 1048576),
    CONSTRAINT workflows_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT workflows_metadata_up_to_1_mb CHECK (octet_length(metadata::text) <= 1048576),
    CONSTRAINT workflows_phase_has_1_to_200_characters
        CHECK (phase ~ '\S' AND length(phase) <= 200),
    CONSTRAINT workflows_state_is_object CHECK (jsonb_typeof(state) = 'object'),
    CONSTRAINT workflows_state_up_to_1_mb CHECK (octet_length(state::text) <= 1048576),
    CONSTRAINT workflows_ends_after_it_starts CHECK (completed_at >= started_at)
);

-- workflows_project_id_fkey, and list_workflows of a project.
CREATE INDEX workflows_project_id_created_at_id_idx ON workflows (project_id, created_at, id);

-- list_workflows of a status.
CREATE INDEX workflows_status_created_at_id_idx ON workflows (status, created_at, id)
    WHERE deleted_at IS NULL;

COMMENT ON TABLE workflows IS 'Procedures in which tasks of a project are worked through.';
COMMENT ON COLUMN workflows.requirements IS 'What the workflow is to bring about: an array or an object.';
COMMENT ON COLUMN workflows.configuration IS 'Object of how it is to be run; unknown keys are kept.';
COMMENT ON COLUMN workflows.phase IS 'The part of the procedure that it is in, in words of the caller.';
COMMENT ON COLUMN workflows.state IS 'Object of what whoever runs it has to remember from one phase to the next.';
COMMENT ON COLUMN workflows.started_at IS 'When it first ran. Set by the database.';
COMMENT ON COLUMN workflows.completed_at IS
    'When it was completed, failed or cancelled; null in every other status. Set by the database.';
COMMENT ON COLUMN workflows.deleted_at IS 'Since when it is left out of lists; null while it is not deleted.';

COMMENT ON CONSTRAINT workflows_project_id_fkey ON workflows IS 'A workflow ends with its project.';
COMMENT ON CONSTRAINT workflows_name_has_1_to_200_characters ON workflows IS
    'A workflow has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT workflows_description_up_to_1_mb ON workflows IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT workflows_requirements_is_array_or_object ON workflows IS
    'Requirements are a JSON array or object.';
COMMENT ON CONSTRAINT workflows_requirements_up_to_1_mb ON workflows IS
    'Requirements have at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_configuration_is_object ON workflows IS
    'A configuration is a JSON object.';
COMMENT ON CONSTRAINT workflows_configuration_up_to_1_mb ON workflows IS
    'A configuration has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_metadata_is_object ON workflows IS 'Metadata are a JSON object.';
COMMENT ON CONSTRAINT workflows_metadata_up_to_1_mb ON workflows IS
    'Metadata have at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_phase_has_1_to_200_characters ON workflows IS
    'A phase has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT workflows_state_is_object ON workflows IS 'A state is a JSON object.';
COMMENT ON CONSTRAINT workflows_state_up_to_1_mb ON workflows IS
    'A state has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_ends_after_it_starts ON workflows IS
    'A workflow does not end before it starts.';

CREATE FUNCTION workflows_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- What the database keeps stays as it is, whatever the caller filled in.
        NEW.started_at := OLD.started_at;
        NEW.completed_at := OLD.completed_at;
        IF NEW.status = OLD.status THEN
            RETURN NEW;
        END IF;
        NEW.completed_at := NULL;
    END IF;
    IF NEW.status IN ('running', 'paused', 'completed', 'failed') THEN
        NEW.started_at := coalesce(NEW.started_at, NEW.completed_at, clock_timestamp());
    END IF;
    IF NEW.status IN ('completed', 'failed', 'cancelled') THEN
        NEW.completed_at := coalesce(NEW.completed_at, greatest(clock_timestamp(), NEW.started_at));
    ELSE
        NEW.completed_at := NULL;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION workflows_set_moments() IS
    'Trigger function: started_at and completed_at follow status.';

CREATE TRIGGER workflows_set_moments
    BEFORE INSERT OR UPDATE OF status, started_at, completed_at ON workflows
    FOR EACH ROW EXECUTE FUNCTION workflows_set_moments();

COMMENT ON TRIGGER workflows_set_moments ON workflows IS
    'The moments of a workflow follow its status.';

CREATE TRIGGER workflows_touch_updated_at
    BEFORE UPDATE ON workflows
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER workflows_touch_updated_at ON workflows IS 'Every update sets updated_at.';

CREATE FUNCTION workflows_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'workflows', 'workflows_status_follows_moves',
        format('workflow %s', NEW.name), OLD.status::text, NEW.status::text,
        CASE OLD.status
            WHEN 'pending' THEN '{running, cancelled}'
            WHEN 'running' THEN '{paused, completed, failed, cancelled}'
            WHEN 'paused' THEN '{running, failed, cancelled}'
            WHEN 'completed' THEN '{running}'
            WHEN 'failed' THEN '{running, cancelled}'
            WHEN 'cancelled' THEN '{pending}'
        END::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflows_status_follows_moves() IS
    'Trigger function: refuses a status that does not follow from the one before.';

CREATE TRIGGER workflows_status_follows_moves
    AFTER UPDATE OF status ON workflows
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION workflows_status_follows_moves();

COMMENT ON TRIGGER workflows_status_follows_moves ON workflows IS
    'A workflow runs before it ends, and one that has ended runs again or is cancelled.';

CREATE FUNCTION workflows_stay_in_their_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'workflows', 'workflows_stay_in_their_project',
        format('workflow %s cannot move to another project', OLD.name),
        NULL,
        'Create the workflow in the other project, and delete this one.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflows_stay_in_their_project() IS
    'Trigger function: refuses to move a workflow to another project.';

CREATE TRIGGER workflows_stay_in_their_project
    AFTER UPDATE OF project_id ON workflows
    FOR EACH ROW WHEN (OLD.project_id <> NEW.project_id)
    EXECUTE FUNCTION workflows_stay_in_their_project();

COMMENT ON TRIGGER workflows_stay_in_their_project ON workflows IS
    'A workflow stays in the project in which it was created: its tasks do.';

CREATE TRIGGER workflows_record_change
    AFTER INSERT OR UPDATE OR DELETE ON workflows
    FOR EACH ROW EXECUTE FUNCTION record_change('workflows', 'id');

COMMENT ON TRIGGER workflows_record_change ON workflows IS 'Every change is recorded in audit_log.';

CREATE TRIGGER workflows_forget_external_references
    AFTER DELETE ON workflows
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('workflows');

COMMENT ON TRIGGER workflows_forget_external_references ON workflows IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER workflows_not_truncated
    AFTER TRUNCATE ON workflows
    EXECUTE FUNCTION refuse_rewriting('workflows', 'workflows_not_truncated');

COMMENT ON TRIGGER workflows_not_truncated ON workflows IS 'A table is emptied row by row, so that each is recorded.';

CREATE FUNCTION refuse_task_of_another_project(
    _table text, _rule text, _workflow_id uuid, _task_id uuid
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Safe against a race: neither a task nor a workflow ever changes its project.
    IF EXISTS (
        SELECT FROM workflows AS workflow
        JOIN tasks AS task ON task.id = _task_id
        WHERE workflow.id = _workflow_id AND workflow.project_id <> task.project_id
    ) THEN
        PERFORM refuse(
            _table, _rule,
            format('task %s is not of the project of workflow %s', _task_id, _workflow_id),
            NULL,
            'Choose a task of the same project.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION refuse_task_of_another_project(text, text, uuid, uuid) IS
    'Refuses, in the name of a rule of a table, that a workflow has to do with a task of another project.';
