-- All that a task depends on, within the database and outside, with what has become of it.

CREATE VIEW task_dependency_status WITH (security_invoker = true) AS
SELECT
    task.project_id,
    edge.task_id,
    task.ref::text AS ref,
    edge.kind,
    edge.depends_on_id,
    blocker.ref::text AS target,
    blocker.title::text AS title,
    blocker.status AS depends_on_status,
    edge.policy,
    edge.metadata ->> 'description' AS description,
    false AS is_external,
    NOT is_open_blocker(blocker.status, edge.policy) AS is_satisfied,
    CASE
        WHEN is_open_blocker(blocker.status, edge.policy) THEN NULL
        WHEN blocker.status = 'completed' THEN blocker.completed_at
        -- Failed or cancelled: no column has the moment, but the record of changes has.
        ELSE coalesce(
            (
                SELECT max(change.changed_at)
                FROM audit_log AS change
                WHERE change.entity_type = 'tasks'
                    AND change.entity_id = blocker.id::text
                    AND change.new_values ->> 'status' = blocker.status::text
            ),
            blocker.updated_at
        )
    END AS satisfied_at,
    NULL AS satisfied_by,
    edge.created_by,
    edge.created_at
FROM task_dependencies AS edge
JOIN tasks AS task ON task.id = edge.task_id
JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
UNION ALL
SELECT
    task.project_id,
    dependency.task_id,
    task.ref::text AS ref,
    'blocks' AS kind,
    NULL AS depends_on_id,
    dependency.target,
    NULL AS title,
    NULL AS depends_on_status,
    NULL AS policy,
    dependency.description,
    true AS is_external,
    dependency.satisfied_at IS NOT NULL AS is_satisfied,
    dependency.satisfied_at,
    dependency.satisfied_by,
    dependency.created_by,
    dependency.created_at
FROM task_external_dependencies AS dependency
JOIN tasks AS task ON task.id = dependency.task_id;

COMMENT ON VIEW task_dependency_status IS
    'Dependencies of tasks, those outside of the database too, and whether each is satisfied.';
COMMENT ON COLUMN task_dependency_status.target IS
    'What is depended on: the ref of a task, or the text of what is outside.';
COMMENT ON COLUMN task_dependency_status.is_satisfied IS
    'Whether the task need not wait for it: the blocker is completed, or has ended and the policy is satisfy, or somebody has said that it is there. Of a kind that does not block, whether it would be.';
COMMENT ON COLUMN task_dependency_status.satisfied_at IS
    'Since when it is satisfied. Of a blocker that was cancelled or failed, as audit_log tells; where that is gone, when the blocker last changed.';
