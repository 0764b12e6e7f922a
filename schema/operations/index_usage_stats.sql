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
