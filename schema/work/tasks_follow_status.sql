-- What follows when the status of a task changes. Claim, complete, fail, release and reap do this
-- by themselves, for many tasks in one statement, and count it in tasks.moves; for every other
-- update the triggers below do it row by row. A plain UPDATE takes its locks after the row, so it
-- can, at worst, run into a deadlock that the server breaks; it cannot leave the graph wrong.

CREATE FUNCTION settle_successors(_task_ids uuid[], _from task_status, _to task_status) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _successor_ids uuid[];
BEGIN
    _successor_ids := ARRAY(
        SELECT edge.task_id FROM task_dependencies AS edge
        WHERE edge.depends_on_id = ANY (_task_ids) AND edge.kind = 'blocks'
    );
    IF cardinality(_successor_ids) = 0 THEN
        RETURN;
    END IF;
    -- All successors are locked in one order before any is changed, so that completions side by
    -- side cannot wait for each other in a circle; and the count is a statement of its own, so that
    -- it starts from what the locks have waited for.
    PERFORM FROM tasks WHERE id = ANY (_successor_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE tasks AS task
    SET open_blockers = task.open_blockers + change.amount,
        moves = task.moves + 1,
        updated_at = clock_timestamp()
    FROM (
        SELECT
            edge.task_id,
            sum(
                is_open_blocker(_to, edge.policy)::integer
                - is_open_blocker(_from, edge.policy)::integer
            )::integer AS amount
        FROM task_dependencies AS edge
        WHERE edge.depends_on_id = ANY (_task_ids) AND edge.kind = 'blocks'
        GROUP BY edge.task_id
    ) AS change
    WHERE task.id = change.task_id AND change.amount <> 0;
    IF _to IN ('failed', 'cancelled') THEN
        UPDATE tasks AS task
        SET status = 'cancelled', status_reason = format('%s is %s', blocker.ref, _to)
        FROM task_dependencies AS edge
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        WHERE edge.depends_on_id = ANY (_task_ids)
            AND edge.kind = 'blocks'
            AND edge.policy = 'cancel'
            AND task.id = edge.task_id
            AND task.status IN ('pending', 'blocked', 'deferred');
    END IF;
END
$$;

COMMENT ON FUNCTION settle_successors(uuid[], task_status, task_status) IS
    'Counts the open blockers of those that wait for tasks which went from one status to another, and applies each edge''s policy. The caller holds the graph lock.';

CREATE FUNCTION tasks_status_follows_transitions(_ref text, _from task_status, _to task_status)
RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A move that is listed or struck off meanwhile may be judged either way: no lock is needed.
    IF NOT EXISTS (
        SELECT FROM task_status_transitions WHERE from_status = _from AND to_status = _to
    ) THEN
        PERFORM refuse(
            'tasks', 'tasks_status_follows_transitions',
            format('task %s cannot go from %s to %s', _ref, _from, _to),
            (
                SELECT format(
                    'From %s a task can go to %s.',
                    _from, string_agg(to_status::text, ', ' ORDER BY to_status)
                )
                FROM task_status_transitions
                WHERE from_status = _from
            ),
            'Go by one of the statuses listed, or add the move to task_status_transitions.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION tasks_status_follows_transitions(text, task_status, task_status) IS
    'A task moves only along the rows of task_status_transitions.';

CREATE FUNCTION tasks_reopened_with_a_reason(
    _ref text, _from task_status, _to task_status, _reason text
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF is_closed(_from) AND NOT is_closed(_to) AND _reason IS NULL THEN
        PERFORM refuse(
            'tasks', 'tasks_reopened_with_a_reason',
            format('task %s is %s and would be reopened without a reason', _ref, _from),
            NULL,
            'Set status_reason in the same update.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION tasks_reopened_with_a_reason(text, task_status, task_status, text) IS
    'A closed task is reopened with a reason.';

CREATE FUNCTION tasks_follow_status() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NULL;
    END IF;
    PERFORM tasks_status_follows_transitions(NEW.ref, OLD.status, NEW.status);
    PERFORM tasks_reopened_with_a_reason(NEW.ref, OLD.status, NEW.status, NEW.status_reason);
    IF OLD.status = 'in_progress' THEN
        UPDATE task_executions
        SET status = 'cancelled',
            completed_at = clock_timestamp(),
            error_details = jsonb_build_object('reason', format('the task became %s', NEW.status))
        WHERE task_id = NEW.id AND status = 'running';
    END IF;
    IF is_closed(OLD.status) OR is_closed(NEW.status) THEN
        -- Only a completion touches nothing but its direct successors, so only it may share the
        -- graph.
        IF NEW.status = 'completed' THEN
            PERFORM share_task_graph(NEW.project_id);
        ELSE
            PERFORM lock_task_graph(NEW.project_id);
        END IF;
        PERFORM settle_successors(ARRAY[NEW.id], OLD.status, NEW.status);
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_follow_status() IS
    'Trigger function: checks a move, takes the running attempt away from a task that leaves in_progress, and settles those that wait for a task that ends or is reopened.';

CREATE TRIGGER tasks_follow_status
    AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (OLD.moves = NEW.moves)
    EXECUTE FUNCTION tasks_follow_status();

COMMENT ON TRIGGER tasks_follow_status ON tasks IS
    'A task that is not in progress has no running attempt, and a task that ends frees, or by policy cancels, those that wait for it.';

CREATE FUNCTION tasks_in_conflict_never_both_in_progress() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _other text;
BEGIN
    IF (OLD.status = 'in_progress') = (NEW.status = 'in_progress') THEN
        RETURN NULL;
    END IF;
    IF OLD.status = 'in_progress' THEN
        UPDATE task_dependencies SET holder_id = NULL WHERE holder_id = NEW.id;
        RETURN NULL;
    END IF;
    -- Each conflict has one holder. Two tasks that start at once meet at the row of their edge: the
    -- second waits for the first and finds it there, or, at the stricter isolation levels, gets a
    -- serialization failure.
    PERFORM FROM task_conflicts AS conflict
    JOIN task_dependencies AS edge
        ON edge.task_id IN (conflict.task_id, conflict.rival_id)
        AND edge.depends_on_id IN (conflict.task_id, conflict.rival_id)
        AND edge.kind = 'conflicts'
    WHERE conflict.task_id = NEW.id
    ORDER BY edge.task_id, edge.depends_on_id
    FOR NO KEY UPDATE OF edge;
    SELECT task.ref INTO _other
    FROM task_conflicts AS conflict
    JOIN tasks AS task ON task.id = conflict.holder_id
    WHERE conflict.task_id = NEW.id AND conflict.holder_id <> NEW.id
    ORDER BY task.ref
    LIMIT 1;
    IF FOUND THEN
        PERFORM refuse(
            'tasks', 'tasks_in_conflict_never_both_in_progress',
            format('task %s cannot start while %s is in progress', NEW.ref, _other),
            NULL,
            'Wait until the other task is finished, or remove the conflict.'
        );
    END IF;
    UPDATE task_dependencies SET holder_id = NEW.id
    WHERE task_id = NEW.id AND kind = 'conflicts';
    UPDATE task_dependencies SET holder_id = NEW.id
    WHERE depends_on_id = NEW.id AND kind = 'conflicts';
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_in_conflict_never_both_in_progress() IS
    'Trigger function: lets one of two conflicting tasks hold their edge while it is in progress, and refuses the other.';

CREATE TRIGGER tasks_in_conflict_never_both_in_progress
    AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (NEW.conflicts > 0)
    EXECUTE FUNCTION tasks_in_conflict_never_both_in_progress();

COMMENT ON TRIGGER tasks_in_conflict_never_both_in_progress ON tasks IS
    'Of two tasks that conflict, at most one is in progress.';
