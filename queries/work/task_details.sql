-- The documents of tasks.

-- name: get_task_details(task_id)^
-- Get the document of a task. None when nothing was ever said about it.
SELECT task_id, description, details, test_strategy, requirements, acceptance_criteria,
    affected_files, tags, context, metadata, updated_at
FROM task_details
WHERE task_id = :task_id;

-- name: set_task_details(task_id, description, details, test_strategy, requirements, acceptance_criteria, affected_files, tags, context)^
-- Write the document of a task. What is None keeps its value.
-- Refused by task_details_task_id_fkey when there is no such task.
INSERT INTO task_details AS detail (
    task_id, description, details, test_strategy, requirements, acceptance_criteria,
    affected_files, tags, context
)
VALUES (
    :task_id, :description, :details, :test_strategy, coalesce(:requirements::jsonb, '[]'),
    coalesce(:acceptance_criteria::jsonb, '[]'), coalesce(:affected_files::jsonb, '[]'),
    coalesce(:tags::jsonb, '[]'), coalesce(:context::jsonb, '{}')
)
ON CONFLICT (task_id) DO UPDATE SET
    description = coalesce(:description, detail.description),
    details = coalesce(:details, detail.details),
    test_strategy = coalesce(:test_strategy, detail.test_strategy),
    requirements = coalesce(:requirements::jsonb, detail.requirements),
    acceptance_criteria = coalesce(:acceptance_criteria::jsonb, detail.acceptance_criteria),
    affected_files = coalesce(:affected_files::jsonb, detail.affected_files),
    tags = coalesce(:tags::jsonb, detail.tags),
    context = coalesce(:context::jsonb, detail.context)
RETURNING task_id, description, details, test_strategy, requirements, acceptance_criteria,
    affected_files, tags, context, metadata, updated_at;
