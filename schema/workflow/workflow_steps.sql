-- One row is a step of a workflow, for one of its tasks or for the whole. Whoever runs the workflow
-- creates it, starts it and says how it ended; it ends with the workflow or the task.

CREATE TYPE workflow_step_status AS ENUM ('pending', 'running', 'completed', 'failed', 'skipped');

COMMENT ON TYPE workflow_step_status IS 'Where a step of a workflow stands.';

CREATE TABLE workflow_steps (
    id            uuid                  NOT NULL DEFAULT uuid_v7(),
    workflow_id   uuid                  NOT NULL,
    task_id       uuid,
    step          text                  NOT NULL,
    status        workflow_step_status  NOT NULL DEFAULT 'pending',
    result        jsonb,
    error_message text,
    retry_count   integer               NOT NULL DEFAULT 0,
    started_at    timestamptz,
    completed_at  timestamptz,
    created_at    timestamptz           NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz           NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT workflow_steps_pkey PRIMARY KEY (id),
    CONSTRAINT workflow_steps_workflow_id_fkey
        FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
    CONSTRAINT workflow_steps_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT workflow_steps_step_has_1_to_200_characters
        CHECK (step ~ '\S' AND length(step) <= 200),
    CONSTRAINT workflow_steps_result_is_array_or_object
        CHECK (jsonb_typeof(result) IN ('array', 'object')),
    CONSTRAINT workflow_steps_result_up_to_1_mb CHECK (octet_length(result::text) <= 1048576),
    CONSTRAINT workflow_steps_error_message_up_to_10000_characters
        CHECK (length(error_message) <= 10000),
    CONSTRAINT workflow_steps_retry_count_not_negative CHECK (retry_count >= 0),
    CONSTRAINT workflow_steps_ends_after_it_starts CHECK (completed_at >= started_at)
);

-- workflow_steps_workflow_id_fkey, and list_workflow_steps.
CREATE UNIQUE INDEX workflow_steps_named_once_in_a_workflow_and_task
    ON workflow_steps (workflow_id, task_id, step) NULLS NOT DISTINCT;

-- workflow_steps_task_id_fkey.
CREATE INDEX workflow_steps_task_id_idx ON workflow_steps (task_id) WHERE task_id IS NOT NULL;

-- claim_retryable_workflow_steps: the failed steps in the order in which they are tried again.
CREATE INDEX workflow_steps_failed_idx ON workflow_steps (retry_count, completed_at, id)
    WHERE status = 'failed';

COMMENT ON TABLE workflow_steps IS 'The steps of a workflow, and how each ended.';
COMMENT ON COLUMN workflow_steps.task_id IS 'The task that the step is taken for; null when it is for the workflow as a whole.';
COMMENT ON COLUMN workflow_steps.step IS 'What the step is called.';
COMMENT ON COLUMN workflow_steps.result IS 'What the step brought about: an array or an object.';
COMMENT ON COLUMN workflow_steps.error_message IS 'Why the step failed; cleared by the next move unless that gives its own.';
COMMENT ON COLUMN workflow_steps.retry_count IS 'How often the step was taken up again after it had failed. Kept by the database.';
COMMENT ON COLUMN workflow_steps.started_at IS 'When it was started last; null while it is pending. Set by the database.';
COMMENT ON COLUMN workflow_steps.completed_at IS
    'When it was completed, failed or skipped; null while it is pending or running. Set by the database.';

COMMENT ON CONSTRAINT workflow_steps_workflow_id_fkey ON workflow_steps IS
    'Steps end with their workflow.';
COMMENT ON CONSTRAINT workflow_steps_task_id_fkey ON workflow_steps IS 'A step ends with its task.';
COMMENT ON CONSTRAINT workflow_steps_step_has_1_to_200_characters ON workflow_steps IS
    'A step has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT workflow_steps_result_is_array_or_object ON workflow_steps IS
    'A result is a JSON array or object.';
COMMENT ON CONSTRAINT workflow_steps_result_up_to_1_mb ON workflow_steps IS
    'A result has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflow_steps_error_message_up_to_10000_characters ON workflow_steps IS
    'An error message has at most 10000 characters.';
COMMENT ON CONSTRAINT workflow_steps_retry_count_not_negative ON workflow_steps IS
    'A count is zero or more.';
COMMENT ON CONSTRAINT workflow_steps_ends_after_it_starts ON workflow_steps IS
    'A step does not end before it starts.';
COMMENT ON INDEX workflow_steps_named_once_in_a_workflow_and_task IS
    'A workflow has a step of a name once for each task, and once for itself.';

CREATE FUNCTION workflow_steps_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- What the database keeps stays as it is, whatever the caller filled in.
        NEW.started_at := OLD.started_at;
        NEW.completed_at := OLD.completed_at;
        NEW.retry_count := OLD.retry_count;
        IF NEW.status = OLD.status THEN
            RETURN NEW;
        END IF;
        NEW.completed_at := NULL;
        IF NEW.status IN ('pending', 'running') THEN
            NEW.started_at := NULL;
            NEW.retry_count := OLD.retry_count + (OLD.status = 'failed')::integer;
        END IF;
        IF NEW.error_message IS NOT DISTINCT FROM OLD.error_message THEN
            NEW.error_message := NULL;
        END IF;
    END IF;
    IF NEW.status = 'pending' THEN
        NEW.started_at := NULL;
    ELSIF NEW.status <> 'skipped' THEN
        NEW.started_at := coalesce(NEW.started_at, NEW.completed_at, clock_timestamp());
    END IF;
    IF NEW.status IN ('pending', 'running') THEN
        NEW.completed_at := NULL;
    ELSE
        NEW.completed_at := coalesce(NEW.completed_at, greatest(clock_timestamp(), NEW.started_at));
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION workflow_steps_set_moments() IS
    'Trigger function: moments and retry_count follow status, and the error message of the status before is dropped.';

CREATE TRIGGER workflow_steps_set_moments
    BEFORE INSERT OR UPDATE ON workflow_steps
    FOR EACH ROW EXECUTE FUNCTION workflow_steps_set_moments();

COMMENT ON TRIGGER workflow_steps_set_moments ON workflow_steps IS
    'The moments of a step follow its status, and nobody else counts its retries.';

CREATE TRIGGER workflow_steps_touch_updated_at
    BEFORE UPDATE ON workflow_steps
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER workflow_steps_touch_updated_at ON workflow_steps IS
    'Every update sets updated_at.';

CREATE FUNCTION workflow_steps_are_of_the_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_task_of_another_project(
        'workflow_steps', 'workflow_steps_are_of_the_project', NEW.workflow_id, NEW.task_id
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflow_steps_are_of_the_project() IS
    'Trigger function: refuses a step for a task of another project than the workflow''s.';

CREATE TRIGGER workflow_steps_are_of_the_project
    AFTER INSERT OR UPDATE OF workflow_id, task_id ON workflow_steps
    FOR EACH ROW WHEN (NEW.task_id IS NOT NULL)
    EXECUTE FUNCTION workflow_steps_are_of_the_project();

COMMENT ON TRIGGER workflow_steps_are_of_the_project ON workflow_steps IS
    'A step is taken for a task of the workflow''s own project.';

CREATE FUNCTION workflow_steps_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'workflow_steps', 'workflow_steps_status_follows_moves',
        format('step %s', NEW.step), OLD.status::text, NEW.status::text,
        CASE OLD.status
            WHEN 'pending' THEN '{running, skipped}'
            WHEN 'running' THEN '{completed, failed, skipped, pending}'
            WHEN 'completed' THEN '{pending}'
            WHEN 'failed' THEN '{running, pending, skipped}'
            WHEN 'skipped' THEN '{pending}'
        END::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflow_steps_status_follows_moves() IS
    'Trigger function: refuses a status that does not follow from the one before.';

CREATE TRIGGER workflow_steps_status_follows_moves
    AFTER UPDATE OF status ON workflow_steps
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION workflow_steps_status_follows_moves();

COMMENT ON TRIGGER workflow_steps_status_follows_moves ON workflow_steps IS
    'A step runs before it is completed or fails, and is pending again before it is taken anew.';

CREATE TRIGGER workflow_steps_record_change
    AFTER INSERT OR UPDATE OR DELETE ON workflow_steps
    FOR EACH ROW EXECUTE FUNCTION record_change('workflow_steps', 'id');

COMMENT ON TRIGGER workflow_steps_record_change ON workflow_steps IS 'Every change is recorded in audit_log.';

CREATE TRIGGER workflow_steps_not_truncated
    AFTER TRUNCATE ON workflow_steps
    EXECUTE FUNCTION refuse_rewriting('workflow_steps', 'workflow_steps_not_truncated');

COMMENT ON TRIGGER workflow_steps_not_truncated ON workflow_steps IS 'A table is emptied row by row, so that each is recorded.';
