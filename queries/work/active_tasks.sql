-- What is being worked on now.

-- name: list_active_tasks(project_id)
-- List the tasks of a project that are in progress, in review or in validation, the longest first.
SELECT id, ref, title, type, status, priority, assignee, started_at, execution_id, attempt,
    agent_id, agent_name, agent_instance, attempt_started_at, heartbeat_at, lease_expires_at
FROM active_tasks
WHERE project_id = :project_id
ORDER BY started_at, id;
