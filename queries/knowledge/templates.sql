-- Templates: texts with places to fill in, in all their versions.

-- name: create_template(name, type, content, category, description, variables, metadata, created_by)^
-- Create a template, or the next version of the one of that name; it is the one that is used.
-- Whoever creates versions of one name waits for the others. created_by is the actor when None.
-- Refused by the rules of the columns, such as templates_variables_is_array_of_identifiers.
-- batch
INSERT INTO templates (name, type, content, category, description, variables, metadata, created_by)
VALUES (
    :name, :type, :content, :category, :description, coalesce(:variables::jsonb, '[]'),
    coalesce(:metadata::jsonb, '{}'),
    coalesce(:created_by, nullif(current_setting('taskspine.actor', true), ''), session_user)
)
RETURNING id, name, version, type, content, category, description, variables, metadata, is_active,
    created_by, created_at, updated_at, deleted_at;

-- name: delete_template(template_id)!
-- Leave a version of a template out of lists; it is not used any more.
-- 0 when it is left out already, or when there is none.
UPDATE templates
SET deleted_at = clock_timestamp(), is_active = false
WHERE id = :template_id AND deleted_at IS NULL;

-- name: erase_template(template_id)!
-- Erase a deleted version of a template for good, with its uses. 0 when it is not deleted.
DELETE FROM templates
WHERE id = :template_id AND deleted_at IS NOT NULL;

-- name: get_active_template(name)^
-- Get the version of a template that is used. None when there is no such template, or none is used.
SELECT id, name, version, type, content, category, description, variables, metadata, is_active,
    created_by, created_at, updated_at, deleted_at
FROM templates
WHERE name = :name AND is_active;

-- name: get_template(template_id)^
-- Get a version of a template, a deleted one too. None when there is no such version.
SELECT id, name, version, type, content, category, description, variables, metadata, is_active,
    created_by, created_at, updated_at, deleted_at
FROM templates
WHERE id = :template_id;

-- name: list_template_versions(name)
-- List the versions of a template, the newest first, with deleted ones.
SELECT id, name, version, type, content, category, description, variables, metadata, is_active,
    created_by, created_at, updated_at, deleted_at
FROM templates
WHERE name = :name
ORDER BY version DESC;

-- name: list_templates(type, category, is_active, order_by, is_descending, page_size, page_start)
-- List templates by name, each in the versions that is_active asks for.
-- Criteria that are None leave out nothing. order_by is name when None; page_size is the number of
-- versions at most (100 when None), page_start the number to pass over.
SELECT id, name, version, type, content, category, description, variables, metadata, is_active,
    created_by, created_at, updated_at, deleted_at
FROM templates
WHERE deleted_at IS NULL
    AND (:type::text IS NULL OR type = :type)
    AND (:category::text IS NULL OR category = :category)
    AND (:is_active::boolean IS NULL OR is_active = :is_active)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE coalesce(:order_by, 'name'::template_order)
            WHEN 'name' THEN name
            WHEN 'type' THEN type
        END
    END,
    CASE WHEN :is_descending THEN
        CASE coalesce(:order_by, 'name'::template_order)
            WHEN 'name' THEN name
            WHEN 'type' THEN type
        END
    END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
    END DESC,
    name, version DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: restore_template(template_id)^
-- Bring a deleted version of a template back, though not into use.
-- None when it is not deleted, or when there is none.
UPDATE templates
SET deleted_at = NULL
WHERE id = :template_id AND deleted_at IS NOT NULL
RETURNING id, name, version, is_active, deleted_at;

-- name: set_template_active(template_id, is_active)^
-- Use this version of a template instead of the one that is used, or use it no more.
-- None when there is no such version. Refused by templates_deleted_is_not_active.
UPDATE templates
SET is_active = :is_active
WHERE id = :template_id
RETURNING id, name, version, is_active, updated_at;

-- name: update_template(template_id, category, description, metadata, cleared)^
-- Change what is said about a version of a template.
-- What it says itself is changed by a new version. What is None keeps its value; cleared names what
-- is to be without one. None when there is no such version. Refused by the rules of the columns.
-- batch
UPDATE templates
SET category = CASE WHEN NOT 'category' = ANY (given.cleared)
        THEN coalesce(:category, category) END,
    description = CASE WHEN NOT 'description' = ANY (given.cleared)
        THEN coalesce(:description, description) END,
    metadata = coalesce(:metadata::jsonb, metadata)
FROM coalesce(:cleared::template_optional_column[], '{}') AS given (cleared)
WHERE id = :template_id
RETURNING id, name, version, type, content, category, description, variables, metadata, is_active,
    created_by, created_at, updated_at, deleted_at;
