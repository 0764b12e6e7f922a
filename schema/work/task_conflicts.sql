-- Conflicts as each of their two tasks sees them: an edge is written one way and holds both ways.
-- Asked about one task, each half has an index, which an OR of both columns has not.

CREATE VIEW task_conflicts WITH (security_invoker = true) AS
SELECT task_id, depends_on_id AS rival_id, holder_id
FROM task_dependencies
WHERE kind = 'conflicts'
UNION ALL
SELECT depends_on_id AS task_id, task_id AS rival_id, holder_id
FROM task_dependencies
WHERE kind = 'conflicts';

COMMENT ON VIEW task_conflicts IS
    'Tasks that are never both in progress: two rows a conflict, one for each of its tasks.';
COMMENT ON COLUMN task_conflicts.holder_id IS
    'Which of the two is in progress; null when neither is.';
