-- What each task took, and what waits for it, as it was when it was last refreshed.

CREATE MATERIALIZED VIEW task_analytics AS
WITH attempted AS (
    SELECT
        execution.task_id,
        count(*) AS execution_count,
        sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600
            AS execution_hours
    FROM task_executions AS execution
    GROUP BY execution.task_id
), blocking AS (
    SELECT edge.depends_on_id AS task_id, count(*) AS blocking_count
    FROM task_dependencies AS edge
    JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
    JOIN tasks AS waiting ON waiting.id = edge.task_id
    WHERE edge.kind = 'blocks'
        AND is_open_blocker(blocker.status, edge.policy)
        AND NOT is_closed(waiting.status)
    GROUP BY edge.depends_on_id
), project AS (
    SELECT
        task.project_id,
        count(*) FILTER (WHERE NOT is_closed(task.status)) AS open_count,
        count(*) FILTER (
            WHERE task.completed_at > clock_timestamp() - interval '28 days'
        ) / 4.0 AS weekly_velocity
    FROM tasks AS task
    WHERE task.deleted_at IS NULL
    GROUP BY task.project_id
), measured AS (
    SELECT
        task.id AS task_id,
        task.project_id,
        task.ref::text AS ref,
        task.title::text AS title,
        task.type::text AS type,
        task.status,
        task.priority::smallint AS priority,
        task.complexity_score::smallint AS complexity_score,
        task.assignee::text AS assignee,
        task.estimated_hours::numeric AS estimated_hours,
        coalesce(task.actual_hours::numeric, attempted.execution_hours) AS actual_hours,
        coalesce(attempted.execution_count, 0) AS execution_count,
        task.failed_attempts,
        task.open_blockers,
        coalesce(blocking.blocking_count, 0) AS blocking_count,
        coalesce(blocking.blocking_count, 0)::numeric / nullif(project.open_count, 0)
            AS blocking_factor,
        CASE
            WHEN task.started_at >= task.created_at
            THEN extract(epoch FROM task.started_at - task.created_at) / 3600
        END AS wait_hours,
        extract(epoch FROM task.completed_at - task.started_at) / 3600 AS cycle_hours,
        project.weekly_velocity AS project_weekly_velocity
    FROM tasks AS task
    JOIN project ON project.project_id = task.project_id
    LEFT JOIN attempted ON attempted.task_id = task.id
    LEFT JOIN blocking ON blocking.task_id = task.id
    WHERE task.deleted_at IS NULL
)
SELECT
    task_id, project_id, ref, title, type, status, priority, complexity_score, assignee,
    estimated_hours, actual_hours,
    estimated_hours / nullif(actual_hours, 0) AS efficiency,
    execution_count, failed_attempts, open_blockers, blocking_count, blocking_factor,
    wait_hours, cycle_hours, project_weekly_velocity,
    blocking_count > 0
        AND rank() OVER (PARTITION BY project_id ORDER BY blocking_count DESC) <= 5
        AS is_bottleneck
FROM measured;

-- Refreshing while it is read, and the row of a task.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX task_analytics_one_row_per_task ON task_analytics (task_id);

-- list_task_bottlenecks.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX task_analytics_project_id_blocking_count_idx
    ON task_analytics (project_id, blocking_count);

COMMENT ON MATERIALIZED VIEW task_analytics IS
    'What each task that is not deleted took, and what waits for it. As old as the last refresh_analytics().';
COMMENT ON INDEX task_analytics_one_row_per_task IS 'A task has one row.';
COMMENT ON COLUMN task_analytics.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts; null when there is neither.';
COMMENT ON COLUMN task_analytics.efficiency IS
    'Estimated by actual hours: above 1 it took less than expected; null when either is missing.';
COMMENT ON COLUMN task_analytics.blocking_count IS 'Number of open tasks that wait for this one directly.';
COMMENT ON COLUMN task_analytics.blocking_factor IS
    'Share of the open tasks of the project that wait for this one directly, 0 to 1; null when none is open.';
COMMENT ON COLUMN task_analytics.wait_hours IS 'Hours from creation to the first start; null before it, and for a task that was noted down only later.';
COMMENT ON COLUMN task_analytics.cycle_hours IS 'Hours from the first start to completion.';
COMMENT ON COLUMN task_analytics.project_weekly_velocity IS
    'Tasks of the project completed per week, over the last four weeks.';
COMMENT ON COLUMN task_analytics.is_bottleneck IS
    'Whether it is among the five tasks of its project that most tasks wait for.';
