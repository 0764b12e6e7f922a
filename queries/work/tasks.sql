-- Tasks: what is to be done, and where it stands.

-- name: count_tasks(project_id, task_list_id, parent_id, status, type, priority_from, assignee, tag, created_after, due_before)$
-- Count the tasks of a project that are not deleted; the criteria are those of list_tasks.
SELECT count(*)
FROM task_lists AS list
JOIN tasks AS task ON task.task_list_id = list.id
WHERE list.project_id = :project_id
    AND task.deleted_at IS NULL
    AND (:task_list_id::uuid IS NULL OR task.task_list_id = :task_list_id)
    AND (:parent_id::uuid IS NULL OR task.parent_id = :parent_id)
    AND (:status::task_status IS NULL OR task.status = :status)
    AND (:type::text IS NULL OR task.type = :type)
    AND (:priority_from::integer IS NULL OR task.priority >= :priority_from)
    AND (:assignee::text IS NULL OR task.assignee = :assignee)
    AND (:created_after::timestamptz IS NULL OR task.created_at > :created_after)
    AND (:due_before::timestamptz IS NULL OR task.due_at < :due_before)
    AND (
        :tag::text IS NULL
        OR EXISTS (
            SELECT FROM task_details AS detail
            WHERE detail.task_id = task.id AND detail.tags ? :tag
        )
    );

-- name: count_tasks_by_status(project_id)
-- Count the tasks of a project that are not deleted, by status.
-- A status without tasks is left out.
SELECT task.status, count(*) AS task_count
FROM task_lists AS list
JOIN tasks AS task ON task.task_list_id = list.id
WHERE list.project_id = :project_id AND task.deleted_at IS NULL
GROUP BY task.status
ORDER BY task.status;

-- name: create_task(project_id, task_list_id, title, ref, parent_id, type, priority, max_attempts, complexity_score, estimated_hours, assignee_type, assignee, capabilities, not_before, due_at, created_by, idempotency_key, description, details, test_strategy, requirements, acceptance_criteria, affected_files, tags, context, metadata)^
-- Create a task that is pending, with its document where anything is said.
-- ref is what people call it, T-<number> when None; not_before and due_at are moments; capabilities
-- are words that an agent must have to claim it. Repeated with the same idempotency_key, it creates
-- nothing and gives the task that was created first.
-- Refused by tasks_task_list_id_ref_key when the list has a task of that ref, deleted or not, by
-- tasks_task_list_id_project_id_fkey when the project has no such list, and by the rules of
-- task_details.
-- batch
WITH new AS (
    INSERT INTO tasks (
        project_id, task_list_id, title, ref, parent_id, type, priority, max_attempts,
        complexity_score, estimated_hours, assignee_type, assignee, capabilities, not_before,
        due_at, created_by, idempotency_key
    )
    VALUES (
        :project_id, :task_list_id, :title, coalesce(:ref, 'T-' || nextval('tasks_ref_seq')),
        :parent_id, coalesce(:type, 'general'), coalesce(:priority, 5), coalesce(:max_attempts, 3),
        :complexity_score, :estimated_hours, :assignee_type, :assignee, :capabilities::text[],
        :not_before, :due_at, :created_by, :idempotency_key
    )
    ON CONFLICT (project_id, idempotency_key) WHERE idempotency_key IS NOT NULL
    DO UPDATE SET idempotency_key = EXCLUDED.idempotency_key
    RETURNING id, project_id, task_list_id, parent_id, ref, title, type, status, priority,
        created_at
), document AS (
    INSERT INTO task_details (
        task_id, description, details, test_strategy, requirements, acceptance_criteria,
        affected_files, tags, context, metadata
    )
    SELECT
        new.id, :description, :details, :test_strategy, coalesce(:requirements::jsonb, '[]'),
        coalesce(:acceptance_criteria::jsonb, '[]'), coalesce(:affected_files::jsonb, '[]'),
        coalesce(:tags::jsonb, '[]'), coalesce(:context::jsonb, '{}'),
        coalesce(:metadata::jsonb, '{}')
    FROM new
    WHERE num_nonnulls(
        :description::text, :details::text, :test_strategy::text, :requirements::jsonb,
        :acceptance_criteria::jsonb, :affected_files::jsonb, :tags::jsonb, :context::jsonb,
        :metadata::jsonb
    ) > 0
    ON CONFLICT (task_id) DO NOTHING
)
SELECT id, project_id, task_list_id, parent_id, ref, title, type, status, priority, created_at
FROM new;

-- name: delete_task(task_id)!
-- Delete a task and those under it, cancelling what is open with the reason 'deleted'.
-- Gives the number of tasks; 0 when there is no such task, or it is deleted already. Those that
-- wait for a cancelled task follow the policy of their dependency. Takes the project's graph lock.
SELECT delete_tasks(:task_id);

-- name: erase_task(task_id)!
-- Erase a deleted task for good, with all that was said and done about it and all under it.
-- 0 when there is no such task, or it is not deleted. Refused by
-- task_dependencies_depends_on_id_fkey, at the end of the transaction, while others depend on it.
DELETE FROM tasks
WHERE id = :task_id AND deleted_at IS NOT NULL;

-- name: get_task(task_id)^
-- Get a task, deleted or not. None when there is no such task.
-- batch
SELECT id, project_id, task_list_id, parent_id, ref, title, type, status, status_reason, priority,
    max_attempts, complexity_score, estimated_hours, actual_hours, assignee_type, assignee,
    assigned_at, not_before, due_at, open_blockers, conflicts, attempts, failed_attempts,
    created_by, created_at, updated_at, started_at, completed_at, deleted_at
FROM tasks
WHERE id = :task_id;

-- name: get_task_by_ref(task_list_id, ref)^
-- Get a task of a list by its ref. None when there is no such task, or it is deleted.
SELECT id, project_id, task_list_id, parent_id, ref, title, type, status, priority, open_blockers,
    attempts, created_at
FROM tasks
WHERE task_list_id = :task_list_id AND ref = :ref AND deleted_at IS NULL;

-- name: import_task_changes(task_ids, changes)!
-- Change what an object says of each task: parent_id, title, priority, complexity_score,
-- estimated_hours, assignee. A key that is not there leaves its column alone.
-- Refused by the rules of the columns and by tasks_parents_acyclic. Takes the project's graph lock
-- where a parent changes.
UPDATE tasks AS task
SET parent_id = CASE WHEN change.patch ? 'parent_id'
        THEN (change.patch ->> 'parent_id')::uuid ELSE task.parent_id END,
    title = CASE WHEN change.patch ? 'title'
        THEN change.patch ->> 'title' ELSE task.title END,
    priority = CASE WHEN change.patch ? 'priority'
        THEN (change.patch ->> 'priority')::smallint ELSE task.priority END,
    complexity_score = CASE WHEN change.patch ? 'complexity_score'
        THEN (change.patch ->> 'complexity_score')::smallint ELSE task.complexity_score END,
    estimated_hours = CASE WHEN change.patch ? 'estimated_hours'
        THEN (change.patch ->> 'estimated_hours')::numeric ELSE task.estimated_hours END,
    assignee = CASE WHEN change.patch ? 'assignee'
        THEN change.patch ->> 'assignee' ELSE task.assignee END,
    assignee_type = CASE WHEN NOT change.patch ? 'assignee' THEN task.assignee_type
        WHEN change.patch ->> 'assignee' IS NOT NULL THEN 'person'::assignee_type END
FROM unnest(:task_ids::uuid[], :changes::jsonb[]) AS change (task_id, patch)
WHERE task.id = change.task_id;

-- name: import_task_statuses(task_ids, statuses, source)!
-- Move tasks to other statuses, the n-th task to the n-th status.
-- The reason is that source says so.
-- A running attempt is taken away; those that wait for a task are freed, or cancelled by policy.
-- Refused by tasks_status_follows_transitions and tasks_in_conflict_never_both_in_progress. The
-- caller holds the project's graph lock.
UPDATE tasks AS task
SET status = move.status, status_reason = :source || ' says ' || move.status
FROM unnest(:task_ids::uuid[], :statuses::task_status[]) AS move (task_id, status)
WHERE task.id = move.task_id;

-- name: import_tasks(project_id, task_list_id, refs, parent_refs, titles, statuses, priorities, complexity_scores, estimated_hours, assignees, created_by)
-- Create the tasks of a list, in their order, with the status that each has reached elsewhere.
-- The n-th of each array makes one task. Its parent is found by ref, among these tasks or those
-- that the list has; a parent that is not there is none. A ref that the list has already is left
-- out.
-- Refused by the rules of the columns, such as task_title_has_1_to_500_characters.
-- param: parent_refs[]?
WITH new AS MATERIALIZED (
    SELECT
        uuid_v7() AS id, item.ref, item.parent_ref, item.title, item.status, item.priority,
        item.complexity_score, item.estimated_hours, item.assignee, item.position
    FROM unnest(
        :refs::text[], :parent_refs::text[], :titles::text[], :statuses::task_status[],
        :priorities::smallint[], :complexity_scores::smallint[], :estimated_hours::numeric[],
        :assignees::text[]
    ) WITH ORDINALITY AS item (
        ref, parent_ref, title, status, priority, complexity_score, estimated_hours, assignee,
        position
    )
)
INSERT INTO tasks (
    id, project_id, task_list_id, parent_id, ref, title, status, priority, complexity_score,
    estimated_hours, assignee_type, assignee, created_by
)
SELECT
    new.id, :project_id, :task_list_id, coalesce(relative.id, parent.id), new.ref, new.title,
    new.status, new.priority, new.complexity_score, new.estimated_hours,
    CASE WHEN new.assignee IS NOT NULL THEN 'person'::assignee_type END, new.assignee, :created_by
FROM new
LEFT JOIN new AS relative ON relative.ref = new.parent_ref
LEFT JOIN tasks AS parent ON parent.task_list_id = :task_list_id AND parent.ref = new.parent_ref
ORDER BY new.position
ON CONFLICT (task_list_id, ref) DO NOTHING
RETURNING id, ref;

-- name: list_broken_invariants()
-- Compute anew all that the database maintains, and list what does not agree. Empty when sound.
-- Reads the whole of tasks, task_details, task_words, task_dependencies and task_executions: each
-- of them is counted anew.
-- returns: *!
SELECT invariant, subject, detail
FROM check_invariants()
ORDER BY invariant, subject;

-- name: list_subtasks(task_id)
-- List the direct subtasks of a task that are not deleted, in the order of their creation.
SELECT id, ref, title, type, status, priority, open_blockers, attempts, created_at
FROM tasks
WHERE parent_id = :task_id AND deleted_at IS NULL
ORDER BY created_at, id;

-- name: list_tasks(project_id, task_list_id, parent_id, status, type, priority_from, assignee, tag, created_after, due_before, order_by, is_descending, page_size, page_start)
-- List the tasks of a project that are not deleted; in claim order when order_by is None: highest
-- priority first, then the oldest.
-- What a criterion that is None would leave out, stays: tasks of other lists or under other
-- parents, of another status, type or assignee, of a priority below priority_from, without the tag,
-- created before created_after, due after due_before or not at all. Tasks that have nothing to be
-- ordered by come last. page_size is the number of tasks at most (100 when None), page_start the
-- number to pass over.
-- stream
SELECT task.id, task.task_list_id, task.parent_id, task.ref, task.title, task.type, task.status,
    task.priority, task.complexity_score, task.estimated_hours, task.assignee_type, task.assignee,
    task.open_blockers, task.attempts, task.due_at, task.created_at, task.updated_at
FROM task_lists AS list
JOIN tasks AS task ON task.task_list_id = list.id
CROSS JOIN LATERAL (
    SELECT
        CASE :order_by::task_order
            WHEN 'priority' THEN task.priority::numeric
            WHEN 'complexity_score' THEN task.complexity_score::numeric
            WHEN 'estimated_hours' THEN task.estimated_hours::numeric
        END,
        CASE :order_by::task_order
            WHEN 'created_at' THEN task.created_at
            WHEN 'updated_at' THEN task.updated_at
            WHEN 'due_at' THEN task.due_at
        END,
        CASE :order_by::task_order WHEN 'ref' THEN task.ref WHEN 'title' THEN task.title END,
        CASE WHEN :order_by::task_order IS NOT DISTINCT FROM 'status' THEN task.status END
) AS key (number, moment, words, status)
WHERE list.project_id = :project_id
    AND task.deleted_at IS NULL
    AND (:task_list_id::uuid IS NULL OR task.task_list_id = :task_list_id)
    AND (:parent_id::uuid IS NULL OR task.parent_id = :parent_id)
    AND (:status::task_status IS NULL OR task.status = :status)
    AND (:type::text IS NULL OR task.type = :type)
    AND (:priority_from::integer IS NULL OR task.priority >= :priority_from)
    AND (:assignee::text IS NULL OR task.assignee = :assignee)
    AND (:created_after::timestamptz IS NULL OR task.created_at > :created_after)
    AND (:due_before::timestamptz IS NULL OR task.due_at < :due_before)
    AND (
        :tag::text IS NULL
        OR EXISTS (
            SELECT FROM task_details AS detail
            WHERE detail.task_id = task.id AND detail.tags ? :tag
        )
    )
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.number END,
    CASE WHEN :is_descending THEN key.number END DESC NULLS LAST,
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.moment END,
    CASE WHEN :is_descending THEN key.moment END DESC NULLS LAST,
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.words END,
    CASE WHEN :is_descending THEN key.words END DESC NULLS LAST,
    CASE WHEN NOT coalesce(:is_descending, false) THEN key.status END,
    CASE WHEN :is_descending THEN key.status END DESC NULLS LAST,
    task.priority DESC, task.created_at, task.id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: list_tasks_as_imported(task_list_id)
-- List the tasks of a list with what the latest import noted of each; None where no import made it.
SELECT task.id, task.ref, task.parent_id, task.status, detail.task_id IS NOT NULL AS has_details,
    detail.metadata -> 'imported' AS imported
FROM tasks AS task
LEFT JOIN task_details AS detail ON detail.task_id = task.id
WHERE task.task_list_id = :task_list_id
ORDER BY task.created_at, task.id;

-- name: list_tasks_as_of(at, project_id, page_size, page_start)
-- List the tasks as they were at a moment; of a project, or all when it is None.
-- Without what the database counts, and without those that were deleted by then. page_size at most
-- (100 when None), after the first page_start.
-- Reads the whole of tasks and audit_log: the past is what is now without what was done since.
-- returns: id!, project_id!, task_list_id!, ref!, title!, type!, priority!, max_attempts!, status!
-- returns: created_at!
SELECT id, project_id, task_list_id, parent_id, ref, title, type, priority, max_attempts,
    complexity_score, estimated_hours, actual_hours, assignee_type, assignee, capabilities,
    not_before, due_at, created_by, idempotency_key, status, status_reason, assigned_at,
    started_at, completed_at, created_at
FROM tasks_as_of(:at, :project_id)
WHERE deleted_at IS NULL
ORDER BY created_at, id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: lock_tasks(task_ids)
-- Lock tasks until the end of the transaction, so that nobody claims, moves or changes them.
-- In one order, so that two callers cannot wait for each other in a circle. A task that is gone is
-- missing.
SELECT id, status
FROM tasks
WHERE id = ANY (:task_ids::uuid[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: preview_task_deletion(task_id)
-- List what the deletion of a task would do to it, to those under it, and to those that wait for
-- any of them, writing nothing.
-- Empty when there is no such task, or it is deleted already.
-- returns: *!
SELECT task_id, ref, title, from_status, to_status, effect
FROM preview_deletion(:task_id)
ORDER BY effect, ref, task_id;

-- name: preview_task_status(task_id, status)
-- List what a change of status would do to a task and to those that wait for it, writing nothing.
-- Empty when there is no such task, or it has that status already.
-- returns: *!
SELECT task_id, ref, title, from_status, to_status, effect
FROM preview_status_changes(ARRAY[:task_id::uuid], :status);

-- name: restore_task(task_id)^
-- Bring back a deleted task, closed as it is, with those that were deleted together with it.
-- None when there is no such task, or it is not deleted. Refused by
-- tasks_deleted_with_their_subtasks under a task that is deleted still. Takes the project's graph
-- lock.
-- returns: *!
SELECT id, ref, status
FROM restore_tasks(:task_id)
WHERE id = :task_id;

-- name: set_task_assignee(task_id, assignee_type, assignee)^
-- Make a person, an agent or a component responsible for a task; nobody, when both are None.
-- None when there is no such task. Refused by tasks_assignee_has_a_type when only one is given.
-- batch
UPDATE tasks
SET assignee_type = :assignee_type, assignee = :assignee
WHERE id = :task_id
RETURNING id, assignee_type, assignee, assigned_at;

-- name: set_task_capabilities(task_id, capabilities)^
-- Say what an agent must be able to do to be given a task; any agent will do when None.
-- None when there is no such task. Refused by task_capabilities_are_1_to_20_words.
UPDATE tasks
SET capabilities = :capabilities
WHERE id = :task_id
RETURNING id, ref, capabilities;

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
-- batch
UPDATE tasks
SET priority = :priority
WHERE id = :task_id
RETURNING id, ref, priority;

-- name: set_task_status(task_id, status, reason)^
-- Move a task to another status by hand.
-- A running attempt is taken away; those that wait for the task are freed, or cancelled by policy.
-- None when there is no such task. Refused by tasks_status_follows_transitions, by
-- tasks_reopened_with_a_reason, by tasks_deleted_are_closed, and by
-- tasks_in_conflict_never_both_in_progress. Takes the project's graph lock.
-- batch
UPDATE tasks
SET status = :status, status_reason = :reason
WHERE id = :task_id
    AND (SELECT lock_task_graph(project_id)::text FROM tasks WHERE id = :task_id) IS NOT NULL
RETURNING id, ref, status, status_reason, started_at, completed_at, updated_at;

-- name: update_task(task_id, ref, title, type, priority, max_attempts, complexity_score, estimated_hours, actual_hours, capabilities, not_before, due_at, cleared)^
-- Change what is said of a task in its row; what is None stays, what cleared names is emptied.
-- None when there is no such task. Status, assignee and parent have queries of their own. Refused
-- by the rules of the columns, and by tasks_task_list_id_ref_key when the ref is taken.
-- batch
UPDATE tasks
SET ref = coalesce(:ref, ref),
    title = coalesce(:title, title),
    type = coalesce(:type, type),
    priority = coalesce(:priority, priority),
    max_attempts = coalesce(:max_attempts, max_attempts),
    complexity_score = CASE
        WHEN NOT 'complexity_score' = ANY (coalesce(:cleared::task_optional_column[], '{}'))
        THEN coalesce(:complexity_score, complexity_score)
    END,
    estimated_hours = CASE
        WHEN NOT 'estimated_hours' = ANY (coalesce(:cleared::task_optional_column[], '{}'))
        THEN coalesce(:estimated_hours, estimated_hours)
    END,
    actual_hours = CASE
        WHEN NOT 'actual_hours' = ANY (coalesce(:cleared::task_optional_column[], '{}'))
        THEN coalesce(:actual_hours, actual_hours)
    END,
    capabilities = CASE
        WHEN NOT 'capabilities' = ANY (coalesce(:cleared::task_optional_column[], '{}'))
        THEN coalesce(:capabilities::text[], capabilities)
    END,
    not_before = CASE
        WHEN NOT 'not_before' = ANY (coalesce(:cleared::task_optional_column[], '{}'))
        THEN coalesce(:not_before, not_before)
    END,
    due_at = CASE
        WHEN NOT 'due_at' = ANY (coalesce(:cleared::task_optional_column[], '{}'))
        THEN coalesce(:due_at, due_at)
    END
WHERE id = :task_id
RETURNING id, task_list_id, parent_id, ref, title, type, status, priority, max_attempts,
    complexity_score, estimated_hours, actual_hours, capabilities::text[] AS capabilities,
    not_before, due_at, updated_at;
