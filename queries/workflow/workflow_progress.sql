-- How far workflows are.

-- name: get_workflow_progress(workflow_id)^
-- Count how far a workflow is. None when there is no such workflow, or it is deleted.
SELECT workflow_id, project_id, name, status, phase, total_tasks, completed_tasks,
    in_progress_tasks, failed_tasks, cancelled_tasks, progress_percentage, total_steps,
    completed_steps, failed_steps, skipped_steps, step_percentage, started_at, completed_at
FROM workflow_progress
WHERE workflow_id = :workflow_id;

-- name: list_workflow_progress(project_id, status)
-- Count how far the workflows of a project are, by name.
-- Of one status, or of any when it is None.
SELECT workflow_id, project_id, name, status, phase, total_tasks, completed_tasks,
    in_progress_tasks, failed_tasks, cancelled_tasks, progress_percentage, total_steps,
    completed_steps, failed_steps, skipped_steps, step_percentage, started_at, completed_at
FROM workflow_progress
WHERE project_id = :project_id AND (:status::workflow_status IS NULL OR status = :status)
ORDER BY name, workflow_id;
