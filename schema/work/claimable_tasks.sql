-- What the row of a task itself says about being ready: pending, free of blockers, not put off. The
-- one place where this is written; ready_tasks and claim_tasks add what other rows say.

CREATE VIEW claimable_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    task.task_list_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    -task.priority AS claim_rank,
    task.complexity_score::smallint AS complexity_score,
    task.estimated_hours::numeric AS estimated_hours,
    task.assignee::text AS assignee,
    task.capabilities::text[] AS capabilities,
    task.attempts,
    task.conflicts,
    task.due_at,
    task.created_at
FROM tasks AS task
WHERE task.status = 'pending'
    AND task.open_blockers = 0
    AND (task.not_before IS NULL OR task.not_before <= clock_timestamp());

COMMENT ON VIEW claimable_tasks IS
    'Tasks that are pending, free of blockers and not put off. Claim order: claim_rank, created_at, id.';
COMMENT ON COLUMN claimable_tasks.claim_rank IS 'The priority turned round, so that all of claim order ascends.';
