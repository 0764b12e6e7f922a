-- migrate:up

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

-- Shared by every table that has updated_at. Each table makes a trigger <table>_touch_updated_at.

CREATE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION touch_updated_at() IS
    'Trigger function: sets updated_at to the server''s clock on every update of a row.';

-- How an enforcing trigger speaks: as a declared rule does. A client finds the rule's name where it
-- finds the name of a broken check, and pgTAP asserts both in the same way.

CREATE FUNCTION refuse(_table text, _rule text, _message text, _detail text, _hint text)
RETURNS void
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        SCHEMA = current_schema(),
        TABLE = _table,
        CONSTRAINT = _rule,
        MESSAGE = _message,
        DETAIL = coalesce(_detail, ''),
        HINT = coalesce(_hint, '');
END
$$;

COMMENT ON FUNCTION refuse(text, text, text, text, text) IS
    'Raises check_violation in the name of a rule, with what happened and what the caller can do.';

-- Shared by every table that nobody may rewrite: by the history that no row leaves and no row
-- changes in, and by the TRUNCATE of every table whose changes are recorded row by row.

CREATE FUNCTION refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        TG_ARGV[0], TG_ARGV[1],
        format('%s refuses %s', TG_ARGV[0], TG_OP),
        NULL,
        CASE
            WHEN TG_OP = 'TRUNCATE' THEN 'Delete what is to go, row by row.'
            ELSE 'Insert a row that corrects it; what is old goes by retention.'
        END
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION refuse_rewriting() IS
    'Trigger function: refuses the command in the name of a rule. Arguments: the table, the rule.';

-- Shared by the tables whose status moves in a few fixed ways. Where a DBA may change the moves,
-- they are rows of a table of their own instead: task_status_transitions, and
-- pull_request_status_transitions.

CREATE FUNCTION refuse_other_moves(
    _table text, _rule text, _what text, _from text, _to text, _moves text[]
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A status that the caller knows no moves from has none.
    IF (_to = ANY (_moves)) IS NOT TRUE THEN
        PERFORM refuse(
            _table, _rule,
            format('%s cannot go from %s to %s', _what, _from, _to),
            format(
                'From %s it can go to: %s.',
                _from, coalesce(nullif(array_to_string(_moves, ', '), ''), 'nowhere')
            ),
            'Go by one of the statuses listed.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION refuse_other_moves(text, text, text, text, text, text[]) IS
    'Refuses, in the name of a rule, a status that is not among the moves from the one before.';

-- Tables that only grow are partitioned by month (UTC): what is old is dropped, not deleted.
-- Months are made ahead; a row of a month that nobody made goes to the default partition, and moves
-- when its month is made. The names of partitions are data here, so their DDL is composed.

CREATE FUNCTION refuse_truncate_of_partition(_table text, _partition text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _rule text := format('%s_not_truncated', _table);
BEGIN
    -- A partition gets the row triggers of its table from the server, but not those of TRUNCATE.
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = _table::regclass AND tgname = _rule) THEN
        EXECUTE format(
            'CREATE TRIGGER %I AFTER TRUNCATE ON %I EXECUTE FUNCTION refuse_rewriting(%L, %L)',
            _rule, _partition, _table, _rule
        );
    END IF;
END
$$;

COMMENT ON FUNCTION refuse_truncate_of_partition(text, text) IS
    'Gives a partition the rule <table>_not_truncated, where its table has it.';

CREATE FUNCTION lock_partitions(_table text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || '.' || _table, 3));
END
$$;

COMMENT ON FUNCTION lock_partitions(text) IS
    'Lets those who make or drop partitions of a table follow one another, until the end of the transaction.';

CREATE FUNCTION partition_key(_table text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    RETURN (
        SELECT attribute.attname
        FROM pg_partitioned_table AS partitioned
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = partitioned.partrelid
            AND attribute.attnum = partitioned.partattrs[0]
        WHERE partitioned.partrelid = _table::regclass
    );

COMMENT ON FUNCTION partition_key(text) IS
    'The column by which a table is partitioned; null when it is not.';

CREATE FUNCTION month_partition(_table text, _month date) RETURNS text
    LANGUAGE sql STABLE
    RETURN format('%s_%s', _table, to_char(_month, 'YYYY_MM'));

COMMENT ON FUNCTION month_partition(text, date) IS 'The name of the partition of a month of a table.';

CREATE FUNCTION make_month_partition(_table text, _month date) RETURNS text
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _partition text := month_partition(_table, _month);
    _key text := partition_key(_table);
    _from text := format('%s 00:00:00+00', _month);
    _until text := format('%s 00:00:00+00', (_month + interval '1 month')::date);
    _has_strays boolean;
BEGIN
    ASSERT _key IS NOT NULL, format('%s is not partitioned', _table);
    PERFORM lock_partitions(_table);
    IF to_regclass(_partition) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
        _partition, _table
    );
    -- From here on nobody adds a row of this month to the default partition. Whoever writes rows of
    -- months that are there is not kept waiting, for the table itself is never locked against them.
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', _table || '_default');
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %I WHERE %I >= %L AND %I < %L)',
        _table || '_default', _key, _from, _key, _until
    ) INTO _has_strays;
    IF _has_strays THEN
        -- A history refuses to delete, but here its rows only move.
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', _table || '_default');
        EXECUTE format(
            'WITH stray AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *)'
            || ' INSERT INTO %I SELECT * FROM stray',
            _table || '_default', _key, _from, _key, _until, _partition
        );
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', _table || '_default');
    END IF;
    EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        _table, _partition, _from, _until
    );
    PERFORM refuse_truncate_of_partition(_table, _partition);
    RETURN _partition;
END
$$;

COMMENT ON FUNCTION make_month_partition(text, date) IS
    'Makes the partition of a month of a table, moving rows out of the default partition. Its name; null when it is there already.';

CREATE FUNCTION make_month_partitions(_table text, _months_ahead integer DEFAULT 3)
RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _default text := format('%s_default', _table);
BEGIN
    PERFORM lock_partitions(_table);
    IF to_regclass(_default) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', _default, _table);
        PERFORM refuse_truncate_of_partition(_table, _default);
    END IF;
    RETURN QUERY
    SELECT made.partition
    FROM generate_series(0, _months_ahead) AS ahead
    CROSS JOIN LATERAL (
        SELECT make_month_partition(
            _table,
            (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC')
                + make_interval(months => ahead))::date
        )
    ) AS made (partition)
    WHERE made.partition IS NOT NULL;
END
$$;

COMMENT ON FUNCTION make_month_partitions(text, integer) IS
    'Makes the default partition, and those of this month and of some months ahead. The names of the months that were missing.';

-- What is old goes by the month: a partition is dropped whole, in no time. Rows of a month that
-- nobody made are moved out of the default partition first. Like make_month_partition, this
-- composes its DDL.

CREATE FUNCTION list_month_partitions(_table text)
RETURNS TABLE (partition text, month date, row_estimate bigint, size_bytes bigint)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        part.relname::text,
        to_date(right(part.relname, 7), 'YYYY_MM'),
        greatest(part.reltuples, 0)::bigint,
        pg_total_relation_size(part.oid)
    FROM pg_inherits AS child
    JOIN pg_class AS part ON part.oid = child.inhrelid
    WHERE child.inhparent = _table::regclass AND part.relname ~ '_[0-9]{4}_[0-9]{2}$'
$$;

COMMENT ON FUNCTION list_month_partitions(text) IS
    'The months of a partitioned table, with the server''s estimate of their rows (0 when it was never analysed) and their size in bytes.';

CREATE FUNCTION list_strays(_table text)
RETURNS TABLE (partition text, month date, row_count bigint)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        $query$
        SELECT month_partition(%L, stray.month), stray.month, count(*)
        FROM %I
        CROSS JOIN LATERAL (
            SELECT date_trunc('month', %I AT TIME ZONE 'UTC')::date AS month
        ) AS stray
        GROUP BY stray.month
        $query$,
        _table, _table || '_default', partition_key(_table)
    );
END
$$;

COMMENT ON FUNCTION list_strays(text) IS
    'The months of the rows in the default partition of a table, with their number and the partition that would hold them.';

CREATE FUNCTION make_months_of_strays(_table text) RETURNS SETOF text
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    SELECT make_month_partition(_table, month) FROM list_strays(_table) ORDER BY month
$$;

COMMENT ON FUNCTION make_months_of_strays(text) IS
    'Makes the months of the rows in the default partition of a table, and moves them there.';

CREATE FUNCTION drop_month_partitions(_table text, _before timestamptz) RETURNS SETOF text
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    -- Dropping waits for whoever uses the table, and the others wait behind it: not for long.
    SET lock_timeout = '10s'
    AS $$
DECLARE
    _partition text;
BEGIN
    PERFORM lock_partitions(_table);
    PERFORM make_months_of_strays(_table);
    FOR _partition IN
        SELECT listed.partition
        FROM list_month_partitions(_table) AS listed
        WHERE listed.month + interval '1 month' <= _before AT TIME ZONE 'UTC'
        ORDER BY listed.month
    LOOP
        EXECUTE format('DROP TABLE %I', _partition);
        RETURN NEXT _partition;
    END LOOP;
END
$$;

COMMENT ON FUNCTION drop_month_partitions(text, timestamptz) IS
    'Drops the months of a table that ended before a moment. Their names.';

CREATE FUNCTION maintain_partitions(_months_ahead integer DEFAULT 3) RETURNS SETOF text
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    SELECT made.partition
    FROM pg_class AS class
    CROSS JOIN LATERAL make_month_partitions(class.relname, _months_ahead) AS made (partition)
    WHERE class.relnamespace = current_schema()::regnamespace AND class.relkind = 'p'
    ORDER BY class.relname, made.partition
$$;

COMMENT ON FUNCTION maintain_partitions(integer) IS
    'Makes this month and some months ahead for every table that is partitioned by month. The names of those that were missing. To be run once a month or more often.';

-- One address for all spellings of a repository, so that two of them can be compared: by https, by
-- ssh, as git@host:path, with and without .git.

CREATE FUNCTION normalised_repository(_url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT
            -- The host, whose case does not matter, without the port that is used anyway.
            regexp_replace(lower(split_part(address.text, '/', 1)), ':(22|443)$', '')
            || nullif(
                regexp_replace(
                    regexp_replace(substring(address.text FROM '/.*'), '(/|\.git)+$', ''),
                    '/+', '/', 'g'
                ),
                ''
            )
        FROM (
            SELECT CASE
                WHEN _url ~ '^[A-Za-z][A-Za-z0-9+.-]*://'
                -- What stands between scheme and path is the host, perhaps with a user before it;
                -- what follows a question mark or a number sign is no part of the path.
                THEN regexp_replace(
                    regexp_replace(_url, '^[^:]*://([^/@]*@)?', ''), '[?#].*$', ''
                )
                -- user@host:path
                ELSE regexp_replace(regexp_replace(_url, '^[^/@:]*@', ''), ':/*', '/')
            END
        ) AS address (text)
    );

COMMENT ON FUNCTION normalised_repository(text) IS
    'host/path of a repository, the same for every spelling of its address: https://host/path.git, ssh://git@host/path, git@host:path. The case of the host does not matter, that of the path does; a port of its own stays. Null when there is no path.';

-- Shared by whatever is more or less grave: events, errors, alerts.

CREATE TYPE severity AS ENUM ('debug', 'info', 'warning', 'error', 'critical');

COMMENT ON TYPE severity IS 'How grave something is; what is compared as greater is graver.';

-- What every full-text search shares: how words become a query, and what helps when they are
-- spelled wrong. Trigrams are those of pg_trgm, made here so that a search works without it.

CREATE FUNCTION search_query(_words text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT CASE
            -- The last word may still be being typed; not so one that is to be absent, or the end
            -- of a phrase.
            WHEN query::text ~ '(^|[^!])''([^'']|'''')*''$' AND _words ~ '[[:alnum:]][^\s"]*$'
                THEN (query::text || ':*')::tsquery
            ELSE query
        END
        -- A dash that stands alone is no minus, nor are several: it would keep out the next word,
        -- and a long row of them is more than the server can parse.
        FROM websearch_to_tsquery(
            'english',
            regexp_replace(_words, '(?<![[:alnum:]-])(--+|-(?=[\s!&|()<]|$))', ' ', 'g')
        ) AS query
    );

COMMENT ON FUNCTION search_query(text) IS
    'What a person types, as a query: words, "phrases", or, -without; the last word as a beginning.';

CREATE FUNCTION trigrams(_text text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT substr('  ' || word || ' ', place, 3)
        -- The places of a word are counted from its beginning each time: a long one costs a second.
        FROM regexp_split_to_table(lower(left(_text, 1000)), '[^[:alnum:]]+') AS word
        CROSS JOIN LATERAL generate_series(1, length(word) + 1) AS place
        WHERE word <> ''
        ORDER BY 1
    );

COMMENT ON FUNCTION trigrams(text) IS
    'All pieces of three characters of each word, which begins with two spaces and ends with one; of a long text those of its first 1000 characters.';

CREATE FUNCTION likeness(_words text, _text text) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(avg((trigram = ANY (known))::integer), 0)::double precision
        FROM trigrams(_text) AS known
        CROSS JOIN unnest(trigrams(_words)) AS trigram
    );

COMMENT ON FUNCTION likeness(text, text) IS
    'Share of the trigrams of some words that a text has, 0 to 1; 0.5 allows about one slip a word.';

CREATE FUNCTION search_snippet(_text text, _query tsquery) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ts_headline(
        'english', left(_text, 100000), _query,
        'StartSel=**, StopSel=**, MaxFragments=2, MaxWords=24, MinWords=8'
    );

COMMENT ON FUNCTION search_snippet(text, tsquery) IS
    'Where a text speaks of what was searched, with the words between **. Costly: for the rows of one page only.';

-- One row is a change of one row of another table: what it was, what it became, who did it, when,
-- in which transaction. The trigger record_change writes it, or claim_tasks and complete_executions
-- for what they change; nobody changes it. It goes when its month is dropped by retention. It
-- refers to nothing: it outlives what it tells of.

CREATE TYPE audit_action AS ENUM ('insert', 'update', 'delete');

COMMENT ON TYPE audit_action IS 'What was done to a row.';

-- Every claim writes here, so this is a domain, not a check: docs/decisions/0002.
CREATE DOMAIN audit_values AS jsonb
    CONSTRAINT audit_values_is_object CHECK (jsonb_typeof(VALUE) = 'object');

COMMENT ON DOMAIN audit_values IS 'Columns of a row and what they held.';
COMMENT ON CONSTRAINT audit_values_is_object ON DOMAIN audit_values IS
    'Old and new values are JSON objects.';

CREATE TABLE audit_log (
    id             bigint        GENERATED ALWAYS AS IDENTITY,
    changed_at     timestamptz   NOT NULL DEFAULT clock_timestamp(),
    transaction_id bigint        NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    entity_type    text          NOT NULL,
    entity_id      text          NOT NULL,
    action         audit_action  NOT NULL,
    old_values     audit_values,
    new_values     audit_values,
    actor          text          NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    agent          text          DEFAULT nullif(current_setting('taskspine.agent', true), ''),
    session_id     text          DEFAULT nullif(current_setting('taskspine.session', true), ''),
    request_id     text          DEFAULT nullif(current_setting('taskspine.request', true), ''),
    client_address inet          DEFAULT inet_client_addr(),

    CONSTRAINT audit_log_pkey PRIMARY KEY (changed_at, id),
    CONSTRAINT audit_log_values_fit_action
        CHECK (
            (old_values IS NOT NULL) = (action <> 'insert')
            AND (new_values IS NOT NULL) = (action <> 'delete')
        )
) PARTITION BY RANGE (changed_at);

-- What happened to one thing: its timeline, its past, and whether a change can be taken back. By
-- patterns, so that it also serves all keys that begin with the key of a task.
CREATE INDEX audit_log_entity_id_entity_type_id_idx
    ON audit_log (entity_id text_pattern_ops, entity_type, id);

-- What came since the last seal, and a change by its id. Rows come nearly in the order of both, so
-- that a range of blocks says enough.
CREATE INDEX audit_log_transaction_id_id_idx ON audit_log USING brin (transaction_id, id)
    WITH (autosummarize = on);

COMMENT ON TABLE audit_log IS
    'Every change of every audited table, row by row. Not audited: a history itself.';
COMMENT ON COLUMN audit_log.changed_at IS 'When the row changed, by the server''s clock.';
COMMENT ON COLUMN audit_log.transaction_id IS 'The transaction that changed it.';
COMMENT ON COLUMN audit_log.entity_type IS 'The table.';
COMMENT ON COLUMN audit_log.entity_id IS 'The key of the row; the parts of a longer key joined by slashes.';
COMMENT ON COLUMN audit_log.old_values IS
    'Object: of an update the columns that changed, as they were; of a delete the whole row.';
COMMENT ON COLUMN audit_log.new_values IS
    'Object: of an update the columns that changed, as they are; of an insert the whole row.';
COMMENT ON COLUMN audit_log.actor IS 'Who did it: the setting taskspine.actor, or else the role that logged in.';
COMMENT ON COLUMN audit_log.agent IS 'Which agent did it: the setting taskspine.agent.';
COMMENT ON COLUMN audit_log.session_id IS 'In which session: the setting taskspine.session.';
COMMENT ON COLUMN audit_log.request_id IS 'For which request: the setting taskspine.request.';
COMMENT ON COLUMN audit_log.client_address IS 'From where; null over a socket.';

COMMENT ON CONSTRAINT audit_log_values_fit_action ON audit_log IS
    'An insert has new values, a delete old ones, an update both.';

CREATE TRIGGER audit_log_append_only
    AFTER UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('audit_log', 'audit_log_append_only');

COMMENT ON TRIGGER audit_log_append_only ON audit_log IS 'What was recorded is neither changed nor deleted.';

CREATE TRIGGER audit_log_not_truncated
    AFTER TRUNCATE ON audit_log
    EXECUTE FUNCTION refuse_rewriting('audit_log', 'audit_log_not_truncated');

COMMENT ON TRIGGER audit_log_not_truncated ON audit_log IS 'What was recorded is not emptied.';

CREATE FUNCTION record_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path FROM CURRENT
    AS $$
DECLARE
    -- What the database keeps by itself follows from other changes, and is not recorded.
    _derived text[] := TG_ARGV[2:] || ARRAY['updated_at'];
    _old jsonb;
    _new jsonb;
    _row jsonb;
    _entity_id text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        _old := to_jsonb(OLD) - _derived;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        _new := to_jsonb(NEW) - _derived;
    END IF;
    _row := coalesce(_old, _new);
    _entity_id := coalesce(_row ->> TG_ARGV[1], (
        SELECT string_agg(_row ->> key.name, '/' ORDER BY key.place)
        FROM string_to_table(TG_ARGV[1], ' ') WITH ORDINALITY AS key (name, place)
    ));
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, _row -> key), jsonb_object_agg(key, value)
        INTO _old, _new
        FROM jsonb_each(_new)
        WHERE value IS DISTINCT FROM _row -> key;
        IF _new IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
    VALUES (TG_ARGV[0], _entity_id, lower(TG_OP)::audit_action, _old, _new);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION record_change() IS
    'Trigger function: records a change of a row. Arguments: the table, the columns of its key with spaces between, then columns that follow from others and are left out, as updated_at always is.';

SELECT make_month_partitions('audit_log');

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

-- What was changed, by whom, in short. Latest first is for the query to ask.

CREATE VIEW recent_activity WITH (security_invoker = true) AS
SELECT
    change.id,
    change.changed_at AS occurred_at,
    change.actor,
    change.agent,
    change.action,
    change.entity_type,
    change.entity_id,
    ARRAY(
        SELECT column_name
        FROM jsonb_object_keys(coalesce(change.new_values, change.old_values)) AS column_name
        ORDER BY column_name
    ) AS columns,
    change.old_values::jsonb AS old_values,
    change.new_values::jsonb AS new_values,
    change.session_id,
    change.request_id,
    change.client_address
FROM audit_log AS change;

COMMENT ON VIEW recent_activity IS 'Changes of all audited tables: who did what to which row.';
COMMENT ON COLUMN recent_activity.columns IS
    'The columns that changed, in alphabetical order; all of the row when it was inserted or deleted.';

-- What undoing every change after a moment makes of the rows of a table: the common part of all
-- functions that tell how something was. A change counts from when it was made, not from the end of
-- its transaction.

CREATE FUNCTION changes_undone(_entity_type text, _at timestamptz)
RETURNS TABLE (entity_id text, is_there boolean, old_values jsonb)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        change.entity_id,
        -- What the first change after the moment made was not there before.
        min(change.id) IS DISTINCT FROM min(change.id) FILTER (WHERE change.action = 'insert'),
        -- Of several values of one column the last one counts: that of the first change.
        coalesce(
            jsonb_object_agg(field.key, field.value ORDER BY change.id DESC)
                FILTER (WHERE field.key IS NOT NULL),
            '{}'
        )
    FROM audit_log AS change
    LEFT JOIN LATERAL jsonb_each(change.old_values) AS field ON true
    WHERE change.entity_type = _entity_type AND change.changed_at > _at
    GROUP BY change.entity_id
$$;

COMMENT ON FUNCTION changes_undone(text, timestamptz) IS
    'The rows of a table that have changed since a moment: whether each was there, and what its columns held where they are not as they were.';

-- Taking back one recorded change. The tables are data here, as they are to the log, so the
-- statements are composed: from the names of tables that have the trigger record_change and of
-- columns that the log tells of, all quoted; the values are parameters.

CREATE FUNCTION recorded_key(_table text) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    -- The arguments of the trigger: the table, then the columns of its key.
    SELECT string_to_array((string_to_array(encode(trigger.tgargs, 'escape'), '\000'))[2], ' ')
    FROM pg_trigger AS trigger
    JOIN pg_class AS relation ON relation.oid = trigger.tgrelid
    WHERE relation.relname = _table
        AND relation.relnamespace = current_schema()::regnamespace
        AND trigger.tgfoid = 'record_change()'::regprocedure
    ORDER BY trigger.tgname
    LIMIT 1
$$;

COMMENT ON FUNCTION recorded_key(text) IS
    'The columns by which the log knows the rows of a table; null when it does not record the table.';

CREATE FUNCTION audit_log_reverts_audited_tables(_change audit_log) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'audit_log', 'audit_log_reverts_audited_tables',
        format('change %s is of %s, whose rows cannot be found', _change.id, _change.entity_type),
        format('Row: %s', _change.entity_id),
        'Mend by hand what the change tells of.'
    );
END
$$;

COMMENT ON FUNCTION audit_log_reverts_audited_tables(audit_log) IS
    'A change is taken back in a table whose changes are recorded.';

CREATE FUNCTION audit_log_reverts_what_is_untouched(_change audit_log, _detail text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'audit_log', 'audit_log_reverts_what_is_untouched',
        format(
            'change %s of %s %s was followed by others',
            _change.id, _change.entity_type, _change.entity_id
        ),
        _detail,
        'Revert the later change first, or set by hand what is to be as it was.'
    );
END
$$;

COMMENT ON FUNCTION audit_log_reverts_what_is_untouched(audit_log, text) IS
    'A change is taken back while no later one has touched the same columns of the row.';

CREATE FUNCTION revert_change(_change_id bigint) RETURNS SETOF audit_log
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _change audit_log;
    _later audit_log;
    _key text[];
    _key_values jsonb;
    _entity_id text;
    _is_same_row text;
    _is_there boolean;
    _last_id bigint;
BEGIN
    SELECT entry.* INTO _change FROM audit_log AS entry WHERE entry.id = _change_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    _key := recorded_key(_change.entity_type);
    _key_values := CASE
        WHEN cardinality(_key) = 1 THEN jsonb_build_object(_key[1], _change.entity_id)
        WHEN cardinality(_key) = cardinality(string_to_array(_change.entity_id, '/'))
            THEN jsonb_object(_key, string_to_array(_change.entity_id, '/'))
    END;
    IF _key_values IS NULL THEN
        PERFORM audit_log_reverts_audited_tables(_change);
    END IF;
    -- The row goes by the key that the change gave it.
    _key_values := _key_values || coalesce(_change.new_values, '{}');
    _entity_id := (
        SELECT string_agg(_key_values ->> part.name, '/' ORDER BY part.place)
        FROM unnest(_key) WITH ORDINALITY AS part (name, place)
    );
    _is_same_row := (
        SELECT string_agg(format('present.%1$I = named.%1$I', part.name), ' AND ')
        FROM unnest(_key) AS part (name)
    );

    -- The row is locked first, so that the log, read after it, tells of every change until the one
    -- that is made here. A row that is gone is not locked: two who bring it back meet at its key.
    EXECUTE format(
        'SELECT FROM %1$I AS present, jsonb_populate_record(NULL::%1$I, $1) AS named'
        || ' WHERE %2$s FOR UPDATE OF present',
        _change.entity_type, _is_same_row
    ) USING _key_values;
    GET DIAGNOSTICS _is_there = ROW_COUNT;
    SELECT entry.* INTO _later
    FROM audit_log AS entry
    WHERE entry.entity_type = _change.entity_type
        AND entry.entity_id = _entity_id
        AND entry.id > _change.id
        AND (
            _change.action <> 'update'
            OR entry.action <> 'update'
            OR entry.old_values ?| ARRAY(SELECT jsonb_object_keys(_change.old_values))
        )
    ORDER BY entry.id
    LIMIT 1;
    IF FOUND THEN
        PERFORM audit_log_reverts_what_is_untouched(_change, format(
            'Change %s, %s by %s at %s%s',
            _later.id, _later.action, _later.actor, _later.changed_at,
            (
                SELECT ': ' || string_agg(touched.name, ', ' ORDER BY touched.name)
                FROM jsonb_object_keys(_later.old_values) AS touched (name)
                WHERE _later.action = 'update' AND _change.old_values ? touched.name
            )
        ));
    ELSIF _is_there <> (_change.action <> 'delete') THEN
        PERFORM audit_log_reverts_what_is_untouched(_change, format(
            'The row is %s, by a change that was not recorded.',
            CASE WHEN _is_there THEN 'there again' ELSE 'gone' END
        ));
    END IF;

    _last_id := (
        SELECT max(entry.id) FROM audit_log AS entry
        WHERE entry.entity_type = _change.entity_type AND entry.entity_id = _entity_id
    );
    CASE _change.action
        WHEN 'insert' THEN
            EXECUTE format(
                'DELETE FROM %1$I AS present'
                || ' USING jsonb_populate_record(NULL::%1$I, $1) AS named WHERE %2$s',
                _change.entity_type, _is_same_row
            ) USING _key_values;
        WHEN 'update' THEN
            EXECUTE format(
                'UPDATE %1$I AS present SET %3$s'
                || ' FROM jsonb_populate_record(NULL::%1$I, $1) AS named,'
                || ' jsonb_populate_record(NULL::%1$I, $2) AS former WHERE %2$s',
                _change.entity_type, _is_same_row,
                (
                    SELECT string_agg(format('%1$I = former.%1$I', name), ', ')
                    FROM jsonb_object_keys(_change.old_values) AS name
                )
            ) USING _key_values, _change.old_values;
        WHEN 'delete' THEN
            EXECUTE format(
                'INSERT INTO %1$I (%2$s) OVERRIDING SYSTEM VALUE'
                || ' SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1) AS former',
                _change.entity_type,
                (
                    SELECT string_agg(quote_ident(name), ', ')
                    FROM jsonb_object_keys(_change.old_values) AS name
                )
            ) USING _change.old_values;
    END CASE;

    RETURN QUERY
    SELECT entry.*
    FROM audit_log AS entry
    WHERE entry.entity_type = _change.entity_type
        AND entry.entity_id IN (_entity_id, _change.entity_id)
        AND entry.id > _last_id
        AND entry.transaction_id = pg_current_xact_id()::text::bigint
    ORDER BY entry.id
    LIMIT 1;
END
$$;

COMMENT ON FUNCTION revert_change(bigint) IS
    'Takes back one change of a row, within the rules of its table. The change that does so, as it was recorded; nothing when there is no change of that id.';

-- One row is a fact that is no change of a row: what a component, an agent or a webhook reports.
-- Whoever sees it records it, and nobody changes it; it goes when its month is dropped by
-- retention. It refers to nothing by a foreign key: it outlives what it tells of.

CREATE TYPE event_category AS ENUM (
    'task', 'execution', 'pr', 'validation', 'system', 'webhook'
);

COMMENT ON TYPE event_category IS 'What an event is about, or where it comes from.';

CREATE TABLE events (
    id             bigint          GENERATED ALWAYS AS IDENTITY,
    occurred_at    timestamptz     NOT NULL DEFAULT clock_timestamp(),
    type           text            NOT NULL,
    category       event_category  NOT NULL,
    severity       severity        NOT NULL DEFAULT 'info',
    source         text            NOT NULL,
    target         text,
    payload        jsonb           NOT NULL DEFAULT '{}',
    correlation_id text,
    trace_id       text,
    task_id        uuid,
    execution_id   bigint,
    workflow_id    uuid,
    project_id     uuid,
    actor          text            NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    agent          text            DEFAULT nullif(current_setting('taskspine.agent', true), ''),

    CONSTRAINT events_pkey PRIMARY KEY (occurred_at, id),
    CONSTRAINT events_occurred_at_is_a_moment CHECK (isfinite(occurred_at)),
    CONSTRAINT events_type_is_dotted_identifier
        CHECK (type ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(type) <= 100),
    CONSTRAINT events_source_has_1_to_200_characters
        CHECK (source ~ '\S' AND length(source) <= 200),
    CONSTRAINT events_target_has_1_to_200_characters
        CHECK (target ~ '\S' AND length(target) <= 200),
    CONSTRAINT events_payload_is_object CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT events_payload_up_to_1_mb CHECK (octet_length(payload::text) <= 1048576),
    CONSTRAINT events_correlation_id_has_1_to_200_characters
        CHECK (correlation_id ~ '\S' AND length(correlation_id) <= 200),
    CONSTRAINT events_trace_id_has_1_to_200_characters
        CHECK (trace_id ~ '\S' AND length(trace_id) <= 200)
) PARTITION BY RANGE (occurred_at);

-- get_event.
CREATE INDEX events_id_idx ON events (id);

-- list_events of a task, and its timeline.
CREATE INDEX events_task_id_occurred_at_id_idx ON events (task_id, occurred_at, id)
    WHERE task_id IS NOT NULL;

-- list_events of an attempt.
CREATE INDEX events_execution_id_occurred_at_id_idx ON events (execution_id, occurred_at, id)
    WHERE execution_id IS NOT NULL;

-- list_events of a workflow, and workflow_events.
CREATE INDEX events_workflow_id_occurred_at_id_idx ON events (workflow_id, occurred_at, id)
    WHERE workflow_id IS NOT NULL;

-- list_events of a project.
CREATE INDEX events_project_id_occurred_at_id_idx ON events (project_id, occurred_at, id)
    WHERE project_id IS NOT NULL;

-- list_events of a chain of causes.
CREATE INDEX events_correlation_id_occurred_at_id_idx ON events (correlation_id, occurred_at, id)
    WHERE correlation_id IS NOT NULL;

-- list_events of a trace.
CREATE INDEX events_trace_id_occurred_at_id_idx ON events (trace_id, occurred_at, id)
    WHERE trace_id IS NOT NULL;

-- list_events of a type.
CREATE INDEX events_type_occurred_at_id_idx ON events (type, occurred_at, id);

-- list_events of a category.
CREATE INDEX events_category_occurred_at_id_idx ON events (category, occurred_at, id);

-- list_events that are grave: few among many.
CREATE INDEX events_grave_idx ON events (occurred_at, id) WHERE severity >= 'warning';

COMMENT ON TABLE events IS
    'What components, agents and webhooks report. Not audited: a history itself.';
COMMENT ON COLUMN events.occurred_at IS 'When it happened; by the server''s clock, unless whoever reports it knows better.';
COMMENT ON COLUMN events.type IS 'What happened: a lower-case word, or several with dots between, such as pull_request.opened.';
COMMENT ON COLUMN events.source IS 'Name of the component that reports it.';
COMMENT ON COLUMN events.target IS 'Name of the component that it is meant for.';
COMMENT ON COLUMN events.payload IS 'Object of what is to be known about it.';
COMMENT ON COLUMN events.correlation_id IS 'Joins what belongs to one cause, across components.';
COMMENT ON COLUMN events.trace_id IS 'The trace of a tracing system.';
COMMENT ON COLUMN events.task_id IS 'The task that it is about, which may be gone.';
COMMENT ON COLUMN events.execution_id IS 'The attempt that it is about, which may be gone.';
COMMENT ON COLUMN events.workflow_id IS 'The workflow that it is about, which may be gone.';
COMMENT ON COLUMN events.project_id IS 'The project that it is about, which may be gone.';
COMMENT ON COLUMN events.actor IS 'Who reported it: the setting taskspine.actor, or else the role that logged in.';
COMMENT ON COLUMN events.agent IS 'Which agent reported it: the setting taskspine.agent.';

COMMENT ON CONSTRAINT events_occurred_at_is_a_moment ON events IS 'What happened did so at a moment, not at infinity.';
COMMENT ON CONSTRAINT events_type_is_dotted_identifier ON events IS
    'A type is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT events_source_has_1_to_200_characters ON events IS
    'A source has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT events_target_has_1_to_200_characters ON events IS
    'A target has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT events_payload_is_object ON events IS 'A payload is a JSON object.';
COMMENT ON CONSTRAINT events_payload_up_to_1_mb ON events IS 'A payload has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT events_correlation_id_has_1_to_200_characters ON events IS
    'A correlation id has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT events_trace_id_has_1_to_200_characters ON events IS
    'A trace id has 1 to 200 characters and is not blank.';

CREATE TRIGGER events_append_only
    AFTER UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('events', 'events_append_only');

COMMENT ON TRIGGER events_append_only ON events IS 'What was recorded is neither changed nor deleted.';

CREATE TRIGGER events_not_truncated
    AFTER TRUNCATE ON events
    EXECUTE FUNCTION refuse_rewriting('events', 'events_not_truncated');

COMMENT ON TRIGGER events_not_truncated ON events IS 'What was recorded is not emptied.';

SELECT make_month_partitions('events');

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

-- What makes two errors the same one: their type and code, and their message and stack without
-- what differs from one occurrence to the next.

CREATE FUNCTION folded_error_text(_text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Quoted values, UUIDs, hexadecimal numbers and words, then all other numbers. An apostrophe
    -- within a word quotes nothing.
    RETURN btrim(regexp_replace(
        regexp_replace(
            _text,
            '"[^"\n]*"|`[^`\n]*`|(?<!\w)''[^''\n]*''(?!\w)'
                || '|[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}'
                || '|\m0[xX][[:xdigit:]]+|\m(?=[[:alpha:]]*\d)[[:xdigit:]]{7,}\M'
                || '|\d+([.,:]\d+)*',
            '#', 'g'
        ),
        '\s+', ' ', 'g'
    ));

COMMENT ON FUNCTION folded_error_text(text) IS
    'A message or stack with # for every quoted value, UUID, hexadecimal or other number, and single spaces.';

CREATE FUNCTION error_fingerprint(_type text, _code text, _message text, _stack text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(
        sha256(convert_to(
            _type || E'\n' || coalesce(_code, '') || E'\n' || folded_error_text(_message)
                || E'\n' || coalesce(folded_error_text(_stack), ''),
            'UTF8'
        )),
        'hex'
    );

COMMENT ON FUNCTION error_fingerprint(text, text, text, text) IS
    'What errors that are the same one have in common: 64 hexadecimal digits.';

-- One row is an error in all its occurrences, which have one fingerprint. The first occurrence
-- makes the row, each later one is counted and tells anew what was said; somebody resolves it, and
-- it is opened again when it occurs again. It refers to nothing: it outlives what it tells of.

CREATE TYPE error_status AS ENUM ('open', 'acknowledged', 'resolved', 'ignored');

COMMENT ON TYPE error_status IS 'Where the triage of an error stands.';

CREATE TABLE error_logs (
    id               uuid          NOT NULL DEFAULT uuid_v7(),
    fingerprint      text          NOT NULL
        GENERATED ALWAYS AS (error_fingerprint(type, code, message, stack)) STORED,
    type             text          NOT NULL,
    code             text,
    message          text          NOT NULL,
    stack            text,
    context          jsonb         NOT NULL DEFAULT '{}',
    task_id          uuid,
    workflow_id      uuid,
    user_id          text,
    session_id       text,
    severity         severity      NOT NULL DEFAULT 'error',
    occurrence_count bigint        NOT NULL DEFAULT 1,
    status           error_status  NOT NULL DEFAULT 'open',
    resolution_notes text,
    reopened_count   integer       NOT NULL DEFAULT 0,
    first_seen_at    timestamptz   NOT NULL DEFAULT clock_timestamp(),
    last_seen_at     timestamptz   NOT NULL DEFAULT clock_timestamp(),
    resolved_at      timestamptz,
    updated_at       timestamptz   NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT error_logs_pkey PRIMARY KEY (id),
    CONSTRAINT error_logs_fingerprint_key UNIQUE (fingerprint),
    CONSTRAINT error_logs_type_has_1_to_200_characters CHECK (type ~ '\S' AND length(type) <= 200),
    CONSTRAINT error_logs_code_has_1_to_200_characters CHECK (code ~ '\S' AND length(code) <= 200),
    CONSTRAINT error_logs_message_up_to_10000_characters CHECK (length(message) <= 10000),
    CONSTRAINT error_logs_stack_up_to_100000_characters CHECK (length(stack) <= 100000),
    CONSTRAINT error_logs_context_is_object CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT error_logs_context_up_to_1_mb CHECK (octet_length(context::text) <= 1048576),
    CONSTRAINT error_logs_user_id_has_1_to_200_characters
        CHECK (user_id ~ '\S' AND length(user_id) <= 200),
    CONSTRAINT error_logs_session_id_has_1_to_200_characters
        CHECK (session_id ~ '\S' AND length(session_id) <= 200),
    CONSTRAINT error_logs_occurrence_count_positive CHECK (occurrence_count > 0),
    CONSTRAINT error_logs_resolution_notes_up_to_10000_characters
        CHECK (length(resolution_notes) <= 10000),
    CONSTRAINT error_logs_reopened_count_not_negative CHECK (reopened_count >= 0),
    CONSTRAINT error_logs_last_seen_after_first CHECK (last_seen_at >= first_seen_at)
);

-- list_errors, the latest first.
CREATE INDEX error_logs_last_seen_at_id_idx ON error_logs (last_seen_at, id);

-- critical_errors: few among many.
CREATE INDEX error_logs_critical_idx ON error_logs (last_seen_at)
    WHERE severity = 'critical' AND status IN ('open', 'acknowledged');

-- list_errors of a type.
CREATE INDEX error_logs_type_last_seen_at_id_idx ON error_logs (type, last_seen_at, id);

-- list_errors of a task.
CREATE INDEX error_logs_task_id_idx ON error_logs (task_id) WHERE task_id IS NOT NULL;

-- list_errors of a workflow.
CREATE INDEX error_logs_workflow_id_idx ON error_logs (workflow_id) WHERE workflow_id IS NOT NULL;

COMMENT ON TABLE error_logs IS 'Errors by fingerprint: how often and when they occurred, and whether somebody has seen to them.';
COMMENT ON COLUMN error_logs.fingerprint IS 'Follows from type, code, message and stack; what differs from one occurrence to the next does not count.';
COMMENT ON COLUMN error_logs.type IS 'Kind of error, as the program calls it: KeyError, ECONNREFUSED, ...';
COMMENT ON COLUMN error_logs.code IS 'Code of the error, such as an SQLSTATE or an HTTP status.';
COMMENT ON COLUMN error_logs.message IS 'What the latest occurrence said.';
COMMENT ON COLUMN error_logs.stack IS 'Where the latest occurrence was.';
COMMENT ON COLUMN error_logs.context IS 'Object of what was around the latest occurrence.';
COMMENT ON COLUMN error_logs.task_id IS 'The task of the latest occurrence that had one, which may be gone.';
COMMENT ON COLUMN error_logs.workflow_id IS 'The workflow of the latest occurrence that had one, which may be gone.';
COMMENT ON COLUMN error_logs.user_id IS 'Whom the latest occurrence that says so befell.';
COMMENT ON COLUMN error_logs.session_id IS 'The session of the latest occurrence that says so.';
COMMENT ON COLUMN error_logs.severity IS 'Of the gravest occurrence.';
COMMENT ON COLUMN error_logs.occurrence_count IS 'How often it was recorded.';
COMMENT ON COLUMN error_logs.resolution_notes IS 'What was done about it; kept when it is reopened.';
COMMENT ON COLUMN error_logs.reopened_count IS 'How often it was open again after it had been resolved. Kept by the database.';
COMMENT ON COLUMN error_logs.resolved_at IS 'Set and cleared by the database as status changes.';

COMMENT ON CONSTRAINT error_logs_fingerprint_key ON error_logs IS 'Occurrences of one error are one row.';
COMMENT ON CONSTRAINT error_logs_type_has_1_to_200_characters ON error_logs IS
    'A type has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT error_logs_code_has_1_to_200_characters ON error_logs IS
    'A code has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT error_logs_message_up_to_10000_characters ON error_logs IS
    'A message has at most 10000 characters.';
COMMENT ON CONSTRAINT error_logs_stack_up_to_100000_characters ON error_logs IS
    'A stack has at most 100000 characters.';
COMMENT ON CONSTRAINT error_logs_context_is_object ON error_logs IS 'A context is a JSON object.';
COMMENT ON CONSTRAINT error_logs_context_up_to_1_mb ON error_logs IS 'A context has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT error_logs_user_id_has_1_to_200_characters ON error_logs IS
    'A user has an id of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT error_logs_session_id_has_1_to_200_characters ON error_logs IS
    'A session has an id of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT error_logs_occurrence_count_positive ON error_logs IS 'What is here occurred at least once.';
COMMENT ON CONSTRAINT error_logs_resolution_notes_up_to_10000_characters ON error_logs IS
    'Notes have at most 10000 characters.';
COMMENT ON CONSTRAINT error_logs_reopened_count_not_negative ON error_logs IS 'A count is zero or more.';
COMMENT ON CONSTRAINT error_logs_last_seen_after_first ON error_logs IS 'An error is not seen last before it is seen first.';

CREATE FUNCTION error_logs_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF NEW.status = 'resolved' THEN
        NEW.resolved_at := coalesce(NEW.resolved_at, clock_timestamp());
    ELSE
        NEW.resolved_at := NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'resolved' AND NEW.status <> 'resolved' THEN
        NEW.reopened_count := OLD.reopened_count + 1;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION error_logs_set_moments() IS
    'Trigger function: resolved_at and reopened_count follow status.';

CREATE TRIGGER error_logs_set_moments
    BEFORE INSERT OR UPDATE OF status, resolved_at ON error_logs
    FOR EACH ROW EXECUTE FUNCTION error_logs_set_moments();

COMMENT ON TRIGGER error_logs_set_moments ON error_logs IS
    'Resolving sets resolved_at; reopening clears it, and is counted.';

CREATE TRIGGER error_logs_touch_updated_at
    BEFORE UPDATE ON error_logs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER error_logs_touch_updated_at ON error_logs IS 'Every update sets updated_at.';

-- Of an occurrence, only what it does to the error is recorded: not what it said.
CREATE TRIGGER error_logs_record_change
    AFTER INSERT OR UPDATE OR DELETE ON error_logs
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'error_logs', 'id', 'occurrence_count', 'last_seen_at', 'message', 'stack', 'context',
        'task_id', 'workflow_id', 'user_id', 'session_id'
    );

COMMENT ON TRIGGER error_logs_record_change ON error_logs IS 'Every change is recorded in audit_log.';

CREATE TRIGGER error_logs_not_truncated
    AFTER TRUNCATE ON error_logs
    EXECUTE FUNCTION refuse_rewriting('error_logs', 'error_logs_not_truncated');

COMMENT ON TRIGGER error_logs_not_truncated ON error_logs IS 'A table is emptied row by row, so that each is recorded.';

-- Errors that somebody has to see to at once.

CREATE VIEW critical_errors WITH (security_invoker = true) AS
SELECT
    id,
    fingerprint,
    type,
    code,
    message,
    stack,
    context,
    task_id,
    workflow_id,
    user_id,
    session_id,
    severity,
    status,
    occurrence_count,
    reopened_count,
    resolution_notes,
    first_seen_at,
    last_seen_at
FROM error_logs
WHERE severity = 'critical' AND status IN ('open', 'acknowledged');

COMMENT ON VIEW critical_errors IS 'Critical errors that are neither resolved nor ignored.';

-- How often errors of each type and severity occurred, and how many are still to be seen to.

CREATE VIEW error_summary WITH (security_invoker = true) AS
SELECT
    type,
    severity,
    count(*) AS error_count,
    sum(occurrence_count)::bigint AS occurrence_count,
    count(*) FILTER (WHERE status IN ('open', 'acknowledged')) AS unresolved_count,
    count(*) FILTER (WHERE status = 'resolved') AS resolved_count,
    count(*) FILTER (WHERE status = 'ignored') AS ignored_count,
    sum(reopened_count)::bigint AS reopened_count,
    min(first_seen_at) AS first_seen_at,
    max(last_seen_at) AS last_seen_at
FROM error_logs
GROUP BY type, severity;

COMMENT ON VIEW error_summary IS 'Errors by type and severity.';
COMMENT ON COLUMN error_summary.error_count IS 'Errors that differ by their fingerprints.';
COMMENT ON COLUMN error_summary.occurrence_count IS 'How often all of them occurred.';

-- One row is a project: the boundary within which tasks depend on each other and agents claim them.
-- A person or an import creates it; it is archived, then deleted, which is taken back, and erased
-- only with everything in it.

CREATE TYPE project_status AS ENUM ('active', 'inactive', 'archived');

COMMENT ON TYPE project_status IS
    'Where a project stands. Only the tasks of an active project are handed out.';

CREATE TYPE project_order AS ENUM ('name', 'slug', 'status', 'created_at', 'updated_at');

COMMENT ON TYPE project_order IS 'By what a list of projects can be ordered.';

CREATE TYPE project_optional_column AS ENUM ('description', 'repository_url', 'repository_name');

COMMENT ON TYPE project_optional_column IS 'Which columns of a project an update can empty.';

CREATE TABLE projects (
    id                    uuid            NOT NULL DEFAULT uuid_v7(),
    name                  text            NOT NULL,
    slug                  text            NOT NULL,
    description           text,
    repository_url        text,
    repository_name       text,
    normalised_repository text            GENERATED ALWAYS AS (
        normalised_repository(repository_url)
    ) STORED,
    default_branch        text            NOT NULL DEFAULT 'main',
    settings              jsonb           NOT NULL DEFAULT '{}',
    status                project_status  NOT NULL DEFAULT 'active',
    paused_at             timestamptz,
    archived_at           timestamptz,
    deleted_at            timestamptz,
    created_at            timestamptz     NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz     NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT projects_slug_is_url_safe
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
    CONSTRAINT projects_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT projects_repository_url_is_https_or_ssh
        CHECK (
            repository_url ~ '^(https://[^\s@]+|ssh://([^\s@:]+@)?[^\s@]+|[\w.-]+@[\w.-]+:\S+)$'
            AND length(repository_url) <= 2000
        ),
    CONSTRAINT projects_repository_name_has_1_to_200_characters
        CHECK (repository_name ~ '\S' AND length(repository_name) <= 200),
    CONSTRAINT projects_default_branch_is_a_branch
        CHECK (default_branch ~ '^[^\s~^:?*\[\\]+$' AND length(default_branch) <= 255),
    CONSTRAINT projects_settings_is_object
        CHECK (
            jsonb_typeof(settings) = 'object'
            AND coalesce(jsonb_typeof(settings -> 'taskmaster'), 'object') = 'object'
        ),
    CONSTRAINT projects_settings_up_to_1_mb CHECK (octet_length(settings::text) <= 1048576),
    CONSTRAINT projects_deleted_are_archived CHECK (deleted_at IS NULL OR status = 'archived')
);

-- get_project_by_slug
CREATE UNIQUE INDEX projects_living_share_no_slug ON projects (slug) WHERE deleted_at IS NULL;

-- By hand: list_projects by repository, which a webhook knows, where there are many projects.
CREATE INDEX projects_normalised_repository_idx ON projects (normalised_repository)
    WHERE normalised_repository IS NOT NULL;

COMMENT ON TABLE projects IS
    'The boundary within which tasks depend on each other and agents claim them.';
COMMENT ON COLUMN projects.slug IS 'Short name for addresses and commands; unique among those that are not deleted.';
COMMENT ON COLUMN projects.repository_url IS
    'Where the code lives: https://..., ssh://... or git@host:path. Never with a password inside.';
COMMENT ON COLUMN projects.repository_name IS
    'What people call the repository; the last part of its address when not given.';
COMMENT ON COLUMN projects.normalised_repository IS
    'host/path of the repository, the same for every spelling of its address. Kept by the database.';
COMMENT ON COLUMN projects.settings IS
    'Object of settings; unknown keys are kept. taskmaster: an object of what a tasks.json says beside its lists.';
COMMENT ON COLUMN projects.paused_at IS 'Since when no task of the project is handed out; null when it is not paused.';
COMMENT ON COLUMN projects.archived_at IS 'Set and cleared by the database as status changes.';
COMMENT ON COLUMN projects.deleted_at IS
    'Since when the project is deleted, which is taken back by null; it is erased by a DELETE.';

COMMENT ON INDEX projects_living_share_no_slug IS
    'Two projects that are not deleted never share a slug.';
COMMENT ON CONSTRAINT projects_name_has_1_to_200_characters ON projects IS
    'A project has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT projects_slug_is_url_safe ON projects IS
    'A slug is lower-case letters and digits in groups joined by single hyphens, at most 100 characters.';
COMMENT ON CONSTRAINT projects_repository_url_is_https_or_ssh ON projects IS
    'A repository is named by https, ssh or git@host:path, in at most 2000 characters, and an address carries no password.';
COMMENT ON CONSTRAINT projects_description_up_to_1_mb ON projects IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT projects_repository_name_has_1_to_200_characters ON projects IS
    'A repository has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT projects_default_branch_is_a_branch ON projects IS
    'A branch name has at most 255 characters, no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT projects_settings_is_object ON projects IS
    'Settings are a JSON object, and so is taskmaster in them.';
COMMENT ON CONSTRAINT projects_settings_up_to_1_mb ON projects IS
    'Settings have at most 1048576 bytes.';
COMMENT ON CONSTRAINT projects_deleted_are_archived ON projects IS
    'A deleted project is archived, so that nothing of it is handed out.';

CREATE FUNCTION projects_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF NEW.status = 'archived' THEN
        NEW.archived_at := coalesce(NEW.archived_at, clock_timestamp());
    ELSE
        NEW.archived_at := NULL;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION projects_set_moments() IS
    'Trigger function: archived_at follows status.';

CREATE TRIGGER projects_set_moments
    BEFORE INSERT OR UPDATE OF status, archived_at ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_set_moments();

COMMENT ON TRIGGER projects_set_moments ON projects IS 'Archiving sets archived_at; leaving the archive clears it.';

CREATE FUNCTION projects_name_repository() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _last_part constant text := '[^/]+$';
BEGIN
    -- A name that came from an address goes with it.
    IF TG_OP = 'UPDATE' AND NEW.repository_name = OLD.repository_name
        AND NEW.repository_name = substring(OLD.normalised_repository FROM _last_part) THEN
        NEW.repository_name := NULL;
    END IF;
    NEW.repository_name := coalesce(
        NEW.repository_name,
        left(substring(normalised_repository(NEW.repository_url) FROM _last_part), 200)
    );
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION projects_name_repository() IS
    'Trigger function: calls a repository after the last part of its address, unless it has a name.';

CREATE TRIGGER projects_name_repository
    BEFORE INSERT OR UPDATE OF repository_url, repository_name ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_name_repository();

COMMENT ON TRIGGER projects_name_repository ON projects IS
    'A repository without a name is called after the last part of its address.';

CREATE TRIGGER projects_touch_updated_at
    BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER projects_touch_updated_at ON projects IS 'Every update sets updated_at.';

CREATE TRIGGER projects_record_change
    AFTER INSERT OR UPDATE OR DELETE ON projects
    FOR EACH ROW EXECUTE FUNCTION record_change('projects', 'id', 'normalised_repository');

COMMENT ON TRIGGER projects_record_change ON projects IS 'Every change is recorded in audit_log.';

CREATE TRIGGER projects_not_truncated
    AFTER TRUNCATE ON projects
    EXECUTE FUNCTION refuse_rewriting('projects', 'projects_not_truncated');

COMMENT ON TRIGGER projects_not_truncated ON projects IS 'A table is emptied row by row, so that each is recorded.';

-- The settings of projects, one row a key.

CREATE VIEW project_settings WITH (security_invoker = true) AS
SELECT
    project.id AS project_id,
    project.slug AS project_slug,
    setting.key,
    setting.value
FROM projects AS project
CROSS JOIN LATERAL jsonb_each(project.settings) AS setting (key, value)
WHERE project.deleted_at IS NULL;

COMMENT ON VIEW project_settings IS 'The settings of projects that are not deleted, by key and value.';
COMMENT ON COLUMN project_settings.value IS 'Any JSON: a text is a JSON string.';

-- One row is an agent: a program or a person's assistant that claims tasks. Whoever runs it
-- registers it by name; it is set inactive, and may then be erased: attempts outlive it.

CREATE TYPE agent_order AS ENUM ('name', 'type', 'created_at', 'updated_at');

COMMENT ON TYPE agent_order IS 'By what a list of agents can be ordered.';

CREATE TABLE agents (
    id           uuid         NOT NULL DEFAULT uuid_v7(),
    name         text         NOT NULL,
    type         text         NOT NULL DEFAULT 'general',
    capabilities jsonb        NOT NULL DEFAULT '[]',
    preferences  jsonb        NOT NULL DEFAULT '{}',
    is_active    boolean      NOT NULL DEFAULT true,
    created_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT agents_pkey PRIMARY KEY (id),
    CONSTRAINT agents_name_key UNIQUE (name),
    CONSTRAINT agents_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT agents_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT agents_capabilities_is_array_of_words
        CHECK (
            jsonb_typeof(capabilities) = 'array'
            AND jsonb_array_length(capabilities) <= 1000
            AND NOT jsonb_path_exists(
                capabilities,
                'strict $[*] ? (
                    @.type() <> "string" || !(@ like_regex "^[a-z0-9_.+#-]{1,63}$")
                )'
            )
        ),
    CONSTRAINT agents_preferences_is_object CHECK (jsonb_typeof(preferences) = 'object'),
    CONSTRAINT agents_preferences_up_to_1_mb CHECK (octet_length(preferences::text) <= 1048576)
);

COMMENT ON TABLE agents IS 'Programs and assistants that claim tasks.';
COMMENT ON COLUMN agents.type IS 'Kind of agent: codegen, claude_code, webhook_orchestrator, task_manager or any other word.';
COMMENT ON COLUMN agents.capabilities IS 'Array of words that say what the agent can do: a task that asks for some is given to an agent that has them all.';
COMMENT ON COLUMN agents.preferences IS 'Object of settings of the agent''s own; unknown keys are kept.';
COMMENT ON COLUMN agents.is_active IS 'An inactive agent claims nothing.';

COMMENT ON CONSTRAINT agents_name_key ON agents IS 'Two agents never share a name.';
COMMENT ON CONSTRAINT agents_name_has_1_to_200_characters ON agents IS
    'An agent has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT agents_type_is_identifier ON agents IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT agents_capabilities_is_array_of_words ON agents IS
    'Capabilities are a JSON array of at most 1000 words, each of at most 63 lower-case letters, digits and _ . + # -, as those that tasks ask for.';
COMMENT ON CONSTRAINT agents_preferences_is_object ON agents IS 'Preferences are a JSON object.';
COMMENT ON CONSTRAINT agents_preferences_up_to_1_mb ON agents IS
    'Preferences have at most 1048576 bytes.';

CREATE TRIGGER agents_touch_updated_at
    BEFORE UPDATE ON agents
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER agents_touch_updated_at ON agents IS 'Every update sets updated_at.';

CREATE TRIGGER agents_record_change
    AFTER INSERT OR UPDATE OR DELETE ON agents
    FOR EACH ROW EXECUTE FUNCTION record_change('agents', 'id');

COMMENT ON TRIGGER agents_record_change ON agents IS 'Every change is recorded in audit_log.';

CREATE TRIGGER agents_not_truncated
    AFTER TRUNCATE ON agents
    EXECUTE FUNCTION refuse_rewriting('agents', 'agents_not_truncated');

COMMENT ON TRIGGER agents_not_truncated ON agents IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a named list of tasks within a project (a tag of a tasks.json file). An import or a
-- person creates it; it ends with its project, or when it is deleted after the tasks in it.

CREATE TYPE task_list_optional_column AS ENUM ('description');

COMMENT ON TYPE task_list_optional_column IS 'What an update of a list can empty.';

CREATE TABLE task_lists (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    project_id  uuid         NOT NULL,
    name        text         NOT NULL DEFAULT 'master',
    description text,
    metadata    jsonb        NOT NULL DEFAULT '{}',
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_lists_pkey PRIMARY KEY (id),
    CONSTRAINT task_lists_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT task_lists_project_id_name_key UNIQUE (project_id, name),
    CONSTRAINT task_lists_id_project_id_key UNIQUE (id, project_id),
    CONSTRAINT task_lists_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT task_lists_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT task_lists_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

COMMENT ON TABLE task_lists IS 'Named lists of tasks within a project: the tags of a tasks.json file.';
COMMENT ON COLUMN task_lists.metadata IS 'Object of what an import found beside the tasks; given back by an export.';

COMMENT ON CONSTRAINT task_lists_project_id_fkey ON task_lists IS 'A list ends with its project.';
COMMENT ON CONSTRAINT task_lists_project_id_name_key ON task_lists IS
    'Two lists of one project never share a name.';
COMMENT ON CONSTRAINT task_lists_id_project_id_key ON task_lists IS
    'Lets a task name its list and project together, so that the two always agree.';
COMMENT ON CONSTRAINT task_lists_name_has_1_to_200_characters ON task_lists IS
    'A list has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT task_lists_description_up_to_1_mb ON task_lists IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_lists_metadata_is_object ON task_lists IS 'Metadata are a JSON object.';

CREATE TRIGGER task_lists_touch_updated_at
    BEFORE UPDATE ON task_lists
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER task_lists_touch_updated_at ON task_lists IS 'Every update sets updated_at.';

CREATE TRIGGER task_lists_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_lists
    FOR EACH ROW EXECUTE FUNCTION record_change('task_lists', 'id');

COMMENT ON TRIGGER task_lists_record_change ON task_lists IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_lists_not_truncated
    AFTER TRUNCATE ON task_lists
    EXECUTE FUNCTION refuse_rewriting('task_lists', 'task_lists_not_truncated');

COMMENT ON TRIGGER task_lists_not_truncated ON task_lists IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a legal move of a task from one status to another. The state machine is these rows: a
-- migration changes it with an INSERT or a DELETE, and no function is edited.

CREATE TYPE task_status AS ENUM (
    'pending', 'in_progress', 'blocked', 'review', 'validation',
    'completed', 'failed', 'cancelled', 'deferred'
);

COMMENT ON TYPE task_status IS
    'Where a task stands. blocked is a person''s hold; waiting for another task is open_blockers > 0.';

CREATE TABLE task_status_transitions (
    from_status task_status  NOT NULL,
    to_status   task_status  NOT NULL,
    meaning     text         NOT NULL,

    CONSTRAINT task_status_transitions_pkey PRIMARY KEY (from_status, to_status),
    CONSTRAINT task_status_transitions_lead_elsewhere CHECK (from_status <> to_status),
    CONSTRAINT task_status_transitions_have_a_meaning
        CHECK (meaning ~ '\S' AND length(meaning) <= 200)
);

COMMENT ON TABLE task_status_transitions IS 'The legal moves of a task between statuses.';
COMMENT ON COLUMN task_status_transitions.meaning IS 'What the move says, in a few words.';

COMMENT ON CONSTRAINT task_status_transitions_lead_elsewhere ON task_status_transitions IS
    'A move leads to another status.';
COMMENT ON CONSTRAINT task_status_transitions_have_a_meaning ON task_status_transitions IS
    'A move says what it means, in 1 to 200 characters that are not blank.';

-- The moves of a task that are legal from the start. What is there already stays as it is.

INSERT INTO task_status_transitions (from_status, to_status, meaning) VALUES
    ('pending',     'in_progress', 'work starts'),
    ('pending',     'blocked',     'a person holds it'),
    ('pending',     'review',      'done elsewhere, to be reviewed'),
    ('pending',     'completed',   'done elsewhere'),
    ('pending',     'cancelled',   'not wanted any more'),
    ('pending',     'deferred',    'put off'),
    ('in_progress', 'pending',     'given back, or to be tried again'),
    ('in_progress', 'blocked',     'a person holds it'),
    ('in_progress', 'review',      'work done, to be reviewed'),
    ('in_progress', 'validation',  'work done, to be validated'),
    ('in_progress', 'completed',   'work done'),
    ('in_progress', 'failed',      'the last attempt failed'),
    ('in_progress', 'cancelled',   'stopped'),
    ('in_progress', 'deferred',    'stopped and put off'),
    ('blocked',     'pending',     'the hold is lifted'),
    ('blocked',     'in_progress', 'the hold is lifted and work goes on'),
    ('blocked',     'cancelled',   'not wanted any more'),
    ('blocked',     'deferred',    'put off'),
    ('review',      'pending',     'sent back to the queue'),
    ('review',      'in_progress', 'sent back to work'),
    ('review',      'validation',  'reviewed, to be validated'),
    ('review',      'completed',   'accepted'),
    ('review',      'failed',      'rejected for good'),
    ('review',      'cancelled',   'not wanted any more'),
    ('validation',  'pending',     'sent back to the queue'),
    ('validation',  'in_progress', 'sent back to work'),
    ('validation',  'review',      'validated, to be reviewed'),
    ('validation',  'completed',   'passed'),
    ('validation',  'failed',      'did not pass'),
    ('validation',  'cancelled',   'not wanted any more'),
    ('deferred',    'pending',     'taken up again'),
    ('deferred',    'in_progress', 'taken up again at once'),
    ('deferred',    'cancelled',   'not wanted any more'),
    ('completed',   'pending',     'reopened'),
    ('completed',   'in_progress', 'reopened and worked on at once'),
    ('failed',      'pending',     'reopened'),
    ('failed',      'in_progress', 'reopened and worked on at once'),
    ('failed',      'cancelled',   'given up'),
    ('cancelled',   'pending',     'reopened')
ON CONFLICT (from_status, to_status) DO NOTHING;

CREATE TRIGGER task_status_transitions_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_status_transitions
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'task_status_transitions', 'from_status to_status'
    );

COMMENT ON TRIGGER task_status_transitions_record_change ON task_status_transitions IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_status_transitions_not_truncated
    AFTER TRUNCATE ON task_status_transitions
    EXECUTE FUNCTION refuse_rewriting(
        'task_status_transitions', 'task_status_transitions_not_truncated'
    );

COMMENT ON TRIGGER task_status_transitions_not_truncated ON task_status_transitions IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a spelling of a status in another vocabulary. Imports look spellings up here; a
-- migration, or a person who meets a new vocabulary, adds to it.

CREATE TABLE task_status_aliases (
    alias  text         NOT NULL,
    status task_status  NOT NULL,

    CONSTRAINT task_status_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_status_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
    CONSTRAINT task_status_aliases_up_to_100_characters CHECK (length(alias) <= 100)
);

COMMENT ON TABLE task_status_aliases IS 'Spellings of statuses in other vocabularies.';
COMMENT ON COLUMN task_status_aliases.alias IS
    'The spelling in lower case, with spaces and hyphens folded to underscores.';

COMMENT ON CONSTRAINT task_status_aliases_are_folded ON task_status_aliases IS
    'An alias is written in lower case with single underscores.';
COMMENT ON CONSTRAINT task_status_aliases_up_to_100_characters ON task_status_aliases IS
    'An alias has at most 100 characters.';

-- The spellings of statuses that are known from the start. What is there already stays as it is.

INSERT INTO task_status_aliases (alias, status) VALUES
    ('pending', 'pending'), ('todo', 'pending'), ('to_do', 'pending'), ('open', 'pending'),
    ('new', 'pending'), ('backlog', 'pending'), ('ready', 'pending'), ('queued', 'pending'),
    ('in_progress', 'in_progress'), ('inprogress', 'in_progress'), ('running', 'in_progress'),
    ('started', 'in_progress'), ('doing', 'in_progress'), ('active', 'in_progress'),
    ('blocked', 'blocked'), ('waiting', 'blocked'), ('on_hold', 'blocked'), ('hold', 'blocked'),
    ('review', 'review'), ('in_review', 'review'), ('reviewing', 'review'),
    ('validation', 'validation'), ('testing', 'validation'), ('qa', 'validation'),
    ('completed', 'completed'), ('complete', 'completed'), ('done', 'completed'),
    ('finished', 'completed'), ('closed', 'completed'), ('resolved', 'completed'),
    ('failed', 'failed'), ('error', 'failed'),
    ('cancelled', 'cancelled'), ('canceled', 'cancelled'), ('abandoned', 'cancelled'),
    ('wontfix', 'cancelled'), ('rejected', 'cancelled'),
    ('deferred', 'deferred'), ('postponed', 'deferred'), ('later', 'deferred')
ON CONFLICT (alias) DO NOTHING;

CREATE TRIGGER task_status_aliases_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_status_aliases
    FOR EACH ROW EXECUTE FUNCTION record_change('task_status_aliases', 'alias');

COMMENT ON TRIGGER task_status_aliases_record_change ON task_status_aliases IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_status_aliases_not_truncated
    AFTER TRUNCATE ON task_status_aliases
    EXECUTE FUNCTION refuse_rewriting('task_status_aliases', 'task_status_aliases_not_truncated');

COMMENT ON TRIGGER task_status_aliases_not_truncated ON task_status_aliases IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a word for a priority. Imports look words up here; a migration, or a person who meets
-- a new vocabulary, adds to it.

CREATE TABLE task_priority_aliases (
    alias    text      NOT NULL,
    priority smallint  NOT NULL,

    CONSTRAINT task_priority_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_priority_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
    CONSTRAINT task_priority_aliases_up_to_100_characters CHECK (length(alias) <= 100),
    CONSTRAINT task_priority_aliases_priority_in_range CHECK (priority BETWEEN 0 AND 10)
);

COMMENT ON TABLE task_priority_aliases IS 'Words for priorities in other vocabularies.';
COMMENT ON COLUMN task_priority_aliases.alias IS
    'The word in lower case, with spaces and hyphens folded to underscores.';

COMMENT ON CONSTRAINT task_priority_aliases_are_folded ON task_priority_aliases IS
    'An alias is written in lower case with single underscores.';
COMMENT ON CONSTRAINT task_priority_aliases_up_to_100_characters ON task_priority_aliases IS
    'An alias has at most 100 characters.';
COMMENT ON CONSTRAINT task_priority_aliases_priority_in_range ON task_priority_aliases IS
    'A priority is 0 to 10.';

-- The words for priorities that are known from the start. What is there already stays as it is.

INSERT INTO task_priority_aliases (alias, priority) VALUES
    ('lowest', 0), ('trivial', 1), ('low', 3), ('minor', 3), ('medium', 5), ('normal', 5),
    ('major', 8), ('high', 8), ('critical', 10), ('highest', 10), ('urgent', 10), ('blocker', 10)
ON CONFLICT (alias) DO NOTHING;

CREATE TRIGGER task_priority_aliases_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_priority_aliases
    FOR EACH ROW EXECUTE FUNCTION record_change('task_priority_aliases', 'alias');

COMMENT ON TRIGGER task_priority_aliases_record_change ON task_priority_aliases IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_priority_aliases_not_truncated
    AFTER TRUNCATE ON task_priority_aliases
    EXECUTE FUNCTION refuse_rewriting(
        'task_priority_aliases', 'task_priority_aliases_not_truncated'
    );

COMMENT ON TRIGGER task_priority_aliases_not_truncated ON task_priority_aliases IS 'A table is emptied row by row, so that each is recorded.';

-- One row per project counts the changes of its task graph. It is made with the project, and it is
-- what a transaction at REPEATABLE READ or SERIALIZABLE stumbles over when the graph has changed
-- since its snapshot: an advisory lock alone would let it decide on an old picture.

CREATE TABLE task_graph_epochs (
    project_id uuid    NOT NULL,
    epoch      bigint  NOT NULL DEFAULT 0,

    CONSTRAINT task_graph_epochs_pkey PRIMARY KEY (project_id),
    CONSTRAINT task_graph_epochs_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
);

COMMENT ON TABLE task_graph_epochs IS 'Counts the changes of each project''s task graph. Not audited: it is a lock.';
COMMENT ON COLUMN task_graph_epochs.epoch IS 'Number of transactions that locked the graph for a change.';

COMMENT ON CONSTRAINT task_graph_epochs_project_id_fkey ON task_graph_epochs IS
    'The count ends with its project.';

CREATE FUNCTION projects_start_graph_epoch() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    INSERT INTO task_graph_epochs (project_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION projects_start_graph_epoch() IS
    'Trigger function: gives a new project its graph epoch.';

CREATE TRIGGER projects_start_graph_epoch
    AFTER INSERT ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_start_graph_epoch();

COMMENT ON TRIGGER projects_start_graph_epoch ON projects IS 'A new project starts with an empty graph.';

-- The graph lock. Whoever changes edges takes it exclusively, first of all; whoever completes tasks
-- takes it shared, before the tasks. So edges stand still while a completion counts successors, and
-- completions of one project still run side by side. The advisory lock makes waiting cheap at READ
-- COMMITTED, where every statement sees what the lock has waited for; the epoch row refuses old
-- snapshots at the stricter levels.

CREATE FUNCTION lock_task_graph(_project_id uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(_project_id::text, 0));
    -- Once in a transaction is enough: whoever wrote this version of the row holds it. Every edge
    -- of a bulk load comes here, and each update would walk past the versions that the others left.
    UPDATE task_graph_epochs SET epoch = epoch + 1
    WHERE project_id = _project_id AND xmin <> pg_current_xact_id()::xid;
END
$$;

COMMENT ON FUNCTION lock_task_graph(uuid) IS
    'Takes a project''s graph lock exclusively until the end of the transaction. A bulk load takes it once.';

CREATE FUNCTION share_task_graph(_project_id uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF pg_advisory_xact_lock_shared(hashtextextended(_project_id::text, 0)) IS NULL THEN
    END IF;
    -- At READ COMMITTED the next statement sees every committed edge. At the stricter levels this
    -- row lock fails with a serialization failure when edges have changed since the snapshot.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM task_graph_epochs WHERE project_id = _project_id FOR SHARE;
    END IF;
END
$$;

COMMENT ON FUNCTION share_task_graph(uuid) IS
    'Takes a project''s graph lock shared until the end of the transaction: edges stand still.';

-- One row is a task, as far as claiming and finishing it needs: what it is called, where it stands,
-- in which order it comes. What it says is in task_details. A person, an import or an agent creates
-- it; deleted, it is closed and hidden, and can be brought back until it is erased.

-- The rules of single columns are domains here, not checks: a check of a table is compiled again by
-- every statement that changes a row, a domain is looked at only where a value is assigned.

CREATE DOMAIN task_ref AS text
    CONSTRAINT task_ref_has_1_to_200_characters CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN task_title AS text
    CONSTRAINT task_title_has_1_to_500_characters CHECK (VALUE ~ '\S' AND length(VALUE) <= 500);
CREATE DOMAIN task_type AS text
    CONSTRAINT task_type_is_identifier CHECK (VALUE ~ '^[a-z][a-z0-9_]{0,62}$');
CREATE DOMAIN task_priority AS smallint
    CONSTRAINT task_priority_in_range CHECK (VALUE BETWEEN 0 AND 10);
CREATE DOMAIN task_max_attempts AS smallint
    CONSTRAINT task_max_attempts_in_range CHECK (VALUE BETWEEN 1 AND 1000);
CREATE DOMAIN task_complexity_score AS smallint
    CONSTRAINT task_complexity_score_in_range CHECK (VALUE BETWEEN 1 AND 10);
CREATE DOMAIN task_hours AS numeric(8, 2)
    CONSTRAINT task_hours_not_negative CHECK (VALUE >= 0 AND VALUE < 'Infinity');
CREATE DOMAIN task_person AS text
    CONSTRAINT task_person_has_1_to_200_characters CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN task_idempotency_key AS text
    CONSTRAINT task_idempotency_key_has_1_to_200_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN task_status_reason AS text
    CONSTRAINT task_status_reason_has_1_to_10000_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 10000);
CREATE DOMAIN task_capabilities AS text[]
    CONSTRAINT task_capabilities_are_1_to_20_words
    CHECK (
        cardinality(VALUE) BETWEEN 1 AND 20
        AND array_position(VALUE, NULL) IS NULL
        AND array_to_string(VALUE, '') !~ '\s'
        AND array_to_string(VALUE, ' ') ~ '^[a-z0-9_.+#-]{1,63}( [a-z0-9_.+#-]{1,63})*$'
    );

COMMENT ON DOMAIN task_ref IS 'What people call a task.';
COMMENT ON DOMAIN task_title IS 'A task in one line.';
COMMENT ON DOMAIN task_type IS 'A kind of task.';
COMMENT ON DOMAIN task_priority IS 'The urgency of a task: higher comes first.';
COMMENT ON DOMAIN task_max_attempts IS 'How often a task may fail before it is given up.';
COMMENT ON DOMAIN task_complexity_score IS 'How hard a task is.';
COMMENT ON DOMAIN task_hours IS 'Hours of work on a task.';
COMMENT ON DOMAIN task_person IS 'Who created a task or is responsible for it.';
COMMENT ON DOMAIN task_status_reason IS 'Why a task has its status.';
COMMENT ON DOMAIN task_idempotency_key IS 'A caller''s key of the creation of a task.';
COMMENT ON DOMAIN task_capabilities IS 'What an agent must be able to do to be given a task.';
COMMENT ON CONSTRAINT task_ref_has_1_to_200_characters ON DOMAIN task_ref IS
    'A ref has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT task_title_has_1_to_500_characters ON DOMAIN task_title IS
    'A title has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT task_type_is_identifier ON DOMAIN task_type IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT task_priority_in_range ON DOMAIN task_priority IS 'A priority is 0 to 10.';
COMMENT ON CONSTRAINT task_max_attempts_in_range ON DOMAIN task_max_attempts IS
    'A task is tried 1 to 1000 times.';
COMMENT ON CONSTRAINT task_complexity_score_in_range ON DOMAIN task_complexity_score IS
    'A complexity score is 1 to 10.';
COMMENT ON CONSTRAINT task_hours_not_negative ON DOMAIN task_hours IS 'Hours are zero or more.';
COMMENT ON CONSTRAINT task_person_has_1_to_200_characters ON DOMAIN task_person IS
    'A creator or assignee has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT task_status_reason_has_1_to_10000_characters ON DOMAIN task_status_reason IS
    'A reason has 1 to 10000 characters and is not blank.';
COMMENT ON CONSTRAINT task_idempotency_key_has_1_to_200_characters ON DOMAIN task_idempotency_key IS
    'An idempotency key has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT task_capabilities_are_1_to_20_words ON DOMAIN task_capabilities IS
    'A task that asks for capabilities asks for 1 to 20, each a lower-case word of at most 63 letters, digits and _ . + # -.';

CREATE TYPE assignee_type AS ENUM ('person', 'agent', 'component');

COMMENT ON TYPE assignee_type IS 'What an assignee is.';

CREATE TYPE task_order AS ENUM (
    'priority', 'created_at', 'updated_at', 'due_at', 'ref', 'title', 'status', 'complexity_score',
    'estimated_hours'
);

COMMENT ON TYPE task_order IS 'What tasks can be listed by.';

CREATE TYPE task_optional_column AS ENUM (
    'complexity_score', 'estimated_hours', 'actual_hours', 'capabilities', 'not_before', 'due_at'
);

COMMENT ON TYPE task_optional_column IS 'What an update of a task can empty.';

CREATE SEQUENCE tasks_ref_seq;

CREATE TABLE tasks (
    id               uuid                   NOT NULL DEFAULT uuid_v7(),
    project_id       uuid                   NOT NULL,
    task_list_id     uuid                   NOT NULL,
    parent_id        uuid,
    ref              task_ref               NOT NULL DEFAULT 'T-' || nextval('tasks_ref_seq'),
    title            task_title             NOT NULL,
    type             task_type              NOT NULL DEFAULT 'general',
    priority         task_priority          NOT NULL DEFAULT 5,
    max_attempts     task_max_attempts      NOT NULL DEFAULT 3,
    complexity_score task_complexity_score,
    estimated_hours  task_hours,
    actual_hours     task_hours,
    assignee_type    assignee_type,
    assignee         task_person,
    not_before       timestamptz,
    due_at           timestamptz,
    created_by       task_person,
    idempotency_key  task_idempotency_key,
    capabilities     task_capabilities,
    status           task_status            NOT NULL DEFAULT 'pending',
    status_reason    task_status_reason,
    open_blockers    integer                NOT NULL DEFAULT 0,
    conflicts        integer                NOT NULL DEFAULT 0,
    attempts         integer                NOT NULL DEFAULT 0,
    failed_attempts  integer                NOT NULL DEFAULT 0,
    assigned_at      timestamptz,
    started_at       timestamptz,
    completed_at     timestamptz,
    moves            integer                NOT NULL DEFAULT 0,
    created_at       timestamptz            NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz            NOT NULL DEFAULT clock_timestamp(),
    deleted_at       timestamptz,

    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_task_list_id_project_id_fkey
        FOREIGN KEY (task_list_id, project_id) REFERENCES task_lists (id, project_id)
        ON DELETE CASCADE,
    CONSTRAINT tasks_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT tasks_task_list_id_ref_key UNIQUE (task_list_id, ref)
);

-- A claim: the best ready task of a project, in claim order.
CREATE INDEX tasks_ready_idx ON tasks (project_id, (-priority), created_at, id)
    WHERE status = 'pending' AND open_blockers = 0;

-- Tasks that wait for others: blocked_tasks, and statistics of what is pending.
CREATE INDEX tasks_waiting_idx ON tasks (project_id)
    WHERE status = 'pending' AND open_blockers > 0;

-- tasks_parent_id_fkey, and the subtasks of a task.
CREATE INDEX tasks_parent_id_idx ON tasks (parent_id) WHERE parent_id IS NOT NULL;

-- A creation that is repeated because its answer was lost.
CREATE UNIQUE INDEX tasks_created_once_per_idempotency_key ON tasks (project_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

COMMENT ON TABLE tasks IS
    'What is to be done and where it stands: the working row of a task. Its text is in task_details.';
COMMENT ON SEQUENCE tasks_ref_seq IS 'Numbers the refs of tasks that are created without one.';
COMMENT ON COLUMN tasks.parent_id IS 'The task that this one is a subtask of, in the same list.';
COMMENT ON COLUMN tasks.ref IS 'What people call the task; unique in its list; T-<number> when not given.';
COMMENT ON COLUMN tasks.type IS 'Kind of task: general, feature, bug or any other word.';
COMMENT ON COLUMN tasks.priority IS '0 to 10, higher comes first.';
COMMENT ON COLUMN tasks.max_attempts IS 'Number of failed attempts after which the task is failed.';
COMMENT ON COLUMN tasks.complexity_score IS '1 (trivial) to 10 (hardest); null when nobody has estimated it.';
COMMENT ON COLUMN tasks.estimated_hours IS 'Hours of work expected.';
COMMENT ON COLUMN tasks.actual_hours IS 'Hours of work set by hand; null means the sum of the attempts.';
COMMENT ON COLUMN tasks.assignee IS 'Name of the person, agent or component that is responsible.';
COMMENT ON COLUMN tasks.not_before IS 'The task is not handed out before this moment.';
COMMENT ON COLUMN tasks.idempotency_key IS
    'Caller''s key of the creation; repeating it in the project finds this task.';
COMMENT ON COLUMN tasks.capabilities IS
    'Words that an agent must have among its capabilities to claim the task; null when any agent will do.';
COMMENT ON COLUMN tasks.status_reason IS 'Why the task has its status; cleared by the next move unless that gives its own.';
COMMENT ON COLUMN tasks.open_blockers IS
    'Number of blocking dependencies that are not satisfied. Kept by the database.';
COMMENT ON COLUMN tasks.conflicts IS 'Number of tasks that this one conflicts with. Kept by the database.';
COMMENT ON COLUMN tasks.moves IS
    'Counts the changes by claim, complete, fail, release, reap and the graph, which keep by themselves what triggers keep for every other update. Written by them alone.';
COMMENT ON COLUMN tasks.attempts IS 'Number of the latest attempt: the fencing token. Kept by the claim.';
COMMENT ON COLUMN tasks.failed_attempts IS 'Attempts that failed or timed out since the task was last opened.';
COMMENT ON COLUMN tasks.assigned_at IS 'When the assignee was set. Set by the database.';
COMMENT ON COLUMN tasks.started_at IS 'When work first started. Set by the database.';
COMMENT ON COLUMN tasks.completed_at IS 'When the task was completed; null in every other status. Set by the database.';
COMMENT ON COLUMN tasks.updated_at IS 'When the row last changed. Set by the database.';
COMMENT ON COLUMN tasks.deleted_at IS
    'When the task was deleted; null while it is not. Tasks deleted together share the moment.';

COMMENT ON CONSTRAINT tasks_task_list_id_project_id_fkey ON tasks IS
    'A task is in a list of its project, and ends with it.';
COMMENT ON CONSTRAINT tasks_parent_id_fkey ON tasks IS 'A subtask ends with its parent.';
COMMENT ON CONSTRAINT tasks_task_list_id_ref_key ON tasks IS
    'Two tasks of one list never share a ref; a deleted one keeps its own, by which it was known.';
COMMENT ON INDEX tasks_created_once_per_idempotency_key IS
    'One idempotency key creates one task of a project.';

CREATE FUNCTION is_closed(_status task_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN _status IN ('completed', 'failed', 'cancelled');

COMMENT ON FUNCTION is_closed(task_status) IS
    'Whether a task with this status has ended: completed, failed or cancelled.';

CREATE FUNCTION tasks_set_initial_state() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    -- What the database keeps starts at its true value, whatever the caller filled in.
    NEW.open_blockers := 0;
    NEW.conflicts := 0;
    NEW.attempts := 0;
    NEW.failed_attempts := 0;
    NEW.moves := 0;
    NEW.assigned_at := CASE WHEN NEW.assignee IS NOT NULL THEN clock_timestamp() END;
    NEW.started_at := CASE
        WHEN NEW.status IN ('in_progress', 'review', 'validation', 'completed')
        THEN coalesce(NEW.started_at, NEW.completed_at, clock_timestamp())
    END;
    NEW.completed_at := CASE
        WHEN NEW.status = 'completed' THEN coalesce(NEW.completed_at, clock_timestamp())
    END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION tasks_set_initial_state() IS
    'Trigger function: sets the counts and moments of a new task that the database keeps.';

CREATE TRIGGER tasks_set_initial_state
    BEFORE INSERT ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_set_initial_state();

COMMENT ON TRIGGER tasks_set_initial_state ON tasks IS
    'A new task has no blockers and no attempts, and moments that agree with its status.';

CREATE FUNCTION tasks_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    -- What the database keeps stays as it is, whatever the caller filled in.
    NEW.open_blockers := OLD.open_blockers;
    NEW.conflicts := OLD.conflicts;
    NEW.attempts := OLD.attempts;
    NEW.failed_attempts := OLD.failed_attempts;
    NEW.moves := OLD.moves;
    NEW.started_at := OLD.started_at;
    NEW.completed_at := OLD.completed_at;
    NEW.assigned_at := OLD.assigned_at;
    IF NEW.status <> OLD.status THEN
        IF NEW.status = 'in_progress' THEN
            NEW.started_at := coalesce(OLD.started_at, NEW.updated_at);
        END IF;
        NEW.completed_at := CASE WHEN NEW.status = 'completed' THEN NEW.updated_at END;
        IF NEW.status_reason IS NOT DISTINCT FROM OLD.status_reason THEN
            NEW.status_reason := NULL;
        END IF;
        IF is_closed(OLD.status) AND NOT is_closed(NEW.status) THEN
            NEW.failed_attempts := 0;
        END IF;
    END IF;
    IF NEW.assignee IS DISTINCT FROM OLD.assignee THEN
        NEW.assigned_at := CASE WHEN NEW.assignee IS NOT NULL THEN NEW.updated_at END;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION tasks_set_moments() IS
    'Trigger function: sets the moments of a task, keeps its counts, drops the reason of the status before, and counts failures anew after a reopening.';

CREATE TRIGGER tasks_set_moments
    BEFORE UPDATE ON tasks
    -- A program that writes back a whole row writes an older number of moves, never a higher one.
    FOR EACH ROW WHEN (NEW.moves <= OLD.moves)
    EXECUTE FUNCTION tasks_set_moments();

COMMENT ON TRIGGER tasks_set_moments ON tasks IS
    'The moments of a task follow its status, and nobody else sets its counts.';

CREATE FUNCTION tasks_assignee_has_a_type() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'tasks', 'tasks_assignee_has_a_type',
        format(
            'task %s would have an assignee without a type, or a type without an assignee', NEW.ref
        ),
        NULL,
        'Set assignee and assignee_type together, or both to null.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_assignee_has_a_type() IS
    'Trigger function: refuses an assignee without a type. A trigger, since a check would be compiled again by every claim.';

CREATE TRIGGER tasks_assignee_has_a_type
    AFTER INSERT OR UPDATE OF assignee, assignee_type ON tasks
    FOR EACH ROW WHEN ((NEW.assignee IS NULL) <> (NEW.assignee_type IS NULL))
    EXECUTE FUNCTION tasks_assignee_has_a_type();

COMMENT ON TRIGGER tasks_assignee_has_a_type ON tasks IS
    'An assignee is named together with what it is: person, agent or component.';

CREATE FUNCTION tasks_stay_in_their_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'tasks', 'tasks_stay_in_their_project',
        format('task %s cannot move to another project', OLD.ref),
        NULL,
        'Create the task in the other project, and cancel this one.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_stay_in_their_project() IS
    'Trigger function: refuses to move a task to another project.';

CREATE TRIGGER tasks_stay_in_their_project
    AFTER UPDATE OF project_id ON tasks
    FOR EACH ROW WHEN (OLD.project_id <> NEW.project_id)
    EXECUTE FUNCTION tasks_stay_in_their_project();

COMMENT ON TRIGGER tasks_stay_in_their_project ON tasks IS
    'A task stays in the project in which it was created: its dependencies do.';

CREATE FUNCTION tasks_lock_graph() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_task_graph(NEW.project_id);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION tasks_lock_graph() IS
    'Trigger function: takes the graph lock before a task gets another parent or list, is deleted or brought back.';

CREATE TRIGGER tasks_lock_graph
    BEFORE UPDATE OF parent_id, task_list_id, deleted_at ON tasks
    FOR EACH ROW
    WHEN (
        OLD.parent_id IS DISTINCT FROM NEW.parent_id
        OR OLD.task_list_id IS DISTINCT FROM NEW.task_list_id
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
    )
    EXECUTE FUNCTION tasks_lock_graph();

COMMENT ON TRIGGER tasks_lock_graph ON tasks IS
    'Parents of one project change one after another.';

-- A subtask is new to its parent's list, so whoever moves the parent must see it or fail.
CREATE TRIGGER tasks_lock_graph_inserted
    BEFORE INSERT ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION tasks_lock_graph();

COMMENT ON TRIGGER tasks_lock_graph_inserted ON tasks IS
    'A subtask is a change of the graph, too.';

CREATE FUNCTION tasks_parent_is_in_the_same_list() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Safe against a race: the graph lock is held by every transaction that adds a subtask or moves
    -- a parent or a child.
    IF EXISTS (
        SELECT FROM tasks AS relative
        WHERE (relative.id = NEW.parent_id OR relative.parent_id = NEW.id)
            AND relative.task_list_id <> NEW.task_list_id
    ) THEN
        PERFORM refuse(
            'tasks', 'tasks_parent_is_in_the_same_list',
            format('task %s and its parent or subtask would be in different lists', NEW.ref),
            NULL,
            'Choose a parent of the same list, or move parent and subtasks in one statement.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_parent_is_in_the_same_list() IS
    'Trigger function: refuses a parent, or a move, that would part a task from its relatives.';

CREATE TRIGGER tasks_parent_is_in_the_same_list
    AFTER INSERT OR UPDATE OF parent_id, task_list_id ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_parent_is_in_the_same_list();

COMMENT ON TRIGGER tasks_parent_is_in_the_same_list ON tasks IS
    'A task is in the same list as its parent.';

CREATE FUNCTION tasks_parents_acyclic() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _path text;
BEGIN
    -- Safe against a race: tasks_lock_graph holds the graph lock since before an update, and a new
    -- task has no descendants but itself.
    WITH RECURSIVE ancestors AS (
        SELECT id, parent_id, ARRAY[ref] AS path FROM tasks WHERE id = NEW.parent_id
        UNION ALL
        SELECT parent.id, parent.parent_id, ancestors.path || parent.ref
        FROM ancestors
        JOIN tasks AS parent ON parent.id = ancestors.parent_id
        WHERE ancestors.id <> NEW.id
    )
    SELECT array_to_string(path, ' -> ') INTO _path FROM ancestors WHERE id = NEW.id;
    IF FOUND THEN
        PERFORM refuse(
            'tasks', 'tasks_parents_acyclic',
            format('task %s cannot be put under its own subtask', NEW.ref),
            format('Parents: %s -> %s', NEW.ref, _path),
            'Move the subtask first.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_parents_acyclic() IS
    'Trigger function: refuses a parent that is a descendant of the task.';

CREATE TRIGGER tasks_parents_acyclic
    AFTER INSERT OR UPDATE OF parent_id ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION tasks_parents_acyclic();

COMMENT ON TRIGGER tasks_parents_acyclic ON tasks IS 'No task is its own ancestor.';

CREATE FUNCTION tasks_deleted_are_closed() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF NOT is_closed(NEW.status) THEN
        PERFORM refuse(
            'tasks', 'tasks_deleted_are_closed',
            format('task %s is deleted and would be %s', NEW.ref, NEW.status),
            NULL,
            'Cancel a task in the update that deletes it; restore it before you reopen it.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_deleted_are_closed() IS
    'Trigger function: refuses an open task that is deleted. A trigger, since a check would be compiled again by every claim.';

CREATE TRIGGER tasks_deleted_are_closed
    AFTER INSERT OR UPDATE OF status, deleted_at ON tasks
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION tasks_deleted_are_closed();

COMMENT ON TRIGGER tasks_deleted_are_closed ON tasks IS
    'A deleted task is closed, so that nothing that looks for open tasks has to ask.';

CREATE FUNCTION tasks_deleted_with_their_subtasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _relative text;
BEGIN
    -- Safe against a race: the graph lock is held by every transaction that adds a subtask, moves
    -- one, deletes a task or brings it back.
    SELECT relative.ref INTO _relative
    FROM tasks AS relative
    WHERE (NEW.deleted_at IS NULL AND relative.id = NEW.parent_id
            AND relative.deleted_at IS NOT NULL)
        OR (NEW.deleted_at IS NOT NULL AND relative.parent_id = NEW.id
            AND relative.deleted_at IS NULL)
    ORDER BY relative.ref
    LIMIT 1;
    IF FOUND THEN
        PERFORM refuse(
            'tasks', 'tasks_deleted_with_their_subtasks',
            CASE
                WHEN NEW.deleted_at IS NULL
                THEN format('task %s would live under %s, which is deleted', NEW.ref, _relative)
                ELSE format('task %s cannot be deleted without its subtask %s', NEW.ref, _relative)
            END,
            NULL,
            'Delete a task with all under it, and bring it back with all above it.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_deleted_with_their_subtasks() IS
    'Trigger function: refuses a living task under a deleted one.';

CREATE TRIGGER tasks_deleted_with_their_subtasks
    AFTER INSERT OR UPDATE OF parent_id, deleted_at ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL OR NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION tasks_deleted_with_their_subtasks();

COMMENT ON TRIGGER tasks_deleted_with_their_subtasks ON tasks IS
    'No task lives under a deleted one, so that erasing never takes a living task with it.';

CREATE TRIGGER tasks_record_change
    AFTER INSERT OR DELETE ON tasks
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'tasks', 'id',
        'open_blockers', 'conflicts', 'attempts', 'failed_attempts', 'moves'
    );

COMMENT ON TRIGGER tasks_record_change ON tasks IS 'Every change is recorded in audit_log.';

CREATE TRIGGER tasks_record_update
    AFTER UPDATE ON tasks
    FOR EACH ROW
    -- claim_tasks and complete_executions record what they do themselves, for many tasks at once.
    WHEN (
        OLD.moves = NEW.moves
        OR (OLD.status <> NEW.status AND NEW.status NOT IN ('in_progress', 'completed'))
    )
    EXECUTE FUNCTION record_change(
        'tasks', 'id',
        'open_blockers', 'conflicts', 'attempts', 'failed_attempts', 'moves'
    );

COMMENT ON TRIGGER tasks_record_update ON tasks IS
    'Every change is recorded in audit_log, by this trigger or by the function that makes it.';

CREATE TRIGGER tasks_not_truncated
    AFTER TRUNCATE ON tasks
    EXECUTE FUNCTION refuse_rewriting('tasks', 'tasks_not_truncated');

COMMENT ON TRIGGER tasks_not_truncated ON tasks IS 'A table is emptied row by row, so that each is recorded.';

-- One row is the document of a task: what it says, and the JSON that no claim reads. It is a table
-- of its own so that a change of state does not rewrite the entries of its GIN indexes. It is
-- created with the task, or when there is something to say, and ends with the task.

CREATE TYPE task_detail_optional_column AS ENUM ('description', 'details', 'test_strategy');

COMMENT ON TYPE task_detail_optional_column IS 'What an update of a document can empty.';

CREATE TABLE task_details (
    task_id             uuid         NOT NULL,
    description         text,
    details             text,
    test_strategy       text,
    requirements        jsonb        NOT NULL DEFAULT '[]',
    acceptance_criteria jsonb        NOT NULL DEFAULT '[]',
    affected_files      jsonb        NOT NULL DEFAULT '[]',
    tags                jsonb        NOT NULL DEFAULT '[]',
    context             jsonb        NOT NULL DEFAULT '{}',
    metadata            jsonb        NOT NULL DEFAULT '{}',
    updated_at          timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_details_pkey PRIMARY KEY (task_id),
    CONSTRAINT task_details_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_details_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT task_details_details_up_to_1_mb CHECK (octet_length(details) <= 1048576),
    CONSTRAINT task_details_test_strategy_up_to_1_mb CHECK (octet_length(test_strategy) <= 1048576),
    CONSTRAINT task_details_requirements_is_array_or_object
        CHECK (jsonb_typeof(requirements) IN ('array', 'object')),
    CONSTRAINT task_details_acceptance_criteria_is_array
        CHECK (jsonb_typeof(acceptance_criteria) = 'array'),
    CONSTRAINT task_details_requirements_are_texts_or_objects
        CHECK (
            jsonb_path_exists(
                requirements, 'strict $[*] ? (@.type() <> "string" && @.type() <> "object")',
                '{}', true
            ) IS NOT TRUE
        ),
    CONSTRAINT task_details_acceptance_criteria_are_texts_or_objects
        CHECK (
            jsonb_path_exists(
                acceptance_criteria,
                'strict $[*] ? (@.type() <> "string" && @.type() <> "object")', '{}', true
            ) IS NOT TRUE
        ),
    CONSTRAINT task_details_affected_files_is_array_of_text
        CHECK (
            jsonb_typeof(affected_files) = 'array'
            AND NOT jsonb_path_exists(affected_files, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT task_details_tags_is_array_of_text
        CHECK (
            jsonb_typeof(tags) = 'array'
            AND NOT jsonb_path_exists(tags, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT task_details_context_is_object CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT task_details_context_files_is_array_of_text
        CHECK (
            jsonb_typeof(context -> 'files') = 'array'
            AND NOT jsonb_path_exists(
                context, 'strict $.files[*] ? (@.type() <> "string")', '{}', true
            )
        ),
    CONSTRAINT task_details_context_repository_is_text
        CHECK (jsonb_typeof(context -> 'repository') = 'string'),
    CONSTRAINT task_details_context_commit_is_a_commit
        CHECK (
            jsonb_typeof(context -> 'commit') = 'string'
            AND context ->> 'commit' ~ '^[0-9a-f]{7,64}$'
        ),
    CONSTRAINT task_details_context_environment_is_text_or_object
        CHECK (jsonb_typeof(context -> 'environment') IN ('string', 'object')),
    CONSTRAINT task_details_context_agent_config_is_object
        CHECK (jsonb_typeof(context -> 'agent_config') = 'object'),
    CONSTRAINT task_details_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

-- requirements @> ..., and paths.
CREATE INDEX task_details_requirements_idx ON task_details USING gin (requirements jsonb_path_ops);

-- tags ? ..., which jsonb_path_ops cannot answer.
CREATE INDEX task_details_tags_idx ON task_details USING gin (tags);

-- affected_files ? ...: what touches a file.
CREATE INDEX task_details_affected_files_idx ON task_details USING gin (affected_files);

-- context @> ..., and paths.
CREATE INDEX task_details_context_idx ON task_details USING gin (context jsonb_path_ops);

-- metadata @> ..., and paths.
CREATE INDEX task_details_metadata_idx ON task_details USING gin (metadata jsonb_path_ops);

COMMENT ON TABLE task_details IS 'The document of a task: its text, and the JSON that no claim reads.';
COMMENT ON COLUMN task_details.description IS 'What the task is, in a paragraph.';
COMMENT ON COLUMN task_details.details IS 'How it is to be done, at any length up to 1 MB.';
COMMENT ON COLUMN task_details.test_strategy IS 'How it is proven done.';
COMMENT ON COLUMN task_details.requirements IS
    'Array of requirements, each a text or an object, or an object of them: see task_items.';
COMMENT ON COLUMN task_details.acceptance_criteria IS
    'Array of criteria, each a text or an object: see task_items.';
COMMENT ON COLUMN task_details.affected_files IS 'Array of paths.';
COMMENT ON COLUMN task_details.tags IS 'Array of labels, each a text.';
COMMENT ON COLUMN task_details.context IS
    'Object: files (array of paths), repository, commit (7 to 64 hexadecimal digits), environment (a name or an object), agent_config (an object), and whatever else is to be known.';
COMMENT ON COLUMN task_details.metadata IS
    'Object. taskmaster: what a tasks.json says and no column holds, in its own spelling. imported: the notes of the latest import.';

COMMENT ON CONSTRAINT task_details_task_id_fkey ON task_details IS 'Details end with their task.';
COMMENT ON CONSTRAINT task_details_description_up_to_1_mb ON task_details IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_details_details_up_to_1_mb ON task_details IS
    'Details have at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_details_test_strategy_up_to_1_mb ON task_details IS
    'A test strategy has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_details_requirements_is_array_or_object ON task_details IS
    'Requirements are a JSON array or object.';
COMMENT ON CONSTRAINT task_details_acceptance_criteria_is_array ON task_details IS
    'Acceptance criteria are a JSON array.';
COMMENT ON CONSTRAINT task_details_requirements_are_texts_or_objects ON task_details IS
    'Each of an array of requirements is a text or an object.';
COMMENT ON CONSTRAINT task_details_acceptance_criteria_are_texts_or_objects ON task_details IS
    'Each acceptance criterion is a text or an object.';
COMMENT ON CONSTRAINT task_details_affected_files_is_array_of_text ON task_details IS
    'Affected files are a JSON array of texts.';
COMMENT ON CONSTRAINT task_details_tags_is_array_of_text ON task_details IS
    'Tags are a JSON array of texts.';
COMMENT ON CONSTRAINT task_details_context_is_object ON task_details IS 'Context is a JSON object.';
COMMENT ON CONSTRAINT task_details_context_files_is_array_of_text ON task_details IS
    'The files of a context are a JSON array of texts.';
COMMENT ON CONSTRAINT task_details_context_repository_is_text ON task_details IS
    'The repository of a context is a text.';
COMMENT ON CONSTRAINT task_details_context_commit_is_a_commit ON task_details IS
    'The commit of a context is 7 to 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT task_details_context_environment_is_text_or_object ON task_details IS
    'The environment of a context is a text or a JSON object.';
COMMENT ON CONSTRAINT task_details_context_agent_config_is_object ON task_details IS
    'The agent_config of a context is a JSON object.';
COMMENT ON CONSTRAINT task_details_metadata_is_object ON task_details IS 'Metadata are a JSON object.';

CREATE TRIGGER task_details_touch_updated_at
    BEFORE UPDATE ON task_details
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER task_details_touch_updated_at ON task_details IS 'Every update sets updated_at.';

CREATE TRIGGER task_details_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_details
    FOR EACH ROW EXECUTE FUNCTION record_change('task_details', 'task_id');

COMMENT ON TRIGGER task_details_record_change ON task_details IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_details_not_truncated
    AFTER TRUNCATE ON task_details
    EXECUTE FUNCTION refuse_rewriting('task_details', 'task_details_not_truncated');

COMMENT ON TRIGGER task_details_not_truncated ON task_details IS 'A table is emptied row by row, so that each is recorded.';

-- One row is what a task is found by: its words, weighted. Triggers of tasks and task_details write
-- it, each its own part, so that whoever changes the one undoes nothing of the other; it ends with
-- its task. It is apart from both: a claim would rewrite an index of tasks, and not every task has
-- details.

CREATE TABLE task_words (
    task_id     uuid      NOT NULL,
    title_words tsvector  NOT NULL,
    text_words  tsvector  NOT NULL DEFAULT '',
    words       tsvector  GENERATED ALWAYS AS (title_words || text_words) STORED,

    CONSTRAINT task_words_pkey PRIMARY KEY (task_id),
    CONSTRAINT task_words_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
);

-- search_tasks.
CREATE INDEX task_words_words_idx ON task_words USING gin (words);

COMMENT ON TABLE task_words IS
    'What tasks are found by: title before description before details. Not audited: it follows from tasks and task_details.';
COMMENT ON COLUMN task_words.title_words IS
    'Ref and title, of weight A; as they are spelled, too, so that the beginning of a word finds it.';
COMMENT ON COLUMN task_words.text_words IS
    'Description, of weight B and as it is spelled, too; details, of weight C. In English.';
COMMENT ON COLUMN task_words.words IS 'Both: what search_query is asked of.';

COMMENT ON CONSTRAINT task_words_task_id_fkey ON task_words IS 'Words end with their task.';

CREATE FUNCTION words_of_title(_ref text, _title text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(
        to_tsvector('simple', _ref || ' ' || _title) || to_tsvector('english', _title), 'A'
    );

COMMENT ON FUNCTION words_of_title(text, text) IS 'The words by which a ref and a title are found.';

CREATE FUNCTION words_of_text(_description text, _details text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(
        to_tsvector('english', left(coalesce(_description, ''), 50000))
        || to_tsvector('simple', left(coalesce(_description, ''), 10000)), 'B'
    ) || setweight(to_tsvector('english', left(coalesce(_details, ''), 50000)), 'C');

COMMENT ON FUNCTION words_of_text(text, text) IS
    'The words by which a description and details are found; of a long text those of its beginning.';

CREATE FUNCTION tasks_keep_words() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    INSERT INTO task_words (task_id, title_words)
    VALUES (NEW.id, words_of_title(NEW.ref, NEW.title))
    ON CONFLICT (task_id) DO UPDATE SET title_words = EXCLUDED.title_words
    WHERE task_words.title_words <> EXCLUDED.title_words;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_keep_words() IS 'Trigger function: keeps the words of a ref and a title.';

CREATE TRIGGER tasks_keep_words
    AFTER INSERT OR UPDATE OF ref, title ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_keep_words();

COMMENT ON TRIGGER tasks_keep_words ON tasks IS 'A task is found by its ref and title.';

CREATE FUNCTION task_details_keep_words() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _text_words tsvector := words_of_text(NEW.description, NEW.details);
BEGIN
    UPDATE task_words SET text_words = _text_words
    WHERE task_id = coalesce(NEW.task_id, OLD.task_id) AND text_words <> _text_words;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_details_keep_words() IS
    'Trigger function: keeps the words of a description and details.';

CREATE TRIGGER task_details_keep_words
    AFTER INSERT OR UPDATE OF description, details OR DELETE ON task_details
    FOR EACH ROW EXECUTE FUNCTION task_details_keep_words();

COMMENT ON TRIGGER task_details_keep_words ON task_details IS 'A task is found by its text.';

-- Full-text search of tasks.

CREATE FUNCTION search_tasks(
    _words      text,
    _project_id uuid         DEFAULT NULL,
    _status     task_status  DEFAULT NULL,
    _page_size  bigint       DEFAULT 20,
    _page_start bigint       DEFAULT 0
) RETURNS TABLE (
    task_id    uuid,
    project_id uuid,
    ref        text,
    title      text,
    type       text,
    status     task_status,
    priority   smallint,
    rank       double precision,
    is_guess   boolean,
    snippet    text
)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _query    tsquery := search_query(_words);
    _trigrams text[] := trigrams(_words);
BEGIN
    RETURN QUERY
    WITH page AS MATERIALIZED (
        SELECT
            task.id, task.project_id, task.ref, task.title, task.type, task.status, task.priority,
            ts_rank(found.words, _query)::double precision AS rank
        FROM task_words AS found
        JOIN tasks AS task ON task.id = found.task_id
        WHERE found.words @@ _query
            AND task.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM projects AS project
                WHERE project.id = task.project_id AND project.deleted_at IS NOT NULL
            )
            AND (_project_id IS NULL OR task.project_id = _project_id)
            AND (_status IS NULL OR task.status = _status)
        ORDER BY rank DESC, task.priority DESC, task.id
        LIMIT _page_size OFFSET _page_start
    )
    SELECT
        page.id, page.project_id, page.ref::text, page.title::text, page.type::text, page.status,
        page.priority::smallint, page.rank, false,
        search_snippet(concat_ws(E'\n', page.title, detail.description, detail.details), _query)
    FROM page
    LEFT JOIN task_details AS detail ON detail.task_id = page.id
    ORDER BY page.rank DESC, page.priority DESC, page.id;
    IF FOUND OR EXISTS (
        SELECT FROM task_words AS found
        JOIN tasks AS task ON task.id = found.task_id
        WHERE found.words @@ _query
            AND task.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM projects AS project
                WHERE project.id = task.project_id AND project.deleted_at IS NOT NULL
            )
            AND (_project_id IS NULL OR task.project_id = _project_id)
            AND (_status IS NULL OR task.status = _status)
    ) THEN
        RETURN;
    END IF;

    -- Nothing has these words: then what is spelled like them, by ref and title, each of which is
    -- looked at. The measure is that of likeness(), with the trigrams of the words made once.
    RETURN QUERY
    SELECT
        task.id, task.project_id, task.ref::text, task.title::text, task.type::text, task.status,
        task.priority::smallint, alike.rank, true, task.title::text
    FROM task_lists AS list
    JOIN tasks AS task ON task.task_list_id = list.id
    CROSS JOIN LATERAL (
        SELECT '  ' || regexp_replace(
            lower(task.ref || ' ' || task.title), '[^[:alnum:]]+', '  ', 'g'
        ) || ' '
        OFFSET 0
    ) AS known (words)
    CROSS JOIN LATERAL (
        SELECT avg((strpos(known.words, trigram) > 0)::integer)::double precision
        FROM unnest(_trigrams) AS trigram
        OFFSET 0
    ) AS alike (rank)
    WHERE (_project_id IS NULL OR list.project_id = _project_id)
        AND task.deleted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM projects AS project
            WHERE project.id = task.project_id AND project.deleted_at IS NOT NULL
        )
        AND (_status IS NULL OR task.status = _status)
        AND alike.rank >= 0.5
    ORDER BY alike.rank DESC, task.priority DESC, task.id
    LIMIT _page_size OFFSET _page_start;
END
$$;

COMMENT ON FUNCTION search_tasks(text, uuid, task_status, bigint, bigint) IS
    'Finds tasks that are not deleted, nor is their project, by what a person types, the best first; where no task has the words, those whose ref and title are spelled like them.';

-- One row is an attempt: an agent working on a task. It is the lease and the fence: a claim creates
-- it, heartbeats prolong it, and complete, fail and release end it, each only while it runs. It is
-- kept as the history of the task.

CREATE DOMAIN execution_report AS jsonb
    CONSTRAINT execution_report_is_object CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN execution_amount AS numeric
    CONSTRAINT execution_amount_not_negative CHECK (VALUE >= 0 AND VALUE < 'Infinity');
CREATE DOMAIN execution_count AS bigint
    CONSTRAINT execution_count_not_negative CHECK (VALUE >= 0);
CREATE DOMAIN execution_claim_key AS text
    CONSTRAINT execution_claim_key_has_1_to_200_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN execution_label AS text
    CONSTRAINT execution_label_has_1_to_200_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN execution_logs AS text
    CONSTRAINT execution_logs_up_to_16_mb CHECK (octet_length(VALUE) <= 16777216);

COMMENT ON DOMAIN execution_report IS 'A JSON object that an agent was given or gives back.';
COMMENT ON DOMAIN execution_amount IS 'An amount of something used: zero or more.';
COMMENT ON DOMAIN execution_count IS 'A number of things used: zero or more.';
COMMENT ON DOMAIN execution_claim_key IS 'An idempotency key of a claim.';
COMMENT ON DOMAIN execution_label IS 'What an attempt is found by: its process, session or request.';
COMMENT ON DOMAIN execution_logs IS 'What an agent wrote down while it worked.';
COMMENT ON CONSTRAINT execution_report_is_object ON DOMAIN execution_report IS
    'What an agent is given or reports is a JSON object.';
COMMENT ON CONSTRAINT execution_amount_not_negative ON DOMAIN execution_amount IS
    'An amount used is zero or more.';
COMMENT ON CONSTRAINT execution_count_not_negative ON DOMAIN execution_count IS
    'A number of things used is zero or more.';
COMMENT ON CONSTRAINT execution_claim_key_has_1_to_200_characters ON DOMAIN execution_claim_key IS
    'A claim key has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT execution_label_has_1_to_200_characters ON DOMAIN execution_label IS
    'The name of a process, a session or a request has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT execution_logs_up_to_16_mb ON DOMAIN execution_logs IS
    'Logs have at most 16777216 bytes.';

CREATE TYPE task_execution_status AS ENUM (
    'queued', 'running', 'completed', 'failed', 'timeout', 'cancelled'
);

COMMENT ON TYPE task_execution_status IS
    'Where an attempt stands. timeout: the lease ran out. cancelled: given back, or taken away.';

CREATE TYPE task_execution_order AS ENUM ('started_at', 'completed_at', 'duration', 'cost');

COMMENT ON TYPE task_execution_order IS 'By what a list of attempts can be ordered.';

CREATE TABLE task_executions (
    id                  bigint                 GENERATED ALWAYS AS IDENTITY,
    task_id             uuid                   NOT NULL,
    agent_id            uuid,
    attempt             integer                NOT NULL,
    status              task_execution_status  NOT NULL DEFAULT 'running',
    started_at          timestamptz            NOT NULL DEFAULT clock_timestamp(),
    lease_expires_at    timestamptz            NOT NULL,
    heartbeat_at        timestamptz,
    cancel_requested_at timestamptz,
    completed_at        timestamptz,
    agent_instance      execution_label,
    claim_key           execution_claim_key,
    claim_position      integer,
    session_id          execution_label,
    correlation_id      execution_label,
    input_context       execution_report,
    output_results      execution_report,
    error_details       execution_report,
    logs                execution_logs,
    memory_usage_mb     execution_amount,
    cpu_time_ms         execution_count,
    input_tokens        execution_count,
    output_tokens       execution_count,
    cost_usd            execution_amount,

    CONSTRAINT task_executions_pkey PRIMARY KEY (id),
    CONSTRAINT task_executions_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_executions_agent_id_fkey
        FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE SET NULL,
    CONSTRAINT task_executions_task_id_attempt_key UNIQUE (task_id, attempt)
);

-- The running attempt of a task; and, since it holds the running ones only, every scan of leases.
-- It leaves the lease's end out, so that a heartbeat stays a heap-only update.
CREATE UNIQUE INDEX task_executions_one_running_per_task ON task_executions (task_id)
    WHERE status = 'running';

-- task_executions_agent_id_fkey, and the attempts of an agent.
CREATE INDEX task_executions_agent_id_idx ON task_executions (agent_id);

-- A claim that is repeated because its answer was lost.
CREATE UNIQUE INDEX task_executions_claimed_once_per_key
    ON task_executions (claim_key, claim_position)
    WHERE claim_key IS NOT NULL;

COMMENT ON TABLE task_executions IS
    'Attempts of agents at tasks: the leases, and their history. Not audited: a history itself.';
COMMENT ON COLUMN task_executions.attempt IS 'Counts up per task, and so fences off whoever held an earlier attempt.';
COMMENT ON COLUMN task_executions.lease_expires_at IS
    'From this moment on anybody may reap the attempt. By the server''s clock.';
COMMENT ON COLUMN task_executions.cancel_requested_at IS
    'Since when the agent is asked to stop; it learns of it with its next heartbeat.';
COMMENT ON COLUMN task_executions.completed_at IS
    'When the attempt ended, however it ended. That it agrees with the status is checked by check_invariants: a trigger would cost every claim.';
COMMENT ON COLUMN task_executions.agent_instance IS 'Which process of the agent: host and process number, say.';
COMMENT ON COLUMN task_executions.claim_key IS 'Caller''s idempotency key of the claim.';
COMMENT ON COLUMN task_executions.claim_position IS 'Place of the task in a claim of several, from 1.';
COMMENT ON COLUMN task_executions.session_id IS
    'In which session of the agent. Not indexed, as correlation_id is not: every claim would pay for it.';
COMMENT ON COLUMN task_executions.correlation_id IS 'For which request: what its events carry too.';
COMMENT ON COLUMN task_executions.input_context IS 'Object: what the agent was given.';
COMMENT ON COLUMN task_executions.output_results IS 'Object: what came out.';
COMMENT ON COLUMN task_executions.error_details IS 'Object: what went wrong.';
COMMENT ON COLUMN task_executions.logs IS 'What the agent wrote down while it worked, line by line.';
COMMENT ON COLUMN task_executions.memory_usage_mb IS 'Most memory used, in megabytes.';
COMMENT ON COLUMN task_executions.cpu_time_ms IS 'Processor time used, in milliseconds.';
COMMENT ON COLUMN task_executions.cost_usd IS 'What the attempt cost, in US dollars.';

COMMENT ON CONSTRAINT task_executions_task_id_fkey ON task_executions IS 'Attempts end with their task.';
COMMENT ON CONSTRAINT task_executions_agent_id_fkey ON task_executions IS 'An attempt outlives its agent.';
COMMENT ON CONSTRAINT task_executions_task_id_attempt_key ON task_executions IS
    'Two attempts at a task never share a number.';
COMMENT ON INDEX task_executions_one_running_per_task IS
    'A task has at most one running attempt.';
COMMENT ON INDEX task_executions_claimed_once_per_key IS
    'One claim key claims once.';

-- One row is an edge of a project's task graph: the task waits for another, or relates to it.
-- People, imports and agents add and remove edges; an edge ends with the task that it belongs to.

CREATE TYPE task_dependency_kind AS ENUM ('blocks', 'suggests', 'relates_to', 'conflicts');

COMMENT ON TYPE task_dependency_kind IS
    'What an edge means. Only blocks makes a task wait; tasks that conflict are never both in progress.';

CREATE TYPE blocker_policy AS ENUM ('wait', 'satisfy', 'cancel');

COMMENT ON TYPE blocker_policy IS
    'What becomes of a task when its blocker is cancelled or failed: it keeps waiting, it goes on, or it is cancelled too.';

CREATE TABLE task_dependencies (
    task_id       uuid                  NOT NULL,
    depends_on_id uuid                  NOT NULL,
    kind          task_dependency_kind  NOT NULL DEFAULT 'blocks',
    policy        blocker_policy        NOT NULL DEFAULT 'wait',
    metadata      jsonb                 NOT NULL DEFAULT '{}',
    holder_id     uuid,
    created_by    text,
    created_at    timestamptz           NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_dependencies_pkey PRIMARY KEY (task_id, depends_on_id, kind),
    CONSTRAINT task_dependencies_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_dependencies_depends_on_id_fkey
        FOREIGN KEY (depends_on_id) REFERENCES tasks (id) ON DELETE NO ACTION
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT task_dependencies_lead_to_another_task CHECK (task_id <> depends_on_id),
    CONSTRAINT task_dependencies_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT task_dependencies_holder_is_in_conflict
        CHECK (holder_id IS NULL OR (kind = 'conflicts' AND holder_id IN (task_id, depends_on_id))),
    CONSTRAINT task_dependencies_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- task_dependencies_depends_on_id_fkey, and the successors of a task that ends.
CREATE INDEX task_dependencies_depends_on_id_idx ON task_dependencies (depends_on_id, kind);

-- The conflicts that a task holds, when it is no longer in progress.
CREATE INDEX task_dependencies_holder_id_idx ON task_dependencies (holder_id)
    WHERE holder_id IS NOT NULL;

COMMENT ON TABLE task_dependencies IS 'The edges of the task graphs.';
COMMENT ON COLUMN task_dependencies.task_id IS 'The task that waits, or that the edge is about.';
COMMENT ON COLUMN task_dependencies.depends_on_id IS 'The task that it waits for, or relates to; of the same project.';
COMMENT ON COLUMN task_dependencies.policy IS
    'For an edge that blocks: what becomes of the task when the blocker is cancelled or failed.';
COMMENT ON COLUMN task_dependencies.holder_id IS
    'For a conflict: which of the two is in progress; null when neither is. Kept by the database.';

COMMENT ON CONSTRAINT task_dependencies_task_id_fkey ON task_dependencies IS
    'An edge ends with the task that it belongs to.';
COMMENT ON CONSTRAINT task_dependencies_depends_on_id_fkey ON task_dependencies IS
    'A task that others depend on is not deleted without them. Checked at the end of the transaction.';
COMMENT ON CONSTRAINT task_dependencies_lead_to_another_task ON task_dependencies IS
    'A task does not depend on itself.';
COMMENT ON CONSTRAINT task_dependencies_metadata_is_object ON task_dependencies IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT task_dependencies_holder_is_in_conflict ON task_dependencies IS
    'Only a conflict has a holder, and the holder is one of its two tasks.';
COMMENT ON CONSTRAINT task_dependencies_created_by_has_1_to_200_characters ON task_dependencies IS
    'A creator''s name has 1 to 200 characters and is not blank.';

CREATE FUNCTION is_open_blocker(_blocker_status task_status, _policy blocker_policy) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN _blocker_status <> 'completed'
        AND NOT (_blocker_status IN ('failed', 'cancelled') AND _policy = 'satisfy');

COMMENT ON FUNCTION is_open_blocker(task_status, blocker_policy) IS
    'Whether a blocker with this status still makes the dependant wait, under the edge''s policy.';

CREATE FUNCTION task_dependencies_lock_graph() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _edge task_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    -- First the graph, then the dependant, never the blocker: the one order in which writers of
    -- edges, claims and completions were raced without a deadlock. A dependant that is gone already
    -- takes its edges with it and needs no lock; one that never was is left to the foreign key.
    PERFORM lock_task_graph(project_id) FROM tasks WHERE id = _edge.task_id;
    -- A conflict binds both of its tasks, so it holds both while it comes or goes.
    PERFORM FROM tasks
    WHERE id = _edge.task_id OR (id = _edge.depends_on_id AND _edge.kind = 'conflicts')
    ORDER BY id
    FOR NO KEY UPDATE;
    -- A snapshot older than the blocker's latest move must not decide whether it is open.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM tasks WHERE id = _edge.depends_on_id FOR SHARE;
    END IF;
    RETURN _edge;
END
$$;

COMMENT ON FUNCTION task_dependencies_lock_graph() IS
    'Trigger function: takes the graph lock and the dependant before an edge changes.';

CREATE TRIGGER task_dependencies_lock_graph
    BEFORE INSERT OR UPDATE OF task_id, depends_on_id, kind, policy OR DELETE ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_dependencies_lock_graph();

COMMENT ON TRIGGER task_dependencies_lock_graph ON task_dependencies IS
    'The edges of one project change one after another.';

CREATE FUNCTION task_dependencies_keep_their_tasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'task_dependencies', 'task_dependencies_keep_their_tasks',
        'an edge cannot be moved to other tasks or become another kind',
        NULL,
        'Delete the edge and insert the one that you want.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_keep_their_tasks() IS
    'Trigger function: refuses to move an edge.';

CREATE TRIGGER task_dependencies_keep_their_tasks
    AFTER UPDATE OF task_id, depends_on_id, kind ON task_dependencies
    FOR EACH ROW
    WHEN (
        (OLD.task_id, OLD.depends_on_id, OLD.kind)
        IS DISTINCT FROM (NEW.task_id, NEW.depends_on_id, NEW.kind)
    )
    EXECUTE FUNCTION task_dependencies_keep_their_tasks();

COMMENT ON TRIGGER task_dependencies_keep_their_tasks ON task_dependencies IS
    'An edge keeps its two tasks and its kind.';

CREATE FUNCTION task_dependencies_keep_holder() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.holder_id := OLD.holder_id;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION task_dependencies_keep_holder() IS
    'Trigger function: keeps the holder of a conflict as it is, whatever the caller filled in.';

-- Only triggers of this schema write the holder, so an update that comes from no trigger does not.
CREATE TRIGGER task_dependencies_keep_holder
    BEFORE UPDATE OF holder_id ON task_dependencies
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION task_dependencies_keep_holder();

COMMENT ON TRIGGER task_dependencies_keep_holder ON task_dependencies IS
    'The holder of a conflict follows the status of its tasks, and nobody sets it.';

CREATE FUNCTION task_dependencies_within_one_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Needs no lock: a task never changes its project.
    IF EXISTS (
        SELECT FROM tasks AS task
        JOIN tasks AS blocker ON blocker.id = NEW.depends_on_id
        WHERE task.id = NEW.task_id AND task.project_id <> blocker.project_id
    ) THEN
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_within_one_project',
            'a task cannot depend on a task of another project',
            format('Tasks: %s and %s', NEW.task_id, NEW.depends_on_id),
            'Create a task in the same project that stands for the other one.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_within_one_project() IS
    'Trigger function: refuses an edge between projects.';

CREATE TRIGGER task_dependencies_within_one_project
    AFTER INSERT ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_dependencies_within_one_project();

COMMENT ON TRIGGER task_dependencies_within_one_project ON task_dependencies IS
    'A task depends on tasks of its own project.';

CREATE FUNCTION task_dependencies_added_while_not_running() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _blocker text;
BEGIN
    -- Safe against a race: the dependant is locked since before the insert, so nobody claims it,
    -- and the graph lock keeps the blocker from ending.
    SELECT blocker.ref INTO _blocker
    FROM tasks AS blocker
    WHERE blocker.id = NEW.depends_on_id
        AND is_open_blocker(blocker.status, NEW.policy)
        AND EXISTS (
            SELECT FROM task_executions WHERE task_id = NEW.task_id AND status = 'running'
        );
    IF FOUND THEN
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_added_while_not_running',
            format(
                'an agent is working on the task, so it cannot be made to wait for %s', _blocker
            ),
            format('Task: %s', NEW.task_id),
            'Release the attempt first, or wait until it has ended.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_added_while_not_running() IS
    'Trigger function: refuses an open blocker for a task that an agent is working on.';

CREATE TRIGGER task_dependencies_added_while_not_running
    AFTER INSERT OR UPDATE OF policy ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'blocks')
    EXECUTE FUNCTION task_dependencies_added_while_not_running();

COMMENT ON TRIGGER task_dependencies_added_while_not_running ON task_dependencies IS
    'A task is not made to wait while an agent is working on it.';

CREATE FUNCTION task_dependencies_acyclic() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    -- By index, one edge after the other, whatever the statistics say: see claim_tasks.
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _path text;
BEGIN
    -- Safe against a race: task_dependencies_lock_graph holds the graph lock since before the
    -- insert. UNION, not UNION ALL: each task is visited once, however many ways lead to it.
    IF EXISTS (
        WITH RECURSIVE upstream AS (
            SELECT NEW.depends_on_id AS id
            UNION
            SELECT edge.depends_on_id
            FROM upstream
            JOIN task_dependencies AS edge ON edge.task_id = upstream.id AND edge.kind = 'blocks'
        )
        SELECT FROM upstream WHERE id = NEW.task_id
    ) THEN
        _path := task_chain_path(
            task_dependency_chain(NEW.depends_on_id, NEW.task_id, false)
        );
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_acyclic',
            'the dependency would close a cycle',
            (
                SELECT format('Cycle: %s -> %s (each waits for the next)', ref, _path)
                FROM tasks WHERE id = NEW.task_id
            ),
            'Remove one of the dependencies on the path first.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_acyclic() IS
    'Trigger function: refuses an edge that closes a cycle, and names the path.';

CREATE FUNCTION task_dependency_chain(_from_id uuid, _to_id uuid, _only_open boolean)
RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _seen uuid[] := ARRAY[_from_id];
    _came_from jsonb := '{}';
    _frontier uuid[] := ARRAY[_from_id];
    _step record;
    _next uuid[];
    _chain uuid[] := ARRAY[_to_id];
BEGIN
    -- Breadth first, one query a level, so that the chain is a shortest one.
    WHILE cardinality(_frontier) > 0 AND NOT _to_id = ANY (_seen) LOOP
        _next := '{}';
        FOR _step IN
            SELECT DISTINCT ON (edge.depends_on_id) edge.task_id, edge.depends_on_id
            FROM task_dependencies AS edge
            JOIN tasks AS task ON task.id = edge.task_id
            JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
            WHERE edge.task_id = ANY (_frontier)
                AND edge.kind = 'blocks'
                AND edge.depends_on_id <> ALL (_seen)
                AND (
                    NOT _only_open
                    OR (
                        is_open_blocker(blocker.status, edge.policy)
                        AND (task.id = _from_id OR NOT is_closed(task.status))
                    )
                )
            ORDER BY edge.depends_on_id, edge.task_id
        LOOP
            _came_from := _came_from || jsonb_build_object(_step.depends_on_id, _step.task_id);
            _next := _next || _step.depends_on_id;
        END LOOP;
        _seen := _seen || _next;
        _frontier := _next;
    END LOOP;
    IF NOT _to_id = ANY (_seen) THEN
        RETURN NULL;
    END IF;
    WHILE _chain[1] <> _from_id LOOP
        _chain := (_came_from ->> _chain[1]::text)::uuid || _chain;
    END LOOP;
    RETURN _chain;
END
$$;

COMMENT ON FUNCTION task_dependency_chain(uuid, uuid, boolean) IS
    'A shortest chain of blocking dependencies from one task to another, both included; null when there is none. On request, only of those that hold a task now: a task that has ended holds by itself, whatever it waited for.';

CREATE FUNCTION task_chain_path(_chain uuid[]) RETURNS text
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT string_agg(task.ref, ' -> ' ORDER BY link.place)
    FROM unnest(_chain) WITH ORDINALITY AS link (task_id, place)
    JOIN tasks AS task ON task.id = link.task_id
$$;

COMMENT ON FUNCTION task_chain_path(uuid[]) IS 'The refs of tasks, with arrows between them.';

CREATE TRIGGER task_dependencies_acyclic
    AFTER INSERT ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'blocks')
    EXECUTE FUNCTION task_dependencies_acyclic();

COMMENT ON TRIGGER task_dependencies_acyclic ON task_dependencies IS
    'No task waits for itself, however long the way round.';

CREATE FUNCTION task_dependencies_count_on_tasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _edge task_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF _edge.kind = 'conflicts' THEN
        UPDATE tasks
        SET conflicts = conflicts + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END,
            moves = moves + 1,
            updated_at = clock_timestamp()
        WHERE id IN (_edge.task_id, _edge.depends_on_id);
        RETURN NULL;
    END IF;
    -- The dependant is locked, and the blocker cannot end meanwhile without waiting for the graph
    -- lock and counting this edge itself.
    UPDATE tasks AS task
    SET open_blockers = task.open_blockers
        + (TG_OP <> 'DELETE' AND is_open_blocker(blocker.status, NEW.policy))::integer
        - (TG_OP <> 'INSERT' AND is_open_blocker(blocker.status, OLD.policy))::integer,
        moves = task.moves + 1,
        updated_at = clock_timestamp()
    FROM tasks AS blocker
    WHERE task.id = _edge.task_id
        AND blocker.id = _edge.depends_on_id
        AND (TG_OP <> 'DELETE' AND is_open_blocker(blocker.status, NEW.policy))
            <> (TG_OP <> 'INSERT' AND is_open_blocker(blocker.status, OLD.policy));
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_count_on_tasks() IS
    'Trigger function: keeps tasks.open_blockers and tasks.conflicts as edges come, change and go.';

CREATE TRIGGER task_dependencies_count_inserted
    AFTER INSERT ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind IN ('blocks', 'conflicts'))
    EXECUTE FUNCTION task_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_dependencies_count_inserted ON task_dependencies IS
    'A new edge to an open blocker makes the task wait; a new conflict is counted on both tasks.';

CREATE TRIGGER task_dependencies_count_updated
    AFTER UPDATE OF policy ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'blocks' AND OLD.policy <> NEW.policy)
    EXECUTE FUNCTION task_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_dependencies_count_updated ON task_dependencies IS
    'A new policy counts at once for a blocker that has ended.';

CREATE TRIGGER task_dependencies_count_deleted
    AFTER DELETE ON task_dependencies
    FOR EACH ROW WHEN (OLD.kind IN ('blocks', 'conflicts'))
    EXECUTE FUNCTION task_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_dependencies_count_deleted ON task_dependencies IS
    'A removed edge no longer makes the task wait; a removed conflict is counted off both tasks.';

CREATE FUNCTION task_dependencies_conflict_starts_unbroken() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _running uuid[];
BEGIN
    -- Both tasks are locked by task_dependencies_lock_graph, so neither starts or ends meanwhile.
    _running := ARRAY(
        SELECT id FROM tasks
        WHERE id IN (NEW.task_id, NEW.depends_on_id) AND status = 'in_progress'
    );
    IF cardinality(_running) = 2 THEN
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_conflict_starts_unbroken',
            'a conflict cannot be declared while both tasks are in progress',
            format('Tasks: %s and %s', NEW.task_id, NEW.depends_on_id),
            'Wait until one of the two is finished.'
        );
    END IF;
    UPDATE task_dependencies SET holder_id = _running[1]
    WHERE task_id = NEW.task_id AND depends_on_id = NEW.depends_on_id AND kind = 'conflicts'
        AND holder_id IS DISTINCT FROM _running[1];
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_conflict_starts_unbroken() IS
    'Trigger function: a new conflict is held by the one of its tasks that is in progress, and refused when both are.';

CREATE TRIGGER task_dependencies_conflict_starts_unbroken
    AFTER INSERT ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'conflicts')
    EXECUTE FUNCTION task_dependencies_conflict_starts_unbroken();

COMMENT ON TRIGGER task_dependencies_conflict_starts_unbroken ON task_dependencies IS
    'A conflict is declared while at most one of its tasks is in progress.';

CREATE TRIGGER task_dependencies_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'task_dependencies', 'task_id depends_on_id kind',
        'holder_id'
    );

COMMENT ON TRIGGER task_dependencies_record_change ON task_dependencies IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_dependencies_not_truncated
    AFTER TRUNCATE ON task_dependencies
    EXECUTE FUNCTION refuse_rewriting('task_dependencies', 'task_dependencies_not_truncated');

COMMENT ON TRIGGER task_dependencies_not_truncated ON task_dependencies IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a word for a kind of dependency in another vocabulary. Imports and callers look words
-- up here; a migration, or a person who meets a new vocabulary, adds to it.

CREATE TABLE task_dependency_kind_aliases (
    alias text                  NOT NULL,
    kind  task_dependency_kind,

    CONSTRAINT task_dependency_kind_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_dependency_kind_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$')
);

COMMENT ON TABLE task_dependency_kind_aliases IS 'Words for kinds of dependencies in other vocabularies.';
COMMENT ON COLUMN task_dependency_kind_aliases.alias IS
    'The word in lower case, with spaces and hyphens folded to underscores.';
COMMENT ON COLUMN task_dependency_kind_aliases.kind IS
    'The kind of edge that it means; null when it means no edge: the other task is the parent.';

COMMENT ON CONSTRAINT task_dependency_kind_aliases_are_folded ON task_dependency_kind_aliases IS
    'An alias is written in lower case with single underscores.';

-- The words for kinds of dependencies that are known from the start. What is there already stays as
-- it is. A word without a kind says that the other task is the parent.

INSERT INTO task_dependency_kind_aliases (alias, kind) VALUES
    ('blocks', 'blocks'), ('blocked_by', 'blocks'), ('depends_on', 'blocks'),
    ('depends', 'blocks'), ('requires', 'blocks'), ('finish_to_start', 'blocks'),
    ('suggests', 'suggests'), ('suggested_by', 'suggests'), ('soft', 'suggests'),
    ('relates_to', 'relates_to'), ('related_to', 'relates_to'), ('related', 'relates_to'),
    ('relates', 'relates_to'), ('see_also', 'relates_to'),
    ('conflicts', 'conflicts'), ('conflicts_with', 'conflicts'), ('excludes', 'conflicts'),
    ('subtask_of', NULL), ('child_of', NULL), ('part_of', NULL), ('parent', NULL)
ON CONFLICT (alias) DO NOTHING;

CREATE TRIGGER task_dependency_kind_aliases_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_dependency_kind_aliases
    FOR EACH ROW EXECUTE FUNCTION record_change('task_dependency_kind_aliases', 'alias');

COMMENT ON TRIGGER task_dependency_kind_aliases_record_change ON task_dependency_kind_aliases IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER task_dependency_kind_aliases_not_truncated
    AFTER TRUNCATE ON task_dependency_kind_aliases
    EXECUTE FUNCTION refuse_rewriting(
        'task_dependency_kind_aliases', 'task_dependency_kind_aliases_not_truncated'
    );

COMMENT ON TRIGGER task_dependency_kind_aliases_not_truncated ON task_dependency_kind_aliases IS
    'A table is emptied row by row, so that each is recorded.';

-- One row is something outside of the database that a task waits for: a vendor's answer, a release,
-- a decision. A person or an import writes it down, and somebody says by hand when it is there; it
-- ends with its task.

CREATE TABLE task_external_dependencies (
    id           uuid         NOT NULL DEFAULT uuid_v7(),
    task_id      uuid         NOT NULL,
    target       text         NOT NULL,
    description  text,
    metadata     jsonb        NOT NULL DEFAULT '{}',
    satisfied_at timestamptz,
    satisfied_by text,
    created_by   text,
    created_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_external_dependencies_pkey PRIMARY KEY (id),
    CONSTRAINT task_external_dependencies_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_external_dependencies_task_id_target_key UNIQUE (task_id, target),
    CONSTRAINT task_external_dependencies_target_has_1_to_500_characters
        CHECK (target ~ '\S' AND length(target) <= 500),
    CONSTRAINT task_external_dependencies_description_up_to_1_mb
        CHECK (octet_length(description) <= 1048576),
    CONSTRAINT task_external_dependencies_metadata_is_object
        CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT task_external_dependencies_satisfied_by_fits_satisfied_at
        CHECK (satisfied_at IS NOT NULL OR satisfied_by IS NULL),
    CONSTRAINT task_external_dependencies_satisfied_by_has_1_to_200_characters
        CHECK (satisfied_by ~ '\S' AND length(satisfied_by) <= 200),
    CONSTRAINT task_external_dependencies_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

COMMENT ON TABLE task_external_dependencies IS
    'What tasks wait for outside of the database. Each that is not satisfied counts as an open blocker.';
COMMENT ON COLUMN task_external_dependencies.target IS 'What is waited for: a text, or an address.';
COMMENT ON COLUMN task_external_dependencies.description IS 'What is to be known about it.';
COMMENT ON COLUMN task_external_dependencies.metadata IS 'Object of what an import found; unknown keys are kept.';
COMMENT ON COLUMN task_external_dependencies.satisfied_at IS
    'Since when it is there, as somebody has said; null while the task waits for it.';
COMMENT ON COLUMN task_external_dependencies.satisfied_by IS 'Who has said so.';

COMMENT ON CONSTRAINT task_external_dependencies_task_id_fkey ON task_external_dependencies IS
    'An external dependency ends with its task.';
COMMENT ON CONSTRAINT task_external_dependencies_task_id_target_key
    ON task_external_dependencies IS 'A task waits for a target once.';
COMMENT ON CONSTRAINT task_external_dependencies_target_has_1_to_500_characters
    ON task_external_dependencies IS 'A target has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT task_external_dependencies_description_up_to_1_mb
    ON task_external_dependencies IS 'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT task_external_dependencies_metadata_is_object ON task_external_dependencies IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT task_external_dependencies_satisfied_by_fits_satisfied_at
    ON task_external_dependencies IS 'Nobody has satisfied what is not satisfied.';
COMMENT ON CONSTRAINT task_external_dependencies_satisfied_by_has_1_to_200_characters
    ON task_external_dependencies IS
    'Who satisfied it has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT task_external_dependencies_created_by_has_1_to_200_characters
    ON task_external_dependencies IS 'A creator''s name has 1 to 200 characters and is not blank.';

CREATE FUNCTION task_external_dependencies_lock_graph() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _dependency task_external_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    -- As a writer of edges: first the graph, then the dependant. A completion, which counts down
    -- many dependants, never runs beside it.
    PERFORM lock_task_graph(project_id) FROM tasks WHERE id = _dependency.task_id;
    PERFORM FROM tasks WHERE id = _dependency.task_id FOR NO KEY UPDATE;
    RETURN _dependency;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_lock_graph() IS
    'Trigger function: takes the graph lock and the dependant before an external dependency changes.';

CREATE TRIGGER task_external_dependencies_lock_graph
    BEFORE INSERT OR UPDATE OF task_id, satisfied_at OR DELETE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_external_dependencies_lock_graph();

COMMENT ON TRIGGER task_external_dependencies_lock_graph ON task_external_dependencies IS
    'What the tasks of one project wait for changes one after another.';

CREATE TRIGGER task_external_dependencies_touch_updated_at
    BEFORE UPDATE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER task_external_dependencies_touch_updated_at ON task_external_dependencies IS
    'Every update sets updated_at.';

CREATE FUNCTION task_external_dependencies_keep_their_task() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'task_external_dependencies', 'task_external_dependencies_keep_their_task',
        'an external dependency cannot be moved to another task',
        NULL,
        'Delete it and insert the one that you want.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_keep_their_task() IS
    'Trigger function: refuses to move an external dependency.';

CREATE TRIGGER task_external_dependencies_keep_their_task
    AFTER UPDATE OF task_id ON task_external_dependencies
    FOR EACH ROW WHEN (OLD.task_id <> NEW.task_id)
    EXECUTE FUNCTION task_external_dependencies_keep_their_task();

COMMENT ON TRIGGER task_external_dependencies_keep_their_task ON task_external_dependencies IS
    'An external dependency keeps its task.';

CREATE FUNCTION task_external_dependencies_added_while_not_running() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Safe against a race: the dependant is locked since before the change, so nobody claims it.
    IF EXISTS (SELECT FROM task_executions WHERE task_id = NEW.task_id AND status = 'running') THEN
        PERFORM refuse(
            'task_external_dependencies', 'task_external_dependencies_added_while_not_running',
            format(
                'an agent is working on the task, so it cannot be made to wait for %s',
                NEW.target
            ),
            format('Task: %s', NEW.task_id),
            'Release the attempt first, or wait until it has ended.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_added_while_not_running() IS
    'Trigger function: refuses to make a task wait that an agent is working on.';

CREATE TRIGGER task_external_dependencies_added_while_not_running
    AFTER INSERT OR UPDATE OF satisfied_at ON task_external_dependencies
    FOR EACH ROW WHEN (NEW.satisfied_at IS NULL)
    EXECUTE FUNCTION task_external_dependencies_added_while_not_running();

COMMENT ON TRIGGER task_external_dependencies_added_while_not_running
    ON task_external_dependencies IS
    'A task is not made to wait for anything while an agent is working on it.';

CREATE FUNCTION task_external_dependencies_count_on_tasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _change integer :=
        (TG_OP <> 'DELETE' AND NEW.satisfied_at IS NULL)::integer
        - (TG_OP <> 'INSERT' AND OLD.satisfied_at IS NULL)::integer;
BEGIN
    IF _change <> 0 THEN
        UPDATE tasks
        SET open_blockers = open_blockers + _change,
            moves = moves + 1,
            updated_at = clock_timestamp()
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.task_id ELSE NEW.task_id END;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_external_dependencies_count_on_tasks() IS
    'Trigger function: keeps tasks.open_blockers as external dependencies come, are satisfied and go.';

CREATE TRIGGER task_external_dependencies_count_on_tasks
    AFTER INSERT OR UPDATE OF satisfied_at OR DELETE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_external_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_external_dependencies_count_on_tasks ON task_external_dependencies IS
    'A task waits for each external dependency that is not satisfied.';

CREATE TRIGGER task_external_dependencies_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_external_dependencies
    FOR EACH ROW EXECUTE FUNCTION record_change('task_external_dependencies', 'id');

COMMENT ON TRIGGER task_external_dependencies_record_change ON task_external_dependencies IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER task_external_dependencies_not_truncated
    AFTER TRUNCATE ON task_external_dependencies
    EXECUTE FUNCTION refuse_rewriting(
        'task_external_dependencies', 'task_external_dependencies_not_truncated'
    );

COMMENT ON TRIGGER task_external_dependencies_not_truncated ON task_external_dependencies IS
    'A table is emptied row by row, so that each is recorded.';

-- One row says what a project, an agent, a list, a task or any other thing here is called in a
-- foreign system: a repository's number at GitHub, an issue's id at Linear. An import, a webhook or
-- a person writes it; it ends with the thing that it is about.
--
-- A thing is named by its table and its id. Of the tables of this domain, columns that follow from
-- the two are foreign keys, so that no reference is left behind at any isolation level. This file
-- cannot know the tables of later domains: they have a trigger that forgets the references.

CREATE TABLE external_references (
    id           uuid         NOT NULL DEFAULT uuid_v7(),
    entity_type  text         NOT NULL,
    entity_id    uuid         NOT NULL,
    system       text         NOT NULL,
    kind         text         NOT NULL,
    external_id  text         NOT NULL,
    url          text,
    metadata     jsonb        NOT NULL DEFAULT '{}',
    created_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz  NOT NULL DEFAULT clock_timestamp(),
    project_id   uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'projects' THEN entity_id END
    ) STORED,
    agent_id     uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'agents' THEN entity_id END
    ) STORED,
    task_list_id uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'task_lists' THEN entity_id END
    ) STORED,
    task_id      uuid         GENERATED ALWAYS AS (
        CASE WHEN entity_type = 'tasks' THEN entity_id END
    ) STORED,

    CONSTRAINT external_references_pkey PRIMARY KEY (id),
    CONSTRAINT external_references_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT external_references_agent_id_fkey
        FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT external_references_task_list_id_fkey
        FOREIGN KEY (task_list_id) REFERENCES task_lists (id) ON DELETE CASCADE,
    CONSTRAINT external_references_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT external_references_entity_type_is_identifier
        CHECK (entity_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT external_references_system_is_identifier
        CHECK (system ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT external_references_kind_is_identifier CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT external_references_external_id_has_1_to_500_characters
        CHECK (external_id ~ '\S' AND length(external_id) <= 500),
    CONSTRAINT external_references_url_is_http_url
        CHECK (url ~ '^https?://[^\s@]+$' AND length(url) <= 2000),
    CONSTRAINT external_references_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT external_references_metadata_up_to_1_mb
        CHECK (octet_length(metadata::text) <= 1048576)
);

-- list_referenced_entities: what something in a foreign system is called here.
CREATE UNIQUE INDEX external_references_are_made_once
    ON external_references (system, kind, external_id, entity_type, entity_id);

-- list_external_references, and those of a deleted row of a later domain.
CREATE INDEX external_references_entity_id_entity_type_idx
    ON external_references (entity_id, entity_type);

-- external_references_project_id_fkey
CREATE INDEX external_references_project_id_idx ON external_references (project_id)
    WHERE project_id IS NOT NULL;

-- external_references_agent_id_fkey
CREATE INDEX external_references_agent_id_idx ON external_references (agent_id)
    WHERE agent_id IS NOT NULL;

-- external_references_task_list_id_fkey
CREATE INDEX external_references_task_list_id_idx ON external_references (task_list_id)
    WHERE task_list_id IS NOT NULL;

-- external_references_task_id_fkey
CREATE INDEX external_references_task_id_idx ON external_references (task_id)
    WHERE task_id IS NOT NULL;

COMMENT ON TABLE external_references IS 'What things here are called in foreign systems.';
COMMENT ON COLUMN external_references.entity_type IS 'The table that the thing is a row of: tasks, say.';
COMMENT ON COLUMN external_references.entity_id IS 'The id of the row.';
COMMENT ON COLUMN external_references.system IS 'The foreign system: github, linear or any other word.';
COMMENT ON COLUMN external_references.kind IS
    'What it is there: repository, team, issue or any other word.';
COMMENT ON COLUMN external_references.external_id IS 'Its id or number there.';
COMMENT ON COLUMN external_references.url IS 'Where people find it.';
COMMENT ON COLUMN external_references.metadata IS 'Object of what else the foreign system says; unknown keys are kept.';
COMMENT ON COLUMN external_references.project_id IS 'The project, where it is one. Kept by the database.';
COMMENT ON COLUMN external_references.agent_id IS 'The agent, where it is one. Kept by the database.';
COMMENT ON COLUMN external_references.task_list_id IS 'The list, where it is one. Kept by the database.';
COMMENT ON COLUMN external_references.task_id IS 'The task, where it is one. Kept by the database.';

COMMENT ON CONSTRAINT external_references_project_id_fkey ON external_references IS
    'A reference to a project is to one that exists, and ends with it.';
COMMENT ON CONSTRAINT external_references_agent_id_fkey ON external_references IS
    'A reference to an agent is to one that exists, and ends with it.';
COMMENT ON CONSTRAINT external_references_task_list_id_fkey ON external_references IS
    'A reference to a list is to one that exists, and ends with it.';
COMMENT ON CONSTRAINT external_references_task_id_fkey ON external_references IS
    'A reference to a task is to one that exists, and ends with it.';
COMMENT ON INDEX external_references_are_made_once IS
    'One thing here is called by one name of one kind in one system once. It may have several names, and several things may share one.';
COMMENT ON CONSTRAINT external_references_entity_type_is_identifier ON external_references IS
    'A table is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT external_references_system_is_identifier ON external_references IS
    'A system is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT external_references_kind_is_identifier ON external_references IS
    'A kind is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT external_references_external_id_has_1_to_500_characters
    ON external_references IS 'A foreign id has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT external_references_url_is_http_url ON external_references IS
    'An address is reached by http or https, has at most 2000 characters and carries no password.';
COMMENT ON CONSTRAINT external_references_metadata_is_object ON external_references IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT external_references_metadata_up_to_1_mb ON external_references IS
    'Metadata have at most 1048576 bytes.';

CREATE FUNCTION forget_external_references() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    DELETE FROM external_references WHERE entity_type = TG_ARGV[0] AND entity_id = OLD.id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION forget_external_references() IS
    'Trigger function: deletes the external references of a deleted row. For tables of later domains. Argument: the table.';

CREATE TRIGGER external_references_touch_updated_at
    BEFORE UPDATE ON external_references
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER external_references_touch_updated_at ON external_references IS
    'Every update sets updated_at.';

CREATE TRIGGER external_references_record_change
    AFTER INSERT OR UPDATE OR DELETE ON external_references
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'external_references', 'id', 'project_id', 'agent_id', 'task_list_id', 'task_id'
    );

COMMENT ON TRIGGER external_references_record_change ON external_references IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER external_references_not_truncated
    AFTER TRUNCATE ON external_references
    EXECUTE FUNCTION refuse_rewriting(
        'external_references', 'external_references_not_truncated'
    );

COMMENT ON TRIGGER external_references_not_truncated ON external_references IS
    'A table is emptied row by row, so that each is recorded.';

-- All that a task depends on, within the database and outside, with what has become of it.

CREATE VIEW task_dependency_status WITH (security_invoker = true) AS
SELECT
    task.project_id,
    edge.task_id,
    task.ref::text AS ref,
    edge.kind,
    edge.depends_on_id,
    blocker.ref::text AS target,
    blocker.title::text AS title,
    blocker.status AS depends_on_status,
    edge.policy,
    edge.metadata ->> 'description' AS description,
    false AS is_external,
    NOT is_open_blocker(blocker.status, edge.policy) AS is_satisfied,
    CASE
        WHEN is_open_blocker(blocker.status, edge.policy) THEN NULL
        WHEN blocker.status = 'completed' THEN blocker.completed_at
        -- Failed or cancelled: no column has the moment, but the record of changes has.
        ELSE coalesce(
            (
                SELECT max(change.changed_at)
                FROM audit_log AS change
                WHERE change.entity_type = 'tasks'
                    AND change.entity_id = blocker.id::text
                    AND change.new_values ->> 'status' = blocker.status::text
            ),
            blocker.updated_at
        )
    END AS satisfied_at,
    NULL AS satisfied_by,
    edge.created_by,
    edge.created_at
FROM task_dependencies AS edge
JOIN tasks AS task ON task.id = edge.task_id
JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
UNION ALL
SELECT
    task.project_id,
    dependency.task_id,
    task.ref::text AS ref,
    'blocks' AS kind,
    NULL AS depends_on_id,
    dependency.target,
    NULL AS title,
    NULL AS depends_on_status,
    NULL AS policy,
    dependency.description,
    true AS is_external,
    dependency.satisfied_at IS NOT NULL AS is_satisfied,
    dependency.satisfied_at,
    dependency.satisfied_by,
    dependency.created_by,
    dependency.created_at
FROM task_external_dependencies AS dependency
JOIN tasks AS task ON task.id = dependency.task_id;

COMMENT ON VIEW task_dependency_status IS
    'Dependencies of tasks, those outside of the database too, and whether each is satisfied.';
COMMENT ON COLUMN task_dependency_status.target IS
    'What is depended on: the ref of a task, or the text of what is outside.';
COMMENT ON COLUMN task_dependency_status.is_satisfied IS
    'Whether the task need not wait for it: the blocker is completed, or has ended and the policy is satisfy, or somebody has said that it is there. Of a kind that does not block, whether it would be.';
COMMENT ON COLUMN task_dependency_status.satisfied_at IS
    'Since when it is satisfied. Of a blocker that was cancelled or failed, as audit_log tells; where that is gone, when the blocker last changed.';

-- Conflicts as each of their two tasks sees them: an edge is written one way and holds both ways.
-- Asked about one task, each half has an index, which an OR of both columns has not.

CREATE VIEW task_conflicts WITH (security_invoker = true) AS
SELECT task_id, depends_on_id AS rival_id, holder_id
FROM task_dependencies
WHERE kind = 'conflicts'
UNION ALL
SELECT depends_on_id AS task_id, task_id AS rival_id, holder_id
FROM task_dependencies
WHERE kind = 'conflicts';

COMMENT ON VIEW task_conflicts IS
    'Tasks that are never both in progress: two rows a conflict, one for each of its tasks.';
COMMENT ON COLUMN task_conflicts.holder_id IS
    'Which of the two is in progress; null when neither is.';

-- One row is something learnt or said about a task: a requirement, a piece of the codebase, a talk
-- with a model, a validation, an error. Agents and people add rows, and nobody rewrites them; they
-- end with the task.

CREATE TABLE task_contexts (
    id         bigint       GENERATED ALWAYS AS IDENTITY,
    task_id    uuid         NOT NULL,
    type       text         NOT NULL,
    data       jsonb        NOT NULL DEFAULT '{}',
    metadata   jsonb        NOT NULL DEFAULT '{}',
    created_by text,
    created_at timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_contexts_pkey PRIMARY KEY (id),
    CONSTRAINT task_contexts_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_contexts_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT task_contexts_data_is_array_or_object
        CHECK (jsonb_typeof(data) IN ('array', 'object')),
    CONSTRAINT task_contexts_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT task_contexts_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- task_contexts_task_id_fkey, and the contexts of a task by type.
CREATE INDEX task_contexts_task_id_type_idx ON task_contexts (task_id, type);

-- The contexts of a type, whatever task they are of.
CREATE INDEX task_contexts_type_id_idx ON task_contexts (type, id);

COMMENT ON TABLE task_contexts IS
    'What was learnt or said about a task. Not audited: a history itself.';
COMMENT ON COLUMN task_contexts.type IS
    'Kind of context: requirement, codebase, ai_interaction, validation, error, execution or any other word.';
COMMENT ON COLUMN task_contexts.data IS 'The context itself, an object or an array.';
COMMENT ON COLUMN task_contexts.metadata IS 'Object of what is to be known about the context.';

COMMENT ON CONSTRAINT task_contexts_task_id_fkey ON task_contexts IS 'Contexts end with their task.';
COMMENT ON CONSTRAINT task_contexts_type_is_identifier ON task_contexts IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT task_contexts_data_is_array_or_object ON task_contexts IS
    'A context is a JSON array or object.';
COMMENT ON CONSTRAINT task_contexts_metadata_is_object ON task_contexts IS 'Metadata are a JSON object.';
COMMENT ON CONSTRAINT task_contexts_created_by_has_1_to_200_characters ON task_contexts IS
    'A creator''s name has 1 to 200 characters and is not blank.';

CREATE TRIGGER task_contexts_never_rewritten
    AFTER UPDATE ON task_contexts
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting(
        'task_contexts', 'task_contexts_never_rewritten'
    );

COMMENT ON TRIGGER task_contexts_never_rewritten ON task_contexts IS
    'What was said stays as it was said; more is said in another row.';

CREATE TRIGGER task_contexts_not_truncated
    AFTER TRUNCATE ON task_contexts
    EXECUTE FUNCTION refuse_rewriting('task_contexts', 'task_contexts_not_truncated');

COMMENT ON TRIGGER task_contexts_not_truncated ON task_contexts IS 'What was said is not emptied.';

-- One row is a tick: a requirement or a criterion of a task was found to be met. Whoever checks the
-- task makes it, and takes it back by deleting it. It is of words: it holds wherever the task says
-- the same, and counts for nothing while it does not. It ends with its task.

CREATE TYPE task_item_kind AS ENUM ('requirement', 'acceptance_criterion');

COMMENT ON TYPE task_item_kind IS 'What a task can be ticked off for.';

CREATE TABLE task_ticks (
    task_id       uuid         NOT NULL,
    item_id       uuid         NOT NULL,
    validation_id bigint,
    note          text,
    ticked_by     text         NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    ticked_at     timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_ticks_pkey PRIMARY KEY (task_id, item_id),
    CONSTRAINT task_ticks_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_ticks_note_has_1_to_10000_characters
        CHECK (note ~ '\S' AND length(note) <= 10000),
    CONSTRAINT task_ticks_ticked_by_has_1_to_200_characters
        CHECK (ticked_by ~ '\S' AND length(ticked_by) <= 200)
);

COMMENT ON TABLE task_ticks IS 'Requirements and criteria of tasks that are met: see task_items.';
COMMENT ON COLUMN task_ticks.item_id IS 'Made of the kind and the words of the item by task_item_id.';
COMMENT ON COLUMN task_ticks.validation_id IS
    'The validation that proved it. Validations come later than tasks, and go earlier: no foreign key.';
COMMENT ON COLUMN task_ticks.note IS 'What there is to be said about it.';
COMMENT ON COLUMN task_ticks.ticked_by IS
    'Who ticked it: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT task_ticks_task_id_fkey ON task_ticks IS 'A tick ends with its task.';
COMMENT ON CONSTRAINT task_ticks_note_has_1_to_10000_characters ON task_ticks IS
    'A note has 1 to 10000 characters and is not blank.';
COMMENT ON CONSTRAINT task_ticks_ticked_by_has_1_to_200_characters ON task_ticks IS
    'Whoever ticks has a name of 1 to 200 characters that is not blank.';

CREATE FUNCTION task_item_id(_kind task_item_kind, _item jsonb) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN encode(
        substring(sha256(convert_to(_kind || ' ' || _item, 'UTF8')) FOR 16), 'hex'
    )::uuid;

COMMENT ON FUNCTION task_item_id(task_item_kind, jsonb) IS
    'The id of an item of a task: the same for the same words.';

CREATE TRIGGER task_ticks_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_ticks
    FOR EACH ROW EXECUTE FUNCTION record_change('task_ticks', 'task_id item_id');

COMMENT ON TRIGGER task_ticks_record_change ON task_ticks IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_ticks_not_truncated
    AFTER TRUNCATE ON task_ticks
    EXECUTE FUNCTION refuse_rewriting('task_ticks', 'task_ticks_not_truncated');

COMMENT ON TRIGGER task_ticks_not_truncated ON task_ticks IS 'A table is emptied row by row, so that each is recorded.';

-- One row limits how many attempts run at once: those of a project, those of an agent, or those of
-- an agent in a project. A person sets it; without a row nothing is limited. Claims under a limit
-- follow one another at its row; all others do not know of it.

CREATE TABLE claim_limits (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    project_id  uuid,
    agent_id    uuid,
    max_running integer      NOT NULL,
    claims      bigint       NOT NULL DEFAULT 0,
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT claim_limits_pkey PRIMARY KEY (id),
    CONSTRAINT claim_limits_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT claim_limits_agent_id_fkey
        FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT claim_limits_project_id_agent_id_key
        UNIQUE NULLS NOT DISTINCT (project_id, agent_id),
    CONSTRAINT claim_limits_are_of_a_project_or_an_agent
        CHECK (num_nonnulls(project_id, agent_id) > 0),
    CONSTRAINT claim_limits_max_running_not_negative CHECK (max_running >= 0)
);

-- claim_limits_agent_id_fkey, and the limits of an agent in every project.
CREATE INDEX claim_limits_agent_id_idx ON claim_limits (agent_id) WHERE agent_id IS NOT NULL;

COMMENT ON TABLE claim_limits IS 'How many attempts of a project, of an agent, or of both may run at once.';
COMMENT ON COLUMN claim_limits.project_id IS 'The project; null for an agent wherever it works.';
COMMENT ON COLUMN claim_limits.agent_id IS 'The agent; null for all agents of the project together.';
COMMENT ON COLUMN claim_limits.max_running IS 'Number of running attempts from which on nothing is claimed; 0 stops the claims.';
COMMENT ON COLUMN claim_limits.claims IS
    'Counts the claims that asked. Kept by the database: it is what a claim with an old snapshot stumbles over.';

COMMENT ON CONSTRAINT claim_limits_project_id_fkey ON claim_limits IS 'A limit ends with its project.';
COMMENT ON CONSTRAINT claim_limits_agent_id_fkey ON claim_limits IS 'A limit ends with its agent.';
COMMENT ON CONSTRAINT claim_limits_project_id_agent_id_key ON claim_limits IS
    'Nothing has two limits.';
COMMENT ON CONSTRAINT claim_limits_are_of_a_project_or_an_agent ON claim_limits IS
    'A limit is of a project, of an agent, or of an agent in a project.';
COMMENT ON CONSTRAINT claim_limits_max_running_not_negative ON claim_limits IS
    'A limit is zero or more.';

CREATE TRIGGER claim_limits_touch_updated_at
    BEFORE UPDATE ON claim_limits
    FOR EACH ROW WHEN (OLD.claims = NEW.claims)
    EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER claim_limits_touch_updated_at ON claim_limits IS
    'Every update but that of a claim sets updated_at.';

CREATE TRIGGER claim_limits_record_change
    AFTER INSERT OR UPDATE OR DELETE ON claim_limits
    FOR EACH ROW EXECUTE FUNCTION record_change('claim_limits', 'id', 'claims');

COMMENT ON TRIGGER claim_limits_record_change ON claim_limits IS 'Every change is recorded in audit_log.';

CREATE TRIGGER claim_limits_not_truncated
    AFTER TRUNCATE ON claim_limits
    EXECUTE FUNCTION refuse_rewriting('claim_limits', 'claim_limits_not_truncated');

COMMENT ON TRIGGER claim_limits_not_truncated ON claim_limits IS 'A table is emptied row by row, so that each is recorded.';

-- How many more attempts the limits of a project and an agent allow, for a claim that is under one.
-- Every such claim locks its limits first, in one order, and changes them: so the next one counts
-- what this one starts, or, with a snapshot from before, gets a serialization failure.
CREATE FUNCTION lock_claim_limits(_project_id uuid, _agent_id uuid) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _limit_ids uuid[];
BEGIN
    _limit_ids := ARRAY(
        SELECT claim_limit.id FROM claim_limits AS claim_limit
        WHERE (claim_limit.project_id = _project_id OR claim_limit.project_id IS NULL)
            AND (claim_limit.agent_id = _agent_id OR claim_limit.agent_id IS NULL)
        ORDER BY claim_limit.id
        FOR NO KEY UPDATE
    );
    IF cardinality(_limit_ids) = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE claim_limits SET claims = claims + 1 WHERE id = ANY (_limit_ids);
    RETURN (
        WITH running AS MATERIALIZED (
            SELECT task.project_id, execution.agent_id
            FROM task_executions AS execution
            JOIN tasks AS task ON task.id = execution.task_id
            WHERE execution.status = 'running'
        )
        SELECT greatest(0, min(claim_limit.max_running - (
            SELECT count(*) FROM running
            WHERE (claim_limit.project_id IS NULL OR running.project_id = claim_limit.project_id)
                AND (claim_limit.agent_id IS NULL OR running.agent_id = claim_limit.agent_id)
        )))
        FROM claim_limits AS claim_limit
        WHERE claim_limit.id = ANY (_limit_ids)
    );
END
$$;

COMMENT ON FUNCTION lock_claim_limits(uuid, uuid) IS
    'Locks the limits that a claim of this agent in this project is under until the end of the transaction. How many more attempts they allow; null when there is no limit.';

-- What follows when the status of a task changes. Claim, complete, fail, release and reap do this
-- by themselves, for many tasks in one statement, and count it in tasks.moves; for every other
-- update the triggers below do it row by row. A plain UPDATE takes its locks after the row, so it
-- can, at worst, run into a deadlock that the server breaks; it cannot leave the graph wrong.

CREATE FUNCTION settle_successors(_task_ids uuid[], _from task_status, _to task_status) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _successor_ids uuid[];
BEGIN
    _successor_ids := ARRAY(
        SELECT edge.task_id FROM task_dependencies AS edge
        WHERE edge.depends_on_id = ANY (_task_ids) AND edge.kind = 'blocks'
    );
    IF cardinality(_successor_ids) = 0 THEN
        RETURN;
    END IF;
    -- All successors are locked in one order before any is changed, so that completions side by
    -- side cannot wait for each other in a circle; and the count is a statement of its own, so that
    -- it starts from what the locks have waited for.
    PERFORM FROM tasks WHERE id = ANY (_successor_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE tasks AS task
    SET open_blockers = task.open_blockers + change.amount,
        moves = task.moves + 1,
        updated_at = clock_timestamp()
    FROM (
        SELECT
            edge.task_id,
            sum(
                is_open_blocker(_to, edge.policy)::integer
                - is_open_blocker(_from, edge.policy)::integer
            )::integer AS amount
        FROM task_dependencies AS edge
        WHERE edge.depends_on_id = ANY (_task_ids) AND edge.kind = 'blocks'
        GROUP BY edge.task_id
    ) AS change
    WHERE task.id = change.task_id AND change.amount <> 0;
    IF _to IN ('failed', 'cancelled') THEN
        UPDATE tasks AS task
        SET status = 'cancelled', status_reason = format('%s is %s', blocker.ref, _to)
        FROM task_dependencies AS edge
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        WHERE edge.depends_on_id = ANY (_task_ids)
            AND edge.kind = 'blocks'
            AND edge.policy = 'cancel'
            AND task.id = edge.task_id
            AND task.status IN ('pending', 'blocked', 'deferred');
    END IF;
END
$$;

COMMENT ON FUNCTION settle_successors(uuid[], task_status, task_status) IS
    'Counts the open blockers of those that wait for tasks which went from one status to another, and applies each edge''s policy. The caller holds the graph lock.';

CREATE FUNCTION tasks_status_follows_transitions(_ref text, _from task_status, _to task_status)
RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A move that is listed or struck off meanwhile may be judged either way: no lock is needed.
    IF NOT EXISTS (
        SELECT FROM task_status_transitions WHERE from_status = _from AND to_status = _to
    ) THEN
        PERFORM refuse(
            'tasks', 'tasks_status_follows_transitions',
            format('task %s cannot go from %s to %s', _ref, _from, _to),
            (
                SELECT format(
                    'From %s a task can go to %s.',
                    _from, string_agg(to_status::text, ', ' ORDER BY to_status)
                )
                FROM task_status_transitions
                WHERE from_status = _from
            ),
            'Go by one of the statuses listed, or add the move to task_status_transitions.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION tasks_status_follows_transitions(text, task_status, task_status) IS
    'A task moves only along the rows of task_status_transitions.';

CREATE FUNCTION tasks_reopened_with_a_reason(
    _ref text, _from task_status, _to task_status, _reason text
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF is_closed(_from) AND NOT is_closed(_to) AND _reason IS NULL THEN
        PERFORM refuse(
            'tasks', 'tasks_reopened_with_a_reason',
            format('task %s is %s and would be reopened without a reason', _ref, _from),
            NULL,
            'Set status_reason in the same update.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION tasks_reopened_with_a_reason(text, task_status, task_status, text) IS
    'A closed task is reopened with a reason.';

CREATE FUNCTION tasks_follow_status() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NULL;
    END IF;
    PERFORM tasks_status_follows_transitions(NEW.ref, OLD.status, NEW.status);
    PERFORM tasks_reopened_with_a_reason(NEW.ref, OLD.status, NEW.status, NEW.status_reason);
    IF OLD.status = 'in_progress' THEN
        UPDATE task_executions
        SET status = 'cancelled',
            completed_at = clock_timestamp(),
            error_details = jsonb_build_object('reason', format('the task became %s', NEW.status))
        WHERE task_id = NEW.id AND status = 'running';
    END IF;
    IF is_closed(OLD.status) OR is_closed(NEW.status) THEN
        -- Only a completion touches nothing but its direct successors, so only it may share the
        -- graph.
        IF NEW.status = 'completed' THEN
            PERFORM share_task_graph(NEW.project_id);
        ELSE
            PERFORM lock_task_graph(NEW.project_id);
        END IF;
        PERFORM settle_successors(ARRAY[NEW.id], OLD.status, NEW.status);
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_follow_status() IS
    'Trigger function: checks a move, takes the running attempt away from a task that leaves in_progress, and settles those that wait for a task that ends or is reopened.';

CREATE TRIGGER tasks_follow_status
    AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (OLD.moves = NEW.moves)
    EXECUTE FUNCTION tasks_follow_status();

COMMENT ON TRIGGER tasks_follow_status ON tasks IS
    'A task that is not in progress has no running attempt, and a task that ends frees, or by policy cancels, those that wait for it.';

CREATE FUNCTION tasks_in_conflict_never_both_in_progress() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _other text;
BEGIN
    IF (OLD.status = 'in_progress') = (NEW.status = 'in_progress') THEN
        RETURN NULL;
    END IF;
    IF OLD.status = 'in_progress' THEN
        UPDATE task_dependencies SET holder_id = NULL WHERE holder_id = NEW.id;
        RETURN NULL;
    END IF;
    -- Each conflict has one holder. Two tasks that start at once meet at the row of their edge: the
    -- second waits for the first and finds it there, or, at the stricter isolation levels, gets a
    -- serialization failure.
    PERFORM FROM task_conflicts AS conflict
    JOIN task_dependencies AS edge
        ON edge.task_id IN (conflict.task_id, conflict.rival_id)
        AND edge.depends_on_id IN (conflict.task_id, conflict.rival_id)
        AND edge.kind = 'conflicts'
    WHERE conflict.task_id = NEW.id
    ORDER BY edge.task_id, edge.depends_on_id
    FOR NO KEY UPDATE OF edge;
    SELECT task.ref INTO _other
    FROM task_conflicts AS conflict
    JOIN tasks AS task ON task.id = conflict.holder_id
    WHERE conflict.task_id = NEW.id AND conflict.holder_id <> NEW.id
    ORDER BY task.ref
    LIMIT 1;
    IF FOUND THEN
        PERFORM refuse(
            'tasks', 'tasks_in_conflict_never_both_in_progress',
            format('task %s cannot start while %s is in progress', NEW.ref, _other),
            NULL,
            'Wait until the other task is finished, or remove the conflict.'
        );
    END IF;
    UPDATE task_dependencies SET holder_id = NEW.id
    WHERE task_id = NEW.id AND kind = 'conflicts';
    UPDATE task_dependencies SET holder_id = NEW.id
    WHERE depends_on_id = NEW.id AND kind = 'conflicts';
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_in_conflict_never_both_in_progress() IS
    'Trigger function: lets one of two conflicting tasks hold their edge while it is in progress, and refuses the other.';

CREATE TRIGGER tasks_in_conflict_never_both_in_progress
    AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (NEW.conflicts > 0)
    EXECUTE FUNCTION tasks_in_conflict_never_both_in_progress();

COMMENT ON TRIGGER tasks_in_conflict_never_both_in_progress ON tasks IS
    'Of two tasks that conflict, at most one is in progress.';

-- Deleting tasks so that they can be brought back, and lists in which nothing lives. Each takes its
-- lock in a statement of its own, so that what follows sees all that the lock has waited for.

CREATE FUNCTION delete_tasks(_task_id uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _deleted_at timestamptz;
BEGIN
    PERFORM lock_task_graph(project_id) FROM tasks WHERE id = _task_id;
    _deleted_at := clock_timestamp();
    RETURN QUERY
    WITH RECURSIVE family AS (
        SELECT task.id FROM tasks AS task WHERE task.id = _task_id AND task.deleted_at IS NULL
        UNION ALL
        SELECT child.id
        FROM family
        JOIN tasks AS child ON child.parent_id = family.id AND child.deleted_at IS NULL
    )
    UPDATE tasks AS task
    SET deleted_at = _deleted_at,
        status = CASE WHEN is_closed(task.status) THEN task.status ELSE 'cancelled' END,
        status_reason = CASE WHEN is_closed(task.status) THEN task.status_reason ELSE 'deleted' END
    FROM family
    WHERE task.id = family.id
    RETURNING task.id;
END
$$;

COMMENT ON FUNCTION delete_tasks(uuid) IS
    'Deletes a task and those under it, cancelling what is open, and gives their ids. They can be brought back.';

CREATE FUNCTION restore_tasks(_task_id uuid)
RETURNS TABLE (id uuid, ref text, status task_status)
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_task_graph(task.project_id) FROM tasks AS task WHERE task.id = _task_id;
    RETURN QUERY
    WITH RECURSIVE family AS (
        SELECT task.id, task.deleted_at
        FROM tasks AS task
        WHERE task.id = _task_id AND task.deleted_at IS NOT NULL
        UNION ALL
        SELECT child.id, child.deleted_at
        FROM family
        JOIN tasks AS child
            ON child.parent_id = family.id AND child.deleted_at = family.deleted_at
    )
    UPDATE tasks AS task
    SET deleted_at = NULL
    FROM family
    WHERE task.id = family.id
    RETURNING task.id, task.ref::text, task.status;
END
$$;

COMMENT ON FUNCTION restore_tasks(uuid) IS
    'Brings back a deleted task and those that were deleted together with it, closed as they are, and gives them.';

CREATE FUNCTION delete_task_list(_task_list_id uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Waits for whoever is adding a task to the list, and keeps away who will.
    PERFORM FROM task_lists WHERE id = _task_list_id FOR UPDATE;
    RETURN QUERY
    DELETE FROM task_lists AS list
    WHERE list.id = _task_list_id
        AND NOT EXISTS (
            SELECT FROM tasks AS task
            WHERE task.task_list_id = list.id AND task.deleted_at IS NULL
        )
    RETURNING list.id;
END
$$;

COMMENT ON FUNCTION delete_task_list(uuid) IS
    'Deletes a list in which no task lives, and erases the deleted ones in it. Gives its id; nothing when there is none, or a task lives in it.';

-- Each task with its document, for people and for searches over both.

CREATE VIEW task_overview WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    project.slug AS project_slug,
    task.task_list_id,
    list.name AS list_name,
    task.parent_id,
    task.ref::text AS ref,
    task.title::text AS title,
    detail.description,
    detail.details,
    detail.test_strategy,
    task.type::text AS type,
    task.status,
    task.status_reason::text AS status_reason,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.assignee_type,
    task.assignee::text AS assignee,
    task.assigned_at,
    task.open_blockers,
    task.attempts,
    task.failed_attempts,
    task.max_attempts::smallint AS max_attempts,
    task.estimated_hours::numeric AS estimated_hours,
    coalesce(
        task.actual_hours::numeric,
        (
            SELECT sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600
            FROM task_executions AS execution
            WHERE execution.task_id = task.id
        )
    ) AS actual_hours,
    detail.requirements,
    detail.acceptance_criteria,
    detail.affected_files,
    detail.tags,
    detail.context,
    detail.metadata,
    task.not_before,
    task.due_at,
    task.created_by::text AS created_by,
    task.created_at,
    task.updated_at,
    task.started_at,
    task.completed_at
FROM tasks AS task
JOIN task_lists AS list ON list.id = task.task_list_id
JOIN projects AS project ON project.id = task.project_id
LEFT JOIN task_details AS detail ON detail.task_id = task.id
WHERE task.deleted_at IS NULL;

COMMENT ON VIEW task_overview IS 'Tasks that are not deleted, with their documents, lists and projects.';
COMMENT ON COLUMN task_overview.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts.';

-- The requirements and acceptance criteria of tasks, one by one, with what is ticked.

CREATE VIEW task_items WITH (security_invoker = true) AS
SELECT
    detail.task_id,
    item.id,
    item.kind,
    item.position,
    item.content,
    item.content #>> '{}' AS words,
    tick.task_id IS NOT NULL AS is_ticked,
    tick.ticked_by,
    tick.ticked_at,
    tick.validation_id,
    tick.note
FROM task_details AS detail
CROSS JOIN LATERAL (
    SELECT task_item_id(each.kind, each.content) AS id, each.kind, each.position, each.content
    FROM (
        SELECT 'requirement'::task_item_kind AS kind, entry.position, entry.content
        FROM jsonb_array_elements(
            CASE jsonb_typeof(detail.requirements)
                WHEN 'array' THEN detail.requirements
                ELSE (
                    SELECT jsonb_agg(jsonb_build_object(key, value) ORDER BY key)
                    FROM jsonb_each(detail.requirements)
                )
            END
        ) WITH ORDINALITY AS entry (content, position)
        UNION ALL
        SELECT 'acceptance_criterion'::task_item_kind, entry.position, entry.content
        FROM jsonb_array_elements(detail.acceptance_criteria)
            WITH ORDINALITY AS entry (content, position)
    ) AS each
) AS item
LEFT JOIN task_ticks AS tick ON tick.task_id = detail.task_id AND tick.item_id = item.id;

COMMENT ON VIEW task_items IS
    'Requirements and acceptance criteria of tasks, one by one, with who found them met.';
COMMENT ON COLUMN task_items.id IS 'The same for the same words of a kind: name it to tick the item.';
COMMENT ON COLUMN task_items.content IS
    'As the document has it: a text or an object; of requirements that are an object, one key and its value.';
COMMENT ON COLUMN task_items.words IS 'The text, or the JSON of an object.';

-- The contexts of tasks under the names that users of earlier schemas know.

CREATE VIEW contexts WITH (security_invoker = true) AS
SELECT
    context.id,
    context.task_id,
    context.type AS context_type,
    context.data AS context_data,
    context.metadata,
    context.created_by,
    context.created_at,
    context.created_at AS updated_at
FROM task_contexts AS context;

COMMENT ON VIEW contexts IS 'What was learnt or said about tasks: task_contexts by other names.';
COMMENT ON COLUMN contexts.updated_at IS 'When it was created: a context is never rewritten.';

-- The contexts of each task, counted by type.

CREATE VIEW task_context_summary WITH (security_invoker = true) AS
SELECT
    context.task_id,
    context.type,
    count(*) AS context_count,
    min(context.created_at) AS first_created_at,
    max(context.created_at) AS last_created_at
FROM task_contexts AS context
GROUP BY context.task_id, context.type;

COMMENT ON VIEW task_context_summary IS
    'How many contexts of each type a task has, and when the first and the last came.';

-- Each task in one row, with what hangs on it counted.

CREATE VIEW task_summary WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    project.name AS project_name,
    list.name AS list_name,
    task.parent_id,
    task.ref::text AS ref,
    task.title::text AS title,
    detail.description,
    task.type::text AS type,
    task.status,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.assignee_type,
    task.assignee::text AS assignee,
    task.estimated_hours::numeric AS estimated_hours,
    coalesce(
        task.actual_hours::numeric,
        (
            SELECT sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600
            FROM task_executions AS execution
            WHERE execution.task_id = task.id
        )
    ) AS actual_hours,
    (
        SELECT count(*) FROM task_dependencies AS edge
        WHERE edge.task_id = task.id AND edge.kind = 'blocks'
    ) AS dependency_count,
    (
        SELECT count(*) FROM task_dependencies AS edge
        WHERE edge.depends_on_id = task.id AND edge.kind = 'blocks'
    ) AS dependent_count,
    task.open_blockers,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL
    ) AS subtask_count,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL AND child.status = 'completed'
    ) AS completed_subtask_count,
    (SELECT count(*) FROM task_items AS item WHERE item.task_id = task.id) AS item_count,
    (
        SELECT count(*) FROM task_items AS item WHERE item.task_id = task.id AND item.is_ticked
    ) AS ticked_item_count,
    (
        SELECT count(*) FROM task_contexts AS context WHERE context.task_id = task.id
    ) AS context_count,
    task.attempts AS execution_count,
    task.failed_attempts,
    -- By a stable clock, as in pr_tracking.
    coalesce(task.due_at < statement_timestamp() AND NOT is_closed(task.status), false)
        AS is_overdue,
    task.due_at,
    task.created_by::text AS created_by,
    task.created_at,
    task.updated_at,
    task.started_at,
    task.completed_at
FROM tasks AS task
JOIN task_lists AS list ON list.id = task.task_list_id
JOIN projects AS project ON project.id = task.project_id
LEFT JOIN task_details AS detail ON detail.task_id = task.id
WHERE task.deleted_at IS NULL;

COMMENT ON VIEW task_summary IS
    'Tasks that are not deleted, each in one row, with what hangs on it counted.';
COMMENT ON COLUMN task_summary.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts.';
COMMENT ON COLUMN task_summary.dependency_count IS 'Number of tasks that have to be done before it.';
COMMENT ON COLUMN task_summary.dependent_count IS 'Number of tasks that are to be done after it.';
COMMENT ON COLUMN task_summary.item_count IS 'Number of requirements and acceptance criteria.';
COMMENT ON COLUMN task_summary.execution_count IS 'Number of attempts so far.';
COMMENT ON COLUMN task_summary.is_overdue IS 'Whether it is open and its due moment has passed.';

-- Tasks counted by status, over all projects that the reader may see.

CREATE VIEW task_status_summary WITH (security_invoker = true) AS
SELECT
    task.status,
    count(*) AS task_count,
    round(100 * count(*) / sum(count(*)) OVER (), 2) AS percentage,
    round(avg(task.priority::numeric), 2) AS average_priority,
    round(avg(task.complexity_score::numeric), 2) AS average_complexity_score,
    sum(task.estimated_hours::numeric) AS estimated_hours,
    sum(coalesce(task.actual_hours::numeric, worked.hours)) AS actual_hours,
    count(*) FILTER (WHERE task.assignee IS NULL) AS unassigned_count,
    min(task.created_at) AS oldest_created_at,
    max(task.updated_at) AS latest_updated_at
FROM tasks AS task
LEFT JOIN (
    SELECT
        execution.task_id,
        sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600 AS hours
    FROM task_executions AS execution
    GROUP BY execution.task_id
) AS worked ON worked.task_id = task.id
WHERE task.deleted_at IS NULL
GROUP BY task.status;

COMMENT ON VIEW task_status_summary IS
    'How many tasks have each status, what share that is, and how much work they are. Deleted ones do not count.';
COMMENT ON COLUMN task_status_summary.percentage IS 'Share of all tasks, 0 to 100.';
COMMENT ON COLUMN task_status_summary.estimated_hours IS 'Hours of work expected; null when nothing is estimated.';
COMMENT ON COLUMN task_status_summary.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts; null when there are none.';
COMMENT ON COLUMN task_status_summary.unassigned_count IS 'Number of tasks without an assignee.';

-- What is being worked on now, by whom, and until when the lease holds.

CREATE VIEW active_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    list.project_id,
    project.name AS project_name,
    project.repository_name,
    project.slug AS project_slug,
    task.task_list_id,
    task.parent_id,
    task.ref::text AS ref,
    task.title::text AS title,
    detail.description,
    task.type::text AS type,
    task.status,
    task.priority::smallint AS priority,
    task.complexity_score::smallint AS complexity_score,
    task.assignee_type,
    task.assignee::text AS assignee,
    task.estimated_hours::numeric AS estimated_hours,
    task.due_at,
    task.created_at,
    task.updated_at,
    task.started_at,
    execution.id AS execution_id,
    execution.attempt,
    execution.agent_id,
    agent.name AS agent_name,
    execution.agent_instance::text AS agent_instance,
    execution.started_at AS attempt_started_at,
    execution.heartbeat_at,
    execution.lease_expires_at,
    task.attempts AS execution_count,
    (
        SELECT max(ended.completed_at) FROM task_executions AS ended
        WHERE ended.task_id = task.id
    ) AS last_execution
FROM projects AS project
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN task_lists AS list ON list.project_id = project.id
JOIN tasks AS task ON task.task_list_id = list.id
LEFT JOIN task_details AS detail ON detail.task_id = task.id
LEFT JOIN task_executions AS execution
    ON execution.task_id = task.id AND execution.status = 'running'
LEFT JOIN agents AS agent ON agent.id = execution.agent_id
WHERE task.status IN ('in_progress', 'review', 'validation');

COMMENT ON VIEW active_tasks IS
    'Tasks in progress, in review or in validation, with the running attempt where there is one.';
COMMENT ON COLUMN active_tasks.last_execution IS 'When the latest attempt ended; null when none has.';

-- What the row of a task itself says about being ready: pending, free of blockers, not put off. The
-- one place where this is written; ready_tasks and claim_tasks add what other rows say.

CREATE VIEW claimable_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    task.task_list_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    -task.priority AS claim_rank,
    task.complexity_score::smallint AS complexity_score,
    task.estimated_hours::numeric AS estimated_hours,
    task.assignee::text AS assignee,
    task.capabilities::text[] AS capabilities,
    task.attempts,
    task.conflicts,
    task.due_at,
    task.created_at
FROM tasks AS task
WHERE task.status = 'pending'
    AND task.open_blockers = 0
    AND (task.not_before IS NULL OR task.not_before <= clock_timestamp());

COMMENT ON VIEW claimable_tasks IS
    'Tasks that are pending, free of blockers and not put off. Claim order: claim_rank, created_at, id.';
COMMENT ON COLUMN claimable_tasks.claim_rank IS 'The priority turned round, so that all of claim order ascends.';

-- What could be claimed now: what claim_tasks chooses from, in words.

CREATE VIEW ready_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    task.project_id,
    task.task_list_id,
    task.ref,
    task.title,
    task.type,
    task.priority,
    task.claim_rank,
    task.complexity_score,
    task.estimated_hours,
    task.assignee,
    task.capabilities,
    task.attempts,
    task.due_at,
    task.created_at
FROM claimable_tasks AS task
JOIN projects AS project ON project.id = task.project_id
WHERE project.status = 'active'
    AND project.paused_at IS NULL
    AND (
        task.conflicts = 0
        OR NOT EXISTS (
            SELECT FROM task_conflicts AS conflict
            WHERE conflict.task_id = task.id AND conflict.holder_id IS NOT NULL
        )
    );

COMMENT ON VIEW ready_tasks IS
    'Tasks that could be claimed now. Claim order: claim_rank, created_at, id.';

-- What cannot be claimed, and why.

CREATE VIEW blocked_tasks WITH (security_invoker = true) AS
SELECT
    task.id,
    list.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.status,
    task.priority::smallint AS priority,
    task.open_blockers,
    waits.blocker_refs,
    waits.external_targets,
    waits.conflict_refs,
    task.not_before,
    project.paused_at AS project_paused_at,
    project.status AS project_status,
    task.status_reason::text AS status_reason,
    array_remove(
        ARRAY[
            CASE
                WHEN task.status = 'blocked' THEN concat_ws(': ', 'is held', task.status_reason)
            END,
            'waits for ' || nullif(array_to_string(waits.blocker_refs, ', '), ''),
            'waits for what is outside: '
                || nullif(array_to_string(waits.external_targets, ', '), ''),
            'conflicts with what is in progress: '
                || nullif(array_to_string(waits.conflict_refs, ', '), ''),
            CASE
                WHEN task.not_before > clock_timestamp()
                THEN format(
                    'is put off until %s UTC',
                    to_char(task.not_before AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
                )
            END,
            CASE WHEN project.paused_at IS NOT NULL THEN 'the project is paused' END,
            CASE
                WHEN project.status <> 'active' THEN format('the project is %s', project.status)
            END
        ],
        NULL
    ) AS reasons
FROM projects AS project
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN task_lists AS list ON list.project_id = project.id
JOIN tasks AS task ON task.task_list_id = list.id
CROSS JOIN LATERAL (
    SELECT
        ARRAY(
            SELECT blocker.ref::text
            FROM task_dependencies AS edge
            JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
            WHERE edge.task_id = task.id
                AND edge.kind = 'blocks'
                AND is_open_blocker(blocker.status, edge.policy)
            ORDER BY blocker.ref
        ) AS blocker_refs,
        ARRAY(
            SELECT dependency.target
            FROM task_external_dependencies AS dependency
            WHERE dependency.task_id = task.id AND dependency.satisfied_at IS NULL
            ORDER BY dependency.target
        ) AS external_targets,
        ARRAY(
            SELECT holder.ref::text
            FROM task_conflicts AS conflict
            JOIN tasks AS holder ON holder.id = conflict.holder_id
            WHERE conflict.task_id = task.id AND conflict.holder_id <> task.id
            ORDER BY holder.ref
        ) AS conflict_refs
) AS waits
WHERE task.status = 'blocked'
    OR (
        task.status = 'pending'
        AND (
            task.open_blockers > 0
            OR task.not_before > clock_timestamp()
            OR project.paused_at IS NOT NULL
            OR project.status <> 'active'
            OR EXISTS (
                SELECT FROM task_conflicts AS conflict
                WHERE conflict.task_id = task.id AND conflict.holder_id <> task.id
            )
        )
    );

COMMENT ON VIEW blocked_tasks IS
    'Tasks that are not ready, with what keeps them: a hold, open blockers, a conflict, the time, or the project.';
COMMENT ON COLUMN blocked_tasks.blocker_refs IS 'Refs of the tasks that this one waits for.';
COMMENT ON COLUMN blocked_tasks.external_targets IS 'What it waits for outside of the database.';
COMMENT ON COLUMN blocked_tasks.conflict_refs IS 'Refs of the tasks in progress that this one conflicts with.';
COMMENT ON COLUMN blocked_tasks.reasons IS 'All that keeps the task, in words.';

-- Each attempt with the task that it is about: the one shape in which claim, complete, fail,
-- release and reap answer.

CREATE VIEW task_attempts WITH (security_invoker = true) AS
SELECT
    execution.id AS execution_id,
    execution.attempt,
    execution.status AS execution_status,
    execution.agent_id,
    execution.started_at,
    execution.lease_expires_at,
    task.id AS task_id,
    task.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    task.created_at,
    task.status AS task_status
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id;

COMMENT ON VIEW task_attempts IS 'Attempts with the task that each is about.';
COMMENT ON COLUMN task_attempts.execution_id IS
    'The attempt, which is also the lease: name it to heartbeat, complete, fail or release.';
COMMENT ON COLUMN task_attempts.created_at IS
    'When the task was created: with priority and task_id, its place in claim order.';

-- The attempts of each task, counted.

CREATE VIEW task_execution_summary WITH (security_invoker = true) AS
SELECT
    task.id AS task_id,
    list.project_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.priority::smallint AS priority,
    task.status AS task_status,
    count(execution.id) AS total_executions,
    count(execution.id) FILTER (WHERE execution.status = 'running') AS running_executions,
    count(execution.id) FILTER (WHERE execution.status = 'completed') AS successful_executions,
    count(execution.id) FILTER (WHERE execution.status = 'failed') AS failed_executions,
    count(execution.id) FILTER (WHERE execution.status = 'timeout') AS timed_out_executions,
    count(execution.id) FILTER (WHERE execution.status = 'cancelled') AS cancelled_executions,
    greatest(count(execution.id) - 1, 0) AS retry_count,
    avg((execution.status = 'completed')::integer)
        FILTER (WHERE execution.status IN ('completed', 'failed', 'timeout')) AS success_rate,
    avg(extract(epoch FROM execution.completed_at - execution.started_at)) AS avg_duration_seconds,
    sum(extract(epoch FROM execution.completed_at - execution.started_at))
        AS total_duration_seconds,
    sum(execution.input_tokens::bigint) AS input_tokens,
    sum(execution.output_tokens::bigint) AS output_tokens,
    sum(execution.cost_usd::numeric) AS cost_usd,
    min(execution.started_at) AS first_started_at,
    max(execution.completed_at) AS last_execution_time
FROM task_lists AS list
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN tasks AS task ON task.task_list_id = list.id
LEFT JOIN task_executions AS execution ON execution.task_id = task.id
WHERE task.deleted_at IS NULL
GROUP BY task.id, list.id;

COMMENT ON VIEW task_execution_summary IS
    'Attempts per task that is not deleted: how many, how they ended, how long they took, what they used.';
COMMENT ON COLUMN task_execution_summary.retry_count IS 'Number of attempts after the first.';
COMMENT ON COLUMN task_execution_summary.success_rate IS
    'Share, 0 to 1, of the attempts that were completed among those that were completed, failed or ran out of time; null when there is none.';
COMMENT ON COLUMN task_execution_summary.avg_duration_seconds IS
    'Mean over the attempts that have ended; null when none has.';
COMMENT ON COLUMN task_execution_summary.last_execution_time IS 'When the latest attempt ended.';

-- Taking work. A claim is one call: it takes the best ready tasks that nobody else is taking,
-- starts an attempt at each, and answers with both.
--
-- The planner settings make the plan a matter of this file, not of statistics that lag behind a
-- queue: planned once a session, by index, whatever the tables held when they were last analysed.

CREATE FUNCTION claim_tasks(
    _agent_id         uuid,
    _project_id       uuid         DEFAULT NULL,
    _limit            integer      DEFAULT 1,
    _lease            interval     DEFAULT '5 minutes',
    _agent_instance   text         DEFAULT NULL,
    _claim_key        text         DEFAULT NULL,
    _after_priority   integer      DEFAULT NULL,
    _after_created_at timestamptz  DEFAULT NULL,
    _after_task_id    uuid         DEFAULT NULL
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _next_project_id uuid;
    _claimed_ids bigint[];
    _task_ids uuid[];
    _count integer;
    _is_first boolean := true;
BEGIN
    IF _claim_key IS NOT NULL THEN
        -- Two calls with one key follow one another; the second finds what the first has claimed.
        -- At the stricter isolation levels it may not see that yet: then the unique index refuses
        -- it.
        PERFORM pg_advisory_xact_lock(hashtextextended(_claim_key, 1));
        IF NOT EXISTS (SELECT FROM task_executions WHERE claim_key = _claim_key) THEN
            _claimed_ids := ARRAY(
                SELECT execution_id FROM claim_tasks(
                    _agent_id, _project_id, _limit, _lease, _agent_instance, NULL,
                    _after_priority, _after_created_at, _after_task_id
                )
            );
            UPDATE task_executions
            SET claim_key = _claim_key, claim_position = array_position(_claimed_ids, id)
            WHERE id = ANY (_claimed_ids);
        END IF;
        RETURN QUERY
        SELECT attempt.*
        FROM task_executions AS execution
        JOIN task_attempts AS attempt ON attempt.execution_id = execution.id
        WHERE execution.claim_key = _claim_key
        ORDER BY execution.claim_position;
        RETURN;
    END IF;

    IF _project_id IS NULL THEN
        -- Across projects: the one whose best task comes first, then the next one.
        FOR _next_project_id IN
            SELECT project.id
            FROM projects AS project
            CROSS JOIN LATERAL (
                SELECT task.claim_rank, task.created_at, task.id
                FROM claimable_tasks AS task
                WHERE task.project_id = project.id
                ORDER BY task.claim_rank, task.created_at, task.id
                LIMIT 1
            ) AS best
            WHERE project.status = 'active' AND project.paused_at IS NULL
            ORDER BY best.claim_rank, best.created_at, best.id
        LOOP
            -- Whoever holds the limits of one project, reached or not, waits for no others: two who
            -- go through their projects in different orders would wait for each other.
            CONTINUE WHEN NOT _is_first AND (
                SELECT count(*) FROM claim_limits WHERE project_id = _next_project_id
            ) > (
                SELECT count(*) FROM (
                    SELECT FROM claim_limits WHERE project_id = _next_project_id
                    FOR NO KEY UPDATE SKIP LOCKED
                ) AS free
            );
            RETURN QUERY
            SELECT * FROM claim_tasks(_agent_id, _next_project_id, _limit, _lease, _agent_instance);
            GET DIAGNOSTICS _count = ROW_COUNT;
            _is_first := false;
            _limit := _limit - _count;
            EXIT WHEN _limit <= 0;
        END LOOP;
        RETURN;
    END IF;

    -- A task that is in conflict with others comes out as null here, and so does every one under a
    -- limit; that sends us the longer way.
    _task_ids := ARRAY(
        SELECT CASE
            WHEN task.conflicts = 0 AND NOT EXISTS (
                SELECT FROM claim_limits AS claim_limit
                WHERE (claim_limit.project_id = _project_id OR claim_limit.project_id IS NULL)
                    AND (claim_limit.agent_id = _agent_id OR claim_limit.agent_id IS NULL)
            )
            THEN task.id
        END
        FROM claimable_tasks AS task
        WHERE task.project_id = _project_id
            AND (task.capabilities IS NULL OR task.capabilities <@ (
                SELECT ARRAY(SELECT jsonb_array_elements_text(agent.capabilities))
                FROM agents AS agent
                WHERE agent.id = _agent_id
            ))
            AND (task.claim_rank, task.created_at, task.id) >= (
                coalesce(-_after_priority, -32768),
                coalesce(_after_created_at, '-infinity'),
                coalesce(_after_task_id, '00000000-0000-0000-0000-000000000000')
            )
            AND EXISTS (
                SELECT FROM projects AS project
                WHERE project.id = _project_id
                    AND project.status = 'active'
                    AND project.paused_at IS NULL
            )
            AND NOT EXISTS (
                SELECT FROM agents AS agent WHERE agent.id = _agent_id AND NOT agent.is_active
            )
        ORDER BY task.claim_rank, task.created_at, task.id
        LIMIT _limit
        FOR NO KEY UPDATE OF task SKIP LOCKED
    );
    IF array_position(_task_ids, NULL) IS NOT NULL THEN
        _limit := least(_limit, lock_claim_limits(_project_id, _agent_id));
        _task_ids := ARRAY(
            SELECT task.id
            FROM claimable_tasks AS task
            WHERE task.project_id = _project_id
                AND (task.capabilities IS NULL OR task.capabilities <@ (
                    SELECT ARRAY(SELECT jsonb_array_elements_text(agent.capabilities))
                    FROM agents AS agent
                    WHERE agent.id = _agent_id
                ))
                AND (task.claim_rank, task.created_at, task.id) >= (
                    coalesce(-_after_priority, -32768),
                    coalesce(_after_created_at, '-infinity'),
                    coalesce(_after_task_id, '00000000-0000-0000-0000-000000000000')
                )
                -- A task in conflict is taken together with the edges of its conflicts, which must
                -- all be free. Whoever comes second skips it, and never waits. Of those that one
                -- claim could take together, the first in claim order is taken.
                AND (task.conflicts = 0 OR (
                    task.conflicts = (
                        SELECT count(*)
                        FROM (
                            SELECT FROM task_dependencies AS edge
                            WHERE edge.task_id = task.id
                                AND edge.kind = 'conflicts'
                                AND edge.holder_id IS NULL
                            FOR NO KEY UPDATE SKIP LOCKED
                        ) AS free
                    ) + (
                        SELECT count(*)
                        FROM (
                            SELECT FROM task_dependencies AS edge
                            WHERE edge.depends_on_id = task.id
                                AND edge.kind = 'conflicts'
                                AND edge.holder_id IS NULL
                            FOR NO KEY UPDATE SKIP LOCKED
                        ) AS free
                    )
                    AND (_limit = 1 OR NOT EXISTS (
                        SELECT FROM task_conflicts AS conflict
                        JOIN ready_tasks AS other ON other.id = conflict.rival_id
                        WHERE conflict.task_id = task.id
                            AND (other.capabilities IS NULL OR other.capabilities <@ (
                                SELECT ARRAY(SELECT jsonb_array_elements_text(agent.capabilities))
                                FROM agents AS agent
                                WHERE agent.id = _agent_id
                            ))
                            AND (other.claim_rank, other.created_at, other.id)
                                < (task.claim_rank, task.created_at, task.id)
                    ))
                ))
            ORDER BY task.claim_rank, task.created_at, task.id
            LIMIT _limit
            FOR NO KEY UPDATE OF task SKIP LOCKED
        );
    END IF;
    IF cardinality(_task_ids) = 0 THEN
        RETURN;
    END IF;

    -- The trigger that records changes leaves this one to us.
    RETURN QUERY
    WITH claimed AS (
        UPDATE tasks AS task
        SET status = 'in_progress',
            status_reason = NULL,
            attempts = task.attempts + 1,
            not_before = NULL,
            started_at = coalesce(task.started_at, clock_timestamp()),
            updated_at = clock_timestamp(),
            moves = task.moves + 1
        FROM tasks AS before
        WHERE task.id = ANY (_task_ids) AND before.id = task.id
        RETURNING
            nextval('task_executions_id_seq') AS execution_id,
            clock_timestamp() AS claimed_at,
            task.id, task.attempts, task.project_id, task.ref, task.title, task.type, task.priority,
            task.created_at, task.status, task.started_at,
            before.started_at IS NULL AS is_first,
            before.status_reason::text AS old_reason,
            before.not_before AS old_not_before
    ), recorded AS (
        INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
        SELECT
            'tasks', claimed.id, 'update',
            jsonb_build_object('status', 'pending')
                || CASE WHEN claimed.is_first THEN '{"started_at": null}' ELSE '{}' END::jsonb
                || jsonb_strip_nulls(jsonb_build_object(
                    'status_reason', claimed.old_reason, 'not_before', claimed.old_not_before
                )),
            jsonb_build_object('status', claimed.status)
                || CASE
                    WHEN claimed.is_first THEN jsonb_build_object('started_at', claimed.started_at)
                    ELSE '{}'
                END
                || CASE
                    WHEN claimed.old_reason IS NULL THEN '{}' ELSE '{"status_reason": null}'
                END::jsonb
                || CASE
                    WHEN claimed.old_not_before IS NULL THEN '{}' ELSE '{"not_before": null}'
                END::jsonb
        FROM claimed
    ), started AS (
        INSERT INTO task_executions (
            id, task_id, agent_id, attempt, started_at, lease_expires_at, agent_instance
        )
        OVERRIDING SYSTEM VALUE
        SELECT
            claimed.execution_id, claimed.id, _agent_id, claimed.attempts, claimed.claimed_at,
            claimed.claimed_at + _lease, _agent_instance
        FROM claimed
    )
    SELECT
        claimed.execution_id, claimed.attempts, 'running'::task_execution_status, _agent_id,
        claimed.claimed_at, claimed.claimed_at + _lease, claimed.id, claimed.project_id,
        claimed.ref::text, claimed.title::text, claimed.type::text, claimed.priority::smallint,
        claimed.created_at, claimed.status
    FROM claimed
    ORDER BY -claimed.priority, claimed.created_at, claimed.id;
END
$$;

COMMENT ON FUNCTION claim_tasks(
    uuid, uuid, integer, interval, text, text, integer, timestamptz, uuid
) IS
    'Claims up to a number of ready tasks of one project, or across all, for an agent. Answers with the attempts started, best first; with nothing when nothing is ready.';

-- Ending attempts. Each function names the attempts, changes only those that still run, and answers
-- with these; so a late or repeated call changes nothing and gets nothing.
--
-- All take their locks in one order: graph, tasks in the order of their ids, attempts. The planner
-- settings are those of claim_tasks, for the same reason.

CREATE FUNCTION complete_executions(
    _execution_ids  bigint[],
    _output_results jsonb[]  DEFAULT NULL
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _task_ids uuid[];
    _successor_ids uuid[];
BEGIN
    _task_ids := ARRAY(
        SELECT execution.task_id FROM task_executions AS execution
        WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
    );
    IF cardinality(_task_ids) = 0 THEN
        RETURN;
    END IF;
    PERFORM share_task_graph(graph.project_id)
    FROM (
        SELECT DISTINCT project_id FROM tasks WHERE id = ANY (_task_ids) ORDER BY project_id
    ) AS graph;
    -- A statement of its own, so that it sees every edge that the lock has waited for.
    _successor_ids := ARRAY(
        SELECT edge.task_id FROM task_dependencies AS edge
        WHERE edge.depends_on_id = ANY (_task_ids) AND edge.kind = 'blocks'
    );
    PERFORM FROM tasks
    WHERE id = ANY (_task_ids || _successor_ids)
    ORDER BY id
    FOR NO KEY UPDATE;
    IF cardinality(_successor_ids) > 0 THEN
        -- Whoever held those locks before may have ended some of the attempts.
        _task_ids := ARRAY(
            SELECT execution.task_id FROM task_executions AS execution
            WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
        );
    END IF;

    -- The fence: the task is in progress, and by this attempt. It is asked of the row of the task,
    -- which is locked. The trigger that records changes leaves this one to us.
    RETURN QUERY
    WITH completed AS (
        UPDATE tasks AS task
        SET status = 'completed',
            status_reason = NULL,
            completed_at = clock_timestamp(),
            updated_at = clock_timestamp(),
            moves = task.moves + 1
        FROM task_executions AS execution
        JOIN tasks AS before ON before.id = execution.task_id
        WHERE execution.id = ANY (_execution_ids)
            AND execution.completed_at IS NULL
            AND task.id = execution.task_id
            AND task.status = 'in_progress'
            AND task.attempts = execution.attempt
        RETURNING execution.id AS execution_id, task.id, task.project_id, task.ref, task.title,
            task.type, task.priority, task.created_at, task.status, task.completed_at,
            before.status_reason::text AS old_reason
    ), recorded AS (
        INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
        SELECT
            'tasks', completed.id, 'update',
            '{"status": "in_progress", "completed_at": null}'::jsonb
                || jsonb_strip_nulls(jsonb_build_object('status_reason', completed.old_reason)),
            jsonb_build_object('status', completed.status, 'completed_at', completed.completed_at)
                || CASE
                    WHEN completed.old_reason IS NULL THEN '{}' ELSE '{"status_reason": null}'
                END::jsonb
        FROM completed
    )
    UPDATE task_executions AS execution
    SET status = 'completed',
        completed_at = clock_timestamp(),
        output_results = _output_results[array_position(_execution_ids, execution.id)]
    FROM completed
    WHERE execution.id = completed.execution_id
    RETURNING
        execution.id, execution.attempt, execution.status, execution.agent_id,
        execution.started_at, execution.lease_expires_at, completed.id, completed.project_id,
        completed.ref::text, completed.title::text, completed.type::text,
        completed.priority::smallint, completed.created_at, completed.status;

    IF cardinality(_successor_ids) > 0 THEN
        PERFORM settle_successors(_task_ids, 'in_progress', 'completed');
    END IF;
END
$$;

COMMENT ON FUNCTION complete_executions(bigint[], jsonb[]) IS
    'Completes the tasks of running attempts and frees those that wait for them. Results are objects in the order of the attempts.';

CREATE FUNCTION retry_delay(_failed_attempts integer, _base interval) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN least(_base * power(2, least(_failed_attempts, 30) - 1), greatest(_base, '1 hour'));

COMMENT ON FUNCTION retry_delay(integer, interval) IS
    'How long a task waits after so many failed attempts: doubled each time, at most an hour, or the first delay where that is longer.';

-- What fail, release and reap have in common. A task that has failed max_attempts times is failed;
-- every other one goes back to the queue.
CREATE FUNCTION end_executions(
    _execution_ids bigint[],
    _status        task_execution_status,
    _error_details jsonb[],
    _retry_delay   interval,
    _only_expired  boolean
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _project_id uuid;
    _is_last boolean;
    _locked_project_ids uuid[] := '{}';
    _task_ids uuid[];
    _failed_ids uuid[];
BEGIN
    -- A task that fails for good may cancel whatever waits for it, so its graph is locked. Every
    -- other one shares the graph, so that nobody removes a conflict that it holds while it lets go
    -- of it.
    FOR _project_id, _is_last IN
        SELECT
            task.project_id,
            bool_or(_status <> 'cancelled' AND task.failed_attempts + 1 >= task.max_attempts)
        FROM task_executions AS execution
        JOIN tasks AS task ON task.id = execution.task_id
        WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
        GROUP BY task.project_id
        ORDER BY task.project_id
    LOOP
        IF _is_last THEN
            PERFORM lock_task_graph(_project_id);
            _locked_project_ids := _locked_project_ids || _project_id;
        ELSE
            PERFORM share_task_graph(_project_id);
        END IF;
    END LOOP;

    IF _only_expired THEN
        -- Nobody waits for a task or an attempt that somebody is busy with: the next reaping
        -- finds it.
        _task_ids := ARRAY(
            SELECT task.id
            FROM tasks AS task
            JOIN task_executions AS execution ON execution.task_id = task.id
            WHERE execution.id = ANY (_execution_ids) AND execution.completed_at IS NULL
            ORDER BY task.id
            FOR NO KEY UPDATE SKIP LOCKED
        );
    ELSE
        PERFORM FROM tasks
        WHERE id = ANY (ARRAY(
            SELECT task_id FROM task_executions WHERE id = ANY (_execution_ids)
        ))
        ORDER BY id
        FOR NO KEY UPDATE;
        -- Read after the locks: whoever held them before may have ended some of the attempts.
        _task_ids := ARRAY(
            SELECT task_id FROM task_executions
            WHERE id = ANY (_execution_ids) AND completed_at IS NULL
        );
    END IF;
    _failed_ids := ARRAY(
        SELECT task.id FROM tasks AS task
        WHERE task.id = ANY (_task_ids)
            AND task.project_id = ANY (_locked_project_ids)
            AND _status <> 'cancelled'
            AND task.failed_attempts + 1 >= task.max_attempts
    );

    RETURN QUERY
    WITH ended AS (
        UPDATE task_executions AS execution
        SET status = _status,
            completed_at = clock_timestamp(),
            error_details = _error_details[array_position(_execution_ids, execution.id)]
        WHERE execution.id = ANY (_execution_ids)
            AND execution.task_id = ANY (_task_ids)
            AND execution.completed_at IS NULL
            AND (NOT _only_expired OR execution.lease_expires_at <= clock_timestamp())
        RETURNING execution.id, execution.attempt, execution.status, execution.agent_id,
            execution.started_at, execution.lease_expires_at, execution.task_id
    )
    UPDATE tasks AS task
    SET status = CASE
            WHEN task.id = ANY (_failed_ids) THEN 'failed' ELSE 'pending'
        END::task_status,
        status_reason = CASE
            WHEN task.id = ANY (_failed_ids)
            THEN format('attempt %s: %s', ended.attempt, ended.status)
        END,
        failed_attempts = task.failed_attempts + (_status <> 'cancelled')::integer,
        not_before = CASE
            WHEN _status <> 'cancelled' AND task.id <> ALL (_failed_ids)
            THEN clock_timestamp() + retry_delay(task.failed_attempts + 1, _retry_delay)
        END,
        updated_at = clock_timestamp(),
        moves = task.moves + 1
    FROM ended
    WHERE task.id = ended.task_id
    RETURNING
        ended.id, ended.attempt, ended.status, ended.agent_id, ended.started_at,
        ended.lease_expires_at, task.id, task.project_id, task.ref::text, task.title::text,
        task.type::text, task.priority::smallint, task.created_at, task.status;

    -- A lease that was prolonged meanwhile has not ended after all.
    _failed_ids := ARRAY(
        SELECT task.id FROM tasks AS task
        WHERE task.id = ANY (_failed_ids) AND task.status = 'failed'
    );
    IF cardinality(_failed_ids) > 0 THEN
        PERFORM settle_successors(_failed_ids, 'in_progress', 'failed');
    END IF;
END
$$;

COMMENT ON FUNCTION end_executions(bigint[], task_execution_status, jsonb[], interval, boolean) IS
    'Ends running attempts as failed, timeout or cancelled: what fail, reap and release have in common.';

CREATE FUNCTION fail_executions(
    _execution_ids bigint[],
    _error_details jsonb[]   DEFAULT NULL,
    _retry_delay   interval  DEFAULT '10 seconds'
) RETURNS SETOF task_attempts
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    RETURN end_executions(_execution_ids, 'failed', _error_details, _retry_delay, false);

COMMENT ON FUNCTION fail_executions(bigint[], jsonb[], interval) IS
    'Ends running attempts as failed. Each task is tried again later, or is failed when its attempts are used up.';

CREATE FUNCTION release_executions(_execution_ids bigint[]) RETURNS SETOF task_attempts
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    RETURN end_executions(_execution_ids, 'cancelled', NULL, NULL, false);

COMMENT ON FUNCTION release_executions(bigint[]) IS
    'Gives running attempts back. Each task is ready again at once, and no failure is counted.';

CREATE FUNCTION reap_expired_executions(
    _limit       integer   DEFAULT 100,
    _retry_delay interval  DEFAULT '10 seconds'
) RETURNS SETOF task_attempts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _execution_ids bigint[];
BEGIN
    -- One at a time is enough; a second reaper would only wait for the first.
    IF NOT pg_try_advisory_xact_lock(hashtextextended(current_schema(), 2)) THEN
        RETURN;
    END IF;
    _execution_ids := ARRAY(
        SELECT id FROM task_executions
        WHERE status = 'running' AND lease_expires_at <= clock_timestamp()
        ORDER BY lease_expires_at, id
        LIMIT _limit
    );
    IF cardinality(_execution_ids) > 0 THEN
        RETURN QUERY SELECT * FROM end_executions(
            _execution_ids, 'timeout', NULL, _retry_delay, true
        );
    END IF;
END
$$;

COMMENT ON FUNCTION reap_expired_executions(integer, interval) IS
    'Ends attempts whose lease has run out. Anybody may run it, at any time, any number of times.';

-- What can be counted and measured about each task, in one row.

CREATE VIEW task_metrics WITH (security_invoker = true) AS
SELECT
    task.id AS task_id,
    list.project_id,
    task.task_list_id,
    task.ref::text AS ref,
    task.title::text AS title,
    task.type::text AS type,
    task.status,
    task.priority::smallint AS priority,
    task.assignee::text AS assignee,
    task.complexity_score::smallint AS complexity_score,
    task.estimated_hours::numeric AS estimated_hours,
    coalesce(task.actual_hours::numeric, spent.hours) AS actual_hours,
    coalesce(task.actual_hours::numeric, spent.hours) / nullif(task.estimated_hours::numeric, 0)
        AS estimate_ratio,
    task.attempts,
    task.failed_attempts,
    greatest(task.attempts - 1, 0) AS retry_count,
    extract(epoch FROM task.started_at - task.created_at) / 3600 AS waiting_hours,
    extract(epoch FROM task.completed_at - task.started_at) / 3600 AS cycle_hours,
    extract(epoch FROM task.completed_at - task.created_at) / 3600 AS lead_hours,
    task.due_at < coalesce(task.completed_at, clock_timestamp())
        AND task.status NOT IN ('cancelled', 'failed') AS is_overdue,
    task.open_blockers,
    (
        SELECT count(*) FROM task_dependencies AS edge
        WHERE edge.depends_on_id = task.id AND edge.kind = 'blocks'
    ) AS dependent_count,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL
    ) AS subtask_count,
    (
        SELECT count(*) FROM tasks AS child
        WHERE child.parent_id = task.id AND child.deleted_at IS NULL AND child.status = 'completed'
    ) AS completed_subtask_count,
    (SELECT count(*) FROM task_contexts AS context WHERE context.task_id = task.id)
        AS context_count,
    spent.memory_usage_mb,
    spent.cpu_time_ms,
    spent.input_tokens,
    spent.output_tokens,
    spent.cost_usd,
    task.due_at,
    task.created_at,
    task.started_at,
    task.completed_at
FROM task_lists AS list
-- By the lists of a project, whose tasks have an index: one by project would cost every claim.
JOIN tasks AS task ON task.task_list_id = list.id
CROSS JOIN LATERAL (
    SELECT
        sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600,
        max(execution.memory_usage_mb::numeric),
        sum(execution.cpu_time_ms::bigint),
        sum(execution.input_tokens::bigint),
        sum(execution.output_tokens::bigint),
        sum(execution.cost_usd::numeric)
    FROM task_executions AS execution
    WHERE execution.task_id = task.id
) AS spent (hours, memory_usage_mb, cpu_time_ms, input_tokens, output_tokens, cost_usd)
WHERE task.deleted_at IS NULL;

COMMENT ON VIEW task_metrics IS 'What can be counted and measured about each task that is not deleted.';
COMMENT ON COLUMN task_metrics.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts.';
COMMENT ON COLUMN task_metrics.estimate_ratio IS 'Actual hours for each hour that was estimated.';
COMMENT ON COLUMN task_metrics.waiting_hours IS 'Hours from creation to the first start.';
COMMENT ON COLUMN task_metrics.cycle_hours IS 'Hours from the first start to completion.';
COMMENT ON COLUMN task_metrics.lead_hours IS 'Hours from creation to completion.';
COMMENT ON COLUMN task_metrics.is_overdue IS
    'Whether it is, or was completed, later than it was due; null when nothing is due.';
COMMENT ON COLUMN task_metrics.dependent_count IS 'Number of tasks that wait, or have waited, for it.';
COMMENT ON COLUMN task_metrics.memory_usage_mb IS 'Most memory that an attempt used, in megabytes.';

-- Questions about a project's task graph, answered without writing anything.

CREATE FUNCTION list_root_blockers(_task_id uuid)
RETURNS TABLE (
    blocker_id uuid, ref text, title text, status task_status, depth integer, path text,
    external_target text
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE upstream AS (
        -- Each open blocker once, however many ways lead to it: UNION, and the chain found
        -- afterwards. What has ended holds by itself, whatever it waited for.
        SELECT _task_id AS id
        UNION
        SELECT edge.depends_on_id
        FROM upstream
        JOIN tasks AS task ON task.id = upstream.id
        JOIN task_dependencies AS edge ON edge.task_id = upstream.id AND edge.kind = 'blocks'
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        WHERE is_open_blocker(blocker.status, edge.policy)
            AND (task.id = _task_id OR NOT is_closed(task.status))
    ), reached AS (
        SELECT
            task.id, task.ref::text AS ref, task.title::text AS title, task.status,
            task.open_blockers, task_dependency_chain(_task_id, task.id, true) AS chain
        FROM upstream
        JOIN tasks AS task ON task.id = upstream.id
    )
    SELECT id, ref, title, status, cardinality(chain) - 1, task_chain_path(chain), NULL
    FROM reached
    WHERE id <> _task_id AND (open_blockers = 0 OR is_closed(status))
    UNION ALL
    SELECT
        reached.id, reached.ref, reached.title, reached.status, cardinality(reached.chain),
        concat_ws(' -> ', task_chain_path(reached.chain), dependency.target), dependency.target
    FROM reached
    JOIN task_external_dependencies AS dependency ON dependency.task_id = reached.id
    WHERE dependency.satisfied_at IS NULL
        AND (reached.id = _task_id OR NOT is_closed(reached.status))
    ORDER BY 2, 1, 7 NULLS FIRST
$$;

COMMENT ON FUNCTION list_root_blockers(uuid) IS
    'What is at the far end of all that a task waits for, each with a shortest path of refs from the task: the open tasks that wait for nothing themselves, and what such tasks wait for outside of the database. Of these, external_target is the name, and the task is the one that waits for it.';

CREATE FUNCTION list_unblocked_by(_task_id uuid)
RETURNS TABLE (task_id uuid, ref text, title text, status task_status, is_direct boolean)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE waiting AS (
        -- By edges that hold a task now, and through tasks that are open themselves.
        SELECT edge.task_id AS id
        FROM task_dependencies AS edge
        JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
        JOIN tasks AS task ON task.id = edge.task_id
        WHERE edge.depends_on_id = _task_id AND edge.kind = 'blocks'
            AND is_open_blocker(blocker.status, edge.policy)
            AND NOT is_closed(task.status)
        UNION
        SELECT edge.task_id
        FROM waiting
        JOIN task_dependencies AS edge ON edge.depends_on_id = waiting.id AND edge.kind = 'blocks'
        JOIN tasks AS task ON task.id = edge.task_id
        WHERE NOT is_closed(task.status)
    )
    SELECT
        task.id,
        task.ref::text,
        task.title::text,
        task.status,
        task.open_blockers = 1 AND EXISTS (
            SELECT FROM task_dependencies AS edge
            JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
            WHERE edge.task_id = task.id AND edge.depends_on_id = _task_id AND edge.kind = 'blocks'
                AND is_open_blocker(blocker.status, edge.policy)
        )
    FROM waiting
    JOIN tasks AS task ON task.id = waiting.id
    ORDER BY 5 DESC, task.priority DESC, task.ref, task.id
$$;

COMMENT ON FUNCTION list_unblocked_by(uuid) IS
    'The open tasks that wait for a task, directly or through others. is_direct says that a task waits for nothing else.';

CREATE FUNCTION walk_task_graph(_project_id uuid, _only_open boolean, _default_hours numeric)
RETURNS TABLE (task_id uuid, hours numeric, earliest_start numeric, longest_tail numeric)
    LANGUAGE plpgsql STABLE
    -- A project's tasks are few among all: who asks about them goes by their keys.
    ROWS 100
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _ids uuid[];
    _hours numeric[];
    _from integer[];
    _to integer[];
    _first integer[];      -- where the edges of a task begin in _from and _to; one more at the end
    _waits integer[];      -- how many blockers of a task have not been visited
    _queue integer[] := '{}';
    _earliest numeric[];
    _tail numeric[];
    _at integer := 1;
    _task integer;
    _next integer;
BEGIN
    -- Kahn, Topological sorting of large networks (1962), and the longest paths along its order:
    -- every task and every edge is looked at once. A task on a cycle is never reached.
    SELECT
        array_agg(id ORDER BY id),
        array_agg(coalesce(estimated_hours::numeric, _default_hours) ORDER BY id),
        array_agg(0 ORDER BY id)
    INTO _ids, _hours, _waits
    FROM tasks
    -- By the lists of the project, whose tasks have an index.
    WHERE task_list_id IN (SELECT id FROM task_lists WHERE project_id = _project_id)
        AND NOT (_only_open AND is_closed(status));
    IF _ids IS NULL THEN
        RETURN;
    END IF;
    SELECT
        coalesce(array_agg(blocker.n::integer ORDER BY blocker.n, task.n), '{}'),
        coalesce(array_agg(task.n::integer ORDER BY blocker.n, task.n), '{}')
    INTO _from, _to
    FROM task_dependencies AS edge
    JOIN unnest(_ids) WITH ORDINALITY AS task (id, n) ON task.id = edge.task_id
    JOIN unnest(_ids) WITH ORDINALITY AS blocker (id, n) ON blocker.id = edge.depends_on_id
    WHERE edge.kind = 'blocks';

    _earliest := array_fill(0::numeric, ARRAY[cardinality(_ids)]);
    _first := array_fill(cardinality(_from) + 1, ARRAY[cardinality(_ids) + 1]);
    FOR _edge IN REVERSE cardinality(_from) .. 1 LOOP
        _first[_from[_edge]] := _edge;
        _waits[_to[_edge]] := _waits[_to[_edge]] + 1;
    END LOOP;
    FOR _n IN REVERSE cardinality(_ids) .. 1 LOOP
        _first[_n] := least(_first[_n], _first[_n + 1]);
        IF _waits[_n] = 0 THEN
            _queue := _queue || _n;
        END IF;
    END LOOP;
    WHILE _at <= cardinality(_queue) LOOP
        _task := _queue[_at];
        _at := _at + 1;
        FOR _edge IN _first[_task] .. _first[_task + 1] - 1 LOOP
            _next := _to[_edge];
            _earliest[_next] := greatest(_earliest[_next], _earliest[_task] + _hours[_task]);
            _waits[_next] := _waits[_next] - 1;
            IF _waits[_next] = 0 THEN
                _queue := _queue || _next;
            END IF;
        END LOOP;
    END LOOP;
    _tail := array_fill(NULL::numeric, ARRAY[cardinality(_ids)]);
    FOR _back IN REVERSE cardinality(_queue) .. 1 LOOP
        _task := _queue[_back];
        _tail[_task] := 0;
        FOR _edge IN _first[_task] .. _first[_task + 1] - 1 LOOP
            _tail[_task] := greatest(_tail[_task], _tail[_to[_edge]]);
        END LOOP;
        _tail[_task] := _tail[_task] + _hours[_task];
    END LOOP;
    RETURN QUERY
    SELECT walked.id, walked.hours, walked.earliest, walked.tail
    FROM unnest(_ids, _hours, _earliest, _tail) AS walked (id, hours, earliest, tail);
END
$$;

COMMENT ON FUNCTION walk_task_graph(uuid, boolean, numeric) IS
    'Earliest start of each task of a project, and the longest way from its start to the end, in hours of estimated work. longest_tail is null for a task on or behind a cycle. Source: Kahn 1962.';

CREATE FUNCTION list_critical_path(_project_id uuid, _default_hours numeric DEFAULT 1)
RETURNS TABLE (
    task_id uuid, ref text, title text, status task_status, hours numeric,
    earliest_start numeric, latest_start numeric, slack numeric, is_critical boolean
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        task.id,
        task.ref::text,
        task.title::text,
        task.status,
        walked.hours,
        walked.earliest_start,
        project.hours - walked.longest_tail,
        project.hours - walked.longest_tail - walked.earliest_start,
        project.hours - walked.longest_tail = walked.earliest_start
    FROM walk_task_graph(_project_id, true, _default_hours) AS walked
    JOIN tasks AS task ON task.id = walked.task_id
    CROSS JOIN (
        SELECT max(longest_tail) FROM walk_task_graph(_project_id, true, _default_hours)
    ) AS project (hours)
    ORDER BY 8, 6, task.ref, task.id
$$;

COMMENT ON FUNCTION list_critical_path(uuid, numeric) IS
    'The open tasks of a project with earliest and latest start and slack, in hours of estimated work from now; least slack first. Tasks without slack are the critical path.';

CREATE FUNCTION preview_status_changes(_task_ids uuid[], _status task_status)
RETURNS TABLE (
    task_id uuid, ref text, title text, from_status task_status, to_status task_status, effect text
)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE changed AS (
        SELECT task.id, task.status AS was, _status AS becomes
        FROM tasks AS task
        WHERE task.id = ANY (_task_ids) AND task.status <> _status
        UNION
        SELECT task.id, task.status, 'cancelled'::task_status
        FROM changed
        JOIN task_dependencies AS edge
            ON edge.depends_on_id = changed.id AND edge.kind = 'blocks' AND edge.policy = 'cancel'
        JOIN tasks AS task ON task.id = edge.task_id
        WHERE changed.becomes IN ('failed', 'cancelled')
            AND task.status IN ('pending', 'blocked', 'deferred')
    ), waiting AS (
        SELECT
            edge.task_id AS id,
            sum(
                is_open_blocker(changed.becomes, edge.policy)::integer
                - is_open_blocker(changed.was, edge.policy)::integer
            ) AS amount
        FROM changed
        JOIN task_dependencies AS edge ON edge.depends_on_id = changed.id AND edge.kind = 'blocks'
        WHERE edge.task_id NOT IN (SELECT id FROM changed)
        GROUP BY edge.task_id
    )
    SELECT
        task.id, task.ref::text, task.title::text, changed.was, changed.becomes,
        CASE WHEN task.id = ANY (_task_ids) THEN 'changes' ELSE 'is cancelled by policy' END
    FROM changed
    JOIN tasks AS task ON task.id = changed.id
    UNION ALL
    SELECT
        task.id, task.ref::text, task.title::text, task.status, task.status,
        CASE
            WHEN waiting.amount < 0 AND task.open_blockers + waiting.amount = 0 THEN 'becomes free'
            WHEN waiting.amount < 0 THEN 'waits for fewer'
            WHEN waiting.amount > 0 THEN 'waits for more'
            ELSE 'keeps waiting'
        END
    FROM waiting
    JOIN tasks AS task ON task.id = waiting.id
    WHERE NOT is_closed(task.status) AND (waiting.amount <> 0 OR task.open_blockers > 0)
    ORDER BY 6, 2, 1;
END
$$;

COMMENT ON FUNCTION preview_status_changes(uuid[], task_status) IS
    'What a change of status would do to tasks and to those that wait for them. Writes nothing; leaves out tasks that have that status already or do not exist.';

CREATE FUNCTION preview_deletion(_task_id uuid)
RETURNS TABLE (
    task_id uuid, ref text, title text, from_status task_status, to_status task_status, effect text
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE family AS (
        SELECT task.id FROM tasks AS task WHERE task.id = _task_id AND task.deleted_at IS NULL
        UNION ALL
        SELECT child.id
        FROM family
        JOIN tasks AS child ON child.parent_id = family.id AND child.deleted_at IS NULL
    ), member AS (
        SELECT task.id, task.ref::text AS ref, task.title::text AS title, task.status
        FROM family
        JOIN tasks AS task ON task.id = family.id
    )
    SELECT
        member.id, member.ref, member.title, member.status,
        CASE WHEN is_closed(member.status) THEN member.status ELSE 'cancelled' END,
        'is deleted'
    FROM member
    UNION ALL
    SELECT
        preview.task_id, preview.ref, preview.title, preview.from_status, preview.to_status,
        preview.effect
    FROM preview_status_changes(
        ARRAY(SELECT id FROM member WHERE NOT is_closed(status)), 'cancelled'
    ) AS preview
    WHERE preview.effect <> 'changes'
    ORDER BY 6, 2, 1
$$;

COMMENT ON FUNCTION preview_deletion(uuid) IS
    'What the deletion of a task would do to it, to those under it, and to those that wait for any of them. Writes nothing; empty when the task is deleted already or does not exist.';

-- Everything that the database keeps by itself, computed anew and compared. No rows means sound.

CREATE FUNCTION check_invariants() RETURNS TABLE (invariant text, subject text, detail text)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        'tasks.open_blockers counts the open blockers',
        task.id::text,
        format('%s, but there are %s', task.open_blockers, counted.open)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT
            (
                SELECT count(*) FROM task_dependencies AS edge
                JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
                WHERE edge.task_id = task.id AND edge.kind = 'blocks'
                    AND is_open_blocker(blocker.status, edge.policy)
            ) + (
                SELECT count(*) FROM task_external_dependencies AS dependency
                WHERE dependency.task_id = task.id AND dependency.satisfied_at IS NULL
            )
    ) AS counted (open)
    WHERE task.open_blockers <> counted.open

    UNION ALL
    SELECT
        'tasks.conflicts counts the conflicts',
        task.id::text,
        format('%s, but there are %s', task.conflicts, counted.conflicts)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT count(*) FROM task_conflicts AS conflict WHERE conflict.task_id = task.id
    ) AS counted (conflicts)
    WHERE task.conflicts <> counted.conflicts

    UNION ALL
    SELECT
        'a conflict is held by the one of its tasks that is in progress',
        format('%s / %s', edge.task_id, edge.depends_on_id),
        format('holder %s, statuses %s and %s', edge.holder_id, task.status, other.status)
    FROM task_dependencies AS edge
    JOIN tasks AS task ON task.id = edge.task_id
    JOIN tasks AS other ON other.id = edge.depends_on_id
    WHERE edge.kind = 'conflicts'
        AND (
            (task.status = 'in_progress' AND other.status = 'in_progress')
            OR edge.holder_id IS DISTINCT FROM CASE
                WHEN task.status = 'in_progress' THEN task.id
                WHEN other.status = 'in_progress' THEN other.id
            END
        )

    UNION ALL
    SELECT
        'a running attempt is the latest of a task in progress',
        execution.id::text,
        format('attempt %s of %s; the task is %s', execution.attempt, task.attempts, task.status)
    FROM task_executions AS execution
    JOIN tasks AS task ON task.id = execution.task_id
    WHERE execution.status = 'running'
        AND (task.status <> 'in_progress' OR task.attempts <> execution.attempt)

    UNION ALL
    SELECT
        'an attempt has completed_at exactly when it has ended',
        execution.id::text,
        format('status %s, completed_at %s', execution.status, execution.completed_at)
    FROM task_executions AS execution
    WHERE (execution.status IN ('queued', 'running')) <> (execution.completed_at IS NULL)

    UNION ALL
    SELECT
        'tasks.attempts is the number of the latest attempt',
        task.id::text,
        format('%s, but the latest is %s', task.attempts, latest.attempt)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT coalesce(max(attempt), 0) FROM task_executions WHERE task_id = task.id
    ) AS latest (attempt)
    -- Retention removes old attempts, so there may be fewer than were counted.
    WHERE latest.attempt > task.attempts OR (task.attempts > 0 AND task.started_at IS NULL)

    UNION ALL
    SELECT
        'a task has not failed more often than it was tried',
        task.id::text,
        format('%s failures in %s attempts', task.failed_attempts, task.attempts)
    FROM tasks AS task
    WHERE task.failed_attempts NOT BETWEEN 0 AND task.attempts

    UNION ALL
    SELECT
        'the moments of a task agree with its status',
        task.id::text,
        format('%s, started %s, completed %s', task.status, task.started_at, task.completed_at)
    FROM tasks AS task
    WHERE (task.status = 'completed') <> (task.completed_at IS NOT NULL)
        OR (task.status = 'in_progress' AND task.started_at IS NULL)

    UNION ALL
    SELECT
        'the change log knows the status of a task',
        task.id::text,
        format('%s, but it was last recorded as %s', task.status, recorded.status)
    FROM tasks AS task
    CROSS JOIN LATERAL (
        SELECT change.new_values ->> 'status'
        FROM audit_log AS change
        WHERE change.entity_id = task.id::text
            AND change.entity_type = 'tasks'
            AND change.new_values ? 'status'
        ORDER BY change.id DESC
        LIMIT 1
    ) AS recorded (status)
    WHERE recorded.status <> task.status::text

    UNION ALL
    SELECT
        'an edge joins two tasks of one project',
        format('%s / %s', edge.task_id, edge.depends_on_id),
        format('projects %s and %s', task.project_id, other.project_id)
    FROM task_dependencies AS edge
    JOIN tasks AS task ON task.id = edge.task_id
    JOIN tasks AS other ON other.id = edge.depends_on_id
    WHERE task.project_id <> other.project_id

    UNION ALL
    SELECT
        'no task waits for itself',
        walked.task_id::text,
        'on a cycle of blocking dependencies, or behind one'
    FROM projects AS project
    CROSS JOIN LATERAL walk_task_graph(project.id, false, 0) AS walked
    WHERE walked.longest_tail IS NULL

    UNION ALL
    SELECT
        'no task is its own ancestor',
        task.id::text,
        'on a cycle of parents, or under one'
    FROM tasks AS task
    WHERE task.parent_id IS NOT NULL
        AND task.id NOT IN (
            WITH RECURSIVE rooted AS (
                SELECT id FROM tasks WHERE parent_id IS NULL
                UNION ALL
                SELECT child.id FROM rooted JOIN tasks AS child ON child.parent_id = rooted.id
            )
            SELECT id FROM rooted
        )

    UNION ALL
    SELECT
        'a task is in the same list as its parent',
        task.id::text,
        format('lists %s and %s', task.task_list_id, parent.task_list_id)
    FROM tasks AS task
    JOIN tasks AS parent ON parent.id = task.parent_id
    WHERE task.task_list_id <> parent.task_list_id

    UNION ALL
    SELECT
        'a deleted task is closed',
        task.id::text,
        format('%s, deleted %s', task.status, task.deleted_at)
    FROM tasks AS task
    WHERE task.deleted_at IS NOT NULL AND NOT is_closed(task.status)

    UNION ALL
    SELECT
        'no task lives under a deleted one',
        task.id::text,
        format('under %s', task.parent_id)
    FROM tasks AS task
    JOIN tasks AS parent ON parent.id = task.parent_id
    WHERE task.deleted_at IS NULL AND parent.deleted_at IS NOT NULL

    UNION ALL
    SELECT
        'a task is found by its words',
        task.id::text,
        coalesce(format('found by %s', known.words), 'found by none')
    FROM tasks AS task
    LEFT JOIN task_words AS known ON known.task_id = task.id
    LEFT JOIN task_details AS detail ON detail.task_id = task.id
    WHERE (known.title_words, known.text_words) IS DISTINCT FROM (
        words_of_title(task.ref, task.title), words_of_text(detail.description, detail.details)
    )

    UNION ALL
    SELECT
        'a project has a graph epoch',
        project.id::text,
        'the row in task_graph_epochs is missing'
    FROM projects AS project
    WHERE NOT EXISTS (SELECT FROM task_graph_epochs WHERE project_id = project.id)
$$;

COMMENT ON FUNCTION check_invariants() IS
    'Computes anew all that the database maintains, and compares. Each row is a fault: which invariant, of what, and how. No rows means sound.';

-- Each attempt with its task and its agent, for people and for reports.

CREATE VIEW execution_history WITH (security_invoker = true) AS
SELECT
    execution.id AS execution_id,
    execution.task_id,
    task.project_id,
    task.ref::text AS task_ref,
    task.title::text AS task_title,
    task.type::text AS task_type,
    task.status AS task_status,
    execution.attempt,
    execution.attempt - 1 AS retry_count,
    execution.agent_id,
    agent.name AS agent_name,
    agent.type AS agent_type,
    execution.agent_instance::text AS agent_instance,
    execution.status,
    execution.started_at,
    execution.completed_at,
    extract(epoch FROM execution.completed_at - execution.started_at) AS duration_seconds,
    execution.input_context::jsonb AS input_context,
    execution.output_results::jsonb AS output_results,
    execution.error_details::jsonb AS error_details,
    execution.logs::text AS logs,
    execution.memory_usage_mb::numeric AS memory_usage_mb,
    execution.cpu_time_ms::bigint AS cpu_time_ms,
    execution.input_tokens::bigint AS input_tokens,
    execution.output_tokens::bigint AS output_tokens,
    execution.cost_usd::numeric AS cost_usd,
    execution.session_id::text AS session_id,
    execution.correlation_id::text AS correlation_id
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id
LEFT JOIN agents AS agent ON agent.id = execution.agent_id;

COMMENT ON VIEW execution_history IS 'Attempts, with the task and the agent of each.';
COMMENT ON COLUMN execution_history.retry_count IS 'Number of attempts at the task before this one.';
COMMENT ON COLUMN execution_history.duration_seconds IS 'How long the attempt took; null while it runs.';

-- All that happened to each task, in one order: what was said of it, attempts as they began and
-- ended, events, and changes of its row, its document and its dependencies.

CREATE VIEW task_timeline WITH (security_invoker = true) AS
SELECT
    context.task_id,
    task.project_id,
    context.created_at AS occurred_at,
    'context' AS kind,
    context.type AS what,
    context.created_by AS actor,
    context.data AS detail,
    context.id AS source_id
FROM task_contexts AS context
JOIN tasks AS task ON task.id = context.task_id
UNION ALL
SELECT
    execution.task_id,
    task.project_id,
    moment.occurred_at,
    'attempt' AS kind,
    moment.what,
    agent.name AS actor,
    moment.detail,
    execution.id AS source_id
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id
LEFT JOIN agents AS agent ON agent.id = execution.agent_id
CROSS JOIN LATERAL (
    VALUES
        (
            execution.started_at, 'started',
            jsonb_build_object('attempt', execution.attempt, 'instance', execution.agent_instance)
        ),
        (
            execution.completed_at, execution.status::text,
            jsonb_build_object(
                'attempt', execution.attempt,
                'output_results', execution.output_results,
                'error_details', execution.error_details
            )
        )
) AS moment (occurred_at, what, detail)
WHERE moment.occurred_at IS NOT NULL
UNION ALL
SELECT
    event.task_id,
    task.project_id,
    event.occurred_at,
    'event' AS kind,
    event.type AS what,
    event.actor,
    event.payload AS detail,
    event.id AS source_id
FROM events AS event
JOIN tasks AS task ON task.id = event.task_id
UNION ALL
SELECT
    task.id AS task_id,
    task.project_id,
    change.changed_at AS occurred_at,
    'change' AS kind,
    format('%s %s', change.entity_type, change.action) AS what,
    change.actor,
    jsonb_build_object('old', change.old_values, 'new', change.new_values) AS detail,
    change.id AS source_id
FROM tasks AS task
JOIN audit_log AS change
    ON change.entity_id = task.id::text AND change.entity_type IN ('tasks', 'task_details')
UNION ALL
SELECT
    task.id AS task_id,
    task.project_id,
    change.changed_at AS occurred_at,
    'change' AS kind,
    format('%s %s', change.entity_type, change.action) AS what,
    change.actor,
    jsonb_build_object('old', change.old_values, 'new', change.new_values) AS detail,
    change.id AS source_id
FROM tasks AS task
-- The key of an edge begins with the task that it is about: a range of the index.
JOIN audit_log AS change
    ON change.entity_id ~>=~ (task.id::text || '/')
    AND change.entity_id ~<~ (task.id::text || '0')
    AND change.entity_type = 'task_dependencies';

COMMENT ON VIEW task_timeline IS
    'All that happened to each task that is there. Its order: occurred_at, kind, source_id, what.';
COMMENT ON COLUMN task_timeline.kind IS 'Where it is from: context, attempt, event or change.';
COMMENT ON COLUMN task_timeline.what IS
    'Type of the context or event; what became of the attempt; the table and what was done to its row.';
COMMENT ON COLUMN task_timeline.source_id IS
    'The id in task_contexts, task_executions, events or audit_log.';

-- How things were at a moment: the present rows with every later change undone. Each answers for a
-- project or for all, as far back as the log goes. What the database counts by itself is not
-- recorded, so it is not told.

CREATE FUNCTION tasks_as_of(_at timestamptz, _project_id uuid DEFAULT NULL)
RETURNS TABLE (
    id               uuid,
    project_id       uuid,
    task_list_id     uuid,
    parent_id        uuid,
    ref              text,
    title            text,
    type             text,
    priority         smallint,
    max_attempts     smallint,
    complexity_score smallint,
    estimated_hours  numeric,
    actual_hours     numeric,
    assignee_type    assignee_type,
    assignee         text,
    capabilities     text[],
    not_before       timestamptz,
    due_at           timestamptz,
    created_by       text,
    idempotency_key  text,
    status           task_status,
    status_reason    text,
    assigned_at      timestamptz,
    started_at       timestamptz,
    completed_at     timestamptz,
    deleted_at       timestamptz,
    created_at       timestamptz
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        former.id, former.project_id, former.task_list_id, former.parent_id, former.ref,
        former.title, former.type, former.priority, former.max_attempts, former.complexity_score,
        former.estimated_hours, former.actual_hours, former.assignee_type, former.assignee,
        former.capabilities, former.not_before, former.due_at, former.created_by,
        former.idempotency_key, former.status, former.status_reason, former.assigned_at,
        former.started_at, former.completed_at, former.deleted_at, former.created_at
    FROM tasks AS task
    FULL JOIN changes_undone('tasks', _at) AS undone ON undone.entity_id = task.id::text
    CROSS JOIN LATERAL jsonb_populate_record(task, coalesce(undone.old_values, '{}')) AS former
    WHERE undone.is_there IS NOT FALSE
        AND (_project_id IS NULL OR former.project_id = _project_id)
$$;

COMMENT ON FUNCTION tasks_as_of(timestamptz, uuid) IS
    'The tasks as they were at a moment: of a project, or all; with those that were deleted and could be restored.';

CREATE FUNCTION task_dependencies_as_of(_at timestamptz, _project_id uuid DEFAULT NULL)
RETURNS TABLE (
    task_id       uuid,
    depends_on_id uuid,
    kind          task_dependency_kind,
    policy        blocker_policy,
    metadata      jsonb,
    created_by    text,
    created_at    timestamptz
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        former.task_id, former.depends_on_id, former.kind, former.policy, former.metadata,
        former.created_by, former.created_at
    FROM task_dependencies AS edge
    FULL JOIN changes_undone('task_dependencies', _at) AS undone
        ON undone.entity_id = format('%s/%s/%s', edge.task_id, edge.depends_on_id, edge.kind)
    CROSS JOIN LATERAL jsonb_populate_record(edge, coalesce(undone.old_values, '{}')) AS former
    WHERE undone.is_there IS NOT FALSE
        AND (
            _project_id IS NULL
            OR former.task_id IN (SELECT task.id FROM tasks_as_of(_at, _project_id) AS task)
        )
$$;

COMMENT ON FUNCTION task_dependencies_as_of(timestamptz, uuid) IS
    'The dependencies as they were at a moment: of a project, or all.';

CREATE FUNCTION ready_tasks_as_of(_at timestamptz, _project_id uuid DEFAULT NULL)
RETURNS TABLE (
    id               uuid,
    project_id       uuid,
    task_list_id     uuid,
    ref              text,
    title            text,
    type             text,
    priority         smallint,
    claim_rank       integer,
    complexity_score smallint,
    estimated_hours  numeric,
    assignee         text,
    capabilities     text[],
    due_at           timestamptz,
    created_at       timestamptz
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH task AS MATERIALIZED (
        SELECT
            former.id, former.project_id, former.task_list_id, former.ref, former.title,
            former.type, former.priority, former.complexity_score, former.estimated_hours,
            former.assignee, former.capabilities, former.not_before, former.due_at, former.status,
            former.created_at
        FROM tasks_as_of(_at, _project_id) AS former
    ), edge AS MATERIALIZED (
        SELECT former.task_id, former.depends_on_id, former.kind, former.policy
        FROM task_dependencies_as_of(_at, _project_id) AS former
        WHERE former.kind IN ('blocks', 'conflicts')
    ), held AS (
        SELECT edge.task_id AS id
        FROM edge
        JOIN task AS blocker ON blocker.id = edge.depends_on_id
        WHERE edge.kind = 'blocks' AND is_open_blocker(blocker.status, edge.policy)
        UNION ALL
        SELECT former.task_id
        FROM task_external_dependencies AS dependency
        FULL JOIN changes_undone('task_external_dependencies', _at) AS undone
            ON undone.entity_id = dependency.id::text
        CROSS JOIN LATERAL jsonb_populate_record(
            dependency, coalesce(undone.old_values, '{}')
        ) AS former
        WHERE undone.is_there IS NOT FALSE AND former.satisfied_at IS NULL
        UNION ALL
        SELECT edge.task_id
        FROM edge
        JOIN task AS rival ON rival.id = edge.depends_on_id
        WHERE edge.kind = 'conflicts' AND rival.status = 'in_progress'
        UNION ALL
        SELECT edge.depends_on_id
        FROM edge
        JOIN task AS rival ON rival.id = edge.task_id
        WHERE edge.kind = 'conflicts' AND rival.status = 'in_progress'
    ), open_project AS (
        SELECT former.id
        FROM projects AS project
        FULL JOIN changes_undone('projects', _at) AS undone ON undone.entity_id = project.id::text
        CROSS JOIN LATERAL jsonb_populate_record(
            project, coalesce(undone.old_values, '{}')
        ) AS former
        WHERE undone.is_there IS NOT FALSE
            AND former.status = 'active'
            AND former.paused_at IS NULL
    )
    SELECT
        task.id, task.project_id, task.task_list_id, task.ref, task.title, task.type, task.priority,
        -task.priority, task.complexity_score, task.estimated_hours, task.assignee,
        task.capabilities, task.due_at, task.created_at
    FROM task
    JOIN open_project ON open_project.id = task.project_id
    WHERE task.status = 'pending'
        AND (task.not_before IS NULL OR task.not_before <= _at)
        AND NOT EXISTS (SELECT FROM held WHERE held.id = task.id)
$$;

COMMENT ON FUNCTION ready_tasks_as_of(timestamptz, uuid) IS
    'The tasks that could have been claimed at a moment: of a project, or of all. Claim order: claim_rank, created_at, id.';

-- One row is a workflow: tasks of a project worked through as one procedure, in phases and steps.
-- A person, a program or an import creates it; it is deleted by setting deleted_at, and erased
-- with what tasks it has and its steps, but not the tasks themselves.

CREATE TYPE workflow_status AS ENUM (
    'pending', 'running', 'paused', 'completed', 'failed', 'cancelled'
);

COMMENT ON TYPE workflow_status IS 'Where a workflow stands.';

CREATE TYPE workflow_order AS ENUM ('created_at', 'updated_at', 'name', 'status');

COMMENT ON TYPE workflow_order IS 'What a list of workflows may be ordered by.';

CREATE TYPE workflow_optional_column AS ENUM ('description', 'phase');

COMMENT ON TYPE workflow_optional_column IS 'What a workflow may be without.';

CREATE TABLE workflows (
    id            uuid             NOT NULL DEFAULT uuid_v7(),
    project_id    uuid             NOT NULL,
    name          text             NOT NULL,
    description   text,
    requirements  jsonb            NOT NULL DEFAULT '[]',
    configuration jsonb            NOT NULL DEFAULT '{}',
    metadata      jsonb            NOT NULL DEFAULT '{}',
    status        workflow_status  NOT NULL DEFAULT 'pending',
    phase         text,
    state         jsonb            NOT NULL DEFAULT '{}',
    started_at    timestamptz,
    completed_at  timestamptz,
    created_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz      NOT NULL DEFAULT clock_timestamp(),
    deleted_at    timestamptz,

    CONSTRAINT workflows_pkey PRIMARY KEY (id),
    CONSTRAINT workflows_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT workflows_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT workflows_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT workflows_requirements_is_array_or_object
        CHECK (jsonb_typeof(requirements) IN ('array', 'object')),
    CONSTRAINT workflows_requirements_up_to_1_mb
        CHECK (octet_length(requirements::text) <= 1048576),
    CONSTRAINT workflows_configuration_is_object CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT workflows_configuration_up_to_1_mb
        CHECK (octet_length(configuration::text) <= 1048576),
    CONSTRAINT workflows_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT workflows_metadata_up_to_1_mb CHECK (octet_length(metadata::text) <= 1048576),
    CONSTRAINT workflows_phase_has_1_to_200_characters
        CHECK (phase ~ '\S' AND length(phase) <= 200),
    CONSTRAINT workflows_state_is_object CHECK (jsonb_typeof(state) = 'object'),
    CONSTRAINT workflows_state_up_to_1_mb CHECK (octet_length(state::text) <= 1048576),
    CONSTRAINT workflows_ends_after_it_starts CHECK (completed_at >= started_at)
);

-- workflows_project_id_fkey, and list_workflows of a project.
CREATE INDEX workflows_project_id_created_at_id_idx ON workflows (project_id, created_at, id);

-- list_workflows of a status.
CREATE INDEX workflows_status_created_at_id_idx ON workflows (status, created_at, id)
    WHERE deleted_at IS NULL;

COMMENT ON TABLE workflows IS 'Procedures in which tasks of a project are worked through.';
COMMENT ON COLUMN workflows.requirements IS 'What the workflow is to bring about: an array or an object.';
COMMENT ON COLUMN workflows.configuration IS 'Object of how it is to be run; unknown keys are kept.';
COMMENT ON COLUMN workflows.phase IS 'The part of the procedure that it is in, in words of the caller.';
COMMENT ON COLUMN workflows.state IS 'Object of what whoever runs it has to remember from one phase to the next.';
COMMENT ON COLUMN workflows.started_at IS 'When it first ran. Set by the database.';
COMMENT ON COLUMN workflows.completed_at IS
    'When it was completed, failed or cancelled; null in every other status. Set by the database.';
COMMENT ON COLUMN workflows.deleted_at IS 'Since when it is left out of lists; null while it is not deleted.';

COMMENT ON CONSTRAINT workflows_project_id_fkey ON workflows IS 'A workflow ends with its project.';
COMMENT ON CONSTRAINT workflows_name_has_1_to_200_characters ON workflows IS
    'A workflow has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT workflows_description_up_to_1_mb ON workflows IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT workflows_requirements_is_array_or_object ON workflows IS
    'Requirements are a JSON array or object.';
COMMENT ON CONSTRAINT workflows_requirements_up_to_1_mb ON workflows IS
    'Requirements have at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_configuration_is_object ON workflows IS
    'A configuration is a JSON object.';
COMMENT ON CONSTRAINT workflows_configuration_up_to_1_mb ON workflows IS
    'A configuration has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_metadata_is_object ON workflows IS 'Metadata are a JSON object.';
COMMENT ON CONSTRAINT workflows_metadata_up_to_1_mb ON workflows IS
    'Metadata have at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_phase_has_1_to_200_characters ON workflows IS
    'A phase has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT workflows_state_is_object ON workflows IS 'A state is a JSON object.';
COMMENT ON CONSTRAINT workflows_state_up_to_1_mb ON workflows IS
    'A state has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflows_ends_after_it_starts ON workflows IS
    'A workflow does not end before it starts.';

CREATE FUNCTION workflows_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- What the database keeps stays as it is, whatever the caller filled in.
        NEW.started_at := OLD.started_at;
        NEW.completed_at := OLD.completed_at;
        IF NEW.status = OLD.status THEN
            RETURN NEW;
        END IF;
        NEW.completed_at := NULL;
    END IF;
    IF NEW.status IN ('running', 'paused', 'completed', 'failed') THEN
        NEW.started_at := coalesce(NEW.started_at, NEW.completed_at, clock_timestamp());
    END IF;
    IF NEW.status IN ('completed', 'failed', 'cancelled') THEN
        NEW.completed_at := coalesce(NEW.completed_at, greatest(clock_timestamp(), NEW.started_at));
    ELSE
        NEW.completed_at := NULL;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION workflows_set_moments() IS
    'Trigger function: started_at and completed_at follow status.';

CREATE TRIGGER workflows_set_moments
    BEFORE INSERT OR UPDATE OF status, started_at, completed_at ON workflows
    FOR EACH ROW EXECUTE FUNCTION workflows_set_moments();

COMMENT ON TRIGGER workflows_set_moments ON workflows IS
    'The moments of a workflow follow its status.';

CREATE TRIGGER workflows_touch_updated_at
    BEFORE UPDATE ON workflows
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER workflows_touch_updated_at ON workflows IS 'Every update sets updated_at.';

CREATE FUNCTION workflows_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'workflows', 'workflows_status_follows_moves',
        format('workflow %s', NEW.name), OLD.status::text, NEW.status::text,
        CASE OLD.status
            WHEN 'pending' THEN '{running, cancelled}'
            WHEN 'running' THEN '{paused, completed, failed, cancelled}'
            WHEN 'paused' THEN '{running, failed, cancelled}'
            WHEN 'completed' THEN '{running}'
            WHEN 'failed' THEN '{running, cancelled}'
            WHEN 'cancelled' THEN '{pending}'
        END::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflows_status_follows_moves() IS
    'Trigger function: refuses a status that does not follow from the one before.';

CREATE TRIGGER workflows_status_follows_moves
    AFTER UPDATE OF status ON workflows
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION workflows_status_follows_moves();

COMMENT ON TRIGGER workflows_status_follows_moves ON workflows IS
    'A workflow runs before it ends, and one that has ended runs again or is cancelled.';

CREATE FUNCTION workflows_stay_in_their_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'workflows', 'workflows_stay_in_their_project',
        format('workflow %s cannot move to another project', OLD.name),
        NULL,
        'Create the workflow in the other project, and delete this one.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflows_stay_in_their_project() IS
    'Trigger function: refuses to move a workflow to another project.';

CREATE TRIGGER workflows_stay_in_their_project
    AFTER UPDATE OF project_id ON workflows
    FOR EACH ROW WHEN (OLD.project_id <> NEW.project_id)
    EXECUTE FUNCTION workflows_stay_in_their_project();

COMMENT ON TRIGGER workflows_stay_in_their_project ON workflows IS
    'A workflow stays in the project in which it was created: its tasks do.';

CREATE TRIGGER workflows_record_change
    AFTER INSERT OR UPDATE OR DELETE ON workflows
    FOR EACH ROW EXECUTE FUNCTION record_change('workflows', 'id');

COMMENT ON TRIGGER workflows_record_change ON workflows IS 'Every change is recorded in audit_log.';

CREATE TRIGGER workflows_forget_external_references
    AFTER DELETE ON workflows
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('workflows');

COMMENT ON TRIGGER workflows_forget_external_references ON workflows IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER workflows_not_truncated
    AFTER TRUNCATE ON workflows
    EXECUTE FUNCTION refuse_rewriting('workflows', 'workflows_not_truncated');

COMMENT ON TRIGGER workflows_not_truncated ON workflows IS 'A table is emptied row by row, so that each is recorded.';

CREATE FUNCTION refuse_task_of_another_project(
    _table text, _rule text, _workflow_id uuid, _task_id uuid
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Safe against a race: neither a task nor a workflow ever changes its project.
    IF EXISTS (
        SELECT FROM workflows AS workflow
        JOIN tasks AS task ON task.id = _task_id
        WHERE workflow.id = _workflow_id AND workflow.project_id <> task.project_id
    ) THEN
        PERFORM refuse(
            _table, _rule,
            format('task %s is not of the project of workflow %s', _task_id, _workflow_id),
            NULL,
            'Choose a task of the same project.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION refuse_task_of_another_project(text, text, uuid, uuid) IS
    'Refuses, in the name of a rule of a table, that a workflow has to do with a task of another project.';

-- One row is a task in a workflow, at a position of its own. add_workflow_task makes it; it ends
-- with the workflow or the task, or when the task is taken out.

CREATE TABLE workflow_tasks (
    workflow_id uuid         NOT NULL,
    task_id     uuid         NOT NULL,
    position    integer      NOT NULL,
    added_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT workflow_tasks_pkey PRIMARY KEY (workflow_id, task_id),
    CONSTRAINT workflow_tasks_workflow_id_fkey
        FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
    CONSTRAINT workflow_tasks_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT workflow_tasks_workflow_id_position_key UNIQUE (workflow_id, position) DEFERRABLE,
    CONSTRAINT workflow_tasks_position_positive CHECK (position > 0)
);

-- workflow_tasks_task_id_fkey, and the workflows of a task.
CREATE INDEX workflow_tasks_task_id_idx ON workflow_tasks (task_id);

COMMENT ON TABLE workflow_tasks IS 'Which tasks a workflow has, and in which order.';

COMMENT ON CONSTRAINT workflow_tasks_workflow_id_fkey ON workflow_tasks IS
    'A workflow that is erased leaves its tasks behind.';
COMMENT ON CONSTRAINT workflow_tasks_task_id_fkey ON workflow_tasks IS
    'A task that is erased leaves its workflows.';
COMMENT ON CONSTRAINT workflow_tasks_workflow_id_position_key ON workflow_tasks IS
    'Two tasks of a workflow never share a position. Deferrable, so that one statement can move several.';
COMMENT ON CONSTRAINT workflow_tasks_position_positive ON workflow_tasks IS 'Positions count from 1.';

CREATE FUNCTION workflow_tasks_are_of_the_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_task_of_another_project(
        'workflow_tasks', 'workflow_tasks_are_of_the_project', NEW.workflow_id, NEW.task_id
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflow_tasks_are_of_the_project() IS
    'Trigger function: refuses a task of another project than the workflow''s.';

CREATE TRIGGER workflow_tasks_are_of_the_project
    AFTER INSERT OR UPDATE OF workflow_id, task_id ON workflow_tasks
    FOR EACH ROW EXECUTE FUNCTION workflow_tasks_are_of_the_project();

COMMENT ON TRIGGER workflow_tasks_are_of_the_project ON workflow_tasks IS
    'A workflow has tasks of its own project only.';

CREATE TRIGGER workflow_tasks_record_change
    AFTER INSERT OR UPDATE OR DELETE ON workflow_tasks
    FOR EACH ROW EXECUTE FUNCTION record_change('workflow_tasks', 'workflow_id task_id');

COMMENT ON TRIGGER workflow_tasks_record_change ON workflow_tasks IS 'Every change is recorded in audit_log.';

CREATE TRIGGER workflow_tasks_not_truncated
    AFTER TRUNCATE ON workflow_tasks
    EXECUTE FUNCTION refuse_rewriting('workflow_tasks', 'workflow_tasks_not_truncated');

COMMENT ON TRIGGER workflow_tasks_not_truncated ON workflow_tasks IS 'A table is emptied row by row, so that each is recorded.';

CREATE FUNCTION order_workflow_tasks(_workflow_id uuid, _task_id uuid, _position integer)
RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    WITH others AS (
        SELECT task_id, row_number() OVER (ORDER BY position) AS place
        FROM workflow_tasks
        WHERE workflow_id = _workflow_id AND task_id IS DISTINCT FROM _task_id
    ), ordered AS (
        SELECT task_id, place + (_task_id IS NOT NULL AND place >= _position)::integer AS position
        FROM others
        UNION ALL
        SELECT _task_id, least(_position, 1 + (SELECT count(*) FROM others))
    )
    UPDATE workflow_tasks AS member
    SET position = ordered.position
    FROM ordered
    WHERE member.workflow_id = _workflow_id
        AND member.task_id = ordered.task_id
        AND member.position <> ordered.position
    $$;

COMMENT ON FUNCTION order_workflow_tasks(uuid, uuid, integer) IS
    'Numbers the tasks of a workflow from 1 on, without gaps, with one of them moved to a position, or none. The caller holds the lock of lock_workflow_order.';

CREATE FUNCTION lock_workflow_order(_workflow_id uuid) RETURNS void
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    -- An update, not a mere lock: above READ COMMITTED, whoever waited for it has to begin anew.
    BEGIN ATOMIC
        UPDATE workflows SET updated_at = clock_timestamp() WHERE id = _workflow_id;
    END;

COMMENT ON FUNCTION lock_workflow_order(uuid) IS
    'Lets the changes of the order of a workflow''s tasks follow one another.';

CREATE FUNCTION add_workflow_task(_workflow_id uuid, _task_id uuid, _position integer DEFAULT NULL)
RETURNS SETOF workflow_tasks
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_workflow_order(_workflow_id);
    INSERT INTO workflow_tasks (workflow_id, task_id, position)
    SELECT _workflow_id, _task_id, 1 + coalesce(max(position), 0)
    FROM workflow_tasks
    WHERE workflow_id = _workflow_id
    ON CONFLICT (workflow_id, task_id) DO NOTHING;
    PERFORM order_workflow_tasks(
        _workflow_id, CASE WHEN _position IS NOT NULL THEN _task_id END, _position
    );
    RETURN QUERY
    SELECT member.workflow_id, member.task_id, member.position, member.added_at
    FROM workflow_tasks AS member
    WHERE member.workflow_id = _workflow_id AND member.task_id = _task_id;
END
$$;

COMMENT ON FUNCTION add_workflow_task(uuid, uuid, integer) IS
    'Puts a task into a workflow, at a position or at the end. One that is there already is moved to the position, if one is given.';

CREATE FUNCTION move_workflow_task(_workflow_id uuid, _task_id uuid, _position integer)
RETURNS SETOF workflow_tasks
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_workflow_order(_workflow_id);
    IF EXISTS (
        SELECT FROM workflow_tasks WHERE workflow_id = _workflow_id AND task_id = _task_id
    ) THEN
        PERFORM order_workflow_tasks(_workflow_id, _task_id, _position);
    END IF;
    RETURN QUERY
    SELECT member.workflow_id, member.task_id, member.position, member.added_at
    FROM workflow_tasks AS member
    WHERE member.workflow_id = _workflow_id AND member.task_id = _task_id;
END
$$;

COMMENT ON FUNCTION move_workflow_task(uuid, uuid, integer) IS
    'Moves a task of a workflow to a position, or to the end when that lies beyond. No row when the workflow has no such task.';

CREATE FUNCTION remove_workflow_task(_workflow_id uuid, _task_id uuid)
RETURNS SETOF workflow_tasks
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_workflow_order(_workflow_id);
    RETURN QUERY
    DELETE FROM workflow_tasks AS member
    WHERE member.workflow_id = _workflow_id AND member.task_id = _task_id
    RETURNING member.workflow_id, member.task_id, member.position, member.added_at;
    PERFORM order_workflow_tasks(_workflow_id, NULL, NULL);
END
$$;

COMMENT ON FUNCTION remove_workflow_task(uuid, uuid) IS
    'Takes a task out of a workflow; those behind it move up. Gives what it was; no row when the workflow has no such task.';

-- One row is a step of a workflow, for one of its tasks or for the whole. Whoever runs the workflow
-- creates it, starts it and says how it ended; it ends with the workflow or the task.

CREATE TYPE workflow_step_status AS ENUM ('pending', 'running', 'completed', 'failed', 'skipped');

COMMENT ON TYPE workflow_step_status IS 'Where a step of a workflow stands.';

CREATE TABLE workflow_steps (
    id            uuid                  NOT NULL DEFAULT uuid_v7(),
    workflow_id   uuid                  NOT NULL,
    task_id       uuid,
    step          text                  NOT NULL,
    status        workflow_step_status  NOT NULL DEFAULT 'pending',
    result        jsonb,
    error_message text,
    retry_count   integer               NOT NULL DEFAULT 0,
    started_at    timestamptz,
    completed_at  timestamptz,
    created_at    timestamptz           NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz           NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT workflow_steps_pkey PRIMARY KEY (id),
    CONSTRAINT workflow_steps_workflow_id_fkey
        FOREIGN KEY (workflow_id) REFERENCES workflows (id) ON DELETE CASCADE,
    CONSTRAINT workflow_steps_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT workflow_steps_step_has_1_to_200_characters
        CHECK (step ~ '\S' AND length(step) <= 200),
    CONSTRAINT workflow_steps_result_is_array_or_object
        CHECK (jsonb_typeof(result) IN ('array', 'object')),
    CONSTRAINT workflow_steps_result_up_to_1_mb CHECK (octet_length(result::text) <= 1048576),
    CONSTRAINT workflow_steps_error_message_up_to_10000_characters
        CHECK (length(error_message) <= 10000),
    CONSTRAINT workflow_steps_retry_count_not_negative CHECK (retry_count >= 0),
    CONSTRAINT workflow_steps_ends_after_it_starts CHECK (completed_at >= started_at)
);

-- workflow_steps_workflow_id_fkey, and list_workflow_steps.
CREATE UNIQUE INDEX workflow_steps_named_once_in_a_workflow_and_task
    ON workflow_steps (workflow_id, task_id, step) NULLS NOT DISTINCT;

-- workflow_steps_task_id_fkey.
CREATE INDEX workflow_steps_task_id_idx ON workflow_steps (task_id) WHERE task_id IS NOT NULL;

-- claim_retryable_workflow_steps: the failed steps in the order in which they are tried again.
CREATE INDEX workflow_steps_failed_idx ON workflow_steps (retry_count, completed_at, id)
    WHERE status = 'failed';

COMMENT ON TABLE workflow_steps IS 'The steps of a workflow, and how each ended.';
COMMENT ON COLUMN workflow_steps.task_id IS 'The task that the step is taken for; null when it is for the workflow as a whole.';
COMMENT ON COLUMN workflow_steps.step IS 'What the step is called.';
COMMENT ON COLUMN workflow_steps.result IS 'What the step brought about: an array or an object.';
COMMENT ON COLUMN workflow_steps.error_message IS 'Why the step failed; cleared by the next move unless that gives its own.';
COMMENT ON COLUMN workflow_steps.retry_count IS 'How often the step was taken up again after it had failed. Kept by the database.';
COMMENT ON COLUMN workflow_steps.started_at IS 'When it was started last; null while it is pending. Set by the database.';
COMMENT ON COLUMN workflow_steps.completed_at IS
    'When it was completed, failed or skipped; null while it is pending or running. Set by the database.';

COMMENT ON CONSTRAINT workflow_steps_workflow_id_fkey ON workflow_steps IS
    'Steps end with their workflow.';
COMMENT ON CONSTRAINT workflow_steps_task_id_fkey ON workflow_steps IS 'A step ends with its task.';
COMMENT ON CONSTRAINT workflow_steps_step_has_1_to_200_characters ON workflow_steps IS
    'A step has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT workflow_steps_result_is_array_or_object ON workflow_steps IS
    'A result is a JSON array or object.';
COMMENT ON CONSTRAINT workflow_steps_result_up_to_1_mb ON workflow_steps IS
    'A result has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT workflow_steps_error_message_up_to_10000_characters ON workflow_steps IS
    'An error message has at most 10000 characters.';
COMMENT ON CONSTRAINT workflow_steps_retry_count_not_negative ON workflow_steps IS
    'A count is zero or more.';
COMMENT ON CONSTRAINT workflow_steps_ends_after_it_starts ON workflow_steps IS
    'A step does not end before it starts.';
COMMENT ON INDEX workflow_steps_named_once_in_a_workflow_and_task IS
    'A workflow has a step of a name once for each task, and once for itself.';

CREATE FUNCTION workflow_steps_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- What the database keeps stays as it is, whatever the caller filled in.
        NEW.started_at := OLD.started_at;
        NEW.completed_at := OLD.completed_at;
        NEW.retry_count := OLD.retry_count;
        IF NEW.status = OLD.status THEN
            RETURN NEW;
        END IF;
        NEW.completed_at := NULL;
        IF NEW.status IN ('pending', 'running') THEN
            NEW.started_at := NULL;
            NEW.retry_count := OLD.retry_count + (OLD.status = 'failed')::integer;
        END IF;
        IF NEW.error_message IS NOT DISTINCT FROM OLD.error_message THEN
            NEW.error_message := NULL;
        END IF;
    END IF;
    IF NEW.status = 'pending' THEN
        NEW.started_at := NULL;
    ELSIF NEW.status <> 'skipped' THEN
        NEW.started_at := coalesce(NEW.started_at, NEW.completed_at, clock_timestamp());
    END IF;
    IF NEW.status IN ('pending', 'running') THEN
        NEW.completed_at := NULL;
    ELSE
        NEW.completed_at := coalesce(NEW.completed_at, greatest(clock_timestamp(), NEW.started_at));
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION workflow_steps_set_moments() IS
    'Trigger function: moments and retry_count follow status, and the error message of the status before is dropped.';

CREATE TRIGGER workflow_steps_set_moments
    BEFORE INSERT OR UPDATE ON workflow_steps
    FOR EACH ROW EXECUTE FUNCTION workflow_steps_set_moments();

COMMENT ON TRIGGER workflow_steps_set_moments ON workflow_steps IS
    'The moments of a step follow its status, and nobody else counts its retries.';

CREATE TRIGGER workflow_steps_touch_updated_at
    BEFORE UPDATE ON workflow_steps
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER workflow_steps_touch_updated_at ON workflow_steps IS
    'Every update sets updated_at.';

CREATE FUNCTION workflow_steps_are_of_the_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_task_of_another_project(
        'workflow_steps', 'workflow_steps_are_of_the_project', NEW.workflow_id, NEW.task_id
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflow_steps_are_of_the_project() IS
    'Trigger function: refuses a step for a task of another project than the workflow''s.';

CREATE TRIGGER workflow_steps_are_of_the_project
    AFTER INSERT OR UPDATE OF workflow_id, task_id ON workflow_steps
    FOR EACH ROW WHEN (NEW.task_id IS NOT NULL)
    EXECUTE FUNCTION workflow_steps_are_of_the_project();

COMMENT ON TRIGGER workflow_steps_are_of_the_project ON workflow_steps IS
    'A step is taken for a task of the workflow''s own project.';

CREATE FUNCTION workflow_steps_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'workflow_steps', 'workflow_steps_status_follows_moves',
        format('step %s', NEW.step), OLD.status::text, NEW.status::text,
        CASE OLD.status
            WHEN 'pending' THEN '{running, skipped}'
            WHEN 'running' THEN '{completed, failed, skipped, pending}'
            WHEN 'completed' THEN '{pending}'
            WHEN 'failed' THEN '{running, pending, skipped}'
            WHEN 'skipped' THEN '{pending}'
        END::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION workflow_steps_status_follows_moves() IS
    'Trigger function: refuses a status that does not follow from the one before.';

CREATE TRIGGER workflow_steps_status_follows_moves
    AFTER UPDATE OF status ON workflow_steps
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION workflow_steps_status_follows_moves();

COMMENT ON TRIGGER workflow_steps_status_follows_moves ON workflow_steps IS
    'A step runs before it is completed or fails, and is pending again before it is taken anew.';

CREATE TRIGGER workflow_steps_record_change
    AFTER INSERT OR UPDATE OR DELETE ON workflow_steps
    FOR EACH ROW EXECUTE FUNCTION record_change('workflow_steps', 'id');

COMMENT ON TRIGGER workflow_steps_record_change ON workflow_steps IS 'Every change is recorded in audit_log.';

CREATE TRIGGER workflow_steps_not_truncated
    AFTER TRUNCATE ON workflow_steps
    EXECUTE FUNCTION refuse_rewriting('workflow_steps', 'workflow_steps_not_truncated');

COMMENT ON TRIGGER workflow_steps_not_truncated ON workflow_steps IS 'A table is emptied row by row, so that each is recorded.';

-- How far each workflow is, counted when it is asked.

CREATE VIEW workflow_progress WITH (security_invoker = true) AS
SELECT
    workflow.id AS workflow_id,
    workflow.project_id,
    workflow.name,
    workflow.status,
    workflow.phase,
    task.total AS total_tasks,
    task.completed AS completed_tasks,
    task.in_progress AS in_progress_tasks,
    task.failed AS failed_tasks,
    task.cancelled AS cancelled_tasks,
    coalesce(
        round(100.0 * task.completed / nullif(task.total - task.cancelled, 0), 2), 0
    ) AS progress_percentage,
    step.total AS total_steps,
    step.completed AS completed_steps,
    step.failed AS failed_steps,
    step.skipped AS skipped_steps,
    coalesce(
        round(100.0 * step.completed / nullif(step.total - step.skipped, 0), 2), 0
    ) AS step_percentage,
    workflow.started_at,
    workflow.completed_at
FROM workflows AS workflow
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE task.status = 'completed') AS completed,
        count(*) FILTER (WHERE task.status = 'in_progress') AS in_progress,
        count(*) FILTER (WHERE task.status = 'failed') AS failed,
        count(*) FILTER (WHERE task.status = 'cancelled') AS cancelled
    FROM workflow_tasks AS member
    JOIN tasks AS task ON task.id = member.task_id
    WHERE member.workflow_id = workflow.id AND task.deleted_at IS NULL
) AS task
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE step.status = 'completed') AS completed,
        count(*) FILTER (WHERE step.status = 'failed') AS failed,
        count(*) FILTER (WHERE step.status = 'skipped') AS skipped
    FROM workflow_steps AS step
    WHERE step.workflow_id = workflow.id
) AS step
WHERE workflow.deleted_at IS NULL;

COMMENT ON VIEW workflow_progress IS
    'Workflows that are not deleted, and how far their steps and those tasks are that are not deleted either.';
COMMENT ON COLUMN workflow_progress.progress_percentage IS
    '0 to 100: the completed tasks among those that are not cancelled; 0 without any.';
COMMENT ON COLUMN workflow_progress.step_percentage IS
    '0 to 100: the completed steps among those that are not skipped; 0 without any.';

-- Where each step of each workflow stands.

CREATE VIEW workflow_states WITH (security_invoker = true) AS
SELECT
    step.id,
    step.workflow_id,
    workflow.project_id,
    workflow.name AS workflow_name,
    workflow.status AS workflow_status,
    workflow.phase,
    step.task_id,
    task.ref::text AS task_ref,
    step.step,
    step.status,
    step.result,
    step.error_message,
    step.retry_count,
    step.started_at,
    step.completed_at,
    step.completed_at - step.started_at AS duration,
    step.created_at,
    step.updated_at
FROM workflow_steps AS step
JOIN workflows AS workflow ON workflow.id = step.workflow_id
LEFT JOIN tasks AS task ON task.id = step.task_id
WHERE workflow.deleted_at IS NULL;

COMMENT ON VIEW workflow_states IS 'Steps with the workflows that they are of, of those that are not deleted.';
COMMENT ON COLUMN workflow_states.duration IS 'From the last start to the end; null before the end, and of a step that was skipped before it started.';

-- What happened in workflows: events that tell of them, and the changes of themselves and of their
-- steps, in the order of moments. Of a workflow that is erased only events are left.

CREATE VIEW workflow_events WITH (security_invoker = true) AS
SELECT
    event.workflow_id,
    event.occurred_at,
    'event' AS origin,
    event.id,
    event.type,
    event.severity,
    event.source,
    event.task_id,
    NULL AS step,
    event.payload,
    event.actor
FROM events AS event
WHERE event.workflow_id IS NOT NULL

UNION ALL
SELECT
    workflow.id,
    change.changed_at,
    'workflow',
    change.id,
    'workflow.' || CASE
        WHEN change.action = 'insert' THEN 'created'
        WHEN change.new_values ? 'status' THEN change.new_values ->> 'status'
        WHEN change.new_values ? 'phase' THEN 'phase_changed'
        WHEN change.new_values ->> 'deleted_at' IS NULL THEN 'restored'
        ELSE 'deleted'
    END,
    'info',
    'workflows',
    NULL,
    NULL,
    change.new_values,
    change.actor
FROM workflows AS workflow
JOIN audit_log AS change
    ON change.entity_id = workflow.id::text AND change.entity_type = 'workflows'
WHERE change.action = 'insert' OR change.new_values ?| ARRAY['status', 'phase', 'deleted_at']

UNION ALL
SELECT
    step.workflow_id,
    change.changed_at,
    'step',
    change.id,
    'step.' || CASE
        WHEN change.action = 'insert' THEN 'created' ELSE change.new_values ->> 'status'
    END,
    CASE change.new_values ->> 'status' WHEN 'failed' THEN 'error'::severity ELSE 'info' END,
    'workflow_steps',
    step.task_id,
    step.step,
    change.new_values,
    change.actor
FROM workflow_steps AS step
JOIN audit_log AS change
    ON change.entity_id = step.id::text AND change.entity_type = 'workflow_steps'
WHERE change.action = 'insert' OR change.new_values ? 'status';

COMMENT ON VIEW workflow_events IS
    'What happened in workflows: events, and changes of workflows and their steps.';
COMMENT ON COLUMN workflow_events.origin IS
    'Where it comes from: event (the table events), workflow or step (changes of these).';
COMMENT ON COLUMN workflow_events.id IS 'Of the row of events, or else of audit_log.';
COMMENT ON COLUMN workflow_events.payload IS 'What the event says, or else the values that became.';

-- One row is a named set of settings for the agents of one type: in one project, or, without a
-- project, wherever the project has none of that name. A person makes it; it ends with its project,
-- or when it is deleted. What it said before is in audit_log.

CREATE TYPE agent_configuration_order AS ENUM ('name', 'agent_type', 'created_at', 'updated_at');

COMMENT ON TYPE agent_configuration_order IS 'What configurations can be listed by.';

CREATE TABLE agent_configurations (
    id            uuid         NOT NULL DEFAULT uuid_v7(),
    project_id    uuid,
    agent_type    text         NOT NULL,
    name          text         NOT NULL DEFAULT 'default',
    configuration jsonb        NOT NULL DEFAULT '{}',
    capabilities  jsonb        NOT NULL DEFAULT '[]',
    constraints   jsonb        NOT NULL DEFAULT '{}',
    version       integer      NOT NULL DEFAULT 1,
    is_active     boolean      NOT NULL DEFAULT true,
    created_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT agent_configurations_pkey PRIMARY KEY (id),
    CONSTRAINT agent_configurations_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT agent_configurations_project_id_agent_type_name_key
        UNIQUE NULLS NOT DISTINCT (project_id, agent_type, name),
    CONSTRAINT agent_configurations_agent_type_is_identifier
        CHECK (agent_type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT agent_configurations_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT agent_configurations_configuration_is_object
        CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT agent_configurations_configuration_up_to_1_mb
        CHECK (octet_length(configuration::text) <= 1048576),
    CONSTRAINT agent_configurations_capabilities_is_array_of_text
        CHECK (
            jsonb_typeof(capabilities) = 'array'
            AND NOT jsonb_path_exists(capabilities, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT agent_configurations_constraints_is_object
        CHECK (jsonb_typeof(constraints) = 'object'),
    CONSTRAINT agent_configurations_constraints_up_to_1_mb
        CHECK (octet_length(constraints::text) <= 1048576),
    CONSTRAINT agent_configurations_version_positive CHECK (version > 0)
);

COMMENT ON TABLE agent_configurations IS
    'Named settings for the agents of one type, in one project or in all.';
COMMENT ON COLUMN agent_configurations.project_id IS
    'The project for which it is; null where it is for every project that has none of that name.';
COMMENT ON COLUMN agent_configurations.agent_type IS 'The type of the agents for which it is: agents.type.';
COMMENT ON COLUMN agent_configurations.name IS 'One type of agent may have several; default applies where none is asked for by name.';
COMMENT ON COLUMN agent_configurations.configuration IS 'Object of settings; unknown keys are kept.';
COMMENT ON COLUMN agent_configurations.capabilities IS 'Array of words that say what an agent can do with it.';
COMMENT ON COLUMN agent_configurations.constraints IS 'Object of what an agent must keep to; unknown keys are kept.';
COMMENT ON COLUMN agent_configurations.version IS
    'Counted by the database: one more with each change of what it says.';
COMMENT ON COLUMN agent_configurations.is_active IS 'One that is not active applies to nobody.';

COMMENT ON CONSTRAINT agent_configurations_project_id_fkey ON agent_configurations IS
    'A configuration ends with its project.';
COMMENT ON CONSTRAINT agent_configurations_project_id_agent_type_name_key ON agent_configurations IS
    'Two configurations for one type of agent never share a name, in one project or among those for all.';
COMMENT ON CONSTRAINT agent_configurations_agent_type_is_identifier ON agent_configurations IS
    'A type of agent is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT agent_configurations_name_has_1_to_200_characters ON agent_configurations IS
    'A configuration has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT agent_configurations_configuration_is_object ON agent_configurations IS
    'A configuration is a JSON object.';
COMMENT ON CONSTRAINT agent_configurations_configuration_up_to_1_mb ON agent_configurations IS
    'A configuration has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT agent_configurations_capabilities_is_array_of_text ON agent_configurations IS
    'Capabilities are a JSON array of texts.';
COMMENT ON CONSTRAINT agent_configurations_constraints_is_object ON agent_configurations IS
    'Constraints are a JSON object.';
COMMENT ON CONSTRAINT agent_configurations_constraints_up_to_1_mb ON agent_configurations IS
    'Constraints have at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT agent_configurations_version_positive ON agent_configurations IS
    'Versions are counted from 1.';

CREATE FUNCTION agent_configurations_count_version() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.version := OLD.version + (
        (NEW.configuration, NEW.capabilities, NEW.constraints)
        IS DISTINCT FROM (OLD.configuration, OLD.capabilities, OLD.constraints)
    )::integer;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION agent_configurations_count_version() IS
    'Trigger function: a change of what a configuration says makes it the next version.';

CREATE TRIGGER agent_configurations_count_version
    BEFORE UPDATE ON agent_configurations
    FOR EACH ROW EXECUTE FUNCTION agent_configurations_count_version();

COMMENT ON TRIGGER agent_configurations_count_version ON agent_configurations IS
    'The version counts the changes of configuration, capabilities and constraints.';

CREATE TRIGGER agent_configurations_touch_updated_at
    BEFORE UPDATE ON agent_configurations
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER agent_configurations_touch_updated_at ON agent_configurations IS
    'Every update sets updated_at.';

CREATE TRIGGER agent_configurations_record_change
    AFTER INSERT OR UPDATE OR DELETE ON agent_configurations
    FOR EACH ROW EXECUTE FUNCTION record_change('agent_configurations', 'id');

COMMENT ON TRIGGER agent_configurations_record_change ON agent_configurations IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER agent_configurations_not_truncated
    AFTER TRUNCATE ON agent_configurations
    EXECUTE FUNCTION refuse_rewriting('agent_configurations', 'agent_configurations_not_truncated');

COMMENT ON TRIGGER agent_configurations_not_truncated ON agent_configurations IS
    'A table is emptied row by row, so that each is recorded.';

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

-- One row is a key by which a service proves who it is. Whoever makes it shows the secret once and
-- sends only its HMAC-SHA256, whose pepper the database never sees. It is revoked or rotated, not
-- deleted. What it was used for is in api_key_usage: a count or a moment of last use in this row
-- would be written by every request, and everybody would wait for it.

CREATE TYPE api_key_service AS ENUM (
    'codegen', 'linear', 'claude_code', 'agentapi', 'github', 'openai', 'anthropic', 'database',
    'monitoring', 'webhook'
);

COMMENT ON TYPE api_key_service IS 'The service that a key is for.';

CREATE TYPE api_key_order AS ENUM ('name', 'service', 'created_at', 'expires_at');

COMMENT ON TYPE api_key_order IS 'What keys can be listed by.';

CREATE TYPE api_key_optional_column AS ENUM ('expires_at', 'rate_limit_bucket');

COMMENT ON TYPE api_key_optional_column IS 'What a key can do without.';

CREATE TABLE api_keys (
    id                uuid             NOT NULL DEFAULT uuid_v7(),
    name              text             NOT NULL,
    service           api_key_service  NOT NULL,
    environment       text             NOT NULL DEFAULT 'production',
    key_prefix        text             NOT NULL,
    key_hash          bytea            NOT NULL,
    permissions       jsonb            NOT NULL DEFAULT '[]',
    rate_limit_bucket text,
    is_active         boolean          NOT NULL DEFAULT true,
    expires_at        timestamptz,
    replaces_id       uuid,
    replaced_at       timestamptz,
    revoked_at        timestamptz,
    revocation_reason text,
    created_by        text             NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at        timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz      NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    -- A look-up by the HMAC needs no compare in constant time: how long the index takes depends on
    -- the HMAC, which nobody can steer without the pepper, and says nothing of the secret.
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_keys_replaces_id_key UNIQUE (replaces_id),
    CONSTRAINT api_keys_replaces_id_fkey
        FOREIGN KEY (replaces_id) REFERENCES api_keys (id) ON DELETE SET NULL,
    CONSTRAINT api_keys_rate_limit_bucket_fkey
        FOREIGN KEY (rate_limit_bucket) REFERENCES rate_limits (bucket)
        ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT api_keys_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT api_keys_environment_is_identifier CHECK (environment ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT api_keys_key_prefix_has_4_to_20_characters
        CHECK (key_prefix ~ '^[A-Za-z0-9_-]{4,20}$'),
    CONSTRAINT api_keys_key_hash_has_32_bytes CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_permissions_is_array_of_words
        CHECK (
            jsonb_typeof(permissions) = 'array'
            AND NOT jsonb_path_exists(
                permissions,
                'strict $[*] ? (
                    @.type() <> "string" || !(@ like_regex "^[a-z*][a-z0-9_.:*/-]{0,99}$")
                )'
            )
        ),
    CONSTRAINT api_keys_expires_after_it_was_created
        CHECK (expires_at > created_at AND isfinite(expires_at)),
    CONSTRAINT api_keys_replaced_only_with_an_end
        CHECK (replaced_at IS NULL OR expires_at IS NOT NULL),
    CONSTRAINT api_keys_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200),
    CONSTRAINT api_keys_revocation_reason_up_to_1000_characters
        CHECK (length(revocation_reason) <= 1000)
);

-- One key of a name that is neither revoked nor replaced. One that has expired holds its name until
-- it is, since no index knows what time it is.
CREATE UNIQUE INDEX api_keys_one_living_per_name_service_and_environment
    ON api_keys (name, service, environment)
    WHERE revoked_at IS NULL AND replaced_at IS NULL;

-- The foreign key to rate_limits.
CREATE INDEX api_keys_rate_limit_bucket_idx ON api_keys (rate_limit_bucket);

COMMENT ON TABLE api_keys IS 'Keys by which services prove who they are.';
COMMENT ON COLUMN api_keys.environment IS 'Where the key is used: production, staging, development or any other word.';
COMMENT ON COLUMN api_keys.key_prefix IS 'The beginning of the key, by which people tell keys apart; no secret.';
COMMENT ON COLUMN api_keys.key_hash IS
    'HMAC-SHA256 of the whole key under a pepper that is not in the database; in no list and in no record of changes.';
COMMENT ON COLUMN api_keys.permissions IS 'Array of words that say what the key may do, such as tasks:read.';
COMMENT ON COLUMN api_keys.rate_limit_bucket IS 'The bucket that each use takes a token of; null where the key is not limited.';
COMMENT ON COLUMN api_keys.is_active IS 'One that is not active is refused until it is again.';
COMMENT ON COLUMN api_keys.expires_at IS 'From when on the key is refused; null when it does not expire.';
COMMENT ON COLUMN api_keys.replaces_id IS 'The key that this one was rotated from.';
COMMENT ON COLUMN api_keys.replaced_at IS 'Since when another key takes its place; it stays valid until it expires.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Since when the key is refused for good.';
COMMENT ON COLUMN api_keys.created_by IS 'Who made it: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT api_keys_key_hash_key ON api_keys IS 'Two keys never share a secret.';
COMMENT ON CONSTRAINT api_keys_replaces_id_key ON api_keys IS 'A key is rotated into one other.';
COMMENT ON CONSTRAINT api_keys_replaces_id_fkey ON api_keys IS
    'A key stays when the one that it was rotated from is deleted.';
COMMENT ON CONSTRAINT api_keys_rate_limit_bucket_fkey ON api_keys IS
    'A bucket that a key draws on is not deleted: the key would be without a limit.';
COMMENT ON CONSTRAINT api_keys_name_has_1_to_200_characters ON api_keys IS
    'A key has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT api_keys_environment_is_identifier ON api_keys IS
    'An environment is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT api_keys_key_prefix_has_4_to_20_characters ON api_keys IS
    'A prefix has 4 to 20 letters, digits, hyphens and underscores.';
COMMENT ON CONSTRAINT api_keys_key_hash_has_32_bytes ON api_keys IS
    'A hash is an HMAC-SHA256, which has 32 bytes.';
COMMENT ON CONSTRAINT api_keys_permissions_is_array_of_words ON api_keys IS
    'Permissions are a JSON array of words of 1 to 100 lower-case letters, digits and . : * / _ -, which begin with a letter or an asterisk.';
COMMENT ON CONSTRAINT api_keys_expires_after_it_was_created ON api_keys IS
    'A key expires at a moment after it was created, or never.';
COMMENT ON CONSTRAINT api_keys_replaced_only_with_an_end ON api_keys IS
    'A key in whose place there is another one expires: two keys of one name are not valid for good.';
COMMENT ON CONSTRAINT api_keys_created_by_has_1_to_200_characters ON api_keys IS
    'Who made a key has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT api_keys_revocation_reason_up_to_1000_characters ON api_keys IS
    'A reason has at most 1000 characters.';
COMMENT ON INDEX api_keys_one_living_per_name_service_and_environment IS
    'Of the keys of one name, service and environment, one is neither revoked nor replaced.';

CREATE FUNCTION api_keys_revoked_for_good() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'api_keys', 'api_keys_revoked_for_good',
        format('key %s was revoked at %s', OLD.id, OLD.revoked_at),
        NULL,
        'Create a key of the same name.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION api_keys_revoked_for_good() IS
    'Trigger function: refuses to change when a key was revoked.';

CREATE TRIGGER api_keys_revoked_for_good
    AFTER UPDATE OF revoked_at ON api_keys
    FOR EACH ROW WHEN (
        OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
    )
    EXECUTE FUNCTION api_keys_revoked_for_good();

COMMENT ON TRIGGER api_keys_revoked_for_good ON api_keys IS 'A key that was revoked stays so.';

CREATE FUNCTION api_keys_prefix_and_hash_never_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'api_keys', 'api_keys_prefix_and_hash_never_change',
        format('the secret of key %s cannot be another one', OLD.id),
        NULL,
        'Rotate the key: another key takes its place, and that is recorded.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION api_keys_prefix_and_hash_never_change() IS
    'Trigger function: refuses to change the prefix or the hash of a key.';

CREATE TRIGGER api_keys_prefix_and_hash_never_change
    AFTER UPDATE OF key_prefix, key_hash ON api_keys
    FOR EACH ROW WHEN (
        OLD.key_prefix IS DISTINCT FROM NEW.key_prefix OR OLD.key_hash IS DISTINCT FROM NEW.key_hash
    )
    EXECUTE FUNCTION api_keys_prefix_and_hash_never_change();

COMMENT ON TRIGGER api_keys_prefix_and_hash_never_change ON api_keys IS
    'A key never gets another secret: audit_log leaves hashes out, so nobody would see it.';

CREATE TRIGGER api_keys_touch_updated_at
    BEFORE UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER api_keys_touch_updated_at ON api_keys IS 'Every update sets updated_at.';

-- The hash is left out as if it followed from other columns, so that no record of changes has it.
CREATE TRIGGER api_keys_record_change
    AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION record_change('api_keys', 'id', 'key_hash');

COMMENT ON TRIGGER api_keys_record_change ON api_keys IS
    'Every change is recorded in audit_log, but never the hash.';

CREATE TRIGGER api_keys_not_truncated
    AFTER TRUNCATE ON api_keys
    EXECUTE FUNCTION refuse_rewriting('api_keys', 'api_keys_not_truncated');

COMMENT ON TRIGGER api_keys_not_truncated ON api_keys IS
    'A table is emptied row by row, so that each is recorded.';

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

-- The keys that are accepted now.

CREATE VIEW active_api_keys WITH (security_invoker = true) AS
SELECT
    key.id,
    key.name,
    key.service,
    key.environment,
    key.key_prefix,
    key.permissions,
    key.expires_at,
    key.replaced_at,
    key.rate_limit_bucket,
    bucket.capacity AS rate_limit,
    bucket.refill_per_second AS rate_limit_refill_per_second,
    -- Computed only where they are asked for.
    (
        SELECT max(usage.used_at) FROM api_key_usage AS usage WHERE usage.api_key_id = key.id
    ) AS last_used_at,
    (
        SELECT count(*) FROM api_key_usage AS usage WHERE usage.api_key_id = key.id
    ) AS usage_count,
    key.created_by,
    key.created_at
FROM api_keys AS key
LEFT JOIN rate_limits AS bucket ON bucket.bucket = key.rate_limit_bucket
WHERE key.is_active
    AND key.revoked_at IS NULL
    AND (key.expires_at IS NULL OR key.expires_at > clock_timestamp());

COMMENT ON VIEW active_api_keys IS
    'The keys that are accepted now, with their limits and how they were used; without their hashes.';
COMMENT ON COLUMN active_api_keys.replaced_at IS 'Since when another key takes its place, which is to be used instead.';
COMMENT ON COLUMN active_api_keys.rate_limit IS 'How many uses a full bucket allows at once; null where the key is not limited.';
COMMENT ON COLUMN active_api_keys.rate_limit_refill_per_second IS 'How many uses in a second it allows in the long run.';
COMMENT ON COLUMN active_api_keys.last_used_at IS 'When the key was last used, as far back as usage is kept.';
COMMENT ON COLUMN active_api_keys.usage_count IS 'How often the key was used, as far back as usage is kept.';

-- How each key was used.

CREATE VIEW api_key_usage_summary WITH (security_invoker = true) AS
SELECT
    key.id AS api_key_id,
    key.name,
    key.service,
    key.environment,
    key.key_prefix,
    used.usage_count,
    used.last_hour_count,
    used.last_24_hours_count,
    used.last_7_days_count,
    used.failed_last_24_hours_count,
    used.endpoint_count,
    used.first_used_at,
    used.last_used_at
FROM api_keys AS key
CROSS JOIN LATERAL (
    SELECT
        count(*) AS usage_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '1 hour'
        ) AS last_hour_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '24 hours'
        ) AS last_24_hours_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '7 days'
        ) AS last_7_days_count,
        count(*) FILTER (
            WHERE usage.used_at > clock_timestamp() - interval '24 hours'
                AND usage.status_code >= 400
        ) AS failed_last_24_hours_count,
        count(DISTINCT usage.endpoint) AS endpoint_count,
        min(usage.used_at) AS first_used_at,
        max(usage.used_at) AS last_used_at
    FROM api_key_usage AS usage
    WHERE usage.api_key_id = key.id
) AS used;

COMMENT ON VIEW api_key_usage_summary IS
    'How each key was used, revoked ones too, as far back as usage is kept.';
COMMENT ON COLUMN api_key_usage_summary.failed_last_24_hours_count IS
    'Uses within 24 hours that HTTP answered with 400 or more.';
COMMENT ON COLUMN api_key_usage_summary.endpoint_count IS 'How many endpoints it was used for.';

-- One row is a legal move of a pull request from one status to another. The state machine is these
-- rows: a migration changes it with an INSERT or a DELETE, and no function is edited.

CREATE TYPE pull_request_status AS ENUM (
    'draft', 'open', 'review_requested', 'approved', 'merged', 'closed', 'failed_validation'
);

COMMENT ON TYPE pull_request_status IS
    'Where a pull request stands. closed: without being merged. merged is final.';

CREATE TABLE pull_request_status_transitions (
    from_status pull_request_status  NOT NULL,
    to_status   pull_request_status  NOT NULL,
    meaning     text                 NOT NULL,

    CONSTRAINT pull_request_status_transitions_pkey PRIMARY KEY (from_status, to_status),
    CONSTRAINT pull_request_status_transitions_lead_elsewhere CHECK (from_status <> to_status),
    CONSTRAINT pull_request_status_transitions_have_a_meaning
        CHECK (meaning ~ '\S' AND length(meaning) <= 200)
);

COMMENT ON TABLE pull_request_status_transitions IS
    'The legal moves of a pull request between statuses.';
COMMENT ON COLUMN pull_request_status_transitions.meaning IS 'What the move says, in a few words.';

COMMENT ON CONSTRAINT pull_request_status_transitions_lead_elsewhere
    ON pull_request_status_transitions IS 'A move leads to another status.';
COMMENT ON CONSTRAINT pull_request_status_transitions_have_a_meaning
    ON pull_request_status_transitions IS 'A move says what it means, in at most 200 characters.';

-- The moves of a pull request that are legal from the start. What is there already stays as it is.

INSERT INTO pull_request_status_transitions (from_status, to_status, meaning) VALUES
    ('draft',             'open',              'ready'),
    ('draft',             'review_requested',  'ready, and somebody is asked to review it'),
    ('draft',             'closed',            'given up'),
    ('draft',             'failed_validation', 'a validation failed'),
    ('open',              'draft',             'not ready after all'),
    ('open',              'review_requested',  'somebody is asked to review it'),
    ('open',              'approved',          'approved'),
    ('open',              'merged',            'merged without a review'),
    ('open',              'closed',            'given up, or rejected'),
    ('open',              'failed_validation', 'a validation failed'),
    ('review_requested',  'draft',             'not ready after all'),
    ('review_requested',  'open',              'withdrawn, or changes are asked for'),
    ('review_requested',  'approved',          'approved'),
    ('review_requested',  'merged',            'merged without a review'),
    ('review_requested',  'closed',            'given up, or rejected'),
    ('review_requested',  'failed_validation', 'a validation failed'),
    ('approved',          'draft',             'not ready after all'),
    ('approved',          'open',              'the approval no longer holds'),
    ('approved',          'review_requested',  'to be reviewed again'),
    ('approved',          'merged',            'merged'),
    ('approved',          'closed',            'given up, or rejected'),
    ('approved',          'failed_validation', 'a validation failed'),
    ('failed_validation', 'draft',             'to be worked on'),
    ('failed_validation', 'open',              'corrected'),
    ('failed_validation', 'review_requested',  'corrected, and somebody is asked to review it'),
    ('failed_validation', 'closed',            'given up, or rejected'),
    ('closed',            'draft',             'reopened as a draft'),
    ('closed',            'open',              'reopened')
ON CONFLICT (from_status, to_status) DO NOTHING;

CREATE TRIGGER pull_request_status_transitions_record_change
    AFTER INSERT OR UPDATE OR DELETE ON pull_request_status_transitions
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'pull_request_status_transitions', 'from_status to_status'
    );

COMMENT ON TRIGGER pull_request_status_transitions_record_change ON pull_request_status_transitions IS 'Every change is recorded in audit_log.';

CREATE TRIGGER pull_request_status_transitions_not_truncated
    AFTER TRUNCATE ON pull_request_status_transitions
    EXECUTE FUNCTION refuse_rewriting(
        'pull_request_status_transitions', 'pull_request_status_transitions_not_truncated'
    );

COMMENT ON TRIGGER pull_request_status_transitions_not_truncated ON pull_request_status_transitions IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a pull request: a change of code that an agent or a person offers. Whoever opens it,
-- or a webhook of the host of the code, creates it. It survives its task and ends with its project.

CREATE TYPE pull_request_order AS ENUM ('created_at', 'updated_at', 'number', 'title', 'status');

COMMENT ON TYPE pull_request_order IS 'What a list of pull requests may be ordered by.';

CREATE TYPE pull_request_optional_column AS ENUM (
    'task_id', 'execution_id', 'url', 'description', 'commit_sha', 'author'
);

COMMENT ON TYPE pull_request_optional_column IS 'What a pull request may be without.';

CREATE TABLE pull_requests (
    id              uuid                 NOT NULL DEFAULT uuid_v7(),
    project_id      uuid                 NOT NULL,
    task_id         uuid,
    execution_id    bigint,
    repository      text                 NOT NULL,
    number          integer              NOT NULL,
    title           text                 NOT NULL,
    branch          text                 NOT NULL,
    base_branch     text                 NOT NULL DEFAULT 'main',
    url             text,
    description     text,
    commit_sha      text,
    author          text,
    review_comments jsonb                NOT NULL DEFAULT '[]',
    metadata        jsonb                NOT NULL DEFAULT '{}',
    status          pull_request_status  NOT NULL DEFAULT 'open',
    opened_at       timestamptz,
    merged_at       timestamptz,
    closed_at       timestamptz,
    host_updated_at timestamptz,
    created_at      timestamptz          NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz          NOT NULL DEFAULT clock_timestamp(),
    deleted_at      timestamptz,

    CONSTRAINT pull_requests_pkey PRIMARY KEY (id),
    CONSTRAINT pull_requests_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT pull_requests_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT pull_requests_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE SET NULL,
    CONSTRAINT pull_requests_repository_is_owner_and_name
        CHECK (repository ~ '^[\w.-]+(/[\w.-]+)+$' AND length(repository) <= 200),
    CONSTRAINT pull_requests_number_positive CHECK (number > 0),
    CONSTRAINT pull_requests_title_has_1_to_500_characters
        CHECK (title ~ '\S' AND length(title) <= 500),
    CONSTRAINT pull_requests_branch_is_a_branch
        CHECK (branch ~ '^[^\s~^:?*\[\\]+$' AND length(branch) <= 255),
    CONSTRAINT pull_requests_base_branch_is_a_branch
        CHECK (base_branch ~ '^[^\s~^:?*\[\\]+$' AND length(base_branch) <= 255),
    CONSTRAINT pull_requests_url_is_http_url
        CHECK (url ~ '^https?://[^\s@]+$' AND length(url) <= 2000),
    CONSTRAINT pull_requests_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT pull_requests_commit_sha_is_a_commit CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    CONSTRAINT pull_requests_author_has_1_to_200_characters
        CHECK (author ~ '\S' AND length(author) <= 200),
    CONSTRAINT pull_requests_review_comments_is_array_of_objects
        CHECK (
            jsonb_typeof(review_comments) = 'array'
            AND NOT jsonb_path_exists(review_comments, 'strict $[*] ? (@.type() <> "object")')
        ),
    CONSTRAINT pull_requests_review_comments_have_known_keys_well_typed
        CHECK (NOT jsonb_path_exists(
            review_comments,
            'strict $[*] ? (
                (@.author.type() <> "string" && @.author.type() <> "null")
                || (@.body.type() <> "string" && @.body.type() <> "null")
                || (@.path.type() <> "string" && @.path.type() <> "null")
                || (@.line.type() <> "number" && @.line.type() <> "null")
            )',
            silent => true
        )),
    CONSTRAINT pull_requests_review_comments_up_to_1_mb
        CHECK (octet_length(review_comments::text) <= 1048576),
    CONSTRAINT pull_requests_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

-- A webhook names a pull request by repository and number; hosts do not tell cases apart.
CREATE UNIQUE INDEX pull_requests_one_per_repository_and_number
    ON pull_requests (lower(repository), number);

-- pull_requests_project_id_fkey, and the pull requests of a project by status.
CREATE INDEX pull_requests_project_id_status_idx ON pull_requests (project_id, status);

-- pull_requests_task_id_fkey, and the pull requests of a task.
CREATE INDEX pull_requests_task_id_idx ON pull_requests (task_id) WHERE task_id IS NOT NULL;

-- pull_requests_execution_id_fkey.
CREATE INDEX pull_requests_execution_id_idx ON pull_requests (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE pull_requests IS 'Changes of code that agents and people offer.';
COMMENT ON COLUMN pull_requests.task_id IS 'The task that it is a result of; null when that is gone.';
COMMENT ON COLUMN pull_requests.execution_id IS 'The attempt that opened it; null when that is gone.';
COMMENT ON COLUMN pull_requests.repository IS 'Owner and name, as in octo/app; groups within groups may come before.';
COMMENT ON COLUMN pull_requests.branch IS 'The branch that is to be merged.';
COMMENT ON COLUMN pull_requests.base_branch IS 'The branch that it is to be merged into.';
COMMENT ON COLUMN pull_requests.commit_sha IS 'The latest commit of the branch: 7 to 64 hexadecimal digits.';
COMMENT ON COLUMN pull_requests.author IS 'Who opened it, as the host calls them.';
COMMENT ON COLUMN pull_requests.review_comments IS
    'Array of objects: id, author, body, path, line and what else the host says.';
COMMENT ON COLUMN pull_requests.metadata IS 'Object of what else is known; unknown keys are kept.';
COMMENT ON COLUMN pull_requests.opened_at IS
    'When it first was more than a draft. Set by the database.';
COMMENT ON COLUMN pull_requests.merged_at IS 'When it was merged. Set by the database.';
COMMENT ON COLUMN pull_requests.closed_at IS
    'When it was merged or closed; cleared when it is reopened. Set by the database.';
COMMENT ON COLUMN pull_requests.host_updated_at IS
    'How new the latest report of the host is, by the host''s clock; null while the host has said nothing.';
COMMENT ON COLUMN pull_requests.deleted_at IS
    'Since when it is left out of lists; a report of the host does not bring it back.';

COMMENT ON CONSTRAINT pull_requests_project_id_fkey ON pull_requests IS
    'A pull request ends with its project.';
COMMENT ON CONSTRAINT pull_requests_task_id_fkey ON pull_requests IS
    'A pull request survives its task.';
COMMENT ON CONSTRAINT pull_requests_execution_id_fkey ON pull_requests IS
    'A pull request survives the attempt that opened it.';
COMMENT ON CONSTRAINT pull_requests_repository_is_owner_and_name ON pull_requests IS
    'A repository is named by owner and name with a slash between, in at most 200 characters.';
COMMENT ON CONSTRAINT pull_requests_number_positive ON pull_requests IS
    'Pull requests are numbered from 1.';
COMMENT ON CONSTRAINT pull_requests_title_has_1_to_500_characters ON pull_requests IS
    'A title has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT pull_requests_branch_is_a_branch ON pull_requests IS
    'A branch name has at most 255 characters, no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT pull_requests_base_branch_is_a_branch ON pull_requests IS
    'A branch name has at most 255 characters, no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT pull_requests_url_is_http_url ON pull_requests IS
    'An address begins with http:// or https:// and carries no password.';
COMMENT ON CONSTRAINT pull_requests_description_up_to_1_mb ON pull_requests IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT pull_requests_commit_sha_is_a_commit ON pull_requests IS
    'A commit is named by 7 to 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT pull_requests_author_has_1_to_200_characters ON pull_requests IS
    'An author''s name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT pull_requests_review_comments_is_array_of_objects ON pull_requests IS
    'Review comments are a JSON array of objects.';
COMMENT ON CONSTRAINT pull_requests_review_comments_have_known_keys_well_typed ON pull_requests IS
    'Author, body and path of a comment are texts and its line is a number, where they are not null.';
COMMENT ON CONSTRAINT pull_requests_review_comments_up_to_1_mb ON pull_requests IS
    'Review comments have at most 1048576 bytes.';
COMMENT ON CONSTRAINT pull_requests_metadata_is_object ON pull_requests IS
    'Metadata are a JSON object.';
COMMENT ON INDEX pull_requests_one_per_repository_and_number IS
    'A pull request of a repository is one row, a deleted one too.';

CREATE FUNCTION pull_requests_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    -- What the host reports happened when the host says so.
    _moment timestamptz := coalesce(NEW.host_updated_at, clock_timestamp());
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.host_updated_at IS NOT DISTINCT FROM OLD.host_updated_at THEN
            _moment := clock_timestamp();
        END IF;
        NEW.opened_at := OLD.opened_at;
        NEW.merged_at := OLD.merged_at;
        NEW.closed_at := OLD.closed_at;
    END IF;
    IF NEW.status <> 'draft' THEN
        NEW.opened_at := coalesce(NEW.opened_at, _moment);
    ELSIF TG_OP = 'INSERT' THEN
        NEW.opened_at := NULL;
    END IF;
    NEW.merged_at := CASE WHEN NEW.status = 'merged' THEN coalesce(NEW.merged_at, _moment) END;
    NEW.closed_at := CASE
        WHEN NEW.status IN ('merged', 'closed') THEN coalesce(NEW.closed_at, NEW.merged_at, _moment)
    END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION pull_requests_set_moments() IS
    'Trigger function: the moments of a pull request follow its status.';

CREATE TRIGGER pull_requests_set_moments
    BEFORE INSERT OR UPDATE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION pull_requests_set_moments();

COMMENT ON TRIGGER pull_requests_set_moments ON pull_requests IS
    'opened_at, merged_at and closed_at follow the status.';

CREATE FUNCTION pull_requests_status_follows_transitions() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A move that is listed or struck off meanwhile may be judged either way: no lock is needed.
    IF NOT EXISTS (
        WITH RECURSIVE reached AS (
            SELECT to_status FROM pull_request_status_transitions WHERE from_status = OLD.status
            UNION
            SELECT further.to_status
            FROM reached
            JOIN pull_request_status_transitions AS further
                ON further.from_status = reached.to_status
            -- The host tells what has happened, and some of its reports get lost: what it says
            -- last may be several moves away.
            WHERE NEW.host_updated_at IS DISTINCT FROM OLD.host_updated_at
        )
        SELECT FROM reached WHERE to_status = NEW.status
    ) THEN
        PERFORM refuse(
            'pull_requests', 'pull_requests_status_follows_transitions',
            format(
                'pull request %s of %s cannot go from %s to %s',
                NEW.number, NEW.repository, OLD.status, NEW.status
            ),
            (
                SELECT format(
                    'From %s a pull request can go to %s.',
                    OLD.status,
                    coalesce(string_agg(to_status::text, ', ' ORDER BY to_status), 'nothing else')
                )
                FROM pull_request_status_transitions
                WHERE from_status = OLD.status
            ),
            'Go by one of the statuses listed, or add the move to pull_request_status_transitions.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION pull_requests_status_follows_transitions() IS
    'Trigger function: refuses a move that is not listed; a report of the host may go several moves at once.';

CREATE TRIGGER pull_requests_status_follows_transitions
    AFTER UPDATE OF status ON pull_requests
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION pull_requests_status_follows_transitions();

COMMENT ON TRIGGER pull_requests_status_follows_transitions ON pull_requests IS
    'A pull request moves only along the rows of pull_request_status_transitions.';

CREATE FUNCTION pull_requests_task_is_of_the_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- No lock is needed: a task stays in its project.
    IF EXISTS (SELECT FROM tasks WHERE id = NEW.task_id AND project_id <> NEW.project_id) THEN
        PERFORM refuse(
            'pull_requests', 'pull_requests_task_is_of_the_project',
            format(
                'pull request %s of %s would be the result of a task of another project',
                NEW.number, NEW.repository
            ),
            NULL,
            'Name a task of the same project, or none.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION pull_requests_task_is_of_the_project() IS
    'Trigger function: refuses a task of another project.';

CREATE TRIGGER pull_requests_task_is_of_the_project
    AFTER INSERT OR UPDATE OF project_id, task_id ON pull_requests
    FOR EACH ROW WHEN (NEW.task_id IS NOT NULL)
    EXECUTE FUNCTION pull_requests_task_is_of_the_project();

COMMENT ON TRIGGER pull_requests_task_is_of_the_project ON pull_requests IS
    'A pull request and its task are in one project.';

CREATE FUNCTION pull_requests_attempt_is_at_the_task() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- No lock is needed: an attempt is at one task for good.
    IF EXISTS (
        SELECT FROM task_executions WHERE id = NEW.execution_id AND task_id <> NEW.task_id
    ) THEN
        PERFORM refuse(
            'pull_requests', 'pull_requests_attempt_is_at_the_task',
            format(
                'pull request %s of %s would come from an attempt at another task',
                NEW.number, NEW.repository
            ),
            NULL,
            'Name an attempt at the task of the pull request, or none.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION pull_requests_attempt_is_at_the_task() IS
    'Trigger function: refuses an attempt at another task.';

CREATE TRIGGER pull_requests_attempt_is_at_the_task
    AFTER INSERT OR UPDATE OF task_id, execution_id ON pull_requests
    FOR EACH ROW WHEN (NEW.execution_id IS NOT NULL)
    EXECUTE FUNCTION pull_requests_attempt_is_at_the_task();

COMMENT ON TRIGGER pull_requests_attempt_is_at_the_task ON pull_requests IS
    'A pull request comes from an attempt at its own task.';

CREATE TRIGGER pull_requests_touch_updated_at
    BEFORE UPDATE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER pull_requests_touch_updated_at ON pull_requests IS 'Every update sets updated_at.';

CREATE TRIGGER pull_requests_record_change
    AFTER INSERT OR UPDATE OR DELETE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION record_change('pull_requests', 'id');

COMMENT ON TRIGGER pull_requests_record_change ON pull_requests IS 'Every change is recorded in audit_log.';

CREATE TRIGGER pull_requests_forget_external_references
    AFTER DELETE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('pull_requests');

COMMENT ON TRIGGER pull_requests_forget_external_references ON pull_requests IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER pull_requests_not_truncated
    AFTER TRUNCATE ON pull_requests
    EXECUTE FUNCTION refuse_rewriting('pull_requests', 'pull_requests_not_truncated');

COMMENT ON TRIGGER pull_requests_not_truncated ON pull_requests IS 'A table is emptied row by row, so that each is recorded.';

-- One row is the verdict of one validator on a pull request, or on what an attempt brought, or on
-- both. Validators write it; it is never changed, as a new run is a new row. It ends with its pull
-- request, or with its attempt when it is about nothing else.

CREATE TYPE validation_result AS ENUM ('passed', 'failed', 'warning', 'skipped');

COMMENT ON TYPE validation_result IS 'How a validation ended. skipped: it was not made.';

CREATE TABLE validations (
    id              bigint             GENERATED ALWAYS AS IDENTITY,
    pull_request_id uuid,
    execution_id    bigint,
    type            text               NOT NULL,
    validator       text               NOT NULL,
    result          validation_result  NOT NULL,
    score           numeric(5, 2),
    commit_sha      text,
    details         jsonb              NOT NULL DEFAULT '{}',
    suggestions     jsonb              NOT NULL DEFAULT '[]',
    validated_at    timestamptz        NOT NULL DEFAULT clock_timestamp(),
    created_at      timestamptz        NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT validations_pkey PRIMARY KEY (id),
    CONSTRAINT validations_pull_request_id_fkey
        FOREIGN KEY (pull_request_id) REFERENCES pull_requests (id) ON DELETE CASCADE,
    CONSTRAINT validations_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE CASCADE,
    CONSTRAINT validations_are_about_something
        CHECK (pull_request_id IS NOT NULL OR execution_id IS NOT NULL),
    CONSTRAINT validations_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT validations_validator_has_1_to_200_characters
        CHECK (validator ~ '\S' AND length(validator) <= 200),
    CONSTRAINT validations_score_in_range CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT validations_commit_sha_is_a_commit CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    CONSTRAINT validations_details_is_object CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT validations_suggestions_is_array CHECK (jsonb_typeof(suggestions) = 'array')
);

-- validations_pull_request_id_fkey, and the latest validation of each type of a pull request.
CREATE INDEX validations_pull_request_id_type_idx
    ON validations (pull_request_id, type, validated_at DESC, id DESC)
    WHERE pull_request_id IS NOT NULL;

-- validations_execution_id_fkey, and the validations of an attempt.
CREATE INDEX validations_execution_id_idx ON validations (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE validations IS
    'Verdicts of validators on pull requests and attempts. Not audited: a history itself.';
COMMENT ON COLUMN validations.type IS
    'What was looked at: tests, lint, security, requirements or any other word.';
COMMENT ON COLUMN validations.validator IS 'Who or what looked.';
COMMENT ON COLUMN validations.score IS '0 (worst) to 100; null where the validator gives none.';
COMMENT ON COLUMN validations.commit_sha IS
    'The commit that was looked at; null where the verdict holds for every commit.';
COMMENT ON COLUMN validations.details IS 'Object of what was found.';
COMMENT ON COLUMN validations.suggestions IS 'Array of what could be done about it.';
COMMENT ON COLUMN validations.validated_at IS 'When the validator came to its verdict.';

COMMENT ON CONSTRAINT validations_pull_request_id_fkey ON validations IS
    'A validation ends with its pull request.';
COMMENT ON CONSTRAINT validations_execution_id_fkey ON validations IS
    'A validation ends with its attempt, unless it is about a pull request too.';
COMMENT ON CONSTRAINT validations_are_about_something ON validations IS
    'A validation is about a pull request, an attempt, or both.';
COMMENT ON CONSTRAINT validations_type_is_identifier ON validations IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT validations_validator_has_1_to_200_characters ON validations IS
    'A validator''s name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT validations_score_in_range ON validations IS 'A score is 0 to 100.';
COMMENT ON CONSTRAINT validations_commit_sha_is_a_commit ON validations IS
    'A commit is named by 7 to 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT validations_details_is_object ON validations IS 'Details are a JSON object.';
COMMENT ON CONSTRAINT validations_suggestions_is_array ON validations IS
    'Suggestions are a JSON array.';

CREATE TRIGGER validations_stand
    AFTER UPDATE ON validations
    FOR EACH ROW
    -- Only the link to an attempt may go, with the attempt.
    WHEN (
        (OLD.id, OLD.type, OLD.validator, OLD.result, OLD.score, OLD.commit_sha, OLD.details,
            OLD.suggestions, OLD.validated_at, OLD.created_at, OLD.pull_request_id)
        IS DISTINCT FROM
        (NEW.id, NEW.type, NEW.validator, NEW.result, NEW.score, NEW.commit_sha, NEW.details,
            NEW.suggestions, NEW.validated_at, NEW.created_at, NEW.pull_request_id)
        OR (NEW.execution_id IS NOT NULL AND OLD.execution_id IS DISTINCT FROM NEW.execution_id)
    )
    EXECUTE FUNCTION refuse_rewriting('validations', 'validations_stand');

COMMENT ON TRIGGER validations_stand ON validations IS
    'What a validator found is not changed: a new run is a new row.';

CREATE TRIGGER validations_not_truncated
    AFTER TRUNCATE ON validations
    EXECUTE FUNCTION refuse_rewriting('validations', 'validations_not_truncated');

COMMENT ON TRIGGER validations_not_truncated ON validations IS 'What validators found is not emptied.';

CREATE FUNCTION task_executions_leave_validations() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    UPDATE validations SET execution_id = NULL
    WHERE execution_id = OLD.id AND pull_request_id IS NOT NULL;
    RETURN OLD;
END
$$;

COMMENT ON FUNCTION task_executions_leave_validations() IS
    'Trigger function: an attempt that is deleted leaves the validations of pull requests.';

CREATE TRIGGER task_executions_leave_validations
    BEFORE DELETE ON task_executions
    FOR EACH ROW EXECUTE FUNCTION task_executions_leave_validations();

COMMENT ON TRIGGER task_executions_leave_validations ON task_executions IS
    'A pull request keeps its validations when the attempt is gone.';

-- What the validators say of each pull request as it is now: the latest verdict of each type on its
-- latest commit. A new commit is to be validated anew.

CREATE TYPE pull_request_verdict AS ENUM ('pending', 'passed', 'warning', 'failed');

COMMENT ON TYPE pull_request_verdict IS
    'What the latest validations come to. pending: none was made of the latest commit.';

CREATE VIEW pr_validation_status WITH (security_invoker = true) AS
SELECT
    pull_request.id AS pull_request_id,
    pull_request.project_id,
    pull_request.task_id,
    pull_request.repository,
    pull_request.number,
    pull_request.title,
    pull_request.status,
    pull_request.commit_sha,
    verdicts.total_validations,
    verdicts.passed_validations,
    verdicts.failed_validations,
    verdicts.warning_validations,
    verdicts.skipped_validations,
    verdicts.average_score,
    verdicts.last_validated_at,
    verdicts.verdict,
    verdicts.validation_results
FROM pull_requests AS pull_request
-- For each pull request by itself, so that a page of them reads only its own validations.
CROSS JOIN LATERAL (
    SELECT
        count(*) AS total_validations,
        count(*) FILTER (WHERE latest.result = 'passed') AS passed_validations,
        count(*) FILTER (WHERE latest.result = 'failed') AS failed_validations,
        count(*) FILTER (WHERE latest.result = 'warning') AS warning_validations,
        count(*) FILTER (WHERE latest.result = 'skipped') AS skipped_validations,
        avg(latest.score) AS average_score,
        max(latest.validated_at) AS last_validated_at,
        CASE
            WHEN bool_or(latest.result = 'failed') THEN 'failed'
            WHEN bool_or(latest.result = 'warning') THEN 'warning'
            WHEN bool_or(latest.result = 'passed') THEN 'passed'
            ELSE 'pending'
        END::pull_request_verdict AS verdict,
        coalesce(
            jsonb_object_agg(
                latest.type,
                jsonb_build_object(
                    'id', latest.id,
                    'validator', latest.validator,
                    'result', latest.result,
                    'score', latest.score,
                    'details', latest.details,
                    'suggestions', latest.suggestions,
                    'validated_at', latest.validated_at
                )
            ),
            '{}'
        ) AS validation_results
    FROM (
        SELECT DISTINCT ON (validation.type) validation.*
        FROM validations AS validation
        WHERE validation.pull_request_id = pull_request.id
            AND (
                validation.commit_sha IS NULL
                OR pull_request.commit_sha IS NULL
                -- One of them may be shortened.
                OR starts_with(pull_request.commit_sha, validation.commit_sha)
                OR starts_with(validation.commit_sha, pull_request.commit_sha)
            )
        ORDER BY validation.type, validation.validated_at DESC, validation.id DESC
    ) AS latest
) AS verdicts
WHERE pull_request.deleted_at IS NULL;

COMMENT ON VIEW pr_validation_status IS
    'Pull requests with the latest validation of each type, and what they come to.';
COMMENT ON COLUMN pr_validation_status.total_validations IS
    'Types that were validated, each counted by its latest validation.';
COMMENT ON COLUMN pr_validation_status.average_score IS
    'Mean of the latest scores, 0 to 100; null where no validator gave one.';
COMMENT ON COLUMN pr_validation_status.verdict IS
    'failed when any type failed, else warning, else passed; pending when none was validated.';
COMMENT ON COLUMN pr_validation_status.validation_results IS
    'Object: by type the latest validation, with id, validator, result, score, details, suggestions and validated_at.';

-- Each pull request with the task and the attempt that it came from, and what validators and
-- reviewers say.

CREATE VIEW pr_tracking WITH (security_invoker = true) AS
SELECT
    pull_request.id AS pull_request_id,
    pull_request.project_id,
    project.slug AS project_slug,
    pull_request.repository,
    pull_request.number,
    pull_request.url,
    pull_request.title,
    pull_request.branch,
    pull_request.base_branch,
    pull_request.commit_sha,
    pull_request.author,
    pull_request.status,
    pull_request.task_id,
    task.ref::text AS task_ref,
    task.title::text AS task_title,
    task.status AS task_status,
    pull_request.execution_id,
    execution.attempt,
    execution.status AS execution_status,
    agent.name AS agent_name,
    validated.verdict AS validation_verdict,
    validated.average_score,
    validated.validation_results,
    validated.last_validated_at,
    pull_request.review_comments,
    jsonb_array_length(pull_request.review_comments) AS review_comment_count,
    pull_request.opened_at,
    pull_request.merged_at,
    pull_request.closed_at,
    -- By a stable clock: a view with a volatile function is computed whole before a page is taken.
    extract(
        epoch FROM coalesce(pull_request.closed_at, statement_timestamp()) - pull_request.opened_at
    ) / 3600 AS open_hours,
    pull_request.created_at,
    pull_request.updated_at
FROM pull_requests AS pull_request
JOIN projects AS project ON project.id = pull_request.project_id
JOIN pr_validation_status AS validated ON validated.pull_request_id = pull_request.id
LEFT JOIN tasks AS task ON task.id = pull_request.task_id
LEFT JOIN task_executions AS execution ON execution.id = pull_request.execution_id
LEFT JOIN agents AS agent ON agent.id = execution.agent_id;

COMMENT ON VIEW pr_tracking IS
    'Pull requests with their tasks and attempts, validations and comments.';
COMMENT ON COLUMN pr_tracking.attempt IS 'Number of the attempt that opened it.';
COMMENT ON COLUMN pr_tracking.open_hours IS
    'Hours from opening to merging or closing, or until now; null for a draft that never was open.';

-- What the end of an attempt says of whatever was used in it.

CREATE FUNCTION attempt_went_well(_status task_execution_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN _status = 'completed' THEN true
        WHEN _status IN ('failed', 'timeout') THEN false
    END;

COMMENT ON FUNCTION attempt_went_well(task_execution_status) IS
    'Whether an attempt was completed; null while that is open, and when it was given back.';

-- One row is a version of a template: a text with places to fill in, from which prompts, tasks and
-- pull requests are made. A person or a seed creates it. The next version takes its place, and it
-- is kept, so that what was made from it can be understood.

CREATE TYPE template_order AS ENUM ('name', 'type', 'created_at', 'updated_at');

COMMENT ON TYPE template_order IS 'What a list of templates may be ordered by.';

CREATE TYPE template_optional_column AS ENUM ('category', 'description');

COMMENT ON TYPE template_optional_column IS 'What a template may be without.';

CREATE TABLE templates (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    name        text         NOT NULL,
    version     integer      NOT NULL,
    type        text         NOT NULL,
    content     text         NOT NULL,
    category    text,
    description text,
    variables   jsonb        NOT NULL DEFAULT '[]',
    metadata    jsonb        NOT NULL DEFAULT '{}',
    is_active   boolean      NOT NULL DEFAULT true,
    created_by  text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    deleted_at  timestamptz,

    CONSTRAINT templates_pkey PRIMARY KEY (id),
    CONSTRAINT templates_name_version_key UNIQUE (name, version),
    CONSTRAINT templates_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT templates_version_positive CHECK (version > 0),
    CONSTRAINT templates_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT templates_content_has_1_byte_to_1_mb
        CHECK (content ~ '\S' AND octet_length(content) <= 1048576),
    CONSTRAINT templates_category_is_identifier CHECK (category ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT templates_description_up_to_10000_characters CHECK (length(description) <= 10000),
    CONSTRAINT templates_variables_is_array_of_identifiers
        CHECK (
            jsonb_typeof(variables) = 'array'
            AND NOT jsonb_path_exists(
                variables,
                'strict $[*] ? (
                    @.type() <> "string" || !(@ like_regex "^[A-Za-z_][A-Za-z0-9_]{0,62}$")
                )'
            )
        ),
    CONSTRAINT templates_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT templates_deleted_is_not_active CHECK (deleted_at IS NULL OR NOT is_active),
    CONSTRAINT templates_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- The template of a name that is to be used.
CREATE UNIQUE INDEX templates_one_active_per_name ON templates (name) WHERE is_active;

COMMENT ON TABLE templates IS
    'Texts with places to fill in, each in all its versions, of which one is used.';
COMMENT ON COLUMN templates.version IS
    'Counts up per name. Set by the database; an import may give its own.';
COMMENT ON COLUMN templates.type IS
    'What is made from it: task, prompt, code_review, pull_request or any other word.';
COMMENT ON COLUMN templates.content IS 'The text, or JSON as text; {{name}} is where a variable goes.';
COMMENT ON COLUMN templates.category IS 'What it is about: bug_fix, documentation or any other word.';
COMMENT ON COLUMN templates.variables IS 'Array of the names of what is filled in.';
COMMENT ON COLUMN templates.is_active IS
    'Whether this is the version that is used; another one that becomes active takes its place.';

COMMENT ON CONSTRAINT templates_name_version_key ON templates IS
    'Two versions of one template never share a number, not even deleted ones.';
COMMENT ON CONSTRAINT templates_name_has_1_to_200_characters ON templates IS
    'A template has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT templates_version_positive ON templates IS 'Versions are numbered from 1.';
COMMENT ON CONSTRAINT templates_type_is_identifier ON templates IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT templates_content_has_1_byte_to_1_mb ON templates IS
    'A content is not blank and has at most 1048576 bytes.';
COMMENT ON CONSTRAINT templates_category_is_identifier ON templates IS
    'A category is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT templates_description_up_to_10000_characters ON templates IS
    'A description has at most 10000 characters.';
COMMENT ON CONSTRAINT templates_variables_is_array_of_identifiers ON templates IS
    'Variables are a JSON array of names of letters, digits and underscores.';
COMMENT ON CONSTRAINT templates_metadata_is_object ON templates IS 'Metadata are a JSON object.';
COMMENT ON CONSTRAINT templates_deleted_is_not_active ON templates IS
    'A deleted version is not used.';
COMMENT ON CONSTRAINT templates_created_by_has_1_to_200_characters ON templates IS
    'A creator''s name has 1 to 200 characters and is not blank.';
COMMENT ON INDEX templates_one_active_per_name IS
    'At most one version of a template is used.';

CREATE FUNCTION templates_succeed_each_other() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Versions of one name come one after another. Where a strict isolation level hides the last
    -- one, the keys refuse the next.
    PERFORM pg_advisory_xact_lock(hashtextextended(format('template %s', NEW.name), 4));
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM templates WHERE name = NEW.name AND version = NEW.version) THEN
            RETURN NEW;
        END IF;
        NEW.version := coalesce(
            NEW.version,
            (SELECT max(version) + 1 FROM templates WHERE name = NEW.name),
            1
        );
    END IF;
    IF NEW.is_active THEN
        UPDATE templates SET is_active = false
        WHERE name = NEW.name AND is_active AND id <> NEW.id;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION templates_succeed_each_other() IS
    'Trigger function: numbers a new version, and lets the one that becomes active take the place of the other.';

CREATE TRIGGER templates_succeed_each_other
    BEFORE INSERT ON templates
    FOR EACH ROW WHEN (NEW.is_active OR NEW.version IS NULL)
    EXECUTE FUNCTION templates_succeed_each_other();

COMMENT ON TRIGGER templates_succeed_each_other ON templates IS
    'A new version gets the next number, and takes the place of the one before.';

CREATE TRIGGER templates_take_turns
    BEFORE UPDATE OF is_active ON templates
    FOR EACH ROW WHEN (NEW.is_active AND NOT OLD.is_active)
    EXECUTE FUNCTION templates_succeed_each_other();

COMMENT ON TRIGGER templates_take_turns ON templates IS
    'A version that becomes active takes the place of the one that was.';

CREATE TRIGGER templates_versions_stand
    AFTER UPDATE ON templates
    FOR EACH ROW
    WHEN (
        (OLD.name, OLD.version, OLD.type, OLD.content, OLD.variables)
        IS DISTINCT FROM (NEW.name, NEW.version, NEW.type, NEW.content, NEW.variables)
    )
    EXECUTE FUNCTION refuse_rewriting('templates', 'templates_versions_stand');

COMMENT ON TRIGGER templates_versions_stand ON templates IS
    'What a version says is not changed: a new text is a new version.';

CREATE TRIGGER templates_touch_updated_at
    BEFORE UPDATE ON templates
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER templates_touch_updated_at ON templates IS 'Every update sets updated_at.';

CREATE TRIGGER templates_record_change
    AFTER INSERT OR UPDATE OR DELETE ON templates
    FOR EACH ROW EXECUTE FUNCTION record_change('templates', 'id');

COMMENT ON TRIGGER templates_record_change ON templates IS 'Every change is recorded in audit_log.';

CREATE TRIGGER templates_forget_external_references
    AFTER DELETE ON templates
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('templates');

COMMENT ON TRIGGER templates_forget_external_references ON templates IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER templates_not_truncated
    AFTER TRUNCATE ON templates
    EXECUTE FUNCTION refuse_rewriting('templates', 'templates_not_truncated');

COMMENT ON TRIGGER templates_not_truncated ON templates IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a use of a template: for which task or attempt, and how it went. Whoever uses it adds
-- the row and later says how it went; it ends with the version of the template.

CREATE TABLE template_usage (
    id           bigint       GENERATED ALWAYS AS IDENTITY,
    template_id  uuid         NOT NULL,
    task_id      uuid,
    execution_id bigint,
    variables    jsonb        NOT NULL DEFAULT '{}',
    is_success   boolean,
    rating       smallint,
    feedback     text,
    used_by      text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    used_at      timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT template_usage_pkey PRIMARY KEY (id),
    CONSTRAINT template_usage_template_id_fkey
        FOREIGN KEY (template_id) REFERENCES templates (id) ON DELETE CASCADE,
    CONSTRAINT template_usage_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT template_usage_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE SET NULL,
    CONSTRAINT template_usage_variables_is_object CHECK (jsonb_typeof(variables) = 'object'),
    CONSTRAINT template_usage_rating_in_range CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT template_usage_feedback_up_to_10000_characters CHECK (length(feedback) <= 10000),
    CONSTRAINT template_usage_used_by_has_1_to_200_characters
        CHECK (used_by ~ '\S' AND length(used_by) <= 200)
);

-- template_usage_template_id_fkey, and template_performance.
CREATE INDEX template_usage_template_id_idx ON template_usage (template_id);

-- template_usage_task_id_fkey, and the templates used for a task.
CREATE INDEX template_usage_task_id_idx ON template_usage (task_id) WHERE task_id IS NOT NULL;

-- template_usage_execution_id_fkey.
CREATE INDEX template_usage_execution_id_idx ON template_usage (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE template_usage IS
    'Uses of templates, and how they went. Not audited: a history itself.';
COMMENT ON COLUMN template_usage.task_id IS 'The task that it was used for; null when that is gone.';
COMMENT ON COLUMN template_usage.execution_id IS
    'The attempt that it was used in; null when that is gone.';
COMMENT ON COLUMN template_usage.variables IS 'Object: what was filled in, by name.';
COMMENT ON COLUMN template_usage.is_success IS
    'Whether it went well, where somebody says so; null leaves it to the end of the attempt.';
COMMENT ON COLUMN template_usage.rating IS '1 (poor) to 5 (very good).';
COMMENT ON COLUMN template_usage.used_by IS 'Who used it: the setting taskspine.actor, or else the role.';

COMMENT ON CONSTRAINT template_usage_template_id_fkey ON template_usage IS
    'Uses end with the version of the template.';
COMMENT ON CONSTRAINT template_usage_task_id_fkey ON template_usage IS 'A use outlives its task.';
COMMENT ON CONSTRAINT template_usage_execution_id_fkey ON template_usage IS
    'A use outlives its attempt.';
COMMENT ON CONSTRAINT template_usage_variables_is_object ON template_usage IS
    'What was filled in is a JSON object.';
COMMENT ON CONSTRAINT template_usage_rating_in_range ON template_usage IS 'A rating is 1 to 5.';
COMMENT ON CONSTRAINT template_usage_feedback_up_to_10000_characters ON template_usage IS
    'Feedback has at most 10000 characters.';
COMMENT ON CONSTRAINT template_usage_used_by_has_1_to_200_characters ON template_usage IS
    'Who used it has a name of 1 to 200 characters that is not blank.';

-- How each version of a template did.

CREATE VIEW template_performance WITH (security_invoker = true) AS
SELECT
    template.id AS template_id,
    template.name,
    template.version,
    template.type,
    template.category,
    template.is_active,
    count(usage.id) AS usage_count,
    count(usage.id) FILTER (WHERE outcome.is_success) AS success_count,
    count(usage.id) FILTER (WHERE NOT outcome.is_success) AS failure_count,
    avg(outcome.is_success::integer) AS success_rate,
    avg(usage.rating) AS average_rating,
    min(usage.used_at) AS first_used_at,
    max(usage.used_at) AS last_used_at
FROM templates AS template
LEFT JOIN template_usage AS usage ON usage.template_id = template.id
LEFT JOIN task_executions AS execution ON execution.id = usage.execution_id
CROSS JOIN LATERAL (
    SELECT coalesce(usage.is_success, attempt_went_well(execution.status))
) AS outcome (is_success)
WHERE template.deleted_at IS NULL
GROUP BY template.id;

COMMENT ON VIEW template_performance IS 'Versions of templates with how often they were used, and how it went.';
COMMENT ON COLUMN template_performance.success_rate IS
    'Share of the uses that went well among those of which it is known, 0 to 1; null when of none.';
COMMENT ON COLUMN template_performance.average_rating IS 'Mean of the ratings, 1 to 5; null without any.';

-- One row is something learnt: by what signs it is known, and what then helps. Agents and people
-- create it from experience; how well it helps is computed from its applications.

CREATE TYPE learning_pattern_order AS ENUM ('name', 'confidence', 'created_at', 'updated_at');

COMMENT ON TYPE learning_pattern_order IS 'What a list of patterns may be ordered by.';

CREATE TYPE learning_pattern_optional_column AS ENUM ('project_id', 'description');

COMMENT ON TYPE learning_pattern_optional_column IS 'What a pattern may be without.';

CREATE TABLE learning_patterns (
    id          uuid           NOT NULL DEFAULT uuid_v7(),
    project_id  uuid,
    name        text           NOT NULL,
    type        text           NOT NULL,
    description text,
    indicators  jsonb          NOT NULL DEFAULT '[]',
    suggestions jsonb          NOT NULL DEFAULT '[]',
    confidence  numeric(4, 3)  NOT NULL DEFAULT 0.5,
    metadata    jsonb          NOT NULL DEFAULT '{}',
    is_active   boolean        NOT NULL DEFAULT true,
    created_by  text           DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at  timestamptz    NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz    NOT NULL DEFAULT clock_timestamp(),
    deleted_at  timestamptz,

    CONSTRAINT learning_patterns_pkey PRIMARY KEY (id),
    CONSTRAINT learning_patterns_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT learning_patterns_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT learning_patterns_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT learning_patterns_description_up_to_10000_characters
        CHECK (length(description) <= 10000),
    CONSTRAINT learning_patterns_indicators_is_array_or_object
        CHECK (jsonb_typeof(indicators) IN ('array', 'object')),
    CONSTRAINT learning_patterns_suggestions_is_array CHECK (jsonb_typeof(suggestions) = 'array'),
    CONSTRAINT learning_patterns_confidence_in_range CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT learning_patterns_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT learning_patterns_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- A pattern by its name.
CREATE UNIQUE INDEX learning_patterns_names_are_unique
    ON learning_patterns (name, project_id) NULLS NOT DISTINCT
    WHERE deleted_at IS NULL;

-- learning_patterns_project_id_fkey.
CREATE INDEX learning_patterns_project_id_idx ON learning_patterns (project_id)
    WHERE project_id IS NOT NULL;

-- Patterns whose indicators hold something: indicators @> ...
CREATE INDEX learning_patterns_indicators_idx
    ON learning_patterns USING gin (indicators jsonb_path_ops);

COMMENT ON TABLE learning_patterns IS 'What was learnt: by what signs it is known, and what helps.';
COMMENT ON COLUMN learning_patterns.project_id IS 'The project that it holds for; null when for all.';
COMMENT ON COLUMN learning_patterns.type IS
    'Kind of pattern: success, failure, estimate, code or any other word.';
COMMENT ON COLUMN learning_patterns.indicators IS 'Array or object of the signs by which it is known.';
COMMENT ON COLUMN learning_patterns.suggestions IS 'Array of what helps.';
COMMENT ON COLUMN learning_patterns.confidence IS 'How sure its author is of it, 0 to 1.';
COMMENT ON COLUMN learning_patterns.is_active IS 'Whether it is to be applied.';

COMMENT ON CONSTRAINT learning_patterns_project_id_fkey ON learning_patterns IS
    'What was learnt for one project ends with it.';
COMMENT ON CONSTRAINT learning_patterns_name_has_1_to_200_characters ON learning_patterns IS
    'A pattern has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT learning_patterns_type_is_identifier ON learning_patterns IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT learning_patterns_description_up_to_10000_characters ON learning_patterns IS
    'A description has at most 10000 characters.';
COMMENT ON CONSTRAINT learning_patterns_indicators_is_array_or_object ON learning_patterns IS
    'Indicators are a JSON array or object.';
COMMENT ON CONSTRAINT learning_patterns_suggestions_is_array ON learning_patterns IS
    'Suggestions are a JSON array.';
COMMENT ON CONSTRAINT learning_patterns_confidence_in_range ON learning_patterns IS
    'A confidence is 0 to 1.';
COMMENT ON CONSTRAINT learning_patterns_metadata_is_object ON learning_patterns IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT learning_patterns_created_by_has_1_to_200_characters ON learning_patterns IS
    'A creator''s name has 1 to 200 characters and is not blank.';
COMMENT ON INDEX learning_patterns_names_are_unique IS
    'Two patterns of one project, or of none, never share a name, unless one is deleted.';

CREATE TRIGGER learning_patterns_touch_updated_at
    BEFORE UPDATE ON learning_patterns
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER learning_patterns_touch_updated_at ON learning_patterns IS 'Every update sets updated_at.';

CREATE TRIGGER learning_patterns_record_change
    AFTER INSERT OR UPDATE OR DELETE ON learning_patterns
    FOR EACH ROW EXECUTE FUNCTION record_change('learning_patterns', 'id');

COMMENT ON TRIGGER learning_patterns_record_change ON learning_patterns IS 'Every change is recorded in audit_log.';

CREATE TRIGGER learning_patterns_forget_external_references
    AFTER DELETE ON learning_patterns
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('learning_patterns');

COMMENT ON TRIGGER learning_patterns_forget_external_references ON learning_patterns IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER learning_patterns_not_truncated
    AFTER TRUNCATE ON learning_patterns
    EXECUTE FUNCTION refuse_rewriting('learning_patterns', 'learning_patterns_not_truncated');

COMMENT ON TRIGGER learning_patterns_not_truncated ON learning_patterns IS 'A table is emptied row by row, so that each is recorded.';

-- One row is an application of a pattern: to which task or attempt, and whether it helped. Whoever
-- applies it adds the row and later says whether it helped; it ends with the pattern.

CREATE TABLE learning_pattern_applications (
    id                  bigint       GENERATED ALWAYS AS IDENTITY,
    learning_pattern_id uuid         NOT NULL,
    task_id             uuid,
    execution_id        bigint,
    is_effective        boolean,
    notes               text,
    applied_by          text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    applied_at          timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT learning_pattern_applications_pkey PRIMARY KEY (id),
    CONSTRAINT learning_pattern_applications_learning_pattern_id_fkey
        FOREIGN KEY (learning_pattern_id) REFERENCES learning_patterns (id) ON DELETE CASCADE,
    CONSTRAINT learning_pattern_applications_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT learning_pattern_applications_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE SET NULL,
    CONSTRAINT learning_pattern_applications_notes_up_to_10000_characters
        CHECK (length(notes) <= 10000),
    CONSTRAINT learning_pattern_applications_applied_by_up_to_200_characters
        CHECK (length(applied_by) <= 200)
);

-- learning_pattern_applications_learning_pattern_id_fkey, and learning_patterns_effectiveness.
CREATE INDEX learning_pattern_applications_learning_pattern_id_idx
    ON learning_pattern_applications (learning_pattern_id);

-- learning_pattern_applications_task_id_fkey, and the patterns applied to a task.
CREATE INDEX learning_pattern_applications_task_id_idx ON learning_pattern_applications (task_id)
    WHERE task_id IS NOT NULL;

-- learning_pattern_applications_execution_id_fkey.
CREATE INDEX learning_pattern_applications_execution_id_idx
    ON learning_pattern_applications (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE learning_pattern_applications IS
    'Applications of patterns, and whether they helped. Not audited: a history itself.';
COMMENT ON COLUMN learning_pattern_applications.task_id IS
    'The task that it was applied to; null when that is gone.';
COMMENT ON COLUMN learning_pattern_applications.execution_id IS
    'The attempt that it was applied in; null when that is gone.';
COMMENT ON COLUMN learning_pattern_applications.is_effective IS
    'Whether it helped, where somebody says so; null leaves it to the end of the attempt.';
COMMENT ON COLUMN learning_pattern_applications.applied_by IS
    'Who applied it: the setting taskspine.actor, or else the role.';

COMMENT ON CONSTRAINT learning_pattern_applications_learning_pattern_id_fkey
    ON learning_pattern_applications IS 'Applications end with their pattern.';
COMMENT ON CONSTRAINT learning_pattern_applications_task_id_fkey
    ON learning_pattern_applications IS 'An application outlives its task.';
COMMENT ON CONSTRAINT learning_pattern_applications_execution_id_fkey
    ON learning_pattern_applications IS 'An application outlives its attempt.';
COMMENT ON CONSTRAINT learning_pattern_applications_notes_up_to_10000_characters
    ON learning_pattern_applications IS 'Notes have at most 10000 characters.';
COMMENT ON CONSTRAINT learning_pattern_applications_applied_by_up_to_200_characters
    ON learning_pattern_applications IS 'Who applied it has a name of at most 200 characters.';

-- How well each pattern helped.

CREATE VIEW learning_patterns_effectiveness WITH (security_invoker = true) AS
SELECT
    pattern.id AS learning_pattern_id,
    pattern.project_id,
    pattern.name,
    pattern.type,
    pattern.confidence,
    pattern.is_active,
    count(application.id) AS application_count,
    count(application.id) FILTER (WHERE outcome.is_effective) AS effective_count,
    count(application.id) FILTER (WHERE NOT outcome.is_effective) AS ineffective_count,
    avg(outcome.is_effective::integer) AS effectiveness,
    max(application.applied_at) AS last_applied_at
FROM learning_patterns AS pattern
LEFT JOIN learning_pattern_applications AS application
    ON application.learning_pattern_id = pattern.id
LEFT JOIN task_executions AS execution ON execution.id = application.execution_id
CROSS JOIN LATERAL (
    SELECT coalesce(application.is_effective, attempt_went_well(execution.status))
) AS outcome (is_effective)
WHERE pattern.deleted_at IS NULL
GROUP BY pattern.id;

COMMENT ON VIEW learning_patterns_effectiveness IS
    'Patterns with how often they were applied, and how often they helped.';
COMMENT ON COLUMN learning_patterns_effectiveness.effectiveness IS
    'Share of the applications that helped among those of which it is known, 0 to 1; null when of none.';

-- By what to multiply an estimate, learnt from completed tasks: per type of task and agent, per
-- type, per agent, and over all.
--
-- The ratio of actual to estimated hours is right-skewed and has outliers, so its middle is the
-- median. Few tasks tell little, so the logarithm of the median is drawn towards 0, that is the
-- factor towards 1, by n / (n + 5): the credibility of n observations. Source: H. Buehlmann,
-- Experience rating and credibility, ASTIN Bulletin 4 (1967), 199-207. What fewer than 3 tasks say
-- is not told at all.

CREATE VIEW estimate_corrections WITH (security_invoker = true) AS
SELECT
    told.task_type,
    told.agent_id,
    told.task_count,
    told.median_ratio,
    exp(
        ln(told.median_ratio) * (told.task_count / (told.task_count + 5.0)::double precision)
    ) AS correction
FROM (
    SELECT
        sample.type AS task_type,
        sample.agent_id,
        count(*) AS task_count,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY sample.ratio) AS median_ratio
    FROM (
        SELECT
            task.type,
            (
                SELECT execution.agent_id
                FROM task_executions AS execution
                WHERE execution.task_id = task.id AND execution.status = 'completed'
                ORDER BY execution.attempt DESC
                LIMIT 1
            ) AS agent_id,
            (task.actual_hours / task.estimated_hours)::double precision AS ratio
        FROM task_overview AS task
        WHERE task.status = 'completed' AND task.estimated_hours > 0 AND task.actual_hours > 0
    ) AS sample
    GROUP BY GROUPING SETS ((sample.type, sample.agent_id), (sample.type), (sample.agent_id), ())
    -- What nobody's attempt completed belongs to no agent, only to all.
    HAVING count(*) >= 3 AND (grouping(sample.agent_id) = 1 OR sample.agent_id IS NOT NULL)
) AS told;

COMMENT ON VIEW estimate_corrections IS
    'Factors by which estimates turned out wrong, per type of task and agent, where there is enough to tell.';
COMMENT ON COLUMN estimate_corrections.task_type IS 'The type of task; null for all types together.';
COMMENT ON COLUMN estimate_corrections.agent_id IS
    'The agent that completed the tasks; null for everybody together.';
COMMENT ON COLUMN estimate_corrections.task_count IS 'Completed tasks with estimated and actual hours; at least 3.';
COMMENT ON COLUMN estimate_corrections.median_ratio IS 'Median of actual to estimated hours.';
COMMENT ON COLUMN estimate_corrections.correction IS
    'By what to multiply an estimate: the median, drawn towards 1 the fewer tasks there are.';

-- One row is an article: what people and agents should know, about one project or about all.
-- Whoever knows it writes it; it is found by full-text search until it is deleted.

CREATE TYPE knowledge_article_order AS ENUM ('title', 'category', 'created_at', 'updated_at');

COMMENT ON TYPE knowledge_article_order IS 'What a list of articles may be ordered by.';

CREATE TYPE knowledge_article_optional_column AS ENUM ('project_id', 'category');

COMMENT ON TYPE knowledge_article_optional_column IS 'What an article may be without.';

CREATE TABLE knowledge_articles (
    id            uuid         NOT NULL DEFAULT uuid_v7(),
    project_id    uuid,
    title         text         NOT NULL,
    content       text         NOT NULL,
    category      text,
    tags          jsonb        NOT NULL DEFAULT '[]',
    metadata      jsonb        NOT NULL DEFAULT '{}',
    created_by    text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz  NOT NULL DEFAULT clock_timestamp(),
    deleted_at    timestamptz,
    -- Titles and tags are found by the beginning of any word as it is written, too.
    search_vector tsvector     GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title) || to_tsvector('simple', title), 'A')
        || setweight(jsonb_to_tsvector('english', tags, '["string"]'), 'B')
        || setweight(jsonb_to_tsvector('simple', tags, '["string"]'), 'B')
        || setweight(to_tsvector('english', left(content, 100000)), 'D')
    ) STORED,

    CONSTRAINT knowledge_articles_pkey PRIMARY KEY (id),
    CONSTRAINT knowledge_articles_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT knowledge_articles_title_has_1_to_500_characters
        CHECK (title ~ '\S' AND length(title) <= 500),
    CONSTRAINT knowledge_articles_content_has_1_byte_to_1_mb
        CHECK (content ~ '\S' AND octet_length(content) <= 1048576),
    CONSTRAINT knowledge_articles_category_is_identifier
        CHECK (category ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT knowledge_articles_tags_is_array_of_text
        CHECK (
            jsonb_typeof(tags) = 'array'
            AND NOT jsonb_path_exists(tags, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT knowledge_articles_tags_up_to_10000_bytes CHECK (octet_length(tags::text) <= 10000),
    CONSTRAINT knowledge_articles_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT knowledge_articles_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- knowledge_articles_project_id_fkey, and the articles of a project.
CREATE INDEX knowledge_articles_project_id_idx ON knowledge_articles (project_id)
    WHERE project_id IS NOT NULL;

-- The articles of a category.
CREATE INDEX knowledge_articles_category_idx ON knowledge_articles (category)
    WHERE category IS NOT NULL;

-- tags ? ...
CREATE INDEX knowledge_articles_tags_idx ON knowledge_articles USING gin (tags);

-- Full-text search of articles.
CREATE INDEX knowledge_articles_search_vector_idx ON knowledge_articles USING gin (search_vector);

-- Full-text search of articles for words that are spelled wrong.
CREATE INDEX knowledge_articles_trigrams_idx ON knowledge_articles USING gin (trigrams(title));

COMMENT ON TABLE knowledge_articles IS 'What people and agents should know.';
COMMENT ON COLUMN knowledge_articles.project_id IS 'The project that it is about; null when about all.';
COMMENT ON COLUMN knowledge_articles.category IS
    'What kind of article it is: guide, decision, incident or any other word.';
COMMENT ON COLUMN knowledge_articles.tags IS 'Array of labels, each a text.';
COMMENT ON COLUMN knowledge_articles.search_vector IS
    'For full-text search: title before tags before the first 100000 characters of the content. Kept by the database.';

COMMENT ON CONSTRAINT knowledge_articles_project_id_fkey ON knowledge_articles IS
    'An article about one project ends with it.';
COMMENT ON CONSTRAINT knowledge_articles_title_has_1_to_500_characters ON knowledge_articles IS
    'A title has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT knowledge_articles_content_has_1_byte_to_1_mb ON knowledge_articles IS
    'A content is not blank and has at most 1048576 bytes.';
COMMENT ON CONSTRAINT knowledge_articles_category_is_identifier ON knowledge_articles IS
    'A category is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT knowledge_articles_tags_is_array_of_text ON knowledge_articles IS
    'Tags are a JSON array of texts.';
COMMENT ON CONSTRAINT knowledge_articles_tags_up_to_10000_bytes ON knowledge_articles IS
    'Tags have at most 10000 bytes.';
COMMENT ON CONSTRAINT knowledge_articles_metadata_is_object ON knowledge_articles IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT knowledge_articles_created_by_has_1_to_200_characters ON knowledge_articles IS
    'A creator''s name has 1 to 200 characters and is not blank.';

CREATE TRIGGER knowledge_articles_touch_updated_at
    BEFORE UPDATE ON knowledge_articles
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER knowledge_articles_touch_updated_at ON knowledge_articles IS 'Every update sets updated_at.';

CREATE TRIGGER knowledge_articles_record_change
    AFTER INSERT OR UPDATE OR DELETE ON knowledge_articles
    FOR EACH ROW EXECUTE FUNCTION record_change('knowledge_articles', 'id', 'search_vector');

COMMENT ON TRIGGER knowledge_articles_record_change ON knowledge_articles IS 'Every change is recorded in audit_log.';

CREATE TRIGGER knowledge_articles_forget_external_references
    AFTER DELETE ON knowledge_articles
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('knowledge_articles');

COMMENT ON TRIGGER knowledge_articles_forget_external_references ON knowledge_articles IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER knowledge_articles_not_truncated
    AFTER TRUNCATE ON knowledge_articles
    EXECUTE FUNCTION refuse_rewriting('knowledge_articles', 'knowledge_articles_not_truncated');

COMMENT ON TRIGGER knowledge_articles_not_truncated ON knowledge_articles IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a component: a part of the system that works, reports its health and exchanges
-- messages. It registers itself by name, or a person creates it; deleted, it is kept until somebody
-- erases it.

CREATE TYPE component_type AS ENUM (
    'orchestrator', 'generator', 'validator', 'manager', 'analyzer', 'deployer'
);
CREATE TYPE component_order AS ENUM ('name', 'type', 'created_at', 'updated_at');
CREATE TYPE component_optional_column AS ENUM ('version', 'endpoint', 'health_check_url');

COMMENT ON TYPE component_type IS 'What a component does.';
COMMENT ON TYPE component_order IS 'What a list of components can be ordered by.';
COMMENT ON TYPE component_optional_column IS 'Columns of a component that may be emptied.';

CREATE TABLE components (
    id               uuid            NOT NULL DEFAULT uuid_v7(),
    name             text            NOT NULL,
    type             component_type  NOT NULL,
    version          text,
    endpoint         text,
    health_check_url text,
    configuration    jsonb           NOT NULL DEFAULT '{}',
    capabilities     jsonb           NOT NULL DEFAULT '[]',
    deleted_at       timestamptz,
    created_at       timestamptz     NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz     NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT components_pkey PRIMARY KEY (id),
    CONSTRAINT components_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT components_version_has_1_to_100_characters
        CHECK (version ~ '\S' AND length(version) <= 100),
    CONSTRAINT components_endpoint_is_url
        CHECK (endpoint ~ '^[a-z][a-z0-9+.-]*://[^\s@]+$' AND length(endpoint) <= 2000),
    CONSTRAINT components_health_check_url_is_http_url
        CHECK (health_check_url ~ '^https?://[^\s@]+$' AND length(health_check_url) <= 2000),
    CONSTRAINT components_configuration_is_object CHECK (jsonb_typeof(configuration) = 'object'),
    CONSTRAINT components_configuration_up_to_1_mb
        CHECK (octet_length(configuration::text) <= 1048576),
    CONSTRAINT components_capabilities_is_array_of_text
        CHECK (
            jsonb_typeof(capabilities) = 'array'
            AND NOT jsonb_path_exists(capabilities, 'strict $[*] ? (@.type() <> "string")')
        ),
    CONSTRAINT components_capabilities_up_to_1_mb
        CHECK (octet_length(capabilities::text) <= 1048576)
);

-- get_component_by_name, register_component, and lists by name.
CREATE UNIQUE INDEX components_name_unique_among_the_living ON components (name)
    WHERE deleted_at IS NULL;

COMMENT ON TABLE components IS
    'The parts of the system that work, report their health and exchange messages.';
COMMENT ON COLUMN components.version IS 'Which version of the component runs, in its own words.';
COMMENT ON COLUMN components.endpoint IS
    'Where the component is reached: scheme://..., without user or password.';
COMMENT ON COLUMN components.health_check_url IS 'What is asked for its health: http or https.';
COMMENT ON COLUMN components.configuration IS 'Object of settings; unknown keys are kept. No secrets.';
COMMENT ON COLUMN components.capabilities IS 'Array of words that say what the component can do.';
COMMENT ON COLUMN components.deleted_at IS 'Since when the component is deleted; null while it lives.';

COMMENT ON CONSTRAINT components_name_has_1_to_200_characters ON components IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT components_version_has_1_to_100_characters ON components IS
    'A version has 1 to 100 characters and is not blank.';
COMMENT ON CONSTRAINT components_endpoint_is_url ON components IS
    'An endpoint is scheme://... without user or password, at most 2000 characters.';
COMMENT ON CONSTRAINT components_health_check_url_is_http_url ON components IS
    'A health check asks by http or https, at an address without user or password of at most 2000 characters.';
COMMENT ON CONSTRAINT components_configuration_is_object ON components IS 'A configuration is a JSON object.';
COMMENT ON CONSTRAINT components_configuration_up_to_1_mb ON components IS
    'A configuration has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT components_capabilities_is_array_of_text ON components IS
    'Capabilities are a JSON array of texts.';
COMMENT ON CONSTRAINT components_capabilities_up_to_1_mb ON components IS
    'Capabilities have at most 1048576 bytes as text.';
COMMENT ON INDEX components_name_unique_among_the_living IS
    'Two components that are not deleted never share a name.';

CREATE TRIGGER components_touch_updated_at
    BEFORE UPDATE ON components
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER components_touch_updated_at ON components IS 'Every update sets updated_at.';

CREATE TRIGGER components_record_change
    AFTER INSERT OR UPDATE OR DELETE ON components
    FOR EACH ROW EXECUTE FUNCTION record_change('components', 'id');

COMMENT ON TRIGGER components_record_change ON components IS 'Every change is recorded in audit_log.';

CREATE TRIGGER components_forget_external_references
    AFTER DELETE ON components
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('components');

COMMENT ON TRIGGER components_forget_external_references ON components IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER components_not_truncated
    AFTER TRUNCATE ON components
    EXECUTE FUNCTION refuse_rewriting('components', 'components_not_truncated');

COMMENT ON TRIGGER components_not_truncated ON components IS 'A table is emptied row by row, so that each is recorded.';

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

-- How components talk to each other: one row for each source, target and type of message.

CREATE VIEW component_communication_summary WITH (security_invoker = true) AS
SELECT
    message.source_component_id,
    source.name AS source_component,
    message.target_component_id,
    target.name AS target_component,
    message.type AS message_type,
    count(*) AS message_count,
    count(*) FILTER (WHERE message.status = 'pending') AS pending_count,
    count(*) FILTER (WHERE message.status = 'sent') AS sent_count,
    count(*) FILTER (WHERE message.status = 'delivered') AS delivered_count,
    count(*) FILTER (WHERE message.status = 'processed') AS processed_count,
    count(*) FILTER (WHERE message.status = 'failed') AS failed_count,
    count(*) FILTER (WHERE message.status = 'timeout') AS timeout_count,
    sum(message.retry_count) AS retry_count,
    avg(extract(epoch FROM message.completed_at - message.created_at) * 1000)
        FILTER (WHERE message.status = 'processed') AS average_processing_time_ms,
    max(message.created_at) AS last_message_at
FROM component_messages AS message
JOIN components AS target ON target.id = message.target_component_id
LEFT JOIN components AS source ON source.id = message.source_component_id
GROUP BY message.source_component_id, source.name, message.target_component_id, target.name,
    message.type;

COMMENT ON VIEW component_communication_summary IS
    'Messages by source, target and type: how many stand where, and how long they took.';
COMMENT ON COLUMN component_communication_summary.source_component IS
    'Name of the source; null when it is no component, or was erased.';
COMMENT ON COLUMN component_communication_summary.retry_count IS 'How often messages were tried again.';
COMMENT ON COLUMN component_communication_summary.average_processing_time_ms IS
    'Mean time from sending to the answer of what was processed, in milliseconds.';

-- One row is a look at the health of a component. The component itself or whoever watches it
-- records it, and nobody changes it; it goes when its month is dropped by retention, or with its
-- component.

CREATE TYPE health_status AS ENUM ('healthy', 'degraded', 'unhealthy', 'unknown');

COMMENT ON TYPE health_status IS
    'How a component is. degraded: it works, but not as it should; unknown: it could not be asked.';

CREATE TABLE health_checks (
    id               bigint            GENERATED ALWAYS AS IDENTITY,
    checked_at       timestamptz       NOT NULL DEFAULT clock_timestamp(),
    component_id     uuid              NOT NULL,
    status           health_status     NOT NULL,
    response_time_ms double precision,
    details          jsonb             NOT NULL DEFAULT '{}',

    CONSTRAINT health_checks_pkey PRIMARY KEY (checked_at, id),
    CONSTRAINT health_checks_component_id_fkey
        FOREIGN KEY (component_id) REFERENCES components (id) ON DELETE CASCADE,
    CONSTRAINT health_checks_checked_at_is_a_moment CHECK (isfinite(checked_at)),
    CONSTRAINT health_checks_response_time_ms_not_negative
        CHECK (response_time_ms >= 0 AND response_time_ms < 'Infinity'),
    CONSTRAINT health_checks_details_is_object CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT health_checks_details_up_to_1_mb CHECK (octet_length(details::text) <= 1048576)
) PARTITION BY RANGE (checked_at);

-- health_checks_component_id_fkey, component_latest_health, and the checks of a component.
CREATE INDEX health_checks_component_id_checked_at_id_idx
    ON health_checks (component_id, checked_at, id);

COMMENT ON TABLE health_checks IS
    'How components were each time that somebody looked. Not audited: a history itself.';
COMMENT ON COLUMN health_checks.checked_at IS
    'When somebody looked; by the server''s clock, unless whoever looked knows better.';
COMMENT ON COLUMN health_checks.response_time_ms IS
    'How long the component took to answer, in milliseconds; null when it did not, or was not asked.';
COMMENT ON COLUMN health_checks.details IS 'Object of what else was seen.';

COMMENT ON CONSTRAINT health_checks_component_id_fkey ON health_checks IS
    'Health checks end with their component.';
COMMENT ON CONSTRAINT health_checks_checked_at_is_a_moment ON health_checks IS
    'Somebody looked at a moment, not at infinity.';
COMMENT ON CONSTRAINT health_checks_response_time_ms_not_negative ON health_checks IS
    'A response time is zero or more, and a number.';
COMMENT ON CONSTRAINT health_checks_details_is_object ON health_checks IS 'Details are a JSON object.';
COMMENT ON CONSTRAINT health_checks_details_up_to_1_mb ON health_checks IS
    'Details have at most 1048576 bytes as text.';

-- What ends with its component is deleted by the foreign key's own trigger: never at depth 0.
CREATE TRIGGER health_checks_append_only
    AFTER UPDATE OR DELETE ON health_checks
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_rewriting('health_checks', 'health_checks_append_only');

COMMENT ON TRIGGER health_checks_append_only ON health_checks IS
    'What was recorded is neither changed nor deleted, but ends with its component.';

CREATE TRIGGER health_checks_not_truncated
    AFTER TRUNCATE ON health_checks
    EXECUTE FUNCTION refuse_rewriting('health_checks', 'health_checks_not_truncated');

COMMENT ON TRIGGER health_checks_not_truncated ON health_checks IS 'What was recorded is not emptied.';

SELECT make_month_partitions('health_checks');

-- How each component was when somebody last looked.

CREATE VIEW component_latest_health WITH (security_invoker = true) AS
SELECT
    component.id AS component_id,
    component.name AS component_name,
    component.type AS component_type,
    component.version,
    coalesce(latest.status, 'unknown') AS status,
    latest.response_time_ms,
    latest.details,
    latest.checked_at
FROM components AS component
-- One probe of the index in each month, and none reads more than its last entry.
LEFT JOIN LATERAL (
    SELECT look.status, look.response_time_ms, look.details, look.checked_at
    FROM health_checks AS look
    WHERE look.component_id = component.id
    ORDER BY look.checked_at DESC, look.id DESC
    LIMIT 1
) AS latest ON true
WHERE component.deleted_at IS NULL;

COMMENT ON VIEW component_latest_health IS 'Components and the latest look at the health of each.';
COMMENT ON COLUMN component_latest_health.status IS 'unknown where nobody ever looked.';
COMMENT ON COLUMN component_latest_health.checked_at IS 'When somebody last looked; null where nobody ever did.';

-- One row is a measurement: the value of something at a moment. Components and whoever watches them
-- record it, and nobody changes it; it goes when its month is dropped by retention. It names its
-- component and refers to nothing: it may come from a system that is no component.

CREATE TYPE metric_scope AS ENUM ('query', 'task', 'workflow', 'system');
CREATE TYPE metric_instrument AS ENUM ('gauge', 'counter', 'histogram', 'summary', 'timer');

COMMENT ON TYPE metric_scope IS 'What is measured: a query, a task, a workflow or the system.';
COMMENT ON TYPE metric_instrument IS
    'How a value is to be read. gauge: as it is; counter: it only rises, until it starts again from zero; histogram, summary, timer: one observation of many.';

CREATE TABLE metrics (
    id          bigint             GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz        NOT NULL DEFAULT clock_timestamp(),
    component   text               NOT NULL DEFAULT 'system',
    name        text               NOT NULL,
    value       double precision   NOT NULL,
    unit        text,
    labels      jsonb              NOT NULL DEFAULT '{}',
    scope       metric_scope       NOT NULL DEFAULT 'system',
    instrument  metric_instrument  NOT NULL DEFAULT 'gauge',

    -- In the order in which series are read, so that the table that grows the fastest needs but one
    -- index besides the one of time.
    CONSTRAINT metrics_pkey PRIMARY KEY (name, component, recorded_at, id),
    CONSTRAINT metrics_recorded_at_is_a_moment CHECK (isfinite(recorded_at)),
    CONSTRAINT metrics_component_has_1_to_200_characters
        CHECK (component ~ '\S' AND length(component) <= 200),
    CONSTRAINT metrics_name_is_dotted_identifier
        CHECK (name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(name) <= 100),
    CONSTRAINT metrics_value_in_range CHECK (value BETWEEN -1e100 AND 1e100),
    CONSTRAINT metrics_counter_not_negative CHECK (instrument <> 'counter' OR value >= 0),
    CONSTRAINT metrics_unit_has_1_to_50_characters CHECK (unit ~ '\S' AND length(unit) <= 50),
    CONSTRAINT metrics_labels_is_object_of_text
        CHECK (
            jsonb_typeof(labels) = 'object'
            AND NOT jsonb_path_exists(labels, 'strict $.* ? (@.type() <> "string")')
        ),
    CONSTRAINT metrics_labels_up_to_1_kb CHECK (octet_length(labels::text) <= 1024)
) PARTITION BY RANGE (recorded_at);

-- By hand: compute_baselines, which asks for a time and not for a name, where a month has millions
-- of rows. They come nearly in the order of their moments, so that a range of blocks says enough.
CREATE INDEX metrics_recorded_at_idx ON metrics USING brin (recorded_at);

COMMENT ON TABLE metrics IS
    'Measurements: time series by name, component and labels. Not audited: a history itself.';
COMMENT ON COLUMN metrics.recorded_at IS
    'When it was measured; by the server''s clock, unless whoever measured knows better.';
COMMENT ON COLUMN metrics.component IS 'Name of what was measured: a component, or system for the whole.';
COMMENT ON COLUMN metrics.name IS
    'What was measured, the unit last: cpu_percent, query_seconds; with dots where a name has parts.';
COMMENT ON COLUMN metrics.unit IS 'Unit of the value: percent, seconds, bytes.';
COMMENT ON COLUMN metrics.labels IS
    'Object of texts that tell series of one name apart, such as {"queue": "mail"}.';

COMMENT ON CONSTRAINT metrics_recorded_at_is_a_moment ON metrics IS 'Something is measured at a moment, not at infinity.';
COMMENT ON CONSTRAINT metrics_component_has_1_to_200_characters ON metrics IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT metrics_name_is_dotted_identifier ON metrics IS
    'A name is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT metrics_value_in_range ON metrics IS
    'A value is a number between -1e100 and 1e100, so that no sum or square of values leaves the range of numbers.';
COMMENT ON CONSTRAINT metrics_counter_not_negative ON metrics IS 'A counter is zero or more.';
COMMENT ON CONSTRAINT metrics_unit_has_1_to_50_characters ON metrics IS
    'A unit has 1 to 50 characters and is not blank.';
COMMENT ON CONSTRAINT metrics_labels_is_object_of_text ON metrics IS 'Labels are a JSON object of texts.';
COMMENT ON CONSTRAINT metrics_labels_up_to_1_kb ON metrics IS 'Labels have at most 1024 bytes as text.';

CREATE TRIGGER metrics_append_only
    AFTER UPDATE OR DELETE ON metrics
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('metrics', 'metrics_append_only');

COMMENT ON TRIGGER metrics_append_only ON metrics IS 'What was recorded is neither changed nor deleted.';

CREATE TRIGGER metrics_not_truncated
    AFTER TRUNCATE ON metrics
    EXECUTE FUNCTION refuse_rewriting('metrics', 'metrics_not_truncated');

COMMENT ON TRIGGER metrics_not_truncated ON metrics IS 'What was recorded is not emptied.';

CREATE FUNCTION metric_components(_name text) RETURNS SETOF text
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    -- From each component straight to the next: a probe of the index each, however long its series.
    WITH RECURSIVE known (component) AS (
        (
            SELECT metric.component FROM metrics AS metric
            WHERE metric.name = _name
            ORDER BY metric.component
            LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT metric.component FROM metrics AS metric
            WHERE metric.name = _name AND metric.component > known.component
            ORDER BY metric.component
            LIMIT 1
        )
        FROM known
        WHERE known.component IS NOT NULL
    )
    SELECT known.component FROM known WHERE known.component IS NOT NULL
$$;

COMMENT ON FUNCTION metric_components(text) IS 'The components that ever recorded a metric of this name.';

SELECT make_month_partitions('metrics');

-- How the system and each of its components is doing, by the latest of the metrics that tell it.
-- Whoever watches them records these under the names below.

CREATE VIEW system_health WITH (security_invoker = true) AS
SELECT
    watched.component,
    latest.cpu_percent,
    latest.memory_percent,
    latest.disk_percent,
    latest.latency_ms,
    latest.error_rate_percent,
    latest.throughput_per_second,
    latest.connections,
    latest.queue_size,
    latest.measured_at
FROM (
    SELECT 'system' AS component
    UNION SELECT 'database'
    UNION SELECT component.name FROM components AS component WHERE component.deleted_at IS NULL
) AS watched
CROSS JOIN LATERAL (
    SELECT
        max(newest.value) FILTER (WHERE measure.name = 'cpu_percent') AS cpu_percent,
        max(newest.value) FILTER (WHERE measure.name = 'memory_percent') AS memory_percent,
        max(newest.value) FILTER (WHERE measure.name = 'disk_percent') AS disk_percent,
        max(newest.value) FILTER (WHERE measure.name = 'latency_ms') AS latency_ms,
        max(newest.value) FILTER (WHERE measure.name = 'error_rate_percent') AS error_rate_percent,
        max(newest.value) FILTER (WHERE measure.name = 'throughput_per_second')
            AS throughput_per_second,
        max(newest.value) FILTER (WHERE measure.name = 'connections') AS connections,
        max(newest.value) FILTER (WHERE measure.name = 'queue_size') AS queue_size,
        max(newest.recorded_at) AS measured_at
    FROM unnest(ARRAY[
        'cpu_percent', 'memory_percent', 'disk_percent', 'latency_ms', 'error_rate_percent',
        'throughput_per_second', 'connections', 'queue_size'
    ]) AS measure (name)
    CROSS JOIN LATERAL (
        SELECT metric.value, metric.recorded_at
        FROM metrics AS metric
        WHERE metric.name = measure.name AND metric.component = watched.component
        ORDER BY metric.recorded_at DESC, metric.id DESC
        LIMIT 1
    ) AS newest
) AS latest
WHERE latest.measured_at IS NOT NULL;

COMMENT ON VIEW system_health IS
    'The system, its database and its components: the latest processor, memory, disk, latency, errors, throughput, connections and queue of each that was measured.';
COMMENT ON COLUMN system_health.component IS 'Name of the component; system for the whole.';
COMMENT ON COLUMN system_health.cpu_percent IS 'Processor in use, in percent: the metric of this name, as all below.';
COMMENT ON COLUMN system_health.measured_at IS 'When the newest of the values was measured.';

-- What the database knows of itself, as metrics of the component "database". No superuser is
-- needed; a role that is no member of pg_read_all_stats sees when the queries and transactions of
-- its own sessions began, and of others only that they are there.

CREATE FUNCTION sample_database_metrics()
RETURNS TABLE (name text, value double precision, unit text)
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    WITH clock (moment) AS MATERIALIZED (
        SELECT clock_timestamp()
    ), session AS (
        SELECT
            activity.pid <> pg_backend_pid() AS is_another,
            activity.state,
            activity.wait_event_type,
            greatest(extract(epoch FROM clock.moment - activity.query_start), 0) AS query_seconds,
            greatest(extract(epoch FROM clock.moment - activity.xact_start), 0)
                AS transaction_seconds
        FROM pg_stat_activity AS activity
        CROSS JOIN clock
        WHERE activity.datname = current_database()
            AND coalesce(activity.backend_type, 'client backend') = 'client backend'
    ), activity AS (
        SELECT
            count(*) AS connections,
            count(*) FILTER (WHERE session.wait_event_type = 'Lock') AS waiting,
            max(session.query_seconds)
                FILTER (WHERE session.is_another AND session.state = 'active') AS query_seconds,
            max(session.transaction_seconds) FILTER (WHERE session.is_another)
                AS transaction_seconds
        FROM session
    ), measured (name, value, unit, instrument) AS (
        SELECT 'connections', activity.connections, 'connections', 'gauge' FROM activity
        UNION ALL
        SELECT 'pool_use_percent',
            100.0 * (
                SELECT count(*) FROM pg_stat_activity AS other WHERE other.datid IS NOT NULL
            ) / (
                current_setting('max_connections')::integer
                - current_setting('superuser_reserved_connections')::integer
            ),
            'percent', 'gauge'
        UNION ALL
        SELECT 'sessions_waiting_for_locks', activity.waiting, 'connections', 'gauge' FROM activity
        UNION ALL
        SELECT 'longest_query_seconds', coalesce(activity.query_seconds, 0), 'seconds', 'gauge'
        FROM activity
        UNION ALL
        SELECT 'longest_transaction_seconds', coalesce(activity.transaction_seconds, 0), 'seconds',
            'gauge'
        FROM activity
        UNION ALL
        SELECT 'database_age_transactions', max(age(database.datfrozenxid)), 'transactions', 'gauge'
        FROM pg_database AS database
        UNION ALL
        SELECT 'database_size_bytes', pg_database_size(current_database()), 'bytes', 'gauge'
        UNION ALL
        SELECT counted.name, counted.value, counted.unit, 'counter'
        FROM pg_stat_database AS statistics
        CROSS JOIN LATERAL (VALUES
            ('commits', statistics.xact_commit, 'transactions'),
            ('rollbacks', statistics.xact_rollback, 'transactions'),
            ('deadlocks', statistics.deadlocks, 'deadlocks'),
            ('blocks_read', statistics.blks_read, 'blocks'),
            ('blocks_hit', statistics.blks_hit, 'blocks')
        ) AS counted (name, value, unit)
        WHERE statistics.datname = current_database()
    )
    INSERT INTO metrics (recorded_at, component, name, value, unit, instrument)
    SELECT clock.moment, 'database', measured.name, measured.value, measured.unit,
        measured.instrument::metric_instrument
    FROM measured
    CROSS JOIN clock
    RETURNING metrics.name, metrics.value, metrics.unit
$$;

COMMENT ON FUNCTION sample_database_metrics() IS
    'Records connections, pool use, waiting sessions, longest query and transaction, age, size and counters of the database as metrics of the component database. Call it at regular intervals.';

-- One row is how a metric usually is: the spread of its values within a time. compute_baselines
-- makes it, or brings it up to date when the same time is asked for again; a later time makes
-- another one.

CREATE TABLE baselines (
    id                        uuid              NOT NULL DEFAULT uuid_v7(),
    component                 text              NOT NULL,
    metric                    text              NOT NULL,
    labels                    jsonb             NOT NULL DEFAULT '{}',
    starts_at                 timestamptz       NOT NULL,
    ends_at                   timestamptz       NOT NULL,
    sample_count              bigint            NOT NULL,
    average                   double precision  NOT NULL,
    median                    double precision  NOT NULL,
    p95                       double precision  NOT NULL,
    p99                       double precision  NOT NULL,
    minimum                   double precision  NOT NULL,
    maximum                   double precision  NOT NULL,
    median_absolute_deviation double precision  NOT NULL,
    mean_absolute_deviation   double precision  NOT NULL,
    computed_at               timestamptz       NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT baselines_pkey PRIMARY KEY (id),
    CONSTRAINT baselines_component_metric_labels_ends_at_starts_at_key
        UNIQUE (component, metric, labels, ends_at, starts_at),
    CONSTRAINT baselines_component_has_1_to_200_characters
        CHECK (component ~ '\S' AND length(component) <= 200),
    CONSTRAINT baselines_metric_is_dotted_identifier
        CHECK (metric ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(metric) <= 100),
    CONSTRAINT baselines_labels_is_object_of_text
        CHECK (
            jsonb_typeof(labels) = 'object'
            AND NOT jsonb_path_exists(labels, 'strict $.* ? (@.type() <> "string")')
        ),
    CONSTRAINT baselines_labels_up_to_1_kb CHECK (octet_length(labels::text) <= 1024),
    CONSTRAINT baselines_ends_after_it_starts
        CHECK (ends_at > starts_at AND isfinite(starts_at) AND isfinite(ends_at)),
    CONSTRAINT baselines_sample_count_above_zero CHECK (sample_count > 0),
    CONSTRAINT baselines_average_between_extremes
        CHECK (average BETWEEN minimum AND maximum),
    CONSTRAINT baselines_percentiles_in_order
        CHECK (
            minimum >= -1e100 AND median >= minimum AND p95 >= median AND p99 >= p95
            AND maximum >= p99 AND maximum <= 1e100
        ),
    CONSTRAINT baselines_deviations_not_negative
        CHECK (
            median_absolute_deviation >= 0 AND median_absolute_deviation < 'Infinity'
            AND mean_absolute_deviation >= 0 AND mean_absolute_deviation < 'Infinity'
        )
);

COMMENT ON TABLE baselines IS
    'How metrics usually are: the spread of their values within a time. Not audited: it can be computed again.';
COMMENT ON COLUMN baselines.component IS 'The component whose metric it is.';
COMMENT ON COLUMN baselines.metric IS 'The name of the metric.';
COMMENT ON COLUMN baselines.labels IS 'Object of texts: measurements count that have all of them.';
COMMENT ON COLUMN baselines.starts_at IS 'The first moment that counts.';
COMMENT ON COLUMN baselines.ends_at IS 'The first moment that does not count any more.';
COMMENT ON COLUMN baselines.sample_count IS 'How many measurements it is made of.';
COMMENT ON COLUMN baselines.median_absolute_deviation IS
    'The median of the distances from the median: a spread that single spikes do not move.';
COMMENT ON COLUMN baselines.mean_absolute_deviation IS
    'The mean of the distances from the median, for when more than half of the values are the same.';
COMMENT ON COLUMN baselines.computed_at IS 'When it was computed last.';

COMMENT ON CONSTRAINT baselines_component_metric_labels_ends_at_starts_at_key ON baselines IS
    'One metric has one baseline for one time.';
COMMENT ON CONSTRAINT baselines_component_has_1_to_200_characters ON baselines IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT baselines_metric_is_dotted_identifier ON baselines IS
    'A metric''s name is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT baselines_labels_is_object_of_text ON baselines IS 'Labels are a JSON object of texts.';
COMMENT ON CONSTRAINT baselines_labels_up_to_1_kb ON baselines IS 'Labels have at most 1024 bytes as text.';
COMMENT ON CONSTRAINT baselines_ends_after_it_starts ON baselines IS 'A time ends after it starts, and neither at infinity.';
COMMENT ON CONSTRAINT baselines_sample_count_above_zero ON baselines IS 'A baseline is made of at least one measurement.';
COMMENT ON CONSTRAINT baselines_average_between_extremes ON baselines IS 'An average is between minimum and maximum.';
COMMENT ON CONSTRAINT baselines_percentiles_in_order ON baselines IS
    'Minimum, median, 95th and 99th percentile and maximum do not fall, and are values that a metric can have.';
COMMENT ON CONSTRAINT baselines_deviations_not_negative ON baselines IS 'A deviation is zero or more, and a number.';

CREATE FUNCTION compute_baselines(
    _starts_at  timestamptz,
    _ends_at    timestamptz,
    _component  text   DEFAULT NULL,
    _metric     text   DEFAULT NULL,
    _labels     jsonb  DEFAULT '{}'
) RETURNS SETOF baselines
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    WITH sample AS (
        SELECT metric.component, metric.name, metric.value
        FROM metrics AS metric
        WHERE metric.recorded_at >= _starts_at
            AND metric.recorded_at < _ends_at
            AND (_component IS NULL OR metric.component = _component)
            AND (_metric IS NULL OR metric.name = _metric)
            AND metric.labels @> _labels
            -- What only rises has no usual value; its rate may have.
            AND metric.instrument <> 'counter'
    ), spread AS (
        SELECT
            sample.component,
            sample.name,
            count(*) AS sample_count,
            avg(sample.value) AS average,
            percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY sample.value)
                AS percentiles,
            min(sample.value) AS minimum,
            max(sample.value) AS maximum
        FROM sample
        GROUP BY sample.component, sample.name
    ), deviation AS (
        SELECT
            sample.component,
            sample.name,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(sample.value - spread.percentiles[1]))
                AS median,
            avg(abs(sample.value - spread.percentiles[1])) AS average
        FROM sample
        JOIN spread USING (component, name)
        GROUP BY sample.component, sample.name
    )
    INSERT INTO baselines AS baseline (
        component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
        minimum, maximum, median_absolute_deviation, mean_absolute_deviation
    )
    SELECT
        spread.component, spread.name, _labels, _starts_at, _ends_at, spread.sample_count,
        -- What is rounded stays within the extremes and in order.
        greatest(least(spread.average, spread.maximum), spread.minimum),
        least(spread.percentiles[1], spread.percentiles[2], spread.percentiles[3], spread.maximum),
        least(spread.percentiles[2], spread.percentiles[3], spread.maximum),
        least(spread.percentiles[3], spread.maximum),
        spread.minimum, spread.maximum, deviation.median, deviation.average
    FROM spread
    JOIN deviation USING (component, name)
    -- In one order, so that two who compute at once do not wait for each other in a circle.
    ORDER BY spread.component, spread.name
    ON CONFLICT (component, metric, labels, ends_at, starts_at) DO UPDATE SET
        sample_count = excluded.sample_count,
        average = excluded.average,
        median = excluded.median,
        p95 = excluded.p95,
        p99 = excluded.p99,
        minimum = excluded.minimum,
        maximum = excluded.maximum,
        median_absolute_deviation = excluded.median_absolute_deviation,
        mean_absolute_deviation = excluded.mean_absolute_deviation,
        computed_at = clock_timestamp()
    RETURNING baseline.*
$$;

COMMENT ON FUNCTION compute_baselines(timestamptz, timestamptz, text, text, jsonb) IS
    'Computes the baselines of a time, of one component and metric or of all that were measured then and are no counters, and keeps them.';

CREATE FUNCTION robust_z_score(
    _value                     double precision,
    _median                    double precision,
    _median_absolute_deviation double precision,
    _mean_absolute_deviation   double precision
) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: 0.6745 is the 75th percentile
    -- of the normal distribution, to which a MAD is 1, and 1.253314 the square root of half of pi,
    -- which a standard deviation is of a mean absolute deviation.
    RETURN CASE
        WHEN _value = _median THEN 0
        WHEN _median_absolute_deviation > 0
            THEN 0.6745 * ((_value - _median) / greatest(_median_absolute_deviation, 1e-200))
        WHEN _mean_absolute_deviation > 0
            THEN (_value - _median) / greatest(1.253314 * _mean_absolute_deviation, 1e-200)
        ELSE sign(_value - _median) * 'Infinity'::double precision
    END;

COMMENT ON FUNCTION robust_z_score(double precision, double precision, double precision, double precision) IS 'How far a value is from the median, in standard deviations that single spikes do not move. By the mean deviation where more than half of the values are the same; infinite where all are. Source: Iglewicz and Hoaglin 1993.';

CREATE FUNCTION metric_scores(
    _metric        text,
    _starts_at     timestamptz,
    _ends_at       timestamptz,
    _component     text     DEFAULT NULL,
    _labels        jsonb    DEFAULT '{}',
    _least_samples integer  DEFAULT 30
) RETURNS TABLE (
    metric_id   bigint,
    component   text,
    recorded_at timestamptz,
    value       double precision,
    score       double precision,
    baseline_id uuid,
    median      double precision
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        metric.id, metric.component, metric.recorded_at, metric.value,
        robust_z_score(
            metric.value, baseline.median, baseline.median_absolute_deviation,
            baseline.mean_absolute_deviation
        ),
        baseline.id, baseline.median
    FROM metrics AS metric
    -- A value is judged by what was usual before it, so that it never excuses itself.
    CROSS JOIN LATERAL (
        SELECT
            usual.id, usual.median, usual.median_absolute_deviation,
            usual.mean_absolute_deviation
        FROM baselines AS usual
        WHERE usual.component = metric.component
            AND usual.metric = metric.name
            AND usual.labels = _labels
            AND usual.ends_at <= metric.recorded_at
            AND usual.sample_count >= _least_samples
        ORDER BY usual.ends_at DESC, usual.starts_at
        LIMIT 1
    ) AS baseline
    WHERE metric.name = _metric
        AND metric.recorded_at >= _starts_at
        AND metric.recorded_at < _ends_at
        AND (_component IS NULL OR metric.component = _component)
        AND metric.labels @> _labels
        AND metric.instrument <> 'counter'
$$;

COMMENT ON FUNCTION metric_scores(text, timestamptz, timestamptz, text, jsonb, integer) IS
    'The measurements of a time, each with its robust z-score against the latest baseline that ended before it; of two that ended together, the longer one. Those without a baseline of enough samples are left out.';

-- One row is a rule by which alerts are raised: what is watched, from where on it is bad, how long
-- before somebody is told, and when it is good again. A person creates it, or it is a seed; it is
-- set inactive, not deleted, while alerts tell of it.

CREATE TYPE alert_rule_kind AS ENUM ('value', 'silence');
CREATE TYPE alert_source AS ENUM ('metrics', 'health_checks');
CREATE TYPE alert_comparison AS ENUM ('above', 'at_least', 'below', 'at_most');
CREATE TYPE alert_rule_order AS ENUM ('name', 'severity', 'created_at', 'updated_at');
CREATE TYPE alert_rule_optional_column AS ENUM ('description', 'component', 'clear_threshold');

COMMENT ON TYPE alert_rule_kind IS
    'value: each sample is compared; silence: the seconds without a sample are.';
COMMENT ON TYPE alert_source IS
    'Where samples come from. Of health checks an unhealthy one is 1 and a healthy or degraded one 0; an unknown one is none.';
COMMENT ON TYPE alert_comparison IS 'On which side of the threshold a value is bad.';
COMMENT ON TYPE alert_rule_order IS 'What a list of alert rules can be ordered by.';
COMMENT ON TYPE alert_rule_optional_column IS 'Columns of an alert rule that may be emptied.';

CREATE TABLE alert_rules (
    id                  uuid              NOT NULL DEFAULT uuid_v7(),
    name                text              NOT NULL,
    description         text,
    kind                alert_rule_kind   NOT NULL DEFAULT 'value',
    source              alert_source      NOT NULL DEFAULT 'metrics',
    metric              text,
    component           text,
    labels              jsonb             NOT NULL DEFAULT '{}',
    comparison          alert_comparison  NOT NULL DEFAULT 'above',
    threshold           double precision  NOT NULL,
    clear_threshold     double precision,
    raise_after_samples integer           NOT NULL DEFAULT 1,
    raise_after         interval          NOT NULL DEFAULT '0',
    clear_after_samples integer           NOT NULL DEFAULT 1,
    clear_after         interval          NOT NULL DEFAULT '0',
    lookback            interval          NOT NULL DEFAULT '1 hour',
    severity            severity          NOT NULL DEFAULT 'warning',
    is_active           boolean           NOT NULL DEFAULT true,
    evaluated_at        timestamptz,
    created_at          timestamptz       NOT NULL DEFAULT clock_timestamp(),
    updated_at          timestamptz       NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT alert_rules_pkey PRIMARY KEY (id),
    CONSTRAINT alert_rules_name_key UNIQUE (name),
    CONSTRAINT alert_rules_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT alert_rules_description_up_to_10000_characters CHECK (length(description) <= 10000),
    CONSTRAINT alert_rules_metric_is_dotted_identifier
        CHECK (metric ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(metric) <= 100),
    CONSTRAINT alert_rules_metric_fits_source
        CHECK ((metric IS NOT NULL) = (source = 'metrics')),
    CONSTRAINT alert_rules_component_has_1_to_200_characters
        CHECK (component ~ '\S' AND length(component) <= 200),
    CONSTRAINT alert_rules_labels_is_object_of_text
        CHECK (
            jsonb_typeof(labels) = 'object'
            AND NOT jsonb_path_exists(labels, 'strict $.* ? (@.type() <> "string")')
        ),
    CONSTRAINT alert_rules_labels_up_to_1_kb CHECK (octet_length(labels::text) <= 1024),
    CONSTRAINT alert_rules_threshold_in_range CHECK (threshold BETWEEN -1e100 AND 1e100),
    CONSTRAINT alert_rules_clear_threshold_on_the_good_side
        CHECK (
            CASE WHEN comparison IN ('above', 'at_least') THEN
                clear_threshold BETWEEN -1e100 AND threshold
            ELSE
                clear_threshold BETWEEN threshold AND 1e100
            END
        ),
    CONSTRAINT alert_rules_raise_after_samples_in_range
        CHECK (raise_after_samples BETWEEN 1 AND 1000),
    CONSTRAINT alert_rules_clear_after_samples_in_range
        CHECK (clear_after_samples BETWEEN 1 AND 1000),
    CONSTRAINT alert_rules_raise_after_not_negative CHECK (raise_after >= '0'),
    CONSTRAINT alert_rules_clear_after_not_negative CHECK (clear_after >= '0'),
    CONSTRAINT alert_rules_lookback_covers_what_it_waits_for
        CHECK (
            lookback >= raise_after AND lookback >= clear_after
            AND lookback BETWEEN '1 second' AND '31 days'
        ),
    CONSTRAINT alert_rules_silence_counts_in_seconds
        CHECK (
            kind = 'value'
            OR (
                comparison IN ('above', 'at_least') AND threshold > 0 AND clear_threshold IS NULL
                AND raise_after_samples = 1 AND raise_after = '0'
                AND clear_after_samples = 1 AND clear_after = '0'
            )
        )
);

COMMENT ON TABLE alert_rules IS 'The rules by which evaluate_alerts raises and resolves alerts.';
COMMENT ON COLUMN alert_rules.metric IS 'The metric that is watched; null where health checks are.';
COMMENT ON COLUMN alert_rules.component IS 'Whose samples are watched; null: those of every component, each by itself.';
COMMENT ON COLUMN alert_rules.labels IS
    'Object of texts: metrics are watched that have all of them, each set of labels by itself.';
COMMENT ON COLUMN alert_rules.threshold IS 'From where on a value is bad; of silence, seconds.';
COMMENT ON COLUMN alert_rules.clear_threshold IS
    'From where on a value is good again; null: where it is not bad. Between the two, nothing changes.';
COMMENT ON COLUMN alert_rules.raise_after_samples IS 'How many samples in a row have to be bad before an alert is raised.';
COMMENT ON COLUMN alert_rules.raise_after IS 'How long they have to be, from the first of them to the last.';
COMMENT ON COLUMN alert_rules.clear_after_samples IS 'How many samples in a row have to be good before it is resolved.';
COMMENT ON COLUMN alert_rules.clear_after IS 'How long they have to be, from the first of them to the last.';
COMMENT ON COLUMN alert_rules.lookback IS
    'How far before its last evaluation a rule reads again, besides the time that it waits for, so that it knows what had begun and what came late.';
COMMENT ON COLUMN alert_rules.severity IS 'How grave the alerts are that it raises.';
COMMENT ON COLUMN alert_rules.evaluated_at IS
    'Up to which moment samples were judged; set by evaluate_alerts, and cleared when the rule is set active again.';

COMMENT ON CONSTRAINT alert_rules_name_key ON alert_rules IS 'Two alert rules never share a name.';
COMMENT ON CONSTRAINT alert_rules_name_has_1_to_200_characters ON alert_rules IS
    'An alert rule has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT alert_rules_description_up_to_10000_characters ON alert_rules IS
    'A description has at most 10000 characters.';
COMMENT ON CONSTRAINT alert_rules_metric_is_dotted_identifier ON alert_rules IS
    'A metric''s name is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT alert_rules_metric_fits_source ON alert_rules IS
    'A rule about metrics names one, and a rule about health checks names none.';
COMMENT ON CONSTRAINT alert_rules_component_has_1_to_200_characters ON alert_rules IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT alert_rules_labels_is_object_of_text ON alert_rules IS 'Labels are a JSON object of texts.';
COMMENT ON CONSTRAINT alert_rules_labels_up_to_1_kb ON alert_rules IS 'Labels have at most 1024 bytes as text.';
COMMENT ON CONSTRAINT alert_rules_threshold_in_range ON alert_rules IS 'A threshold is a value that a metric can have.';
COMMENT ON CONSTRAINT alert_rules_clear_threshold_on_the_good_side ON alert_rules IS
    'What is good again is not bad: a clear threshold is on the other side of the threshold, or at it.';
COMMENT ON CONSTRAINT alert_rules_raise_after_samples_in_range ON alert_rules IS
    'An alert is raised after 1 to 1000 bad samples.';
COMMENT ON CONSTRAINT alert_rules_clear_after_samples_in_range ON alert_rules IS
    'An alert is resolved after 1 to 1000 good samples.';
COMMENT ON CONSTRAINT alert_rules_raise_after_not_negative ON alert_rules IS 'An alert is not raised before it is bad.';
COMMENT ON CONSTRAINT alert_rules_clear_after_not_negative ON alert_rules IS 'An alert is not resolved before it is good.';
COMMENT ON CONSTRAINT alert_rules_lookback_covers_what_it_waits_for ON alert_rules IS
    'A rule reads back a second to 31 days, and at least as long as it waits before it raises or resolves.';
COMMENT ON CONSTRAINT alert_rules_silence_counts_in_seconds ON alert_rules IS
    'Silence is raised above a number of seconds, at once, and ends with the next sample.';

CREATE FUNCTION alert_rules_set_evaluated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.evaluated_at := NULL;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION alert_rules_set_evaluated_at() IS
    'Trigger function: a rule that is active again forgets when it was evaluated.';

CREATE TRIGGER alert_rules_set_evaluated_at
    BEFORE UPDATE OF is_active ON alert_rules
    FOR EACH ROW WHEN (NEW.is_active AND NOT OLD.is_active)
    EXECUTE FUNCTION alert_rules_set_evaluated_at();

COMMENT ON TRIGGER alert_rules_set_evaluated_at ON alert_rules IS
    'What happened while a rule was not active raises nothing when it is again.';

CREATE TRIGGER alert_rules_touch_updated_at
    BEFORE UPDATE ON alert_rules
    FOR EACH ROW WHEN (OLD.evaluated_at IS NOT DISTINCT FROM NEW.evaluated_at)
    EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER alert_rules_touch_updated_at ON alert_rules IS 'Every update but that of an evaluation sets updated_at.';

CREATE TRIGGER alert_rules_record_change
    AFTER INSERT OR UPDATE OR DELETE ON alert_rules
    FOR EACH ROW EXECUTE FUNCTION record_change('alert_rules', 'id', 'evaluated_at');

COMMENT ON TRIGGER alert_rules_record_change ON alert_rules IS 'Every change is recorded in audit_log.';

CREATE TRIGGER alert_rules_not_truncated
    AFTER TRUNCATE ON alert_rules
    EXECUTE FUNCTION refuse_rewriting('alert_rules', 'alert_rules_not_truncated');

COMMENT ON TRIGGER alert_rules_not_truncated ON alert_rules IS 'A table is emptied row by row, so that each is recorded.';

-- One row is a time in which alerts are suppressed: a maintenance, say. A person creates it, for
-- one rule or all, one subject or all; it ends by itself, and is deleted when it is not wanted.

CREATE TABLE alert_suppressions (
    id         uuid         NOT NULL DEFAULT uuid_v7(),
    rule_id    uuid,
    subject    text,
    reason     text         NOT NULL,
    starts_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    ends_at    timestamptz  NOT NULL,
    created_by text         NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT alert_suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT alert_suppressions_rule_id_fkey
        FOREIGN KEY (rule_id) REFERENCES alert_rules (id) ON DELETE CASCADE,
    CONSTRAINT alert_suppressions_subject_has_1_to_1300_characters
        CHECK (subject ~ '\S' AND length(subject) <= 1300),
    CONSTRAINT alert_suppressions_reason_has_1_to_10000_characters
        CHECK (reason ~ '\S' AND length(reason) <= 10000),
    CONSTRAINT alert_suppressions_ends_after_it_starts
        CHECK (ends_at > starts_at AND isfinite(starts_at) AND isfinite(ends_at))
);

-- alert_suppressed_until and list_alert_suppressions: those that have not ended.
CREATE INDEX alert_suppressions_ends_at_idx ON alert_suppressions (ends_at);

-- alert_suppressions_rule_id_fkey.
CREATE INDEX alert_suppressions_rule_id_idx ON alert_suppressions (rule_id);

COMMENT ON TABLE alert_suppressions IS 'Times in which alerts are suppressed.';
COMMENT ON COLUMN alert_suppressions.rule_id IS 'The rule whose alerts are; null: those of every rule.';
COMMENT ON COLUMN alert_suppressions.subject IS 'The subject whose alerts are; null: those of every subject.';
COMMENT ON COLUMN alert_suppressions.starts_at IS 'The first moment that counts.';
COMMENT ON COLUMN alert_suppressions.ends_at IS 'The first moment that does not count any more.';

COMMENT ON CONSTRAINT alert_suppressions_rule_id_fkey ON alert_suppressions IS 'A suppression ends with its rule.';
COMMENT ON CONSTRAINT alert_suppressions_subject_has_1_to_1300_characters ON alert_suppressions IS
    'A subject has 1 to 1300 characters and is not blank.';
COMMENT ON CONSTRAINT alert_suppressions_reason_has_1_to_10000_characters ON alert_suppressions IS
    'A suppression says why, in 1 to 10000 characters that are not blank.';
COMMENT ON CONSTRAINT alert_suppressions_ends_after_it_starts ON alert_suppressions IS
    'A suppression ends after it starts, and neither at infinity.';

CREATE FUNCTION alert_suppressed_until(_rule_id uuid, _subject text, _moment timestamptz)
RETURNS timestamptz
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT max(suppression.ends_at)
    FROM alert_suppressions AS suppression
    WHERE suppression.ends_at > _moment
        AND suppression.starts_at <= _moment
        AND coalesce(suppression.rule_id, _rule_id) = _rule_id
        AND coalesce(suppression.subject, _subject) = _subject
$$;

COMMENT ON FUNCTION alert_suppressed_until(uuid, text, timestamptz) IS
    'Until when alerts of a rule and a subject are suppressed that are raised at a moment; null when they are not.';

CREATE TRIGGER alert_suppressions_record_change
    AFTER INSERT OR UPDATE OR DELETE ON alert_suppressions
    FOR EACH ROW EXECUTE FUNCTION record_change('alert_suppressions', 'id');

COMMENT ON TRIGGER alert_suppressions_record_change ON alert_suppressions IS 'Every change is recorded in audit_log.';

CREATE TRIGGER alert_suppressions_not_truncated
    AFTER TRUNCATE ON alert_suppressions
    EXECUTE FUNCTION refuse_rewriting('alert_suppressions', 'alert_suppressions_not_truncated');

COMMENT ON TRIGGER alert_suppressions_not_truncated ON alert_suppressions IS 'A table is emptied row by row, so that each is recorded.';

-- One row is an alert: a rule that found something bad with a subject, from then until it was good
-- again. evaluate_alerts raises and resolves it; people acknowledge, suppress or resolve it. It is
-- kept as a history.

CREATE TYPE alert_status AS ENUM ('active', 'acknowledged', 'suppressed', 'resolved');
CREATE TYPE alert_order AS ENUM ('raised_at', 'severity', 'status', 'subject');

COMMENT ON TYPE alert_status IS
    'Where an alert stands. acknowledged: somebody cares for it; suppressed: nobody is to be told for now; resolved: it is over.';
COMMENT ON TYPE alert_order IS 'What a list of alerts can be ordered by.';

CREATE TABLE alerts (
    id               uuid              NOT NULL DEFAULT uuid_v7(),
    rule_id          uuid              NOT NULL,
    subject          text              NOT NULL,
    severity         severity          NOT NULL,
    threshold        double precision  NOT NULL,
    actual           double precision  NOT NULL,
    status           alert_status      NOT NULL DEFAULT 'active',
    note             text,
    breached_at      timestamptz       NOT NULL,
    sampled_at       timestamptz       NOT NULL,
    raised_at        timestamptz       NOT NULL DEFAULT clock_timestamp(),
    acknowledged_at  timestamptz,
    acknowledged_by  text,
    suppressed_until timestamptz,
    cleared_at       timestamptz,
    resolved_at      timestamptz,
    resolved_by      text,
    updated_at       timestamptz       NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT alerts_pkey PRIMARY KEY (id),
    CONSTRAINT alerts_rule_id_fkey
        FOREIGN KEY (rule_id) REFERENCES alert_rules (id) ON DELETE NO ACTION,
    CONSTRAINT alerts_subject_has_1_to_1300_characters
        CHECK (subject ~ '\S' AND length(subject) <= 1300),
    CONSTRAINT alerts_threshold_in_range CHECK (threshold BETWEEN -1e100 AND 1e100),
    CONSTRAINT alerts_actual_in_range CHECK (actual BETWEEN -1e100 AND 1e100),
    CONSTRAINT alerts_note_up_to_10000_characters CHECK (length(note) <= 10000),
    CONSTRAINT alerts_sampled_at_not_before_breached_at
        CHECK (sampled_at >= breached_at AND isfinite(breached_at) AND isfinite(sampled_at)),
    CONSTRAINT alerts_suppressed_until_fits_status
        CHECK (suppressed_until IS NULL OR status = 'suppressed'),
    CONSTRAINT alerts_resolved_at_fits_status
        CHECK ((resolved_at IS NOT NULL) = (status = 'resolved'))
);

-- Also list_alerts of those that are not over, and count_alerts_by_status.
CREATE UNIQUE INDEX alerts_one_open_per_rule_and_subject ON alerts (rule_id, subject)
    WHERE status <> 'resolved';

-- alerts_rule_id_fkey, and the latest alert of a rule and a subject, from which it is judged on.
CREATE INDEX alerts_rule_id_subject_sampled_at_raised_at_idx
    ON alerts (rule_id, subject, sampled_at, raised_at);

-- list_alerts: the latest, of a time.
CREATE INDEX alerts_raised_at_id_idx ON alerts (raised_at, id);

COMMENT ON TABLE alerts IS 'What rules found bad, until it was good again.';
COMMENT ON COLUMN alerts.subject IS 'What is bad: the name of a component, and the labels of its metric where it has any.';
COMMENT ON COLUMN alerts.severity IS 'As grave as the rule was when it raised it.';
COMMENT ON COLUMN alerts.threshold IS 'The threshold of the rule when it raised it.';
COMMENT ON COLUMN alerts.actual IS 'The value by which it was raised: that of the last sample of those in a row.';
COMMENT ON COLUMN alerts.note IS 'What people have to say about it.';
COMMENT ON COLUMN alerts.breached_at IS 'When the first of the bad samples was taken.';
COMMENT ON COLUMN alerts.sampled_at IS
    'Up to which sample it has taken notice of: samples up to then neither resolve it nor raise another one.';
COMMENT ON COLUMN alerts.raised_at IS 'When it was raised, by the server''s clock.';
COMMENT ON COLUMN alerts.acknowledged_at IS 'Set by the database when somebody acknowledges it.';
COMMENT ON COLUMN alerts.acknowledged_by IS 'Set by the database: the setting taskspine.actor, or else the role that logged in.';
COMMENT ON COLUMN alerts.suppressed_until IS 'While it is suppressed: until when; null until somebody says otherwise.';
COMMENT ON COLUMN alerts.cleared_at IS 'When the sample was taken by which it was good again; null when a person resolved it.';
COMMENT ON COLUMN alerts.resolved_at IS 'Set by the database when it is resolved.';
COMMENT ON COLUMN alerts.resolved_by IS 'Set by the database: who resolved it; null when it was good again by itself.';

COMMENT ON CONSTRAINT alerts_rule_id_fkey ON alerts IS
    'A rule is not deleted while alerts tell of it: it is set inactive.';
COMMENT ON CONSTRAINT alerts_subject_has_1_to_1300_characters ON alerts IS
    'A subject has 1 to 1300 characters and is not blank.';
COMMENT ON CONSTRAINT alerts_threshold_in_range ON alerts IS 'A threshold is a value that a metric can have.';
COMMENT ON CONSTRAINT alerts_actual_in_range ON alerts IS 'An actual value is one that a metric can have.';
COMMENT ON CONSTRAINT alerts_note_up_to_10000_characters ON alerts IS 'A note has at most 10000 characters.';
COMMENT ON CONSTRAINT alerts_sampled_at_not_before_breached_at ON alerts IS
    'The last sample of those in a row is not before the first, and neither is at infinity.';
COMMENT ON CONSTRAINT alerts_suppressed_until_fits_status ON alerts IS
    'Only an alert that is suppressed is so until a moment.';
COMMENT ON CONSTRAINT alerts_resolved_at_fits_status ON alerts IS
    'An alert has a moment of its resolution when it is resolved, and only then.';
COMMENT ON INDEX alerts_one_open_per_rule_and_subject IS
    'A rule has at most one alert about a subject that is not resolved.';

CREATE FUNCTION alert_moves(_from alert_status) RETURNS alert_status[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE _from
        WHEN 'active' THEN '{acknowledged,suppressed,resolved}'
        WHEN 'acknowledged' THEN '{suppressed,resolved}'
        WHEN 'suppressed' THEN '{active,acknowledged,resolved}'
        ELSE '{}'
    END::alert_status[];

COMMENT ON FUNCTION alert_moves(alert_status) IS 'Where an alert can go from a status.';

CREATE FUNCTION alerts_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'alerts', 'alerts_status_follows_moves',
        format('alert %s', NEW.id), OLD.status::text, NEW.status::text,
        alert_moves(OLD.status)::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION alerts_status_follows_moves() IS
    'Trigger function: refuses a move that alert_moves does not give.';

CREATE TRIGGER alerts_status_follows_moves
    AFTER UPDATE OF status ON alerts
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION alerts_status_follows_moves();

COMMENT ON TRIGGER alerts_status_follows_moves ON alerts IS
    'An alert that is resolved stays so, and one that is acknowledged is never merely active again.';

CREATE FUNCTION alerts_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    _actor text := coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user);
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NEW.status <> 'suppressed' THEN
        NEW.suppressed_until := NULL;
    END IF;
    IF NEW.status <> 'resolved' THEN
        NEW.resolved_at := NULL;
    END IF;
    IF NEW.status = 'acknowledged' AND NEW.acknowledged_at IS NULL THEN
        NEW.acknowledged_at := clock_timestamp();
        NEW.acknowledged_by := _actor;
    ELSIF NEW.status = 'resolved' THEN
        NEW.resolved_at := clock_timestamp();
        IF NEW.cleared_at IS NULL THEN
            NEW.resolved_by := _actor;
        END IF;
        -- Who resolves it has seen what was measured until now.
        NEW.sampled_at := greatest(NEW.sampled_at, coalesce(NEW.cleared_at, NEW.resolved_at));
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION alerts_set_moments() IS
    'Trigger function: notes when an alert was acknowledged and resolved, and by whom.';

CREATE TRIGGER alerts_set_moments
    BEFORE INSERT OR UPDATE OF status ON alerts
    FOR EACH ROW EXECUTE FUNCTION alerts_set_moments();

COMMENT ON TRIGGER alerts_set_moments ON alerts IS 'The moments and persons of an alert follow its status.';

CREATE TRIGGER alerts_touch_updated_at
    BEFORE UPDATE ON alerts
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER alerts_touch_updated_at ON alerts IS 'Every update sets updated_at.';

CREATE TRIGGER alerts_record_change
    AFTER INSERT OR UPDATE OR DELETE ON alerts
    FOR EACH ROW EXECUTE FUNCTION record_change('alerts', 'id');

COMMENT ON TRIGGER alerts_record_change ON alerts IS 'Every change is recorded in audit_log.';

CREATE TRIGGER alerts_not_truncated
    AFTER TRUNCATE ON alerts
    EXECUTE FUNCTION refuse_rewriting('alerts', 'alerts_not_truncated');

COMMENT ON TRIGGER alerts_not_truncated ON alerts IS 'A table is emptied row by row, so that each is recorded.';

-- How alerts are raised and resolved. Nothing is kept between evaluations but the alerts themselves
-- and when a rule was evaluated: every evaluation reads the samples since then, and a while before,
-- in their order. So what began and ended between two evaluations is found, and so are samples that
-- came late; and who evaluates twice changes nothing the second time.

CREATE FUNCTION is_beyond(
    _value double precision, _comparison alert_comparison, _threshold double precision
) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE _comparison
        WHEN 'above' THEN _value > _threshold
        WHEN 'at_least' THEN _value >= _threshold
        WHEN 'below' THEN _value < _threshold
        WHEN 'at_most' THEN _value <= _threshold
    END;

COMMENT ON FUNCTION is_beyond(double precision, alert_comparison, double precision) IS
    'Whether a value is on the bad side of a threshold.';

CREATE FUNCTION alert_samples(_rule alert_rules, _after timestamptz, _until timestamptz)
RETURNS TABLE (subject text, sampled_at timestamptz, value double precision)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF _rule.kind = 'silence' THEN
        RETURN QUERY
        WITH watched AS (
            SELECT component.name, component.id, component.created_at AS since_at
            FROM components AS component
            WHERE _rule.source = 'health_checks'
                AND component.deleted_at IS NULL
                AND component.name = coalesce(_rule.component, component.name)
            UNION ALL
            -- A component that the rule names is missed even if it was never heard of.
            SELECT heard.name, NULL, max(heard.since_at)
            FROM (
                SELECT known.name, NULL::timestamptz
                FROM metric_components(_rule.metric) AS known (name)
                WHERE known.name = coalesce(_rule.component, known.name)
                UNION ALL
                SELECT _rule.component, _rule.created_at
                WHERE _rule.component IS NOT NULL
            ) AS heard (name, since_at)
            WHERE _rule.source = 'metrics'
            GROUP BY heard.name
        ), sign AS (
            -- The last sign of life before the time that is asked for, and those within it.
            SELECT watched.name, coalesce(last_one.moment, watched.since_at) AS moment
            FROM watched
            LEFT JOIN LATERAL (
                (
                    SELECT metric.recorded_at
                    FROM metrics AS metric
                    WHERE metric.name = _rule.metric
                        AND metric.component = watched.name
                        AND metric.labels @> _rule.labels
                        AND metric.recorded_at <= _after
                    ORDER BY metric.recorded_at DESC
                    LIMIT 1
                )
                UNION ALL
                (
                    SELECT look.checked_at
                    FROM health_checks AS look
                    WHERE look.component_id = watched.id AND look.checked_at <= _after
                    ORDER BY look.checked_at DESC
                    LIMIT 1
                )
            ) AS last_one (moment) ON true
            UNION ALL
            SELECT watched.name, metric.recorded_at
            FROM watched
            JOIN metrics AS metric
                ON metric.name = _rule.metric
                AND metric.component = watched.name
                AND metric.labels @> _rule.labels
                AND metric.recorded_at > _after
                AND metric.recorded_at <= _until
            UNION ALL
            SELECT watched.name, look.checked_at
            FROM watched
            JOIN health_checks AS look
                ON look.component_id = watched.id
                AND look.checked_at > _after
                AND look.checked_at <= _until
        ), gap AS (
            SELECT
                sign.name,
                sign.moment AS begun_at,
                lead(sign.moment) OVER (PARTITION BY sign.name ORDER BY sign.moment) AS ended_at
            FROM sign
            WHERE sign.moment IS NOT NULL AND sign.moment <= _until
        )
        -- A silence is as long as it became, and over with the sign of life that ended it.
        SELECT gap.name, sample.moment, sample.seconds::double precision
        FROM gap
        CROSS JOIN LATERAL (
            SELECT coalesce(gap.ended_at, _until), 1,
                extract(epoch FROM coalesce(gap.ended_at, _until) - gap.begun_at)
            UNION ALL
            SELECT gap.ended_at, 2, 0
            WHERE gap.ended_at IS NOT NULL
        ) AS sample (moment, place, seconds)
        WHERE sample.moment > _after
        ORDER BY gap.name, sample.moment, gap.begun_at, sample.place;
    ELSIF _rule.source = 'metrics' THEN
        RETURN QUERY
        SELECT
            metric.component
                || CASE metric.labels WHEN '{}' THEN '' ELSE ' ' || metric.labels::text END
                AS name,
            metric.recorded_at,
            metric.value
        FROM metrics AS metric
        WHERE metric.name = _rule.metric
            AND (_rule.component IS NULL OR metric.component = _rule.component)
            AND metric.labels @> _rule.labels
            AND metric.recorded_at > _after
            AND metric.recorded_at <= _until
        ORDER BY name, metric.recorded_at, metric.id;
    ELSE
        RETURN QUERY
        SELECT
            component.name,
            look.checked_at,
            (look.status = 'unhealthy')::integer::double precision
        FROM components AS component
        JOIN health_checks AS look ON look.component_id = component.id
        WHERE component.deleted_at IS NULL
            AND component.name = coalesce(_rule.component, component.name)
            AND look.status <> 'unknown'
            AND look.checked_at > _after
            AND look.checked_at <= _until
        ORDER BY component.name, look.checked_at, look.id;
    END IF;
END
$$;

COMMENT ON FUNCTION alert_samples(alert_rules, timestamptz, timestamptz) IS
    'What a rule has to judge of a time: the samples of each subject in their order.';

CREATE FUNCTION alert_samples_after(_rule alert_rules, _at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
    -- Whether something was bad for an hour is told by a sample that is older than an hour. A rule
    -- that is not active forgets when it was evaluated as soon as it is again.
    RETURN least(CASE WHEN _rule.is_active THEN _rule.evaluated_at END, _at)
        - _rule.lookback - greatest(_rule.raise_after, _rule.clear_after);

COMMENT ON FUNCTION alert_samples_after(alert_rules, timestamptz) IS
    'After which moment an evaluation at another moment reads samples of a rule.';

CREATE FUNCTION evaluate_alerts(_at timestamptz DEFAULT clock_timestamp()) RETURNS SETOF alerts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _rule alert_rules;
    _sample record;
    _alert alerts;
    _subject text;
    _is_open boolean;
    _is_for_change boolean;
    _streak integer;
    _streak_since timestamptz;
    _changed uuid[] := '{}';
BEGIN
    -- The rule's row is the lock: of two that evaluate at once, each rule is evaluated by one, and
    -- the other passes it over. Each query below sees what was committed before the lock.
    FOR _rule IN
        SELECT rule.* FROM alert_rules AS rule
        WHERE rule.is_active
        ORDER BY rule.id
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        _subject := NULL;
        FOR _sample IN
            SELECT taken.subject, taken.sampled_at, taken.value
            FROM alert_samples(_rule, alert_samples_after(_rule, _at), _at) AS taken
        LOOP
            IF _sample.subject IS DISTINCT FROM _subject THEN
                _subject := _sample.subject;
                _streak := 0;
                SELECT latest.* INTO _alert
                FROM alerts AS latest
                WHERE latest.rule_id = _rule.id AND latest.subject = _subject
                ORDER BY latest.sampled_at DESC, latest.raised_at DESC
                LIMIT 1;
                _is_open := coalesce(_alert.status <> 'resolved', false);
            END IF;
            -- What the latest alert has taken notice of is settled.
            CONTINUE WHEN _sample.sampled_at <= _alert.sampled_at;
            -- A bad sample speaks for raising an alert, a good one for resolving it; what is
            -- between the thresholds for neither. Only samples in a row count.
            _is_for_change := CASE
                WHEN _is_open THEN NOT is_beyond(
                    _sample.value, _rule.comparison,
                    coalesce(_rule.clear_threshold, _rule.threshold)
                )
                ELSE is_beyond(_sample.value, _rule.comparison, _rule.threshold)
            END;
            IF NOT _is_for_change THEN
                _streak := 0;
                CONTINUE;
            END IF;
            IF _streak = 0 THEN
                _streak_since := _sample.sampled_at;
            END IF;
            _streak := _streak + 1;
            CONTINUE WHEN _is_open AND (
                _streak < _rule.clear_after_samples
                OR _sample.sampled_at - _streak_since < _rule.clear_after
            );
            CONTINUE WHEN NOT _is_open AND (
                _streak < _rule.raise_after_samples
                OR _sample.sampled_at - _streak_since < _rule.raise_after
            );
            IF _is_open THEN
                UPDATE alerts AS bad
                SET status = 'resolved', cleared_at = _sample.sampled_at
                WHERE bad.id = _alert.id AND bad.status <> 'resolved'
                RETURNING bad.* INTO _alert;
            ELSE
                INSERT INTO alerts AS bad (
                    rule_id, subject, severity, threshold, actual, breached_at, sampled_at, status,
                    suppressed_until
                )
                SELECT
                    _rule.id, _subject, _rule.severity, _rule.threshold, _sample.value,
                    _streak_since, _sample.sampled_at,
                    CASE WHEN window_end.moment IS NULL THEN 'active' ELSE 'suppressed' END
                        ::alert_status,
                    window_end.moment
                FROM alert_suppressed_until(_rule.id, _subject, _sample.sampled_at)
                    AS window_end (moment)
                ON CONFLICT (rule_id, subject) WHERE status <> 'resolved' DO NOTHING
                RETURNING bad.* INTO _alert;
            END IF;
            IF _alert.id IS NULL THEN
                -- A person was faster: the next evaluation starts from what the person did.
                _alert.sampled_at := 'infinity';
                CONTINUE;
            END IF;
            _changed := _changed || _alert.id;
            -- A silence is as long as it became and over at one moment: the second counts, too.
            _alert.sampled_at := NULL;
            _is_open := NOT _is_open;
            _streak := 0;
        END LOOP;
        WITH changed AS (
            UPDATE alerts AS bad
            SET status = CASE
                    WHEN judged.suppressed_until IS NOT NULL THEN 'suppressed'
                    WHEN bad.acknowledged_at IS NULL THEN 'active'
                    ELSE 'acknowledged'
                END::alert_status,
                suppressed_until = judged.suppressed_until
            FROM (
                SELECT
                    alert.id,
                    alert_suppressed_until(alert.rule_id, alert.subject, _at) AS suppressed_until
                FROM alerts AS alert
                WHERE alert.rule_id = _rule.id AND alert.status IN ('active', 'suppressed')
            ) AS judged
            WHERE bad.id = judged.id
                AND CASE bad.status
                    WHEN 'active' THEN judged.suppressed_until IS NOT NULL
                    WHEN 'suppressed' THEN bad.suppressed_until <= _at
                    ELSE false
                END
            RETURNING bad.id
        )
        SELECT _changed || coalesce(array_agg(changed.id), '{}') INTO _changed FROM changed;
        UPDATE alert_rules AS rule
        SET evaluated_at = greatest(rule.evaluated_at, _at)
        WHERE rule.id = _rule.id;
    END LOOP;
    RETURN QUERY
    SELECT alert.* FROM alerts AS alert
    WHERE alert.id = ANY (_changed)
    ORDER BY alert.raised_at, alert.id;
END
$$;

COMMENT ON FUNCTION evaluate_alerts(timestamptz) IS
    'Judges the samples up to a moment by every active rule, and gives the alerts that were raised, resolved or suppressed by it, as they now are. Anybody may call it at any time; several at once share the rules.';

-- One row is an import that changed something, or that found something new in its file: from which
-- file, what it did, how long it took. The importer writes it in the transaction of the import, so
-- that one that failed has left nothing. It ends with its project.

CREATE TYPE import_status AS ENUM ('completed', 'partial');

COMMENT ON TYPE import_status IS 'Whether all of a file came in, or something of it was set aside.';

CREATE TABLE import_runs (
    id            uuid           NOT NULL DEFAULT uuid_v7(),
    project_id    uuid           NOT NULL,
    source        text           NOT NULL,
    source_sha256 text           NOT NULL,
    status        import_status  NOT NULL,
    report        jsonb          NOT NULL DEFAULT '{}',
    started_at    timestamptz    NOT NULL,
    finished_at   timestamptz    NOT NULL DEFAULT clock_timestamp(),
    actor         text           NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),

    CONSTRAINT import_runs_pkey PRIMARY KEY (id),
    CONSTRAINT import_runs_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT import_runs_source_has_1_to_4000_characters
        CHECK (length(source) BETWEEN 1 AND 4000),
    CONSTRAINT import_runs_source_sha256_is_hexadecimal CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT import_runs_report_is_object CHECK (jsonb_typeof(report) = 'object'),
    CONSTRAINT import_runs_report_counts_are_objects
        CHECK (
            jsonb_typeof(report -> 'lists') = 'object'
            AND jsonb_typeof(report -> 'tasks') = 'object'
            AND jsonb_typeof(report -> 'dependencies') = 'object'
            AND jsonb_typeof(report -> 'findings') = 'object'
        ),
    CONSTRAINT import_runs_finishes_after_it_starts CHECK (finished_at >= started_at)
);

-- The foreign key to projects; get_latest_import_run and create_import_run.
CREATE INDEX import_runs_project_id_source_finished_at_idx
    ON import_runs (project_id, source, finished_at);

COMMENT ON TABLE import_runs IS 'What each import did. Not audited: a history itself.';
COMMENT ON COLUMN import_runs.source IS 'The file, as it was named to the import.';
COMMENT ON COLUMN import_runs.source_sha256 IS 'SHA-256 of the file, in hexadecimal.';
COMMENT ON COLUMN import_runs.report IS
    'Object: is_new_project; created, changed, removed and unchanged of lists, tasks and dependencies; the number of findings by code.';
COMMENT ON COLUMN import_runs.started_at IS 'When the file began to be read, by the server''s clock.';
COMMENT ON COLUMN import_runs.actor IS 'Who imported: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT import_runs_project_id_fkey ON import_runs IS 'An import ends with its project.';
COMMENT ON CONSTRAINT import_runs_source_has_1_to_4000_characters ON import_runs IS
    'A file has a name of 1 to 4000 characters.';
COMMENT ON CONSTRAINT import_runs_source_sha256_is_hexadecimal ON import_runs IS
    'A SHA-256 is 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT import_runs_report_is_object ON import_runs IS 'A report is a JSON object.';
COMMENT ON CONSTRAINT import_runs_report_counts_are_objects ON import_runs IS
    'What a report counts of lists, tasks, dependencies and findings, it counts in objects.';
COMMENT ON CONSTRAINT import_runs_finishes_after_it_starts ON import_runs IS
    'An import does not finish before it starts.';

-- One row is something in an imported file that a person should know of. The importer writes it
-- with its import. It is resolved by a person, or by a later import of the file, which finds anew
-- what is still so. It ends with its import.

CREATE TYPE import_finding_severity AS ENUM ('note', 'warning', 'error');

COMMENT ON TYPE import_finding_severity IS
    'A note loses nothing, a warning changes what was meant, an error sets something aside; what is compared as greater is graver.';

CREATE TABLE import_findings (
    id            bigint                   GENERATED ALWAYS AS IDENTITY,
    import_run_id uuid                     NOT NULL,
    severity      import_finding_severity  NOT NULL,
    code          text                     NOT NULL,
    list_name     text,
    ref           text,
    pointer       text                     NOT NULL,
    line          integer                  NOT NULL,
    message       text                     NOT NULL,
    detail        jsonb                    NOT NULL DEFAULT '{}',
    resolved_at   timestamptz,
    resolved_by   text,
    resolution    text,

    CONSTRAINT import_findings_pkey PRIMARY KEY (id),
    CONSTRAINT import_findings_import_run_id_fkey
        FOREIGN KEY (import_run_id) REFERENCES import_runs (id) ON DELETE CASCADE,
    CONSTRAINT import_findings_code_is_identifier CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT import_findings_list_name_up_to_1000_characters CHECK (length(list_name) <= 1000),
    CONSTRAINT import_findings_ref_up_to_1000_characters CHECK (length(ref) <= 1000),
    CONSTRAINT import_findings_pointer_up_to_4000_characters CHECK (length(pointer) <= 4000),
    CONSTRAINT import_findings_line_positive CHECK (line > 0),
    CONSTRAINT import_findings_message_has_1_to_4000_characters
        CHECK (message ~ '\S' AND length(message) <= 4000),
    CONSTRAINT import_findings_detail_is_object CHECK (jsonb_typeof(detail) = 'object'),
    CONSTRAINT import_findings_resolved_by_has_1_to_200_characters
        CHECK (resolved_by ~ '\S' AND length(resolved_by) <= 200),
    CONSTRAINT import_findings_resolution_up_to_4000_characters CHECK (length(resolution) <= 4000),
    CONSTRAINT import_findings_resolved_at_a_moment
        CHECK (
            resolved_at IS NOT NULL
            OR num_nonnulls(resolved_by, resolution) = 0
        )
);

-- The foreign key to import_runs, and the order of list_import_findings.
CREATE INDEX import_findings_import_run_id_id_idx ON import_findings (import_run_id, id);

COMMENT ON TABLE import_findings IS
    'What imports found in their files. Not audited: it notes itself who resolved it.';
COMMENT ON COLUMN import_findings.code IS 'What is wrong: see FindingCode in taskspine.importer, which has the remedies.';
COMMENT ON COLUMN import_findings.list_name IS 'The list of the file; null where it is about none.';
COMMENT ON COLUMN import_findings.ref IS 'The task, by the ids from the outermost one inwards; null where it is about none.';
COMMENT ON COLUMN import_findings.pointer IS 'The place in the file: a JSON pointer (RFC 6901), cut after 4000 characters.';
COMMENT ON COLUMN import_findings.line IS 'The line of that place, from 1 on.';
COMMENT ON COLUMN import_findings.message IS 'The reason, for a person.';
COMMENT ON COLUMN import_findings.detail IS 'Object of what a repair needs.';
COMMENT ON COLUMN import_findings.resolved_at IS 'Since when nobody needs to look at it; null while somebody should.';
COMMENT ON COLUMN import_findings.resolution IS 'What was done about it.';

COMMENT ON CONSTRAINT import_findings_import_run_id_fkey ON import_findings IS
    'A finding ends with its import.';
COMMENT ON CONSTRAINT import_findings_code_is_identifier ON import_findings IS
    'A code is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT import_findings_list_name_up_to_1000_characters ON import_findings IS
    'The name of a list has at most 1000 characters.';
COMMENT ON CONSTRAINT import_findings_ref_up_to_1000_characters ON import_findings IS
    'A ref has at most 1000 characters.';
COMMENT ON CONSTRAINT import_findings_pointer_up_to_4000_characters ON import_findings IS
    'A pointer has at most 4000 characters.';
COMMENT ON CONSTRAINT import_findings_line_positive ON import_findings IS 'Lines are counted from 1.';
COMMENT ON CONSTRAINT import_findings_message_has_1_to_4000_characters ON import_findings IS
    'A message has 1 to 4000 characters and is not blank.';
COMMENT ON CONSTRAINT import_findings_detail_is_object ON import_findings IS 'A detail is a JSON object.';
COMMENT ON CONSTRAINT import_findings_resolved_by_has_1_to_200_characters ON import_findings IS
    'Who resolved a finding has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT import_findings_resolution_up_to_4000_characters ON import_findings IS
    'A resolution has at most 4000 characters.';
COMMENT ON CONSTRAINT import_findings_resolved_at_a_moment ON import_findings IS
    'What was resolved, was so at a moment.';

-- One row is a migration that was applied or taken back: which file, what was in it, when, by whom.
-- taskspine.migrations writes it after the fact, since the first migration makes this table; what
-- another program has applied, it notes when it comes by. Nobody changes it, and it goes with the
-- schema: dbmate's own schema_migrations tells which migrations there are, this what they were.

CREATE TYPE migration_direction AS ENUM ('up', 'down');

COMMENT ON TYPE migration_direction IS 'Whether a migration was applied or taken back.';

CREATE TABLE migration_history (
    id         bigint               GENERATED ALWAYS AS IDENTITY,
    version    text                 NOT NULL,
    name       text                 NOT NULL,
    sha256     text,
    direction  migration_direction  NOT NULL,
    applied_at timestamptz          NOT NULL DEFAULT clock_timestamp(),
    duration   interval,
    applied_by text                 NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),

    CONSTRAINT migration_history_pkey PRIMARY KEY (id),
    CONSTRAINT migration_history_version_has_digits CHECK (version ~ '^[0-9]{1,20}$'),
    CONSTRAINT migration_history_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT migration_history_sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT migration_history_duration_not_negative CHECK (duration >= interval '0')
);

-- list_applied_migrations: the latest of each version.
CREATE INDEX migration_history_version_id_idx ON migration_history (version, id);

COMMENT ON TABLE migration_history IS
    'Which migrations were applied and taken back. Not audited: a history itself.';
COMMENT ON COLUMN migration_history.version IS 'The digits with which the name of the file begins.';
COMMENT ON COLUMN migration_history.name IS 'The name of the file, without the version and .sql.';
COMMENT ON COLUMN migration_history.sha256 IS 'SHA-256 of the file, in hexadecimal; null where the file was gone.';
COMMENT ON COLUMN migration_history.applied_at IS 'When that was noted, by the server''s clock.';
COMMENT ON COLUMN migration_history.duration IS 'How long it took; null where another program did it.';
COMMENT ON COLUMN migration_history.applied_by IS 'Who did it: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT migration_history_version_has_digits ON migration_history IS
    'A version has 1 to 20 digits.';
COMMENT ON CONSTRAINT migration_history_name_has_1_to_200_characters ON migration_history IS
    'A migration has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT migration_history_sha256_is_hexadecimal ON migration_history IS
    'A SHA-256 is 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT migration_history_duration_not_negative ON migration_history IS
    'A migration takes no time at least.';

CREATE TRIGGER migration_history_append_only
    AFTER UPDATE OR DELETE ON migration_history
    FOR EACH ROW
    EXECUTE FUNCTION refuse_rewriting('migration_history', 'migration_history_append_only');

COMMENT ON TRIGGER migration_history_append_only ON migration_history IS
    'What was recorded is neither changed nor deleted.';

CREATE TRIGGER migration_history_not_truncated
    AFTER TRUNCATE ON migration_history
    EXECUTE FUNCTION refuse_rewriting('migration_history', 'migration_history_not_truncated');

COMMENT ON TRIGGER migration_history_not_truncated ON migration_history IS
    'What was recorded is not emptied.';

-- One row is an order to keep data: of a project, or of all. A person sets it and lifts it; it
-- stays as the record of both. While any hold is in force, no history that several projects share
-- is dropped.

CREATE TABLE legal_holds (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    project_id  uuid,
    reason      text         NOT NULL,
    ordered_by  text         NOT NULL,
    ordered_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz,
    released_by text,

    CONSTRAINT legal_holds_pkey PRIMARY KEY (id),
    CONSTRAINT legal_holds_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT legal_holds_reason_has_1_to_2000_characters
        CHECK (reason ~ '\S' AND length(reason) <= 2000),
    CONSTRAINT legal_holds_ordered_by_has_1_to_200_characters
        CHECK (ordered_by ~ '\S' AND length(ordered_by) <= 200),
    CONSTRAINT legal_holds_released_by_has_1_to_200_characters
        CHECK (released_by ~ '\S' AND length(released_by) <= 200),
    CONSTRAINT legal_holds_released_by_somebody
        CHECK ((released_at IS NULL) = (released_by IS NULL)),
    CONSTRAINT legal_holds_released_after_ordered CHECK (released_at >= ordered_at)
);

-- legal_holds_project_id_fkey, and the holds of a project.
CREATE INDEX legal_holds_project_id_idx ON legal_holds (project_id);

COMMENT ON TABLE legal_holds IS 'Orders to keep data, in force until they are released.';
COMMENT ON COLUMN legal_holds.project_id IS 'Whose data are kept; null for everything.';
COMMENT ON COLUMN legal_holds.ordered_by IS 'Who ordered it.';

COMMENT ON CONSTRAINT legal_holds_project_id_fkey ON legal_holds IS
    'A project that is or was under a hold is not deleted.';
COMMENT ON CONSTRAINT legal_holds_reason_has_1_to_2000_characters ON legal_holds IS
    'A reason has 1 to 2000 characters and is not blank.';
COMMENT ON CONSTRAINT legal_holds_ordered_by_has_1_to_200_characters ON legal_holds IS
    'A name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT legal_holds_released_by_has_1_to_200_characters ON legal_holds IS
    'A name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT legal_holds_released_by_somebody ON legal_holds IS
    'A hold is released at a moment and by somebody, or not at all.';
COMMENT ON CONSTRAINT legal_holds_released_after_ordered ON legal_holds IS
    'A hold is released after it was ordered.';

CREATE FUNCTION is_held(_project_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    RETURN EXISTS (
        SELECT FROM legal_holds
        WHERE released_at IS NULL AND (project_id IS NULL OR project_id = _project_id)
    );

COMMENT ON FUNCTION is_held(uuid) IS
    'Whether a legal hold is in force for a project; for everything, when it is null.';

CREATE TRIGGER legal_holds_record_change
    AFTER INSERT OR UPDATE OR DELETE ON legal_holds
    FOR EACH ROW EXECUTE FUNCTION record_change('legal_holds', 'id');

COMMENT ON TRIGGER legal_holds_record_change ON legal_holds IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER legal_holds_not_truncated
    AFTER TRUNCATE ON legal_holds
    EXECUTE FUNCTION refuse_rewriting('legal_holds', 'legal_holds_not_truncated');

COMMENT ON TRIGGER legal_holds_not_truncated ON legal_holds IS
    'A table is emptied row by row, so that each is recorded.';

-- One row says how long one class of data is kept. The classes are those that apply_retention
-- knows; a person changes the days, or puts a class aside. It is never deleted.

CREATE TYPE retention_class AS ENUM (
    'tasks', 'completed_executions', 'failed_executions', 'events', 'audit_log', 'error_logs',
    'webhook_deliveries', 'component_messages', 'alerts', 'baselines', 'health_checks', 'metrics',
    'api_key_usage'
);

COMMENT ON TYPE retention_class IS
    'What is kept for a time of its own. tasks: those that are closed, with their documents and attempts; alerts: those that are resolved; baselines: those that a later one follows.';

CREATE TABLE retention_policies (
    data_class retention_class  NOT NULL,
    keep_days  integer          NOT NULL,
    is_active  boolean          NOT NULL DEFAULT true,
    created_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz      NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT retention_policies_pkey PRIMARY KEY (data_class),
    CONSTRAINT retention_policies_keep_days_in_range CHECK (keep_days BETWEEN 1 AND 36500)
);

COMMENT ON TABLE retention_policies IS 'How long each class of data is kept.';
COMMENT ON COLUMN retention_policies.keep_days IS
    'Days after which what has ended goes. What is partitioned goes by the month, when its last day is older.';
COMMENT ON COLUMN retention_policies.is_active IS 'Nothing goes of a class that is not active.';

COMMENT ON CONSTRAINT retention_policies_keep_days_in_range ON retention_policies IS
    'Data are kept for 1 to 36500 days.';

-- How long data are kept, unless somebody decides otherwise. What is there already stays as it is.

INSERT INTO retention_policies (data_class, keep_days) VALUES
    ('tasks', 365), ('completed_executions', 90), ('failed_executions', 180), ('events', 365),
    ('audit_log', 1095), ('error_logs', 180), ('webhook_deliveries', 90),
    ('component_messages', 30), ('alerts', 180), ('baselines', 365), ('health_checks', 90),
    ('metrics', 90), ('api_key_usage', 365)
ON CONFLICT (data_class) DO NOTHING;

CREATE TRIGGER retention_policies_touch_updated_at
    BEFORE UPDATE ON retention_policies
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER retention_policies_touch_updated_at ON retention_policies IS
    'Every update sets updated_at.';

CREATE TRIGGER retention_policies_record_change
    AFTER INSERT OR UPDATE OR DELETE ON retention_policies
    FOR EACH ROW EXECUTE FUNCTION record_change('retention_policies', 'data_class');

COMMENT ON TRIGGER retention_policies_record_change ON retention_policies IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER retention_policies_not_truncated
    AFTER TRUNCATE ON retention_policies
    EXECUTE FUNCTION refuse_rewriting('retention_policies', 'retention_policies_not_truncated');

COMMENT ON TRIGGER retention_policies_not_truncated ON retention_policies IS
    'A table is emptied row by row, so that each is recorded.';

-- How much each index is used, since the server's statistics were last reset.

CREATE VIEW index_usage_stats WITH (security_invoker = true) AS
SELECT
    usage.schemaname::text AS schemaname,
    usage.relname::text AS tablename,
    usage.indexrelname::text AS indexname,
    usage.idx_scan,
    usage.idx_tup_read,
    usage.idx_tup_fetch,
    pg_relation_size(usage.indexrelid) AS index_size_bytes,
    entry.indisunique AS is_unique,
    CASE
        WHEN usage.idx_scan = 0 THEN 'UNUSED'
        WHEN usage.idx_scan < 100 THEN 'LOW_USAGE'
        WHEN usage.idx_scan < 10000 THEN 'MODERATE_USAGE'
        ELSE 'HIGH_USAGE'
    END AS usage_category
FROM pg_stat_user_indexes AS usage
JOIN pg_index AS entry ON entry.indexrelid = usage.indexrelid
JOIN pg_class AS own ON own.oid = usage.indexrelid
-- The indexes of this tenant, whatever the search path of the reader.
JOIN pg_class AS neighbour ON neighbour.relnamespace = own.relnamespace
WHERE neighbour.oid = 'projects'::regclass;

COMMENT ON VIEW index_usage_stats IS 'How often each index was scanned, how large it is, and whether it is used at all.';
COMMENT ON COLUMN index_usage_stats.idx_scan IS 'Scans since the statistics were reset.';
COMMENT ON COLUMN index_usage_stats.is_unique IS 'An index that keeps a rule is needed, used or not.';
COMMENT ON COLUMN index_usage_stats.usage_category IS
    'UNUSED: no scan. LOW_USAGE: under 100. MODERATE_USAGE: under 10000. HIGH_USAGE: more.';

-- The statements that take longest on average, where pg_stat_statements is installed; nothing where
-- it is not. An extension may be anywhere, and its columns were called otherwise before PostgreSQL
-- 13, so its view is found in the catalog and asked by name.

CREATE FUNCTION list_statement_statistics() RETURNS TABLE (
    query_id bigint, query text, calls bigint, total_time_ms double precision,
    mean_time_ms double precision, max_time_ms double precision, row_count bigint,
    hit_percent double precision
)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _space text := (
        SELECT extnamespace::regnamespace::text FROM pg_extension
        WHERE extname = 'pg_stat_statements'
    );
BEGIN
    IF _space IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT queryid, query, calls, total_exec_time, mean_exec_time, max_exec_time, rows,'
        || ' 100 * shared_blks_hit::double precision'
        || ' / nullif(shared_blks_hit + shared_blks_read, 0)'
        || ' FROM %s.pg_stat_statements'
        || ' WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())',
        _space
    );
EXCEPTION
    -- Installed, but not loaded by the server.
    WHEN object_not_in_prerequisite_state THEN
        RETURN;
END
$$;

COMMENT ON FUNCTION list_statement_statistics() IS
    'What pg_stat_statements knows of the statements of this database; nothing where it is not installed, or not loaded.';

CREATE VIEW slow_queries WITH (security_invoker = true) AS
SELECT
    query_id, query, calls, total_time_ms, mean_time_ms, max_time_ms, row_count, hit_percent
FROM list_statement_statistics()
WHERE mean_time_ms >= 100;

COMMENT ON VIEW slow_queries IS
    'Statements that take 100 ms or more on average, from pg_stat_statements; empty where that is not installed.';
COMMENT ON COLUMN slow_queries.total_time_ms IS 'Milliseconds spent on the statement in all.';
COMMENT ON COLUMN slow_queries.hit_percent IS
    'Share of its blocks that were found in memory, 0 to 100; null when it read none.';

-- What is old goes: whole months where a table has them, closed tasks that nobody needs, and
-- attempts, errors, deliveries, messages, alerts and baselines that are over. A dry run says what
-- would go, and changes nothing.

CREATE FUNCTION list_expired_tasks(_before timestamptz, _among uuid[] DEFAULT NULL)
RETURNS TABLE (task_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    WITH RECURSIVE expired AS (
        SELECT task.id, task.parent_id
        FROM tasks AS task
        WHERE is_closed(task.status)
            AND coalesce(task.completed_at, task.updated_at) < _before
            AND (_among IS NULL OR task.id = ANY (_among))
            AND NOT is_held(task.project_id)
            AND NOT EXISTS (
                SELECT FROM workflow_tasks AS membership
                JOIN workflows AS workflow ON workflow.id = membership.workflow_id
                WHERE membership.task_id = task.id
                    AND workflow.deleted_at IS NULL
                    AND workflow.status NOT IN ('completed', 'failed', 'cancelled')
            )
            AND NOT EXISTS (
                SELECT FROM pull_requests AS request
                WHERE request.task_id = task.id
                    AND request.deleted_at IS NULL
                    AND request.status NOT IN ('merged', 'closed')
            )
    ), kept AS (
        -- What stays keeps what it waits for and what it is under, and these keep theirs.
        SELECT edge.depends_on_id AS id
        FROM task_dependencies AS edge
        WHERE edge.depends_on_id IN (SELECT id FROM expired)
            AND edge.task_id NOT IN (SELECT id FROM expired)
        UNION
        SELECT child.parent_id
        FROM tasks AS child
        WHERE child.parent_id IN (SELECT id FROM expired)
            AND child.id NOT IN (SELECT id FROM expired)
        UNION
        SELECT needed.id
        FROM kept
        CROSS JOIN LATERAL (
            SELECT edge.depends_on_id AS id FROM task_dependencies AS edge
            WHERE edge.task_id = kept.id
            UNION ALL
            SELECT task.parent_id FROM tasks AS task WHERE task.id = kept.id
        ) AS needed
        WHERE needed.id IN (SELECT id FROM expired)
    )
    SELECT id FROM expired
    WHERE id NOT IN (SELECT id FROM kept)
$$;

COMMENT ON FUNCTION list_expired_tasks(timestamptz, uuid[]) IS
    'Tasks, of all or among some, that were closed before a moment, and that nothing needs which stays: no task that depends on them, no subtask, no workflow under way, no open pull request, no legal hold.';

CREATE FUNCTION remove_expired_tasks(_before timestamptz) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _project_ids uuid[];
    _task_ids uuid[];
    _count bigint;
BEGIN
    _project_ids := ARRAY(
        SELECT DISTINCT task.project_id
        FROM list_expired_tasks(_before) AS expired
        JOIN tasks AS task ON task.id = expired.task_id
        ORDER BY task.project_id
    );
    -- Their graphs stand still, so nobody comes to depend on what goes.
    PERFORM lock_task_graph(graph.project_id) FROM unnest(_project_ids) AS graph (project_id);
    -- Whoever reopens a task, or puts it into a workflow or a pull request, holds its row: it
    -- stays, with all that it needs, until the next time. Nobody comes to hold what is locked here.
    _task_ids := ARRAY(
        SELECT task.id
        FROM tasks AS task
        WHERE task.id IN (SELECT task_id FROM list_expired_tasks(_before))
            AND task.project_id = ANY (_project_ids)
        FOR UPDATE SKIP LOCKED
    );
    DELETE FROM tasks WHERE id IN (SELECT task_id FROM list_expired_tasks(_before, _task_ids));
    GET DIAGNOSTICS _count = ROW_COUNT;
    RETURN _count;
END
$$;

COMMENT ON FUNCTION remove_expired_tasks(timestamptz) IS
    'Deletes what list_expired_tasks lists, unless somebody is busy with it, with its documents, attempts and edges. Their number.';

CREATE FUNCTION list_expired_executions(_before timestamptz, _is_done boolean)
RETURNS TABLE (execution_id bigint, task_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT execution.id, execution.task_id
    FROM task_executions AS execution
    JOIN tasks AS task ON task.id = execution.task_id
    WHERE execution.completed_at < _before
        AND (execution.status = 'completed') = _is_done
        AND is_closed(task.status)
        AND NOT is_held(task.project_id)
$$;

COMMENT ON FUNCTION list_expired_executions(timestamptz, boolean) IS
    'Attempts that ended before a moment, completed or otherwise, of tasks that are closed and not under a legal hold.';

CREATE FUNCTION remove_expired_executions(_before timestamptz, _is_done boolean) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _task_ids uuid[];
    _execution_ids bigint[];
BEGIN
    -- The tasks are locked before their attempts, as everywhere. What somebody is busy with stays
    -- until the next time: he may be reopening it.
    _task_ids := ARRAY(
        SELECT task.id
        FROM tasks AS task
        WHERE task.id IN (SELECT task_id FROM list_expired_executions(_before, _is_done))
        FOR NO KEY UPDATE SKIP LOCKED
    );
    _execution_ids := ARRAY(
        SELECT execution_id FROM list_expired_executions(_before, _is_done)
        WHERE task_id = ANY (_task_ids)
    );
    -- The hours that a task took outlive its attempts.
    UPDATE tasks AS task
    SET actual_hours = worked.hours
    FROM (
        SELECT
            execution.task_id,
            sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600 AS hours
        FROM task_executions AS execution
        WHERE execution.task_id IN (
            SELECT task_id FROM task_executions WHERE id = ANY (_execution_ids)
        )
        GROUP BY execution.task_id
    ) AS worked
    WHERE task.id = worked.task_id AND task.actual_hours IS NULL;
    DELETE FROM task_executions WHERE id = ANY (_execution_ids);
    RETURN cardinality(_execution_ids);
END
$$;

COMMENT ON FUNCTION remove_expired_executions(timestamptz, boolean) IS
    'Deletes what list_expired_executions lists, after noting in tasks.actual_hours what they add up to. Their number.';

CREATE FUNCTION list_expired_alerts(_before timestamptz) RETURNS TABLE (alert_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT alert.id
    FROM alerts AS alert
    WHERE alert.resolved_at < _before
        -- The next evaluation would raise it again if it read those samples and found no alert.
        AND EXISTS (
            SELECT FROM alert_rules AS rule
            WHERE rule.id = alert.rule_id
                AND alert.sampled_at <= alert_samples_after(rule, clock_timestamp())
        )
$$;

COMMENT ON FUNCTION list_expired_alerts(timestamptz) IS
    'Alerts that were resolved before a moment, and whose samples no evaluation will read again.';

CREATE FUNCTION list_expired_baselines(_before timestamptz) RETURNS TABLE (baseline_id uuid)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT usual.id
    FROM baselines AS usual
    WHERE usual.ends_at < _before
        AND EXISTS (
            SELECT FROM baselines AS later
            WHERE later.component = usual.component
                AND later.metric = usual.metric
                AND later.labels = usual.labels
                AND later.ends_at > usual.ends_at
        )
$$;

COMMENT ON FUNCTION list_expired_baselines(timestamptz) IS
    'Baselines that ended before a moment, but for the last one of each metric: by it values are still judged.';

CREATE FUNCTION drop_history(_table text, _before timestamptz) RETURNS text[]
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _dropped text[];
BEGIN
    -- What was sealed can be proven to have been there after it is gone.
    IF _table = 'audit_log' THEN
        PERFORM seal_audit_log();
    END IF;
    _dropped := ARRAY(SELECT drop_month_partitions(_table, _before));
    IF _table = 'audit_log' THEN
        PERFORM mark_dropped_seals(listed.month)
        FROM (
            SELECT DISTINCT month FROM audit_seals
            WHERE rows_dropped_at IS NULL
                AND month + interval '1 month' <= _before AT TIME ZONE 'UTC'
        ) AS listed;
    END IF;
    RETURN _dropped;
END
$$;

COMMENT ON FUNCTION drop_history(text, timestamptz) IS
    'Drops the months of a table that ended before a moment; those of audit_log after sealing them. Their names.';

CREATE FUNCTION retention_policies_applied_at_read_committed(_isolation text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF _isolation <> 'read committed' THEN
        PERFORM refuse(
            'retention_policies', 'retention_policies_applied_at_read_committed',
            format('nothing is removed at %s', _isolation),
            'A transaction with one snapshot does not see the legal hold for which it has waited.',
            'Apply retention in a transaction at READ COMMITTED.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION retention_policies_applied_at_read_committed(text) IS
    'What is removed is looked at after the locks are taken.';

CREATE FUNCTION apply_retention(
    _is_dry_run boolean          DEFAULT true,
    _data_class retention_class  DEFAULT NULL,
    _keep_days  integer          DEFAULT NULL
) RETURNS TABLE (
    data_class retention_class, cutoff timestamptz, row_count bigint, partitions text[], note text
)
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _policy record;
    _is_done boolean;
    _gone_ids uuid[] := '{}';
BEGIN
    IF _keep_days NOT BETWEEN 1 AND 36500 THEN
        PERFORM refuse(
            'retention_policies', 'retention_policies_keep_days_in_range',
            format('data would be kept for %s days', _keep_days),
            NULL,
            'Keep them for 1 to 36500 days.'
        );
    END IF;
    IF NOT _is_dry_run THEN
        PERFORM retention_policies_applied_at_read_committed(
            current_setting('transaction_isolation')
        );
        -- One at a time: a second one would only wait for the first, and find nothing left.
        PERFORM pg_advisory_xact_lock(hashtextextended(current_schema(), 4));
        -- Whoever orders a hold waits until this has ended, or is waited for and obeyed.
        LOCK TABLE legal_holds IN SHARE MODE;
    END IF;
    FOR _policy IN
        SELECT
            policy.data_class AS class,
            clock_timestamp()
                - make_interval(days => coalesce(_keep_days, policy.keep_days)) AS before
        FROM retention_policies AS policy
        WHERE policy.is_active AND (_data_class IS NULL OR policy.data_class = _data_class)
        ORDER BY policy.data_class
    LOOP
        data_class := _policy.class;
        cutoff := _policy.before;
        row_count := 0;
        partitions := '{}';
        note := NULL;
        CASE
            WHEN _policy.class = 'tasks' THEN
                IF _is_dry_run THEN
                    _gone_ids := ARRAY(SELECT task_id FROM list_expired_tasks(cutoff));
                    row_count := cardinality(_gone_ids);
                ELSE
                    row_count := remove_expired_tasks(cutoff);
                END IF;
            WHEN _policy.class IN ('completed_executions', 'failed_executions') THEN
                _is_done := _policy.class = 'completed_executions';
                IF _is_dry_run THEN
                    -- Those of the tasks that would go are gone by then.
                    row_count := (
                        SELECT count(*) FROM list_expired_executions(cutoff, _is_done)
                        WHERE task_id <> ALL (_gone_ids)
                    );
                ELSE
                    row_count := remove_expired_executions(cutoff, _is_done);
                END IF;
            WHEN is_held(NULL) OR EXISTS (SELECT FROM legal_holds WHERE released_at IS NULL) THEN
                note := 'kept: a legal hold is in force';
            WHEN _policy.class = 'error_logs' THEN
                IF _is_dry_run THEN
                    row_count := (
                        SELECT count(*) FROM error_logs
                        WHERE status IN ('resolved', 'ignored') AND last_seen_at < cutoff
                    );
                ELSE
                    DELETE FROM error_logs
                    WHERE status IN ('resolved', 'ignored') AND last_seen_at < cutoff;
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'webhook_deliveries' THEN
                IF _is_dry_run THEN
                    row_count := (
                        SELECT count(*) FROM webhook_deliveries WHERE last_received_at < cutoff
                    );
                ELSE
                    DELETE FROM webhook_deliveries WHERE last_received_at < cutoff;
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'component_messages' THEN
                IF _is_dry_run THEN
                    row_count := (
                        SELECT count(*) FROM component_messages
                        WHERE completed_at < cutoff
                    );
                ELSE
                    DELETE FROM component_messages
                    WHERE completed_at < cutoff;
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'alerts' THEN
                IF _is_dry_run THEN
                    row_count := (SELECT count(*) FROM list_expired_alerts(cutoff));
                ELSE
                    DELETE FROM alerts
                    WHERE id IN (SELECT alert_id FROM list_expired_alerts(cutoff));
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            WHEN _policy.class = 'baselines' THEN
                IF _is_dry_run THEN
                    row_count := (SELECT count(*) FROM list_expired_baselines(cutoff));
                ELSE
                    DELETE FROM baselines
                    WHERE id IN (SELECT baseline_id FROM list_expired_baselines(cutoff));
                    GET DIAGNOSTICS row_count = ROW_COUNT;
                END IF;
            ELSE
                -- Every other class is a table of that name, partitioned by month.
                SELECT
                    coalesce(sum(expired.row_estimate), 0),
                    coalesce(array_agg(expired.partition ORDER BY expired.month), '{}')
                INTO row_count, partitions
                FROM (
                    SELECT part.partition, part.month, part.row_estimate
                    FROM list_month_partitions(_policy.class::text) AS part
                    UNION ALL
                    SELECT stray.partition, stray.month, stray.row_count
                    FROM list_strays(_policy.class::text) AS stray
                ) AS expired
                WHERE expired.month + interval '1 month' <= cutoff AT TIME ZONE 'UTC';
                IF NOT _is_dry_run THEN
                    partitions := drop_history(_policy.class::text, cutoff);
                END IF;
                note := 'rows as the server estimates them';
        END CASE;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION apply_retention(boolean, retention_class, integer) IS
    'Removes what is older than its policy says, or than a number of days; of one class, or of all that are active. A dry run, unless told otherwise. One row a class: what went, or would go.';

-- What each task took, and what waits for it, as it was when it was last refreshed.

CREATE MATERIALIZED VIEW task_analytics AS
WITH attempted AS (
    SELECT
        execution.task_id,
        count(*) AS execution_count,
        sum(extract(epoch FROM execution.completed_at - execution.started_at)) / 3600
            AS execution_hours
    FROM task_executions AS execution
    GROUP BY execution.task_id
), blocking AS (
    SELECT edge.depends_on_id AS task_id, count(*) AS blocking_count
    FROM task_dependencies AS edge
    JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
    JOIN tasks AS waiting ON waiting.id = edge.task_id
    WHERE edge.kind = 'blocks'
        AND is_open_blocker(blocker.status, edge.policy)
        AND NOT is_closed(waiting.status)
    GROUP BY edge.depends_on_id
), project AS (
    SELECT
        task.project_id,
        count(*) FILTER (WHERE NOT is_closed(task.status)) AS open_count,
        count(*) FILTER (
            WHERE task.completed_at > clock_timestamp() - interval '28 days'
        ) / 4.0 AS weekly_velocity
    FROM tasks AS task
    WHERE task.deleted_at IS NULL
    GROUP BY task.project_id
), measured AS (
    SELECT
        task.id AS task_id,
        task.project_id,
        task.ref::text AS ref,
        task.title::text AS title,
        task.type::text AS type,
        task.status,
        task.priority::smallint AS priority,
        task.complexity_score::smallint AS complexity_score,
        task.assignee::text AS assignee,
        task.estimated_hours::numeric AS estimated_hours,
        coalesce(task.actual_hours::numeric, attempted.execution_hours) AS actual_hours,
        coalesce(attempted.execution_count, 0) AS execution_count,
        task.failed_attempts,
        task.open_blockers,
        coalesce(blocking.blocking_count, 0) AS blocking_count,
        coalesce(blocking.blocking_count, 0)::numeric / nullif(project.open_count, 0)
            AS blocking_factor,
        CASE
            WHEN task.started_at >= task.created_at
            THEN extract(epoch FROM task.started_at - task.created_at) / 3600
        END AS wait_hours,
        extract(epoch FROM task.completed_at - task.started_at) / 3600 AS cycle_hours,
        project.weekly_velocity AS project_weekly_velocity
    FROM tasks AS task
    JOIN project ON project.project_id = task.project_id
    LEFT JOIN attempted ON attempted.task_id = task.id
    LEFT JOIN blocking ON blocking.task_id = task.id
    WHERE task.deleted_at IS NULL
)
SELECT
    task_id, project_id, ref, title, type, status, priority, complexity_score, assignee,
    estimated_hours, actual_hours,
    estimated_hours / nullif(actual_hours, 0) AS efficiency,
    execution_count, failed_attempts, open_blockers, blocking_count, blocking_factor,
    wait_hours, cycle_hours, project_weekly_velocity,
    blocking_count > 0
        AND rank() OVER (PARTITION BY project_id ORDER BY blocking_count DESC) <= 5
        AS is_bottleneck
FROM measured;

-- Refreshing while it is read, and the row of a task.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX task_analytics_one_row_per_task ON task_analytics (task_id);

-- list_task_bottlenecks.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX task_analytics_project_id_blocking_count_idx
    ON task_analytics (project_id, blocking_count);

COMMENT ON MATERIALIZED VIEW task_analytics IS
    'What each task that is not deleted took, and what waits for it. As old as the last refresh_analytics().';
COMMENT ON INDEX task_analytics_one_row_per_task IS 'A task has one row.';
COMMENT ON COLUMN task_analytics.actual_hours IS
    'Hours of work: as set by hand, or else the sum of the ended attempts; null when there is neither.';
COMMENT ON COLUMN task_analytics.efficiency IS
    'Estimated by actual hours: above 1 it took less than expected; null when either is missing.';
COMMENT ON COLUMN task_analytics.blocking_count IS 'Number of open tasks that wait for this one directly.';
COMMENT ON COLUMN task_analytics.blocking_factor IS
    'Share of the open tasks of the project that wait for this one directly, 0 to 1; null when none is open.';
COMMENT ON COLUMN task_analytics.wait_hours IS 'Hours from creation to the first start; null before it, and for a task that was noted down only later.';
COMMENT ON COLUMN task_analytics.cycle_hours IS 'Hours from the first start to completion.';
COMMENT ON COLUMN task_analytics.project_weekly_velocity IS
    'Tasks of the project completed per week, over the last four weeks.';
COMMENT ON COLUMN task_analytics.is_bottleneck IS
    'Whether it is among the five tasks of its project that most tasks wait for.';

-- How each workflow goes, as it was when it was last refreshed.

CREATE MATERIALIZED VIEW workflow_analytics AS
WITH work AS (
    SELECT
        member.workflow_id,
        count(*) AS total_tasks,
        count(*) FILTER (WHERE task.status = 'completed') AS completed_tasks,
        count(*) FILTER (WHERE task.status = 'failed') AS failed_tasks,
        count(*) FILTER (
            WHERE task.completed_at > clock_timestamp() - interval '28 days'
        ) / 4.0 AS weekly_velocity,
        sum(measured.estimated_hours) AS estimated_hours,
        sum(measured.actual_hours) AS actual_hours,
        avg(measured.cycle_hours) AS average_cycle_hours,
        avg(task.complexity_score) AS average_complexity
    FROM workflow_tasks AS member
    JOIN tasks AS task ON task.id = member.task_id AND task.deleted_at IS NULL
    LEFT JOIN task_analytics AS measured ON measured.task_id = task.id
    GROUP BY member.workflow_id
), stepped AS (
    SELECT
        step.workflow_id,
        count(*) AS total_steps,
        count(*) FILTER (WHERE step.status = 'completed') AS completed_steps,
        count(*) FILTER (WHERE step.status = 'failed') AS failed_steps,
        sum(step.retry_count) AS retries,
        avg(extract(epoch FROM step.completed_at - step.started_at))
            FILTER (WHERE step.status = 'completed') AS average_step_seconds
    FROM workflow_steps AS step
    GROUP BY step.workflow_id
), slowest AS (
    SELECT DISTINCT ON (step.workflow_id) step.workflow_id, step.step
    FROM workflow_steps AS step
    WHERE step.status = 'completed'
    ORDER BY step.workflow_id, step.completed_at - step.started_at DESC NULLS LAST, step.id
)
SELECT
    workflow.id AS workflow_id,
    workflow.project_id,
    workflow.name,
    workflow.status,
    workflow.phase,
    coalesce(work.total_tasks, 0) AS total_tasks,
    coalesce(work.completed_tasks, 0) AS completed_tasks,
    coalesce(work.failed_tasks, 0) AS failed_tasks,
    coalesce(work.weekly_velocity, 0) AS weekly_velocity,
    work.estimated_hours,
    work.actual_hours,
    work.estimated_hours / nullif(work.actual_hours, 0) AS efficiency,
    work.average_cycle_hours,
    work.average_complexity,
    coalesce(stepped.total_steps, 0) AS total_steps,
    coalesce(stepped.completed_steps, 0) AS completed_steps,
    coalesce(stepped.failed_steps, 0) AS failed_steps,
    coalesce(stepped.retries, 0) AS retries,
    stepped.average_step_seconds,
    slowest.step AS slowest_step,
    extract(epoch FROM coalesce(workflow.completed_at, clock_timestamp()) - workflow.started_at)
        / 3600 AS elapsed_hours
FROM workflows AS workflow
LEFT JOIN work ON work.workflow_id = workflow.id
LEFT JOIN stepped ON stepped.workflow_id = workflow.id
LEFT JOIN slowest ON slowest.workflow_id = workflow.id
WHERE workflow.deleted_at IS NULL;

-- Refreshing while it is read, and the row of a workflow.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX workflow_analytics_one_row_per_workflow ON workflow_analytics (workflow_id);

COMMENT ON MATERIALIZED VIEW workflow_analytics IS
    'How each workflow goes: its tasks that are not deleted, its steps, hours and speed. As old as the last refresh_analytics().';
COMMENT ON INDEX workflow_analytics_one_row_per_workflow IS 'A workflow has one row.';
COMMENT ON COLUMN workflow_analytics.weekly_velocity IS
    'Tasks of the workflow completed per week, over the last four weeks.';
COMMENT ON COLUMN workflow_analytics.efficiency IS
    'Estimated by actual hours of its tasks: above 1 they took less than expected; null when either is missing.';
COMMENT ON COLUMN workflow_analytics.average_cycle_hours IS
    'Mean hours from start to completion of its completed tasks.';
COMMENT ON COLUMN workflow_analytics.retries IS 'How often its steps were tried again.';
COMMENT ON COLUMN workflow_analytics.slowest_step IS 'The completed step that took longest.';
COMMENT ON COLUMN workflow_analytics.elapsed_hours IS
    'Hours from its start to its end, or to the refresh while it goes on; null before its start.';

CREATE FUNCTION refresh_analytics() RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A second refresh waits for the first here, and not at the views, which two might lock
    -- crosswise.
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema(), 5));
    REFRESH MATERIALIZED VIEW CONCURRENTLY task_analytics;
    REFRESH MATERIALIZED VIEW CONCURRENTLY workflow_analytics;
    RETURN (SELECT count(*) FROM task_analytics);
END
$$;

COMMENT ON FUNCTION refresh_analytics() IS
    'Computes task_analytics and workflow_analytics anew, while others read them. The number of tasks.';

-- The whole system in one row, counted when it is asked.

CREATE VIEW system_overview WITH (security_invoker = true) AS
SELECT
    (SELECT count(*) FROM projects WHERE status = 'active') AS active_projects,
    task.total AS total_tasks,
    task.pending AS pending_tasks,
    task.waiting AS waiting_tasks,
    task.in_progress AS in_progress_tasks,
    task.completed AS completed_tasks,
    task.failed AS failed_tasks,
    (SELECT count(*) FROM task_executions WHERE status = 'running') AS running_executions,
    (
        SELECT count(*) FROM task_executions
        WHERE status = 'running' AND lease_expires_at <= clock_timestamp()
    ) AS expired_executions,
    (SELECT count(*) FROM agents WHERE is_active) AS active_agents,
    (
        SELECT count(*) FROM workflows
        WHERE status IN ('running', 'paused') AND deleted_at IS NULL
    ) AS open_workflows,
    (
        SELECT count(*) FROM pull_requests
        WHERE status NOT IN ('merged', 'closed') AND deleted_at IS NULL
    ) AS open_pull_requests,
    (SELECT count(*) FROM error_logs WHERE status IN ('open', 'acknowledged')) AS open_errors,
    (SELECT count(*) FROM alerts WHERE status <> 'resolved') AS open_alerts,
    (
        SELECT count(*) FROM component_latest_health
        WHERE status IN ('degraded', 'unhealthy')
    ) AS unhealthy_components,
    pg_database_size(current_database()) AS database_size_bytes,
    clock_timestamp() AS observed_at
FROM (
    SELECT
        count(*) AS total,
        count(*) FILTER (WHERE status = 'pending') AS pending,
        count(*) FILTER (WHERE status = 'pending' AND open_blockers > 0) AS waiting,
        count(*) FILTER (WHERE status = 'in_progress') AS in_progress,
        count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status = 'failed') AS failed
    FROM tasks
    WHERE deleted_at IS NULL
) AS task;

COMMENT ON VIEW system_overview IS 'The whole system in one row: what is to be done, who is at it, and what is wrong.';
COMMENT ON COLUMN system_overview.waiting_tasks IS 'Pending tasks that wait for others.';
COMMENT ON COLUMN system_overview.expired_executions IS 'Running attempts whose lease has run out: reap_expired_executions() ends them.';
COMMENT ON COLUMN system_overview.open_alerts IS 'Alerts that are not resolved, with those that are acknowledged or suppressed.';

-- What somebody should do something about, and what: found in what the database knows already.

CREATE VIEW recommendations WITH (security_invoker = true) AS
SELECT
    'lease' AS category,
    'warning'::severity AS severity,
    execution.id::text AS subject_id,
    task.ref::text AS subject,
    'Run reap_expired_executions(): the lease of the attempt has run out.' AS recommendation,
    format('attempt %s, expired at %s', execution.attempt, execution.lease_expires_at) AS evidence
FROM task_executions AS execution
JOIN tasks AS task ON task.id = execution.task_id
WHERE execution.status = 'running'
    AND execution.lease_expires_at <= clock_timestamp() - interval '10 minutes'

UNION ALL
SELECT
    'overdue', 'warning', task.id::text, task.ref::text,
    'Raise its priority, or move its date: the task is overdue.',
    format('due at %s, %s', task.due_at, task.status)
FROM tasks AS task
WHERE NOT is_closed(task.status) AND task.due_at < clock_timestamp()

UNION ALL
SELECT
    'bottleneck', 'warning', measured.task_id::text, measured.ref,
    'Do it first, or split it: many tasks wait for it.',
    format('%s open tasks wait for it', measured.blocking_count)
FROM task_analytics AS measured
JOIN tasks AS task ON task.id = measured.task_id
WHERE measured.is_bottleneck AND measured.blocking_count >= 5 AND NOT is_closed(task.status)

UNION ALL
SELECT
    'failing task type', 'error', recent.type, recent.type,
    'Look at what its attempts report: most of the recent tasks of this type failed.',
    format('%s of %s tasks in 30 days', recent.failed, recent.ended)
FROM (
    SELECT
        task.type::text AS type,
        count(*) AS ended,
        count(*) FILTER (WHERE task.status = 'failed') AS failed
    FROM tasks AS task
    WHERE task.status IN ('completed', 'failed')
        AND task.updated_at > clock_timestamp() - interval '30 days'
    GROUP BY task.type
) AS recent
WHERE recent.ended >= 5 AND recent.failed > recent.ended / 2

UNION ALL
SELECT
    'failing agent', 'error', agent.id::text, agent.name,
    'Set it inactive until somebody has looked: most of its recent attempts failed.',
    format('%s of %s attempts in 7 days', recent.failed, recent.ended)
FROM agents AS agent
CROSS JOIN LATERAL (
    SELECT
        count(*) AS ended,
        count(*) FILTER (WHERE execution.status IN ('failed', 'timeout')) AS failed
    FROM task_executions AS execution
    WHERE execution.agent_id = agent.id
        AND execution.completed_at > clock_timestamp() - interval '7 days'
) AS recent
WHERE agent.is_active AND recent.ended >= 5 AND recent.failed > recent.ended / 2

UNION ALL
SELECT
    'health', 'error', latest.component_id::text, latest.component_name,
    'Look at the component: its latest health check found it wanting.',
    format('%s at %s', latest.status, latest.checked_at)
FROM component_latest_health AS latest
WHERE latest.status IN ('degraded', 'unhealthy')

UNION ALL
SELECT
    'error', 'critical', fault.id::text, fault.type,
    'Resolve it: a critical error is open.',
    format('%s times, last seen at %s', fault.occurrence_count, fault.last_seen_at)
FROM error_logs AS fault
WHERE fault.severity = 'critical' AND fault.status IN ('open', 'acknowledged')

UNION ALL
SELECT
    'alert', bad.severity, bad.id::text, bad.subject,
    'Look at it, and acknowledge or resolve the alert: nobody cares for it yet.',
    format('%s: %s since %s, the threshold is %s',
        rule.name, bad.actual, bad.breached_at, bad.threshold)
FROM alerts AS bad
JOIN alert_rules AS rule ON rule.id = bad.rule_id
WHERE bad.status = 'active'

UNION ALL
SELECT
    'index', 'info', usage.indexname, usage.tablename,
    'Drop the index, if the statistics tell of a time that counts: nothing has used it.',
    format('%s bytes, no scan', usage.index_size_bytes)
FROM index_usage_stats AS usage
WHERE usage.usage_category = 'UNUSED'
    AND NOT usage.is_unique
    AND usage.index_size_bytes > 100 * 1024 * 1024;

COMMENT ON VIEW recommendations IS
    'What somebody should look at: expired leases, overdue and blocking tasks, failures, health, errors, alerts, unused indexes.';
COMMENT ON COLUMN recommendations.subject_id IS 'Key of what it is about.';
COMMENT ON COLUMN recommendations.subject IS 'Name of what it is about.';
COMMENT ON COLUMN recommendations.evidence IS 'What was seen.';

COMMENT ON COLUMN workflow_tasks."position" IS '1, 2, 3 ... within the workflow. A task that is erased leaves a gap, which the next change of the order closes.';

COMMENT ON COLUMN task_items."position" IS 'Place among those of its kind, from 1.';

-- migrate:down

COMMENT ON COLUMN task_items."position" IS NULL;
COMMENT ON COLUMN workflow_tasks."position" IS NULL;
DROP VIEW recommendations;
DROP VIEW system_overview;
DROP FUNCTION refresh_analytics;
DROP INDEX workflow_analytics_one_row_per_workflow;
DROP MATERIALIZED VIEW workflow_analytics;
DROP INDEX task_analytics_project_id_blocking_count_idx;
DROP INDEX task_analytics_one_row_per_task;
DROP MATERIALIZED VIEW task_analytics;
DROP FUNCTION apply_retention;
DROP FUNCTION retention_policies_applied_at_read_committed;
DROP FUNCTION drop_history;
DROP FUNCTION list_expired_baselines;
DROP FUNCTION list_expired_alerts;
DROP FUNCTION remove_expired_executions;
DROP FUNCTION list_expired_executions;
DROP FUNCTION remove_expired_tasks;
DROP FUNCTION list_expired_tasks;
DROP VIEW slow_queries;
DROP FUNCTION list_statement_statistics;
DROP VIEW index_usage_stats;
DROP TRIGGER retention_policies_not_truncated ON retention_policies;
DROP TRIGGER retention_policies_record_change ON retention_policies;
DROP TRIGGER retention_policies_touch_updated_at ON retention_policies;
DROP TABLE retention_policies;
DROP TYPE retention_class;
DROP TRIGGER legal_holds_not_truncated ON legal_holds;
DROP TRIGGER legal_holds_record_change ON legal_holds;
DROP FUNCTION is_held;
DROP TABLE legal_holds;
DROP TRIGGER migration_history_not_truncated ON migration_history;
DROP TRIGGER migration_history_append_only ON migration_history;
DROP TABLE migration_history;
DROP TYPE migration_direction;
DROP TABLE import_findings;
DROP TYPE import_finding_severity;
DROP TABLE import_runs;
DROP TYPE import_status;
DROP FUNCTION evaluate_alerts;
DROP FUNCTION alert_samples_after;
DROP FUNCTION alert_samples;
DROP FUNCTION is_beyond;
DROP TRIGGER alerts_not_truncated ON alerts;
DROP TRIGGER alerts_record_change ON alerts;
DROP TRIGGER alerts_touch_updated_at ON alerts;
DROP TRIGGER alerts_set_moments ON alerts;
DROP FUNCTION alerts_set_moments;
DROP TRIGGER alerts_status_follows_moves ON alerts;
DROP FUNCTION alerts_status_follows_moves;
DROP FUNCTION alert_moves;
DROP TABLE alerts;
DROP TYPE alert_order;
DROP TYPE alert_status;
DROP TRIGGER alert_suppressions_not_truncated ON alert_suppressions;
DROP TRIGGER alert_suppressions_record_change ON alert_suppressions;
DROP FUNCTION alert_suppressed_until;
DROP TABLE alert_suppressions;
DROP TRIGGER alert_rules_not_truncated ON alert_rules;
DROP TRIGGER alert_rules_record_change ON alert_rules;
DROP TRIGGER alert_rules_touch_updated_at ON alert_rules;
DROP TRIGGER alert_rules_set_evaluated_at ON alert_rules;
DROP FUNCTION alert_rules_set_evaluated_at;
DROP TABLE alert_rules;
DROP TYPE alert_rule_optional_column;
DROP TYPE alert_rule_order;
DROP TYPE alert_comparison;
DROP TYPE alert_source;
DROP TYPE alert_rule_kind;
DROP FUNCTION metric_scores;
DROP FUNCTION robust_z_score;
DROP FUNCTION compute_baselines;
DROP TABLE baselines;
DROP FUNCTION sample_database_metrics;
DROP VIEW system_health;
DROP FUNCTION metric_components;
DROP TRIGGER metrics_not_truncated ON metrics;
DROP TRIGGER metrics_append_only ON metrics;
DROP TABLE metrics;
DROP TYPE metric_instrument;
DROP TYPE metric_scope;
DROP VIEW component_latest_health;
DROP TRIGGER health_checks_not_truncated ON health_checks;
DROP TRIGGER health_checks_append_only ON health_checks;
DROP TABLE health_checks;
DROP TYPE health_status;
DROP VIEW component_communication_summary;
DROP TRIGGER component_messages_set_moments ON component_messages;
DROP FUNCTION component_messages_set_moments;
DROP TRIGGER component_messages_status_follows_moves ON component_messages;
DROP FUNCTION component_messages_status_follows_moves;
DROP FUNCTION component_message_moves;
DROP TABLE component_messages;
DROP TYPE component_message_status;
DROP TRIGGER components_not_truncated ON components;
DROP TRIGGER components_forget_external_references ON components;
DROP TRIGGER components_record_change ON components;
DROP TRIGGER components_touch_updated_at ON components;
DROP TABLE components;
DROP TYPE component_optional_column;
DROP TYPE component_order;
DROP TYPE component_type;
DROP TRIGGER knowledge_articles_not_truncated ON knowledge_articles;
DROP TRIGGER knowledge_articles_forget_external_references ON knowledge_articles;
DROP TRIGGER knowledge_articles_record_change ON knowledge_articles;
DROP TRIGGER knowledge_articles_touch_updated_at ON knowledge_articles;
DROP TABLE knowledge_articles;
DROP TYPE knowledge_article_optional_column;
DROP TYPE knowledge_article_order;
DROP VIEW estimate_corrections;
DROP VIEW learning_patterns_effectiveness;
DROP TABLE learning_pattern_applications;
DROP TRIGGER learning_patterns_not_truncated ON learning_patterns;
DROP TRIGGER learning_patterns_forget_external_references ON learning_patterns;
DROP TRIGGER learning_patterns_record_change ON learning_patterns;
DROP TRIGGER learning_patterns_touch_updated_at ON learning_patterns;
DROP TABLE learning_patterns;
DROP TYPE learning_pattern_optional_column;
DROP TYPE learning_pattern_order;
DROP VIEW template_performance;
DROP TABLE template_usage;
DROP TRIGGER templates_not_truncated ON templates;
DROP TRIGGER templates_forget_external_references ON templates;
DROP TRIGGER templates_record_change ON templates;
DROP TRIGGER templates_touch_updated_at ON templates;
DROP TRIGGER templates_versions_stand ON templates;
DROP TRIGGER templates_take_turns ON templates;
DROP TRIGGER templates_succeed_each_other ON templates;
DROP FUNCTION templates_succeed_each_other;
DROP TABLE templates;
DROP TYPE template_optional_column;
DROP TYPE template_order;
DROP FUNCTION attempt_went_well;
DROP VIEW pr_tracking;
DROP VIEW pr_validation_status;
DROP TYPE pull_request_verdict;
DROP TRIGGER task_executions_leave_validations ON task_executions;
DROP FUNCTION task_executions_leave_validations;
DROP TRIGGER validations_not_truncated ON validations;
DROP TRIGGER validations_stand ON validations;
DROP TABLE validations;
DROP TYPE validation_result;
DROP TRIGGER pull_requests_not_truncated ON pull_requests;
DROP TRIGGER pull_requests_forget_external_references ON pull_requests;
DROP TRIGGER pull_requests_record_change ON pull_requests;
DROP TRIGGER pull_requests_touch_updated_at ON pull_requests;
DROP TRIGGER pull_requests_attempt_is_at_the_task ON pull_requests;
DROP FUNCTION pull_requests_attempt_is_at_the_task;
DROP TRIGGER pull_requests_task_is_of_the_project ON pull_requests;
DROP FUNCTION pull_requests_task_is_of_the_project;
DROP TRIGGER pull_requests_status_follows_transitions ON pull_requests;
DROP FUNCTION pull_requests_status_follows_transitions;
DROP TRIGGER pull_requests_set_moments ON pull_requests;
DROP FUNCTION pull_requests_set_moments;
DROP TABLE pull_requests;
DROP TYPE pull_request_optional_column;
DROP TYPE pull_request_order;
DROP TRIGGER pull_request_status_transitions_not_truncated ON pull_request_status_transitions;
DROP TRIGGER pull_request_status_transitions_record_change ON pull_request_status_transitions;
DROP TABLE pull_request_status_transitions;
DROP TYPE pull_request_status;
DROP VIEW api_key_usage_summary;
DROP VIEW active_api_keys;
DROP TRIGGER api_key_usage_not_truncated ON api_key_usage;
DROP TRIGGER api_key_usage_append_only ON api_key_usage;
DROP TABLE api_key_usage;
DROP TRIGGER api_keys_not_truncated ON api_keys;
DROP TRIGGER api_keys_record_change ON api_keys;
DROP TRIGGER api_keys_touch_updated_at ON api_keys;
DROP TRIGGER api_keys_prefix_and_hash_never_change ON api_keys;
DROP FUNCTION api_keys_prefix_and_hash_never_change;
DROP TRIGGER api_keys_revoked_for_good ON api_keys;
DROP FUNCTION api_keys_revoked_for_good;
DROP TABLE api_keys;
DROP TYPE api_key_optional_column;
DROP TYPE api_key_order;
DROP TYPE api_key_service;
DROP TRIGGER rate_limits_not_truncated ON rate_limits;
DROP TRIGGER rate_limits_record_change ON rate_limits;
DROP TRIGGER rate_limits_touch_updated_at ON rate_limits;
DROP TRIGGER rate_limits_count_tokens ON rate_limits;
DROP FUNCTION rate_limits_count_tokens;
DROP FUNCTION take_tokens;
DROP FUNCTION rate_limits_taken_within_capacity;
DROP FUNCTION available_tokens;
DROP TABLE rate_limits;
DROP TRIGGER agent_configurations_not_truncated ON agent_configurations;
DROP TRIGGER agent_configurations_record_change ON agent_configurations;
DROP TRIGGER agent_configurations_touch_updated_at ON agent_configurations;
DROP TRIGGER agent_configurations_count_version ON agent_configurations;
DROP FUNCTION agent_configurations_count_version;
DROP TABLE agent_configurations;
DROP TYPE agent_configuration_order;
DROP VIEW workflow_events;
DROP VIEW workflow_states;
DROP VIEW workflow_progress;
DROP TRIGGER workflow_steps_not_truncated ON workflow_steps;
DROP TRIGGER workflow_steps_record_change ON workflow_steps;
DROP TRIGGER workflow_steps_status_follows_moves ON workflow_steps;
DROP FUNCTION workflow_steps_status_follows_moves;
DROP TRIGGER workflow_steps_are_of_the_project ON workflow_steps;
DROP FUNCTION workflow_steps_are_of_the_project;
DROP TRIGGER workflow_steps_touch_updated_at ON workflow_steps;
DROP TRIGGER workflow_steps_set_moments ON workflow_steps;
DROP FUNCTION workflow_steps_set_moments;
DROP TABLE workflow_steps;
DROP TYPE workflow_step_status;
DROP FUNCTION remove_workflow_task;
DROP FUNCTION move_workflow_task;
DROP FUNCTION add_workflow_task;
DROP FUNCTION lock_workflow_order;
DROP FUNCTION order_workflow_tasks;
DROP TRIGGER workflow_tasks_not_truncated ON workflow_tasks;
DROP TRIGGER workflow_tasks_record_change ON workflow_tasks;
DROP TRIGGER workflow_tasks_are_of_the_project ON workflow_tasks;
DROP FUNCTION workflow_tasks_are_of_the_project;
DROP TABLE workflow_tasks;
DROP FUNCTION refuse_task_of_another_project;
DROP TRIGGER workflows_not_truncated ON workflows;
DROP TRIGGER workflows_forget_external_references ON workflows;
DROP TRIGGER workflows_record_change ON workflows;
DROP TRIGGER workflows_stay_in_their_project ON workflows;
DROP FUNCTION workflows_stay_in_their_project;
DROP TRIGGER workflows_status_follows_moves ON workflows;
DROP FUNCTION workflows_status_follows_moves;
DROP TRIGGER workflows_touch_updated_at ON workflows;
DROP TRIGGER workflows_set_moments ON workflows;
DROP FUNCTION workflows_set_moments;
DROP TABLE workflows;
DROP TYPE workflow_optional_column;
DROP TYPE workflow_order;
DROP TYPE workflow_status;
DROP FUNCTION ready_tasks_as_of;
DROP FUNCTION task_dependencies_as_of;
DROP FUNCTION tasks_as_of;
DROP VIEW task_timeline;
DROP VIEW execution_history;
DROP FUNCTION check_invariants;
DROP FUNCTION preview_deletion;
DROP FUNCTION preview_status_changes;
DROP FUNCTION list_critical_path;
DROP FUNCTION walk_task_graph;
DROP FUNCTION list_unblocked_by;
DROP FUNCTION list_root_blockers;
DROP VIEW task_metrics;
DROP FUNCTION reap_expired_executions;
DROP FUNCTION release_executions;
DROP FUNCTION fail_executions;
DROP FUNCTION end_executions;
DROP FUNCTION retry_delay;
DROP FUNCTION complete_executions;
DROP FUNCTION claim_tasks;
DROP VIEW task_execution_summary;
DROP VIEW task_attempts;
DROP VIEW blocked_tasks;
DROP VIEW ready_tasks;
DROP VIEW claimable_tasks;
DROP VIEW active_tasks;
DROP VIEW task_status_summary;
DROP VIEW task_summary;
DROP VIEW task_context_summary;
DROP VIEW contexts;
DROP VIEW task_items;
DROP VIEW task_overview;
DROP FUNCTION delete_task_list;
DROP FUNCTION restore_tasks;
DROP FUNCTION delete_tasks;
DROP TRIGGER tasks_in_conflict_never_both_in_progress ON tasks;
DROP FUNCTION tasks_in_conflict_never_both_in_progress;
DROP TRIGGER tasks_follow_status ON tasks;
DROP FUNCTION tasks_follow_status;
DROP FUNCTION tasks_reopened_with_a_reason;
DROP FUNCTION tasks_status_follows_transitions;
DROP FUNCTION settle_successors;
DROP FUNCTION lock_claim_limits;
DROP TRIGGER claim_limits_not_truncated ON claim_limits;
DROP TRIGGER claim_limits_record_change ON claim_limits;
DROP TRIGGER claim_limits_touch_updated_at ON claim_limits;
DROP TABLE claim_limits;
DROP TRIGGER task_ticks_not_truncated ON task_ticks;
DROP TRIGGER task_ticks_record_change ON task_ticks;
DROP FUNCTION task_item_id;
DROP TABLE task_ticks;
DROP TYPE task_item_kind;
DROP TRIGGER task_contexts_not_truncated ON task_contexts;
DROP TRIGGER task_contexts_never_rewritten ON task_contexts;
DROP TABLE task_contexts;
DROP VIEW task_conflicts;
DROP VIEW task_dependency_status;
DROP TRIGGER external_references_not_truncated ON external_references;
DROP TRIGGER external_references_record_change ON external_references;
DROP TRIGGER external_references_touch_updated_at ON external_references;
DROP FUNCTION forget_external_references;
DROP TABLE external_references;
DROP TRIGGER task_external_dependencies_not_truncated ON task_external_dependencies;
DROP TRIGGER task_external_dependencies_record_change ON task_external_dependencies;
DROP TRIGGER task_external_dependencies_count_on_tasks ON task_external_dependencies;
DROP FUNCTION task_external_dependencies_count_on_tasks;
DROP TRIGGER task_external_dependencies_added_while_not_running ON task_external_dependencies;
DROP FUNCTION task_external_dependencies_added_while_not_running;
DROP TRIGGER task_external_dependencies_keep_their_task ON task_external_dependencies;
DROP FUNCTION task_external_dependencies_keep_their_task;
DROP TRIGGER task_external_dependencies_touch_updated_at ON task_external_dependencies;
DROP TRIGGER task_external_dependencies_lock_graph ON task_external_dependencies;
DROP FUNCTION task_external_dependencies_lock_graph;
DROP TABLE task_external_dependencies;
DROP TRIGGER task_dependency_kind_aliases_not_truncated ON task_dependency_kind_aliases;
DROP TRIGGER task_dependency_kind_aliases_record_change ON task_dependency_kind_aliases;
DROP TABLE task_dependency_kind_aliases;
DROP TRIGGER task_dependencies_not_truncated ON task_dependencies;
DROP TRIGGER task_dependencies_record_change ON task_dependencies;
DROP TRIGGER task_dependencies_conflict_starts_unbroken ON task_dependencies;
DROP FUNCTION task_dependencies_conflict_starts_unbroken;
DROP TRIGGER task_dependencies_count_deleted ON task_dependencies;
DROP TRIGGER task_dependencies_count_updated ON task_dependencies;
DROP TRIGGER task_dependencies_count_inserted ON task_dependencies;
DROP FUNCTION task_dependencies_count_on_tasks;
DROP TRIGGER task_dependencies_acyclic ON task_dependencies;
DROP FUNCTION task_chain_path;
DROP FUNCTION task_dependency_chain;
DROP FUNCTION task_dependencies_acyclic;
DROP TRIGGER task_dependencies_added_while_not_running ON task_dependencies;
DROP FUNCTION task_dependencies_added_while_not_running;
DROP TRIGGER task_dependencies_within_one_project ON task_dependencies;
DROP FUNCTION task_dependencies_within_one_project;
DROP TRIGGER task_dependencies_keep_holder ON task_dependencies;
DROP FUNCTION task_dependencies_keep_holder;
DROP TRIGGER task_dependencies_keep_their_tasks ON task_dependencies;
DROP FUNCTION task_dependencies_keep_their_tasks;
DROP TRIGGER task_dependencies_lock_graph ON task_dependencies;
DROP FUNCTION task_dependencies_lock_graph;
DROP FUNCTION is_open_blocker;
DROP TABLE task_dependencies;
DROP TYPE blocker_policy;
DROP TYPE task_dependency_kind;
DROP TABLE task_executions;
DROP TYPE task_execution_order;
DROP TYPE task_execution_status;
DROP DOMAIN execution_logs;
DROP DOMAIN execution_label;
DROP DOMAIN execution_claim_key;
DROP DOMAIN execution_count;
DROP DOMAIN execution_amount;
DROP DOMAIN execution_report;
DROP FUNCTION search_tasks;
DROP TRIGGER task_details_keep_words ON task_details;
DROP FUNCTION task_details_keep_words;
DROP TRIGGER tasks_keep_words ON tasks;
DROP FUNCTION tasks_keep_words;
DROP FUNCTION words_of_text;
DROP FUNCTION words_of_title;
DROP TABLE task_words;
DROP TRIGGER task_details_not_truncated ON task_details;
DROP TRIGGER task_details_record_change ON task_details;
DROP TRIGGER task_details_touch_updated_at ON task_details;
DROP TABLE task_details;
DROP TYPE task_detail_optional_column;
DROP TRIGGER tasks_not_truncated ON tasks;
DROP TRIGGER tasks_record_update ON tasks;
DROP TRIGGER tasks_record_change ON tasks;
DROP TRIGGER tasks_deleted_with_their_subtasks ON tasks;
DROP FUNCTION tasks_deleted_with_their_subtasks;
DROP TRIGGER tasks_deleted_are_closed ON tasks;
DROP FUNCTION tasks_deleted_are_closed;
DROP TRIGGER tasks_parents_acyclic ON tasks;
DROP FUNCTION tasks_parents_acyclic;
DROP TRIGGER tasks_parent_is_in_the_same_list ON tasks;
DROP FUNCTION tasks_parent_is_in_the_same_list;
DROP TRIGGER tasks_lock_graph_inserted ON tasks;
DROP TRIGGER tasks_lock_graph ON tasks;
DROP FUNCTION tasks_lock_graph;
DROP TRIGGER tasks_stay_in_their_project ON tasks;
DROP FUNCTION tasks_stay_in_their_project;
DROP TRIGGER tasks_assignee_has_a_type ON tasks;
DROP FUNCTION tasks_assignee_has_a_type;
DROP TRIGGER tasks_set_moments ON tasks;
DROP FUNCTION tasks_set_moments;
DROP TRIGGER tasks_set_initial_state ON tasks;
DROP FUNCTION tasks_set_initial_state;
DROP FUNCTION is_closed;
DROP TABLE tasks;
DROP SEQUENCE tasks_ref_seq;
DROP TYPE task_optional_column;
DROP TYPE task_order;
DROP TYPE assignee_type;
DROP DOMAIN task_capabilities;
DROP DOMAIN task_status_reason;
DROP DOMAIN task_idempotency_key;
DROP DOMAIN task_person;
DROP DOMAIN task_hours;
DROP DOMAIN task_complexity_score;
DROP DOMAIN task_max_attempts;
DROP DOMAIN task_priority;
DROP DOMAIN task_type;
DROP DOMAIN task_title;
DROP DOMAIN task_ref;
DROP FUNCTION share_task_graph;
DROP FUNCTION lock_task_graph;
DROP TRIGGER projects_start_graph_epoch ON projects;
DROP FUNCTION projects_start_graph_epoch;
DROP TABLE task_graph_epochs;
DROP TRIGGER task_priority_aliases_not_truncated ON task_priority_aliases;
DROP TRIGGER task_priority_aliases_record_change ON task_priority_aliases;
DROP TABLE task_priority_aliases;
DROP TRIGGER task_status_aliases_not_truncated ON task_status_aliases;
DROP TRIGGER task_status_aliases_record_change ON task_status_aliases;
DROP TABLE task_status_aliases;
DROP TRIGGER task_status_transitions_not_truncated ON task_status_transitions;
DROP TRIGGER task_status_transitions_record_change ON task_status_transitions;
DROP TABLE task_status_transitions;
DROP TYPE task_status;
DROP TRIGGER task_lists_not_truncated ON task_lists;
DROP TRIGGER task_lists_record_change ON task_lists;
DROP TRIGGER task_lists_touch_updated_at ON task_lists;
DROP TABLE task_lists;
DROP TYPE task_list_optional_column;
DROP TRIGGER agents_not_truncated ON agents;
DROP TRIGGER agents_record_change ON agents;
DROP TRIGGER agents_touch_updated_at ON agents;
DROP TABLE agents;
DROP TYPE agent_order;
DROP VIEW project_settings;
DROP TRIGGER projects_not_truncated ON projects;
DROP TRIGGER projects_record_change ON projects;
DROP TRIGGER projects_touch_updated_at ON projects;
DROP TRIGGER projects_name_repository ON projects;
DROP FUNCTION projects_name_repository;
DROP TRIGGER projects_set_moments ON projects;
DROP FUNCTION projects_set_moments;
DROP TABLE projects;
DROP TYPE project_optional_column;
DROP TYPE project_order;
DROP TYPE project_status;
DROP VIEW error_summary;
DROP VIEW critical_errors;
DROP TRIGGER error_logs_not_truncated ON error_logs;
DROP TRIGGER error_logs_record_change ON error_logs;
DROP TRIGGER error_logs_touch_updated_at ON error_logs;
DROP TRIGGER error_logs_set_moments ON error_logs;
DROP FUNCTION error_logs_set_moments;
DROP TABLE error_logs;
DROP TYPE error_status;
DROP FUNCTION error_fingerprint;
DROP FUNCTION folded_error_text;
DROP TABLE webhook_deliveries;
DROP TRIGGER events_not_truncated ON events;
DROP TRIGGER events_append_only ON events;
DROP TABLE events;
DROP TYPE event_category;
DROP FUNCTION revert_change;
DROP FUNCTION audit_log_reverts_what_is_untouched;
DROP FUNCTION audit_log_reverts_audited_tables;
DROP FUNCTION recorded_key;
DROP FUNCTION changes_undone;
DROP VIEW recent_activity;
DROP FUNCTION mark_dropped_seals;
DROP FUNCTION verify_audit_log;
DROP FUNCTION seal_audit_log;
DROP FUNCTION audit_seals_made_at_read_committed;
DROP FUNCTION audit_clock;
DROP FUNCTION has_audit_rows;
DROP FUNCTION audit_seal_hash;
DROP FUNCTION audit_content_hash;
DROP FUNCTION audit_row_hash;
DROP TRIGGER audit_seals_not_truncated ON audit_seals;
DROP TRIGGER audit_seals_append_only ON audit_seals;
DROP FUNCTION audit_seals_append_only;
DROP TABLE audit_seals;
DROP TYPE audit_fault;
DROP FUNCTION record_change;
DROP TRIGGER audit_log_not_truncated ON audit_log;
DROP TRIGGER audit_log_append_only ON audit_log;
DROP TABLE audit_log;
DROP DOMAIN audit_values;
DROP TYPE audit_action;
DROP FUNCTION search_snippet;
DROP FUNCTION likeness;
DROP FUNCTION trigrams;
DROP FUNCTION search_query;
DROP TYPE severity;
DROP FUNCTION normalised_repository;
DROP FUNCTION maintain_partitions;
DROP FUNCTION drop_month_partitions;
DROP FUNCTION make_months_of_strays;
DROP FUNCTION list_strays;
DROP FUNCTION list_month_partitions;
DROP FUNCTION make_month_partitions;
DROP FUNCTION make_month_partition;
DROP FUNCTION month_partition;
DROP FUNCTION partition_key;
DROP FUNCTION lock_partitions;
DROP FUNCTION refuse_truncate_of_partition;
DROP FUNCTION refuse_other_moves;
DROP FUNCTION refuse_rewriting;
DROP FUNCTION refuse;
DROP FUNCTION touch_updated_at;
DROP FUNCTION uuid_v7;
