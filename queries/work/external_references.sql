-- What things here are called in foreign systems.

-- name: get_external_reference(external_reference_id)^
-- Get a reference. None when there is no such reference.
SELECT id, entity_type, entity_id, system, kind, external_id, url, metadata, created_at, updated_at
FROM external_references
WHERE id = :external_reference_id;

-- name: list_external_references(entity_type, entity_id, system)
-- List what something here is called in foreign systems; in one system, or in any when None.
-- entity_type is its table.
SELECT id, entity_type, entity_id, system, kind, external_id, url, metadata, created_at, updated_at
FROM external_references
WHERE entity_id = :entity_id
    AND entity_type = :entity_type
    AND (:system::text IS NULL OR system = :system)
ORDER BY system, kind, external_id, id;

-- name: list_referenced_entities(system, kind, external_id, entity_type)
-- List what is called so in a foreign system; of one table, or of any when entity_type is None.
SELECT id, entity_type, entity_id, system, kind, external_id, url, metadata, created_at, updated_at
FROM external_references
WHERE system = :system
    AND kind = :kind
    AND external_id = :external_id
    AND (:entity_type::text IS NULL OR entity_type = :entity_type)
ORDER BY entity_type, entity_id;

-- name: remove_external_reference(external_reference_id)!
-- Remove a reference. 0 when there is no such reference.
DELETE FROM external_references
WHERE id = :external_reference_id;

-- name: set_external_reference(entity_type, entity_id, system, kind, external_id, url, metadata)^
-- Say what something here is called in a foreign system.
-- entity_type is its table. Repeated, it changes what is not None of url and metadata.
-- Refused by external_references_project_id_fkey, external_references_agent_id_fkey,
-- external_references_task_list_id_fkey or external_references_task_id_fkey when there is no such
-- row; that there is one of any other table, nobody checks.
-- batch
INSERT INTO external_references AS reference (
    entity_type, entity_id, system, kind, external_id, url, metadata
)
VALUES (
    :entity_type, :entity_id, :system, :kind, :external_id, :url, coalesce(:metadata::jsonb, '{}')
)
ON CONFLICT (system, kind, external_id, entity_type, entity_id) DO UPDATE SET
    url = coalesce(:url, reference.url),
    metadata = coalesce(:metadata::jsonb, reference.metadata)
RETURNING id, entity_type, entity_id, system, kind, external_id, url, metadata, created_at,
    updated_at;
