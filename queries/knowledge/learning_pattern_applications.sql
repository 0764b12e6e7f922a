-- Applications of patterns, and whether they helped.

-- name: list_learning_pattern_applications(learning_pattern_id, task_id)
-- List the applications of a pattern, or to a task, in the order in which they came.
-- Criteria that are None leave out nothing.
-- Reads the whole of learning_pattern_applications: all of them may be asked for.
SELECT id, learning_pattern_id, task_id, execution_id, is_effective, notes, applied_by, applied_at
FROM learning_pattern_applications
WHERE (:learning_pattern_id::uuid IS NULL OR learning_pattern_id = :learning_pattern_id)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
ORDER BY id;

-- name: record_learning_pattern_application(learning_pattern_id, task_id, execution_id, is_effective, notes)^
-- Record an application of a pattern, to a task or in an attempt at one.
-- The task is that of the attempt when task_id is None. While is_effective is None, the end of the
-- attempt decides whether it helped. Refused by
-- learning_pattern_applications_learning_pattern_id_fkey when there is no such pattern.
-- batch
INSERT INTO learning_pattern_applications (
    learning_pattern_id, task_id, execution_id, is_effective, notes
)
VALUES (
    :learning_pattern_id,
    coalesce(:task_id, (SELECT task_id FROM task_executions WHERE id = :execution_id)),
    :execution_id, :is_effective, :notes
)
RETURNING id, learning_pattern_id, task_id, execution_id, is_effective, notes, applied_by,
    applied_at;

-- name: set_learning_pattern_outcome(learning_pattern_application_id, is_effective, notes)^
-- Say whether an application of a pattern helped. What is None keeps its value.
-- None when there is no such application.
UPDATE learning_pattern_applications
SET is_effective = coalesce(:is_effective, is_effective), notes = coalesce(:notes, notes)
WHERE id = :learning_pattern_application_id
RETURNING id, learning_pattern_id, task_id, execution_id, is_effective, notes, applied_by,
    applied_at;
