-- Taking work. A claim is one call: it takes the best ready tasks that nobody else is taking,
-- starts an attempt at each, and answers with both.
--
-- The planner settings make the plan a matter of this file, not of statistics that lag behind a
-- queue: planned once a session, by index, whatever the tables held when they were last analysed.

CREATE FUNCTION claim_tasks(
    _agent_id         uuid,
    _project_id       uuid         DEFAULT NULL,
    _limit            integer      DEFAULT 1,
    _lease            interval     DEFAULT '5 minutes',
    _agent_instance   text         DEFAULT NULL,
    _claim_key        text         DEFAULT NULL,
    _after_priority   integer      DEFAULT NULL,
    _after_created_at timestamptz  DEFAULT NULL,
    _after_task_id    uuid         DEFAULT NULL
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
    _next_project_id uuid;
    _claimed_ids bigint[];
    _task_ids uuid[];
    _count integer;
    _is_first boolean := true;
BEGIN
    IF _claim_key IS NOT NULL THEN
        -- Two calls with one key follow one another; the second finds what the first has claimed.
        -- At the stricter isolation levels it may not see that yet: then the unique index refuses
        -- it.
        PERFORM pg_advisory_xact_lock(hashtextextended(_claim_key, 1));
        IF NOT EXISTS (SELECT FROM task_executions WHERE claim_key = _claim_key) THEN
            _claimed_ids := ARRAY(
                SELECT execution_id FROM claim_tasks(
                    _agent_id, _project_id, _limit, _lease, _agent_instance, NULL,
                    _after_priority, _after_created_at, _after_task_id
                )
            );
            UPDATE task_executions
            SET claim_key = _claim_key, claim_position = array_position(_claimed_ids, id)
            WHERE id = ANY (_claimed_ids);
        END IF;
        RETURN QUERY
        SELECT attempt.*
        FROM task_executions AS execution
        JOIN task_attempts AS attempt ON attempt.execution_id = execution.id
        WHERE execution.claim_key = _claim_key
        ORDER BY execution.claim_position;
        RETURN;
    END IF;

    IF _project_id IS NULL THEN
        -- Across projects: the one whose best task comes first, then the next one.
        FOR _next_project_id IN
            SELECT project.id
            FROM projects AS project
            CROSS JOIN LATERAL (
                SELECT task.claim_rank, task.created_at, task.id
                FROM claimable_tasks AS task
                WHERE task.project_id = project.id
                ORDER BY task.claim_rank, task.created_at, task.id
                LIMIT 1
            ) AS best
            WHERE project.status = 'active' AND project.paused_at IS NULL
            ORDER BY best.claim_rank, best.created_at, best.id
        LOOP
            -- Whoever holds the limits of one project, reached or not, waits for no others: two who
            -- go through their projects in different orders would wait for each other.
            CONTINUE WHEN NOT _is_first AND (
                SELECT count(*) FROM claim_limits WHERE project_id = _next_project_id
            ) > (
                SELECT count(*) FROM (
                    SELECT FROM claim_limits WHERE project_id = _next_project_id
                    FOR NO KEY UPDATE SKIP LOCKED
                ) AS free
            );
            RETURN QUERY
            SELECT * FROM claim_tasks(_agent_id, _next_project_id, _limit, _lease, _agent_instance);
            GET DIAGNOSTICS _count = ROW_COUNT;
            _is_first := false;
            _limit := _limit - _count;
            EXIT WHEN _limit <= 0;
        END LOOP;
        RETURN;
    END IF;

    -- A task that is in conflict with others comes out as null here, and so does every one under a
    -- limit; that sends us the longer way.
    _task_ids := ARRAY(
        SELECT CASE
            WHEN task.conflicts = 0 AND NOT EXISTS (
                SELECT FROM claim_limits AS claim_limit
                WHERE (claim_limit.project_id = _project_id OR claim_limit.project_id IS NULL)
                    AND (claim_limit.agent_id = _agent_id OR claim_limit.agent_id IS NULL)
            )
            THEN task.id
        END
        FROM claimable_tasks AS task
        WHERE task.project_id = _project_id
            AND (task.capabilities IS NULL OR task.capabilities <@ (
                SELECT ARRAY(SELECT jsonb_array_elements_text(agent.capabilities))
                FROM agents AS agent
                WHERE agent.id = _agent_id
            ))
            AND (task.claim_rank, task.created_at, task.id) >= (
                coalesce(-_after_priority, -32768),
                coalesce(_after_created_at, '-infinity'),
                coalesce(_after_task_id, '00000000-0000-0000-0000-000000000000')
            )
            AND EXISTS (
                SELECT FROM projects AS project
                WHERE project.id = _project_id
                    AND project.status = 'active'
                    AND project.paused_at IS NULL
            )
            AND NOT EXISTS (
                SELECT FROM agents AS agent WHERE agent.id = _agent_id AND NOT agent.is_active
            )
        ORDER BY task.claim_rank, task.created_at, task.id
        LIMIT _limit
        FOR NO KEY UPDATE OF task SKIP LOCKED
    );
    IF array_position(_task_ids, NULL) IS NOT NULL THEN
        _limit := least(_limit, lock_claim_limits(_project_id, _agent_id));
        _task_ids := ARRAY(
            SELECT task.id
            FROM claimable_tasks AS task
            WHERE task.project_id = _project_id
                AND (task.capabilities IS NULL OR task.capabilities <@ (
                    SELECT ARRAY(SELECT jsonb_array_elements_text(agent.capabilities))
                    FROM agents AS agent
                    WHERE agent.id = _agent_id
                ))
                AND (task.claim_rank, task.created_at, task.id) >= (
                    coalesce(-_after_priority, -32768),
                    coalesce(_after_created_at, '-infinity'),
                    coalesce(_after_task_id, '00000000-0000-0000-0000-000000000000')
                )
                -- A task in conflict is taken together with the edges of its conflicts, which must
                -- all be free. Whoever comes second skips it, and never waits. Of those that one
                -- claim could take together, the first in claim order is taken.
                AND (task.conflicts = 0 OR (
                    task.conflicts = (
                        SELECT count(*)
                        FROM (
                            SELECT FROM task_dependencies AS edge
                            WHERE edge.task_id = task.id
                                AND edge.kind = 'conflicts'
                                AND edge.holder_id IS NULL
                            FOR NO KEY UPDATE SKIP LOCKED
                        ) AS free
                    ) + (
                        SELECT count(*)
                        FROM (
                            SELECT FROM task_dependencies AS edge
                            WHERE edge.depends_on_id = task.id
                                AND edge.kind = 'conflicts'
                                AND edge.holder_id IS NULL
                            FOR NO KEY UPDATE SKIP LOCKED
                        ) AS free
                    )
                    AND (_limit = 1 OR NOT EXISTS (
                        SELECT FROM task_conflicts AS conflict
                        JOIN ready_tasks AS other ON other.id = conflict.rival_id
                        WHERE conflict.task_id = task.id
                            AND (other.capabilities IS NULL OR other.capabilities <@ (
                                SELECT ARRAY(SELECT jsonb_array_elements_text(agent.capabilities))
                                FROM agents AS agent
                                WHERE agent.id = _agent_id
                            ))
                            AND (other.claim_rank, other.created_at, other.id)
                                < (task.claim_rank, task.created_at, task.id)
                    ))
                ))
            ORDER BY task.claim_rank, task.created_at, task.id
            LIMIT _limit
            FOR NO KEY UPDATE OF task SKIP LOCKED
        );
    END IF;
    IF cardinality(_task_ids) = 0 THEN
        RETURN;
    END IF;

    -- The trigger that records changes leaves this one to us.
    RETURN QUERY
    WITH claimed AS (
        UPDATE tasks AS task
        SET status = 'in_progress',
            status_reason = NULL,
            attempts = task.attempts + 1,
            not_before = NULL,
            started_at = coalesce(task.started_at, clock_timestamp()),
            updated_at = clock_timestamp(),
            moves = task.moves + 1
        FROM tasks AS before
        WHERE task.id = ANY (_task_ids) AND before.id = task.id
        RETURNING
            nextval('task_executions_id_seq') AS execution_id,
            clock_timestamp() AS claimed_at,
            task.id, task.attempts, task.project_id, task.ref, task.title, task.type, task.priority,
            task.created_at, task.status, task.started_at,
            before.started_at IS NULL AS is_first,
            before.status_reason::text AS old_reason,
            before.not_before AS old_not_before
    ), recorded AS (
        INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
        SELECT
            'tasks', claimed.id, 'update',
            jsonb_build_object('status', 'pending')
                || CASE WHEN claimed.is_first THEN '{"started_at": null}' ELSE '{}' END::jsonb
                || jsonb_strip_nulls(jsonb_build_object(
                    'status_reason', claimed.old_reason, 'not_before', claimed.old_not_before
                )),
            jsonb_build_object('status', claimed.status)
                || CASE
                    WHEN claimed.is_first THEN jsonb_build_object('started_at', claimed.started_at)
                    ELSE '{}'
                END
                || CASE
                    WHEN claimed.old_reason IS NULL THEN '{}' ELSE '{"status_reason": null}'
                END::jsonb
                || CASE
                    WHEN claimed.old_not_before IS NULL THEN '{}' ELSE '{"not_before": null}'
                END::jsonb
        FROM claimed
    ), started AS (
        INSERT INTO task_executions (
            id, task_id, agent_id, attempt, started_at, lease_expires_at, agent_instance
        )
        OVERRIDING SYSTEM VALUE
        SELECT
            claimed.execution_id, claimed.id, _agent_id, claimed.attempts, claimed.claimed_at,
            claimed.claimed_at + _lease, _agent_instance
        FROM claimed
    )
    SELECT
        claimed.execution_id, claimed.attempts, 'running'::task_execution_status, _agent_id,
        claimed.claimed_at, claimed.claimed_at + _lease, claimed.id, claimed.project_id,
        claimed.ref::text, claimed.title::text, claimed.type::text, claimed.priority::smallint,
        claimed.created_at, claimed.status
    FROM claimed
    ORDER BY -claimed.priority, claimed.created_at, claimed.id;
END
$$;

COMMENT ON FUNCTION claim_tasks(
    uuid, uuid, integer, interval, text, text, integer, timestamptz, uuid
) IS
    'Claims up to a number of ready tasks of one project, or across all, for an agent. Answers with the attempts started, best first; with nothing when nothing is ready.';
