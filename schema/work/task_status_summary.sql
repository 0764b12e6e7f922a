-- Tasks counted by status, over all projects that the reader may see.

CREATE VIEW task_status_summary WITH (security_invoker = true) AS
SELECT
    task.status,
    count(*) AS task_count,
    round(100 * count(*) / sum(count(*)) OVER (), 2) AS percentage,
    round(avg(task.priority::numeric), 2) AS average_priority,
    round(avg(task.complexity_score::numeric), 2) AS average_complexity_score,
    sum(task.estimated_hours::numeric) AS estimated_hours,
    sum(coalesce(task.actual_hours::numeric, worked.hours)) AS actual_hours,
    count(*) FILTER (WHERE task.assignee IS NULL) AS unassigned_count,
    min(task.created_at) AS oldest_created_at,
    max(task.updated_at) AS latest_updated_at
FROM tasks AS task
LEFT JOIN (
    SELECT
        execution.task_id,
        sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600 AS hours
    FROM task_executions AS execution
    GROUP BY execution.task_id
) AS worked ON worked.task_id = task.id
WHERE task.deleted_at IS NULL
GROUP BY task.status;

COMMENT ON VIEW task_status_summary IS
    'How many tasks have each status, what share that is, and how much work they are. Deleted ones do not count.';
COMMENT ON COLUMN task_status_summary.percentage IS 'Share of all tasks, 0 to 100.';
COMMENT ON COLUMN task_status_summary.estimated_hours IS 'Hours of work expected; null when nothing is estimated.';
COMMENT ON COLUMN task_status_summary.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts; null when there are none.';
COMMENT ON COLUMN task_status_summary.unassigned_count IS 'Number of tasks without an assignee.';
