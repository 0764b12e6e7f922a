-- Agents: programs and assistants that claim tasks.

-- name: create_agent(name, type, capabilities, preferences)^
-- Create an agent; register_agent does so for one that may be known already.
-- type is general when None. Refused by agents_name_key when the name is taken.
-- batch
INSERT INTO agents (name, type, capabilities, preferences)
VALUES (
    :name, coalesce(:type, 'general'), coalesce(:capabilities::jsonb, '[]'),
    coalesce(:preferences::jsonb, '{}')
)
RETURNING id, name, type, capabilities, preferences, is_active, created_at, updated_at;

-- name: erase_agent(agent_id)!
-- Erase an inactive agent for good; its attempts outlive it, its limits do not. 0 when there is no
-- such agent, or it is active.
DELETE FROM agents
WHERE id = :agent_id AND NOT is_active;

-- name: get_agent(agent_id)^
-- Get an agent. None when there is no such agent.
SELECT id, name, type, capabilities, preferences, is_active, created_at, updated_at
FROM agents
WHERE id = :agent_id;

-- name: get_agent_by_name(name)^
-- Get an agent by its name. None when there is no such agent.
SELECT id, name, type, capabilities, preferences, is_active, created_at, updated_at
FROM agents
WHERE name = :name;

-- name: list_agents(type, capability, is_active, order_by, is_descending, page_size, page_start)
-- List agents, by name unless order_by says otherwise.
-- type, capability (one of those that an agent has) and is_active leave out what differs, when they
-- are not None. page_size is the number of agents at most (100 when None), page_start the number to
-- pass over.
SELECT id, name, type, capabilities, preferences, is_active, created_at, updated_at
FROM agents
CROSS JOIN LATERAL (
    SELECT
        CASE coalesce(:order_by, 'name'::agent_order)
            WHEN 'name' THEN name WHEN 'type' THEN type
        END,
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
) AS key (words, moment)
WHERE (:type::text IS NULL OR type = :type)
    AND (:capability::text IS NULL OR capabilities ? :capability)
    AND (:is_active::boolean IS NULL OR is_active = :is_active)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.words END,
    CASE WHEN :is_descending THEN key.words END DESC NULLS LAST,
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.moment END,
    CASE WHEN :is_descending THEN key.moment END DESC NULLS LAST,
    name
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

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

-- name: update_agent(agent_id, name, type, capabilities, preferences)^
-- Change what is not None of an agent.
-- capabilities and preferences replace all of them. None when there is no such agent.
-- Refused by agents_name_key when the name is taken.
-- batch
UPDATE agents
SET name = coalesce(:name, name),
    type = coalesce(:type, type),
    capabilities = coalesce(:capabilities::jsonb, capabilities),
    preferences = coalesce(:preferences::jsonb, preferences)
WHERE id = :agent_id
RETURNING id, name, type, capabilities, preferences, is_active, created_at, updated_at;
