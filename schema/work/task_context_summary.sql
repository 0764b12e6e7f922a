-- The contexts of each task, counted by type.

CREATE VIEW task_context_summary WITH (security_invoker = true) AS
SELECT
    context.task_id,
    context.type,
    count(*) AS context_count,
    min(context.created_at) AS first_created_at,
    max(context.created_at) AS last_created_at
FROM task_contexts AS context
GROUP BY context.task_id, context.type;

COMMENT ON VIEW task_context_summary IS
    'How many contexts of each type a task has, and when the first and the last came.';
