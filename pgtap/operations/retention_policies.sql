-- Retention policies: how long each class of data is kept.

BEGIN;
SELECT plan(8);

-- Keys and defaults

SELECT results_eq(
    $$SELECT data_class::text, keep_days FROM retention_policies
      WHERE data_class IN (
          'tasks', 'completed_executions', 'failed_executions', 'events', 'audit_log'
      )
      ORDER BY retention_policies.data_class$$,
    $$VALUES
        ('tasks', 365), ('completed_executions', 90), ('failed_executions', 180),
        ('events', 365), ('audit_log', 1095)$$,
    'tasks are kept a year, done attempts 90 days, failed ones 180, the change log three years'
);
SELECT set_eq(
    'SELECT data_class FROM retention_policies',
    'SELECT unnest(enum_range(NULL::retention_class))',
    'every class has a policy from the start'
);
SELECT tests.violates(
    $$INSERT INTO retention_policies (data_class, keep_days) VALUES ('tasks', 9)$$,
    'retention_policies_pkey', 'a class has one policy'
);

-- Rules

SELECT tests.accepts(
    format('UPDATE retention_policies SET keep_days = %s', days), format('%s days are kept', days)
)
FROM (VALUES (1), (36500)) AS example (days);
SELECT tests.violates(
    format('UPDATE retention_policies SET keep_days = %s', days),
    'retention_policies_keep_days_in_range', format('never %s days are kept', days)
)
FROM (VALUES (0), (36501)) AS example (days);

-- Effects

UPDATE retention_policies SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM retention_policies), true,
    'every update of a policy sets updated_at'
);

SELECT * FROM finish();
ROLLBACK;
