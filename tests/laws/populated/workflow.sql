-- Rows of workflow: some of each kind, so that every column is seen with what it may hold.

INSERT INTO workflows (project_id, name, description, requirements, phase, state, status)
SELECT project.id, 'Workflow ' || n, CASE WHEN n % 2 = 0 THEN 'every Friday' END,
    CASE WHEN n % 2 = 0 THEN '[null]' ELSE '{"goal": null}' END::jsonb,
    CASE WHEN n % 3 > 0 THEN 'building' END, '{"a": null}',
    (enum_range(NULL::workflow_status))[1 + n % 6]
FROM projects AS project, generate_series(0, 11) AS n;
UPDATE workflows SET deleted_at = clock_timestamp() WHERE name IN ('Workflow 6', 'Workflow 8');

SELECT add_workflow_task(workflow.id, task.id)
FROM workflows AS workflow
JOIN tasks AS task ON task.project_id = workflow.project_id
WHERE task.ref IN ('r1', 'r2', 'r3', 'r7', 'r8', 'r20', 'by hand');

INSERT INTO workflow_steps (workflow_id, task_id, step, status, result, error_message, retry_count)
SELECT member.workflow_id, CASE WHEN n % 2 = 0 THEN member.task_id END,
    format('Step %s of %s', n, member.position),
    (enum_range(NULL::workflow_step_status))[1 + n % 5],
    CASE WHEN n % 3 = 0 THEN '{"a": null}'::jsonb END, CASE WHEN n % 5 = 3 THEN 'no disk' END, n % 4
FROM workflow_tasks AS member, generate_series(0, 9) AS n
WHERE member.position < 4;

INSERT INTO events (type, category, source, workflow_id, task_id)
SELECT 'build.slow', 'system', 'ci', workflow_id, task_id FROM workflow_tasks;
