-- One row is a message from one component to another, and the answer to it. Whoever has something
-- to say creates it; its target claims it, or a dispatcher sends it there; it ends processed,
-- failed or timed out, and may be tried again.

CREATE TYPE component_message_status AS ENUM (
    'pending', 'sent', 'delivered', 'processed', 'failed', 'timeout'
);

COMMENT ON TYPE component_message_status IS
    'Where a message stands. sent: on its way; delivered: its target has it; timeout: nobody answered in time.';

CREATE TABLE component_messages (
    id                  bigint                    GENERATED ALWAYS AS IDENTITY,
    source_component_id uuid,
    target_component_id uuid                      NOT NULL,
    type                text                      NOT NULL,
    payload             jsonb                     NOT NULL DEFAULT '{}',
    status              component_message_status  NOT NULL DEFAULT 'pending',
    response            jsonb,
    error_message       text,
    correlation_id      text,
    retry_count         integer                   NOT NULL DEFAULT 0,
    max_retries         integer                   NOT NULL DEFAULT 3,
    not_before          timestamptz,
    answer_until        timestamptz,
    expires_at          timestamptz,
    created_at          timestamptz               NOT NULL DEFAULT clock_timestamp(),
    sent_at             timestamptz,
    delivered_at        timestamptz,
    completed_at        timestamptz,

    CONSTRAINT component_messages_pkey PRIMARY KEY (id),
    CONSTRAINT component_messages_source_component_id_fkey
        FOREIGN KEY (source_component_id) REFERENCES components (id) ON DELETE SET NULL,
    CONSTRAINT component_messages_target_component_id_fkey
        FOREIGN KEY (target_component_id) REFERENCES components (id) ON DELETE CASCADE,
    CONSTRAINT component_messages_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT component_messages_payload_is_object CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT component_messages_payload_up_to_1_mb
        CHECK (octet_length(payload::text) <= 1048576),
    CONSTRAINT component_messages_response_is_object CHECK (jsonb_typeof(response) = 'object'),
    CONSTRAINT component_messages_response_up_to_1_mb
        CHECK (octet_length(response::text) <= 1048576),
    CONSTRAINT component_messages_error_message_has_1_to_10000_characters
        CHECK (error_message ~ '\S' AND length(error_message) <= 10000),
    CONSTRAINT component_messages_correlation_id_has_1_to_200_characters
        CHECK (correlation_id ~ '\S' AND length(correlation_id) <= 200),
    CONSTRAINT component_messages_max_retries_in_range CHECK (max_retries BETWEEN 0 AND 100),
    CONSTRAINT component_messages_retry_count_in_range
        CHECK (retry_count BETWEEN 0 AND max_retries)
);

-- claim_component_messages.
CREATE INDEX component_messages_pending_idx ON component_messages (target_component_id, id)
    WHERE status = 'pending';

-- reap_component_messages: what has an end of its own.
CREATE INDEX component_messages_expires_at_idx ON component_messages (expires_at)
    WHERE status IN ('pending', 'sent', 'delivered');

-- reap_component_messages: what somebody took and does not answer.
CREATE INDEX component_messages_answer_until_idx ON component_messages (answer_until)
    WHERE status IN ('sent', 'delivered');

-- retry_component_messages: what may be tried again, the soonest to expire first.
CREATE INDEX component_messages_retriable_idx
    ON component_messages (coalesce(expires_at, 'infinity'), id)
    WHERE status IN ('failed', 'timeout') AND retry_count < max_retries;

-- component_messages_target_component_id_fkey, and list_component_messages to a component.
CREATE INDEX component_messages_target_component_id_id_idx
    ON component_messages (target_component_id, id);

-- component_messages_source_component_id_fkey, and list_component_messages from a component.
CREATE INDEX component_messages_source_component_id_id_idx
    ON component_messages (source_component_id, id);

-- list_component_messages of one exchange.
CREATE INDEX component_messages_correlation_id_id_idx ON component_messages (correlation_id, id)
    WHERE correlation_id IS NOT NULL;

COMMENT ON TABLE component_messages IS
    'Messages between components: the queue of each, and its history. Not audited: a history itself.';
COMMENT ON COLUMN component_messages.source_component_id IS
    'Who says it; null when that is no component, or one that was erased.';
COMMENT ON COLUMN component_messages.payload IS 'Object: what is said.';
COMMENT ON COLUMN component_messages.response IS 'Object: what the target answered.';
COMMENT ON COLUMN component_messages.error_message IS 'What went wrong, the last time that it did.';
COMMENT ON COLUMN component_messages.correlation_id IS 'Joins the messages of one exchange.';
COMMENT ON COLUMN component_messages.retry_count IS
    'How often it was tried again. Named with the id by whoever answers, so that a late answer to an earlier try changes nothing.';
COMMENT ON COLUMN component_messages.not_before IS 'From when on it may be claimed; null from the start.';
COMMENT ON COLUMN component_messages.answer_until IS
    'Until when whoever took it has to answer; set when it is claimed, sent or delivered.';
COMMENT ON COLUMN component_messages.expires_at IS 'From when on nobody wants it any more; null never.';
COMMENT ON COLUMN component_messages.sent_at IS 'Set by the database when the message is sent.';
COMMENT ON COLUMN component_messages.delivered_at IS 'Set by the database when the message is delivered.';
COMMENT ON COLUMN component_messages.completed_at IS
    'Set by the database when the message is processed, fails or times out.';

COMMENT ON CONSTRAINT component_messages_source_component_id_fkey ON component_messages IS
    'A message outlives the component that it comes from.';
COMMENT ON CONSTRAINT component_messages_target_component_id_fkey ON component_messages IS
    'A message ends with the component that it is for.';
COMMENT ON CONSTRAINT component_messages_type_is_identifier ON component_messages IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT component_messages_payload_is_object ON component_messages IS 'A payload is a JSON object.';
COMMENT ON CONSTRAINT component_messages_payload_up_to_1_mb ON component_messages IS
    'A payload has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT component_messages_response_is_object ON component_messages IS 'A response is a JSON object.';
COMMENT ON CONSTRAINT component_messages_response_up_to_1_mb ON component_messages IS
    'A response has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT component_messages_error_message_has_1_to_10000_characters ON component_messages IS 'An error message has 1 to 10000 characters and is not blank.';
COMMENT ON CONSTRAINT component_messages_correlation_id_has_1_to_200_characters ON component_messages IS 'A correlation id has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT component_messages_max_retries_in_range ON component_messages IS
    'A message is tried again at most 100 times.';
COMMENT ON CONSTRAINT component_messages_retry_count_in_range ON component_messages IS
    'A message is not tried again more often than it allows.';

CREATE FUNCTION component_message_moves(_from component_message_status)
RETURNS component_message_status[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE _from
        WHEN 'pending' THEN '{sent,delivered,failed,timeout}'
        WHEN 'sent' THEN '{delivered,processed,failed,timeout}'
        WHEN 'delivered' THEN '{processed,failed,timeout}'
        WHEN 'failed' THEN '{pending}'
        WHEN 'timeout' THEN '{pending}'
        ELSE '{}'
    END::component_message_status[];

COMMENT ON FUNCTION component_message_moves(component_message_status) IS
    'Where a message can go from a status. What failed or timed out goes back to pending to be tried again.';

CREATE FUNCTION component_messages_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'component_messages', 'component_messages_status_follows_moves',
        format('message %s', NEW.id), OLD.status::text, NEW.status::text,
        component_message_moves(OLD.status)::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION component_messages_status_follows_moves() IS
    'Trigger function: refuses a move that component_message_moves does not give.';

CREATE TRIGGER component_messages_status_follows_moves
    AFTER UPDATE OF status ON component_messages
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION component_messages_status_follows_moves();

COMMENT ON TRIGGER component_messages_status_follows_moves ON component_messages IS
    'A message goes from pending by sent and delivered to processed, failed or timeout, and from the last two back to pending.';

CREATE FUNCTION component_messages_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    CASE NEW.status
        WHEN 'pending' THEN
            NEW.sent_at := NULL;
            NEW.delivered_at := NULL;
            NEW.completed_at := NULL;
            NEW.answer_until := NULL;
        WHEN 'sent' THEN
            NEW.sent_at := clock_timestamp();
        WHEN 'delivered' THEN
            NEW.delivered_at := clock_timestamp();
        ELSE
            NEW.completed_at := clock_timestamp();
    END CASE;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION component_messages_set_moments() IS
    'Trigger function: sent_at, delivered_at and completed_at follow status; a message that is tried again loses those of its last try.';

CREATE TRIGGER component_messages_set_moments
    BEFORE INSERT OR UPDATE OF status ON component_messages
    FOR EACH ROW EXECUTE FUNCTION component_messages_set_moments();

COMMENT ON TRIGGER component_messages_set_moments ON component_messages IS
    'The moments of a message are those at which its status changed.';
