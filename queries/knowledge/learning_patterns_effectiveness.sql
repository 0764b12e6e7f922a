-- How well patterns helped.

-- name: get_learning_pattern_effectiveness(learning_pattern_id)^
-- Get how well a pattern helped. None when there is no such pattern, or it is deleted.
SELECT learning_pattern_id, project_id, name, type, confidence, is_active, application_count,
    effective_count, ineffective_count, effectiveness, last_applied_at
FROM learning_patterns_effectiveness
WHERE learning_pattern_id = :learning_pattern_id;

-- name: list_learning_patterns_effectiveness(type)
-- List how well patterns helped, the most effective first; of one type, or of any when None.
-- Reads the whole of learning_pattern_applications and task_executions: it counts them.
SELECT learning_pattern_id, project_id, name, type, confidence, is_active, application_count,
    effective_count, ineffective_count, effectiveness, last_applied_at
FROM learning_patterns_effectiveness
WHERE :type::text IS NULL OR type = :type
ORDER BY effectiveness DESC NULLS LAST, application_count DESC, learning_pattern_id;
