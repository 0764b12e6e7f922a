-- One row is a delivery that a webhook's sender has named, so that a repeated one is known again.
-- The first receipt makes the row and its event, later ones are only counted; nobody deletes it
-- but retention.

CREATE TABLE webhook_deliveries (
    source           text         NOT NULL,
    delivery_id      text         NOT NULL,
    event_id         bigint       NOT NULL DEFAULT nextval('events_id_seq'),
    receipt_count    integer      NOT NULL DEFAULT 1,
    received_at      timestamptz  NOT NULL DEFAULT clock_timestamp(),
    last_received_at timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (source, delivery_id),
    CONSTRAINT webhook_deliveries_source_has_1_to_200_characters
        CHECK (source ~ '\S' AND length(source) <= 200),
    CONSTRAINT webhook_deliveries_delivery_id_has_1_to_200_characters
        CHECK (delivery_id ~ '\S' AND length(delivery_id) <= 200),
    CONSTRAINT webhook_deliveries_receipt_count_positive CHECK (receipt_count > 0)
);

-- list_webhook_deliveries.
CREATE INDEX webhook_deliveries_received_at_idx ON webhook_deliveries (received_at);

COMMENT ON TABLE webhook_deliveries IS
    'Deliveries of webhooks by the ids of their senders, each of which became one event. Not audited: its events are the history.';
COMMENT ON COLUMN webhook_deliveries.source IS 'Name of the sender: github, linear, ...';
COMMENT ON COLUMN webhook_deliveries.delivery_id IS 'What the sender calls the delivery; the same when it repeats it.';
COMMENT ON COLUMN webhook_deliveries.event_id IS 'The event that the first receipt became, which retention may have dropped.';
COMMENT ON COLUMN webhook_deliveries.receipt_count IS 'How often it was received.';
COMMENT ON COLUMN webhook_deliveries.received_at IS 'When it was received first.';
COMMENT ON COLUMN webhook_deliveries.last_received_at IS 'When it was received last.';

COMMENT ON CONSTRAINT webhook_deliveries_source_has_1_to_200_characters ON webhook_deliveries IS
    'A source has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT webhook_deliveries_delivery_id_has_1_to_200_characters
    ON webhook_deliveries IS 'A delivery id has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT webhook_deliveries_receipt_count_positive ON webhook_deliveries IS
    'What is here was received at least once.';
