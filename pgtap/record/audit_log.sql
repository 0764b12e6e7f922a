-- The change log: every change of every audited table, row by row.

BEGIN;
SELECT plan(17 + (
    SELECT count(*)::integer FROM pg_trigger
    WHERE tgname LIKE '%\_not\_truncated' AND tgrelid::regclass::text !~ '_(default|\d{4}_\d\d)$'
));

-- Rules

SELECT tests.violates(
    $$INSERT INTO audit_log (entity_type, entity_id, action, old_values)
      VALUES ('tasks', '1', 'insert', '{}')$$,
    'audit_log_values_fit_action', 'an insert has no old values'
);
SELECT tests.violates(
    $$INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
      VALUES ('tasks', '1', 'delete', '{}', '{}')$$,
    'audit_log_values_fit_action', 'a delete has no new values'
);
SELECT tests.violates(
    $$INSERT INTO audit_log (entity_type, entity_id, action, old_values)
      VALUES ('tasks', '1', 'delete', '[]')$$,
    'audit_values_is_object', 'old values are no array'
);
SELECT tests.violates(
    $$INSERT INTO audit_log (entity_type, entity_id, action, new_values)
      VALUES ('tasks', '1', 'insert', '[]')$$,
    'audit_values_is_object', 'new values are no array'
);
SELECT tests.accepts(
    $$INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
      VALUES ('things', '1', 'update', '{"a": 1}', '{"a": 2}')$$,
    'an update has both'
);
SELECT tests.violates(
    $$UPDATE audit_log SET actor = 'nobody'$$,
    'audit_log_append_only', 'what was recorded is not changed'
);
SELECT tests.violates(
    $$DELETE FROM audit_log$$, 'audit_log_append_only', 'what was recorded is not deleted'
);
SELECT tests.violates(
    format('TRUNCATE %I', 'audit_log_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM')),
    'audit_log_not_truncated', 'a month of the log is not emptied'
);
SELECT tests.violates(
    format('TRUNCATE %s CASCADE', tgrelid::regclass), tgname,
    format('%s is not truncated', tgrelid::regclass)
)
FROM pg_trigger
WHERE tgname LIKE '%\_not\_truncated' AND tgrelid::regclass::text !~ '_(default|\d{4}_\d\d)$'
ORDER BY tgname;

-- Effects

SET LOCAL taskspine.actor = 'ada';
SELECT tests.an_agent('bob');
SELECT results_eq(
    $$SELECT action::text, actor, new_values ->> 'name', old_values::jsonb FROM audit_log
      WHERE entity_type = 'agents'$$,
    $$VALUES ('insert', 'ada', 'bob', NULL::jsonb)$$,
    'an insert records the whole row, and who did it'
);
UPDATE agents SET type = 'reviewer', updated_at = clock_timestamp() WHERE name = 'bob';
SELECT results_eq(
    $$SELECT old_values::jsonb, new_values::jsonb FROM audit_log
      WHERE entity_type = 'agents' AND action = 'update'$$,
    $$VALUES ('{"type": "general"}'::jsonb, '{"type": "reviewer"}'::jsonb)$$,
    'an update records what changed, as it was and as it is'
);
UPDATE agents SET type = 'reviewer' WHERE name = 'bob';
SELECT is(
    (SELECT count(*)::integer FROM audit_log WHERE entity_type = 'agents' AND action = 'update'), 1,
    'an update that changes nothing records nothing'
);
SET LOCAL taskspine.actor = '';
DELETE FROM agents WHERE name = 'bob';
SELECT results_eq(
    $$SELECT old_values ->> 'name', new_values::jsonb, actor FROM audit_log
      WHERE entity_type = 'agents' AND action = 'delete'$$,
    $$VALUES ('bob', NULL::jsonb, session_user::text COLLATE "default")$$,
    'a delete records the whole row; without an actor, the role that logged in did it'
);
SELECT tests.some_tasks('A', 'B');
SELECT tests.waits_for('B', 'A');
SELECT is(
    (SELECT entity_id FROM audit_log WHERE entity_type = 'task_dependencies'),
    format('%s/%s/blocks', tests.task('B'), tests.task('A')),
    'a key of several columns is joined by slashes'
);
SELECT is_empty(
    $$SELECT FROM audit_log WHERE entity_type = 'tasks' AND action = 'update'$$,
    'what the database counts by itself is not recorded'
);

-- What claim and complete write themselves is what the trigger would have written.
UPDATE tasks SET status_reason = 'soon', not_before = '2020-02-02' WHERE ref = 'A';
SELECT tests.an_attempt('A');
SELECT results_eq(
    $$SELECT old_values::jsonb, new_values::jsonb FROM audit_log ORDER BY id DESC LIMIT 1$$,
    $$SELECT
        jsonb_build_object(
            'status', 'pending', 'status_reason', 'soon',
            'started_at', NULL, 'not_before', '2020-02-02'::timestamptz
        ),
        jsonb_build_object(
            'status', 'in_progress', 'status_reason', NULL,
            'started_at', started_at, 'not_before', NULL
        )
      FROM tasks WHERE ref = 'A'$$,
    'a claim records what changed'
);
UPDATE tasks SET status_reason = 'nearly' WHERE ref = 'A';
SELECT complete_executions(ARRAY[tests.attempt_at('A')]);
SELECT results_eq(
    $$SELECT old_values::jsonb, new_values::jsonb FROM audit_log ORDER BY id DESC LIMIT 1$$,
    $$SELECT
        '{"status": "in_progress", "status_reason": "nearly", "completed_at": null}'::jsonb,
        jsonb_build_object(
            'status', 'completed', 'status_reason', NULL, 'completed_at', completed_at
        )
      FROM tasks WHERE ref = 'A'$$,
    'a completion records what changed, and nothing of those that it frees'
);
SELECT fail_executions(ARRAY[tests.an_attempt('B')]);
SELECT results_eq(
    $$SELECT old_values::jsonb, new_values::jsonb FROM audit_log ORDER BY id DESC LIMIT 1$$,
    $$SELECT
        '{"status": "in_progress", "not_before": null}'::jsonb,
        jsonb_build_object('status', 'pending', 'not_before', not_before)
      FROM tasks WHERE ref = 'B'$$,
    'a failure records what changed'
);

SELECT * FROM finish();
ROLLBACK;
