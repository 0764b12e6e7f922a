-- The whole system in one row.

BEGIN;
SELECT plan(4);

SELECT results_eq(
    $$SELECT active_projects, total_tasks, running_executions, open_errors, open_alerts,
        unhealthy_components
      FROM system_overview$$,
    $$VALUES (0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint)$$,
    'an empty system has nothing to do, and is one row'
);

SELECT tests.some_tasks('A', 'B', 'C', 'D');
SELECT tests.waits_for('D', 'C');
SELECT complete_executions(ARRAY[tests.an_attempt('A')]);
SELECT tests.an_attempt('B', '-1 minute');
SELECT results_eq(
    $$SELECT total_tasks, pending_tasks, waiting_tasks, in_progress_tasks, completed_tasks,
        failed_tasks
      FROM system_overview$$,
    $$VALUES (4::bigint, 2::bigint, 1::bigint, 1::bigint, 1::bigint, 0::bigint)$$,
    'tasks are counted by what is to be done with them'
);
SELECT results_eq(
    $$SELECT active_projects, active_agents, running_executions, expired_executions
      FROM system_overview$$,
    $$VALUES (1::bigint, 2::bigint, 1::bigint, 1::bigint)$$,
    'so are projects, agents, attempts, and those whose lease has run out'
);

INSERT INTO components (name, type) VALUES ('c', 'generator');
INSERT INTO health_checks (component_id, status) SELECT id, 'unhealthy' FROM components;
INSERT INTO workflows (project_id, name, status) VALUES (tests.project(), 'w', 'running');
INSERT INTO pull_requests (project_id, number, repository, branch, title)
VALUES (tests.project(), 1, 'example/orrery', 'b', 'a change');
INSERT INTO error_logs (type, message) VALUES ('a', 'b');
SELECT tests.an_alert('suppressed', 'suppressed');
SELECT tests.an_alert('resolved', 'resolved');
SELECT results_eq(
    $$SELECT unhealthy_components, open_workflows, open_pull_requests, open_errors, open_alerts
      FROM system_overview$$,
    $$VALUES (1::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint)$$,
    'so is what is under way, and what is wrong'
);

SELECT * FROM finish();
ROLLBACK;
