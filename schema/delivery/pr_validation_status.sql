-- What the validators say of each pull request as it is now: the latest verdict of each type on its
-- latest commit. A new commit is to be validated anew.

CREATE TYPE pull_request_verdict AS ENUM ('pending', 'passed', 'warning', 'failed');

COMMENT ON TYPE pull_request_verdict IS
    'What the latest validations come to. pending: none was made of the latest commit.';

CREATE VIEW pr_validation_status WITH (security_invoker = true) AS
SELECT
    pull_request.id AS pull_request_id,
    pull_request.project_id,
    pull_request.task_id,
    pull_request.repository,
    pull_request.number,
    pull_request.title,
    pull_request.status,
    pull_request.commit_sha,
    verdicts.total_validations,
    verdicts.passed_validations,
    verdicts.failed_validations,
    verdicts.warning_validations,
    verdicts.skipped_validations,
    verdicts.average_score,
    verdicts.last_validated_at,
    verdicts.verdict,
    verdicts.validation_results
FROM pull_requests AS pull_request
-- For each pull request by itself, so that a page of them reads only its own validations.
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total_validations,
        count(*) FILTER (WHERE latest.result = 'passed') AS passed_validations,
        count(*) FILTER (WHERE latest.result = 'failed') AS failed_validations,
        count(*) FILTER (WHERE latest.result = 'warning') AS warning_validations,
        count(*) FILTER (WHERE latest.result = 'skipped') AS skipped_validations,
        avg(latest.score) AS average_score,
        max(latest.validated_at) AS last_validated_at,
        CASE
            WHEN bool_or(latest.result = 'failed') THEN 'failed'
            WHEN bool_or(latest.result = 'warning') THEN 'warning'
            WHEN bool_or(latest.result = 'passed') THEN 'passed'
            ELSE 'pending'
        END::pull_request_verdict AS verdict,
        coalesce(
            jsonb_object_agg(
                latest.type,
                jsonb_build_object(
                    'id', latest.id,
                    'validator', latest.validator,
                    'result', latest.result,
                    'score', latest.score,
                    'details', latest.details,
                    'suggestions', latest.suggestions,
                    'validated_at', latest.validated_at
                )
            ),
            '{}'
        ) AS validation_results
    FROM (
        SELECT DISTINCT ON (validation.type) validation.*
        FROM validations AS validation
        WHERE validation.pull_request_id = pull_request.id
            AND (
                validation.commit_sha IS NULL
                OR pull_request.commit_sha IS NULL
                -- One of them may be shortened.
                OR starts_with(pull_request.commit_sha, validation.commit_sha)
                OR starts_with(validation.commit_sha, pull_request.commit_sha)
            )
        ORDER BY validation.type, validation.validated_at DESC, validation.id DESC
    ) AS latest
) AS verdicts
WHERE pull_request.deleted_at IS NULL;

COMMENT ON VIEW pr_validation_status IS
    'Pull requests with the latest validation of each type, and what they come to.';
COMMENT ON COLUMN pr_validation_status.total_validations IS
    'Types that were validated, each counted by its latest validation.';
COMMENT ON COLUMN pr_validation_status.average_score IS
    'Mean of the latest scores, 0 to 100; null where no validator gave one.';
COMMENT ON COLUMN pr_validation_status.verdict IS
    'failed when any type failed, else warning, else passed; pending when none was validated.';
COMMENT ON COLUMN pr_validation_status.validation_results IS
    'Object: by type the latest validation, with id, validator, result, score, details, suggestions and validated_at.';
