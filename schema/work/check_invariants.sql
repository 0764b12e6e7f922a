-- Everything that the database keeps by itself, computed anew and compared. No rows means sound.

CREATE FUNCTION check_invariants() RETURNS TABLE (invariant text, subject text, detail text)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        'tasks.open_blockers counts the open blockers',
        task.id::text,
        format('%s, but there are %s', task.open_blockers, counted.open)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT
            (
                SELECT count(*) FROM task_dependencies AS edge
                JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
                WHERE edge.task_id = task.id AND edge.kind = 'blocks'
                    AND is_open_blocker(blocker.status, edge.policy)
            ) + (
                SELECT count(*) FROM task_external_dependencies AS dependency
                WHERE dependency.task_id = task.id AND dependency.satisfied_at IS NULL
            )
    ) AS counted (open)
    WHERE task.open_blockers <> counted.open

    UNION ALL
    SELECT
        'tasks.conflicts counts the conflicts',
        task.id::text,
        format('%s, but there are %s', task.conflicts, counted.conflicts)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT count(*) FROM task_conflicts AS conflict WHERE conflict.task_id = task.id
    ) AS counted (conflicts)
    WHERE task.conflicts <> counted.conflicts

    UNION ALL
    SELECT
        'a conflict is held by the one of its tasks that is in progress',
        format('%s / %s', edge.task_id, edge.depends_on_id),
        format('holder %s, statuses %s and %s', edge.holder_id, task.status, other.status)
    FROM task_dependencies AS edge
    JOIN tasks AS task ON task.id = edge.task_id
    JOIN tasks AS other ON other.id = edge.depends_on_id
    WHERE edge.kind = 'conflicts'
        AND (
            (task.status = 'in_progress' AND other.status = 'in_progress')
            OR edge.holder_id IS DISTINCT FROM CASE
                WHEN task.status = 'in_progress' THEN task.id
                WHEN other.status = 'in_progress' THEN other.id
            END
        )

    UNION ALL
    SELECT
        'a running attempt is the latest of a task in progress',
        execution.id::text,
        format('attempt %s of %s; the task is %s', execution.attempt, task.attempts, task.status)
    FROM task_executions AS execution
    JOIN tasks AS task ON task.id = execution.task_id
    WHERE execution.status = 'running'
        AND (task.status <> 'in_progress' OR task.attempts <> execution.attempt)

    UNION ALL
    SELECT
        'an attempt has completed_at exactly when it has ended',
        execution.id::text,
        format('status %s, completed_at %s', execution.status, execution.completed_at)
    FROM task_executions AS execution
    WHERE (execution.status IN ('queued', 'running')) <> (execution.completed_at IS NULL)

    UNION ALL
    SELECT
        'tasks.attempts is the number of the latest attempt',
        task.id::text,
        format('%s, but the latest is %s', task.attempts, latest.attempt)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT coalesce(max(attempt), 0) FROM task_executions WHERE task_id = task.id
    ) AS latest (attempt)
    -- Retention removes old attempts, so there may be fewer than were counted.
    WHERE latest.attempt > task.attempts OR (task.attempts > 0 AND task.started_at IS NULL)

    UNION ALL
    SELECT
        'a task has not failed more often than it was tried',
        task.id::text,
        format('%s failures in %s attempts', task.failed_attempts, task.attempts)
    FROM tasks AS task
    WHERE task.failed_attempts NOT BETWEEN 0 AND task.attempts

    UNION ALL
    SELECT
        'the moments of a task agree with its status',
        task.id::text,
        format('%s, started %s, completed %s', task.status, task.started_at, task.completed_at)
    FROM tasks AS task
    WHERE (task.status = 'completed') <> (task.completed_at IS NOT NULL)
        OR (task.status = 'in_progress' AND task.started_at IS NULL)

    UNION ALL
    SELECT
        'the change log knows the status of a task',
        task.id::text,
        format('%s, but it was last recorded as %s', task.status, recorded.status)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT change.new_values ->> 'status'
        FROM audit_log AS change
        WHERE change.entity_id = task.id::text
            AND change.entity_type = 'tasks'
            AND change.new_values ? 'status'
        ORDER BY change.id DESC
        LIMIT 1
    ) AS recorded (status)
    WHERE recorded.status <> task.status::text

    UNION ALL
    SELECT
        'an edge joins two tasks of one project',
        format('%s / %s', edge.task_id, edge.depends_on_id),
        format('projects %s and %s', task.project_id, other.project_id)
    FROM task_dependencies AS edge
    JOIN tasks AS task ON task.id = edge.task_id
    JOIN tasks AS other ON other.id = edge.depends_on_id
    WHERE task.project_id <> other.project_id

    UNION ALL
    SELECT
        'no task waits for itself',
        walked.task_id::text,
        'on a cycle of blocking dependencies, or behind one'
    FROM projects AS project
    CROSS JOIN LATERAL walk_task_graph(project.id, false, 0) AS walked
    WHERE walked.longest_tail IS NULL

    UNION ALL
    SELECT
        'no task is its own ancestor',
        task.id::text,
        'on a cycle of parents, or under one'
    FROM tasks AS task
    WHERE task.parent_id IS NOT NULL
        AND task.id NOT IN (
            WITH RECURSIVE rooted AS (
                SELECT id FROM tasks WHERE parent_id IS NULL
                UNION ALL
                SELECT child.id FROM rooted JOIN tasks AS child ON child.parent_id = rooted.id
            )
            SELECT id FROM rooted
        )

    UNION ALL
    SELECT
        'a task is in the same list as its parent',
        task.id::text,
        format('lists %s and %s', task.task_list_id, parent.task_list_id)
    FROM tasks AS task
    JOIN tasks AS parent ON parent.id = task.parent_id
    WHERE task.task_list_id <> parent.task_list_id

    UNION ALL
    SELECT
        'a deleted task is closed',
        task.id::text,
        format('%s, deleted %s', task.status, task.deleted_at)
    FROM tasks AS task
    WHERE task.deleted_at IS NOT NULL AND NOT is_closed(task.status)

    UNION ALL
    SELECT
        'no task lives under a deleted one',
        task.id::text,
        format('under %s', task.parent_id)
    FROM tasks AS task
    JOIN tasks AS parent ON parent.id = task.parent_id
    WHERE task.deleted_at IS NULL AND parent.deleted_at IS NOT NULL

    UNION ALL
    SELECT
        'a task is found by its words',
        task.id::text,
        coalesce(format('found by %s', known.words), 'found by none')
    FROM tasks AS task
    LEFT JOIN task_words AS known ON known.task_id = task.id
    LEFT JOIN task_details AS detail ON detail.task_id = task.id
    WHERE (known.title_words, known.text_words) IS DISTINCT FROM (
        words_of_title(task.ref, task.title), words_of_text(detail.description, detail.details)
    )

    UNION ALL
    SELECT
        'a project has a graph epoch',
        project.id::text,
        'the row in task_graph_epochs is missing'
    FROM projects AS project
    WHERE NOT EXISTS (SELECT FROM task_graph_epochs WHERE project_id = project.id)
$$;

COMMENT ON FUNCTION check_invariants() IS
    'Computes anew all that the database maintains, and compares. Each row is a fault: which invariant, of what, and how. No rows means sound.';
