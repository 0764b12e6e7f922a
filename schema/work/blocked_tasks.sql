-- What cannot be claimed, and why.

CREATE VIEW blocked_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    list.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.status,
    task.priority::smallint AS priority,
    task.open_blockers,
    waits.blocker_refs,
    waits.external_targets,
    waits.conflict_refs,
    task.not_before,
    project.paused_at AS project_paused_at,
    project.status AS project_status,
    task.status_reason::text AS status_reason,
    array_remove(
        ARRAY[
            CASE
                WHEN task.status = 'blocked' THEN concat_ws(': ', 'is held', task.status_reason)
            END,
            'waits for ' || nullif(array_to_string(waits.blocker_refs, ', '), ''),
            'waits for what is outside: '
                || nullif(array_to_string(waits.external_targets, ', '), ''),
            'conflicts with what is in progress: '
                || nullif(array_to_string(waits.conflict_refs, ', '), ''),
            CASE
                WHEN task.not_before > clock_timestamp()
                THEN format(
                    'is put off until %s UTC',
                    to_char(task.not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
                )
            END,
            CASE WHEN project.paused_at IS NOT NULL THEN 'the project is paused' END,
            CASE
                WHEN project.status <> 'active' THEN format('the project is %s', project.status)
            END
        ],
        NULL
    ) AS reasons
FROM projects AS project
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN task_lists AS list ON list.project_id = project.id
JOIN tasks AS task ON task.task_list_id = list.id
CROSS JOIN LATERAL (
    SELECT
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
            SELECT dependency.target
            FROM task_external_dependencies AS dependency
            WHERE dependency.task_id = task.id AND dependency.satisfied_at IS NULL
            ORDER BY dependency.target
        ) AS external_targets,
        ARRAY(
            SELECT holder.ref::text
            FROM task_conflicts AS conflict
            JOIN tasks AS holder ON holder.id = conflict.holder_id
            WHERE conflict.task_id = task.id AND conflict.holder_id <> task.id
            ORDER BY holder.ref
        ) AS conflict_refs
) AS waits
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
COMMENT ON COLUMN blocked_tasks.external_targets IS 'What it waits for outside of the database.';
COMMENT ON COLUMN blocked_tasks.conflict_refs IS 'Refs of the tasks in progress that this one conflicts with.';
COMMENT ON COLUMN blocked_tasks.reasons IS 'All that keeps the task, in words.';
