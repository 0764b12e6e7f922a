-- The edges of the task graphs, and questions about them.

-- name: create_task_dependency(task_id, depends_on_id, kind, policy, created_by)^
-- Make a task depend on another of the same project.
-- kind is blocks when None; policy says what becomes of the task when the blocker is cancelled or
-- failed: wait (when None), satisfy or cancel. Repeated, it changes the policy only, and that only
-- when it is not None.
-- Refused by task_dependencies_acyclic, whose detail names the cycle, by
-- task_dependencies_within_one_project, and by task_dependencies_added_while_not_running when an
-- agent is working on the task. Takes the project's graph lock.
INSERT INTO task_dependencies (task_id, depends_on_id, kind, policy, created_by)
VALUES (
    :task_id, :depends_on_id, coalesce(:kind, 'blocks'::task_dependency_kind),
    coalesce(:policy, 'wait'::blocker_policy), :created_by
)
ON CONFLICT (task_id, depends_on_id, kind) DO UPDATE
SET policy = coalesce(:policy, task_dependencies.policy)
RETURNING task_id, depends_on_id, kind, policy, created_by, created_at;

-- name: create_task_dependency_by_alias(task_id, depends_on_id, alias, policy, created_by)^
-- Make a task depend on another by a word of another vocabulary: depends_on, requires, subtask_of.
-- The word is looked up in task_dependency_kind_aliases, in any case, with spaces or hyphens. One
-- that means the parent puts the task under the other one; kind is None then. None when nobody
-- knows the word.
-- All else, and what may refuse it, as create_task_dependency and set_task_parent. Takes the
-- project's graph lock.
WITH meaning AS (
    SELECT known.kind
    FROM task_dependency_kind_aliases AS known
    WHERE known.alias = regexp_replace(lower(btrim(:alias::text)), '[\s_-]+', '_', 'g')
        AND (
            SELECT count(lock_task_graph(task.project_id)::text)
            FROM tasks AS task
            WHERE task.id = :task_id
        ) > 0
), adopted AS (
    UPDATE tasks AS task
    SET parent_id = :depends_on_id
    FROM meaning
    WHERE task.id = :task_id AND meaning.kind IS NULL
    RETURNING task.id, task.parent_id
), related AS (
    INSERT INTO task_dependencies (task_id, depends_on_id, kind, policy, created_by)
    SELECT
        :task_id, :depends_on_id, meaning.kind, coalesce(:policy, 'wait'::blocker_policy),
        :created_by
    FROM meaning
    WHERE meaning.kind IS NOT NULL
    ON CONFLICT (task_id, depends_on_id, kind) DO UPDATE
    SET policy = coalesce(:policy, task_dependencies.policy)
    RETURNING task_id, depends_on_id, kind, policy
)
SELECT related.task_id, related.depends_on_id, related.kind, related.policy
FROM related
UNION ALL
SELECT adopted.id, adopted.parent_id, NULL, NULL
FROM adopted;

-- name: delete_task_dependencies(task_ids, depends_on_ids, kinds)!
-- Remove dependencies, the n-th of each array being one. The caller holds the project's graph lock.
DELETE FROM task_dependencies AS edge
USING unnest(
    :task_ids::uuid[], :depends_on_ids::uuid[], :kinds::task_dependency_kind[]
) AS gone (task_id, depends_on_id, kind)
WHERE edge.task_id = gone.task_id
    AND edge.depends_on_id = gone.depends_on_id
    AND edge.kind = gone.kind;

-- name: delete_task_dependency(task_id, depends_on_id, kind)!
-- Remove a dependency. 0 when there is none. Takes the project's graph lock.
DELETE FROM task_dependencies
WHERE task_id = :task_id AND depends_on_id = :depends_on_id AND kind = :kind
    AND (SELECT lock_task_graph(project_id)::text FROM tasks WHERE id = :task_id) IS NOT NULL;

-- name: import_task_dependencies(task_ids, depends_on_ids, kinds, created_by)!
-- Make tasks depend on others; the n-th of each array makes one dependency.
-- Known ones stay as they are.
-- Refused by task_dependencies_acyclic, whose detail names the cycle, by
-- task_dependencies_within_one_project, and by task_dependencies_added_while_not_running when an
-- agent is working on a task. The caller holds the project's graph lock.
INSERT INTO task_dependencies (task_id, depends_on_id, kind, created_by)
SELECT edge.task_id, edge.depends_on_id, edge.kind, :created_by
FROM unnest(
    :task_ids::uuid[], :depends_on_ids::uuid[], :kinds::task_dependency_kind[]
) AS edge (task_id, depends_on_id, kind)
ON CONFLICT (task_id, depends_on_id, kind) DO NOTHING;

-- name: list_critical_path(project_id, default_hours)
-- List the open tasks of a project with their slack, least slack first.
-- Hours of estimated work from now; a task without an estimate counts default_hours (1 when None).
-- returns: *!
SELECT task_id, ref, title, status, hours, earliest_start, latest_start, slack, is_critical
FROM list_critical_path(:project_id, coalesce(:default_hours::numeric, 1));

-- name: list_root_blockers(task_id)
-- List what is at the far end of all that a task waits for, each with a shortest path of refs.
-- These are open tasks that wait for nothing themselves, and, with external_target, what tasks wait
-- for outside of the database: then the rest of the row is about the task that waits for it.
-- returns: *!, external_target?
SELECT blocker_id, ref, title, status, depth, path, external_target
FROM list_root_blockers(:task_id);

-- name: list_task_dependencies(task_id)
-- List what a task depends on, with the state of each.
SELECT edge.depends_on_id, other.ref, other.title, edge.kind, edge.policy,
    other.status AS depends_on_status,
    NOT is_open_blocker(other.status, edge.policy) AS is_satisfied
FROM task_dependencies AS edge
JOIN tasks AS other ON other.id = edge.depends_on_id
WHERE edge.task_id = :task_id
ORDER BY edge.kind, other.ref, other.id;

-- name: list_task_dependencies_as_of(at, project_id)
-- List the dependencies as they were at a moment; of a project, or all when it is None.
-- Reads the whole of tasks, task_dependencies and audit_log: the past is what is now without
-- what was done since.
-- returns: task_id!, depends_on_id!, kind!, policy!, metadata!, created_at!
SELECT task_id, depends_on_id, kind, policy, metadata, created_by, created_at
FROM task_dependencies_as_of(:at, :project_id)
ORDER BY task_id, depends_on_id, kind;

-- name: list_task_list_dependencies(task_list_id)
-- List what the tasks of a list depend on, and who made each dependency.
SELECT edge.task_id, edge.depends_on_id, edge.kind, edge.created_by
FROM tasks AS task
JOIN task_dependencies AS edge ON edge.task_id = task.id
WHERE task.task_list_id = :task_list_id
ORDER BY edge.task_id, edge.depends_on_id, edge.kind;

-- name: list_unblocked_by(task_id)
-- List the open tasks that wait for a task; those that its completion alone makes ready come first.
SELECT task_id, ref, title, status, is_direct
FROM list_unblocked_by(:task_id);
