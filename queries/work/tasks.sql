-- Tasks: what is to be done, and where it stands.

-- name: count_tasks_by_status(project_id)
-- Count the tasks of a project by status. A status without tasks is left out.
SELECT status, count(*) AS task_count
FROM tasks
WHERE project_id = :project_id
GROUP BY status
ORDER BY status;

-- name: create_task(project_id, task_list_id, title, ref, parent_id, type, priority, max_attempts, complexity_score, estimated_hours, assignee_type, assignee, not_before, due_at, created_by, idempotency_key)^
-- Create a task that is pending.
-- ref is what people call it, T-<number> when None; not_before and due_at are moments. Repeated with
-- the same idempotency_key, it changes nothing and gives the task that was created first.
-- Refused by tasks_task_list_id_ref_key when the list has a task of that ref, and by
-- tasks_task_list_id_project_id_fkey when the project has no such list.
INSERT INTO tasks (
    project_id, task_list_id, title, ref, parent_id, type, priority, max_attempts,
    complexity_score, estimated_hours, assignee_type, assignee, not_before, due_at, created_by,
    idempotency_key
)
VALUES (
    :project_id, :task_list_id, :title, coalesce(:ref, 'T-' || nextval('tasks_ref_seq')),
    :parent_id, coalesce(:type, 'general'), coalesce(:priority, 5), coalesce(:max_attempts, 3),
    :complexity_score, :estimated_hours, :assignee_type, :assignee, :not_before, :due_at,
    :created_by, :idempotency_key
)
ON CONFLICT (project_id, idempotency_key) WHERE idempotency_key IS NOT NULL
DO UPDATE SET idempotency_key = EXCLUDED.idempotency_key
RETURNING id, project_id, task_list_id, parent_id, ref, title, type, status, priority, created_at;

-- name: get_task(task_id)^
-- Get a task. None when there is no such task.
SELECT id, project_id, task_list_id, parent_id, ref, title, type, status, status_reason, priority,
    max_attempts, complexity_score, estimated_hours, actual_hours, assignee_type, assignee,
    assigned_at, not_before, due_at, open_blockers, conflicts, attempts, failed_attempts,
    created_by, created_at, updated_at, started_at, completed_at
FROM tasks
WHERE id = :task_id;

-- name: get_task_by_ref(task_list_id, ref)^
-- Get a task of a list by its ref. None when there is no such task.
SELECT id, project_id, task_list_id, parent_id, ref, title, type, status, priority, open_blockers,
    attempts, created_at
FROM tasks
WHERE task_list_id = :task_list_id AND ref = :ref;

-- name: list_broken_invariants()
-- Compute anew all that the database maintains, and list what does not agree. Empty when sound.
-- returns: *!
SELECT invariant, subject, detail
FROM check_invariants()
ORDER BY invariant, subject;

-- name: list_subtasks(task_id)
-- List the direct subtasks of a task, in the order in which they were created.
SELECT id, ref, title, type, status, priority, open_blockers, attempts, created_at
FROM tasks
WHERE parent_id = :task_id
ORDER BY created_at, id;

-- name: list_tasks(project_id, status, type, assignee, created_after, page_size, page_start)
-- List the tasks of a project in claim order: highest priority first, then the oldest.
-- status, type, assignee and created_after leave out what differs, when they are not None.
-- page_size is the number of tasks at most (100 when None), page_start the number to pass over.
SELECT id, task_list_id, parent_id, ref, title, type, status, priority, complexity_score,
    estimated_hours, assignee_type, assignee, open_blockers, attempts, due_at, created_at, updated_at
FROM tasks
WHERE project_id = :project_id
    AND (:status::task_status IS NULL OR status = :status)
    AND (:type::text IS NULL OR type = :type)
    AND (:assignee::text IS NULL OR assignee = :assignee)
    AND (:created_after::timestamptz IS NULL OR created_at > :created_after)
ORDER BY priority DESC, created_at, id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: preview_task_status(task_id, status)
-- List what a change of status would do to a task and to those that wait for it, writing nothing.
-- Empty when there is no such task, or it has that status already.
-- returns: *!
SELECT task_id, ref, title, from_status, to_status, effect
FROM preview_status_change(:task_id, :status);

-- name: set_task_assignee(task_id, assignee_type, assignee)^
-- Make a person, an agent or a component responsible for a task; nobody, when both are None.
-- None when there is no such task. Refused by tasks_assignee_has_a_type when only one is given.
UPDATE tasks
SET assignee_type = :assignee_type, assignee = :assignee
WHERE id = :task_id
RETURNING id, assignee_type, assignee, assigned_at;

-- name: set_task_parent(task_id, parent_id)^
-- Put a task under another, or on its own when parent_id is None.
-- None when there is no such task. Refused by tasks_parents_acyclic under its own subtask, and by
-- tasks_parent_is_in_the_same_list. Takes the project's graph lock.
UPDATE tasks
SET parent_id = :parent_id
WHERE id = :task_id
    AND (SELECT lock_task_graph(project_id)::text FROM tasks WHERE id = :task_id) IS NOT NULL
RETURNING id, parent_id;

-- name: set_task_priority(task_id, priority)^
-- Set the priority of a task, 0 to 10, higher first. None when there is no such task.
UPDATE tasks
SET priority = :priority
WHERE id = :task_id
RETURNING id, ref, priority;

-- name: set_task_status(task_id, status, reason)^
-- Move a task to another status by hand.
-- A running attempt is taken away; those that wait for the task are freed, or cancelled by policy.
-- None when there is no such task. Refused by tasks_status_follows_transitions, by
-- tasks_reopened_with_a_reason, and by tasks_in_conflict_never_both_in_progress. Takes the
-- project's graph lock.
UPDATE tasks
SET status = :status, status_reason = :reason
WHERE id = :task_id
    AND (SELECT lock_task_graph(project_id)::text FROM tasks WHERE id = :task_id) IS NOT NULL
RETURNING id, ref, status, status_reason, started_at, completed_at, updated_at;
