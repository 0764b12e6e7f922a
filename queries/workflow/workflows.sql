-- Workflows: tasks of a project worked through as one procedure.

-- name: create_workflow(project_id, name, description, requirements, configuration, metadata, phase, state)^
-- Create a workflow, which is pending.
-- Refused by workflows_project_id_fkey when there is no such project, and by the rules of the
-- columns, such as workflows_name_has_1_to_200_characters.
-- batch
INSERT INTO workflows (
    project_id, name, description, requirements, configuration, metadata, phase, state
)
VALUES (
    :project_id, :name, :description, coalesce(:requirements::jsonb, '[]'),
    coalesce(:configuration::jsonb, '{}'), coalesce(:metadata::jsonb, '{}'), :phase,
    coalesce(:state::jsonb, '{}')
)
RETURNING id, project_id, name, description, requirements, configuration, metadata, status, phase,
    state, started_at, completed_at, created_at, updated_at, deleted_at;

-- name: delete_workflow(workflow_id)!
-- Delete a workflow, so that restore_workflow can bring it back. Its tasks stay as they are.
-- 0 when there is no such workflow, or it is deleted already.
UPDATE workflows
SET deleted_at = clock_timestamp()
WHERE id = :workflow_id AND deleted_at IS NULL;

-- name: erase_workflow(workflow_id)!
-- Delete a workflow for good, with its steps and its list of tasks, but not the tasks.
-- 0 when it is not deleted.
DELETE FROM workflows
WHERE id = :workflow_id AND deleted_at IS NOT NULL;

-- name: get_workflow(workflow_id)^
-- Get a workflow, a deleted one too. None when there is no such workflow.
SELECT id, project_id, name, description, requirements, configuration, metadata, status, phase,
    state, started_at, completed_at, created_at, updated_at, deleted_at
FROM workflows
WHERE id = :workflow_id;

-- name: list_workflows(project_id, status, phase, name, created_after, order_by, is_descending, page_size, page_start)
-- List workflows that are not deleted, by created_at unless order_by says otherwise.
-- project_id, status, phase, name and created_after leave out what differs, when they are not None.
-- page_size is the number of workflows at most (100 when None), page_start the number to pass over.
SELECT id, project_id, name, description, requirements, configuration, metadata, status, phase,
    state, started_at, completed_at, created_at, updated_at, deleted_at
FROM workflows
WHERE deleted_at IS NULL
    AND (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:status::workflow_status IS NULL OR status = :status)
    AND (:phase::text IS NULL OR phase = :phase)
    AND (:name::text IS NULL OR name = :name)
    AND (:created_after::timestamptz IS NULL OR created_at > :created_after)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending::boolean, false) THEN
        CASE coalesce(:order_by, 'created_at'::workflow_order)
            WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE coalesce(:order_by, 'created_at'::workflow_order)
            WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at
        END
    END DESC,
    CASE WHEN :is_descending IS NOT TRUE AND :order_by = 'name' THEN name END,
    CASE WHEN :is_descending AND :order_by = 'name' THEN name END DESC,
    CASE WHEN :is_descending IS NOT TRUE AND :order_by = 'status' THEN status END,
    CASE WHEN :is_descending AND :order_by = 'status' THEN status END DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: restore_workflow(workflow_id)^
-- Take the deletion of a workflow back. None when there is no such workflow, or it is not deleted.
UPDATE workflows
SET deleted_at = NULL
WHERE id = :workflow_id AND deleted_at IS NOT NULL
RETURNING id, project_id, name, description, requirements, configuration, metadata, status, phase,
    state, started_at, completed_at, created_at, updated_at, deleted_at;

-- name: set_workflow_status(workflow_id, status)^
-- Set the status of a workflow. None when there is no such workflow.
-- Refused by workflows_status_follows_moves, which tells where the workflow can go.
UPDATE workflows
SET status = :status
WHERE id = :workflow_id
RETURNING id, project_id, name, description, requirements, configuration, metadata, status, phase,
    state, started_at, completed_at, created_at, updated_at, deleted_at;

-- name: update_workflow(workflow_id, name, description, requirements, configuration, metadata, phase, state, cleared)^
-- Change what is not None of a workflow, and empty the columns that cleared names.
-- requirements, configuration, metadata and state are replaced as a whole. None when there is no
-- such workflow. Refused by the rules of the columns.
-- batch
UPDATE workflows
SET name = coalesce(:name, name),
    description = CASE
        WHEN 'description' = ANY (coalesce(:cleared::workflow_optional_column[], '{}')) THEN NULL
        ELSE coalesce(:description, description)
    END,
    requirements = coalesce(:requirements::jsonb, requirements),
    configuration = coalesce(:configuration::jsonb, configuration),
    metadata = coalesce(:metadata::jsonb, metadata),
    phase = CASE
        WHEN 'phase' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:phase, phase)
    END,
    state = coalesce(:state::jsonb, state)
WHERE id = :workflow_id
RETURNING id, project_id, name, description, requirements, configuration, metadata, status, phase,
    state, started_at, completed_at, created_at, updated_at, deleted_at;
