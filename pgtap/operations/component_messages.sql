-- Messages between components: the queue of each, and its history.

BEGIN;
SELECT plan(60);

SELECT tests.a_component('ada');
SELECT tests.a_component('bob');
SELECT tests.a_message('bob', 'pending', 'ada');

-- Keys and defaults

SELECT results_eq(
    $$SELECT status::text, payload, response, retry_count, max_retries FROM component_messages$$,
    $$VALUES ('pending', '{}'::jsonb, NULL::jsonb, 0, 3)$$,
    'a message waits for its target, and may be tried again three times'
);
SELECT tests.violates(
    $$INSERT INTO component_messages (target_component_id, type)
      VALUES (gen_random_uuid(), 'greeting')$$,
    'component_messages_target_component_id_fkey', 'a message is for a component that exists'
);
SELECT tests.violates(
    $$UPDATE component_messages SET source_component_id = gen_random_uuid()$$,
    'component_messages_source_component_id_fkey', 'a message is from a component that exists'
);

-- Rules

SELECT tests.accepts(
    $$UPDATE component_messages SET type = 'a' || repeat('1', 62)$$, 'a type may have 63 characters'
);
SELECT tests.violates(
    $$UPDATE component_messages SET type = 'a' || repeat('1', 63)$$,
    'component_messages_type_is_identifier', 'a type has no 64 characters'
);
SELECT tests.violates(
    $$UPDATE component_messages SET type = 'Greeting'$$,
    'component_messages_type_is_identifier', 'a type is in lower case'
);
SELECT tests.violates(
    $$UPDATE component_messages SET payload = '[]'$$,
    'component_messages_payload_is_object', 'a payload is no array'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET payload = jsonb_build_object('a', repeat('x', 1048576 - 9))$$,
    'a payload may have 1 MB'
);
SELECT tests.violates(
    $$UPDATE component_messages SET payload = jsonb_build_object('a', repeat('x', 1048576 - 8))$$,
    'component_messages_payload_up_to_1_mb', 'a payload has no byte more than 1 MB'
);
SELECT tests.violates(
    $$UPDATE component_messages SET response = '"yes"'$$,
    'component_messages_response_is_object', 'a response is no text'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET response = jsonb_build_object('a', repeat('x', 1048576 - 9))$$,
    'a response may have 1 MB'
);
SELECT tests.violates(
    $$UPDATE component_messages SET response = jsonb_build_object('a', repeat('x', 1048576 - 8))$$,
    'component_messages_response_up_to_1_mb', 'a response has no byte more than 1 MB'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET error_message = repeat('x', 10000)$$,
    'an error message may have 10000 characters'
);
SELECT tests.violates(
    $$UPDATE component_messages SET error_message = repeat('x', 10001)$$,
    'component_messages_error_message_has_1_to_10000_characters',
    'an error message has no 10001 characters'
);
SELECT tests.violates(
    $$UPDATE component_messages SET error_message = ''$$,
    'component_messages_error_message_has_1_to_10000_characters', 'an error message is not blank'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET correlation_id = repeat('x', 200)$$,
    'a correlation id may have 200 characters'
);
SELECT tests.violates(
    $$UPDATE component_messages SET correlation_id = repeat('x', 201)$$,
    'component_messages_correlation_id_has_1_to_200_characters',
    'a correlation id has no 201 characters'
);
SELECT tests.violates(
    $$UPDATE component_messages SET correlation_id = ' '$$,
    'component_messages_correlation_id_has_1_to_200_characters', 'a correlation id is not blank'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET max_retries = 100$$, 'a message may be tried again 100 times'
);
SELECT tests.violates(
    $$UPDATE component_messages SET max_retries = 101$$,
    'component_messages_max_retries_in_range', 'a message is not tried again 101 times'
);
SELECT tests.violates(
    $$UPDATE component_messages SET max_retries = -1$$,
    'component_messages_max_retries_in_range', 'a message is not tried less than once'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET max_retries = 0$$, 'a message may be tried just once'
);
SELECT tests.violates(
    $$UPDATE component_messages SET retry_count = 1$$,
    'component_messages_retry_count_in_range',
    'a message is not tried again more often than it allows'
);
SELECT tests.violates(
    $$UPDATE component_messages SET retry_count = -1$$,
    'component_messages_retry_count_in_range', 'a message is not tried again less than never'
);
SELECT tests.accepts(
    $$UPDATE component_messages SET max_retries = 3, retry_count = 3$$,
    'a message may be tried again as often as it allows'
);

-- Moves: every pair of statuses is either legal or refused.

SELECT CASE
    WHEN legal.is_legal THEN tests.accepts(move.statement, move.description)
    ELSE tests.violates(
        move.statement, 'component_messages_status_follows_moves', move.description || ': never'
    )
END
FROM unnest(enum_range(NULL::component_message_status)) AS one (status)
CROSS JOIN unnest(enum_range(NULL::component_message_status)) AS other (status)
CROSS JOIN LATERAL (
    SELECT (one.status, other.status) IN (
        ('pending', 'sent'), ('pending', 'delivered'), ('pending', 'failed'),
        ('pending', 'timeout'), ('sent', 'delivered'), ('sent', 'processed'), ('sent', 'failed'),
        ('sent', 'timeout'), ('delivered', 'processed'), ('delivered', 'failed'),
        ('delivered', 'timeout'), ('failed', 'pending'), ('timeout', 'pending')
    )
) AS legal (is_legal)
CROSS JOIN LATERAL (
    SELECT
        format(
            'SELECT tests.move_message(%L, %L, %L)', 'bob', one.status, other.status
        ),
        format('a message goes from %s to %s', one.status, other.status)
) AS move (statement, description)
WHERE one.status <> other.status
ORDER BY one.status, other.status;

SELECT is(
    tests.detail_of(
        $$SELECT tests.move_message('bob', 'failed', 'sent')$$
    ),
    'From failed it can go to: pending.', 'a refusal says where a message can go'
);

-- Effects

CREATE TEMPORARY TABLE told AS SELECT tests.a_message('bob') AS id;
UPDATE component_messages SET status = 'sent' WHERE id = (SELECT id FROM told);
UPDATE component_messages SET status = 'delivered' WHERE id = (SELECT id FROM told);
UPDATE component_messages SET status = 'failed' WHERE id = (SELECT id FROM told);
SELECT results_eq(
    $$SELECT sent_at < delivered_at, delivered_at < completed_at FROM component_messages
      WHERE id = (SELECT id FROM told)$$,
    $$VALUES (true, true)$$, 'the moments of a message follow its status'
);
UPDATE component_messages SET status = 'pending' WHERE id = (SELECT id FROM told);
SELECT results_eq(
    $$SELECT sent_at, delivered_at, completed_at, answer_until FROM component_messages
      WHERE id = (SELECT id FROM told)$$,
    $$VALUES (NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz)$$,
    'a message that is tried again loses the moments of its last try'
);

-- What relies on what

DELETE FROM components WHERE name = 'ada';
SELECT is(
    (SELECT count(*)::integer FROM component_messages WHERE source_component_id IS NOT NULL), 0,
    'a message outlives the component that it comes from'
);
DELETE FROM components WHERE name = 'bob';
SELECT is_empty($$SELECT FROM component_messages$$, 'a message ends with the component it is for');

SELECT * FROM finish();
ROLLBACK;
