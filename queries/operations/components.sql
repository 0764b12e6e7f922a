-- Components: the parts of the system that work, report their health and exchange messages.

-- name: create_component(name, type, version, endpoint, health_check_url, configuration, capabilities)^
-- Create a component.
-- Refused by components_name_unique_among_the_living when the name is taken.
-- batch
INSERT INTO components (
    name, type, version, endpoint, health_check_url, configuration, capabilities
)
VALUES (
    :name, :type, :version, :endpoint, :health_check_url, coalesce(:configuration::jsonb, '{}'),
    coalesce(:capabilities::jsonb, '[]')
)
RETURNING id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at;

-- name: delete_component(component_id)!
-- Delete a component; it can be restored. 0 when there is none that lives.
UPDATE components
SET deleted_at = clock_timestamp()
WHERE id = :component_id AND deleted_at IS NULL;

-- name: erase_component(component_id)!
-- Erase a deleted component for good, with its health checks and the messages to it.
-- 0 when there is no deleted component of that id.
DELETE FROM components
WHERE id = :component_id AND deleted_at IS NOT NULL;

-- name: get_component(component_id)^
-- Get a component, a deleted one too. None when there is no such component.
SELECT id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at
FROM components
WHERE id = :component_id;

-- name: get_component_by_name(name)^
-- Get a component by its name. None when there is none that lives.
SELECT id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at
FROM components
WHERE name = :name AND deleted_at IS NULL;

-- name: list_components(type, capability, order_by, is_descending, page_size, page_start)
-- List components by name, or by what order_by says; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing.
SELECT id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at
FROM components
WHERE deleted_at IS NULL
    AND (:type::component_type IS NULL OR type = :type)
    AND (:capability::text IS NULL OR capabilities @> to_jsonb(:capability::text))
ORDER BY
    CASE WHEN NOT coalesce(:is_descending::boolean, false) THEN
        CASE coalesce(:order_by::component_order, 'name')
            WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
    END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE :order_by WHEN 'type' THEN type::text ELSE name END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'type' THEN type::text ELSE name END
    END DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: register_component(name, type, version, endpoint, health_check_url, configuration, capabilities)^
-- Register a component, or bring up to date what is given of one whose name is known.
-- What is None stays as it is.
-- batch
INSERT INTO components (
    name, type, version, endpoint, health_check_url, configuration, capabilities
)
VALUES (
    :name, :type, :version, :endpoint, :health_check_url, coalesce(:configuration::jsonb, '{}'),
    coalesce(:capabilities::jsonb, '[]')
)
ON CONFLICT (name) WHERE deleted_at IS NULL DO UPDATE SET
    type = excluded.type,
    version = coalesce(:version, components.version),
    endpoint = coalesce(:endpoint, components.endpoint),
    health_check_url = coalesce(:health_check_url, components.health_check_url),
    configuration = coalesce(:configuration::jsonb, components.configuration),
    capabilities = coalesce(:capabilities::jsonb, components.capabilities)
RETURNING id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at;

-- name: restore_component(component_id)^
-- Restore a deleted component. None when there is none of that id.
-- Refused by components_name_unique_among_the_living when its name was taken meanwhile.
UPDATE components
SET deleted_at = NULL
WHERE id = :component_id AND deleted_at IS NOT NULL
RETURNING id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at;

-- name: update_component(component_id, name, type, version, endpoint, health_check_url, configuration, capabilities, cleared)^
-- Change what is not None of a component, and empty the columns that cleared names.
-- None when there is none that lives.
-- Refused by components_name_unique_among_the_living when the name is taken.
-- batch
UPDATE components
SET name = coalesce(:name, name),
    type = coalesce(:type, type),
    version = CASE
        WHEN 'version' = ANY (coalesce(:cleared::component_optional_column[], '{}')) THEN NULL
        ELSE coalesce(:version, version)
    END,
    endpoint = CASE
        WHEN 'endpoint' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:endpoint, endpoint)
    END,
    health_check_url = CASE
        WHEN 'health_check_url' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:health_check_url, health_check_url)
    END,
    configuration = coalesce(:configuration::jsonb, configuration),
    capabilities = coalesce(:capabilities::jsonb, capabilities)
WHERE id = :component_id AND deleted_at IS NULL
RETURNING id, name, type, version, endpoint, health_check_url, configuration, capabilities,
    deleted_at, created_at, updated_at;
