-- Events: what components, agents and webhooks report.

-- name: get_event(event_id)^
-- Get an event. None when there is no such event.
SELECT id, occurred_at, type, category, severity, source, target, payload, correlation_id, trace_id,
    task_id, execution_id, workflow_id, project_id, actor, agent
FROM events
WHERE id = :event_id;

-- name: list_events(project_id, task_id, execution_id, workflow_id, correlation_id, trace_id, type, category, least_severity, since, until, page_size, page_start)
-- List events, the latest first; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing. With least_severity come those as grave or graver;
-- since is the first moment that counts, until the first that does not.
-- stream
SELECT id, occurred_at, type, category, severity, source, target, payload, correlation_id, trace_id,
    task_id, execution_id, workflow_id, project_id, actor, agent
FROM events
WHERE (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
    AND (:execution_id::bigint IS NULL OR execution_id = :execution_id)
    AND (:workflow_id::uuid IS NULL OR workflow_id = :workflow_id)
    AND (:correlation_id::text IS NULL OR correlation_id = :correlation_id)
    AND (:trace_id::text IS NULL OR trace_id = :trace_id)
    AND (:type::text IS NULL OR type = :type)
    AND (:category::event_category IS NULL OR category = :category)
    AND (:least_severity::severity IS NULL OR severity >= :least_severity)
    AND (:since::timestamptz IS NULL OR occurred_at >= :since)
    AND (:until::timestamptz IS NULL OR occurred_at < :until)
ORDER BY occurred_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: record_event(type, category, source, target, payload, severity, correlation_id, trace_id, task_id, execution_id, workflow_id, project_id, occurred_at)^
-- Record an event; info when severity is None, now when occurred_at is.
-- Who reports it is in the settings taskspine.actor and taskspine.agent.
INSERT INTO events (
    type, category, source, target, payload, severity, correlation_id, trace_id, task_id,
    execution_id, workflow_id, project_id, occurred_at
)
VALUES (
    :type, :category, :source, :target, coalesce(:payload::jsonb, '{}'),
    coalesce(:severity::severity, 'info'), :correlation_id, :trace_id, :task_id, :execution_id,
    :workflow_id, :project_id, coalesce(:occurred_at::timestamptz, clock_timestamp())
)
RETURNING id, occurred_at, type, category, severity, source, target, payload, correlation_id,
    trace_id, task_id, execution_id, workflow_id, project_id, actor, agent;

-- name: record_events(types, categories, sources, targets, payloads, severities, correlation_ids, trace_ids, task_ids, execution_ids, workflow_ids, project_ids, occurred_at)
-- Record many events at once: the n-th of each list makes one event.
-- One that is None leaves its event without it; info when a severity is, now when a moment is.
-- param: severities[]?, occurred_at[]?
INSERT INTO events (
    type, category, source, target, payload, severity, correlation_id, trace_id, task_id,
    execution_id, workflow_id, project_id, occurred_at
)
SELECT new.type, new.category, new.source, new.target, new.payload,
    coalesce(new.severity, 'info'), new.correlation_id, new.trace_id, new.task_id,
    new.execution_id, new.workflow_id, new.project_id, coalesce(new.occurred_at, clock_timestamp())
FROM unnest(
    :types::text[], :categories::event_category[], :sources::text[], :targets::text[],
    :payloads::jsonb[], :severities::severity[], :correlation_ids::text[], :trace_ids::text[],
    :task_ids::uuid[], :execution_ids::bigint[], :workflow_ids::uuid[], :project_ids::uuid[],
    :occurred_at::timestamptz[]
) AS new (
    type, category, source, target, payload, severity, correlation_id, trace_id, task_id,
    execution_id, workflow_id, project_id, occurred_at
)
RETURNING id, occurred_at, type, category, severity, source, target, payload, correlation_id,
    trace_id, task_id, execution_id, workflow_id, project_id, actor, agent;
