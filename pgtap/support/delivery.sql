-- One valid row of each kind of delivery. A test calls its pull requests by their numbers.

CREATE FUNCTION tests.a_pull_request(
    _number     integer,
    _status     pull_request_status  DEFAULT 'open',
    _commit_sha text                 DEFAULT NULL
) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO pull_requests (
            project_id, repository, number, title, branch, status, commit_sha
        )
        VALUES (
            coalesce(tests.project(), tests.a_project('p')), 'octo/app', _number, 'A change',
            'a-branch', _status, _commit_sha
        )
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_pull_request(integer, pull_request_status, text) IS
    'Makes a pull request of octo/app in project p.';

CREATE FUNCTION tests.pull_request(_number integer) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM pull_requests WHERE number = _number;
    END;

COMMENT ON FUNCTION tests.pull_request(integer) IS 'The pull request of this number.';

CREATE FUNCTION tests.a_validation(
    _number       integer,
    _type         text,
    _result       validation_result,
    _validated_at timestamptz        DEFAULT clock_timestamp(),
    _score        numeric            DEFAULT NULL,
    _commit_sha   text               DEFAULT NULL
) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO validations (
            pull_request_id, type, validator, result, validated_at, score, commit_sha
        )
        VALUES (
            tests.pull_request(_number), _type, 'ci', _result, _validated_at, _score, _commit_sha
        )
        RETURNING id;
    END;

COMMENT ON FUNCTION
    tests.a_validation(integer, text, validation_result, timestamptz, numeric, text) IS
    'Makes a validation of a pull request.';
