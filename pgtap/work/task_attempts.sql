-- Attempts with the task that each is about: the shape in which claim, and all that ends attempts,
-- answer.

BEGIN;
SELECT plan(3);

SELECT tests.some_tasks('A', 'B');
SELECT fail_executions(ARRAY[tests.an_attempt('A')], NULL, '0');
SELECT complete_executions(ARRAY[tests.an_attempt('A')]);
CREATE TEMPORARY TABLE answer AS
SELECT attempt.* FROM claim_tasks(tests.an_agent('b'), tests.project()) AS attempt;

SELECT results_eq(
    $$SELECT ref, attempt, execution_status::text, task_status::text FROM task_attempts
      ORDER BY execution_id$$,
    $$VALUES
        ('A', 1, 'failed', 'completed'), ('A', 2, 'completed', 'completed'),
        ('B', 1, 'running', 'in_progress')$$,
    'every attempt is told, with where its task stands now'
);
SELECT results_eq(
    $$SELECT * FROM answer$$, $$SELECT attempt.* FROM task_attempts AS attempt WHERE ref = 'B'$$,
    'a claim answers with what is then in the tables'
);
UPDATE answer SET execution_status = 'completed', task_status = 'completed';
SELECT results_eq(
    $$SELECT attempt.* FROM complete_executions(ARRAY[tests.attempt_at('B')]) AS attempt$$,
    $$SELECT * FROM answer$$,
    'a completion answers with what is then in the tables'
);

SELECT * FROM finish();
ROLLBACK;
