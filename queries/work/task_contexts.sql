-- What was learnt or said about tasks.

-- name: create_task_context(task_id, type, data, metadata, created_by)^
-- Keep a context of a task.
-- Refused by task_contexts_task_id_fkey when there is no such task.
INSERT INTO task_contexts (task_id, type, data, metadata, created_by)
VALUES (:task_id, :type, :data, coalesce(:metadata::jsonb, '{}'), :created_by)
RETURNING id, task_id, type, data, metadata, created_by, created_at;

-- name: create_task_contexts(task_ids, types, data)
-- Keep many contexts at once: the n-th of each list makes one context.
INSERT INTO task_contexts (task_id, type, data)
SELECT new.task_id, new.type, new.data
FROM unnest(:task_ids::uuid[], :types::text[], :data::jsonb[]) AS new (task_id, type, data)
RETURNING id, task_id, type, data, metadata, created_by, created_at;

-- name: list_task_contexts(task_id, type)
-- List the contexts of a task in the order in which they came; of one type, or of any when None.
SELECT id, task_id, type, data, metadata, created_by, created_at
FROM task_contexts
WHERE task_id = :task_id AND (:type::text IS NULL OR type = :type)
ORDER BY id;
