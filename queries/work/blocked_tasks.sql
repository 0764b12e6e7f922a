-- What cannot be claimed, and why.

-- name: list_blocked_tasks(project_id)
-- List the tasks of a project that are not ready, with what keeps each.
SELECT id, ref, title, status, priority, open_blockers, blocker_refs, external_targets,
    conflict_refs, not_before, project_paused_at, project_status, status_reason, reasons
FROM blocked_tasks
WHERE project_id = :project_id
ORDER BY priority DESC, ref, id;
