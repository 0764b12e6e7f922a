-- Claim limits: how many attempts may run at once.

-- name: delete_claim_limit(project_id, agent_id)!
-- Take the limit of a project, of an agent, or of an agent in a project away.
-- 0 when there is none.
DELETE FROM claim_limits
WHERE project_id IS NOT DISTINCT FROM :project_id::uuid
    AND agent_id IS NOT DISTINCT FROM :agent_id::uuid;

-- name: list_claim_limits()
-- List the limits: first those of projects, then those of agents wherever they work.
SELECT id, project_id, agent_id, max_running, created_at, updated_at
FROM claim_limits
ORDER BY project_id, agent_id, id;

-- name: set_claim_limit(project_id, agent_id, max_running)^
-- Limit how many attempts of a project, of an agent, or of an agent in a project run at once.
-- Those that run go on. 0 stops the claims.
-- Refused by claim_limits_are_of_a_project_or_an_agent when both are None.
INSERT INTO claim_limits (project_id, agent_id, max_running)
VALUES (:project_id, :agent_id, :max_running)
ON CONFLICT (project_id, agent_id) DO UPDATE SET max_running = EXCLUDED.max_running
RETURNING id, project_id, agent_id, max_running, created_at, updated_at;
