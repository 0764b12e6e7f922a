-- One row is a seal: the hashes of some rows of audit_log, of one month, chained to the seal before
-- it. seal_audit_log makes seals, and nobody changes one. A seal outlives its rows, which go when
-- retention drops their month.

CREATE TYPE audit_fault AS ENUM (
    'row_changed', 'row_removed', 'row_inserted', 'seal_changed', 'seal_removed', 'seals_cut_off'
);

COMMENT ON TYPE audit_fault IS
    'What is wrong with the log: which of its rows are not as they were sealed, or which seals are not as they were made. seals_cut_off: the seal that was kept elsewhere is gone.';

CREATE TABLE audit_seals (
    number            bigint       NOT NULL,
    month             date         NOT NULL,
    row_count         integer      NOT NULL,
    row_ids           bigint[]     NOT NULL,
    row_hashes        bytea[]      NOT NULL,
    content_hash      bytea        NOT NULL,
    highest_id        bigint       NOT NULL,
    system_identifier bigint       NOT NULL,
    horizon           bigint       NOT NULL,
    adopted_id        bigint       NOT NULL,
    sealed_at         timestamptz  NOT NULL DEFAULT clock_timestamp(),
    previous_hash     bytea        NOT NULL,
    hash              bytea        NOT NULL,
    rows_dropped_at   timestamptz,

    CONSTRAINT audit_seals_pkey PRIMARY KEY (number),
    CONSTRAINT audit_seals_previous_hash_key UNIQUE (previous_hash),
    CONSTRAINT audit_seals_month_is_its_first_day CHECK (extract(day FROM month) = 1),
    CONSTRAINT audit_seals_row_count_is_positive CHECK (row_count > 0),
    CONSTRAINT audit_seals_lists_hold_every_row_until_dropped
        CHECK (
            cardinality(row_ids) = CASE WHEN rows_dropped_at IS NULL THEN row_count ELSE 0 END
            AND cardinality(row_hashes) = cardinality(row_ids)
        )
);

-- mark_dropped_seals.
CREATE INDEX audit_seals_month_idx ON audit_seals (month);

COMMENT ON TABLE audit_seals IS
    'Proofs of audit_log: each covers some of its rows and the seal before. Not audited: a history itself.';
COMMENT ON COLUMN audit_seals.number IS 'Counts up from 1 without a gap.';
COMMENT ON COLUMN audit_seals.month IS 'The month (UTC) in which the rows were changed.';
COMMENT ON COLUMN audit_seals.row_ids IS
    'The rows, in the order of transaction_id and id. Emptied when the rows are dropped.';
COMMENT ON COLUMN audit_seals.row_hashes IS
    'The hash of each row, see audit_row_hash. Emptied when the rows are dropped.';
COMMENT ON COLUMN audit_seals.content_hash IS
    'SHA-256 of the ids, 8 bytes each, each followed by the hash of its row.';
COMMENT ON COLUMN audit_seals.highest_id IS 'The highest id that was ever sealed, here or before.';
COMMENT ON COLUMN audit_seals.system_identifier IS 'The database server that counted the transactions.';
COMMENT ON COLUMN audit_seals.horizon IS
    'Every transaction of a lower number had ended; what it wrote is sealed with this run or before.';
COMMENT ON COLUMN audit_seals.adopted_id IS
    'Rows up to this id were written on another server, before a restore, and are sealed, whatever their transactions.';
COMMENT ON COLUMN audit_seals.previous_hash IS 'The hash of the seal before; empty for the first.';
COMMENT ON COLUMN audit_seals.hash IS
    'The seal''s own hash, see audit_seal_hash. Kept elsewhere, it proves all seals up to this one.';
COMMENT ON COLUMN audit_seals.rows_dropped_at IS
    'When the rows went with their month, by retention; null while they are there.';

COMMENT ON CONSTRAINT audit_seals_previous_hash_key ON audit_seals IS
    'Two seals never follow the same one: the chain has no branches.';
COMMENT ON CONSTRAINT audit_seals_month_is_its_first_day ON audit_seals IS
    'A month is written as its first day.';
COMMENT ON CONSTRAINT audit_seals_row_count_is_positive ON audit_seals IS 'A seal covers a row at least.';
COMMENT ON CONSTRAINT audit_seals_lists_hold_every_row_until_dropped ON audit_seals IS
    'A seal lists its rows and their hashes, and forgets them when the rows are dropped.';

CREATE FUNCTION audit_seals_append_only() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _of_dropping text[] := ARRAY['rows_dropped_at', 'row_ids', 'row_hashes'];
BEGIN
    -- Needs no lock: into a month that retention drops, no row comes any more.
    IF TG_OP = 'DELETE'
        OR OLD.rows_dropped_at IS NOT NULL
        OR NEW.rows_dropped_at IS NULL
        OR to_jsonb(OLD) - _of_dropping <> to_jsonb(NEW) - _of_dropping
        OR has_audit_rows(NEW.month)
    THEN
        PERFORM refuse(
            'audit_seals', 'audit_seals_append_only',
            format('seal %s is neither changed nor deleted', OLD.number),
            'A seal changes once: when the last row of its month is gone.',
            'Drop the month of audit_log first, then call mark_dropped_seals.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION audit_seals_append_only() IS
    'Trigger function: refuses every change of a seal but the mark that its rows were dropped.';

CREATE TRIGGER audit_seals_append_only
    AFTER UPDATE OR DELETE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION audit_seals_append_only();

COMMENT ON TRIGGER audit_seals_append_only ON audit_seals IS
    'A seal is neither changed nor deleted, but marked when the whole month of its rows is gone.';

CREATE TRIGGER audit_seals_not_truncated
    AFTER TRUNCATE ON audit_seals
    EXECUTE FUNCTION refuse_rewriting('audit_seals', 'audit_seals_not_truncated');

COMMENT ON TRIGGER audit_seals_not_truncated ON audit_seals IS 'The chain of seals is not emptied.';

-- What is hashed is the text of a JSON array, in UTF-8: JSON keeps nulls, numbers and texts apart,
-- and its text is the same whatever TimeZone, DateStyle, bytea_output or client_encoding a session
-- has set. Moments are seconds since 1970, hashes are in hexadecimal digits. Anybody can compute it
-- elsewhere.

CREATE FUNCTION audit_row_hash(_row audit_log) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256(convert_to(
        jsonb_build_array(
            (_row).id, (_row).transaction_id, extract(epoch FROM (_row).changed_at),
            (_row).entity_type, (_row).entity_id, (_row).action,
            (_row).old_values, (_row).new_values,
            (_row).actor, (_row).agent, (_row).session_id, (_row).request_id, (_row).client_address
        )::text,
        'UTF8'
    ));

COMMENT ON FUNCTION audit_row_hash(audit_log) IS
    'SHA-256 of a row of the log: of the JSON array of its columns, the same in every session.';

CREATE FUNCTION audit_content_hash(_row_ids bigint[], _row_hashes bytea[]) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT sha256(coalesce(
            string_agg(int8send(sealed.id) || sealed.hash, '' ORDER BY sealed.place), ''
        ))
        FROM unnest(_row_ids, _row_hashes) WITH ORDINALITY AS sealed (id, hash, place)
    );

COMMENT ON FUNCTION audit_content_hash(bigint[], bytea[]) IS
    'SHA-256 of the ids of rows, each followed by the hash of the row.';

CREATE FUNCTION audit_seal_hash(_seal audit_seals) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN sha256((_seal).previous_hash || convert_to(
        jsonb_build_array(
            (_seal).number, to_char((_seal).month, 'YYYY-MM'), (_seal).row_count,
            encode((_seal).content_hash, 'hex'), (_seal).highest_id,
            (_seal).system_identifier, (_seal).horizon, (_seal).adopted_id,
            extract(epoch FROM (_seal).sealed_at)
        )::text,
        'UTF8'
    ));

COMMENT ON FUNCTION audit_seal_hash(audit_seals) IS
    'SHA-256 of a seal: of the hash of the seal before, followed by the JSON array of what this one says.';

CREATE FUNCTION has_audit_rows(_month date) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (
        SELECT FROM audit_log
        WHERE changed_at >= _month::timestamp AT TIME ZONE 'UTC'
            AND changed_at < (_month + interval '1 month') AT TIME ZONE 'UTC'
    );

COMMENT ON FUNCTION has_audit_rows(date) IS 'Whether the log has rows of a month.';

CREATE FUNCTION audit_clock(
    OUT system_identifier bigint, OUT horizon bigint, OUT beyond bigint
)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            control.system_identifier,
            pg_snapshot_xmin(snapshot)::text::bigint,
            pg_snapshot_xmax(snapshot)::text::bigint
        FROM pg_control_system() AS control, pg_current_snapshot() AS snapshot;
    END;

COMMENT ON FUNCTION audit_clock() IS
    'Which server counts the transactions, below which number all have ended, and from which number on none has begun.';

CREATE FUNCTION audit_seals_made_at_read_committed(_isolation text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF _isolation <> 'read committed' THEN
        PERFORM refuse(
            'audit_seals', 'audit_seals_made_at_read_committed',
            format('no seal is made at %s', _isolation),
            'A transaction with one snapshot does not see the seal for which it has waited.',
            'Call seal_audit_log in a transaction at READ COMMITTED.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION audit_seals_made_at_read_committed(text) IS
    'Seals are made one after another, each in sight of the one before.';

CREATE FUNCTION seal_audit_log(_rows_per_seal integer DEFAULT 10000) RETURNS SETOF audit_seals
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _last audit_seals;
    _clock record;
    _is_other_server boolean;
    _adopted_id bigint;
    _part record;
    _next audit_seals;
BEGIN
    PERFORM audit_seals_made_at_read_committed(current_setting('transaction_isolation'));
    -- One sealer after the other; the statements below see the seals that the lock has waited for.
    -- Writers of the log are never waited for, nor do they wait: all that is sealed is of
    -- transactions that have ended, so that nothing can come to it later.
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || '.audit_seals', 4));
    SELECT seal.* INTO _last FROM audit_seals AS seal ORDER BY seal.number DESC LIMIT 1;

    -- In one statement, so that a row beyond the snapshot is surely of another server. What such a
    -- server wrote has lower ids than all that is written here since the restore.
    SELECT
        clock.*,
        coalesce(
            (SELECT max(id) FROM audit_log WHERE transaction_id >= clock.beyond), 0
        ) AS foreign_id
    INTO _clock
    FROM audit_clock() AS clock;
    _is_other_server := _last.system_identifier IS DISTINCT FROM _clock.system_identifier
        OR _clock.horizon < _last.horizon;
    _adopted_id := coalesce(_last.adopted_id, 0);
    IF _is_other_server THEN
        _adopted_id := greatest(_adopted_id, _clock.foreign_id);
    END IF;

    FOR _part IN
        SELECT
            due.month,
            count(*) AS row_count,
            array_agg(due.id ORDER BY due.transaction_id, due.id) AS row_ids,
            array_agg(due.hash ORDER BY due.transaction_id, due.id) AS row_hashes,
            max(due.id) AS highest_id
        FROM (
            SELECT
                entry.id,
                entry.transaction_id,
                audit_row_hash(entry) AS hash,
                in_month.month,
                (row_number() OVER (
                    PARTITION BY in_month.month ORDER BY entry.transaction_id, entry.id
                ) - 1) / _rows_per_seal AS part
            FROM audit_log AS entry
            CROSS JOIN LATERAL (
                SELECT date_trunc('month', entry.changed_at AT TIME ZONE 'UTC')::date
            ) AS in_month (month)
            -- What is not sealed, as verify_audit_log knows it, and will not become more.
            WHERE entry.id > coalesce(_last.adopted_id, 0)
                AND (
                    entry.transaction_id >= coalesce(_last.horizon, 0)
                    OR (_is_other_server AND entry.id > coalesce(_last.highest_id, 0))
                )
                AND (entry.transaction_id < _clock.horizon OR entry.id <= _adopted_id)
        ) AS due
        GROUP BY due.month, due.part
        ORDER BY due.month, due.part
    LOOP
        _next := NULL;
        _next.number := coalesce(_last.number, 0) + 1;
        _next.month := _part.month;
        _next.row_count := _part.row_count;
        _next.row_ids := _part.row_ids;
        _next.row_hashes := _part.row_hashes;
        _next.content_hash := audit_content_hash(_part.row_ids, _part.row_hashes);
        _next.highest_id := greatest(_last.highest_id, _part.highest_id);
        _next.system_identifier := _clock.system_identifier;
        _next.horizon := _clock.horizon;
        _next.adopted_id := _adopted_id;
        _next.sealed_at := clock_timestamp();
        _next.previous_hash := coalesce(_last.hash, '');
        _next.hash := audit_seal_hash(_next);
        INSERT INTO audit_seals VALUES (_next.*);
        RETURN NEXT _next;
        _last := _next;
    END LOOP;
END
$$;

COMMENT ON FUNCTION seal_audit_log(integer) IS
    'Seals what is recorded and not sealed yet, as far as its transactions and all before them have ended. The seals made, oldest first; none when there is nothing to seal.';

CREATE FUNCTION verify_audit_log(_kept_hash bytea DEFAULT NULL)
RETURNS TABLE (fault audit_fault, seal_number bigint, row_id bigint, detail text)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH chain AS (
        SELECT
            seal AS whole,
            seal.number,
            seal.month,
            seal.hash,
            seal.previous_hash,
            seal.content_hash,
            seal.row_ids,
            seal.row_hashes,
            seal.rows_dropped_at,
            coalesce(lag(seal.number) OVER in_order, 0) AS number_before,
            coalesce(lag(seal.hash) OVER in_order, '') AS hash_before
        FROM audit_seals AS seal
        WINDOW in_order AS (ORDER BY seal.number)
    ), last AS (
        SELECT
            seal.number,
            seal.adopted_id,
            seal.horizon,
            seal.highest_id,
            seal.system_identifier <> clock.system_identifier
                OR clock.horizon < seal.horizon AS is_of_other_server
        FROM audit_seals AS seal
        CROSS JOIN audit_clock() AS clock
        ORDER BY seal.number DESC
        LIMIT 1
    ), sealed AS (
        SELECT chain.number, chain.month, entry.id, entry.hash
        FROM chain
        CROSS JOIN LATERAL unnest(chain.row_ids, chain.row_hashes) AS entry (id, hash)
    ), logged AS (
        SELECT entry.id, entry.transaction_id, entry.entity_type, entry.entity_id, entry.action,
            audit_row_hash(entry) AS hash
        FROM audit_log AS entry
    )
    SELECT
        CASE
            WHEN logged.id IS NULL THEN 'row_removed'
            WHEN sealed.id IS NULL THEN 'row_inserted'
            ELSE 'row_changed'
        END::audit_fault,
        sealed.number,
        coalesce(sealed.id, logged.id),
        CASE
            WHEN logged.id IS NULL THEN format('a row of %s', to_char(sealed.month, 'YYYY-MM'))
            ELSE format('%s of %s %s', logged.action, logged.entity_type, logged.entity_id)
        END
    FROM sealed
    FULL JOIN logged ON logged.id = sealed.id
    WHERE sealed.hash IS DISTINCT FROM logged.hash
        -- What came since the last seal is in none yet.
        AND NOT (sealed.id IS NULL AND NOT EXISTS (
            SELECT FROM last
            WHERE logged.id <= last.adopted_id
                OR (
                    logged.transaction_id < last.horizon
                    AND NOT (last.is_of_other_server AND logged.id > last.highest_id)
                )
        ))

    UNION ALL
    SELECT 'seal_changed', chain.number, NULL, 'its rows are not those that it was made of'
    FROM chain
    WHERE chain.rows_dropped_at IS NULL
        AND chain.content_hash <> audit_content_hash(chain.row_ids, chain.row_hashes)

    UNION ALL
    SELECT 'seal_changed', chain.number, NULL, 'its hash is not that of what it says'
    FROM chain
    WHERE chain.hash <> audit_seal_hash(chain.whole)

    UNION ALL
    SELECT
        'seal_changed', chain.number, NULL,
        'its rows are marked as dropped, but those of other seals of the month are not'
    FROM chain
    WHERE chain.rows_dropped_at IS NOT NULL
        AND EXISTS (
            SELECT FROM audit_seals AS other
            WHERE other.month = chain.month AND other.rows_dropped_at IS NULL
        )

    UNION ALL
    SELECT
        'seal_changed', chain.number_before, NULL,
        format('it is not the seal that %s was made after', chain.number)
    FROM chain
    WHERE chain.number = chain.number_before + 1 AND chain.previous_hash <> chain.hash_before

    UNION ALL
    SELECT
        'seal_removed', chain.number_before + 1, NULL,
        format('%s seals are gone', chain.number - chain.number_before - 1)
    FROM chain
    WHERE chain.number > chain.number_before + 1

    UNION ALL
    SELECT
        'seals_cut_off', (SELECT number + 1 FROM last), NULL,
        'the seal that was kept elsewhere is not in the chain'
    WHERE NOT EXISTS (SELECT FROM audit_seals AS seal WHERE seal.hash = _kept_hash)
        AND _kept_hash IS NOT NULL
$$;

COMMENT ON FUNCTION verify_audit_log(bytea) IS
    'Compares the log with its seals. Each row is a fault: what, in which seal, which row, and more in words. No rows means sound. Given the hash of a seal that was kept elsewhere, it also finds that the latest seals were removed.';

CREATE FUNCTION mark_dropped_seals(_month date) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _count integer;
BEGIN
    UPDATE audit_seals
    SET rows_dropped_at = clock_timestamp(), row_ids = '{}', row_hashes = '{}'
    WHERE month = _month AND rows_dropped_at IS NULL;
    GET DIAGNOSTICS _count = ROW_COUNT;
    RETURN _count;
END
$$;

COMMENT ON FUNCTION mark_dropped_seals(date) IS
    'Marks the seals of a month, given as its first day, whose rows have been dropped. How many. Called by retention, which seals the log first, then drops the month; refused while the month has rows.';
