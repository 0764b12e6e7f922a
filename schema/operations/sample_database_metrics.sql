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
