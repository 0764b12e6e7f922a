-- Taking back a recorded change.

BEGIN;
SELECT plan(26);

CREATE FUNCTION pg_temp.last_change(_entity_type text) RETURNS bigint
    LANGUAGE sql
    RETURN (SELECT max(id) FROM audit_log WHERE entity_type = _entity_type);
CREATE FUNCTION pg_temp.revert_last_change(_entity_type text) RETURNS text
    LANGUAGE sql
    RETURN format('SELECT revert_change(%s)', pg_temp.last_change(_entity_type));

-- An update

SELECT tests.an_agent('bob');
UPDATE agents SET type = 'reviewer', preferences = '{"a": [1, null]}' WHERE name = 'bob';
CREATE TEMPORARY TABLE first_change AS SELECT pg_temp.last_change('agents') AS id;
UPDATE agents SET is_active = false WHERE name = 'bob';
SET LOCAL taskspine.actor = 'ada';
SELECT results_eq(
    $$SELECT action::text, actor, old_values::jsonb, new_values::jsonb
      FROM first_change, revert_change(first_change.id)$$,
    $$VALUES ('update', 'ada', '{"type": "reviewer", "preferences": {"a": [1, null]}}'::jsonb,
        '{"type": "general", "preferences": {}}'::jsonb)$$,
    'an update is taken back, though others touched other columns, and that is recorded'
);
SELECT results_eq(
    $$SELECT type, preferences, is_active FROM agents WHERE name = 'bob'$$,
    $$VALUES ('general', '{}'::jsonb, false)$$,
    'the columns are as they were, and the others as they are'
);
SELECT tests.violates(
    $$SELECT revert_change(id) FROM first_change$$,
    'audit_log_reverts_what_is_untouched', 'it is not taken back twice'
);
SELECT tests.accepts(
    pg_temp.revert_last_change('agents'), 'but taking it back can be taken back'
);
SELECT results_eq(
    $$SELECT type, preferences FROM agents WHERE name = 'bob'$$,
    $$VALUES ('reviewer', '{"a": [1, null]}'::jsonb)$$,
    'and then all is as it was in between'
);
UPDATE agents SET preferences = '{"b": 2}' WHERE name = 'bob';
SELECT tests.violates(
    $$SELECT revert_change(id) FROM first_change$$,
    'audit_log_reverts_what_is_untouched',
    'a change is not taken back when a later one touched one of its columns'
);
SELECT matches(
    tests.detail_of($$SELECT revert_change(id) FROM first_change$$),
    '^Change \d+, update by ada at .*: preferences, type$',
    'the detail names the later change and the columns'
);
SELECT is_empty($$SELECT revert_change(-1)$$, 'there is nothing to take back of no change');

-- A delete

DELETE FROM agents WHERE name = 'bob';
CREATE TEMPORARY TABLE deletion AS SELECT pg_temp.last_change('agents') AS id;
SELECT tests.violates(
    $$SELECT revert_change(id) FROM first_change$$,
    'audit_log_reverts_what_is_untouched', 'what a row was is not changed when it is gone'
);
SELECT is(
    (SELECT action::text FROM deletion, revert_change(deletion.id)), 'insert',
    'a deleted row is brought back, and that is recorded'
);
SELECT results_eq(
    $$SELECT name, type, preferences, is_active FROM agents$$,
    $$VALUES ('bob', 'reviewer', '{"b": 2}'::jsonb, false)$$,
    'as it was'
);
SELECT is(
    (SELECT id::text FROM agents),
    (SELECT entity_id FROM deletion JOIN audit_log USING (id)),
    'under its id'
);
SELECT tests.violates(
    $$SELECT revert_change(id) FROM deletion$$,
    'audit_log_reverts_what_is_untouched', 'it is not brought back when it is there again'
);
SET LOCAL session_replication_role = replica;
DELETE FROM agents;
SET LOCAL session_replication_role = origin;
SELECT tests.violates(
    pg_temp.revert_last_change('agents'),
    'audit_log_reverts_what_is_untouched', 'a row that went without a record is noticed'
);

-- An insert

SELECT tests.an_agent('eve');
SELECT tests.accepts(pg_temp.revert_last_change('agents'), 'an inserted row is deleted');
SELECT is((SELECT count(*)::integer FROM agents), 0, 'and gone');
SELECT tests.an_agent('eve');
CREATE TEMPORARY TABLE insertion AS SELECT pg_temp.last_change('agents') AS id;
UPDATE agents SET type = 'reviewer' WHERE name = 'eve';
SELECT tests.violates(
    $$SELECT revert_change(id) FROM insertion$$,
    'audit_log_reverts_what_is_untouched', 'but not when it was changed since'
);

-- Keys of several columns, and what the database keeps by itself

SELECT tests.some_tasks('A', 'B');
SELECT tests.waits_for('B', 'A');
SELECT tests.accepts(
    pg_temp.revert_last_change('task_dependencies'), 'a dependency is taken away'
);
SELECT is(tests.open_blockers(), 'A 0, B 0', 'and nothing waits for it');
SELECT tests.accepts(
    pg_temp.revert_last_change('task_dependencies'), 'and brought back'
);
SELECT is(tests.open_blockers(), 'A 0, B 1', 'and waited for again');

-- The rules of the table hold.

UPDATE tasks SET title = 'Another' WHERE ref = 'A';
SELECT tests.accepts(pg_temp.revert_last_change('tasks'), 'a task gets its old title');
SELECT tests.set_status('A', 'cancelled');
SELECT tests.violates(
    pg_temp.revert_last_change('tasks'), 'tasks_reopened_with_a_reason',
    'a status goes back only by a move that is legal'
);

-- What the log names is no licence.

CREATE TABLE secrets (id bigint PRIMARY KEY, secret text);
INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
VALUES ('secrets', '1', 'update', '{"secret": "a"}', '{"secret": "b"}');
SELECT tests.violates(
    pg_temp.revert_last_change('secrets'), 'audit_log_reverts_audited_tables',
    'a change of a table that is not audited is not taken back'
);
INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
VALUES ('agents; DROP TABLE secrets', '1', 'update', '{"name": "a"}', '{"name": "b"}');
SELECT tests.violates(
    pg_temp.revert_last_change('agents; DROP TABLE secrets'), 'audit_log_reverts_audited_tables',
    'nor one of what is no table'
);
INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
SELECT 'agents', id, 'update', '{"name\" = ''x''; --": "a"}', '{"name": "b"}' FROM agents;
SELECT throws_ok(
    pg_temp.revert_last_change('agents'), '42703', NULL, 'a column is a name, whatever is in it'
);

SELECT * FROM finish();
ROLLBACK;
