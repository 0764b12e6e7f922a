-- By what to multiply estimates, learnt from completed tasks.

-- name: get_estimate_correction(task_type, agent_id)^
-- Get by what to multiply an estimate of a task of this type, done by this agent.
-- It is learnt from tasks of this type by this agent where there are enough, else from this type,
-- else from this agent, else from all; None for either means all. None when too little was
-- completed.
-- Reads the whole of tasks: a median is of all that was completed.
SELECT task_type, agent_id, task_count, median_ratio, correction
FROM estimate_corrections
WHERE (task_type IS NULL OR task_type IS NOT DISTINCT FROM :task_type)
    AND (agent_id IS NULL OR agent_id IS NOT DISTINCT FROM :agent_id)
ORDER BY task_type IS NULL, agent_id IS NULL
LIMIT 1;

-- name: list_estimate_corrections()
-- List by what to multiply estimates, per type and agent, type, agent, and over all.
-- Reads the whole of tasks: a median is of all that was completed.
SELECT task_type, agent_id, task_count, median_ratio, correction
FROM estimate_corrections
ORDER BY task_type, agent_id;
