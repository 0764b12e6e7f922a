-- How components talk to each other.

BEGIN;
SELECT plan(3);

SELECT is_empty(
    $$SELECT FROM component_communication_summary$$, 'nobody has said anything'
);
SELECT tests.a_component('ada');
SELECT tests.a_component('bob');
SELECT tests.a_message('bob', status, 'ada')
FROM unnest(enum_range(NULL::component_message_status)) AS known (status);
SELECT tests.a_message('bob', 'processed', 'ada');
SELECT tests.a_message('ada', 'pending');
UPDATE component_messages
SET created_at = '2026-01-01 00:00+00', completed_at = '2026-01-01 00:00:01.5+00', retry_count = 1
WHERE status = 'processed';
SELECT results_eq(
    $$SELECT source_component, target_component, message_type, message_count, pending_count,
          sent_count, delivered_count, processed_count, failed_count, timeout_count, retry_count,
          average_processing_time_ms::integer
      FROM component_communication_summary ORDER BY target_component$$,
    $$VALUES
      (NULL::text, 'ada', 'greeting', 1::bigint, 1::bigint, 0::bigint, 0::bigint, 0::bigint,
       0::bigint, 0::bigint, 0::bigint, NULL::integer),
      ('ada', 'bob', 'greeting', 7, 1, 1, 1, 2, 1, 1, 2, 1500)$$,
    'messages are counted by source, target, type and status'
);
SELECT is(
    (SELECT max(last_message_at) FROM component_communication_summary),
    (SELECT max(created_at) FROM component_messages), 'the last message is told'
);

SELECT * FROM finish();
ROLLBACK;
