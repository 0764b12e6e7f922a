-- Rows of delivery: some of each kind, so that every column is seen with what it may hold.

INSERT INTO pull_requests (
    project_id, task_id, repository, number, title, branch, url, description, commit_sha, author,
    review_comments, metadata, status, host_updated_at
)
SELECT task.project_id, CASE WHEN n % 3 > 0 THEN task.id END, 'octo/' || task.slug, n,
    'Change ' || n, 'branch-' || n, CASE WHEN n % 2 = 0 THEN 'https://example.org/' || n END,
    CASE WHEN n % 3 = 0 THEN 'why' END, CASE WHEN n % 4 > 0 THEN md5(n::text) END,
    CASE WHEN n % 3 = 1 THEN 'ada' END,
    CASE WHEN n % 2 = 1 THEN '[{"body": null}]' ELSE '[]' END::jsonb, '{"a": null}',
    (enum_range(NULL::pull_request_status))[1 + n % 7],
    CASE WHEN n % 2 = 1 THEN '2020-01-01 00:00+00'::timestamptz END
FROM (
    SELECT tasks.id, tasks.project_id, projects.slug,
        row_number() OVER (PARTITION BY tasks.project_id ORDER BY tasks.id) AS n
    FROM tasks
    JOIN projects ON projects.id = tasks.project_id
) AS task
WHERE n <= 24;
UPDATE pull_requests SET deleted_at = clock_timestamp() WHERE number IN (5, 6);

-- Some come from attempts.
INSERT INTO pull_requests (project_id, task_id, execution_id, repository, number, title, branch)
SELECT task.project_id, task.id, execution.id, 'octo/' || task.project_id, execution.id, 'Made',
    'made'
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id;

INSERT INTO validations (
    pull_request_id, execution_id, type, validator, result, score, commit_sha, details, suggestions
)
SELECT id, execution_id, type, 'ci', (enum_range(NULL::validation_result))[1 + number % 4],
    CASE WHEN number % 2 = 0 THEN 50 + number % 50 END,
    CASE WHEN number % 3 = 0 THEN 'abcdef0' ELSE commit_sha END,
    CASE WHEN number % 2 = 0 THEN '{"a": null}' ELSE '{}' END::jsonb, '[null]'
FROM pull_requests, unnest(ARRAY['general', 'lint']) AS type
WHERE number % 5 > 0;
INSERT INTO validations (execution_id, type, validator, result)
SELECT id, 'review', 'ada', 'passed' FROM task_executions WHERE id % 2 = 0;
