-- What is being worked on.

BEGIN;
SELECT plan(5);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
SELECT execution_id
FROM claim_tasks(
    tests.an_agent('a'), tests.project(), _lease => '10 minutes', _agent_instance => 'host 7'
);
SELECT tests.set_status('B', 'review'), tests.set_status('C', 'in_progress'),
    tests.set_status('D', 'completed');

SELECT results_eq(
    $$SELECT ref, status::text, execution_id, attempt, agent_name, agent_instance,
          lease_expires_at - attempt_started_at
      FROM active_tasks ORDER BY ref$$,
    $$VALUES
        ('A', 'in_progress', tests.attempt_at('A'), 1, 'a', 'host 7', '10 minutes'::interval),
        ('B', 'review', NULL, NULL, NULL, NULL, NULL),
        ('C', 'in_progress', NULL, NULL, NULL, NULL, NULL)$$,
    'a task is active in progress and in review, with the agent that works on it'
);
INSERT INTO task_details (task_id, description) VALUES (tests.task('A'), 'What');
UPDATE tasks
SET complexity_score = 3, estimated_hours = 2, assignee = 'ada', assignee_type = 'person'
WHERE ref = 'A';
SELECT results_eq(
    $$SELECT project_slug, description, complexity_score::integer, assignee_type::text, assignee,
          estimated_hours
      FROM active_tasks WHERE ref = 'A'$$,
    $$VALUES ('p', 'What', 3, 'person', 'ada', 2.00)$$, 'with what is said of the task'
);
SELECT fail_executions(ARRAY[tests.attempt_at('A')], NULL, '0');
SELECT tests.set_status('C', 'validation');
SELECT results_eq(
    $$SELECT ref, status::text FROM active_tasks ORDER BY ref$$,
    $$VALUES ('B', 'review'), ('C', 'validation')$$,
    'a task is active in validation, and no longer when its attempt has failed'
);
SELECT tests.an_attempt('A');
SELECT results_eq(
    $$SELECT ref, attempt FROM active_tasks WHERE execution_id IS NOT NULL$$, $$VALUES ('A', 2)$$,
    'an active task is told once, with its running attempt'
);

SELECT results_eq(
    $$SELECT project_name, repository_name, execution_count, last_execution IS NOT NULL
      FROM active_tasks WHERE ref IN ('A', 'B') ORDER BY ref$$,
    $$VALUES ('p', NULL, 2, true), ('p', NULL, 0, false)$$,
    'an active task is told with its project, and how often it was tried'
);

SELECT * FROM finish();
ROLLBACK;
