-- The components that a system usually has. One that is there stays as it is, and one that somebody
-- deleted stays deleted.

INSERT INTO components (name, type, capabilities)
SELECT seed.name, seed.type::component_type, seed.capabilities::jsonb
FROM (VALUES
    ('workflow_orchestrator', 'orchestrator', '["workflows", "webhooks"]'),
    ('task_manager', 'manager', '["tasks", "dependencies"]'),
    ('codebase_analyzer', 'analyzer', '["analysis", "contexts"]'),
    ('code_generator', 'generator', '["codegen", "pull_requests"]'),
    ('pull_request_validator', 'validator', '["validation", "review"]'),
    ('deployer', 'deployer', '["deployment"]')
) AS seed (name, type, capabilities)
WHERE NOT EXISTS (SELECT FROM components WHERE components.name = seed.name)
ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING;
