-- Tasks with their documents.

-- name: get_task_overview(task_id)^
-- Get a task with its document. None when there is no such task.
SELECT id, project_slug, list_name, parent_id, ref, title, description, details, test_strategy,
    type, status, status_reason, priority, complexity_score, assignee_type, assignee, open_blockers,
    attempts, estimated_hours, actual_hours, requirements, acceptance_criteria, affected_files,
    tags, context, metadata, due_at, created_at, updated_at, started_at, completed_at
FROM task_overview
WHERE id = :task_id;
