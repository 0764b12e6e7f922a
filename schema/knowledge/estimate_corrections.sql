-- By what to multiply an estimate, learnt from completed tasks: per type of task and agent, per
-- type, per agent, and over all.
--
-- The ratio of actual to estimated hours is right-skewed and has outliers, so its middle is the
-- median. Few tasks tell little, so the logarithm of the median is drawn towards 0, that is the
-- factor towards 1, by n / (n + 5): the credibility of n observations. Source: H. Buehlmann,
-- Experience rating and credibility, ASTIN Bulletin 4 (1967), 199-207. What fewer than 3 tasks say
-- is not told at all.

CREATE VIEW estimate_corrections WITH (security_invoker = true) AS
SELECT
    told.task_type,
    told.agent_id,
    told.task_count,
    told.median_ratio,
    exp(
        ln(told.median_ratio) * (told.task_count / (told.task_count + 5.0)::double precision)
    ) AS correction
FROM (
    SELECT
        sample.type AS task_type,
        sample.agent_id,
        count(*) AS task_count,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY sample.ratio) AS median_ratio
    FROM (
        SELECT
            task.type,
            (
                SELECT execution.agent_id
                FROM task_executions AS execution
                WHERE execution.task_id = task.id AND execution.status = 'completed'
                ORDER BY execution.attempt DESC
                LIMIT 1
            ) AS agent_id,
            (task.actual_hours / task.estimated_hours)::double precision AS ratio
        FROM task_overview AS task
        WHERE task.status = 'completed' AND task.estimated_hours > 0 AND task.actual_hours > 0
    ) AS sample
    GROUP BY GROUPING SETS ((sample.type, sample.agent_id), (sample.type), (sample.agent_id), ())
    -- What nobody's attempt completed belongs to no agent, only to all.
    HAVING count(*) >= 3 AND (grouping(sample.agent_id) = 1 OR sample.agent_id IS NOT NULL)
) AS told;

COMMENT ON VIEW estimate_corrections IS
    'Factors by which estimates turned out wrong, per type of task and agent, where there is enough to tell.';
COMMENT ON COLUMN estimate_corrections.task_type IS 'The type of task; null for all types together.';
COMMENT ON COLUMN estimate_corrections.agent_id IS
    'The agent that completed the tasks; null for everybody together.';
COMMENT ON COLUMN estimate_corrections.task_count IS 'Completed tasks with estimated and actual hours; at least 3.';
COMMENT ON COLUMN estimate_corrections.median_ratio IS 'Median of actual to estimated hours.';
COMMENT ON COLUMN estimate_corrections.correction IS
    'By what to multiply an estimate: the median, drawn towards 1 the fewer tasks there are.';
