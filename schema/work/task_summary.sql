-- Each task in one row, with what hangs on it counted.

CREATE VIEW task_summary WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    project.name AS project_name,
    list.name AS list_name,
    task.parent_id,
    task.ref::text AS ref,
    task.title::text AS title,
    detail.description,
    task.type::text AS type,
    task.status,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.assignee_type,
    task.assignee::text AS assignee,
    task.estimated_hours::numeric AS estimated_hours,
    coalesce(
        task.actual_hours::numeric,
        (
            SELECT sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600
            FROM task_executions AS execution
            WHERE execution.task_id = task.id
        )
    ) AS actual_hours,
    (
        SELECT count(*) FROM task_dependencies AS edge
        WHERE edge.task_id = task.id AND edge.kind = 'blocks'
    ) AS dependency_count,
    (
        SELECT count(*) FROM task_dependencies AS edge
        WHERE edge.depends_on_id = task.id AND edge.kind = 'blocks'
    ) AS dependent_count,
    task.open_blockers,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL
    ) AS subtask_count,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL AND child.status = 'completed'
    ) AS completed_subtask_count,
    (SELECT count(*) FROM task_items AS item WHERE item.task_id = task.id) AS item_count,
    (
        SELECT count(*) FROM task_items AS item WHERE item.task_id = task.id AND item.is_ticked
    ) AS ticked_item_count,
    (
        SELECT count(*) FROM task_contexts AS context WHERE context.task_id = task.id
    ) AS context_count,
    task.attempts AS execution_count,
    task.failed_attempts,
    -- By a stable clock, as in pr_tracking.
    coalesce(task.due_at < statement_timestamp() AND NOT is_closed(task.status), false)
        AS is_overdue,
    task.due_at,
    task.created_by::text AS created_by,
    task.created_at,
    task.updated_at,
    task.started_at,
    task.completed_at
FROM tasks AS task
JOIN task_lists AS list ON list.id = task.task_list_id
JOIN projects AS project ON project.id = task.project_id
LEFT JOIN task_details AS detail ON detail.task_id = task.id
WHERE task.deleted_at IS NULL;

COMMENT ON VIEW task_summary IS
    'Tasks that are not deleted, each in one row, with what hangs on it counted.';
COMMENT ON COLUMN task_summary.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts.';
COMMENT ON COLUMN task_summary.dependency_count IS 'Number of tasks that have to be done before it.';
COMMENT ON COLUMN task_summary.dependent_count IS 'Number of tasks that are to be done after it.';
COMMENT ON COLUMN task_summary.item_count IS 'Number of requirements and acceptance criteria.';
COMMENT ON COLUMN task_summary.execution_count IS 'Number of attempts so far.';
COMMENT ON COLUMN task_summary.is_overdue IS 'Whether it is open and its due moment has passed.';
