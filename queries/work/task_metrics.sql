-- What can be counted and measured about tasks.

-- name: get_task_metrics(task_id)^
-- Get what can be counted and measured about a task, in hours, megabytes, milliseconds and dollars.
-- None when there is no such task.
SELECT task_id, ref, title, type, status, priority, assignee, complexity_score, estimated_hours,
    actual_hours, estimate_ratio, attempts, failed_attempts, retry_count, waiting_hours,
    cycle_hours, lead_hours, is_overdue, open_blockers, dependent_count, subtask_count,
    completed_subtask_count, context_count, memory_usage_mb, cpu_time_ms, input_tokens,
    output_tokens, cost_usd, due_at, created_at, started_at, completed_at
FROM task_metrics
WHERE task_id = :task_id;

-- name: get_task_statistics(project_id, assignee, type, created_after)^
-- Get totals of tasks by status, with averages and sums of what was estimated and used.
-- Of all tasks; project_id, assignee, type and created_after leave out what differs, when they are
-- not None. Averages and sums are None when no task has the value; average hours are those from
-- start to completion.
-- Reads the whole of tasks: totals are of all of them.
SELECT
    count(*) AS total_tasks,
    count(*) FILTER (WHERE status = 'pending') AS pending_tasks,
    count(*) FILTER (WHERE status = 'in_progress') AS in_progress_tasks,
    count(*) FILTER (WHERE status = 'blocked') AS blocked_tasks,
    count(*) FILTER (WHERE status = 'review') AS review_tasks,
    count(*) FILTER (WHERE status = 'validation') AS validation_tasks,
    count(*) FILTER (WHERE status = 'completed') AS completed_tasks,
    count(*) FILTER (WHERE status = 'failed') AS failed_tasks,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled_tasks,
    count(*) FILTER (WHERE status = 'deferred') AS deferred_tasks,
    count(*) FILTER (WHERE status = 'pending' AND open_blockers > 0) AS waiting_tasks,
    count(*) FILTER (WHERE is_overdue) AS overdue_tasks,
    avg(complexity_score) AS average_complexity,
    sum(estimated_hours) AS estimated_hours,
    sum(actual_hours) AS actual_hours,
    avg(cycle_hours) AS average_cycle_hours,
    coalesce(sum(attempts), 0) AS total_attempts,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cost_usd) AS cost_usd
FROM task_metrics
WHERE (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:assignee::text IS NULL OR assignee = :assignee)
    AND (:type::text IS NULL OR type = :type)
    AND (:created_after::timestamptz IS NULL OR created_at > :created_after);

-- name: list_task_metrics(project_id, page_size, page_start)
-- List what can be counted and measured about the tasks of a project, the costliest first.
-- page_size is the number of tasks at most (100 when None), page_start the number to pass over.
SELECT task_id, ref, title, type, status, priority, assignee, complexity_score, estimated_hours,
    actual_hours, estimate_ratio, attempts, failed_attempts, retry_count, waiting_hours,
    cycle_hours, lead_hours, is_overdue, open_blockers, dependent_count, subtask_count,
    completed_subtask_count, context_count, memory_usage_mb, cpu_time_ms, input_tokens,
    output_tokens, cost_usd, due_at, created_at, started_at, completed_at
FROM task_metrics
WHERE project_id = :project_id
ORDER BY cost_usd DESC NULLS LAST, actual_hours DESC NULLS LAST, created_at, task_id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
