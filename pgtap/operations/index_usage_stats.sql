-- How much each index is used.

BEGIN;
SELECT plan(3);

SELECT is(
    (SELECT count(*) FROM index_usage_stats WHERE indexname = 'tasks_ready_idx'), 1::bigint,
    'every index of the schema is there'
);
SELECT is(
    (SELECT count(*) FROM index_usage_stats WHERE schemaname <> current_schema()), 0::bigint,
    'indexes of other schemas are not'
);
SELECT is(
    (
        SELECT bool_and(
            usage_category = CASE
                WHEN idx_scan = 0 THEN 'UNUSED'
                WHEN idx_scan < 100 THEN 'LOW_USAGE'
                WHEN idx_scan < 10000 THEN 'MODERATE_USAGE'
                ELSE 'HIGH_USAGE'
            END
        )
        FROM index_usage_stats
    ),
    true, 'an index that was never scanned is unused'
);

SELECT * FROM finish();
ROLLBACK;
