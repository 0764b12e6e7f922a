-- Recent activity: the log in short.

BEGIN;
SELECT plan(4);

SET LOCAL taskspine.actor = 'ada';
SET LOCAL taskspine.agent = 'codex';
SET LOCAL taskspine.session = 's1';
SET LOCAL taskspine.request = 'r1';
SELECT tests.an_agent('bob');
UPDATE agents SET type = 'reviewer', preferences = '{"a": 1}' WHERE name = 'bob';
DELETE FROM agents WHERE name = 'bob';

SELECT results_eq(
    $$SELECT action::text, entity_type, cardinality(columns) FROM recent_activity ORDER BY id$$,
    $$VALUES ('insert', 'agents', 7), ('update', 'agents', 2), ('delete', 'agents', 7)$$,
    'every change is an activity'
);
SELECT is(
    (SELECT columns FROM recent_activity WHERE action = 'update'), ARRAY['preferences', 'type'],
    'an update names the columns that changed'
);
SELECT results_eq(
    $$SELECT actor, agent, session_id, request_id, old_values, new_values
      FROM recent_activity WHERE action = 'update'$$,
    $$VALUES ('ada', 'codex', 's1', 'r1', '{"type": "general", "preferences": {}}'::jsonb,
        '{"type": "reviewer", "preferences": {"a": 1}}'::jsonb)$$,
    'it says who acted, with which agent, where and for what'
);
SELECT is(
    (SELECT count(*)::integer FROM recent_activity WHERE occurred_at > clock_timestamp()), 0,
    'it has happened'
);

SELECT * FROM finish();
ROLLBACK;
