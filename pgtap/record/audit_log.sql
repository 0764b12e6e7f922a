-- The change log: every change of every audited table, row by row.

BEGIN;
SELECT plan(14 + (
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
    'audit_log_old_values_is_object', 'old values are no array'
);
SELECT tests.violates(
    $$INSERT INTO audit_log (entity_type, entity_id, action, new_values)
      VALUES ('tasks', '1', 'insert', '[]')$$,
    'audit_log_new_values_is_object', 'new values are no array'
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
    $$SELECT action::text, actor, new_values ->> 'name', old_values FROM audit_log
      WHERE entity_type = 'agents'$$,
    $$VALUES ('insert', 'ada', 'bob', NULL::jsonb)$$,
    'an insert records the whole row, and who did it'
);
UPDATE agents SET type = 'reviewer', updated_at = clock_timestamp() WHERE name = 'bob';
SELECT results_eq(
    $$SELECT old_values, new_values FROM audit_log
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
    $$SELECT old_values ->> 'name', new_values, actor FROM audit_log
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

SELECT * FROM finish();
ROLLBACK;
