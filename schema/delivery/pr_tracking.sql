-- Each pull request with the task and the attempt that it came from, and what validators and
-- reviewers say.

CREATE VIEW pr_tracking WITH (security_invoker = true) AS
SELECT
    pull_request.id AS pull_request_id,
    pull_request.project_id,
    project.slug AS project_slug,
    pull_request.repository,
    pull_request.number,
    pull_request.url,
    pull_request.title,
    pull_request.branch,
    pull_request.base_branch,
    pull_request.commit_sha,
    pull_request.author,
    pull_request.status,
    pull_request.task_id,
    task.ref::text AS task_ref,
    task.title::text AS task_title,
    task.status AS task_status,
    pull_request.execution_id,
    execution.attempt,
    execution.status AS execution_status,
    agent.name AS agent_name,
    validated.verdict AS validation_verdict,
    validated.average_score,
    validated.validation_results,
    validated.last_validated_at,
    pull_request.review_comments,
    jsonb_array_length(pull_request.review_comments) AS review_comment_count,
    pull_request.opened_at,
    pull_request.merged_at,
    pull_request.closed_at,
    -- By a stable clock: a view with a volatile function is computed whole before a page is taken.
    extract(
        epoch FROM coalesce(pull_request.closed_at, statement_timestamp()) - pull_request.opened_at
    ) / 3600 AS open_hours,
    pull_request.created_at,
    pull_request.updated_at
FROM pull_requests AS pull_request
JOIN projects AS project ON project.id = pull_request.project_id
JOIN pr_validation_status AS validated ON validated.pull_request_id = pull_request.id
LEFT JOIN tasks AS task ON task.id = pull_request.task_id
LEFT JOIN task_executions AS execution ON execution.id = pull_request.execution_id
LEFT JOIN agents AS agent ON agent.id = execution.agent_id;

COMMENT ON VIEW pr_tracking IS
    'Pull requests with their tasks and attempts, validations and comments.';
COMMENT ON COLUMN pr_tracking.attempt IS 'Number of the attempt that opened it.';
COMMENT ON COLUMN pr_tracking.open_hours IS
    'Hours from opening to merging or closing, or until now; null for a draft that never was open.';
