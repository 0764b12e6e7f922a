-- The settings of projects, one row a key.

CREATE VIEW project_settings WITH (security_invoker = true) AS
SELECT
    project.id AS project_id,
    project.slug AS project_slug,
    setting.key,
    setting.value
FROM projects AS project
CROSS JOIN LATERAL jsonb_each(project.settings) AS setting (key, value)
WHERE project.deleted_at IS NULL;

COMMENT ON VIEW project_settings IS 'The settings of projects that are not deleted, by key and value.';
COMMENT ON COLUMN project_settings.value IS 'Any JSON: a text is a JSON string.';
