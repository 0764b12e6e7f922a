-- What happened in workflows.

-- name: list_workflow_events(workflow_id, since, page_size, page_start)
-- List what happened in a workflow, in order: events, and changes of it and of its steps.
-- Since a moment, or ever; 100 of them when page_size is None.
-- returns: type!
SELECT workflow_id, occurred_at, origin, id, type, severity, source, task_id, step, payload, actor
FROM workflow_events
WHERE workflow_id = :workflow_id AND (:since::timestamptz IS NULL OR occurred_at >= :since)
ORDER BY occurred_at, origin, id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
