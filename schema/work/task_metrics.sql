-- What can be counted and measured about each task, in one row.

CREATE VIEW task_metrics WITH (security_invoker = true) AS
SELECT
    task.id AS task_id,
    list.project_id,
    task.task_list_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.status,
    task.priority::smallint AS priority,
    task.assignee::text AS assignee,
    task.complexity_score::smallint AS complexity_score,
    task.estimated_hours::numeric AS estimated_hours,
    coalesce(task.actual_hours::numeric, spent.hours) AS actual_hours,
    coalesce(task.actual_hours::numeric, spent.hours) / nullif(task.estimated_hours::numeric, 0)
        AS estimate_ratio,
    task.attempts,
    task.failed_attempts,
    greatest(task.attempts - 1, 0) AS retry_count,
    extract(epoch FROM task.started_at - task.created_at) / 3600 AS waiting_hours,
    extract(epoch FROM task.completed_at - task.started_at) / 3600 AS cycle_hours,
    extract(epoch FROM task.completed_at - task.created_at) / 3600 AS lead_hours,
    task.due_at < coalesce(task.completed_at, clock_timestamp())
        AND task.status NOT IN ('cancelled', 'failed') AS is_overdue,
    task.open_blockers,
    (
        SELECT count(*) FROM task_dependencies AS edge
        WHERE edge.depends_on_id = task.id AND edge.kind = 'blocks'
    ) AS dependent_count,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL
    ) AS subtask_count,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL AND child.status = 'completed'
    ) AS completed_subtask_count,
    (SELECT count(*) FROM task_contexts AS context WHERE context.task_id = task.id)
        AS context_count,
    spent.memory_usage_mb,
    spent.cpu_time_ms,
    spent.input_tokens,
    spent.output_tokens,
    spent.cost_usd,
    task.due_at,
    task.created_at,
    task.started_at,
    task.completed_at
FROM task_lists AS list
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN tasks AS task ON task.task_list_id = list.id
CROSS JOIN LATERAL (
    SELECT
        sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600,
        max(execution.memory_usage_mb::numeric),
        sum(execution.cpu_time_ms::bigint),
        sum(execution.input_tokens::bigint),
        sum(execution.output_tokens::bigint),
        sum(execution.cost_usd::numeric)
    FROM task_executions AS execution
    WHERE execution.task_id = task.id
) AS spent (hours, memory_usage_mb, cpu_time_ms, input_tokens, output_tokens, cost_usd)
WHERE task.deleted_at IS NULL;

COMMENT ON VIEW task_metrics IS 'What can be counted and measured about each task that is not deleted.';
COMMENT ON COLUMN task_metrics.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts.';
COMMENT ON COLUMN task_metrics.estimate_ratio IS 'Actual hours for each hour that was estimated.';
COMMENT ON COLUMN task_metrics.waiting_hours IS 'Hours from creation to the first start.';
COMMENT ON COLUMN task_metrics.cycle_hours IS 'Hours from the first start to completion.';
COMMENT ON COLUMN task_metrics.lead_hours IS 'Hours from creation to completion.';
COMMENT ON COLUMN task_metrics.is_overdue IS
    'Whether it is, or was completed, later than it was due; null when nothing is due.';
COMMENT ON COLUMN task_metrics.dependent_count IS 'Number of tasks that wait, or have waited, for it.';
COMMENT ON COLUMN task_metrics.memory_usage_mb IS 'Most memory that an attempt used, in megabytes.';
