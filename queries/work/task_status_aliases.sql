-- Spellings of statuses in other vocabularies.

-- name: get_task_status_by_alias(alias)^
-- Get the status that a spelling stands for, whatever its capitals, spaces and hyphens.
-- None when the spelling is unknown.
SELECT alias, status
FROM task_status_aliases
WHERE alias = trim('_' FROM regexp_replace(lower(:alias), '[\s_-]+', '_', 'g'));

-- name: list_task_status_aliases()
-- List all spellings with the status that each stands for.
SELECT alias, status
FROM task_status_aliases
ORDER BY alias;

-- name: set_task_status_alias(alias, status)^
-- Let a spelling stand for a status.
-- Refused by task_status_aliases_are_folded unless in lower case with single underscores.
INSERT INTO task_status_aliases (alias, status)
VALUES (:alias, :status)
ON CONFLICT (alias) DO UPDATE SET status = EXCLUDED.status
RETURNING alias, status;
