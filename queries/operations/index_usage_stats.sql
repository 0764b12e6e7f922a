-- How much indexes are used.

-- name: list_index_usage(usage_category)
-- List the indexes, the largest first; of one category (UNUSED, LOW_USAGE, ...), or all when None.
SELECT tablename, indexname, idx_scan, idx_tup_read, idx_tup_fetch, index_size_bytes, is_unique,
    usage_category
FROM index_usage_stats
WHERE :usage_category::text IS NULL OR usage_category = :usage_category
ORDER BY index_size_bytes DESC, tablename, indexname;
