-- How versions of templates did.

-- name: get_template_performance(template_id)^
-- Get how a version of a template did. None when there is no such version, or it is deleted.
SELECT template_id, name, version, type, category, is_active, usage_count, success_count,
    failure_count, success_rate, average_rating, first_used_at, last_used_at
FROM template_performance
WHERE template_id = :template_id;

-- name: list_template_performance(type, category, name)
-- List how versions of templates did, the most used first.
-- Criteria that are None leave out nothing.
-- Reads the whole of template_usage and task_executions: it counts them.
SELECT template_id, name, version, type, category, is_active, usage_count, success_count,
    failure_count, success_rate, average_rating, first_used_at, last_used_at
FROM template_performance
WHERE (:type::text IS NULL OR type = :type)
    AND (:category::text IS NULL OR category = :category)
    AND (:name::text IS NULL OR name = :name)
ORDER BY usage_count DESC, name, version DESC;
