-- What could be claimed now: what claim_tasks chooses from, in words.

CREATE VIEW ready_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    task.task_list_id,
    task.ref,
    task.title,
    task.type,
    task.priority,
    task.claim_rank,
    task.complexity_score,
    task.estimated_hours,
    task.assignee,
    task.capabilities,
    task.attempts,
    task.due_at,
    task.created_at
FROM claimable_tasks AS task
JOIN projects AS project ON project.id = task.project_id
WHERE project.status = 'active'
    AND project.paused_at IS NULL
    AND (
        task.conflicts = 0
        OR NOT EXISTS (
            SELECT FROM task_conflicts AS conflict
            WHERE conflict.task_id = task.id AND conflict.holder_id IS NOT NULL
        )
    );

COMMENT ON VIEW ready_tasks IS
    'Tasks that could be claimed now. Claim order: claim_rank, created_at, id.';
