-- Ending attempts. Each function names the attempts, changes only those that still run, and answers
-- with these; so a late or repeated call changes nothing and gets nothing.
--
-- All take their locks in one order: graph, tasks in the order of their ids, attempts. The planner
-- settings are those of claim_tasks, for the same reason.

CREATE FUNCTION complete_executions(
    _execution_ids  bigint[],
    _output_results jsonb[]  DEFAULT NULL
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _task_ids uuid[];
    _successor_ids uuid[];
BEGIN
    _task_ids := ARRAY(
        SELECT execution.task_id FROM task_executions AS execution
        WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
    );
    IF cardinality(_task_ids) = 0 THEN
        RETURN;
    END IF;
    PERFORM share_task_graph(graph.project_id)
    FROM (
        SELECT DISTINCT project_id FROM tasks WHERE id = ANY (_task_ids) ORDER BY project_id
    ) AS graph;
    -- A statement of its own, so that it sees every edge that the lock has waited for.
    _successor_ids := ARRAY(
        SELECT edge.task_id FROM task_dependencies AS edge
        WHERE edge.depends_on_id = ANY (_task_ids) AND edge.kind = 'blocks'
    );
    PERFORM FROM tasks
    WHERE id = ANY (_task_ids || _successor_ids)
    ORDER BY id
    FOR NO KEY UPDATE;
    IF cardinality(_successor_ids) > 0 THEN
        -- Whoever held those locks before may have ended some of the attempts.
        _task_ids := ARRAY(
            SELECT execution.task_id FROM task_executions AS execution
            WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
        );
    END IF;

    -- The fence: the task is in progress, and by this attempt. It is asked of the row of the task,
    -- which is locked. The trigger that records changes leaves this one to us.
    RETURN QUERY
    WITH completed AS (
        UPDATE tasks AS task
        SET status = 'completed',
            status_reason = NULL,
            completed_at = clock_timestamp(),
            updated_at = clock_timestamp(),
            moves = task.moves + 1
        FROM task_executions AS execution
        JOIN tasks AS before ON before.id = execution.task_id
        WHERE execution.id = ANY (_execution_ids)
            AND execution.completed_at IS NULL
            AND task.id = execution.task_id
            AND task.status = 'in_progress'
            AND task.attempts = execution.attempt
        RETURNING execution.id AS execution_id, task.id, task.project_id, task.ref, task.title,
            task.type, task.priority, task.created_at, task.status, task.completed_at,
            before.status_reason::text AS old_reason
    ), recorded AS (
        INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
        SELECT
            'tasks', completed.id, 'update',
            '{"status": "in_progress", "completed_at": null}'::jsonb
                || jsonb_strip_nulls(jsonb_build_object('status_reason', completed.old_reason)),
            jsonb_build_object('status', completed.status, 'completed_at', completed.completed_at)
                || CASE
                    WHEN completed.old_reason IS NULL THEN '{}' ELSE '{"status_reason": null}'
                END::jsonb
        FROM completed
    )
    UPDATE task_executions AS execution
    SET status = 'completed',
        completed_at = clock_timestamp(),
        output_results = _output_results[array_position(_execution_ids, execution.id)]
    FROM completed
    WHERE execution.id = completed.execution_id
    RETURNING
        execution.id, execution.attempt, execution.status, execution.agent_id,
        execution.started_at, execution.lease_expires_at, completed.id, completed.project_id,
        completed.ref::text, completed.title::text, completed.type::text,
        completed.priority::smallint, completed.created_at, completed.status;

    IF cardinality(_successor_ids) > 0 THEN
        PERFORM settle_successors(_task_ids, 'in_progress', 'completed');
    END IF;
END
$$;

COMMENT ON FUNCTION complete_executions(bigint[], jsonb[]) IS
    'Completes the tasks of running attempts and frees those that wait for them. Results are objects in the order of the attempts.';

CREATE FUNCTION retry_delay(_failed_attempts integer, _base interval) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN least(_base * power(2, least(_failed_attempts, 30) - 1), greatest(_base, '1 hour'));

COMMENT ON FUNCTION retry_delay(integer, interval) IS
    'How long a task waits after so many failed attempts: doubled each time, at most an hour, or the first delay where that is longer.';

-- What fail, release and reap have in common. A task that has failed max_attempts times is failed;
-- every other one goes back to the queue.
CREATE FUNCTION end_executions(
    _execution_ids bigint[],
    _status        task_execution_status,
    _error_details jsonb[],
    _retry_delay   interval,
    _only_expired  boolean
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _project_id uuid;
    _is_last boolean;
    _locked_project_ids uuid[] := '{}';
    _task_ids uuid[];
    _failed_ids uuid[];
BEGIN
    -- A task that fails for good may cancel whatever waits for it, so its graph is locked. Every
    -- other one shares the graph, so that nobody removes a conflict that it holds while it lets go
    -- of it.
    FOR _project_id, _is_last IN
        SELECT
            task.project_id,
            bool_or(_status <> 'cancelled' AND task.failed_attempts + 1 >= task.max_attempts)
        FROM task_executions AS execution
        JOIN tasks AS task ON task.id = execution.task_id
        WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
        GROUP BY task.project_id
        ORDER BY task.project_id
    LOOP
        IF _is_last THEN
            PERFORM lock_task_graph(_project_id);
            _locked_project_ids := _locked_project_ids || _project_id;
        ELSE
            PERFORM share_task_graph(_project_id);
        END IF;
    END LOOP;

    IF _only_expired THEN
        -- Nobody waits for a task or an attempt that somebody is busy with: the next reaping
        -- finds it.
        _task_ids := ARRAY(
            SELECT task.id
            FROM tasks AS task
            JOIN task_executions AS execution ON execution.task_id = task.id
            WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
            ORDER BY task.id
            FOR NO KEY UPDATE SKIP LOCKED
        );
    ELSE
        PERFORM FROM tasks
        WHERE id = ANY (ARRAY(
            SELECT task_id FROM task_executions WHERE id = ANY (_execution_ids)
        ))
        ORDER BY id
        FOR NO KEY UPDATE;
        -- Read after the locks: whoever held them before may have ended some of the attempts.
        _task_ids := ARRAY(
            SELECT task_id FROM task_executions
            WHERE id = ANY (_execution_ids) AND completed_at IS NULL
        );
    END IF;
    _failed_ids := ARRAY(
        SELECT task.id FROM tasks AS task
        WHERE task.id = ANY (_task_ids)
            AND task.project_id = ANY (_locked_project_ids)
            AND _status <> 'cancelled'
            AND task.failed_attempts + 1 >= task.max_attempts
    );

    RETURN QUERY
    WITH ended AS (
        UPDATE task_executions AS execution
        SET status = _status,
            completed_at = clock_timestamp(),
            error_details = _error_details[array_position(_execution_ids, execution.id)]
        WHERE execution.id = ANY (_execution_ids)
            AND execution.task_id = ANY (_task_ids)
            AND execution.completed_at IS NULL
            AND (NOT _only_expired OR execution.lease_expires_at <= clock_timestamp())
        RETURNING execution.id, execution.attempt, execution.status, execution.agent_id,
            execution.started_at, execution.lease_expires_at, execution.task_id
    )
    UPDATE tasks AS task
    SET status = CASE
            WHEN task.id = ANY (_failed_ids) THEN 'failed' ELSE 'pending'
        END::task_status,
        status_reason = CASE
            WHEN task.id = ANY (_failed_ids)
            THEN format('attempt %s: %s', ended.attempt, ended.status)
        END,
        failed_attempts = task.failed_attempts + (_status <> 'cancelled')::integer,
        not_before = CASE
            WHEN _status <> 'cancelled' AND task.id <> ALL (_failed_ids)
            THEN clock_timestamp() + retry_delay(task.failed_attempts + 1, _retry_delay)
        END,
        updated_at = clock_timestamp(),
        moves = task.moves + 1
    FROM ended
    WHERE task.id = ended.task_id
    RETURNING
        ended.id, ended.attempt, ended.status, ended.agent_id, ended.started_at,
        ended.lease_expires_at, task.id, task.project_id, task.ref::text, task.title::text,
        task.type::text, task.priority::smallint, task.created_at, task.status;

    -- A lease that was prolonged meanwhile has not ended after all.
    _failed_ids := ARRAY(
        SELECT task.id FROM tasks AS task
        WHERE task.id = ANY (_failed_ids) AND task.status = 'failed'
    );
    IF cardinality(_failed_ids) > 0 THEN
        PERFORM settle_successors(_failed_ids, 'in_progress', 'failed');
    END IF;
END
$$;

COMMENT ON FUNCTION end_executions(bigint[], task_execution_status, jsonb[], interval, boolean) IS
    'Ends running attempts as failed, timeout or cancelled: what fail, reap and release have in common.';

CREATE FUNCTION fail_executions(
    _execution_ids bigint[],
    _error_details jsonb[]   DEFAULT NULL,
    _retry_delay   interval  DEFAULT '10 seconds'
) RETURNS SETOF task_attempts
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    RETURN end_executions(_execution_ids, 'failed', _error_details, _retry_delay, false);

COMMENT ON FUNCTION fail_executions(bigint[], jsonb[], interval) IS
    'Ends running attempts as failed. Each task is tried again later, or is failed when its attempts are used up.';

CREATE FUNCTION release_executions(_execution_ids bigint[]) RETURNS SETOF task_attempts
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    RETURN end_executions(_execution_ids, 'cancelled', NULL, NULL, false);

COMMENT ON FUNCTION release_executions(bigint[]) IS
    'Gives running attempts back. Each task is ready again at once, and no failure is counted.';

CREATE FUNCTION reap_expired_executions(
    _limit       integer   DEFAULT 100,
    _retry_delay interval  DEFAULT '10 seconds'
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _execution_ids bigint[];
BEGIN
    -- One at a time is enough; a second reaper would only wait for the first.
    IF NOT pg_try_advisory_xact_lock(hashtextextended(current_schema(), 2)) THEN
        RETURN;
    END IF;
    _execution_ids := ARRAY(
        SELECT id FROM task_executions
        WHERE status = 'running' AND lease_expires_at <= clock_timestamp()
        ORDER BY lease_expires_at, id
        LIMIT _limit
    );
    IF cardinality(_execution_ids) > 0 THEN
        RETURN QUERY SELECT * FROM end_executions(
            _execution_ids, 'timeout', NULL, _retry_delay, true
        );
    END IF;
END
$$;

COMMENT ON FUNCTION reap_expired_executions(integer, interval) IS
    'Ends attempts whose lease has run out. Anybody may run it, at any time, any number of times.';
