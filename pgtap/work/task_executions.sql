-- Attempts of agents at tasks. How they begin is proven in claim_tasks.sql, and how they end in
-- finish_executions.sql.

BEGIN;
SELECT plan(44);

SELECT tests.some_tasks('A', 'B');
SELECT tests.an_attempt('A');

-- Keys

SELECT tests.violates(
    $$INSERT INTO task_executions (task_id, attempt, status, lease_expires_at)
      VALUES (gen_random_uuid(), 1, 'completed', now())$$,
    'task_executions_task_id_fkey', 'an attempt is at a task that exists'
);
SELECT tests.violates(
    $$UPDATE task_executions SET agent_id = gen_random_uuid()$$,
    'task_executions_agent_id_fkey', 'an attempt is by an agent that exists'
);
SELECT tests.violates(
    $$INSERT INTO task_executions (task_id, attempt, status, lease_expires_at)
      VALUES (tests.task('A'), 1, 'completed', now())$$,
    'task_executions_task_id_attempt_key', 'two attempts at a task never share a number'
);
SELECT tests.accepts(
    $$INSERT INTO task_executions (task_id, attempt, status, lease_expires_at)
      VALUES (tests.task('A'), 2, 'completed', now())$$,
    'a task may have many attempts that have ended'
);
SELECT tests.violates(
    $$INSERT INTO task_executions (task_id, attempt, lease_expires_at)
      VALUES (tests.task('A'), 3, now())$$,
    'task_executions_one_running_per_task', 'a task has at most one running attempt'
);
SELECT tests.accepts(
    $$INSERT INTO task_executions (task_id, attempt, lease_expires_at)
      VALUES (tests.task('B'), 1, now())$$,
    'each task may have a running attempt'
);

UPDATE task_executions SET claim_key = 'k', claim_position = 1 WHERE task_id = tests.task('B');
SELECT tests.violates(
    $$UPDATE task_executions SET claim_key = 'k', claim_position = 1 WHERE attempt = 2$$,
    'task_executions_claimed_once_per_key', 'a claim key gives each place once'
);
SELECT tests.accepts(
    $$UPDATE task_executions SET claim_key = 'k', claim_position = 2 WHERE attempt = 2$$,
    'a claim key may give many places'
);

-- Rules

SELECT tests.accepts(
    format('UPDATE task_executions SET %I = %s WHERE attempt = 2', name, value),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('claim_key', $$'k'$$), ('claim_key', $$repeat('k', 200)$$),
        ('agent_instance', $$'a'$$), ('agent_instance', $$repeat('a', 200)$$),
        ('session_id', $$'s'$$), ('correlation_id', $$repeat('c', 200)$$),
        ('logs', $$''$$), ('logs', $$repeat('l', 16777216)$$),
        ('input_context', $$'{}'$$), ('output_results', $$'{"files": 2}'$$),
        ('error_details', $$'{"reason": "no network"}'$$),
        ('memory_usage_mb', '0'), ('memory_usage_mb', '0.5'), ('cost_usd', '0'),
        ('cpu_time_ms', '0'), ('input_tokens', '0'), ('output_tokens', '0')
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE task_executions SET %I = %s WHERE attempt = 2', name, value),
    rule, format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('claim_key', $$' '$$, 'execution_claim_key_has_1_to_200_characters'),
        ('claim_key', $$repeat('k', 201)$$, 'execution_claim_key_has_1_to_200_characters'),
        ('agent_instance', $$' '$$, 'execution_label_has_1_to_200_characters'),
        ('session_id', $$''$$, 'execution_label_has_1_to_200_characters'),
        ('correlation_id', $$repeat('c', 201)$$, 'execution_label_has_1_to_200_characters'),
        ('logs', $$repeat('l', 16777217)$$, 'execution_logs_up_to_16_mb'),
        ('input_context', $$'[]'$$, 'execution_report_is_object'),
        ('output_results', $$'[]'$$, 'execution_report_is_object'),
        ('error_details', $$'"no network"'$$, 'execution_report_is_object'),
        ('memory_usage_mb', '-0.01', 'execution_amount_not_negative'),
        ('cost_usd', '-0.01', 'execution_amount_not_negative'),
        ('cost_usd', $$'NaN'$$, 'execution_amount_not_negative'),
        ('cost_usd', $$'Infinity'$$, 'execution_amount_not_negative'),
        ('cpu_time_ms', '-1', 'execution_count_not_negative'),
        ('input_tokens', '-1', 'execution_count_not_negative'),
        ('output_tokens', '-1', 'execution_count_not_negative')
) AS example (name, value, rule);

-- What attempts outlive

SELECT tests.accepts($$DELETE FROM agents$$, 'agents may be deleted');
SELECT results_eq(
    $$SELECT attempt, agent_id FROM task_executions WHERE task_id = tests.task('A')
      ORDER BY attempt$$,
    $$VALUES (1, NULL::uuid), (2, NULL)$$,
    'attempts outlive their agent'
);
DELETE FROM tasks WHERE ref = 'A';
SELECT is(
    (SELECT count(*) FROM task_executions), 1::bigint, 'attempts end with their task'
);

SELECT * FROM finish();
ROLLBACK;
