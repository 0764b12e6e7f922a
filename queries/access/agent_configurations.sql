-- Agent configurations: named settings for the agents of one type, in one project or in all.

-- name: create_agent_configuration(project_id, agent_type, name, configuration, capabilities, constraints, is_active)^
-- Create a configuration: for every project when project_id is None, called default without a name.
-- It is active unless is_active says otherwise. Refused by
-- agent_configurations_project_id_agent_type_name_key when there is one of that name.
-- batch
INSERT INTO agent_configurations (
    project_id, agent_type, name, configuration, capabilities, constraints, is_active
)
VALUES (
    :project_id, :agent_type, coalesce(:name, 'default'), coalesce(:configuration::jsonb, '{}'),
    coalesce(:capabilities::jsonb, '[]'), coalesce(:constraints::jsonb, '{}'),
    coalesce(:is_active, true)
)
RETURNING id, project_id, agent_type, name, configuration, capabilities, constraints, version,
    is_active, created_at, updated_at;

-- name: delete_agent_configuration(agent_configuration_id)!
-- Delete a configuration. 0 when there is no such configuration.
DELETE FROM agent_configurations
WHERE id = :agent_configuration_id;

-- name: get_agent_configuration(agent_configuration_id)^
-- Get a configuration. None when there is no such configuration.
SELECT id, project_id, agent_type, name, configuration, capabilities, constraints, version,
    is_active, created_at, updated_at
FROM agent_configurations
WHERE id = :agent_configuration_id;

-- name: get_applicable_agent_configuration(agent_id, project_id, name)^
-- Get the configuration that applies to an agent: the project's own, else the one for all projects.
-- It is the one called default when name is None, and one for all projects when project_id is.
-- Those that are not active are passed over. None when none applies, or there is no such agent.
-- param: project_id?
SELECT configuration.id, configuration.project_id, configuration.agent_type, configuration.name,
    configuration.configuration, configuration.capabilities, configuration.constraints,
    configuration.version, configuration.is_active, configuration.created_at,
    configuration.updated_at
FROM agents AS agent
JOIN agent_configurations AS configuration ON configuration.agent_type = agent.type
WHERE agent.id = :agent_id
    AND (configuration.project_id = :project_id OR configuration.project_id IS NULL)
    AND configuration.name = coalesce(:name, 'default')
    AND configuration.is_active
ORDER BY configuration.project_id IS NULL
LIMIT 1;

-- name: list_agent_configuration_versions(agent_configuration_id)
-- List what each version of a configuration changed, the latest first: who made it, and when.
-- old_values and new_values are objects of the columns that changed; the first version has no old
-- ones.
SELECT changed_at, actor, agent, (new_values ->> 'version')::integer AS version, old_values,
    new_values
FROM audit_log
WHERE entity_type = 'agent_configurations'
    AND entity_id = :agent_configuration_id::uuid::text
    AND new_values ? 'version'
ORDER BY changed_at DESC, id DESC;

-- name: list_agent_configurations(project_id, agent_type, is_active, order_by, is_descending, page_size, page_start)
-- List configurations by name, or by what order_by says; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing.
SELECT id, project_id, agent_type, name, configuration, capabilities, constraints, version,
    is_active, created_at, updated_at
FROM agent_configurations
WHERE (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:agent_type::text IS NULL OR agent_type = :agent_type)
    AND (:is_active::boolean IS NULL OR is_active = :is_active)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE coalesce(:order_by::agent_configuration_order, 'name')
            WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
    END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE :order_by WHEN 'agent_type' THEN agent_type ELSE name END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'agent_type' THEN agent_type ELSE name END
    END DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: update_agent_configuration(agent_configuration_id, name, configuration, capabilities, constraints, is_active, expected_version)^
-- Update a configuration; what is None stays as it is.
-- None when there is no such configuration, or it is of another version than the expected one, if
-- any is. Refused by agent_configurations_project_id_agent_type_name_key when the name is taken.
-- batch
UPDATE agent_configurations
SET name = coalesce(:name, name),
    configuration = coalesce(:configuration::jsonb, configuration),
    capabilities = coalesce(:capabilities::jsonb, capabilities),
    constraints = coalesce(:constraints::jsonb, constraints),
    is_active = coalesce(:is_active, is_active)
WHERE id = :agent_configuration_id
    AND (:expected_version::integer IS NULL OR version = :expected_version)
RETURNING id, project_id, agent_type, name, configuration, capabilities, constraints, version,
    is_active, created_at, updated_at;
