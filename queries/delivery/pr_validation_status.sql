-- What the validators say of pull requests as they are now.

-- name: get_pr_validation_status(pull_request_id)^
-- Get the latest validation of each type of a pull request, and what they come to.
-- None when there is no such pull request, or it is deleted.
SELECT pull_request_id, project_id, task_id, repository, number, title, status, commit_sha,
    total_validations, passed_validations, failed_validations, warning_validations,
    skipped_validations, average_score, last_validated_at, verdict, validation_results
FROM pr_validation_status
WHERE pull_request_id = :pull_request_id;

-- name: list_pr_validation_status(project_id, verdict)
-- List the pull requests of a project with what their validations come to, the oldest first.
-- Of one verdict, or of any when it is None.
SELECT pull_request_id, project_id, task_id, repository, number, title, status, commit_sha,
    total_validations, passed_validations, failed_validations, warning_validations,
    skipped_validations, average_score, last_validated_at, verdict, validation_results
FROM pr_validation_status
WHERE project_id = :project_id
    AND (:verdict::pull_request_verdict IS NULL OR verdict = :verdict)
ORDER BY pull_request_id;
