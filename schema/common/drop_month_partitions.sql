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
