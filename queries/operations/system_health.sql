-- How the system and each of its components is doing.

-- name: get_system_health(component)^
-- Get the latest measurements of a component; system is the whole. None when there are none.
SELECT component, cpu_percent, memory_percent, disk_percent, latency_ms, error_rate_percent,
    throughput_per_second, connections, queue_size, measured_at
FROM system_health
WHERE component = :component;

-- name: list_system_health()
-- List the latest measurements of the system and of each component, by name.
SELECT component, cpu_percent, memory_percent, disk_percent, latency_ms, error_rate_percent,
    throughput_per_second, connections, queue_size, measured_at
FROM system_health
ORDER BY component;
