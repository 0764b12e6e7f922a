-- Seals of the change log. A transaction does not seal what it writes itself, so the clock that
-- counts transactions is the test's own here: all below 1000 have ended.

BEGIN;
SELECT plan(54);

CREATE FUNCTION pg_temp.set_clock(_server bigint, _horizon bigint, _beyond bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION audit_clock('
        || 'OUT system_identifier bigint, OUT horizon bigint, OUT beyond bigint)'
        || ' LANGUAGE sql STABLE RETURN ROW(%s::bigint, %s::bigint, %s::bigint)',
        _server, _horizon, _beyond
    );
END
$$;
CREATE FUNCTION pg_temp.write(
    _transaction_id bigint, VARIADIC _entity_ids text[]
) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO audit_log (
        transaction_id, changed_at, entity_type, entity_id, action, old_values, new_values,
        client_address
    )
    SELECT _transaction_id, '2026-03-03 03:03:03.030303+00', 'things', entity_id, 'update',
        '{"n": 1.50, "a": null}', '{"n": 2, "a": "\u00e4\\\""}', '10.0.0.1'
    FROM unnest(_entity_ids) AS entity_id
$$;
CREATE FUNCTION pg_temp.row_of(_entity_id text) RETURNS bigint
    LANGUAGE sql
    RETURN (SELECT id FROM audit_log WHERE entity_type = 'things' AND entity_id = _entity_id);
-- Somebody who may do all, undone after a look at what it does to the proof.
CREATE FUNCTION pg_temp.faults_after(_statement text, _kept_hash bytea DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _faults text;
BEGIN
    BEGIN
        SET LOCAL session_replication_role = replica;
        EXECUTE _statement;
        SET LOCAL session_replication_role = origin;
        _faults := (
            SELECT string_agg(
                format(
                    '%s%s%s', fault, ' in ' || seal_number,
                    ': ' || (SELECT entity_id FROM audit_log AS entry WHERE entry.id = row_id
                        LIMIT 1)
                ),
                ', ' ORDER BY fault, seal_number, row_id
            )
            FROM verify_audit_log(_kept_hash)
        );
        RAISE SQLSTATE 'UNDO1';
    EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
        RETURN _faults;
    END;
END
$$;

SELECT pg_temp.set_clock(1, 100, 200);
SELECT is_empty(
    $$SELECT FROM verify_audit_log()$$, 'a log without seals is sound'
);
SELECT is_empty(
    $$SELECT FROM seal_audit_log()$$, 'without rows of ended transactions no seal is made'
);

-- Sealing

SELECT pg_temp.write(50, 'a', 'b', 'c');
SELECT pg_temp.write(40, 'd');
SELECT pg_temp.write(100, 'later');
INSERT INTO audit_log (transaction_id, changed_at, entity_type, entity_id, action, new_values)
VALUES (50, '2026-04-01 00:00+00', 'things', 'april', 'insert', '{}');
SELECT results_eq(
    $$SELECT number, month, row_count, row_ids, horizon FROM seal_audit_log(3)$$,
    $$VALUES
        (1::bigint, '2026-03-01'::date, 3,
            ARRAY[pg_temp.row_of('d'), pg_temp.row_of('a'), pg_temp.row_of('b')], 100::bigint),
        (2, '2026-03-01', 1, ARRAY[pg_temp.row_of('c')], 100),
        (3, '2026-04-01', 1, ARRAY[pg_temp.row_of('april')], 100)$$,
    'rows are sealed by month, in the order of their transactions, so many a seal'
);
SELECT results_eq(
    $$SELECT previous_hash FROM audit_seals ORDER BY number$$,
    $$VALUES
        (''::bytea),
        ((SELECT hash FROM audit_seals WHERE number = 1)),
        ((SELECT hash FROM audit_seals WHERE number = 2))$$,
    'each follows the one before'
);
SELECT is_empty($$SELECT FROM seal_audit_log()$$, 'what is sealed is not sealed again');
SELECT is_empty($$SELECT FROM verify_audit_log()$$, 'what is not sealed yet is no fault');
SELECT pg_temp.set_clock(1, 101, 101);
SELECT results_eq(
    $$SELECT number, row_ids FROM seal_audit_log()$$,
    $$VALUES (4::bigint, ARRAY[pg_temp.row_of('later')])$$,
    'a transaction is sealed when it and all before it have ended'
);
SELECT is_empty($$SELECT FROM verify_audit_log()$$, 'a log that nobody has touched is sound');

-- The hashes are the same in every session, and anybody can compute them.

SELECT is(
    (SELECT audit_row_hash(entry) FROM audit_log AS entry WHERE id = pg_temp.row_of('a')),
    sha256(convert_to(format(
        '[%s, 50, 1772506983.030303, "things", "a", "update", {"a": null, "n": 1.50}, '
        '{"a": "ä\\\"", "n": 2}, "%s", null, null, null, "10.0.0.1"]',
        pg_temp.row_of('a'), session_user
    ), 'UTF8')),
    'the hash of a row is that of the JSON array of its columns'
);
SELECT is(
    (SELECT content_hash FROM audit_seals WHERE number = 4),
    sha256(int8send(pg_temp.row_of('later')) || (
        SELECT audit_row_hash(entry) FROM audit_log AS entry WHERE id = pg_temp.row_of('later')
    )),
    'the hash of contents is that of ids and hashes of rows'
);
SELECT is(
    (SELECT hash FROM audit_seals WHERE number = 4),
    (
        SELECT sha256(previous_hash || convert_to(format(
            '[4, "2026-03", 1, "%s", %s, 1, 101, 0, %s]',
            encode(content_hash, 'hex'), highest_id, extract(epoch FROM sealed_at)
        ), 'UTF8'))
        FROM audit_seals
        WHERE number = 4
    ),
    'the hash of a seal is that of the one before and the JSON array of what it says'
);
SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL IntervalStyle = 'sql_standard';
SET LOCAL extra_float_digits = -10;
SET LOCAL bytea_output = 'escape';
SET LOCAL client_encoding = 'LATIN1';
SET LOCAL xmlbinary = 'hex';
SELECT is_empty($$SELECT FROM verify_audit_log()$$, 'no setting of a session changes a hash');
SELECT pg_temp.set_clock(1, 102, 102);
SELECT pg_temp.write(101, 'e');
SELECT is((SELECT count(*)::integer FROM seal_audit_log()), 1, 'nor a seal');
RESET client_encoding;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex';
SELECT is_empty($$SELECT FROM verify_audit_log()$$, 'that is made in it');

-- Rules

SELECT tests.violates(
    $$UPDATE audit_seals SET sealed_at = clock_timestamp()$$,
    'audit_seals_append_only', 'a seal is not changed'
);
SELECT tests.violates(
    $$DELETE FROM audit_seals$$, 'audit_seals_append_only', 'a seal is not deleted'
);
SELECT tests.violates(
    $$SELECT mark_dropped_seals('2026-04-01')$$,
    'audit_seals_append_only', 'rows are not marked as dropped while they are there'
);
SELECT tests.violates(
    $$INSERT INTO audit_seals
      SELECT 9, month, row_count, row_ids, row_hashes, content_hash, highest_id, system_identifier,
          horizon, adopted_id, sealed_at, previous_hash, hash
      FROM audit_seals WHERE number = 2$$,
    'audit_seals_previous_hash_key', 'two seals never follow the same one'
);
CREATE FUNCTION pg_temp.another_seal(
    _month date DEFAULT '2026-05-01', _row_count integer DEFAULT 1, _row_ids bigint[] DEFAULT '{1}',
    _row_hashes bytea[] DEFAULT '{x}', _rows_dropped_at timestamptz DEFAULT NULL
) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO audit_seals (
        number, month, row_count, row_ids, row_hashes, content_hash, highest_id, system_identifier,
        horizon, adopted_id, previous_hash, hash, rows_dropped_at
    ) VALUES (
        (SELECT max(number) + 1 FROM audit_seals), _month, _row_count, _row_ids, _row_hashes, '', 1,
        1, 1, 0, sha256(uuid_send(uuid_v7())), '', _rows_dropped_at
    )
$$;
-- What is accepted here is taken back, for it is no true seal.
CREATE FUNCTION pg_temp.would_accept(_statement text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE _statement;
    RAISE SQLSTATE 'UNDO1';
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
    RETURN true;
END
$$;
SELECT ok(
    pg_temp.would_accept($$SELECT pg_temp.another_seal()$$), 'a month is written as its first day'
);
SELECT tests.violates(
    $$SELECT pg_temp.another_seal('2026-05-02')$$,
    'audit_seals_month_is_its_first_day', 'and as no other'
);
SELECT tests.violates(
    $$SELECT pg_temp.another_seal('2026-05-01', 0, '{}', '{}')$$,
    'audit_seals_row_count_is_positive', 'a seal covers a row at least'
);
SELECT tests.violates(
    $$SELECT pg_temp.another_seal('2026-05-01', 2)$$,
    'audit_seals_lists_hold_every_row_until_dropped', 'a seal lists every row'
);
SELECT tests.violates(
    $$SELECT pg_temp.another_seal('2026-05-01', 1, '{1}', '{x,y}')$$,
    'audit_seals_lists_hold_every_row_until_dropped', 'and a hash for each'
);
SELECT ok(
    pg_temp.would_accept(
        $$SELECT pg_temp.another_seal('2026-05-01', 1, '{}', '{}', clock_timestamp())$$
    ),
    'the lists of dropped rows are empty'
);
SELECT tests.violates(
    $$SELECT pg_temp.another_seal('2026-05-01', 1, '{1}', '{x}', clock_timestamp())$$,
    'audit_seals_lists_hold_every_row_until_dropped', 'and hold nothing else'
);
SELECT tests.accepts(
    $$SELECT audit_seals_made_at_read_committed('read committed')$$,
    'a seal is made in sight of what was waited for'
);
SELECT tests.violates(
    $$SELECT audit_seals_made_at_read_committed('repeatable read')$$,
    'audit_seals_made_at_read_committed', 'and not by an old snapshot'
);

-- What somebody who may do all changes in the log

SELECT is(
    pg_temp.faults_after($$UPDATE audit_log SET new_values = '{}' WHERE entity_id = 'b'$$),
    'row_changed in 1: b', 'a row that was changed is found'
);
SELECT is(
    pg_temp.faults_after($$UPDATE audit_log SET client_address = NULL WHERE entity_id = 'c'$$),
    'row_changed in 2: c', 'whatever column it was'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_log SET changed_at = '2026-03-03 03:03:03.030304+00' WHERE entity_id = 'c'$$
    ),
    'row_changed in 2: c', 'by however little'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_log SET changed_at = '2026-04-04 04:04+00' WHERE entity_id = 'b'$$
    ),
    'row_changed in 1: b', 'a row that was moved to another month is found'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_log SET transaction_id = 5000 WHERE entity_id = 'b'$$
    ),
    'row_changed in 1: b', 'a row that was moved beyond the seals is found'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_log SET entity_id = CASE entity_id WHEN 'a' THEN 'd' ELSE 'a' END
          WHERE entity_id IN ('a', 'd')$$
    ),
    'row_changed in 1: d, row_changed in 1: a', 'two rows that changed places are found'
);
SELECT is(
    pg_temp.faults_after($$DELETE FROM audit_log WHERE entity_id = 'b'$$),
    'row_removed in 1', 'a row that was removed is found'
);
SELECT is(
    pg_temp.faults_after($$SELECT pg_temp.write(99, 'forged')$$),
    'row_inserted: forged', 'a row that was put between sealed ones is found'
);
SELECT is(
    pg_temp.faults_after($$SELECT pg_temp.write(102, 'next')$$), NULL,
    'a row that came since the last seal is not taken for one'
);

-- What he changes in the seals

SELECT is(
    pg_temp.faults_after(
        $$DELETE FROM audit_log WHERE entity_id = 'b';
        UPDATE audit_seals
        SET row_ids = row_ids[1:2], row_hashes = row_hashes[1:2], row_count = 2
        WHERE number = 1$$
    ),
    'seal_changed in 1, seal_changed in 1', 'a row that was taken out of its seal, too, is found'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_seals SET row_ids = row_ids[2:3] || row_ids[1],
            row_hashes = row_hashes[2:3] || row_hashes[1]
        WHERE number = 1$$
    ),
    'seal_changed in 1', 'rows of a seal in another order are found'
);
SELECT is(
    pg_temp.faults_after(
        $$DELETE FROM audit_log WHERE entity_id = 'b';
        UPDATE audit_seals SET row_ids = row_ids[1:2], row_hashes = row_hashes[1:2], row_count = 2,
            content_hash = audit_content_hash(row_ids[1:2], row_hashes[1:2])
        WHERE number = 1$$
    ),
    'seal_changed in 1', 'a seal made anew without the row is not the seal of its hash'
);
SELECT is(
    pg_temp.faults_after(
        $$DELETE FROM audit_log WHERE entity_id = 'april';
        DELETE FROM audit_seals WHERE number = 3$$
    ),
    'seal_removed in 3', 'a seal that was removed with its rows is found'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_seals SET sealed_at = sealed_at - interval '1 day' WHERE number = 2;
        UPDATE audit_seals AS seal SET hash = audit_seal_hash(seal) WHERE number = 2$$
    ),
    'seal_changed in 2', 'a seal whose hash was made anew is not the one that the next one follows'
);
SELECT is(
    pg_temp.faults_after(
        $$UPDATE audit_seals SET rows_dropped_at = clock_timestamp(), row_ids = '{}',
            row_hashes = '{}'
        WHERE number = 1;
        DELETE FROM audit_log WHERE entity_id IN ('a', 'b', 'd')$$
    ),
    'seal_changed in 1', 'a seal that alone of its month is marked as dropped is found'
);
SELECT is(
    pg_temp.faults_after(
        $$DELETE FROM audit_log WHERE entity_id = 'e'; DELETE FROM audit_seals WHERE number = 5$$
    ),
    NULL, 'a tail cut off the log and the seals is not seen from within'
);
SELECT is(
    pg_temp.faults_after(
        $$DELETE FROM audit_log WHERE entity_id = 'e'; DELETE FROM audit_seals WHERE number = 5$$,
        (SELECT hash FROM audit_seals WHERE number = 5)
    ),
    'seals_cut_off in 5', 'but found by the hash of the last seal, kept elsewhere'
);
SELECT is_empty(
    $$SELECT FROM verify_audit_log((SELECT hash FROM audit_seals WHERE number = 4))$$,
    'the hash of any seal that was kept proves those up to it'
);

-- Retention

SET LOCAL session_replication_role = replica;
DELETE FROM audit_log WHERE entity_type = 'things' AND changed_at >= '2026-04-01'
    AND changed_at < '2026-05-01';
SET LOCAL session_replication_role = origin;
SELECT is(mark_dropped_seals('2026-04-01'), 1, 'the seals of a month are marked when it is gone');
SELECT results_eq(
    $$SELECT number, row_ids, row_count FROM audit_seals WHERE rows_dropped_at IS NOT NULL$$,
    $$VALUES (3::bigint, '{}'::bigint[], 1)$$,
    'they stay in the chain, without the lists'
);
SELECT is_empty($$SELECT FROM verify_audit_log()$$, 'a month that was dropped whole is no fault');
SELECT is(mark_dropped_seals('2026-04-01'), 0, 'it is marked once');
SELECT is(
    pg_temp.faults_after(
        $$INSERT INTO audit_log (
            transaction_id, changed_at, entity_type, entity_id, action, new_values
        ) VALUES (50, '2026-04-01 00:00+00', 'things', 'april', 'insert', '{}')$$
    ),
    'row_inserted: april', 'a row of a dropped month does not come back'
);

-- Restored on another server, which has counted to 30, the rows not sealed yet among them

SELECT pg_temp.write(140, 'old');
SELECT pg_temp.set_clock(2, 31, 45);
SELECT pg_temp.write(25, 'new');
SELECT pg_temp.write(35, 'newer');
SELECT is_empty(
    $$SELECT FROM verify_audit_log()$$, 'a log that was restored is sound before it is sealed again'
);
SELECT results_eq(
    $$SELECT row_ids, system_identifier, horizon, adopted_id FROM seal_audit_log()$$,
    $$VALUES (ARRAY[pg_temp.row_of('new'), pg_temp.row_of('old')], 2::bigint, 31::bigint,
        pg_temp.row_of('old'))$$,
    'the first seal on another server closes what the old one left, whatever it counted to'
);
SELECT pg_temp.write(32, 'newest');
SELECT pg_temp.set_clock(2, 200, 200);
SELECT is(
    (SELECT array_agg(row_ids) FROM seal_audit_log()),
    ARRAY[ARRAY[pg_temp.row_of('newest'), pg_temp.row_of('newer')]],
    'from then on the new server''s count holds, past that of the old one'
);
SELECT is_empty($$SELECT FROM verify_audit_log()$$, 'and all is sound');

SELECT * FROM finish();
ROLLBACK;
