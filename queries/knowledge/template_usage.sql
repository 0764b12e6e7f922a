-- Uses of templates, and how they went.

-- name: list_template_usage(template_id, task_id)
-- List the uses of a template, or for a task, in the order in which they came.
-- Criteria that are None leave out nothing.
-- Reads the whole of template_usage: all of it may be asked for.
SELECT id, template_id, task_id, execution_id, variables, is_success, rating, feedback, used_by,
    used_at
FROM template_usage
WHERE (:template_id::uuid IS NULL OR template_id = :template_id)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
ORDER BY id;

-- name: record_template_usage(template_id, task_id, execution_id, variables, is_success, rating, feedback)^
-- Record a use of a version of a template, for a task or in an attempt at one.
-- The task is that of the attempt when task_id is None. While is_success is None, the end of the
-- attempt decides how it went. Refused by template_usage_template_id_fkey when there is no such
-- version, and by the rules of the columns.
-- batch
INSERT INTO template_usage (
    template_id, task_id, execution_id, variables, is_success, rating, feedback
)
VALUES (
    :template_id,
    coalesce(:task_id, (SELECT task_id FROM task_executions WHERE id = :execution_id)),
    :execution_id, coalesce(:variables::jsonb, '{}'), :is_success, :rating, :feedback
)
RETURNING id, template_id, task_id, execution_id, variables, is_success, rating, feedback, used_by,
    used_at;

-- name: set_template_usage_outcome(template_usage_id, is_success, rating, feedback)^
-- Say how a use of a template went. What is None keeps its value. None when there is no such use.
-- Refused by template_usage_rating_in_range.
UPDATE template_usage
SET is_success = coalesce(:is_success, is_success),
    rating = coalesce(:rating, rating),
    feedback = coalesce(:feedback, feedback)
WHERE id = :template_usage_id
RETURNING id, template_id, task_id, execution_id, variables, is_success, rating, feedback, used_by,
    used_at;
