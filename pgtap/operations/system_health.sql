-- How the system and each of its components is doing.

BEGIN;
SELECT plan(2);

SELECT is_empty($$SELECT FROM system_health$$, 'nothing was measured');

SELECT tests.a_component('mail');
SELECT tests.a_component('silent');
SELECT tests.a_series('cpu_percent', ARRAY[10, 30, 20]);
SELECT tests.a_series('queue_size', ARRAY[4], _starts_at => '2026-01-02 00:00+00');
SELECT tests.a_series('latency_ms', ARRAY[250, 125], _component => 'mail');
SELECT tests.a_series('other', ARRAY[1], _component => 'silent');
SELECT tests.a_series('connections', ARRAY[7], _component => 'database');
SELECT results_eq(
    $$SELECT component, cpu_percent, memory_percent, disk_percent, latency_ms, error_rate_percent,
          throughput_per_second, connections, queue_size, measured_at
      FROM system_health ORDER BY component$$,
    $$VALUES
      ('database', NULL::float8, NULL::float8, NULL::float8, NULL::float8, NULL::float8,
       NULL::float8, 7::float8, NULL::float8, '2026-01-01 00:00+00'::timestamptz),
      ('mail', NULL, NULL, NULL, 125, NULL, NULL, NULL, NULL, '2026-01-01 00:01+00'),
      ('system', 20, NULL, NULL, NULL, NULL, NULL, NULL, 4, '2026-01-02 00:00+00')$$,
    'the latest of each metric is told, of the system and of each component'
);

SELECT * FROM finish();
ROLLBACK;
