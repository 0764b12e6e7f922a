-- What cannot be claimed, and why.

CREATE VIEW blocked_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.status,
    task.priority::smallint AS priority,
    task.open_blockers,
    ARRAY(
        SELECT blocker.ref::text
        FROM task_dependencies AS edge
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        WHERE edge.task_id = task.id
            AND edge.kind = 'blocks'
            AND is_open_blocker(blocker.status, edge.policy)
        ORDER BY blocker.ref
    ) AS blocker_refs,
    ARRAY(
        SELECT holder.ref::text
        FROM task_conflicts AS conflict
        JOIN tasks AS holder ON holder.id = conflict.holder_id
        WHERE conflict.task_id = task.id AND conflict.holder_id <> task.id
        ORDER BY holder.ref
    ) AS conflict_refs,
    task.not_before,
    project.paused_at AS project_paused_at,
    task.status_reason::text AS status_reason
FROM tasks AS task
JOIN projects AS project ON project.id = task.project_id
WHERE task.status = 'blocked'
    OR (
        task.status = 'pending'
        AND (
            task.open_blockers > 0
            OR task.not_before > clock_timestamp()
            OR project.paused_at IS NOT NULL
            OR project.status <> 'active'
            OR EXISTS (
                SELECT FROM task_conflicts AS conflict
                WHERE conflict.task_id = task.id AND conflict.holder_id <> task.id
            )
        )
    );

COMMENT ON VIEW blocked_tasks IS
    'Tasks that are not ready, with what keeps them: a hold, open blockers, a conflict, the time, or the project.';
COMMENT ON COLUMN blocked_tasks.blocker_refs IS 'Refs of the tasks that this one waits for.';
COMMENT ON COLUMN blocked_tasks.conflict_refs IS 'Refs of the tasks in progress that this one conflicts with.';
