-- How well each pattern helped.

CREATE VIEW learning_patterns_effectiveness WITH (security_invoker = true) AS
SELECT
    pattern.id AS learning_pattern_id,
    pattern.project_id,
    pattern.name,
    pattern.type,
    pattern.confidence,
    pattern.is_active,
    count(application.id) AS application_count,
    count(application.id) FILTER (WHERE outcome.is_effective) AS effective_count,
    count(application.id) FILTER (WHERE NOT outcome.is_effective) AS ineffective_count,
    avg(outcome.is_effective::integer) AS effectiveness,
    max(application.applied_at) AS last_applied_at
FROM learning_patterns AS pattern
LEFT JOIN learning_pattern_applications AS application
    ON application.learning_pattern_id = pattern.id
LEFT JOIN task_executions AS execution ON execution.id = application.execution_id
CROSS JOIN LATERAL (
    SELECT coalesce(application.is_effective, attempt_went_well(execution.status))
) AS outcome (is_effective)
WHERE pattern.deleted_at IS NULL
GROUP BY pattern.id;

COMMENT ON VIEW learning_patterns_effectiveness IS
    'Patterns with how often they were applied, and how often they helped.';
COMMENT ON COLUMN learning_patterns_effectiveness.effectiveness IS
    'Share of the applications that helped among those of which it is known, 0 to 1; null when of none.';
