-- The documents of tasks.

-- name: get_task_details(task_id)^
-- Get the document of a task. None when nothing was ever said about it.
SELECT task_id, description, details, test_strategy, requirements, acceptance_criteria,
    affected_files, tags, context, metadata, updated_at
FROM task_details
WHERE task_id = :task_id;

-- name: import_task_detail_changes(task_ids, changes)!
-- Change what an object says of each document: description, details, test_strategy,
-- acceptance_criteria, tags. A key that is not there leaves its column alone; metadata gain the
-- keys of its key metadata.
-- Refused by the rules of the columns.
UPDATE task_details AS detail
SET description = CASE WHEN change.patch ? 'description'
        THEN nullif(change.patch ->> 'description', '') ELSE detail.description END,
    details = CASE WHEN change.patch ? 'details'
        THEN nullif(change.patch ->> 'details', '') ELSE detail.details END,
    test_strategy = CASE WHEN change.patch ? 'test_strategy'
        THEN nullif(change.patch ->> 'test_strategy', '') ELSE detail.test_strategy END,
    acceptance_criteria =
        coalesce(change.patch -> 'acceptance_criteria', detail.acceptance_criteria),
    tags = coalesce(change.patch -> 'tags', detail.tags),
    metadata = detail.metadata || coalesce(change.patch -> 'metadata', '{}')
FROM unnest(:task_ids::uuid[], :changes::jsonb[]) AS change (task_id, patch)
WHERE detail.task_id = change.task_id;

-- name: import_task_details(task_ids, descriptions, details, test_strategies, acceptance_criteria, tags, metadata)!
-- Write the documents of tasks that have none; the n-th of each array makes one.
-- An empty text is none.
-- Refused by the rules of the columns, such as task_details_details_up_to_1_mb.
INSERT INTO task_details (
    task_id, description, details, test_strategy, acceptance_criteria, tags, metadata
)
SELECT
    item.task_id, nullif(item.description, ''), nullif(item.details, ''),
    nullif(item.test_strategy, ''), item.acceptance_criteria, item.tags, item.metadata
FROM unnest(
    :task_ids::uuid[], :descriptions::text[], :details::text[], :test_strategies::text[],
    :acceptance_criteria::jsonb[], :tags::jsonb[], :metadata::jsonb[]
) AS item (task_id, description, details, test_strategy, acceptance_criteria, tags, metadata);

-- name: update_task_details(task_id, description, details, test_strategy, requirements, acceptance_criteria, affected_files, tags, context, metadata, cleared)^
-- Change the document of a task; a task that has none gets one.
-- What is None keeps its value, what cleared names is emptied.
-- Refused by task_details_task_id_fkey when there is no such task, and by the rules of the columns.
-- batch
INSERT INTO task_details AS detail (
    task_id, description, details, test_strategy, requirements, acceptance_criteria,
    affected_files, tags, context, metadata
)
VALUES (
    :task_id, :description, :details, :test_strategy, coalesce(:requirements::jsonb, '[]'),
    coalesce(:acceptance_criteria::jsonb, '[]'), coalesce(:affected_files::jsonb, '[]'),
    coalesce(:tags::jsonb, '[]'), coalesce(:context::jsonb, '{}'), coalesce(:metadata::jsonb, '{}')
)
ON CONFLICT (task_id) DO UPDATE SET
    description = CASE
        WHEN NOT 'description' = ANY (coalesce(:cleared::task_detail_optional_column[], '{}'))
        THEN coalesce(:description, detail.description)
    END,
    details = CASE
        WHEN NOT 'details' = ANY (coalesce(:cleared::task_detail_optional_column[], '{}'))
        THEN coalesce(:details, detail.details)
    END,
    test_strategy = CASE
        WHEN NOT 'test_strategy' = ANY (coalesce(:cleared::task_detail_optional_column[], '{}'))
        THEN coalesce(:test_strategy, detail.test_strategy)
    END,
    requirements = coalesce(:requirements::jsonb, detail.requirements),
    acceptance_criteria = coalesce(:acceptance_criteria::jsonb, detail.acceptance_criteria),
    affected_files = coalesce(:affected_files::jsonb, detail.affected_files),
    tags = coalesce(:tags::jsonb, detail.tags),
    context = coalesce(:context::jsonb, detail.context),
    metadata = coalesce(:metadata::jsonb, detail.metadata)
RETURNING task_id, description, details, test_strategy, requirements, acceptance_criteria,
    affected_files, tags, context, metadata, updated_at;
