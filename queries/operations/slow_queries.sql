-- Slow queries.

-- name: list_slow_queries(page_size)
-- List the statements that take 100 ms or more on average, the slowest first.
-- page_size is the number of statements at most, 100 when None. Empty where pg_stat_statements is
-- not installed.
SELECT query_id, query, calls, total_time_ms, mean_time_ms, max_time_ms, row_count, hit_percent
FROM slow_queries
ORDER BY mean_time_ms DESC, query_id
LIMIT coalesce(:page_size::bigint, 100);
