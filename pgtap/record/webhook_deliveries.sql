-- Deliveries of webhooks: each becomes one event, however often it comes.

BEGIN;
SELECT plan(12);

-- Keys and defaults

INSERT INTO webhook_deliveries (source, delivery_id) VALUES ('github', 'd-1');
SELECT results_eq(
    $$SELECT receipt_count, clock_timestamp() - received_at < '1 minute',
          clock_timestamp() - last_received_at < '1 minute' FROM webhook_deliveries$$,
    $$VALUES (1, true, true)$$,
    'a delivery is received once, now'
);
SELECT tests.violates(
    $$INSERT INTO webhook_deliveries (source, delivery_id) VALUES ('github', 'd-1')$$,
    'webhook_deliveries_pkey', 'a delivery is taken in once'
);
SELECT tests.accepts(
    $$INSERT INTO webhook_deliveries (source, delivery_id) VALUES ('linear', 'd-1')$$,
    'two senders may use one id'
);
SELECT is(
    (SELECT count(DISTINCT event_id) FROM webhook_deliveries), 2::bigint,
    'each delivery has an event of its own'
);
INSERT INTO events (type, category, source) VALUES ('a', 'webhook', 'b');
SELECT is(
    (SELECT count(*) FROM webhook_deliveries JOIN events ON id = event_id), 0::bigint,
    'no other event takes its id'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO webhook_deliveries (source, delivery_id)
      VALUES (repeat('s', 200), repeat('d', 200))$$,
    'a source and an id may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO webhook_deliveries (source, delivery_id) VALUES (repeat('s', 201), 'd')$$,
    'webhook_deliveries_source_has_1_to_200_characters', 'a source has no 201 characters'
);
SELECT tests.violates(
    $$INSERT INTO webhook_deliveries (source, delivery_id) VALUES (' ', 'd')$$,
    'webhook_deliveries_source_has_1_to_200_characters', 'a source is not blank'
);
SELECT tests.violates(
    $$INSERT INTO webhook_deliveries (source, delivery_id) VALUES ('s', repeat('d', 201))$$,
    'webhook_deliveries_delivery_id_has_1_to_200_characters', 'an id has no 201 characters'
);
SELECT tests.violates(
    $$INSERT INTO webhook_deliveries (source, delivery_id) VALUES ('s', '')$$,
    'webhook_deliveries_delivery_id_has_1_to_200_characters', 'an id is not blank'
);
SELECT tests.accepts(
    $$UPDATE webhook_deliveries SET receipt_count = 1$$, 'a delivery may be received once'
);
SELECT tests.violates(
    $$UPDATE webhook_deliveries SET receipt_count = 0$$,
    'webhook_deliveries_receipt_count_positive', 'a delivery is received at least once'
);

SELECT * FROM finish();
ROLLBACK;
