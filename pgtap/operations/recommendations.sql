-- What somebody should do something about.

BEGIN;
SELECT plan(10);
SET LOCAL timezone = 'UTC';

CREATE FUNCTION pg_temp.subjects(_category text) RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(subject, ', ' ORDER BY subject) FROM recommendations
        WHERE category = _category
    );

SELECT is_empty('SELECT * FROM recommendations', 'nothing is to be done in an empty system');

SELECT tests.some_tasks('A', 'B', 'late', 'blocker', 'B1', 'B2', 'B3', 'B4', 'B5', 'pair', 'P1');
SELECT tests.an_attempt('A', '-11 minutes');
SELECT tests.an_attempt('B', '-9 minutes');
SELECT is(pg_temp.subjects('lease'), 'A', 'an attempt whose lease ran out is to be reaped');

UPDATE tasks SET due_at = clock_timestamp() - interval '1 minute' WHERE ref IN ('late', 'B5');
SELECT tests.set_status('B5', 'cancelled');
SELECT is(pg_temp.subjects('overdue'), 'late', 'an open task is overdue, a closed one is not');

SELECT tests.waits_for(ref, 'blocker') FROM unnest(ARRAY['B1', 'B2', 'B3', 'B4', 'late']) AS ref;
SELECT tests.waits_for('P1', 'pair');
SELECT refresh_analytics();
SELECT is(pg_temp.subjects('bottleneck'), 'blocker', 'a task that five wait for is a bottleneck');

SELECT tests.a_task(
    (SELECT task_list_id FROM tasks WHERE ref = 'A'), type || n, status
)
FROM (VALUES ('bad', 3, 2), ('good', 2, 3)) AS kind (type, failed, completed)
CROSS JOIN LATERAL (
    SELECT n, CASE WHEN n <= failed THEN 'failed' ELSE 'completed' END::task_status AS status
    FROM generate_series(1, failed + completed) AS n
) AS example;
UPDATE tasks SET type = regexp_replace(ref, '\d', '') WHERE ref ~ '^(bad|good)\d';
SELECT is(
    pg_temp.subjects('failing task type'), 'bad',
    'a type of which most tasks failed is to be looked at'
);

SELECT tests.an_agent('ada');
INSERT INTO task_executions (
    task_id, agent_id, attempt, status, lease_expires_at, completed_at
)
SELECT tests.task('late'), agent.id, n, CASE WHEN n <= 3 THEN 'failed' ELSE 'completed' END
    ::task_execution_status, clock_timestamp(), clock_timestamp()
FROM agents AS agent, generate_series(1, 5) AS n
WHERE agent.name = 'ada';
SELECT is(
    pg_temp.subjects('failing agent'), 'ada', 'an agent most of whose attempts failed is, too'
);

INSERT INTO components (name, type) VALUES ('well', 'generator'), ('ill', 'generator');
INSERT INTO health_checks (component_id, status)
SELECT id, CASE name WHEN 'well' THEN 'healthy' ELSE 'degraded' END::health_status
FROM components;
SELECT is(pg_temp.subjects('health'), 'ill', 'so is a component that is not well');

INSERT INTO error_logs (type, message, severity, status) VALUES
    ('a', 'open', 'critical', 'open'), ('b', 'minor', 'error', 'open'),
    ('c', 'resolved', 'critical', 'resolved');
SELECT is(pg_temp.subjects('error'), 'a', 'and a critical error that is open');

SELECT tests.an_alert(status::text, status) FROM unnest(enum_range(NULL::alert_status)) AS status;
SELECT results_eq(
    $$SELECT subject COLLATE "default", severity::text, subject_id COLLATE "default", evidence
      FROM recommendations WHERE category = 'alert'$$,
    $$SELECT 'active', 'warning', id::text,
        'active is busy: 90 since 2026-01-01 00:00:00+00, the threshold is 80'
      FROM alerts WHERE status = 'active'$$,
    'so is an alert that nobody cares for yet'
);

SELECT is(pg_temp.subjects('index'), NULL, 'a small index may be unused');

SELECT * FROM finish();
ROLLBACK;
