-- One row is one use of a key: when, for what, from where. verify_api_key writes it along with the
-- look-up; it goes when its month is dropped by retention.
--
-- How often a key was used and when last, the views count from here. With 8 clients on one key, in
-- transactions of 10 ms, a second had 330 look-ups that record nothing, 296 with a row here, 274
-- where it has a foreign key, which locks the key's row, and 70 with a counter in that row, for
-- which everybody waits. Above READ COMMITTED such a counter would refuse most of them.

CREATE TABLE api_key_usage (
    id             bigint       GENERATED ALWAYS AS IDENTITY,
    used_at        timestamptz  NOT NULL DEFAULT clock_timestamp(),
    api_key_id     uuid         NOT NULL,
    endpoint       text,
    method         text,
    status_code    smallint,
    client_address inet,
    request_id     text         DEFAULT nullif(current_setting('taskspine.request', true), ''),

    CONSTRAINT api_key_usage_pkey PRIMARY KEY (used_at, id),
    CONSTRAINT api_key_usage_used_at_is_a_moment CHECK (isfinite(used_at)),
    CONSTRAINT api_key_usage_endpoint_has_1_to_2000_characters
        CHECK (endpoint ~ '\S' AND length(endpoint) <= 2000),
    CONSTRAINT api_key_usage_method_is_a_word CHECK (method ~ '^[A-Z][A-Z_-]{0,29}$'),
    CONSTRAINT api_key_usage_status_code_in_range CHECK (status_code BETWEEN 100 AND 599)
) PARTITION BY RANGE (used_at);

-- Of one key: how often and when last, in the views and in list_api_key_usage.
CREATE INDEX api_key_usage_api_key_id_used_at_id_idx ON api_key_usage (api_key_id, used_at, id);

COMMENT ON TABLE api_key_usage IS 'Every use of a key. Not audited: a history itself.';
COMMENT ON COLUMN api_key_usage.used_at IS 'When the key was used, by the server''s clock unless whoever records it knows better.';
COMMENT ON COLUMN api_key_usage.api_key_id IS 'The key, which may be gone.';
COMMENT ON COLUMN api_key_usage.endpoint IS 'What was asked for: a path without its query, in which secrets may stand.';
COMMENT ON COLUMN api_key_usage.method IS 'How: GET, POST or another word in capitals.';
COMMENT ON COLUMN api_key_usage.status_code IS 'What HTTP answered; null where that is not known.';
COMMENT ON COLUMN api_key_usage.client_address IS 'From where, as whoever records it knows.';
COMMENT ON COLUMN api_key_usage.request_id IS 'For which request: the setting taskspine.request.';

COMMENT ON CONSTRAINT api_key_usage_used_at_is_a_moment ON api_key_usage IS
    'A key was used at a moment, not at infinity.';
COMMENT ON CONSTRAINT api_key_usage_endpoint_has_1_to_2000_characters ON api_key_usage IS
    'An endpoint has 1 to 2000 characters and is not blank.';
COMMENT ON CONSTRAINT api_key_usage_method_is_a_word ON api_key_usage IS
    'A method is a word of 1 to 30 capital letters.';
COMMENT ON CONSTRAINT api_key_usage_status_code_in_range ON api_key_usage IS
    'A status of HTTP is a number from 100 to 599.';

CREATE TRIGGER api_key_usage_append_only
    AFTER UPDATE OR DELETE ON api_key_usage
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('api_key_usage', 'api_key_usage_append_only');

COMMENT ON TRIGGER api_key_usage_append_only ON api_key_usage IS
    'What was recorded is neither changed nor deleted.';

CREATE TRIGGER api_key_usage_not_truncated
    AFTER TRUNCATE ON api_key_usage
    EXECUTE FUNCTION refuse_rewriting('api_key_usage', 'api_key_usage_not_truncated');

COMMENT ON TRIGGER api_key_usage_not_truncated ON api_key_usage IS
    'What was recorded is not emptied.';

SELECT make_month_partitions('api_key_usage');
