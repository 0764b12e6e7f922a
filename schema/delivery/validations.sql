-- One row is the verdict of one validator on a pull request, or on what an attempt brought, or on
-- both. Validators write it; it is never changed, as a new run is a new row. It ends with its pull
-- request, or with its attempt when it is about nothing else.

CREATE TYPE validation_result AS ENUM ('passed', 'failed', 'warning', 'skipped');

COMMENT ON TYPE validation_result IS 'How a validation ended. skipped: it was not made.';

CREATE TABLE validations (
    id              bigint             GENERATED ALWAYS AS IDENTITY,
    pull_request_id uuid,
    execution_id    bigint,
    type            text               NOT NULL,
    validator       text               NOT NULL,
    result          validation_result  NOT NULL,
    score           numeric(5, 2),
    commit_sha      text,
    details         jsonb              NOT NULL DEFAULT '{}',
    suggestions     jsonb              NOT NULL DEFAULT '[]',
    validated_at    timestamptz        NOT NULL DEFAULT clock_timestamp(),
    created_at      timestamptz        NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT validations_pkey PRIMARY KEY (id),
    CONSTRAINT validations_pull_request_id_fkey
        FOREIGN KEY (pull_request_id) REFERENCES pull_requests (id) ON DELETE CASCADE,
    CONSTRAINT validations_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE CASCADE,
    CONSTRAINT validations_are_about_something
        CHECK (pull_request_id IS NOT NULL OR execution_id IS NOT NULL),
    CONSTRAINT validations_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT validations_validator_has_1_to_200_characters
        CHECK (validator ~ '\S' AND length(validator) <= 200),
    CONSTRAINT validations_score_in_range CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT validations_commit_sha_is_a_commit CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    CONSTRAINT validations_details_is_object CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT validations_suggestions_is_array CHECK (jsonb_typeof(suggestions) = 'array')
);

-- validations_pull_request_id_fkey, and the latest validation of each type of a pull request.
CREATE INDEX validations_pull_request_id_type_idx
    ON validations (pull_request_id, type, validated_at DESC, id DESC)
    WHERE pull_request_id IS NOT NULL;

-- validations_execution_id_fkey, and the validations of an attempt.
CREATE INDEX validations_execution_id_idx ON validations (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE validations IS
    'Verdicts of validators on pull requests and attempts. Not audited: a history itself.';
COMMENT ON COLUMN validations.type IS
    'What was looked at: tests, lint, security, requirements or any other word.';
COMMENT ON COLUMN validations.validator IS 'Who or what looked.';
COMMENT ON COLUMN validations.score IS '0 (worst) to 100; null where the validator gives none.';
COMMENT ON COLUMN validations.commit_sha IS
    'The commit that was looked at; null where the verdict holds for every commit.';
COMMENT ON COLUMN validations.details IS 'Object of what was found.';
COMMENT ON COLUMN validations.suggestions IS 'Array of what could be done about it.';
COMMENT ON COLUMN validations.validated_at IS 'When the validator came to its verdict.';

COMMENT ON CONSTRAINT validations_pull_request_id_fkey ON validations IS
    'A validation ends with its pull request.';
COMMENT ON CONSTRAINT validations_execution_id_fkey ON validations IS
    'A validation ends with its attempt, unless it is about a pull request too.';
COMMENT ON CONSTRAINT validations_are_about_something ON validations IS
    'A validation is about a pull request, an attempt, or both.';
COMMENT ON CONSTRAINT validations_type_is_identifier ON validations IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT validations_validator_has_1_to_200_characters ON validations IS
    'A validator''s name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT validations_score_in_range ON validations IS 'A score is 0 to 100.';
COMMENT ON CONSTRAINT validations_commit_sha_is_a_commit ON validations IS
    'A commit is named by 7 to 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT validations_details_is_object ON validations IS 'Details are a JSON object.';
COMMENT ON CONSTRAINT validations_suggestions_is_array ON validations IS
    'Suggestions are a JSON array.';

CREATE TRIGGER validations_stand
    AFTER UPDATE ON validations
    FOR EACH ROW
    -- Only the link to an attempt may go, with the attempt.
    WHEN (
        (OLD.id, OLD.type, OLD.validator, OLD.result, OLD.score, OLD.commit_sha, OLD.details,
            OLD.suggestions, OLD.validated_at, OLD.created_at, OLD.pull_request_id)
        IS DISTINCT FROM
        (NEW.id, NEW.type, NEW.validator, NEW.result, NEW.score, NEW.commit_sha, NEW.details,
            NEW.suggestions, NEW.validated_at, NEW.created_at, NEW.pull_request_id)
        OR (NEW.execution_id IS NOT NULL AND OLD.execution_id IS DISTINCT FROM NEW.execution_id)
    )
    EXECUTE FUNCTION refuse_rewriting('validations', 'validations_stand');

COMMENT ON TRIGGER validations_stand ON validations IS
    'What a validator found is not changed: a new run is a new row.';

CREATE TRIGGER validations_not_truncated
    AFTER TRUNCATE ON validations
    EXECUTE FUNCTION refuse_rewriting('validations', 'validations_not_truncated');

COMMENT ON TRIGGER validations_not_truncated ON validations IS 'What validators found is not emptied.';

CREATE FUNCTION task_executions_leave_validations() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    UPDATE validations SET execution_id = NULL
    WHERE execution_id = OLD.id AND pull_request_id IS NOT NULL;
    RETURN OLD;
END
$$;

COMMENT ON FUNCTION task_executions_leave_validations() IS
    'Trigger function: an attempt that is deleted leaves the validations of pull requests.';

CREATE TRIGGER task_executions_leave_validations
    BEFORE DELETE ON task_executions
    FOR EACH ROW EXECUTE FUNCTION task_executions_leave_validations();

COMMENT ON TRIGGER task_executions_leave_validations ON task_executions IS
    'A pull request keeps its validations when the attempt is gone.';
