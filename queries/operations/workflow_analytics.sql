-- How workflows go, as of the last refresh.

-- name: get_workflow_analytics(workflow_id)^
-- Get how a workflow goes. None when there was no such workflow at the last refresh.
SELECT workflow_id, project_id, name, status, phase, total_tasks, completed_tasks, failed_tasks,
    weekly_velocity, estimated_hours, actual_hours, efficiency, average_cycle_hours,
    average_complexity, total_steps, completed_steps, failed_steps, retries, average_step_seconds,
    slowest_step, elapsed_hours
FROM workflow_analytics
WHERE workflow_id = :workflow_id;
