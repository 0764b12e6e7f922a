-- Deleting tasks so that they can be brought back, and lists in which nothing lives. Each takes its
-- lock in a statement of its own, so that what follows sees all that the lock has waited for.

CREATE FUNCTION delete_tasks(_task_id uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _deleted_at timestamptz;
BEGIN
    PERFORM lock_task_graph(project_id) FROM tasks WHERE id = _task_id;
    _deleted_at := clock_timestamp();
    RETURN QUERY
    WITH RECURSIVE family AS (
        SELECT task.id FROM tasks AS task WHERE task.id = _task_id AND task.deleted_at IS NULL
        UNION ALL
        SELECT child.id
        FROM family
        JOIN tasks AS child ON child.parent_id = family.id AND child.deleted_at IS NULL
    )
    UPDATE tasks AS task
    SET deleted_at = _deleted_at,
        status = CASE WHEN is_closed(task.status) THEN task.status ELSE 'cancelled' END,
        status_reason = CASE WHEN is_closed(task.status) THEN task.status_reason ELSE 'deleted' END
    FROM family
    WHERE task.id = family.id
    RETURNING task.id;
END
$$;

COMMENT ON FUNCTION delete_tasks(uuid) IS
    'Deletes a task and those under it, cancelling what is open, and gives their ids. They can be brought back.';

CREATE FUNCTION restore_tasks(_task_id uuid)
RETURNS TABLE (id uuid, ref text, status task_status)
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_task_graph(task.project_id) FROM tasks AS task WHERE task.id = _task_id;
    RETURN QUERY
    WITH RECURSIVE family AS (
        SELECT task.id, task.deleted_at
        FROM tasks AS task
        WHERE task.id = _task_id AND task.deleted_at IS NOT NULL
        UNION ALL
        SELECT child.id, child.deleted_at
        FROM family
        JOIN tasks AS child
            ON child.parent_id = family.id AND child.deleted_at = family.deleted_at
    )
    UPDATE tasks AS task
    SET deleted_at = NULL
    FROM family
    WHERE task.id = family.id
    RETURNING task.id, task.ref::text, task.status;
END
$$;

COMMENT ON FUNCTION restore_tasks(uuid) IS
    'Brings back a deleted task and those that were deleted together with it, closed as they are, and gives them.';

CREATE FUNCTION delete_task_list(_task_list_id uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Waits for whoever is adding a task to the list, and keeps away who will.
    PERFORM FROM task_lists WHERE id = _task_list_id FOR UPDATE;
    RETURN QUERY
    DELETE FROM task_lists AS list
    WHERE list.id = _task_list_id
        AND NOT EXISTS (
            SELECT FROM tasks AS task
            WHERE task.task_list_id = list.id AND task.deleted_at IS NULL
        )
    RETURNING list.id;
END
$$;

COMMENT ON FUNCTION delete_task_list(uuid) IS
    'Deletes a list in which no task lives, and erases the deleted ones in it. Gives its id; nothing when there is none, or a task lives in it.';
