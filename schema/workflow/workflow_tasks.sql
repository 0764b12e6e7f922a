-- One row is a task in a workflow, at a position of its own. add_workflow_task makes it; it ends
-- with the workflow or the task, or when the task is taken out.

CREATE TABLE workflow_tasks (
    workflow_id uuid         NOT NULL,
    task_id     uuid         NOT NULL,
    position    integer      NOT NULL,
    added_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT workflow_tasks_pkey PRIMARY KEY (workflow_id, task_id),
    CONSTRAINT workflow_tasks_workflow_id_fkey
        FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
    CONSTRAINT workflow_tasks_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT workflow_tasks_workflow_id_position_key UNIQUE (workflow_id, position) DEFERRABLE,
    CONSTRAINT workflow_tasks_position_positive CHECK (position > 0)
);

-- workflow_tasks_task_id_fkey, and the workflows of a task.
CREATE INDEX workflow_tasks_task_id_idx ON workflow_tasks (task_id);

COMMENT ON TABLE workflow_tasks IS 'Which tasks a workflow has, and in which order.';
COMMENT ON COLUMN workflow_tasks.position IS
    '1, 2, 3 ... within the workflow. A task that is erased leaves a gap, which the next change of the order closes.';

COMMENT ON CONSTRAINT workflow_tasks_workflow_id_fkey ON workflow_tasks IS
    'A workflow that is erased leaves its tasks behind.';
COMMENT ON CONSTRAINT workflow_tasks_task_id_fkey ON workflow_tasks IS
    'A task that is erased leaves its workflows.';
COMMENT ON CONSTRAINT workflow_tasks_workflow_id_position_key ON workflow_tasks IS
    'Two tasks of a workflow never share a position. Deferrable, so that one statement can move several.';
COMMENT ON CONSTRAINT workflow_tasks_position_positive ON workflow_tasks IS 'Positions count from 1.';

CREATE FUNCTION workflow_tasks_are_of_the_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_task_of_another_project(
        'workflow_tasks', 'workflow_tasks_are_of_the_project', NEW.workflow_id, NEW.task_id
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflow_tasks_are_of_the_project() IS
    'Trigger function: refuses a task of another project than the workflow''s.';

CREATE TRIGGER workflow_tasks_are_of_the_project
    AFTER INSERT OR UPDATE OF workflow_id, task_id ON workflow_tasks
    FOR EACH ROW EXECUTE FUNCTION workflow_tasks_are_of_the_project();

COMMENT ON TRIGGER workflow_tasks_are_of_the_project ON workflow_tasks IS
    'A workflow has tasks of its own project only.';

CREATE TRIGGER workflow_tasks_record_change
    AFTER INSERT OR UPDATE OR DELETE ON workflow_tasks
    FOR EACH ROW EXECUTE FUNCTION record_change('workflow_tasks', 'workflow_id task_id');

COMMENT ON TRIGGER workflow_tasks_record_change ON workflow_tasks IS 'Every change is recorded in audit_log.';

CREATE TRIGGER workflow_tasks_not_truncated
    AFTER TRUNCATE ON workflow_tasks
    EXECUTE FUNCTION refuse_rewriting('workflow_tasks', 'workflow_tasks_not_truncated');

COMMENT ON TRIGGER workflow_tasks_not_truncated ON workflow_tasks IS 'A table is emptied row by row, so that each is recorded.';

CREATE FUNCTION order_workflow_tasks(_workflow_id uuid, _task_id uuid, _position integer)
RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    WITH others AS (
        SELECT task_id, row_number() OVER (ORDER BY position) AS place
        FROM workflow_tasks
        WHERE workflow_id = _workflow_id AND task_id IS DISTINCT FROM _task_id
    ), ordered AS (
        SELECT task_id, place + (_task_id IS NOT NULL AND place >= _position)::integer AS position
        FROM others
        UNION ALL
        SELECT _task_id, least(_position, 1 + (SELECT count(*) FROM others))
    )
    UPDATE workflow_tasks AS member
    SET position = ordered.position
    FROM ordered
    WHERE member.workflow_id = _workflow_id
        AND member.task_id = ordered.task_id
        AND member.position <> ordered.position
    $$;

COMMENT ON FUNCTION order_workflow_tasks(uuid, uuid, integer) IS
    'Numbers the tasks of a workflow from 1 on, without gaps, with one of them moved to a position, or none. The caller holds the lock of lock_workflow_order.';

CREATE FUNCTION lock_workflow_order(_workflow_id uuid) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    -- An update, not a mere lock: above READ COMMITTED, whoever waited for it has to begin anew.
    BEGIN ATOMIC
        UPDATE workflows SET updated_at = clock_timestamp() WHERE id = _workflow_id;
    END;

COMMENT ON FUNCTION lock_workflow_order(uuid) IS
    'Lets the changes of the order of a workflow''s tasks follow one another.';

CREATE FUNCTION add_workflow_task(_workflow_id uuid, _task_id uuid, _position integer DEFAULT NULL)
RETURNS SETOF workflow_tasks
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_workflow_order(_workflow_id);
    INSERT INTO workflow_tasks (workflow_id, task_id, position)
    SELECT _workflow_id, _task_id, 1 + coalesce(max(position), 0)
    FROM workflow_tasks
    WHERE workflow_id = _workflow_id
    ON CONFLICT (workflow_id, task_id) DO NOTHING;
    PERFORM order_workflow_tasks(
        _workflow_id, CASE WHEN _position IS NOT NULL THEN _task_id END, _position
    );
    RETURN QUERY
    SELECT member.workflow_id, member.task_id, member.position, member.added_at
    FROM workflow_tasks AS member
    WHERE member.workflow_id = _workflow_id AND member.task_id = _task_id;
END
$$;

COMMENT ON FUNCTION add_workflow_task(uuid, uuid, integer) IS
    'Puts a task into a workflow, at a position or at the end. One that is there already is moved to the position, if one is given.';

CREATE FUNCTION move_workflow_task(_workflow_id uuid, _task_id uuid, _position integer)
RETURNS SETOF workflow_tasks
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_workflow_order(_workflow_id);
    IF EXISTS (
        SELECT FROM workflow_tasks WHERE workflow_id = _workflow_id AND task_id = _task_id
    ) THEN
        PERFORM order_workflow_tasks(_workflow_id, _task_id, _position);
    END IF;
    RETURN QUERY
    SELECT member.workflow_id, member.task_id, member.position, member.added_at
    FROM workflow_tasks AS member
    WHERE member.workflow_id = _workflow_id AND member.task_id = _task_id;
END
$$;

COMMENT ON FUNCTION move_workflow_task(uuid, uuid, integer) IS
    'Moves a task of a workflow to a position, or to the end when that lies beyond. No row when the workflow has no such task.';

CREATE FUNCTION remove_workflow_task(_workflow_id uuid, _task_id uuid)
RETURNS SETOF workflow_tasks
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_workflow_order(_workflow_id);
    RETURN QUERY
    DELETE FROM workflow_tasks AS member
    WHERE member.workflow_id = _workflow_id AND member.task_id = _task_id
    RETURNING member.workflow_id, member.task_id, member.position, member.added_at;
    PERFORM order_workflow_tasks(_workflow_id, NULL, NULL);
END
$$;

COMMENT ON FUNCTION remove_workflow_task(uuid, uuid) IS
    'Takes a task out of a workflow; those behind it move up. Gives what it was; no row when the workflow has no such task.';
