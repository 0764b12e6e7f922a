-- Legal holds: orders to keep data.

-- name: create_legal_hold(project_id, reason, ordered_by)^
-- Order the data of a project to be kept; everything, when project_id is None.
-- Refused by legal_holds_project_id_fkey when there is no such project.
INSERT INTO legal_holds (project_id, reason, ordered_by)
VALUES (:project_id, :reason, :ordered_by)
RETURNING id, project_id, reason, ordered_by, ordered_at;

-- name: list_legal_holds(is_in_force)
-- List the holds, the latest first: those in force, those released, or both when None.
SELECT id, project_id, reason, ordered_by, ordered_at, released_at, released_by
FROM legal_holds
WHERE :is_in_force::boolean IS NULL OR (released_at IS NULL) = :is_in_force
ORDER BY ordered_at DESC, id;

-- name: release_legal_hold(legal_hold_id, released_by)^
-- Release a hold. None when there is no such hold in force.
UPDATE legal_holds
SET released_at = clock_timestamp(), released_by = :released_by
WHERE id = :legal_hold_id AND released_at IS NULL
RETURNING id, project_id, released_at, released_by;
