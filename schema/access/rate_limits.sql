-- One row is a bucket of tokens: what comes in takes some of them, and they come back at a steady
-- rate. Whoever limits something makes it, by a name of their choice; keys may draw on one
-- together. It is deleted when no key draws on it.

CREATE TABLE rate_limits (
    bucket            text           NOT NULL,
    capacity          integer        NOT NULL,
    refill_per_second numeric(18,9)  NOT NULL,
    tokens            numeric        NOT NULL,
    refilled_at       timestamptz    NOT NULL DEFAULT clock_timestamp(),
    created_at        timestamptz    NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz    NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT rate_limits_pkey PRIMARY KEY (bucket),
    CONSTRAINT rate_limits_bucket_has_1_to_200_characters
        CHECK (bucket ~ '\S' AND length(bucket) <= 200),
    CONSTRAINT rate_limits_capacity_positive CHECK (capacity > 0),
    CONSTRAINT rate_limits_refill_per_second_in_range
        CHECK (refill_per_second > 0 AND refill_per_second <= 1000000),
    CONSTRAINT rate_limits_tokens_within_capacity CHECK (tokens BETWEEN 0 AND capacity)
-- A bucket is written anew with every request: room beside it keeps these updates on its page.
) WITH (fillfactor = 50);

COMMENT ON TABLE rate_limits IS 'Buckets of tokens, which limit how often something is done.';
COMMENT ON COLUMN rate_limits.bucket IS 'What is limited: a name of the caller''s choice.';
COMMENT ON COLUMN rate_limits.capacity IS 'Tokens in a full bucket: how many may be taken at once.';
COMMENT ON COLUMN rate_limits.refill_per_second IS 'Tokens that come back in a second, until the bucket is full.';
COMMENT ON COLUMN rate_limits.tokens IS 'Tokens that were there at refilled_at; a new bucket is full. Parts of tokens count up, too.';
COMMENT ON COLUMN rate_limits.refilled_at IS 'The moment at which tokens were counted, by the server''s clock.';

COMMENT ON CONSTRAINT rate_limits_bucket_has_1_to_200_characters ON rate_limits IS
    'A bucket has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT rate_limits_capacity_positive ON rate_limits IS 'A bucket holds at least one token.';
COMMENT ON CONSTRAINT rate_limits_refill_per_second_in_range ON rate_limits IS
    'More than 0 and at most 1000000 tokens come back in a second.';
COMMENT ON CONSTRAINT rate_limits_tokens_within_capacity ON rate_limits IS
    'A bucket holds no less than 0 tokens, and no more than it has room for.';

CREATE FUNCTION available_tokens(
    _capacity integer,
    _refill_per_second numeric,
    _tokens numeric,
    _refilled_at timestamptz,
    _at timestamptz
) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- A clock that went back brings nothing, and takes nothing away.
    RETURN least(
        _capacity,
        _tokens + greatest(0, extract(epoch FROM _at - _refilled_at)) * _refill_per_second
    );

COMMENT ON FUNCTION available_tokens(integer, numeric, numeric, timestamptz, timestamptz) IS
    'Tokens in a bucket at a moment. Source: the token bucket of Turner (1986), counted when it is asked.';

CREATE FUNCTION rate_limits_taken_within_capacity(_bucket text, _capacity integer, _count integer)
RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF (_count BETWEEN 1 AND _capacity) IS NOT TRUE THEN
        PERFORM refuse(
            'rate_limits', 'rate_limits_taken_within_capacity',
            format('%s tokens cannot be taken of bucket %s', coalesce(_count::text, 'no'), _bucket),
            NULL,
            format('Take from 1 to %s tokens at a time.', _capacity)
        );
    END IF;
END
$$;

COMMENT ON FUNCTION rate_limits_taken_within_capacity(text, integer, integer) IS
    'From 1 token to a full bucket is taken at a time.';

CREATE FUNCTION take_tokens(_bucket text, _count integer DEFAULT 1)
RETURNS TABLE (is_taken boolean, tokens_left numeric, retry_after_seconds numeric)
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _limit rate_limits;
    _now timestamptz;
    _available numeric;
    _is_enough boolean;
BEGIN
    SELECT known.* INTO _limit FROM rate_limits AS known WHERE known.bucket = _bucket;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM rate_limits_taken_within_capacity(_bucket, _limit.capacity, _count);
    _now := clock_timestamp();
    _available := available_tokens(
        _limit.capacity, _limit.refill_per_second, _limit.tokens, _limit.refilled_at, _now
    );
    _is_enough := false;
    -- Whoever comes in vain is turned away by a mere look: a flood neither waits nor writes. What
    -- was counted by a clock that went back since is counted anew, or nothing would come back.
    IF _available >= _count OR _now < _limit.refilled_at THEN
        -- The lock makes takers follow one another: each counts on what the one before has left,
        -- by a clock that is read after it. Above READ COMMITTED one of two is told to try again.
        SELECT known.* INTO _limit
        FROM rate_limits AS known
        WHERE known.bucket = _bucket
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        _now := clock_timestamp();
        _available := available_tokens(
            _limit.capacity, _limit.refill_per_second, _limit.tokens, _limit.refilled_at, _now
        );
        _is_enough := _available >= _count;
        IF _is_enough THEN
            _available := _available - _count;
        END IF;
        UPDATE rate_limits SET tokens = _available, refilled_at = _now WHERE bucket = _bucket;
    END IF;
    RETURN QUERY SELECT
        _is_enough,
        _available,
        CASE
            WHEN _is_enough THEN 0
            -- A client that comes back then is not too early by a rounding.
            ELSE ceil((_count - _available) / _limit.refill_per_second * 1000) / 1000
        END;
END
$$;

COMMENT ON FUNCTION take_tokens(text, integer) IS
    'Takes tokens of a bucket, all or none: whether they were taken, how many are left, and after how many seconds to try again. No row where there is no such bucket. They are back when the transaction is rolled back, and until it ends others wait.';

CREATE FUNCTION rate_limits_count_tokens() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.tokens := coalesce(NEW.tokens, NEW.capacity);
    ELSE
        NEW.refilled_at := clock_timestamp();
        NEW.tokens := least(NEW.capacity, available_tokens(
            OLD.capacity, OLD.refill_per_second, OLD.tokens, OLD.refilled_at, NEW.refilled_at
        ));
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION rate_limits_count_tokens() IS
    'Trigger function: a new bucket is full, and one that is changed has what came back at its old rate.';

CREATE TRIGGER rate_limits_count_tokens
    BEFORE INSERT OR UPDATE OF capacity, refill_per_second ON rate_limits
    FOR EACH ROW EXECUTE FUNCTION rate_limits_count_tokens();

COMMENT ON TRIGGER rate_limits_count_tokens ON rate_limits IS
    'A bucket begins full; another rate counts from the moment that it is set.';

CREATE TRIGGER rate_limits_touch_updated_at
    BEFORE UPDATE ON rate_limits
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER rate_limits_touch_updated_at ON rate_limits IS 'Every update sets updated_at.';

-- Only of what people set: tokens are taken all the time.
CREATE TRIGGER rate_limits_record_change
    AFTER INSERT OR UPDATE OF bucket, capacity, refill_per_second OR DELETE ON rate_limits
    FOR EACH ROW EXECUTE FUNCTION record_change('rate_limits', 'bucket', 'tokens', 'refilled_at');

COMMENT ON TRIGGER rate_limits_record_change ON rate_limits IS
    'Every change of a limit is recorded in audit_log.';

CREATE TRIGGER rate_limits_not_truncated
    AFTER TRUNCATE ON rate_limits
    EXECUTE FUNCTION refuse_rewriting('rate_limits', 'rate_limits_not_truncated');

COMMENT ON TRIGGER rate_limits_not_truncated ON rate_limits IS
    'A table is emptied row by row, so that each is recorded.';
