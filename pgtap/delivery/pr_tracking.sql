-- Pull requests with their tasks and attempts, validations and comments.

BEGIN;
SELECT plan(5);

SELECT is_empty('SELECT number FROM pr_tracking', 'an empty database has none');

SELECT tests.some_tasks('A');
SELECT tests.an_attempt('A');
SELECT tests.a_pull_request(1, 'draft');
SELECT tests.a_pull_request(2);
UPDATE pull_requests
SET task_id = tests.task('A'), execution_id = tests.attempt_at('A'),
    review_comments = '[{"body": "good"}, {"body": "very"}]', status = 'merged',
    host_updated_at = opened_at + interval '90 minutes'
WHERE number = 2;
SELECT tests.a_validation(2, 'tests', 'passed', _score => 80);

SELECT results_eq(
    $$SELECT number, project_slug, task_ref, task_title, task_status, attempt, execution_status,
          agent_name IS NOT NULL, validation_verdict, average_score::integer, review_comment_count,
          open_hours::numeric(8, 2)
      FROM pr_tracking ORDER BY number$$,
    $$VALUES
        (1, 'p', NULL, NULL, NULL::task_status, NULL::integer, NULL::task_execution_status, false,
            'pending'::pull_request_verdict, NULL::integer, 0, NULL::numeric(8, 2)),
        (2, 'p', 'A', 'A task', 'in_progress', 1, 'running', true, 'passed', 80, 2, 1.50)$$,
    'each is shown with where it came from and what is said of it'
);
SELECT ok(
    (SELECT validation_results ? 'tests' FROM pr_tracking WHERE number = 2),
    'the results of validations are by type'
);
DELETE FROM tasks;
SELECT results_eq(
    $$SELECT number, task_id, attempt FROM pr_tracking ORDER BY number$$,
    $$VALUES (1, NULL::uuid, NULL::integer), (2, NULL, NULL)$$,
    'a pull request is shown when its task is gone'
);

-- Plans

CREATE FUNCTION pg_temp.plan_of_a_page() RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Whoever needs to sort says so even then.
    SET LOCAL enable_sort = off;
    RETURN QUERY EXECUTE
        'EXPLAIN (COSTS OFF) SELECT * FROM pr_tracking ORDER BY pull_request_id LIMIT 1';
END
$$;

SELECT is_empty(
    $$SELECT line FROM pg_temp.plan_of_a_page() AS line
      WHERE line ~ 'Sort Key: .*pull_request.*id'$$,
    'a page is taken before validations are read'
);

SELECT * FROM finish();
ROLLBACK;
