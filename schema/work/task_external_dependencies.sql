-- One row is something outside of the database that a task waits for: a vendor's answer, a release,
-- a decision. A person or an import writes it down, and somebody says by hand when it is there; it
-- ends with its task.

CREATE TABLE task_external_dependencies (
    id           uuid         NOT NULL DEFAULT uuid_v7(),
    task_id      uuid         NOT NULL,
    target       text         NOT NULL,
    description  text,
    metadata     jsonb        NOT NULL DEFAULT '{}',
    satisfied_at timestamptz,
    satisfied_by text,
    created_by   text,
    created_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_external_dependencies_pkey PRIMARY KEY (id),
    CONSTRAINT task_external_dependencies_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_external_dependencies_task_id_target_key UNIQUE (task_id, target),
    CONSTRAINT task_external_dependencies_target_has_1_to_500_characters
        CHECK (target ~ '\S' AND length(target) <= 500),
    CONSTRAINT task_external_dependencies_description_up_to_1_mb
        CHECK (octet_length(description) <= 1048576),
    CONSTRAINT task_external_dependencies_metadata_is_object
        CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT task_external_dependencies_satisfied_by_fits_satisfied_at
        CHECK (satisfied_at IS NOT NULL OR satisfied_by IS NULL),
    CONSTRAINT task_external_dependencies_satisfied_by_has_1_to_200_characters
        CHECK (satisfied_by ~ '\S' AND length(satisfied_by) <= 200),
    CONSTRAINT task_external_dependencies_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

COMMENT ON TABLE task_external_dependencies IS
    'What tasks wait for outside of the database. Each that is not satisfied counts as an open blocker.';
COMMENT ON COLUMN task_external_dependencies.target IS 'What is waited for: a text, or an address.';
COMMENT ON COLUMN task_external_dependencies.description IS 'What is to be known about it.';
COMMENT ON COLUMN task_external_dependencies.metadata IS 'Object of what an import found; unknown keys are kept.';
COMMENT ON COLUMN task_external_dependencies.satisfied_at IS
    'Since when it is there, as somebody has said; null while the task waits for it.';
COMMENT ON COLUMN task_external_dependencies.satisfied_by IS 'Who has said so.';

COMMENT ON CONSTRAINT task_external_dependencies_task_id_fkey ON task_external_dependencies IS
    'An external dependency ends with its task.';
COMMENT ON CONSTRAINT task_external_dependencies_task_id_target_key
    ON task_external_dependencies IS 'A task waits for a target once.';
COMMENT ON CONSTRAINT task_external_dependencies_target_has_1_to_500_characters
    ON task_external_dependencies IS 'A target has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT task_external_dependencies_description_up_to_1_mb
    ON task_external_dependencies IS 'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_external_dependencies_metadata_is_object ON task_external_dependencies IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT task_external_dependencies_satisfied_by_fits_satisfied_at
    ON task_external_dependencies IS 'Nobody has satisfied what is not satisfied.';
COMMENT ON CONSTRAINT task_external_dependencies_satisfied_by_has_1_to_200_characters
    ON task_external_dependencies IS
    'Who satisfied it has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT task_external_dependencies_created_by_has_1_to_200_characters
    ON task_external_dependencies IS 'A creator''s name has 1 to 200 characters and is not blank.';

CREATE FUNCTION task_external_dependencies_lock_graph() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _dependency task_external_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    -- As a writer of edges: first the graph, then the dependant. A completion, which counts down
    -- many dependants, never runs beside it.
    PERFORM lock_task_graph(project_id) FROM tasks WHERE id = _dependency.task_id;
    PERFORM FROM tasks WHERE id = _dependency.task_id FOR NO KEY UPDATE;
    RETURN _dependency;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_lock_graph() IS
    'Trigger function: takes the graph lock and the dependant before an external dependency changes.';

CREATE TRIGGER task_external_dependencies_lock_graph
    BEFORE INSERT OR UPDATE OF task_id, satisfied_at OR DELETE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_external_dependencies_lock_graph();

COMMENT ON TRIGGER task_external_dependencies_lock_graph ON task_external_dependencies IS
    'What the tasks of one project wait for changes one after another.';

CREATE TRIGGER task_external_dependencies_touch_updated_at
    BEFORE UPDATE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER task_external_dependencies_touch_updated_at ON task_external_dependencies IS
    'Every update sets updated_at.';

CREATE FUNCTION task_external_dependencies_keep_their_task() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'task_external_dependencies', 'task_external_dependencies_keep_their_task',
        'an external dependency cannot be moved to another task',
        NULL,
        'Delete it and insert the one that you want.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_keep_their_task() IS
    'Trigger function: refuses to move an external dependency.';

CREATE TRIGGER task_external_dependencies_keep_their_task
    AFTER UPDATE OF task_id ON task_external_dependencies
    FOR EACH ROW WHEN (OLD.task_id <> NEW.task_id)
    EXECUTE FUNCTION task_external_dependencies_keep_their_task();

COMMENT ON TRIGGER task_external_dependencies_keep_their_task ON task_external_dependencies IS
    'An external dependency keeps its task.';

CREATE FUNCTION task_external_dependencies_added_while_not_running() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Safe against a race: the dependant is locked since before the change, so nobody claims it.
    IF EXISTS (SELECT FROM task_executions WHERE task_id = NEW.task_id AND status = 'running') THEN
        PERFORM refuse(
            'task_external_dependencies', 'task_external_dependencies_added_while_not_running',
            format(
                'an agent is working on the task, so it cannot be made to wait for %s',
                NEW.target
            ),
            format('Task: %s', NEW.task_id),
            'Release the attempt first, or wait until it has ended.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_added_while_not_running() IS
    'Trigger function: refuses to make a task wait that an agent is working on.';

CREATE TRIGGER task_external_dependencies_added_while_not_running
    AFTER INSERT OR UPDATE OF satisfied_at ON task_external_dependencies
    FOR EACH ROW WHEN (NEW.satisfied_at IS NULL)
    EXECUTE FUNCTION task_external_dependencies_added_while_not_running();

COMMENT ON TRIGGER task_external_dependencies_added_while_not_running
    ON task_external_dependencies IS
    'A task is not made to wait for anything while an agent is working on it.';

CREATE FUNCTION task_external_dependencies_count_on_tasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _change integer :=
        (TG_OP <> 'DELETE' AND NEW.satisfied_at IS NULL)::integer
        - (TG_OP <> 'INSERT' AND OLD.satisfied_at IS NULL)::integer;
BEGIN
    IF _change <> 0 THEN
        UPDATE tasks
        SET open_blockers = open_blockers + _change,
            moves = moves + 1,
            updated_at = clock_timestamp()
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.task_id ELSE NEW.task_id END;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_count_on_tasks() IS
    'Trigger function: keeps tasks.open_blockers as external dependencies come, are satisfied and go.';

CREATE TRIGGER task_external_dependencies_count_on_tasks
    AFTER INSERT OR UPDATE OF satisfied_at OR DELETE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_external_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_external_dependencies_count_on_tasks ON task_external_dependencies IS
    'A task waits for each external dependency that is not satisfied.';

CREATE TRIGGER task_external_dependencies_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION record_change('task_external_dependencies', 'id');

COMMENT ON TRIGGER task_external_dependencies_record_change ON task_external_dependencies IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER task_external_dependencies_not_truncated
    AFTER TRUNCATE ON task_external_dependencies
    EXECUTE FUNCTION refuse_rewriting(
        'task_external_dependencies', 'task_external_dependencies_not_truncated'
    );

COMMENT ON TRIGGER task_external_dependencies_not_truncated ON task_external_dependencies IS
    'A table is emptied row by row, so that each is recorded.';
