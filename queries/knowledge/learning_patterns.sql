-- What was learnt: by what signs it is known, and what helps.

-- name: create_learning_pattern(name, type, description, indicators, suggestions, confidence, project_id, metadata, created_by)^
-- Create a pattern, for one project or for all.
-- confidence is 0.5 and created_by the actor when None.
-- Refused by learning_patterns_names_are_unique, learning_patterns_confidence_in_range, and the
-- rules of the other columns.
-- batch
INSERT INTO learning_patterns (
    project_id, name, type, description, indicators, suggestions, confidence, metadata, created_by
)
VALUES (
    :project_id, :name, :type, :description, coalesce(:indicators::jsonb, '[]'),
    coalesce(:suggestions::jsonb, '[]'), coalesce(:confidence, 0.5),
    coalesce(:metadata::jsonb, '{}'),
    coalesce(:created_by, nullif(current_setting('taskspine.actor', true), ''), session_user)
)
RETURNING id, project_id, name, type, description, indicators, suggestions, confidence, metadata,
    is_active, created_by, created_at, updated_at, deleted_at;

-- name: delete_learning_pattern(learning_pattern_id)!
-- Leave a pattern out of lists. 0 when it is left out already, or when there is none.
UPDATE learning_patterns
SET deleted_at = clock_timestamp()
WHERE id = :learning_pattern_id AND deleted_at IS NULL;

-- name: erase_learning_pattern(learning_pattern_id)!
-- Erase a deleted pattern for good, with its applications. 0 when it is not deleted.
DELETE FROM learning_patterns
WHERE id = :learning_pattern_id AND deleted_at IS NOT NULL;

-- name: get_learning_pattern(learning_pattern_id)^
-- Get a pattern, a deleted one too. None when there is no such pattern.
SELECT id, project_id, name, type, description, indicators, suggestions, confidence, metadata,
    is_active, created_by, created_at, updated_at, deleted_at
FROM learning_patterns
WHERE id = :learning_pattern_id;

-- name: list_learning_patterns(project_id, type, is_active, least_confidence, indicators, order_by, is_descending, page_size, page_start)
-- List patterns, the oldest first; with a project_id those of the project and those of all.
-- Criteria that are None leave out nothing; indicators is what those of a pattern contain. order_by
-- is created_at when None; page_size is the number of patterns at most (100 when None), page_start
-- the number to pass over.
SELECT id, project_id, name, type, description, indicators, suggestions, confidence, metadata,
    is_active, created_by, created_at, updated_at, deleted_at
FROM learning_patterns
WHERE deleted_at IS NULL
    AND (:project_id::uuid IS NULL OR project_id = :project_id OR project_id IS NULL)
    AND (:type::text IS NULL OR type = :type)
    AND (:is_active::boolean IS NULL OR is_active = :is_active)
    AND (:least_confidence::numeric IS NULL OR confidence >= :least_confidence)
    AND (:indicators::jsonb IS NULL OR indicators @> :indicators)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE coalesce(:order_by, 'created_at'::learning_pattern_order)
            WHEN 'created_at' THEN created_at
            WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE coalesce(:order_by, 'created_at'::learning_pattern_order)
            WHEN 'created_at' THEN created_at
            WHEN 'updated_at' THEN updated_at
        END
    END DESC,
    CASE WHEN :order_by = 'confidence' THEN
        CASE WHEN :is_descending THEN -confidence ELSE confidence END
    END,
    CASE WHEN :order_by = 'name' AND NOT coalesce(:is_descending, false) THEN name END,
    CASE WHEN :order_by = 'name' AND :is_descending THEN name END DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: restore_learning_pattern(learning_pattern_id)^
-- Bring a deleted pattern back. None when it is not deleted, or when there is none.
-- Refused by learning_patterns_names_are_unique when its name is taken meanwhile.
UPDATE learning_patterns
SET deleted_at = NULL
WHERE id = :learning_pattern_id AND deleted_at IS NOT NULL
RETURNING id, project_id, name, type, deleted_at;

-- name: update_learning_pattern(learning_pattern_id, project_id, name, type, description, indicators, suggestions, confidence, metadata, is_active, cleared)^
-- Change a pattern. What is None keeps its value; cleared names what is to be without one.
-- None when there is no such pattern. Refused by learning_patterns_names_are_unique,
-- learning_patterns_confidence_in_range, and the rules of the other columns.
-- batch
UPDATE learning_patterns
SET project_id = CASE WHEN NOT 'project_id' = ANY (given.cleared)
        THEN coalesce(:project_id, project_id) END,
    name = coalesce(:name, name),
    type = coalesce(:type, type),
    description = CASE WHEN NOT 'description' = ANY (given.cleared)
        THEN coalesce(:description, description) END,
    indicators = coalesce(:indicators::jsonb, indicators),
    suggestions = coalesce(:suggestions::jsonb, suggestions),
    confidence = coalesce(:confidence, confidence),
    metadata = coalesce(:metadata::jsonb, metadata),
    is_active = coalesce(:is_active, is_active)
FROM coalesce(:cleared::learning_pattern_optional_column[], '{}') AS given (cleared)
WHERE id = :learning_pattern_id
RETURNING id, project_id, name, type, description, indicators, suggestions, confidence, metadata,
    is_active, created_by, created_at, updated_at, deleted_at;
