-- What is old goes: whole months where a table has them, closed tasks that nobody needs, and
-- attempts, errors, deliveries, messages, alerts and baselines that are over. A dry run says what
-- would go, and changes nothing.

CREATE FUNCTION list_expired_tasks(_before timestamptz, _among uuid[] DEFAULT NULL)
RETURNS TABLE (task_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE expired AS (
        SELECT task.id, task.parent_id
        FROM tasks AS task
        WHERE is_closed(task.status)
            AND coalesce(task.completed_at, task.updated_at) < _before
            AND (_among IS NULL OR task.id = ANY (_among))
            AND NOT is_held(task.project_id)
            AND NOT EXISTS (
                SELECT FROM workflow_tasks AS membership
                JOIN workflows AS workflow ON workflow.id = membership.workflow_id
                WHERE membership.task_id = task.id
                    AND workflow.deleted_at IS NULL
                    AND workflow.status NOT IN ('completed', 'failed', 'cancelled')
            )
            AND NOT EXISTS (
                SELECT FROM pull_requests AS request
                WHERE request.task_id = task.id
                    AND request.deleted_at IS NULL
                    AND request.status NOT IN ('merged', 'closed')
            )
    ), kept AS (
        -- What stays keeps what it waits for and what it is under, and these keep theirs.
        SELECT edge.depends_on_id AS id
        FROM task_dependencies AS edge
        WHERE edge.depends_on_id IN (SELECT id FROM expired)
            AND edge.task_id NOT IN (SELECT id FROM expired)
        UNION
        SELECT child.parent_id
        FROM tasks AS child
        WHERE child.parent_id IN (SELECT id FROM expired)
            AND child.id NOT IN (SELECT id FROM expired)
        UNION
        SELECT needed.id
        FROM kept
        CROSS JOIN LATERAL (
            SELECT edge.depends_on_id AS id FROM task_dependencies AS edge
            WHERE edge.task_id = kept.id
            UNION ALL
            SELECT task.parent_id FROM tasks AS task WHERE task.id = kept.id
        ) AS needed
        WHERE needed.id IN (SELECT id FROM expired)
    )
    SELECT id FROM expired
    WHERE id NOT IN (SELECT id FROM kept)
$$;

COMMENT ON FUNCTION list_expired_tasks(timestamptz, uuid[]) IS
    'Tasks, of all or among some, that were closed before a moment, and that nothing needs which stays: no task that depends on them, no subtask, no workflow under way, no open pull request, no legal hold.';

CREATE FUNCTION remove_expired_tasks(_before timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _project_ids uuid[];
    _task_ids uuid[];
    _count bigint;
BEGIN
    _project_ids := ARRAY(
        SELECT DISTINCT task.project_id
        FROM list_expired_tasks(_before) AS expired
        JOIN tasks AS task ON task.id = expired.task_id
        ORDER BY task.project_id
    );
    -- Their graphs stand still, so nobody comes to depend on what goes.
    PERFORM lock_task_graph(graph.project_id) FROM unnest(_project_ids) AS graph (project_id);
    -- Whoever reopens a task, or puts it into a workflow or a pull request, holds its row: it
    -- stays, with all that it needs, until the next time. Nobody comes to hold what is locked here.
    _task_ids := ARRAY(
        SELECT task.id
        FROM tasks AS task
        WHERE task.id IN (SELECT task_id FROM list_expired_tasks(_before))
            AND task.project_id = ANY (_project_ids)
        FOR UPDATE SKIP LOCKED
    );
    DELETE FROM tasks WHERE id IN (SELECT task_id FROM list_expired_tasks(_before, _task_ids));
    GET DIAGNOSTICS _count = ROW_COUNT;
    RETURN _count;
END
$$;

COMMENT ON FUNCTION remove_expired_tasks(timestamptz) IS
    'Deletes what list_expired_tasks lists, unless somebody is busy with it, with its documents, attempts and edges. Their number.';

CREATE FUNCTION list_expired_executions(_before timestamptz, _is_done boolean)
RETURNS TABLE (execution_id bigint, task_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT execution.id, execution.task_id
    FROM task_executions AS execution
    JOIN tasks AS task ON task.id = execution.task_id
    WHERE execution.completed_at < _before
        AND (execution.status = 'completed') = _is_done
        AND is_closed(task.status)
        AND NOT is_held(task.project_id)
$$;

COMMENT ON FUNCTION list_expired_executions(timestamptz, boolean) IS
    'Attempts that ended before a moment, completed or otherwise, of tasks that are closed and not under a legal hold.';

CREATE FUNCTION remove_expired_executions(_before timestamptz, _is_done boolean) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _task_ids uuid[];
    _execution_ids bigint[];
BEGIN
    -- The tasks are locked before their attempts, as everywhere. What somebody is busy with stays
    -- until the next time: he may be reopening it.
    _task_ids := ARRAY(
        SELECT task.id
        FROM tasks AS task
        WHERE task.id IN (SELECT task_id FROM list_expired_executions(_before, _is_done))
        FOR NO KEY UPDATE SKIP LOCKED
    );
    _execution_ids := ARRAY(
        SELECT execution_id FROM list_expired_executions(_before, _is_done)
        WHERE task_id = ANY (_task_ids)
    );
    -- The hours that a task took outlive its attempts.
    UPDATE tasks AS task
    SET actual_hours = worked.hours
    FROM (
        SELECT
            execution.task_id,
            sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600 AS hours
        FROM task_executions AS execution
        WHERE execution.task_id IN (
            SELECT task_id FROM task_executions WHERE id = ANY (_execution_ids)
        )
        GROUP BY execution.task_id
    ) AS worked
    WHERE task.id = worked.task_id AND task.actual_hours IS NULL;
    DELETE FROM task_executions WHERE id = ANY (_execution_ids);
    RETURN cardinality(_execution_ids);
END
$$;

COMMENT ON FUNCTION remove_expired_executions(timestamptz, boolean) IS
    'Deletes what list_expired_executions lists, after noting in tasks.actual_hours what they add up to. Their number.';

CREATE FUNCTION list_expired_alerts(_before timestamptz) RETURNS TABLE (alert_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT alert.id
    FROM alerts AS alert
    WHERE alert.resolved_at < _before
        -- The next evaluation would raise it again if it read those samples and found no alert.
        AND EXISTS (
            SELECT FROM alert_rules AS rule
            WHERE rule.id = alert.rule_id
                AND alert.sampled_at <= alert_samples_after(rule, clock_timestamp())
        )
$$;

COMMENT ON FUNCTION list_expired_alerts(timestamptz) IS
    'Alerts that were resolved before a moment, and whose samples no evaluation will read again.';

CREATE FUNCTION list_expired_baselines(_before timestamptz) RETURNS TABLE (baseline_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT usual.id
    FROM baselines AS usual
    WHERE usual.ends_at < _before
        AND EXISTS (
            SELECT FROM baselines AS later
            WHERE later.component = usual.component
                AND later.metric = usual.metric
                AND later.labels = usual.labels
                AND later.ends_at > usual.ends_at
        )
$$;

COMMENT ON FUNCTION list_expired_baselines(timestamptz) IS
    'Baselines that ended before a moment, but for the last one of each metric: by it values are still judged.';

CREATE FUNCTION drop_history(_table text, _before timestamptz) RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _dropped text[];
BEGIN
    -- What was sealed can be proven to have been there after it is gone.
    IF _table = 'audit_log' THEN
        PERFORM seal_audit_log();
    END IF;
    _dropped := ARRAY(SELECT drop_month_partitions(_table, _before));
    IF _table = 'audit_log' THEN
        PERFORM mark_dropped_seals(listed.month)
        FROM (
            SELECT DISTINCT month FROM audit_seals
            WHERE rows_dropped_at IS NULL
                AND month + interval '1 month' <= _before AT TIME ZONE 'UTC'
        ) AS listed;
    END IF;
    RETURN _dropped;
END
$$;

COMMENT ON FUNCTION drop_history(text, timestamptz) IS
    'Drops the months of a table that ended before a moment; those of audit_log after sealing them. Their names.';

CREATE FUNCTION retention_policies_applied_at_read_committed(_isolation text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF _isolation <> 'read committed' THEN
        PERFORM refuse(
            'retention_policies', 'retention_policies_applied_at_read_committed',
            format('nothing is removed at %s', _isolation),
            'A transaction with one snapshot does not see the legal hold for which it has waited.',
            'Apply retention in a transaction at READ COMMITTED.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION retention_policies_applied_at_read_committed(text) IS
    'What is removed is looked at after the locks are taken.';

CREATE FUNCTION apply_retention(
    _is_dry_run boolean          DEFAULT true,
    _data_class retention_class  DEFAULT NULL,
    _keep_days  integer          DEFAULT NULL
) RETURNS TABLE (
    data_class retention_class, cutoff timestamptz, row_count bigint, partitions text[], note text
)
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _policy record;
    _is_done boolean;
    _gone_ids uuid[] := '{}';
BEGIN
    IF _keep_days NOT BETWEEN 1 AND 36500 THEN
        PERFORM refuse(
            'retention_policies', 'retention_policies_keep_days_in_range',
            format('data would be kept for %s days', _keep_days),
            NULL,
            'Keep them for 1 to 36500 days.'
        );
    END IF;
    IF NOT _is_dry_run THEN
        PERFORM retention_policies_applied_at_read_committed(
            current_setting('transaction_isolation')
        );
        -- One at a time: a second one would only wait for the first, and find nothing left.
        PERFORM pg_advisory_xact_lock(hashtextextended(current_schema(), 4));
        -- Whoever orders a hold waits until this has ended, or is waited for and obeyed.
        LOCK TABLE legal_holds IN SHARE MODE;
    END IF;
    FOR _policy IN
        SELECT
            policy.data_class AS class,
            clock_timestamp()
                - make_interval(days => coalesce(_keep_days, policy.keep_days)) AS before
        FROM retention_policies AS policy
        WHERE policy.is_active AND (_data_class IS NULL OR policy.data_class = _data_class)
        ORDER BY policy.data_class
    LOOP
        data_class := _policy.class;
        cutoff := _policy.before;
        row_count := 0;
        partitions := '{}';
        note := NULL;
        CASE
            WHEN _policy.class = 'tasks' THEN
                IF _is_dry_run THEN
                    _gone_ids := ARRAY(SELECT task_id FROM list_expired_tasks(cutoff));
                    row_count := cardinality(_gone_ids);
                ELSE
                    row_count := remove_expired_tasks(cutoff);
                END IF;
            WHEN _policy.class IN ('completed_executions', 'failed_executions') THEN
                _is_done := _policy.class = 'completed_executions';
                IF _is_dry_run THEN
                    -- Those of the tasks that would go are gone by then.
                    row_count := (
                        SELECT count(*) FROM list_expired_executions(cutoff, _is_done)
                        WHERE task_id <> ALL (_gone_ids)
                    );
                ELSE
                    row_count := remove_expired_executions(cutoff, _is_done);
                END IF;
            WHEN is_held(NULL) OR EXISTS (SELECT FROM legal_holds WHERE released_at IS NULL) THEN
                note := 'kept: a legal hold is in force';
            WHEN _policy.class = 'error_logs' THEN
                IF _is_dry_run THEN
                    row_count := (
                        SELECT count(*) FROM error_logs
                        WHERE status IN ('resolved', 'ignored') AND last_seen_at < cutoff
                    );
                ELSE
                    DELETE FROM error_logs
                    WHERE status IN ('resolved', 'ignored') AND last_seen_at < cutoff;
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'webhook_deliveries' THEN
                IF _is_dry_run THEN
                    row_count := (
                        SELECT count(*) FROM webhook_deliveries WHERE last_received_at < cutoff
                    );
                ELSE
                    DELETE FROM webhook_deliveries WHERE last_received_at < cutoff;
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'component_messages' THEN
                IF _is_dry_run THEN
                    row_count := (
                        SELECT count(*) FROM component_messages
                        WHERE completed_at < cutoff
                    );
                ELSE
                    DELETE FROM component_messages
                    WHERE completed_at < cutoff;
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'alerts' THEN
                IF _is_dry_run THEN
                    row_count := (SELECT count(*) FROM list_expired_alerts(cutoff));
                ELSE
                    DELETE FROM alerts
                    WHERE id IN (SELECT alert_id FROM list_expired_alerts(cutoff));
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'baselines' THEN
                IF _is_dry_run THEN
                    row_count := (SELECT count(*) FROM list_expired_baselines(cutoff));
                ELSE
                    DELETE FROM baselines
                    WHERE id IN (SELECT baseline_id FROM list_expired_baselines(cutoff));
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            ELSE
                -- Every other class is a table of that name, partitioned by month.
                SELECT
                    coalesce(sum(expired.row_estimate), 0),
                    coalesce(array_agg(expired.partition ORDER BY expired.month), '{}')
                INTO row_count, partitions
                FROM (
                    SELECT part.partition, part.month, part.row_estimate
                    FROM list_month_partitions(_policy.class::text) AS part
                    UNION ALL
                    SELECT stray.partition, stray.month, stray.row_count
                    FROM list_strays(_policy.class::text) AS stray
                ) AS expired
                WHERE expired.month + interval '1 month' <= cutoff AT TIME ZONE 'UTC';
                IF NOT _is_dry_run THEN
                    partitions := drop_history(_policy.class::text, cutoff);
                END IF;
                note := 'rows as the server estimates them';
        END CASE;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION apply_retention(boolean, retention_class, integer) IS
    'Removes what is older than its policy says, or than a number of days; of one class, or of all that are active. A dry run, unless told otherwise. One row a class: what went, or would go.';
