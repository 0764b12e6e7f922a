-- What was learnt or said about tasks.

-- name: create_task_context(task_id, type, data, metadata, created_by)^
-- Keep a context of a task.
-- Refused by task_contexts_task_id_fkey when there is no such task.
INSERT INTO task_contexts (task_id, type, data, metadata, created_by)
VALUES (:task_id, :type, :data, coalesce(:metadata::jsonb, '{}'), :created_by)
RETURNING id, task_id, type, data, metadata, created_by, created_at;

-- name: create_task_contexts(task_ids, types, data, metadata, created_by)
-- Keep many contexts at once: the n-th of each array makes one context, all by one creator.
-- Refused by task_contexts_task_id_fkey when there is no such task.
INSERT INTO task_contexts (task_id, type, data, metadata, created_by)
SELECT new.task_id, new.type, new.data, new.metadata, :created_by
FROM unnest(:task_ids::uuid[], :types::text[], :data::jsonb[], :metadata::jsonb[])
    AS new (task_id, type, data, metadata)
RETURNING id, task_id, type, data, metadata, created_by, created_at;

-- name: get_task_context(task_context_id)^
-- Get a context. None when there is no such context.
SELECT id, task_id, type, data, metadata, created_by, created_at
FROM task_contexts
WHERE id = :task_context_id;

-- name: list_task_contexts(task_id, type, created_after, page_size, page_start)
-- List the contexts of a task in the order in which they came.
-- Of one type, or of any when None; only those that came after created_after, unless that is None.
-- page_size is the number of contexts at most (100 when None), page_start the number to pass over.
-- stream
SELECT id, task_id, type, data, metadata, created_by, created_at
FROM task_contexts
WHERE task_id = :task_id
    AND (:type::text IS NULL OR type = :type)
    AND (:created_after::timestamptz IS NULL OR created_at > :created_after)
ORDER BY id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: list_task_contexts_by_type(type, project_id, created_after, page_size, page_start)
-- List the contexts of a type, whatever task they are of, the latest first.
-- Of one project, or of all when None; only those that came after created_after, unless that is
-- None. page_size is the number of contexts at most (100 when None), page_start the number to pass
-- over. Reads the whole of tasks: most may have a context of a common type.
SELECT context.id, context.task_id, task.ref, context.type, context.data, context.metadata,
    context.created_by, context.created_at
FROM task_contexts AS context
JOIN tasks AS task ON task.id = context.task_id
WHERE context.type = :type
    AND (:project_id::uuid IS NULL OR task.project_id = :project_id)
    AND (:created_after::timestamptz IS NULL OR context.created_at > :created_after)
ORDER BY context.id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
