-- Ending attempts: complete, fail, release, reap.

BEGIN;
SELECT plan(69);

CREATE FUNCTION pg_temp.start_anew() RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        DELETE FROM tasks;
        SELECT tests.some_tasks('A', 'B', 'C', 'D');
    END;

-- What a call answers: each task that it changed, and what became of it.
CREATE FUNCTION pg_temp.said(_attempts task_attempts[]) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(format('%s %s', ref, task_status), ', ' ORDER BY ref)
        FROM unnest(_attempts)
    );

CREATE FUNCTION pg_temp.complete(VARIADIC _refs text[]) RETURNS text
    LANGUAGE sql
    RETURN pg_temp.said(ARRAY(
        SELECT ended
        FROM complete_executions(ARRAY(SELECT tests.attempt_at(ref) FROM unnest(_refs) AS ref))
            AS ended
    ));

CREATE FUNCTION pg_temp.fail(_ref text, _retry_delay interval DEFAULT '0') RETURNS text
    LANGUAGE sql
    RETURN pg_temp.said(ARRAY(
        SELECT ended
        FROM fail_executions(ARRAY[tests.attempt_at(_ref)], NULL, _retry_delay) AS ended
    ));

CREATE FUNCTION pg_temp.release(_ref text) RETURNS text
    LANGUAGE sql
    RETURN pg_temp.said(ARRAY(
        SELECT ended FROM release_executions(ARRAY[tests.attempt_at(_ref)]) AS ended
    ));

CREATE FUNCTION pg_temp.reap(_limit integer DEFAULT 100) RETURNS text
    LANGUAGE sql
    RETURN pg_temp.said(ARRAY(
        SELECT ended FROM reap_expired_executions(_limit, '0') AS ended
    ));

-- Complete

SELECT pg_temp.start_anew();
SELECT tests.waits_for('C', 'A'), tests.waits_for('C', 'B'), tests.waits_for('D', 'A');
SELECT tests.an_attempt('A'), tests.an_attempt('B');
UPDATE tasks SET status_reason = 'nearly done' WHERE ref = 'A';
-- Written as a completion itself writes it, which is the only way to set updated_at.
UPDATE tasks SET updated_at = '2020-02-02 UTC', moves = moves + 1;
CREATE TEMPORARY TABLE answer AS
SELECT attempt.*
FROM complete_executions(ARRAY[tests.attempt_at('A')], ARRAY['{"files": 2}'::jsonb]) AS attempt;
SELECT results_eq(
    $$SELECT execution_id, ref, attempt, execution_status::text, task_status::text FROM answer$$,
    $$VALUES (tests.attempt_at('A'), 'A', 1, 'completed', 'completed')$$,
    'a completion answers with what it has completed'
);
SELECT results_eq(
    $$SELECT status::text, clock_timestamp() - completed_at < '1 minute', output_results::jsonb,
          error_details::jsonb
      FROM task_executions WHERE id = tests.attempt_at('A')$$,
    $$VALUES ('completed', true, '{"files": 2}'::jsonb, NULL::jsonb)$$,
    'a completed attempt keeps its results'
);
SELECT results_eq(
    $$SELECT status::text, clock_timestamp() - completed_at < '1 minute',
          clock_timestamp() - updated_at < '1 minute', status_reason::text, failed_attempts
      FROM tasks WHERE ref = 'A'$$,
    $$VALUES ('completed', true, true, NULL, 0)$$,
    'the task is completed with its attempt'
);
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 0', 'a completion frees those that wait for the task'
);
SELECT is(pg_temp.complete('A'), NULL, 'a completion that is repeated gets nothing');
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 1, D 0', 'a completion that is repeated frees nothing'
);
SELECT is(pg_temp.fail('A'), NULL, 'a completed attempt does not fail');
SELECT is(pg_temp.release('A'), NULL, 'a completed attempt is not given back');
SELECT results_eq(
    $$SELECT status::text, output_results::jsonb FROM task_executions
      WHERE id = tests.attempt_at('A')$$,
    $$VALUES ('completed', '{"files": 2}'::jsonb)$$,
    'late calls change nothing'
);
SELECT is_empty(
    $$SELECT ref FROM complete_executions(ARRAY[]::bigint[])$$,
    'a completion of nothing gets nothing'
);
SELECT is_empty(
    $$SELECT ref FROM complete_executions(ARRAY[-1::bigint, NULL])$$,
    'an attempt that does not exist completes nothing'
);
SELECT tests.violates(
    $$SELECT complete_executions(ARRAY[tests.attempt_at('B')], ARRAY['[]'::jsonb])$$,
    'execution_report_is_object', 'results are no array'
);
SELECT is(tests.status_of('B'), 'in_progress', 'a completion that is refused changes nothing');

SELECT pg_temp.start_anew();
SELECT tests.waits_for('D', 'A'), tests.waits_for('D', 'B'), tests.waits_for('D', 'C');
SELECT tests.an_attempt('A'), tests.an_attempt('B'), tests.an_attempt('C');
SELECT pg_temp.complete('B');
SELECT is(
    pg_temp.complete('C', 'B', 'A'), 'A completed, C completed', 'a batch completes what still runs'
);
SELECT is(
    tests.open_blockers(), 'A 0, B 0, C 0, D 0',
    'a batch frees once for each task that it completes'
);
SELECT pg_temp.start_anew();
SELECT tests.an_attempt('A'), tests.an_attempt('B');
SELECT complete_executions(
    ARRAY[tests.attempt_at('B'), tests.attempt_at('A')], ARRAY['{"of": "B"}'::jsonb, '{"of": "A"}']
);
SELECT results_eq(
    $$SELECT task.ref::text, execution.output_results::jsonb
      FROM task_executions AS execution JOIN tasks AS task ON task.id = execution.task_id
      ORDER BY 1$$,
    $$VALUES ('A', '{"of": "A"}'::jsonb), ('B', '{"of": "B"}')$$,
    'in a batch each attempt keeps its own results'
);
SELECT pg_temp.start_anew();
SELECT tests.waits_for('B', 'A');
SELECT tests.an_attempt('A');
SELECT is(
    pg_temp.complete('A', 'A'), 'A completed', 'an attempt that is named twice is completed once'
);
SELECT is(tests.open_blockers(), 'A 0, B 0, C 0, D 0', 'an attempt that is named twice frees once');

SELECT pg_temp.start_anew();
SELECT tests.an_attempt('A'), tests.an_attempt('B');
SELECT tests.set_status('A', 'review'), tests.set_status('A', 'in_progress');
SELECT is(
    pg_temp.complete('A', 'B'), 'B completed',
    'a batch does not complete a task that a person has taken over from its attempt'
);

SELECT pg_temp.start_anew();
SELECT tests.an_attempt('A', '-1 second');
SELECT is(
    pg_temp.complete('A'), 'A completed',
    'an attempt whose lease has run out may still complete while nobody reaps it'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'all is sound after every completion');

-- Fail

SELECT pg_temp.start_anew();
SELECT tests.waits_for('C', 'A'), tests.waits_for('D', 'A', 'cancel');
UPDATE tasks SET max_attempts = 2 WHERE ref = 'A';
SELECT tests.an_attempt('A');
CREATE TEMPORARY TABLE failure AS
SELECT attempt.*
FROM fail_executions(ARRAY[tests.attempt_at('A')], ARRAY['{"reason": "no network"}'::jsonb])
    AS attempt;
SELECT results_eq(
    $$SELECT ref, execution_status::text, task_status::text FROM failure$$,
    $$VALUES ('A', 'failed', 'pending')$$,
    'a failure answers with what became of the task'
);
SELECT results_eq(
    $$SELECT status::text, completed_at IS NOT NULL, error_details::jsonb
      FROM task_executions WHERE id = tests.attempt_at('A')$$,
    $$VALUES ('failed', true, '{"reason": "no network"}'::jsonb)$$,
    'a failed attempt keeps its error'
);
SELECT results_eq(
    $$SELECT status::text, attempts, failed_attempts, status_reason::text,
          round(extract(epoch FROM not_before - updated_at)) FROM tasks WHERE ref = 'A'$$,
    $$VALUES ('pending', 1, 1, NULL, 10::numeric)$$,
    'a task that failed is tried again after 10 seconds'
);
SELECT is(
    (SELECT count(*) FROM ready_tasks WHERE ref = 'A'), 0::bigint, 'a task that failed is put off'
);
SELECT is(pg_temp.fail('A'), NULL, 'a failure that is repeated gets nothing');
SELECT is(
    failed_attempts, 1, 'a failure that is repeated is counted once'
)
FROM tasks WHERE ref = 'A';
SELECT is(pg_temp.complete('A'), NULL, 'a failed attempt completes nothing');
UPDATE tasks SET not_before = NULL WHERE ref = 'A';
SELECT tests.an_attempt('A');
SELECT is(tests.status_of('D'), 'pending', 'a failure that is not the last cancels nothing');
SELECT is(pg_temp.fail('A'), 'A failed', 'a task whose last attempt fails is failed');
SELECT results_eq(
    $$SELECT attempts, failed_attempts, status_reason::text, not_before, completed_at
      FROM tasks WHERE ref = 'A'$$,
    $$VALUES (2, 2, 'attempt 2: failed', NULL::timestamptz, NULL::timestamptz)$$,
    'a failed task says why, and is not put off'
);
SELECT is(
    tests.statuses(), 'A failed, B pending, C pending, D cancelled',
    'those that wait follow their policies'
);
SELECT is(tests.open_blockers(), 'A 0, B 0, C 1, D 1', 'a failed blocker holds under policy wait');

SELECT pg_temp.start_anew();
UPDATE tasks SET max_attempts = 20 WHERE ref = 'A';
CREATE FUNCTION pg_temp.delay_of_failure(_number integer) RETURNS numeric
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE tasks SET not_before = NULL WHERE ref = 'A';
    PERFORM tests.an_attempt('A');
    PERFORM pg_temp.fail('A', '90 seconds');
    RETURN (
        SELECT round(extract(epoch FROM not_before - updated_at)) FROM tasks
        WHERE ref = 'A' AND failed_attempts = _number
    );
END
$$;
SELECT is(
    pg_temp.delay_of_failure(number), seconds,
    format('after failure %s a task waits %s seconds', number, seconds)
)
FROM (
    VALUES (1, 90::numeric), (2, 180), (3, 360), (4, 720), (5, 1440), (6, 2880), (7, 3600),
    (8, 3600)
) AS example (number, seconds);
SELECT is(
    retry_delay(failures, base), expected,
    format('the delay after failure %s from %s is %s', failures, base, expected)
)
FROM (
    VALUES
        (1, '10 seconds'::interval, '10 seconds'::interval), (9, '10 seconds', '00:42:40'),
        (10, '10 seconds', '1 hour'), (1000, '10 seconds', '1 hour'), (5, '0', '0'),
        (1, '1 day', '1 day'), (2, '1 day', '1 day')
) AS example (failures, base, expected);
SELECT tests.violates(
    $$SELECT fail_executions(ARRAY[tests.an_attempt('B')], ARRAY['"no network"'::jsonb])$$,
    'execution_report_is_object', 'an error is an object'
);

SELECT pg_temp.start_anew();
UPDATE tasks SET max_attempts = 1 WHERE ref IN ('A', 'C');
SELECT tests.an_attempt('A'), tests.an_attempt('B'), tests.an_attempt('C');
SELECT is(
    pg_temp.said(ARRAY(SELECT ended FROM fail_executions(
        ARRAY[tests.attempt_at('C'), tests.attempt_at('B'), tests.attempt_at('A')],
        ARRAY['{"of": "C"}'::jsonb, '{"of": "B"}', '{"of": "A"}']
    ) AS ended)),
    'A failed, B pending, C failed', 'in a batch each task has its own number of attempts'
);
SELECT results_eq(
    $$SELECT task.ref::text, execution.error_details::jsonb
      FROM task_executions AS execution JOIN tasks AS task ON task.id = execution.task_id
      ORDER BY 1$$,
    $$VALUES ('A', '{"of": "A"}'::jsonb), ('B', '{"of": "B"}'), ('C', '{"of": "C"}')$$,
    'in a batch each attempt keeps its own error'
);
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'all is sound after every failure');

-- Release

SELECT pg_temp.start_anew();
UPDATE tasks SET max_attempts = 1 WHERE ref = 'A';
SELECT tests.an_attempt('A');
SELECT is(pg_temp.release('A'), 'A pending', 'a task that is given back is pending');
SELECT results_eq(
    $$SELECT attempts, failed_attempts, not_before, status_reason::text FROM tasks
      WHERE ref = 'A'$$,
    $$VALUES (1, 0, NULL::timestamptz, NULL)$$,
    'a task that is given back is ready at once, and counts no failure'
);
SELECT is(status::text, 'cancelled', 'an attempt that is given back is cancelled')
FROM task_executions WHERE id = tests.attempt_at('A');
SELECT is(pg_temp.release('A'), NULL, 'a release that is repeated gets nothing');
SELECT tests.an_attempt('A');
SELECT is(attempt, 2, 'a task that was given back is claimed by its next attempt')
FROM task_executions WHERE id = tests.attempt_at('A');

-- Reap

SELECT is(pg_temp.reap(), NULL, 'an attempt whose lease holds is not reaped');
SELECT pg_temp.start_anew();
SELECT tests.waits_for('D', 'A', 'cancel');
UPDATE tasks SET max_attempts = 2 WHERE ref = 'A';
SELECT tests.an_attempt('A', '-1 second'), tests.an_attempt('B', '-2 seconds'),
    tests.an_attempt('C');
SELECT is(
    pg_temp.reap(1), 'B pending', 'reaping up to a limit begins with the lease that ran out first'
);
SELECT is(
    pg_temp.reap(), 'A pending', 'reaping takes every attempt whose lease has run out, and no other'
);
SELECT is(pg_temp.reap(), NULL, 'an attempt is reaped once');
SELECT results_eq(
    $$SELECT status::text, completed_at IS NOT NULL, error_details::jsonb
      FROM task_executions WHERE id = tests.attempt_at('A')$$,
    $$VALUES ('timeout', true, NULL::jsonb)$$,
    'an attempt that is reaped timed out'
);
SELECT results_eq(
    $$SELECT attempts, failed_attempts FROM tasks WHERE ref = 'A'$$, $$VALUES (1, 1)$$,
    'an attempt that timed out counts as a failure'
);
SELECT is(pg_temp.complete('A'), NULL, 'who was reaped completes nothing');
SELECT tests.an_attempt('A', '-1 second');
SELECT is(pg_temp.reap(), 'A failed', 'a task whose last attempt times out is failed');
SELECT is(
    tests.statuses(), 'A failed, B pending, C in_progress, D cancelled',
    'those that wait for it follow their policies'
);
SELECT is(status_reason::text, 'attempt 2: timeout', 'a task that is failed by reaping says so')
FROM tasks WHERE ref = 'A';
SELECT tests.an_attempt('B', '-1 second');
SELECT reap_expired_executions(_retry_delay => '30 seconds');
SELECT is(
    round(extract(epoch FROM not_before - updated_at)), 60::numeric,
    'a task that timed out twice waits twice as long'
)
FROM tasks WHERE ref = 'B';
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'all is sound after every reaping');

SELECT * FROM finish();
ROLLBACK;
