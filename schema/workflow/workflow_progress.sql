-- How far each workflow is, counted when it is asked.

CREATE VIEW workflow_progress WITH (security_invoker = true) AS
SELECT
    workflow.id AS workflow_id,
    workflow.project_id,
    workflow.name,
    workflow.status,
    workflow.phase,
    task.total AS total_tasks,
    task.completed AS completed_tasks,
    task.in_progress AS in_progress_tasks,
    task.failed AS failed_tasks,
    task.cancelled AS cancelled_tasks,
    coalesce(
        round(100.0 * task.completed / nullif(task.total - task.cancelled, 0), 2), 0
    ) AS progress_percentage,
    step.total AS total_steps,
    step.completed AS completed_steps,
    step.failed AS failed_steps,
    step.skipped AS skipped_steps,
    coalesce(
        round(100.0 * step.completed / nullif(step.total - step.skipped, 0), 2), 0
    ) AS step_percentage,
    workflow.started_at,
    workflow.completed_at
FROM workflows AS workflow
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE task.status = 'completed') AS completed,
        count(*) FILTER (WHERE task.status = 'in_progress') AS in_progress,
        count(*) FILTER (WHERE task.status = 'failed') AS failed,
        count(*) FILTER (WHERE task.status = 'cancelled') AS cancelled
    FROM workflow_tasks AS member
    JOIN tasks AS task ON task.id = member.task_id
    WHERE member.workflow_id = workflow.id AND task.deleted_at IS NULL
) AS task
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE step.status = 'completed') AS completed,
        count(*) FILTER (WHERE step.status = 'failed') AS failed,
        count(*) FILTER (WHERE step.status = 'skipped') AS skipped
    FROM workflow_steps AS step
    WHERE step.workflow_id = workflow.id
) AS step
WHERE workflow.deleted_at IS NULL;

COMMENT ON VIEW workflow_progress IS
    'Workflows that are not deleted, and how far their steps and those tasks are that are not deleted either.';
COMMENT ON COLUMN workflow_progress.progress_percentage IS
    '0 to 100: the completed tasks among those that are not cancelled; 0 without any.';
COMMENT ON COLUMN workflow_progress.step_percentage IS
    '0 to 100: the completed steps among those that are not skipped; 0 without any.';
