-- What the validators say of pull requests as they are now.

BEGIN;
SELECT plan(7);

SELECT is_empty('SELECT number FROM pr_validation_status', 'an empty database has none');

SELECT tests.a_pull_request(number, _commit_sha => 'abcdef0123456789')
FROM generate_series(1, 6) AS number;

-- 1: nothing; 2: all is well now; 3: a type fails; 4: a warning; 5: an old commit; 6: skipped
SELECT tests.a_validation(2, 'tests', 'passed', '2020-02-02 11:00 UTC', 90);
SELECT tests.a_validation(2, 'tests', 'failed', '2020-02-02 10:00 UTC', 10);
SELECT tests.a_validation(2, 'lint', 'skipped', '2020-02-02 10:00 UTC');
SELECT tests.a_validation(3, 'tests', 'passed', '2020-02-02 10:00 UTC', 100, 'abcdef0');
SELECT tests.a_validation(3, 'lint', 'failed', '2020-02-02 10:00 UTC', 50, 'abcdef0123456789');
SELECT tests.a_validation(3, 'security', 'warning', '2020-02-02 10:00 UTC');
SELECT tests.a_validation(4, 'tests', 'passed', '2020-02-02 10:00 UTC');
SELECT tests.a_validation(4, 'lint', 'warning', '2020-02-02 10:00 UTC');
SELECT tests.a_validation(5, 'tests', 'failed', '2020-02-02 10:00 UTC', 10, '0123456');
SELECT tests.a_validation(6, 'tests', 'skipped', '2020-02-02 10:00 UTC');

SELECT results_eq(
    $$SELECT number, total_validations, passed_validations, failed_validations,
          warning_validations, skipped_validations, average_score::integer, verdict
      FROM pr_validation_status ORDER BY number$$,
    $$VALUES
        (1, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, NULL::integer,
            'pending'::pull_request_verdict),
        (2, 2, 1, 0, 0, 1, 90, 'passed'),
        (3, 3, 1, 1, 1, 0, 75, 'failed'),
        (4, 2, 1, 0, 1, 0, NULL, 'warning'),
        (5, 0, 0, 0, 0, 0, NULL, 'pending'),
        (6, 1, 0, 0, 0, 1, NULL, 'pending')$$,
    'the latest validation of each type counts, of the latest commit'
);
SELECT is(
    (SELECT last_validated_at FROM pr_validation_status WHERE number = 2),
    '2020-02-02 11:00 UTC'::timestamptz, 'it is told when a validator last spoke'
);
SELECT is(
    (SELECT validation_results -> 'tests' ->> 'score' FROM pr_validation_status WHERE number = 2),
    '90.00', 'results are those of the latest validation'
);
SELECT is(
    (SELECT validation_results FROM pr_validation_status WHERE number = 1), '{}',
    'what nobody has validated has no results'
);
SELECT tests.a_validation(2, 'tests', 'failed', '2020-02-02 11:00 UTC');
SELECT is(
    (SELECT verdict FROM pr_validation_status WHERE number = 2), 'failed',
    'of two at one moment, the one that was told later counts'
);
UPDATE pull_requests SET deleted_at = clock_timestamp() WHERE number = 2;
SELECT is_empty(
    'SELECT number FROM pr_validation_status WHERE number = 2', 'a deleted pull request is left out'
);

SELECT * FROM finish();
ROLLBACK;
