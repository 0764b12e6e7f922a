-- How each component was when somebody last looked.

BEGIN;
SELECT plan(3);

SELECT is_empty($$SELECT FROM component_latest_health$$, 'there is no component');

SELECT tests.a_component('never seen');
SELECT tests.a_component('seen');
SELECT tests.a_component('gone');
UPDATE components SET deleted_at = clock_timestamp() WHERE name = 'gone';
INSERT INTO health_checks (component_id, status, checked_at, response_time_ms)
SELECT component.id, look.status::health_status, look.checked_at::timestamptz, 12.5
FROM components AS component
CROSS JOIN (VALUES
    ('healthy', '2020-02-02 00:00+00'), ('degraded', '2026-03-03 00:00+00'),
    ('unhealthy', '2026-03-03 00:00+00')
) AS look (status, checked_at)
WHERE component.name IN ('seen', 'gone');
SELECT results_eq(
    $$SELECT component_name, component_type::text, status::text, response_time_ms, checked_at
      FROM component_latest_health ORDER BY component_name$$,
    $$VALUES
      ('never seen', 'manager', 'unknown', NULL::double precision, NULL::timestamptz),
      ('seen', 'manager', 'unhealthy', 12.5, '2026-03-03 00:00+00')$$,
    'of two looks at one moment the later one counts, and without any nothing is known'
);

-- One probe of the index for each component and month, however many looks there are.
INSERT INTO health_checks (component_id, status)
SELECT tests.component('seen'), 'healthy' FROM generate_series(1, 2000);
ANALYZE health_checks;
CREATE FUNCTION pg_temp.plan_of(_query text) RETURNS SETOF text
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ' || _query;
END
$$;
SET LOCAL enable_seqscan = off;
SELECT is(
    (
        SELECT max(substring(line FROM 'rows=(\d+)')::integer)
        FROM pg_temp.plan_of(
            $$SELECT status FROM component_latest_health WHERE component_name = 'seen'$$
        ) AS plan (line)
        WHERE line ~ 'health_checks'
    ),
    1, 'no more than one look of a month is read'
);

SELECT * FROM finish();
ROLLBACK;
