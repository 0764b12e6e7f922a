-- How each workflow goes, as it was when it was last refreshed.

CREATE MATERIALIZED VIEW workflow_analytics AS
WITH work AS (
    SELECT
        member.workflow_id,
        count(*) AS total_tasks,
        count(*) FILTER (WHERE task.status = 'completed') AS completed_tasks,
        count(*) FILTER (WHERE task.status = 'failed') AS failed_tasks,
        count(*) FILTER (
            WHERE task.completed_at > clock_timestamp() - interval '28 days'
        ) / 4.0 AS weekly_velocity,
        sum(measured.estimated_hours) AS estimated_hours,
        sum(measured.actual_hours) AS actual_hours,
        avg(measured.cycle_hours) AS average_cycle_hours,
        avg(task.complexity_score) AS average_complexity
    FROM workflow_tasks AS member
    JOIN tasks AS task ON task.id = member.task_id AND task.deleted_at IS NULL
    LEFT JOIN task_analytics AS measured ON measured.task_id = task.id
    GROUP BY member.workflow_id
), stepped AS (
    SELECT
        step.workflow_id,
        count(*) AS total_steps,
        count(*) FILTER (WHERE step.status = 'completed') AS completed_steps,
        count(*) FILTER (WHERE step.status = 'failed') AS failed_steps,
        sum(step.retry_count) AS retries,
        avg(extract(epoch FROM step.completed_at - step.started_at))
            FILTER (WHERE step.status = 'completed') AS average_step_seconds
    FROM workflow_steps AS step
    GROUP BY step.workflow_id
), slowest AS (
    SELECT DISTINCT ON (step.workflow_id) step.workflow_id, step.step
    FROM workflow_steps AS step
    WHERE step.status = 'completed'
    ORDER BY step.workflow_id, step.completed_at - step.started_at DESC NULLS LAST, step.id
)
SELECT
    workflow.id AS workflow_id,
    workflow.project_id,
    workflow.name,
    workflow.status,
    workflow.phase,
    coalesce(work.total_tasks, 0) AS total_tasks,
    coalesce(work.completed_tasks, 0) AS completed_tasks,
    coalesce(work.failed_tasks, 0) AS failed_tasks,
    coalesce(work.weekly_velocity, 0) AS weekly_velocity,
    work.estimated_hours,
    work.actual_hours,
    work.estimated_hours / nullif(work.actual_hours, 0) AS efficiency,
    work.average_cycle_hours,
    work.average_complexity,
    coalesce(stepped.total_steps, 0) AS total_steps,
    coalesce(stepped.completed_steps, 0) AS completed_steps,
    coalesce(stepped.failed_steps, 0) AS failed_steps,
    coalesce(stepped.retries, 0) AS retries,
    stepped.average_step_seconds,
    slowest.step AS slowest_step,
    extract(epoch FROM coalesce(workflow.completed_at, clock_timestamp()) - workflow.started_at)
        / 3600 AS elapsed_hours
FROM workflows AS workflow
LEFT JOIN work ON work.workflow_id = workflow.id
LEFT JOIN stepped ON stepped.workflow_id = workflow.id
LEFT JOIN slowest ON slowest.workflow_id = workflow.id
WHERE workflow.deleted_at IS NULL;

-- Refreshing while it is read, and the row of a workflow.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX workflow_analytics_one_row_per_workflow ON workflow_analytics (workflow_id);

COMMENT ON MATERIALIZED VIEW workflow_analytics IS
    'How each workflow goes: its tasks that are not deleted, its steps, hours and speed. As old as the last refresh_analytics().';
COMMENT ON INDEX workflow_analytics_one_row_per_workflow IS 'A workflow has one row.';
COMMENT ON COLUMN workflow_analytics.weekly_velocity IS
    'Tasks of the workflow completed per week, over the last four weeks.';
COMMENT ON COLUMN workflow_analytics.efficiency IS
    'Estimated by actual hours of its tasks: above 1 they took less than expected; null when either is missing.';
COMMENT ON COLUMN workflow_analytics.average_cycle_hours IS
    'Mean hours from start to completion of its completed tasks.';
COMMENT ON COLUMN workflow_analytics.retries IS 'How often its steps were tried again.';
COMMENT ON COLUMN workflow_analytics.slowest_step IS 'The completed step that took longest.';
COMMENT ON COLUMN workflow_analytics.elapsed_hours IS
    'Hours from its start to its end, or to the refresh while it goes on; null before its start.';

CREATE FUNCTION refresh_analytics() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A second refresh waits for the first here, and not at the views, which two might lock
    -- crosswise.
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema(), 5));
    REFRESH MATERIALIZED VIEW CONCURRENTLY task_analytics;
    REFRESH MATERIALIZED VIEW CONCURRENTLY workflow_analytics;
    RETURN (SELECT count(*) FROM task_analytics);
END
$$;

COMMENT ON FUNCTION refresh_analytics() IS
    'Computes task_analytics and workflow_analytics anew, while others read them. The number of tasks.';
