-- What could be claimed now: what claim_tasks chooses from, in words.

CREATE VIEW ready_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    task.task_list_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.estimated_hours::numeric AS estimated_hours,
    task.assignee::text AS assignee,
    task.attempts,
    task.due_at,
    task.created_at
FROM tasks AS task
JOIN projects AS project ON project.id = task.project_id
WHERE task.status = 'pending'
    AND task.open_blockers = 0
    AND project.status = 'active'
    AND project.paused_at IS NULL
    AND (task.not_before IS NULL OR task.not_before <= clock_timestamp())
    AND (
        task.conflicts = 0
        OR NOT EXISTS (
            SELECT FROM task_dependencies AS edge
            WHERE edge.kind = 'conflicts'
                AND (edge.task_id = task.id OR edge.depends_on_id = task.id)
                AND edge.holder_id IS NOT NULL
        )
    );

COMMENT ON VIEW ready_tasks IS
    'Tasks that could be claimed now. In claim order: ORDER BY priority DESC, created_at, id.';
