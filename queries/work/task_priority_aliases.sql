-- Words for priorities in other vocabularies.

-- name: get_task_priority_by_alias(alias)^
-- Get the priority that a word stands for, whatever its capitals, spaces and hyphens.
-- None when the word is unknown.
SELECT alias, priority
FROM task_priority_aliases
WHERE alias = trim('_' FROM regexp_replace(lower(:alias), '[\s_-]+', '_', 'g'));

-- name: list_task_priority_aliases()
-- List all words with the priority that each stands for.
SELECT alias, priority
FROM task_priority_aliases
ORDER BY alias;

-- name: set_task_priority_alias(alias, priority)^
-- Let a word stand for a priority, 0 to 10.
-- Refused by task_priority_aliases_are_folded unless in lower case with single underscores.
INSERT INTO task_priority_aliases (alias, priority)
VALUES (:alias, :priority)
ON CONFLICT (alias) DO UPDATE SET priority = EXCLUDED.priority
RETURNING alias, priority;
