-- Spellings of statuses in other vocabularies.

-- name: list_task_status_aliases()
-- List all spellings with the status that each stands for.
SELECT alias, status
FROM task_status_aliases
ORDER BY alias;
