-- Questions about a project's task graph, answered without writing anything.

CREATE FUNCTION list_root_blockers(_task_id uuid)
RETURNS TABLE (
    blocker_id uuid, ref text, title text, status task_status, depth integer, path text,
    external_target text
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE upstream AS (
        -- Each open blocker once, however many ways lead to it: UNION, and the chain found
        -- afterwards. What has ended holds by itself, whatever it waited for.
        SELECT _task_id AS id
        UNION
        SELECT edge.depends_on_id
        FROM upstream
        JOIN tasks AS task ON task.id = upstream.id
        JOIN task_dependencies AS edge ON edge.task_id = upstream.id AND edge.kind = 'blocks'
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        WHERE is_open_blocker(blocker.status, edge.policy)
            AND (task.id = _task_id OR NOT is_closed(task.status))
    ), reached AS (
        SELECT
            task.id, task.ref::text AS ref, task.title::text AS title, task.status,
            task.open_blockers, task_dependency_chain(_task_id, task.id, true) AS chain
        FROM upstream
        JOIN tasks AS task ON task.id = upstream.id
    )
    SELECT id, ref, title, status, cardinality(chain) - 1, task_chain_path(chain), NULL
    FROM reached
    WHERE id <> _task_id AND (open_blockers = 0 OR is_closed(status))
    UNION ALL
    SELECT
        reached.id, reached.ref, reached.title, reached.status, cardinality(reached.chain),
        concat_ws(' -> ', task_chain_path(reached.chain), dependency.target), dependency.target
    FROM reached
    JOIN task_external_dependencies AS dependency ON dependency.task_id = reached.id
    WHERE dependency.satisfied_at IS NULL
        AND (reached.id = _task_id OR NOT is_closed(reached.status))
    ORDER BY 2, 1, 7 NULLS FIRST
$$;

COMMENT ON FUNCTION list_root_blockers(uuid) IS
    'What is at the far end of all that a task waits for, each with a shortest path of refs from the task: the open tasks that wait for nothing themselves, and what such tasks wait for outside of the database. Of these, external_target is the name, and the task is the one that waits for it.';

CREATE FUNCTION list_unblocked_by(_task_id uuid)
RETURNS TABLE (task_id uuid, ref text, title text, status task_status, is_direct boolean)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE waiting AS (
        -- By edges that hold a task now, and through tasks that are open themselves.
        SELECT edge.task_id AS id
        FROM task_dependencies AS edge
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        JOIN tasks AS task ON task.id = edge.task_id
        WHERE edge.depends_on_id = _task_id AND edge.kind = 'blocks'
            AND is_open_blocker(blocker.status, edge.policy)
            AND NOT is_closed(task.status)
        UNION
        SELECT edge.task_id
        FROM waiting
        JOIN task_dependencies AS edge ON edge.depends_on_id = waiting.id AND edge.kind = 'blocks'
        JOIN tasks AS task ON task.id = edge.task_id
        WHERE NOT is_closed(task.status)
    )
    SELECT
        task.id,
        task.ref::text,
        task.title::text,
        task.status,
        task.open_blockers = 1 AND EXISTS (
            SELECT FROM task_dependencies AS edge
            JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
            WHERE edge.task_id = task.id AND edge.depends_on_id = _task_id AND edge.kind = 'blocks'
                AND is_open_blocker(blocker.status, edge.policy)
        )
    FROM waiting
    JOIN tasks AS task ON task.id = waiting.id
    ORDER BY 5 DESC, task.priority DESC, task.ref, task.id
$$;

COMMENT ON FUNCTION list_unblocked_by(uuid) IS
    'The open tasks that wait for a task, directly or through others. is_direct says that a task waits for nothing else.';

CREATE FUNCTION walk_task_graph(_project_id uuid, _only_open boolean, _default_hours numeric)
RETURNS TABLE (task_id uuid, hours numeric, earliest_start numeric, longest_tail numeric)
    LANGUAGE plpgsql STABLE
    -- A project's tasks are few among all: who asks about them goes by their keys.
    ROWS 100
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _ids uuid[];
    _hours numeric[];
    _from integer[];
    _to integer[];
    _first integer[];      -- where the edges of a task begin in _from and _to; one more at the end
    _waits integer[];      -- how many blockers of a task have not been visited
    _queue integer[] := '{}';
    _earliest numeric[];
    _tail numeric[];
    _at integer := 1;
    _task integer;
    _next integer;
BEGIN
    -- Kahn, Topological sorting of large networks (1962), and the longest paths along its order:
    -- every task and every edge is looked at once. A task on a cycle is never reached.
    SELECT
        array_agg(id ORDER BY id),
        array_agg(coalesce(estimated_hours::numeric, _default_hours) ORDER BY id),
        array_agg(0 ORDER BY id)
    INTO _ids, _hours, _waits
    FROM tasks
    -- By the lists of the project, whose tasks have an index.
    WHERE task_list_id IN (SELECT id FROM task_lists WHERE project_id = _project_id)
        AND NOT (_only_open AND is_closed(status));
    IF _ids IS NULL THEN
        RETURN;
    END IF;
    SELECT
        coalesce(array_agg(blocker.n::integer ORDER BY blocker.n, task.n), '{}'),
        coalesce(array_agg(task.n::integer ORDER BY blocker.n, task.n), '{}')
    INTO _from, _to
    FROM task_dependencies AS edge
    JOIN unnest(_ids) WITH ORDINALITY AS task (id, n) ON task.id = edge.task_id
    JOIN unnest(_ids) WITH ORDINALITY AS blocker (id, n) ON blocker.id = edge.depends_on_id
    WHERE edge.kind = 'blocks';

    _earliest := array_fill(0::numeric, ARRAY[cardinality(_ids)]);
    _first := array_fill(cardinality(_from) + 1, ARRAY[cardinality(_ids) + 1]);
    FOR _edge IN REVERSE cardinality(_from) .. 1 LOOP
        _first[_from[_edge]] := _edge;
        _waits[_to[_edge]] := _waits[_to[_edge]] + 1;
    END LOOP;
    FOR _n IN REVERSE cardinality(_ids) .. 1 LOOP
        _first[_n] := least(_first[_n], _first[_n + 1]);
        IF _waits[_n] = 0 THEN
            _queue := _queue || _n;
        END IF;
    END LOOP;
    WHILE _at <= cardinality(_queue) LOOP
        _task := _queue[_at];
        _at := _at + 1;
        FOR _edge IN _first[_task] .. _first[_task + 1] - 1 LOOP
            _next := _to[_edge];
            _earliest[_next] := greatest(_earliest[_next], _earliest[_task] + _hours[_task]);
            _waits[_next] := _waits[_next] - 1;
            IF _waits[_next] = 0 THEN
                _queue := _queue || _next;
            END IF;
        END LOOP;
    END LOOP;
    _tail := array_fill(NULL::numeric, ARRAY[cardinality(_ids)]);
    FOR _back IN REVERSE cardinality(_queue) .. 1 LOOP
        _task := _queue[_back];
        _tail[_task] := 0;
        FOR _edge IN _first[_task] .. _first[_task + 1] - 1 LOOP
            _tail[_task] := greatest(_tail[_task], _tail[_to[_edge]]);
        END LOOP;
        _tail[_task] := _tail[_task] + _hours[_task];
    END LOOP;
    RETURN QUERY
    SELECT walked.id, walked.hours, walked.earliest, walked.tail
    FROM unnest(_ids, _hours, _earliest, _tail) AS walked (id, hours, earliest, tail);
END
$$;

COMMENT ON FUNCTION walk_task_graph(uuid, boolean, numeric) IS
    'Earliest start of each task of a project, and the longest way from its start to the end, in hours of estimated work. longest_tail is null for a task on or behind a cycle. Source: Kahn 1962.';

CREATE FUNCTION list_critical_path(_project_id uuid, _default_hours numeric DEFAULT 1)
RETURNS TABLE (
    task_id uuid, ref text, title text, status task_status, hours numeric,
    earliest_start numeric, latest_start numeric, slack numeric, is_critical boolean
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        task.id,
        task.ref::text,
        task.title::text,
        task.status,
        walked.hours,
        walked.earliest_start,
        project.hours - walked.longest_tail,
        project.hours - walked.longest_tail - walked.earliest_start,
        project.hours - walked.longest_tail = walked.earliest_start
    FROM walk_task_graph(_project_id, true, _default_hours) AS walked
    JOIN tasks AS task ON task.id = walked.task_id
    CROSS JOIN (
        SELECT max(longest_tail) FROM walk_task_graph(_project_id, true, _default_hours)
    ) AS project (hours)
    ORDER BY 8, 6, task.ref, task.id
$$;

COMMENT ON FUNCTION list_critical_path(uuid, numeric) IS
    'The open tasks of a project with earliest and latest start and slack, in hours of estimated work from now; least slack first. Tasks without slack are the critical path.';

CREATE FUNCTION preview_status_changes(_task_ids uuid[], _status task_status)
RETURNS TABLE (
    task_id uuid, ref text, title text, from_status task_status, to_status task_status, effect text
)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE changed AS (
        SELECT task.id, task.status AS was, _status AS becomes
        FROM tasks AS task
        WHERE task.id = ANY (_task_ids) AND task.status <> _status
        UNION
        SELECT task.id, task.status, 'cancelled'::task_status
        FROM changed
        JOIN task_dependencies AS edge
            ON edge.depends_on_id = changed.id AND edge.kind = 'blocks' AND edge.policy = 'cancel'
        JOIN tasks AS task ON task.id = edge.task_id
        WHERE changed.becomes IN ('failed', 'cancelled')
            AND task.status IN ('pending', 'blocked', 'deferred')
    ), waiting AS (
        SELECT
            edge.task_id AS id,
            sum(
                is_open_blocker(changed.becomes, edge.policy)::integer
                - is_open_blocker(changed.was, edge.policy)::integer
            ) AS amount
        FROM changed
        JOIN task_dependencies AS edge ON edge.depends_on_id = changed.id AND edge.kind = 'blocks'
        WHERE edge.task_id NOT IN (SELECT id FROM changed)
        GROUP BY edge.task_id
    )
    SELECT
        task.id, task.ref::text, task.title::text, changed.was, changed.becomes,
        CASE WHEN task.id = ANY (_task_ids) THEN 'changes' ELSE 'is cancelled by policy' END
    FROM changed
    JOIN tasks AS task ON task.id = changed.id
    UNION ALL
    SELECT
        task.id, task.ref::text, task.title::text, task.status, task.status,
        CASE
            WHEN waiting.amount < 0 AND task.open_blockers + waiting.amount = 0 THEN 'becomes free'
            WHEN waiting.amount < 0 THEN 'waits for fewer'
            WHEN waiting.amount > 0 THEN 'waits for more'
            ELSE 'keeps waiting'
        END
    FROM waiting
    JOIN tasks AS task ON task.id = waiting.id
    WHERE NOT is_closed(task.status) AND (waiting.amount <> 0 OR task.open_blockers > 0)
    ORDER BY 6, 2, 1;
END
$$;

COMMENT ON FUNCTION preview_status_changes(uuid[], task_status) IS
    'What a change of status would do to tasks and to those that wait for them. Writes nothing; leaves out tasks that have that status already or do not exist.';

CREATE FUNCTION preview_deletion(_task_id uuid)
RETURNS TABLE (
    task_id uuid, ref text, title text, from_status task_status, to_status task_status, effect text
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE family AS (
        SELECT task.id FROM tasks AS task WHERE task.id = _task_id AND task.deleted_at IS NULL
        UNION ALL
        SELECT child.id
        FROM family
        JOIN tasks AS child ON child.parent_id = family.id AND child.deleted_at IS NULL
    ), member AS (
        SELECT task.id, task.ref::text AS ref, task.title::text AS title, task.status
        FROM family
        JOIN tasks AS task ON task.id = family.id
    )
    SELECT
        member.id, member.ref, member.title, member.status,
        CASE WHEN is_closed(member.status) THEN member.status ELSE 'cancelled' END,
        'is deleted'
    FROM member
    UNION ALL
    SELECT
        preview.task_id, preview.ref, preview.title, preview.from_status, preview.to_status,
        preview.effect
    FROM preview_status_changes(
        ARRAY(SELECT id FROM member WHERE NOT is_closed(status)), 'cancelled'
    ) AS preview
    WHERE preview.effect <> 'changes'
    ORDER BY 6, 2, 1
$$;

COMMENT ON FUNCTION preview_deletion(uuid) IS
    'What the deletion of a task would do to it, to those under it, and to those that wait for any of them. Writes nothing; empty when the task is deleted already or does not exist.';
