-- How components talk to each other: one row for each source, target and type of message.

CREATE VIEW component_communication_summary WITH (security_invoker = true) AS
SELECT
    message.source_component_id,
    source.name AS source_component,
    message.target_component_id,
    target.name AS target_component,
    message.type AS message_type,
    count(*) AS message_count,
    count(*) FILTER (WHERE message.status = 'pending') AS pending_count,
    count(*) FILTER (WHERE message.status = 'sent') AS sent_count,
    count(*) FILTER (WHERE message.status = 'delivered') AS delivered_count,
    count(*) FILTER (WHERE message.status = 'processed') AS processed_count,
    count(*) FILTER (WHERE message.status = 'failed') AS failed_count,
    count(*) FILTER (WHERE message.status = 'timeout') AS timeout_count,
    sum(message.retry_count) AS retry_count,
    avg(extract(epoch FROM message.completed_at - message.created_at) * 1000)
        FILTER (WHERE message.status = 'processed') AS average_processing_time_ms,
    max(message.created_at) AS last_message_at
FROM component_messages AS message
JOIN components AS target ON target.id = message.target_component_id
LEFT JOIN components AS source ON source.id = message.source_component_id
GROUP BY message.source_component_id, source.name, message.target_component_id, target.name,
    message.type;

COMMENT ON VIEW component_communication_summary IS
    'Messages by source, target and type: how many stand where, and how long they took.';
COMMENT ON COLUMN component_communication_summary.source_component IS
    'Name of the source; null when it is no component, or was erased.';
COMMENT ON COLUMN component_communication_summary.retry_count IS 'How often messages were tried again.';
COMMENT ON COLUMN component_communication_summary.average_processing_time_ms IS
    'Mean time from sending to the answer of what was processed, in milliseconds.';
