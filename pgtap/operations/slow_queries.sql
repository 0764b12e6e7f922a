-- Slow queries, where pg_stat_statements is installed.

BEGIN;
SELECT plan(4);

SELECT is_empty(
    'SELECT query FROM slow_queries', 'nothing is listed where the extension is not installed'
);

CREATE EXTENSION pg_stat_statements WITH SCHEMA tests;
SELECT lives_ok(
    'SELECT query FROM slow_queries', 'the view works where the server has not loaded it'
);

-- In place of what the extension shows when it is loaded, rows of the same shape.
ALTER EXTENSION pg_stat_statements DROP VIEW tests.pg_stat_statements;
DROP VIEW tests.pg_stat_statements;
CREATE VIEW tests.pg_stat_statements AS
SELECT
    database.oid AS dbid, queryid, query, 10::bigint AS calls,
    10 * mean_exec_time AS total_exec_time, mean_exec_time, 2 * mean_exec_time AS max_exec_time,
    7::bigint AS rows, shared_blks_hit, 30::bigint - shared_blks_hit AS shared_blks_read
FROM pg_database AS database
CROSS JOIN (
    VALUES
        (1::bigint, 'quick', 99.9::double precision, 30::bigint),
        (2, 'slow', 100, 15), (3, 'slower', 5000, 0)
) AS seen (queryid, query, mean_exec_time, shared_blks_hit)
WHERE datname = current_database() OR (datname = 'template1' AND query = 'slower');

SELECT results_eq(
    'SELECT query, mean_time_ms, hit_percent FROM slow_queries ORDER BY mean_time_ms',
    $$VALUES
        ('slow', 100::double precision, 50::double precision), ('slower', 5000, 0)$$,
    'what takes 100 ms or more on average is listed, of this database'
);
SELECT results_eq(
    $$SELECT calls, total_time_ms, max_time_ms, row_count FROM slow_queries WHERE query = 'slow'$$,
    $$VALUES (10::bigint, 1000::double precision, 200::double precision, 7::bigint)$$,
    'with how often it ran, how long in all and at most, and what it gave'
);

SELECT * FROM finish();
ROLLBACK;
