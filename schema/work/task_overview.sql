-- Each task with its document, for people and for searches over both.

CREATE VIEW task_overview WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    project.slug AS project_slug,
    task.task_list_id,
    list.name AS list_name,
    task.parent_id,
    task.ref::text AS ref,
    task.title::text AS title,
    detail.description,
    detail.details,
    detail.test_strategy,
    task.type::text AS type,
    task.status,
    task.status_reason::text AS status_reason,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.assignee_type,
    task.assignee::text AS assignee,
    task.assigned_at,
    task.open_blockers,
    task.attempts,
    task.failed_attempts,
    task.max_attempts::smallint AS max_attempts,
    task.estimated_hours::numeric AS estimated_hours,
    coalesce(
        task.actual_hours::numeric,
        (
            SELECT sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600
            FROM task_executions AS execution
            WHERE execution.task_id = task.id
        )
    ) AS actual_hours,
    detail.requirements,
    detail.acceptance_criteria,
    detail.affected_files,
    detail.tags,
    detail.context,
    detail.metadata,
    task.not_before,
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

COMMENT ON VIEW task_overview IS 'Tasks that are not deleted, with their documents, lists and projects.';
COMMENT ON COLUMN task_overview.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts.';
