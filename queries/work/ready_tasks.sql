-- What could be claimed now.

-- name: count_ready_tasks(project_id)$
-- Count the ready tasks of a project.
SELECT count(*)
FROM ready_tasks
WHERE project_id = :project_id;

-- name: get_next_task(project_id)^
-- Get the ready task that comes first, of a project, or of all when project_id is None.
-- None when nothing is ready. It is not claimed: claim_task may give another one.
SELECT id, project_id, task_list_id, ref, title, type, priority, complexity_score, estimated_hours,
    assignee, capabilities, attempts, due_at, created_at
FROM ready_tasks
WHERE :project_id::uuid IS NULL OR project_id = :project_id
ORDER BY claim_rank, created_at, id
LIMIT 1;

-- name: list_ready_tasks(project_id, task_count)
-- List the ready tasks of a project in claim order, task_count at most (100 when None).
SELECT id, ref, title, type, priority, estimated_hours, attempts, due_at, created_at
FROM ready_tasks
WHERE project_id = :project_id
ORDER BY claim_rank, created_at, id
LIMIT coalesce(:task_count::bigint, 100);

-- name: list_ready_tasks_as_of(at, project_id)
-- List the tasks that could have been claimed at a moment, in claim order.
-- Of a project, or of all when it is None.
-- Reads the whole of tasks, task_dependencies and audit_log: the past is what is now without
-- what was done since.
-- returns: id!, task_list_id!, ref!, title!, type!, priority!, created_at!
SELECT id, project_id, task_list_id, ref, title, type, priority, complexity_score, estimated_hours,
    assignee, capabilities, due_at, created_at
FROM ready_tasks_as_of(:at, :project_id)
ORDER BY claim_rank, created_at, id;
