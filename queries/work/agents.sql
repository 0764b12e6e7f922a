-- Agents: programs and assistants that claim tasks.

-- name: get_agent_by_name(name)^
-- Get an agent by its name. None when there is no such agent.
SELECT id, name, type, capabilities, preferences, is_active, created_at, updated_at
FROM agents
WHERE name = :name;

-- name: list_agents()
-- List all agents by name.
SELECT id, name, type, capabilities, preferences, is_active, created_at, updated_at
FROM agents
ORDER BY name;

-- name: register_agent(name, type, capabilities)^
-- Register an agent, or bring its type and capabilities up to date when its name is known.
-- An agent that was set inactive stays inactive.
INSERT INTO agents (name, type, capabilities)
VALUES (:name, coalesce(:type, 'general'), coalesce(:capabilities::jsonb, '[]'))
ON CONFLICT (name) DO UPDATE SET
    type = coalesce(:type, agents.type),
    capabilities = coalesce(:capabilities::jsonb, agents.capabilities)
RETURNING id, name, type, capabilities, preferences, is_active, created_at, updated_at;

-- name: set_agent_active(agent_id, is_active)^
-- Let an agent claim tasks, or stop it from claiming more.
-- Its running attempts go on. None when there is no such agent.
UPDATE agents
SET is_active = :is_active
WHERE id = :agent_id
RETURNING id, name, is_active;
