-- How components talk to each other.

-- name: list_component_communication(component_id)
-- List how many messages went from whom to whom, by the names of source, target and type.
-- Of one component, as source or target, or of all when it is None.
-- Reads the whole of component_messages: it counts them.
SELECT source_component_id, source_component, target_component_id, target_component, message_type,
    message_count, pending_count, sent_count, delivered_count, processed_count, failed_count,
    timeout_count, retry_count, average_processing_time_ms, last_message_at
FROM component_communication_summary
WHERE :component_id::uuid IS NULL
    OR source_component_id = :component_id
    OR target_component_id = :component_id
ORDER BY source_component, source_component_id, target_component, target_component_id, message_type;
