-- Keys that sort by the time they were made, so that new rows land at the right edge of every
-- index. PostgreSQL has uuidv7() of its own only from version 18 on; this runs on 15 as well.

CREATE FUNCTION uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    -- RFC 9562, 5.7: 48 bits of Unix time in milliseconds over a random uuid whose version bits
    -- turn from 4 to 7.
    RETURN encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    PLACING substring(
                        int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3
                    )
                    FROM 1 FOR 6
                ),
                52, 1
            ),
            53, 1
        ),
        'hex'
    )::uuid;

COMMENT ON FUNCTION uuid_v7() IS
    'A new time-ordered UUID (version 7, millisecond resolution). Source: RFC 9562, section 5.7.';
