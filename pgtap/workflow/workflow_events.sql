-- What happened in workflows.

BEGIN;
SELECT plan(5);

SET LOCAL taskspine.actor = 'ada';
SELECT tests.some_tasks('A');
SELECT tests.a_workflow(), tests.a_workflow('other');
SELECT tests.a_step('build', _ref => 'A');
UPDATE workflows SET status = 'running' WHERE name = 'w';
INSERT INTO events (type, category, source, severity, workflow_id, task_id, payload)
VALUES ('build.slow', 'system', 'ci', 'warning', tests.workflow(), tests.task('A'), '{"n": 1}');
UPDATE workflow_steps SET status = 'running';
UPDATE workflow_steps SET status = 'failed', error_message = 'no disk';
UPDATE workflow_steps SET result = '[]';
UPDATE workflows SET phase = 'second' WHERE name = 'w';
UPDATE workflows SET description = 'of no account' WHERE name = 'w';
UPDATE workflows SET deleted_at = clock_timestamp() WHERE name = 'w';
UPDATE workflows SET deleted_at = NULL WHERE name = 'w';

SELECT results_eq(
    $$SELECT origin, type, severity, source, task_id IS NOT NULL, step, actor FROM workflow_events
      WHERE workflow_id = tests.workflow() ORDER BY occurred_at, origin, id$$,
    $$VALUES
      ('workflow', 'workflow.created', 'info'::severity, 'workflows', false, NULL, 'ada'),
      ('step', 'step.created', 'info', 'workflow_steps', true, 'build', 'ada'),
      ('workflow', 'workflow.running', 'info', 'workflows', false, NULL, 'ada'),
      ('event', 'build.slow', 'warning', 'ci', true, NULL, 'ada'),
      ('step', 'step.running', 'info', 'workflow_steps', true, 'build', 'ada'),
      ('step', 'step.failed', 'error', 'workflow_steps', true, 'build', 'ada'),
      ('workflow', 'workflow.phase_changed', 'info', 'workflows', false, NULL, 'ada'),
      ('workflow', 'workflow.deleted', 'info', 'workflows', false, NULL, 'ada'),
      ('workflow', 'workflow.restored', 'info', 'workflows', false, NULL, 'ada')$$,
    'events and changes of status are in one order'
);
SELECT is(
    (SELECT payload FROM workflow_events WHERE type = 'build.slow'), '{"n": 1}',
    'an event says what it said'
);
SELECT is(
    (SELECT payload ->> 'error_message' FROM workflow_events WHERE type = 'step.failed'), 'no disk',
    'a change says what became'
);
SELECT results_eq(
    $$SELECT type FROM workflow_events WHERE workflow_id = tests.workflow('other')$$,
    ARRAY['workflow.created'],
    'each workflow has its own'
);
SELECT set_config('tests.workflow', tests.workflow()::text, true);
DELETE FROM workflows;
SELECT results_eq(
    $$SELECT workflow_id::text, type FROM workflow_events$$,
    $$VALUES (current_setting('tests.workflow'), 'build.slow')$$,
    'of a workflow that is erased, events are left'
);

SELECT * FROM finish();
ROLLBACK;
