-- One valid row of each kind that the tests of access share.

CREATE FUNCTION tests.a_rate_limit(
    _bucket            text     DEFAULT 'b',
    _capacity          integer  DEFAULT 10,
    _refill_per_second numeric  DEFAULT 0.000001
) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO rate_limits (bucket, capacity, refill_per_second)
        VALUES (_bucket, _capacity, _refill_per_second);
    END;

COMMENT ON FUNCTION tests.a_rate_limit(text, integer, numeric) IS
    'Makes a bucket that is full, and into which hardly anything comes back.';

CREATE FUNCTION tests.a_hash(_secret text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    RETURN sha256(convert_to(_secret, 'UTF8'));

COMMENT ON FUNCTION tests.a_hash(text) IS 'The 32 bytes that stand for a secret.';

CREATE FUNCTION tests.an_api_key(
    _name       text         DEFAULT 'k',
    _expires_at timestamptz  DEFAULT NULL,
    _bucket     text         DEFAULT NULL
) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO api_keys (
            name, service, key_prefix, key_hash, expires_at, rate_limit_bucket, created_at
        )
        VALUES (
            _name, 'codegen', 'tsk_' || left(md5(_name), 8), tests.a_hash(_name), _expires_at,
            _bucket, clock_timestamp() - interval '1 year'
        )
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.an_api_key(text, timestamptz, text) IS
    'Makes a key a year ago, with its name as its secret.';
