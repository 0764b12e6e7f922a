-- Deliveries of webhooks, each taken in once.

-- name: get_webhook_delivery(source, delivery_id)^
-- Get a delivery. None when no such delivery was received.
SELECT source, delivery_id, event_id, receipt_count, received_at, last_received_at
FROM webhook_deliveries
WHERE source = :source AND delivery_id = :delivery_id;

-- name: list_webhook_deliveries(source, since, page_size, page_start)
-- List deliveries, the latest first; 100 of them when page_size is None.
-- Of one source, or of any when it is None; received first since a moment, or ever.
SELECT source, delivery_id, event_id, receipt_count, received_at, last_received_at
FROM webhook_deliveries
WHERE (:source::text IS NULL OR source = :source)
    AND (:since::timestamptz IS NULL OR received_at >= :since)
ORDER BY received_at DESC, source, delivery_id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: receive_webhook(source, delivery_id, type, payload, target, correlation_id, trace_id, task_id, project_id)^
-- Take in a delivery: the first of its id becomes an event, another one is counted.
-- is_repeated says which, and the row is that of the first. Two that come at once wait for each
-- other. Refused by the rules of events, such as events_type_is_dotted_identifier; then the
-- delivery is not taken in, and can come again.
WITH delivery AS (
    INSERT INTO webhook_deliveries AS known (source, delivery_id)
    VALUES (:source, :delivery_id)
    ON CONFLICT (source, delivery_id) DO UPDATE
    SET receipt_count = known.receipt_count + 1, last_received_at = clock_timestamp()
    RETURNING source, delivery_id, event_id, receipt_count, received_at, last_received_at
), event AS (
    INSERT INTO events (
        id, occurred_at, type, category, source, target, payload, correlation_id, trace_id, task_id,
        project_id
    )
    OVERRIDING SYSTEM VALUE
    SELECT
        event_id, received_at, :type, 'webhook', source, :target, :payload, :correlation_id,
        :trace_id, :task_id, :project_id
    FROM delivery
    WHERE receipt_count = 1
)
SELECT source, delivery_id, event_id, receipt_count, received_at, last_received_at,
    receipt_count > 1 AS is_repeated
FROM delivery;
