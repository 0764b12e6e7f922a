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
