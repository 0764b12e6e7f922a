-- The legal moves of a task.

-- name: list_legal_moves()
-- List all moves that are legal.
SELECT from_status, to_status
FROM task_status_transitions
ORDER BY from_status, to_status;

-- name: list_task_status_transitions(from_status)
-- List the moves that are legal from a status.
SELECT from_status, to_status, meaning
FROM task_status_transitions
WHERE from_status = :from_status
ORDER BY to_status;
