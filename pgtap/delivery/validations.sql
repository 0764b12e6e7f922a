-- Validations: verdicts of validators on pull requests and attempts.

BEGIN;
SELECT plan(30);

SELECT tests.some_tasks('A');
SELECT tests.an_attempt('A');
SELECT tests.a_pull_request(1, _commit_sha => 'abcdef0');

CREATE FUNCTION pg_temp.created(_columns text, _values text) RETURNS text
    LANGUAGE sql
    RETURN format(
        'INSERT INTO validations (pull_request_id, type, validator, result%s)'
        ' VALUES (tests.pull_request(1), ''tests'', ''ci'', ''passed''%s)',
        ', ' || _columns, ', ' || _values
    );

-- Keys and defaults

INSERT INTO validations (pull_request_id, type, validator, result)
VALUES (tests.pull_request(1), 'tests', 'ci', 'passed');
SELECT results_eq(
    $$SELECT score, commit_sha, details, suggestions, clock_timestamp() - validated_at < '1 minute'
      FROM validations$$,
    $$VALUES (NULL::numeric, NULL::text, '{}'::jsonb, '[]'::jsonb, true)$$,
    'a validation needs neither score nor details'
);
SELECT tests.violates(
    $$INSERT INTO validations (id, pull_request_id, type, validator, result)
      OVERRIDING SYSTEM VALUE SELECT id, pull_request_id, type, validator, result
      FROM validations$$,
    'validations_pkey', 'two validations never share an id'
);
SELECT tests.violates(
    $$INSERT INTO validations (pull_request_id, type, validator, result)
      VALUES (gen_random_uuid(), 'tests', 'ci', 'passed')$$,
    'validations_pull_request_id_fkey', 'a pull request that is validated exists'
);
SELECT tests.violates(
    $$INSERT INTO validations (execution_id, type, validator, result)
      VALUES (0, 'tests', 'ci', 'passed')$$,
    'validations_execution_id_fkey', 'an attempt that is validated exists'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO validations (execution_id, type, validator, result)
      VALUES (tests.attempt_at('A'), 'tests', 'ci', 'passed')$$,
    'an attempt alone may be validated'
);
SELECT tests.violates(
    $$INSERT INTO validations (type, validator, result) VALUES ('tests', 'ci', 'passed')$$,
    'validations_are_about_something', 'a validation is about something'
);
SELECT tests.accepts(
    $$INSERT INTO validations (pull_request_id, execution_id, type, validator, result)
      VALUES (tests.pull_request(1), tests.attempt_at('A'), repeat('t', 63), repeat('v', 200),
          'skipped')$$,
    'both may be; a type may have 63 characters, a validator 200'
);
SELECT tests.violates(
    $$INSERT INTO validations (pull_request_id, type, validator, result)
      VALUES (tests.pull_request(1), repeat('t', 64), 'ci', 'passed')$$,
    'validations_type_is_identifier', 'a type has no 64 characters'
);
SELECT tests.violates(
    $$INSERT INTO validations (pull_request_id, type, validator, result)
      VALUES (tests.pull_request(1), 'Unit tests', 'ci', 'passed')$$,
    'validations_type_is_identifier', 'a type is a lower-case word'
);
SELECT tests.violates(
    $$INSERT INTO validations (pull_request_id, type, validator, result)
      VALUES (tests.pull_request(1), 'tests', ' ', 'passed')$$,
    'validations_validator_has_1_to_200_characters', 'a validator has a name'
);
SELECT tests.violates(
    $$INSERT INTO validations (pull_request_id, type, validator, result)
      VALUES (tests.pull_request(1), 'tests', repeat('v', 201), 'passed')$$,
    'validations_validator_has_1_to_200_characters', 'a validator has no 201 characters'
);

SELECT tests.accepts(pg_temp.created('score', '0'), 'a score may be 0');
SELECT tests.violates(
    pg_temp.created('score', '-0.01'), 'validations_score_in_range', 'a score is not below 0'
);
SELECT tests.accepts(pg_temp.created('score', '100'), 'a score may be 100');
SELECT tests.violates(
    pg_temp.created('score', '100.01'), 'validations_score_in_range', 'a score is not above 100'
);
SELECT tests.violates(
    pg_temp.created('score', $$'NaN'$$), 'validations_score_in_range', 'a score is a number'
);

SELECT tests.accepts(
    pg_temp.created('commit_sha', $$'0123456'$$), 'a commit may be named by 7 digits'
);
SELECT tests.violates(
    pg_temp.created('commit_sha', $$'012345'$$),
    'validations_commit_sha_is_a_commit', 'a commit is not named by 6 digits'
);
SELECT tests.accepts(
    pg_temp.created('commit_sha', $$repeat('f', 64)$$), 'a commit may be named by 64 digits'
);
SELECT tests.violates(
    pg_temp.created('commit_sha', $$repeat('f', 65)$$),
    'validations_commit_sha_is_a_commit', 'a commit is not named by 65 digits'
);

SELECT tests.accepts(
    pg_temp.created('details, suggestions', $$'{"failed": 0}', '["more tests", {"line": 3}]'$$),
    'details keep unknown keys, and suggestions may be texts and objects'
);
SELECT tests.violates(
    pg_temp.created('details', $$'[]'$$), 'validations_details_is_object', 'details are no array'
);
SELECT tests.violates(
    pg_temp.created('suggestions', $$'{}'$$),
    'validations_suggestions_is_array', 'suggestions are no object'
);

-- Effects

SELECT tests.violates(
    $$UPDATE validations SET result = 'failed'$$,
    'validations_stand', 'what a validator found is not changed'
);
SELECT tests.violates(
    $$UPDATE validations SET execution_id = tests.attempt_at('A') WHERE execution_id IS NULL$$,
    'validations_stand', 'a validation does not come to be about an attempt later'
);
SELECT tests.accepts(
    $$UPDATE validations SET execution_id = NULL WHERE pull_request_id IS NOT NULL$$,
    'it may lose its attempt, while it has a pull request'
);

INSERT INTO validations (pull_request_id, execution_id, type, validator, result)
VALUES
    (tests.pull_request(1), tests.attempt_at('A'), 'kept', 'ci', 'passed'),
    (NULL, tests.attempt_at('A'), 'gone', 'ci', 'passed');
DELETE FROM tasks WHERE ref = 'A';
SELECT results_eq(
    $$SELECT type, execution_id FROM validations WHERE type IN ('kept', 'gone')$$,
    $$VALUES ('kept', NULL::bigint)$$,
    'a pull request keeps its validations when the task is gone; others end with their attempt'
);
SELECT is(
    (SELECT count(*) FROM validations WHERE execution_id IS NOT NULL), 0::bigint,
    'no validation tells of an attempt that is gone'
);
SELECT tests.a_pull_request(2);
SELECT tests.a_validation(2, 'tests', 'passed');
DELETE FROM pull_requests WHERE number = 1;
SELECT results_eq(
    $$SELECT pull_request_id FROM validations$$, ARRAY[tests.pull_request(2)],
    'validations end with their pull request'
);
SELECT is(
    (SELECT count(*) FROM audit_log WHERE entity_type = 'validations'), 0::bigint,
    'validations are a history, and not recorded again'
);

SELECT * FROM finish();
ROLLBACK;
