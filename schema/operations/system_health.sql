-- How the system and each of its components is doing, by the latest of the metrics that tell it.
-- Whoever watches them records these under the names below.

CREATE VIEW system_health WITH (security_invoker = true) AS
SELECT
    watched.component,
    latest.cpu_percent,
    latest.memory_percent,
    latest.disk_percent,
    latest.latency_ms,
    latest.error_rate_percent,
    latest.throughput_per_second,
    latest.connections,
    latest.queue_size,
    latest.measured_at
FROM (
    SELECT 'system' AS component
    UNION SELECT 'database'
    UNION SELECT component.name FROM components AS component WHERE component.deleted_at IS NULL
) AS watched
CROSS JOIN LATERAL (
    SELECT
        max(newest.value) FILTER (WHERE measure.name = 'cpu_percent') AS cpu_percent,
        max(newest.value) FILTER (WHERE measure.name = 'memory_percent') AS memory_percent,
        max(newest.value) FILTER (WHERE measure.name = 'disk_percent') AS disk_percent,
        max(newest.value) FILTER (WHERE measure.name = 'latency_ms') AS latency_ms,
        max(newest.value) FILTER (WHERE measure.name = 'error_rate_percent') AS error_rate_percent,
        max(newest.value) FILTER (WHERE measure.name = 'throughput_per_second')
            AS throughput_per_second,
        max(newest.value) FILTER (WHERE measure.name = 'connections') AS connections,
        max(newest.value) FILTER (WHERE measure.name = 'queue_size') AS queue_size,
        max(newest.recorded_at) AS measured_at
    FROM unnest(ARRAY[
        'cpu_percent', 'memory_percent', 'disk_percent', 'latency_ms', 'error_rate_percent',
        'throughput_per_second', 'connections', 'queue_size'
    ]) AS measure (name)
    CROSS JOIN LATERAL (
        SELECT metric.value, metric.recorded_at
        FROM metrics AS metric
        WHERE metric.name = measure.name AND metric.component = watched.component
        ORDER BY metric.recorded_at DESC, metric.id DESC
        LIMIT 1
    ) AS newest
) AS latest
WHERE latest.measured_at IS NOT NULL;

COMMENT ON VIEW system_health IS
    'The system, its database and its components: the latest processor, memory, disk, latency, errors, throughput, connections and queue of each that was measured.';
COMMENT ON COLUMN system_health.component IS 'Name of the component; system for the whole.';
COMMENT ON COLUMN system_health.cpu_percent IS 'Processor in use, in percent: the metric of this name, as all below.';
COMMENT ON COLUMN system_health.measured_at IS 'When the newest of the values was measured.';
