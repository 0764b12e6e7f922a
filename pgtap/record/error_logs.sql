-- Errors: one row for all occurrences that have one fingerprint.

BEGIN;
SELECT plan(37);

-- Keys and defaults

INSERT INTO error_logs (type, message) VALUES ('KeyError', 'no key 1');
SELECT results_eq(
    $$SELECT code, stack, context, severity, occurrence_count, status, reopened_count, resolved_at,
          fingerprint
      FROM error_logs$$,
    $$VALUES (NULL, NULL, '{}'::jsonb, 'error'::severity, 1::bigint, 'open'::error_status, 0,
          NULL::timestamptz, error_fingerprint('KeyError', NULL, 'no key 1', NULL))$$,
    'a new error is open, and has a fingerprint'
);
SELECT tests.violates(
    $$INSERT INTO error_logs (type, message) VALUES ('KeyError', 'no key 2')$$,
    'error_logs_fingerprint_key', 'occurrences of one error are one row'
);
SELECT tests.accepts(
    $$INSERT INTO error_logs (type, message, task_id, workflow_id)
      VALUES ('KeyError', 'no task', uuid_v7(), uuid_v7())$$,
    'an error may tell of what is gone'
);
SELECT lives_ok(
    $$DELETE FROM error_logs WHERE message = 'no task'$$, 'retention may delete an error'
);

-- Rules

CREATE FUNCTION tests.set_error(_assignment text) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN 'UPDATE error_logs SET ' || _assignment;

SELECT tests.accepts(
    tests.set_error($$type = repeat('t', 200)$$), 'a type may have 200 characters'
);
SELECT tests.violates(
    tests.set_error($$type = repeat('t', 201)$$),
    'error_logs_type_has_1_to_200_characters', 'a type has no 201 characters'
);
SELECT tests.violates(
    tests.set_error($$type = ' '$$),
    'error_logs_type_has_1_to_200_characters', 'a type is not blank'
);
SELECT tests.accepts(tests.set_error($$code = '23505'$$), 'an error may have a code');
SELECT tests.violates(
    tests.set_error($$code = ''$$), 'error_logs_code_has_1_to_200_characters', 'a code is not blank'
);
SELECT tests.accepts(
    tests.set_error($$message = repeat('m', 10000)$$), 'a message may have 10000 characters'
);
SELECT tests.violates(
    tests.set_error($$message = repeat('m', 10001)$$),
    'error_logs_message_up_to_10000_characters', 'a message has no 10001 characters'
);
SELECT tests.accepts(tests.set_error($$message = ''$$), 'a message may be empty');
SELECT tests.accepts(
    tests.set_error($$stack = repeat('s', 100000)$$), 'a stack may have 100000 characters'
);
SELECT tests.violates(
    tests.set_error($$stack = repeat('s', 100001)$$),
    'error_logs_stack_up_to_100000_characters', 'a stack has no 100001 characters'
);
SELECT tests.violates(
    tests.set_error($$context = '[]'$$), 'error_logs_context_is_object', 'a context is no array'
);
SELECT tests.accepts(
    tests.set_error($$context = jsonb_build_object('k', repeat('v', 1048567))$$),
    'a context may have 1048576 bytes'
);
SELECT tests.violates(
    tests.set_error($$context = jsonb_build_object('k', repeat('v', 1048568))$$),
    'error_logs_context_up_to_1_mb', 'a context has no 1048577 bytes'
);
SELECT tests.accepts(
    tests.set_error($$user_id = repeat('u', 200), session_id = repeat('s', 200)$$),
    'ids of users and sessions may have 200 characters'
);
SELECT tests.violates(
    tests.set_error($$user_id = repeat('u', 201)$$),
    'error_logs_user_id_has_1_to_200_characters', 'a user''s id has no 201 characters'
);
SELECT tests.violates(
    tests.set_error($$session_id = ''$$),
    'error_logs_session_id_has_1_to_200_characters', 'a session''s id is not blank'
);
SELECT tests.violates(
    tests.set_error('occurrence_count = 0'),
    'error_logs_occurrence_count_positive', 'an error occurred at least once'
);
SELECT tests.accepts(tests.set_error('occurrence_count = 1'), 'once will do');
SELECT tests.accepts(
    tests.set_error($$resolution_notes = repeat('n', 10000)$$), 'notes may have 10000 characters'
);
SELECT tests.violates(
    tests.set_error($$resolution_notes = repeat('n', 10001)$$),
    'error_logs_resolution_notes_up_to_10000_characters', 'notes have no 10001 characters'
);
SELECT tests.accepts(tests.set_error('reopened_count = 0'), 'an error may never be reopened');
SELECT tests.violates(
    tests.set_error('reopened_count = -1'),
    'error_logs_reopened_count_not_negative', 'no error is reopened less than never'
);
SELECT tests.accepts(
    tests.set_error('last_seen_at = first_seen_at'), 'an error may be seen at one moment only'
);
SELECT tests.violates(
    tests.set_error($$last_seen_at = first_seen_at - interval '1 microsecond'$$),
    'error_logs_last_seen_after_first', 'an error is not seen last before it is seen first'
);

-- Effects

UPDATE error_logs SET message = 'no key', stack = NULL, context = '{}';
UPDATE error_logs SET status = 'resolved', updated_at = '2020-02-02 02:02 UTC';
SELECT results_eq(
    $$SELECT clock_timestamp() - resolved_at < '1 minute', reopened_count,
          clock_timestamp() - updated_at < '1 minute'
      FROM error_logs$$,
    $$VALUES (true, 0, true)$$,
    'the database knows when an error was resolved'
);
UPDATE error_logs SET resolved_at = '2020-02-02 02:02 UTC', status = 'resolved';
SELECT is(
    (SELECT resolved_at FROM error_logs), '2020-02-02 02:02 UTC',
    'an import may know it better'
);
UPDATE error_logs SET status = 'open', resolution_notes = 'mended';
SELECT results_eq(
    $$SELECT resolved_at, reopened_count, resolution_notes FROM error_logs$$,
    $$VALUES (NULL::timestamptz, 1, 'mended')$$,
    'an error that is reopened is not resolved any more, and that is counted'
);
UPDATE error_logs SET status = 'ignored';
UPDATE error_logs SET status = 'open';
SELECT is(
    (SELECT reopened_count FROM error_logs), 1, 'what was never resolved is not reopened'
);
UPDATE error_logs SET resolved_at = clock_timestamp();
SELECT is(
    (SELECT resolved_at FROM error_logs), NULL, 'an open error has no moment of its resolution'
);
SELECT tests.accepts(
    $$INSERT INTO error_logs (type, message, status) VALUES ('KeyError', 'old', 'resolved')$$,
    'an error may be recorded as resolved'
);
SELECT is(
    (SELECT resolved_at IS NOT NULL FROM error_logs WHERE message = 'old'), true,
    'then it is resolved now'
);

SELECT set_config('tests.recorded', (SELECT count(*)::text FROM audit_log), true);
UPDATE error_logs
SET occurrence_count = occurrence_count + 1, last_seen_at = clock_timestamp(), user_id = 'ada',
    context = '{"a": 1}', stack = NULL;
SELECT is(
    (SELECT count(*)::text FROM audit_log), current_setting('tests.recorded'),
    'that an error occurs again is no change to record'
);
UPDATE error_logs SET status = 'ignored' WHERE message = 'old';
SELECT is(
    (SELECT new_values ->> 'status' FROM audit_log ORDER BY id DESC LIMIT 1), 'ignored',
    'triage is recorded'
);

SELECT * FROM finish();
ROLLBACK;
