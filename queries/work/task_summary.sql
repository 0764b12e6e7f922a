-- Each task in one row, with what hangs on it counted.

-- name: get_task_summary(task_id)^
-- Get a task with the number of its dependencies, subtasks, items, contexts and attempts.
-- None when there is no such task, or it is deleted.
SELECT id, project_id, project_name, list_name, parent_id, ref, title, description, type, status,
    priority, complexity_score, assignee_type, assignee, estimated_hours, actual_hours,
    dependency_count, dependent_count, open_blockers, subtask_count, completed_subtask_count,
    item_count, ticked_item_count, context_count, execution_count, failed_attempts, is_overdue,
    due_at, created_by, created_at, updated_at, started_at, completed_at
FROM task_summary
WHERE id = :task_id;
