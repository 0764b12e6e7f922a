-- Which tasks a workflow has, and in which order.

-- name: add_workflow_task(workflow_id, task_id, position)^
-- Put a task into a workflow, at a position or at the end; those behind it move down.
-- A task that is in it already is moved to the position, or stays where it is when that is None.
-- Refused by workflow_tasks_are_of_the_project, workflow_tasks_position_positive and the foreign
-- keys. Changes of the order of one workflow wait for each other.
-- returns: *!
-- batch
SELECT workflow_id, task_id, position, added_at
FROM add_workflow_task(:workflow_id, :task_id, :position);

-- name: list_workflow_tasks(workflow_id)
-- List the tasks of a workflow that are not deleted, in their order.
SELECT member.workflow_id, member.task_id, member.position, member.added_at, task.ref, task.title,
    task.type, task.status, task.priority
FROM workflow_tasks AS member
JOIN tasks AS task ON task.id = member.task_id
WHERE member.workflow_id = :workflow_id AND task.deleted_at IS NULL
ORDER BY member.position;

-- name: list_workflows_of_task(task_id)
-- List the workflows that a task is in and that are not deleted, in the order of their creation.
SELECT workflow.id, workflow.name, workflow.status, workflow.phase, member.position, member.added_at
FROM workflow_tasks AS member
JOIN workflows AS workflow ON workflow.id = member.workflow_id
WHERE member.task_id = :task_id AND workflow.deleted_at IS NULL
ORDER BY workflow.created_at, workflow.id;

-- name: remove_workflow_task(workflow_id, task_id)!
-- Take a task out of a workflow; those behind it move up. 0 when the workflow has no such task.
-- Its steps stay. Changes of the order of one workflow wait for each other.
SELECT task_id
FROM remove_workflow_task(:workflow_id, :task_id);

-- name: set_workflow_task_position(workflow_id, task_id, position)^
-- Move a task of a workflow to a position, or to the end when that lies beyond.
-- None when the workflow has no such task. Refused by workflow_tasks_position_positive. Changes
-- of the order of one workflow wait for each other.
-- returns: *!
SELECT workflow_id, task_id, position, added_at
FROM move_workflow_task(:workflow_id, :task_id, :position);
