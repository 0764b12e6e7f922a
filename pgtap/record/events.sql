-- Events: facts that are no change of a row, recorded once and for good.

BEGIN;
SELECT plan(27);

-- Keys and defaults

SET LOCAL taskspine.actor = 'ada';
SET LOCAL taskspine.agent = 'bob';
INSERT INTO events (type, category, source) VALUES ('build.ended', 'system', 'ci');
SELECT results_eq(
    $$SELECT severity, target, payload, correlation_id, trace_id, actor, agent FROM events$$,
    $$VALUES ('info'::severity, NULL, '{}'::jsonb, NULL, NULL, 'ada', 'bob')$$,
    'an event is mere information, and says who reported it'
);
SELECT is(
    (SELECT clock_timestamp() - occurred_at < '1 minute' FROM events), true,
    'an event occurs when it is recorded'
);
SELECT is(
    (SELECT tableoid::regclass::text FROM events),
    'events_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM'),
    'an event is kept with those of its month'
);
SET LOCAL taskspine.actor = '';
SET LOCAL taskspine.agent = '';
SELECT tests.accepts(
    $$INSERT INTO events (type, category, source, task_id, execution_id, workflow_id, project_id)
      VALUES ('gone', 'task', 'ci', uuid_v7(), 0, uuid_v7(), uuid_v7())$$,
    'an event may tell of what is gone'
);
SELECT results_eq(
    $$SELECT actor, agent FROM events WHERE type = 'gone'$$,
    $$VALUES (session_user::text COLLATE "default", NULL::text)$$,
    'without an actor, the role that logged in reported it'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO events (occurred_at, type, category, source)
      VALUES ('1999-12-31 23:59 UTC', 'bug', 'system', 'ci')$$,
    'an event may have occurred long ago'
);
SELECT tests.violates(
    $$INSERT INTO events (occurred_at, type, category, source)
      VALUES ('-infinity', 'bug', 'system', 'ci')$$,
    'events_occurred_at_is_a_moment', 'an event has not occurred since ever'
);

SELECT tests.accepts(
    $$INSERT INTO events (type, category, source)
      VALUES ('pull_request.opened_2.' || repeat('a', 78), 'webhook', 'github')$$,
    'a type may have several words and 100 characters'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source)
      VALUES (repeat('a', 101), 'webhook', 'github')$$,
    'events_type_is_dotted_identifier', 'a type has no 101 characters'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source) VALUES ('build.', 'system', 'ci')$$,
    'events_type_is_dotted_identifier', 'a type has a word after each dot'
);

SELECT tests.accepts(
    $$INSERT INTO events (type, category, source) VALUES ('a', 'pr', repeat('s', 200))$$,
    'a source may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source) VALUES ('a', 'pr', repeat('s', 201))$$,
    'events_source_has_1_to_200_characters', 'a source has no 201 characters'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source) VALUES ('a', 'pr', ' ')$$,
    'events_source_has_1_to_200_characters', 'a source is not blank'
);
SELECT tests.accepts(
    $$INSERT INTO events (type, category, source, target) VALUES ('a', 'execution', 'b', 'c')$$,
    'an event may be meant for a component'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source, target) VALUES ('a', 'execution', 'b', '')$$,
    'events_target_has_1_to_200_characters', 'a target is not blank'
);

SELECT tests.accepts(
    $$INSERT INTO events (type, category, source, payload)
      VALUES ('a', 'validation', 'b', '{"score": null}')$$,
    'a payload keeps whatever it says'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source, payload) VALUES ('a', 'pr', 'b', '[]')$$,
    'events_payload_is_object', 'a payload is no array'
);
SELECT tests.accepts(
    $$INSERT INTO events (type, category, source, payload)
      VALUES ('a', 'pr', 'b', jsonb_build_object('k', repeat('v', 1048567)))$$,
    'a payload may have 1048576 bytes'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source, payload)
      VALUES ('a', 'pr', 'b', jsonb_build_object('k', repeat('v', 1048568)))$$,
    'events_payload_up_to_1_mb', 'a payload has no 1048577 bytes'
);

SELECT tests.accepts(
    $$INSERT INTO events (type, category, source, correlation_id, trace_id)
      VALUES ('a', 'pr', 'b', repeat('c', 200), repeat('t', 200))$$,
    'ids of correlations and traces may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source, correlation_id)
      VALUES ('a', 'pr', 'b', repeat('c', 201))$$,
    'events_correlation_id_has_1_to_200_characters', 'a correlation id has no 201 characters'
);
SELECT tests.violates(
    $$INSERT INTO events (type, category, source, trace_id) VALUES ('a', 'pr', 'b', '')$$,
    'events_trace_id_has_1_to_200_characters', 'a trace id is not blank'
);

SELECT tests.violates(
    $$UPDATE events SET payload = '{}'$$,
    'events_append_only', 'what was recorded is not changed'
);
SELECT tests.violates(
    $$DELETE FROM events$$, 'events_append_only', 'what was recorded is not deleted'
);
SELECT tests.violates(
    format('TRUNCATE %I', 'events_' || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY_MM')),
    'events_not_truncated', 'a month of events is not emptied'
);

-- Effects

SELECT results_eq(
    $$SELECT 'critical'::severity > 'error', 'error'::severity > 'warning',
          'warning'::severity > 'info', 'info'::severity > 'debug'$$,
    $$VALUES (true, true, true, true)$$,
    'what is graver compares as greater'
);
SELECT tests.some_tasks('A');
INSERT INTO events (type, category, source, task_id, project_id)
VALUES ('seen', 'task', 'ci', tests.task('A'), tests.project());
DELETE FROM projects;
SELECT results_eq(
    $$SELECT count(task_id), count(project_id) FROM events WHERE type = 'seen'$$,
    $$VALUES (1::bigint, 1::bigint)$$,
    'an event outlives the task and the project that it tells of'
);

SELECT * FROM finish();
ROLLBACK;
