-- The locks of the task graphs, one a project.

-- name: lock_task_graph(project_id)!
-- Take the graph lock of a project until the end of the transaction.
-- A bulk load takes it first of all, so that edges stand still while it decides what to write.
SELECT lock_task_graph(:project_id);
