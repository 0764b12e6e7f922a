-- How each version of a template did.

CREATE VIEW template_performance WITH (security_invoker = true) AS
SELECT
    template.id AS template_id,
    template.name,
    template.version,
    template.type,
    template.category,
    template.is_active,
    count(usage.id) AS usage_count,
    count(usage.id) FILTER (WHERE outcome.is_success) AS success_count,
    count(usage.id) FILTER (WHERE NOT outcome.is_success) AS failure_count,
    avg(outcome.is_success::integer) AS success_rate,
    avg(usage.rating) AS average_rating,
    min(usage.used_at) AS first_used_at,
    max(usage.used_at) AS last_used_at
FROM templates AS template
LEFT JOIN template_usage AS usage ON usage.template_id = template.id
LEFT JOIN task_executions AS execution ON execution.id = usage.execution_id
CROSS JOIN LATERAL (
    SELECT coalesce(usage.is_success, attempt_went_well(execution.status))
) AS outcome (is_success)
WHERE template.deleted_at IS NULL
GROUP BY template.id;

COMMENT ON VIEW template_performance IS 'Versions of templates with how often they were used, and how it went.';
COMMENT ON COLUMN template_performance.success_rate IS
    'Share of the uses that went well among those of which it is known, 0 to 1; null when of none.';
COMMENT ON COLUMN template_performance.average_rating IS 'Mean of the ratings, 1 to 5; null without any.';
