-- Words for priorities in other vocabularies.

-- name: list_task_priority_aliases()
-- List all words with the priority that each stands for.
SELECT alias, priority
FROM task_priority_aliases
ORDER BY alias;
