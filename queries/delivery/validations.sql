-- Validations: verdicts of validators on pull requests and attempts.

-- name: create_validation(type, validator, result, pull_request_id, execution_id, score, commit_sha, details, suggestions, validated_at)^
-- Keep the verdict of a validator on a pull request, an attempt, or both.
-- commit_sha is the latest commit of the pull request when None; validated_at is now when None.
-- Refused by validations_are_about_something, validations_score_in_range, and the rules of the
-- other columns.
-- batch
INSERT INTO validations (
    pull_request_id, execution_id, type, validator, result, score, commit_sha, details,
    suggestions, validated_at
)
VALUES (
    :pull_request_id, :execution_id, :type, :validator, :result, :score,
    coalesce(:commit_sha, (SELECT commit_sha FROM pull_requests WHERE id = :pull_request_id)),
    coalesce(:details::jsonb, '{}'), coalesce(:suggestions::jsonb, '[]'),
    coalesce(:validated_at, clock_timestamp())
)
RETURNING id, pull_request_id, execution_id, type, validator, result, score, commit_sha, details,
    suggestions, validated_at, created_at;

-- name: list_validations(pull_request_id, execution_id, type, result)
-- List validations in the order in which they were made. Criteria that are None leave out nothing.
-- Reads the whole of validations: of neither a pull request nor an attempt, all may be asked for.
-- stream
SELECT id, pull_request_id, execution_id, type, validator, result, score, commit_sha, details,
    suggestions, validated_at, created_at
FROM validations
WHERE (:pull_request_id::uuid IS NULL OR pull_request_id = :pull_request_id)
    AND (:execution_id::bigint IS NULL OR execution_id = :execution_id)
    AND (:type::text IS NULL OR type = :type)
    AND (:result::validation_result IS NULL OR result = :result)
ORDER BY validated_at, id;
