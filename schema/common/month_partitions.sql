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
