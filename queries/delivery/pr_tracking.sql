-- Pull requests with their tasks and attempts, validations and comments.

-- name: get_pr_tracking(pull_request_id)^
-- Get a pull request with its task, attempt, validations and comments.
-- None when there is no such pull request, or it is deleted.
SELECT pull_request_id, project_id, project_slug, repository, number, url, title, branch,
    base_branch, commit_sha, author, status, task_id, task_ref, task_title, task_status,
    execution_id, attempt, execution_status, agent_name, validation_verdict, average_score,
    validation_results, last_validated_at, review_comments, review_comment_count, opened_at,
    merged_at, closed_at, open_hours, created_at, updated_at
FROM pr_tracking
WHERE pull_request_id = :pull_request_id;

-- name: list_pr_tracking(project_id, task_id, status, page_size, page_start)
-- List pull requests with their tasks, attempts and validations, the oldest first.
-- Criteria that are None leave out nothing. page_size is the number of pull requests at most (100
-- when None), page_start the number to pass over.
SELECT pull_request_id, project_id, project_slug, repository, number, url, title, branch,
    base_branch, commit_sha, author, status, task_id, task_ref, task_title, task_status,
    execution_id, attempt, execution_status, agent_name, validation_verdict, average_score,
    validation_results, last_validated_at, review_comments, review_comment_count, opened_at,
    merged_at, closed_at, open_hours, created_at, updated_at
FROM pr_tracking
WHERE (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
    AND (:status::pull_request_status IS NULL OR status = :status)
ORDER BY pull_request_id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
