-- The contexts of tasks under the names that users of earlier schemas know.

CREATE VIEW contexts WITH (security_invoker = true) AS
SELECT
    context.id,
    context.task_id,
    context.type AS context_type,
    context.data AS context_data,
    context.metadata,
    context.created_by,
    context.created_at,
    context.created_at AS updated_at
FROM task_contexts AS context;

COMMENT ON VIEW contexts IS 'What was learnt or said about tasks: task_contexts by other names.';
COMMENT ON COLUMN contexts.updated_at IS 'When it was created: a context is never rewritten.';
