-- A few hundred tasks of three projects, at every stage and with gaps wherever gaps may be.

INSERT INTO projects (name, slug, description, repository_url) VALUES
    ('One', 'one', NULL, NULL), ('Two', 'two', 'the second', 'https://example.org/two'),
    ('Three', 'three', NULL, 'git@example.org:three');
INSERT INTO task_lists (project_id, name, description, metadata)
SELECT id, list.name, CASE WHEN list.name = 'next' THEN 'for later' END, '{"a": null}'
FROM projects, (VALUES ('master'), ('next')) AS list (name);
INSERT INTO agents (name, type, capabilities, preferences) VALUES
    ('ada', 'general', '[]', '{}'), ('bob', 'reviewer', '["review", "sql"]', '{"a": 1}'),
    ('eve', 'general', '[]', '{}');

INSERT INTO tasks (
    project_id, task_list_id, title, ref, type, priority, max_attempts, complexity_score,
    estimated_hours, assignee_type, assignee, not_before, due_at, created_by, idempotency_key
)
SELECT list.project_id, list.id, 'Task ' || n, 'r' || n,
    (ARRAY['general', 'fix', 'review'])[1 + n % 3], n % 11, 1 + n % 3,
    CASE WHEN n % 2 = 0 THEN 1 + n % 10 END, CASE WHEN n % 3 = 0 THEN n % 7 END,
    CASE WHEN n % 4 = 0 THEN 'person'::assignee_type END, CASE WHEN n % 4 = 0 THEN 'p' || n % 5 END,
    CASE WHEN n % 13 = 0 THEN clock_timestamp() + interval '1 hour' END,
    CASE WHEN n % 5 = 0 THEN clock_timestamp() + n * interval '1 hour' END,
    CASE WHEN n % 3 = 1 THEN 'import' END, CASE WHEN n % 6 = 0 THEN list.name || ' ' || n END
FROM task_lists AS list, generate_series(1, 60) AS n;

-- What people do themselves has no attempt.
INSERT INTO tasks (project_id, task_list_id, title, ref, status)
SELECT project_id, id, 'By hand', 'by hand', 'review' FROM task_lists;

-- Every fifth task has subtasks; edges lead from a task to earlier ones of its list.
UPDATE tasks AS task SET parent_id = parent.id
FROM tasks AS parent
WHERE parent.task_list_id = task.task_list_id
    AND regexp_substr(task.ref, '\d+')::int % 5 IN (1, 2)
    AND regexp_substr(task.ref, '\d+')::int > 5
    AND parent.ref = 'r' || regexp_substr(task.ref, '\d+')::int / 5 * 5;
INSERT INTO task_dependencies (task_id, depends_on_id, kind, policy, created_by)
SELECT task.id, earlier.id,
    (ARRAY['blocks', 'blocks', 'suggests', 'relates_to'])[1 + n % 4]::task_dependency_kind,
    (ARRAY['wait', 'satisfy', 'cancel'])[1 + n % 3]::blocker_policy,
    CASE WHEN n % 2 = 0 THEN 'import' END
FROM tasks AS task
CROSS JOIN LATERAL (SELECT regexp_substr(task.ref, '\d+')::int AS n) AS number
JOIN tasks AS earlier ON earlier.task_list_id = task.task_list_id
    AND earlier.ref IN ('r' || n / 2, 'r' || n - 7)
WHERE n % 3 = 0;
INSERT INTO task_dependencies (task_id, depends_on_id, kind)
SELECT task.id, other.id, 'conflicts'
FROM tasks AS task
JOIN tasks AS other ON other.task_list_id = task.task_list_id AND other.ref = 'r1'
WHERE task.ref = 'r4';

INSERT INTO task_external_dependencies (
    task_id, target, description, satisfied_at, satisfied_by, created_by
)
SELECT id, 'outside ' || n, CASE WHEN n = 1 THEN 'to be signed' END,
    CASE WHEN n > 1 THEN clock_timestamp() END, CASE WHEN n = 3 THEN 'ada' END,
    CASE WHEN n = 2 THEN 'import' END
FROM tasks, generate_series(1, 3) AS n
WHERE ref IN ('r9', 'r10', 'r11');

INSERT INTO task_details (
    task_id, requirements, acceptance_criteria, description, details, tags, metadata
)
SELECT id, CASE WHEN priority % 2 = 0 THEN '["quick", {"a": null}]' ELSE '{"a": null}' END::jsonb,
    '["it works", "it is quick"]', CASE WHEN priority > 3 THEN 'what to do' END,
    CASE WHEN priority % 2 = 0 THEN 'how' END,
    '["a"]', CASE WHEN priority % 3 = 0 THEN '{"imported": {"a": null}}' ELSE '{}' END::jsonb
FROM tasks WHERE priority % 4 > 0;
INSERT INTO task_ticks (task_id, item_id, note)
SELECT task_id, id, CASE WHEN position = 1 THEN 'seen' END FROM task_items WHERE position < 3
ON CONFLICT DO NOTHING;
INSERT INTO task_contexts (task_id, type, data, created_by)
SELECT id, (ARRAY['note', 'error'])[1 + n % 2], CASE WHEN n = 1 THEN '[null]' ELSE '{}' END::jsonb,
    CASE WHEN n = 2 THEN 'ada' END
FROM tasks, generate_series(1, 2) AS n WHERE priority % 2 = 0;

-- Some are done, some have failed or were given back, some leases have run out, some run.
SELECT complete_executions(array_agg(execution_id),
    array_agg(CASE WHEN task_id::text < '8' THEN '{}'::jsonb END))
FROM agents, projects, claim_tasks(agents.id, projects.id, 3, '1 hour')
WHERE agents.name = 'ada';
SELECT count(*)
FROM agents, projects,
    claim_tasks(agents.id, projects.id, 1, '1 hour', NULL, 'key of ' || projects.slug)
WHERE agents.name = 'ada';
SELECT fail_executions(array_agg(execution_id), array_agg('{"message": null}'::jsonb), '0 seconds')
FROM agents, projects, claim_tasks(agents.id, projects.id, 4, '1 hour', 'i-1')
WHERE agents.name = 'bob';
SELECT release_executions(array_agg(execution_id))
FROM agents, projects, claim_tasks(agents.id, projects.id, 2, '1 hour')
WHERE agents.name = 'eve';
SELECT count(*) FROM agents, projects, claim_tasks(agents.id, projects.id, 2, '1 hour')
WHERE agents.name = 'eve';
SELECT count(*) FROM agents, projects, claim_tasks(agents.id, projects.id, 2, '1 hour', 'i-2')
WHERE agents.name = 'bob';
UPDATE task_executions SET lease_expires_at = started_at - interval '1 second'
WHERE status = 'running' AND id % 3 = 0;
UPDATE task_executions SET cancel_requested_at = clock_timestamp()
WHERE status = 'running' AND id % 4 = 0;
UPDATE task_executions
SET session_id = 's-' || id % 2, logs = 'began', input_context = '{}', memory_usage_mb = 90,
    cpu_time_ms = 5, input_tokens = 10, cost_usd = 0.5
WHERE id % 5 = 0;
DELETE FROM agents WHERE name = 'bob';
UPDATE tasks SET status = 'cancelled', status_reason = 'no need'
WHERE status = 'pending' AND ref = 'r20';
UPDATE tasks SET status = 'deferred' WHERE status = 'pending' AND ref = 'r32';
UPDATE projects SET paused_at = clock_timestamp() WHERE slug = 'three';
INSERT INTO claim_limits (project_id, max_running) SELECT id, 50 FROM projects WHERE slug = 'two';
INSERT INTO claim_limits (agent_id, max_running) SELECT id, 40 FROM agents WHERE name = 'ada';
UPDATE projects SET settings = '{"review": true, "none": null}' WHERE slug <> 'two';
INSERT INTO projects (name, slug, status, deleted_at)
VALUES ('Gone', 'gone', 'archived', clock_timestamp());
SELECT delete_tasks(id) FROM tasks WHERE ref ~ '7$' AND deleted_at IS NULL;
INSERT INTO external_references (entity_type, entity_id, system, kind, external_id, url)
SELECT 'tasks', id, 'linear', 'issue', ref, CASE WHEN ref > 'r4' THEN 'https://example.org' END
FROM tasks WHERE priority > 6
UNION ALL
SELECT 'projects', id, 'github', 'repository', slug, NULL FROM projects;
