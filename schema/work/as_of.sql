-- How things were at a moment: the present rows with every later change undone. Each answers for a
-- project or for all, as far back as the log goes. What the database counts by itself is not
-- recorded, so it is not told.

CREATE FUNCTION tasks_as_of(_at timestamptz, _project_id uuid DEFAULT NULL)
RETURNS TABLE (
    id               uuid,
    project_id       uuid,
    task_list_id     uuid,
    parent_id        uuid,
    ref              text,
    title            text,
    type             text,
    priority         smallint,
    max_attempts     smallint,
    complexity_score smallint,
    estimated_hours  numeric,
    actual_hours     numeric,
    assignee_type    assignee_type,
    assignee         text,
    capabilities     text[],
    not_before       timestamptz,
    due_at           timestamptz,
    created_by       text,
    idempotency_key  text,
    status           task_status,
    status_reason    text,
    assigned_at      timestamptz,
    started_at       timestamptz,
    completed_at     timestamptz,
    deleted_at       timestamptz,
    created_at       timestamptz
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        former.id, former.project_id, former.task_list_id, former.parent_id, former.ref,
        former.title, former.type, former.priority, former.max_attempts, former.complexity_score,
        former.estimated_hours, former.actual_hours, former.assignee_type, former.assignee,
        former.capabilities, former.not_before, former.due_at, former.created_by,
        former.idempotency_key, former.status, former.status_reason, former.assigned_at,
        former.started_at, former.completed_at, former.deleted_at, former.created_at
    FROM tasks AS task
    FULL JOIN changes_undone('tasks', _at) AS undone ON undone.entity_id = task.id::text
    CROSS JOIN LATERAL jsonb_populate_record(task, coalesce(undone.old_values, '{}')) AS former
    WHERE undone.is_there IS NOT FALSE
        AND (_project_id IS NULL OR former.project_id = _project_id)
$$;

COMMENT ON FUNCTION tasks_as_of(timestamptz, uuid) IS
    'The tasks as they were at a moment: of a project, or all; with those that were deleted and could be restored.';

CREATE FUNCTION task_dependencies_as_of(_at timestamptz, _project_id uuid DEFAULT NULL)
RETURNS TABLE (
    task_id       uuid,
    depends_on_id uuid,
    kind          task_dependency_kind,
    policy        blocker_policy,
    metadata      jsonb,
    created_by    text,
    created_at    timestamptz
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        former.task_id, former.depends_on_id, former.kind, former.policy, former.metadata,
        former.created_by, former.created_at
    FROM task_dependencies AS edge
    FULL JOIN changes_undone('task_dependencies', _at) AS undone
        ON undone.entity_id = format('%s/%s/%s', edge.task_id, edge.depends_on_id, edge.kind)
    CROSS JOIN LATERAL jsonb_populate_record(edge, coalesce(undone.old_values, '{}')) AS former
    WHERE undone.is_there IS NOT FALSE
        AND (
            _project_id IS NULL
            OR former.task_id IN (SELECT task.id FROM tasks_as_of(_at, _project_id) AS task)
        )
$$;

COMMENT ON FUNCTION task_dependencies_as_of(timestamptz, uuid) IS
    'The dependencies as they were at a moment: of a project, or all.';

CREATE FUNCTION ready_tasks_as_of(_at timestamptz, _project_id uuid DEFAULT NULL)
RETURNS TABLE (
    id               uuid,
    project_id       uuid,
    task_list_id     uuid,
    ref              text,
    title            text,
    type             text,
    priority         smallint,
    claim_rank       integer,
    complexity_score smallint,
    estimated_hours  numeric,
    assignee         text,
    capabilities     text[],
    due_at           timestamptz,
    created_at       timestamptz
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH task AS MATERIALIZED (
        SELECT
            former.id, former.project_id, former.task_list_id, former.ref, former.title,
            former.type, former.priority, former.complexity_score, former.estimated_hours,
            former.assignee, former.capabilities, former.not_before, former.due_at, former.status,
            former.created_at
        FROM tasks_as_of(_at, _project_id) AS former
    ), edge AS MATERIALIZED (
        SELECT former.task_id, former.depends_on_id, former.kind, former.policy
        FROM task_dependencies_as_of(_at, _project_id) AS former
        WHERE former.kind IN ('blocks', 'conflicts')
    ), held AS (
        SELECT edge.task_id AS id
        FROM edge
        JOIN task AS blocker ON blocker.id = edge.depends_on_id
        WHERE edge.kind = 'blocks' AND is_open_blocker(blocker.status, edge.policy)
        UNION ALL
        SELECT former.task_id
        FROM task_external_dependencies AS dependency
        FULL JOIN changes_undone('task_external_dependencies', _at) AS undone
            ON undone.entity_id = dependency.id::text
        CROSS JOIN LATERAL jsonb_populate_record(
            dependency, coalesce(undone.old_values, '{}')
        ) AS former
        WHERE undone.is_there IS NOT FALSE AND former.satisfied_at IS NULL
        UNION ALL
        SELECT edge.task_id
        FROM edge
        JOIN task AS rival ON rival.id = edge.depends_on_id
        WHERE edge.kind = 'conflicts' AND rival.status = 'in_progress'
        UNION ALL
        SELECT edge.depends_on_id
        FROM edge
        JOIN task AS rival ON rival.id = edge.task_id
        WHERE edge.kind = 'conflicts' AND rival.status = 'in_progress'
    ), open_project AS (
        SELECT former.id
        FROM projects AS project
        FULL JOIN changes_undone('projects', _at) AS undone ON undone.entity_id = project.id::text
        CROSS JOIN LATERAL jsonb_populate_record(
            project, coalesce(undone.old_values, '{}')
        ) AS former
        WHERE undone.is_there IS NOT FALSE
            AND former.status = 'active'
            AND former.paused_at IS NULL
    )
    SELECT
        task.id, task.project_id, task.task_list_id, task.ref, task.title, task.type, task.priority,
        -task.priority, task.complexity_score, task.estimated_hours, task.assignee,
        task.capabilities, task.due_at, task.created_at
    FROM task
    JOIN open_project ON open_project.id = task.project_id
    WHERE task.status = 'pending'
        AND (task.not_before IS NULL OR task.not_before <= _at)
        AND NOT EXISTS (SELECT FROM held WHERE held.id = task.id)
$$;

COMMENT ON FUNCTION ready_tasks_as_of(timestamptz, uuid) IS
    'The tasks that could have been claimed at a moment: of a project, or of all. Claim order: claim_rank, created_at, id.';
