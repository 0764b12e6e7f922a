-- The legal moves of a pull request.

-- name: list_pull_request_status_transitions(from_status)
-- List the moves that are legal from a status, or all when it is None.
SELECT from_status, to_status, meaning
FROM pull_request_status_transitions
WHERE :from_status::pull_request_status IS NULL OR from_status = :from_status
ORDER BY from_status, to_status;
