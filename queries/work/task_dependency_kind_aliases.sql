-- Words for kinds of dependencies in other vocabularies.

-- name: list_task_dependency_kind_aliases()
-- List all words with the kind that each stands for; None where it means that the other task is the
-- parent.
SELECT alias, kind
FROM task_dependency_kind_aliases
ORDER BY alias;

-- name: set_task_dependency_kind_alias(alias, kind)^
-- Let a word stand for a kind of dependency, or, with None, for being the parent.
-- Refused by task_dependency_kind_aliases_are_folded unless in lower case with single underscores.
INSERT INTO task_dependency_kind_aliases (alias, kind)
VALUES (:alias, :kind)
ON CONFLICT (alias) DO UPDATE SET kind = EXCLUDED.kind
RETURNING alias, kind;
