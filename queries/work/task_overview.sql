-- Tasks with their documents.

-- name: get_task_overview(task_id)^
-- Get a task with its document. None when there is no such task, or it is
-- deleted.
SELECT id, project_slug, list_name, parent_id, ref, title, description, details, test_strategy,
    type, status, status_reason, priority, complexity_score, assignee_type, assignee, open_blockers,
    attempts, estimated_hours, actual_hours, requirements, acceptance_criteria, affected_files,
    tags, context, metadata, due_at, created_at, updated_at, started_at, completed_at
FROM task_overview
WHERE id = :task_id;

-- name: search_task_overview(project_id, requirements, affected_files, tags, context, metadata, requirements_path, page_size, page_start)
-- Search tasks that are not deleted by what the JSON of their documents contains (@>): each
-- criterion that is not None, as tags ["frontend"] or requirements {"type": "feature"}.
-- requirements_path is a path that finds something in the requirements, such as
-- $[*] ? (@.effort > 3). page_size is the number of tasks at most (100 when None), page_start the
-- number to pass over. Refused as invalid input where the path is none. Reads the whole of tasks
-- and task_details: where no criterion leaves much out.
SELECT id, project_id, project_slug, list_name, ref, title, type, status, priority, requirements,
    affected_files, tags, context, metadata, created_at
FROM task_overview
WHERE (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:requirements::jsonb IS NULL OR requirements @> :requirements)
    AND (:affected_files::jsonb IS NULL OR affected_files @> :affected_files)
    AND (:tags::jsonb IS NULL OR tags @> :tags)
    AND (:context::jsonb IS NULL OR context @> :context)
    AND (:metadata::jsonb IS NULL OR metadata @> :metadata)
    AND (:requirements_path::text IS NULL OR requirements @? :requirements_path::jsonpath)
ORDER BY priority DESC, created_at, id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
