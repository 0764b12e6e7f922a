-- What the database knows of itself, as metrics.

BEGIN;
SELECT plan(3);

SELECT set_eq(
    $$SELECT name FROM sample_database_metrics()$$,
    ARRAY[
        'connections', 'pool_use_percent', 'sessions_waiting_for_locks', 'longest_query_seconds',
        'longest_transaction_seconds', 'database_age_transactions', 'database_size_bytes',
        'commits', 'rollbacks', 'deadlocks', 'blocks_read', 'blocks_hit'
    ],
    'a sample is of what the rules and views ask for'
);
SELECT is(
    (SELECT count(DISTINCT recorded_at)::integer FROM metrics WHERE component = 'database'), 1,
    'what is sampled together has one moment'
);
SELECT results_eq(
    $$SELECT name, value > 0 FROM metrics
      WHERE name IN ('connections', 'pool_use_percent', 'database_age_transactions')
      ORDER BY name$$,
    $$VALUES
      ('connections', true), ('database_age_transactions', true), ('pool_use_percent', true)$$,
    'the session that samples is counted'
);

SELECT * FROM finish();
ROLLBACK;
