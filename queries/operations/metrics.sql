-- Metrics: what was measured, as time series by name, component and labels.

-- name: get_latest_metric(name, component, labels)^
-- Get the latest measurement of a name; of one component, or of whichever when it is None.
-- With labels, one that has them all. None when there is none.
SELECT latest.id, latest.recorded_at, latest.component, latest.name, latest.value, latest.unit,
    latest.labels, latest.scope, latest.instrument
FROM metric_components(:name) AS known (component)
CROSS JOIN LATERAL (
    SELECT metric.id, metric.recorded_at, metric.component, metric.name, metric.value, metric.unit,
        metric.labels, metric.scope, metric.instrument
    FROM metrics AS metric
    WHERE metric.name = :name
        AND metric.component = known.component
        AND metric.labels @> coalesce(:labels::jsonb, '{}')
    ORDER BY metric.recorded_at DESC, metric.id DESC
    LIMIT 1
) AS latest
WHERE :component::text IS NULL OR known.component = :component
ORDER BY latest.recorded_at DESC, latest.id DESC
LIMIT 1;

-- name: get_metric_summary(name, component, labels, since, until)^
-- Get how the values of a name were spread: how many, their sum, mean, extremes and percentiles.
-- Percentiles are interpolated between neighbours. Without values all but the count is None. A
-- criterion that is None leaves out nothing; since is the first moment that counts, until the first
-- that does not.
SELECT
    count(*) AS sample_count,
    sum(value) AS total,
    avg(value) AS average,
    stddev_samp(value) AS standard_deviation,
    min(value) AS minimum,
    max(value) AS maximum,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY value) AS p95,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY value) AS p99
FROM metrics
WHERE name = :name
    AND (:component::text IS NULL OR component = :component)
    AND labels @> coalesce(:labels::jsonb, '{}')
    AND (:since::timestamptz IS NULL OR recorded_at >= :since)
    AND (:until::timestamptz IS NULL OR recorded_at < :until);

-- name: list_counter_rates(name, component, labels, bucket, since, until)
-- List how fast a counter rose, by component and labels, in intervals of time.
-- A counter that falls has started again from zero. Each rise counts where it was seen; the first
-- value since then tells no rate. A criterion that is None leaves out nothing.
SELECT
    step.component,
    step.labels,
    date_bin(:bucket::interval, step.recorded_at, '2000-01-01 00:00+00') AS bucket_at,
    sum(step.rise) AS rise,
    sum(step.rise) / nullif(sum(step.seconds), 0) AS rate_per_second
FROM (
    SELECT
        metric.component,
        metric.labels,
        metric.recorded_at,
        CASE
            WHEN metric.value >= lag(metric.value) OVER series
                THEN metric.value - lag(metric.value) OVER series
            ELSE metric.value
        END AS rise,
        extract(epoch FROM metric.recorded_at - lag(metric.recorded_at) OVER series)
            ::double precision AS seconds
    FROM metrics AS metric
    WHERE metric.name = :name
        AND metric.instrument = 'counter'
        AND (:component::text IS NULL OR metric.component = :component)
        AND metric.labels @> coalesce(:labels::jsonb, '{}')
        AND (:since::timestamptz IS NULL OR metric.recorded_at >= :since)
        AND (:until::timestamptz IS NULL OR metric.recorded_at < :until)
    WINDOW series AS (
        PARTITION BY metric.component, metric.labels ORDER BY metric.recorded_at, metric.id
    )
) AS step
WHERE step.seconds IS NOT NULL
GROUP BY step.component, step.labels, bucket_at
ORDER BY step.component, step.labels, bucket_at;

-- name: list_latest_metrics(name)
-- List the latest measurement of a name of each component, by component.
SELECT latest.id, latest.recorded_at, latest.component, latest.name, latest.value, latest.unit,
    latest.labels, latest.scope, latest.instrument
FROM metric_components(:name) AS known (component)
CROSS JOIN LATERAL (
    SELECT metric.id, metric.recorded_at, metric.component, metric.name, metric.value, metric.unit,
        metric.labels, metric.scope, metric.instrument
    FROM metrics AS metric
    WHERE metric.name = :name AND metric.component = known.component
    ORDER BY metric.recorded_at DESC, metric.id DESC
    LIMIT 1
) AS latest
ORDER BY latest.component;

-- name: list_metric_buckets(name, component, labels, bucket, since, until)
-- List how the values of a name were spread in each interval of time, the earliest first.
-- An interval without values is left out. A criterion that is None leaves out nothing; since is the
-- first moment that counts, until the first that does not.
SELECT
    date_bin(:bucket::interval, metric.recorded_at, '2000-01-01 00:00+00') AS bucket_at,
    count(*) AS sample_count,
    sum(metric.value) AS total,
    avg(metric.value) AS average,
    min(metric.value) AS minimum,
    max(metric.value) AS maximum,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY metric.value) AS median,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY metric.value) AS p95,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY metric.value) AS p99
FROM metrics AS metric
WHERE metric.name = :name
    AND (:component::text IS NULL OR metric.component = :component)
    AND metric.labels @> coalesce(:labels::jsonb, '{}')
    AND (:since::timestamptz IS NULL OR metric.recorded_at >= :since)
    AND (:until::timestamptz IS NULL OR metric.recorded_at < :until)
GROUP BY bucket_at
ORDER BY bucket_at;

-- name: list_metrics(name, component, labels, scope, since, until, page_size, page_start)
-- List measurements of a name, the latest first; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing; without a component, all values of the name in that
-- time are sorted. since is the first moment that counts, until the first that does not.
-- stream
SELECT id, recorded_at, component, name, value, unit, labels, scope, instrument
FROM metrics
WHERE name = :name
    AND (:component::text IS NULL OR component = :component)
    AND labels @> coalesce(:labels::jsonb, '{}')
    AND (:scope::metric_scope IS NULL OR scope = :scope)
    AND (:since::timestamptz IS NULL OR recorded_at >= :since)
    AND (:until::timestamptz IS NULL OR recorded_at < :until)
ORDER BY recorded_at DESC, id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: load_metrics(recorded_at, component, name, value, unit, labels, scope, instrument)*!
-- Record very many measurements by COPY, with all that is to be known of each.
-- copy
INSERT INTO metrics (recorded_at, component, name, value, unit, labels, scope, instrument)
VALUES (:recorded_at, :component, :name, :value, :unit, :labels, :scope, :instrument);

-- name: record_database_metrics()
-- Record what the database knows of itself as metrics of the component "database".
-- Call it at regular intervals: connections, pool_use_percent, sessions_waiting_for_locks,
-- longest_query_seconds, longest_transaction_seconds, database_age_transactions,
-- database_size_bytes; and the counters commits, rollbacks, deadlocks, blocks_read, blocks_hit.
SELECT name, value, unit
FROM sample_database_metrics();

-- name: record_metric(name, value, component, unit, labels, scope, instrument, recorded_at)^
-- Record a measurement; of the component system, a gauge of the system, and now, where None.
INSERT INTO metrics (name, value, component, unit, labels, scope, instrument, recorded_at)
VALUES (
    :name, :value, coalesce(:component, 'system'), :unit, coalesce(:labels::jsonb, '{}'),
    coalesce(:scope::metric_scope, 'system'),
    coalesce(:instrument::metric_instrument, 'gauge'),
    coalesce(:recorded_at::timestamptz, clock_timestamp())
)
RETURNING id, recorded_at, component, name, value, unit, labels, scope, instrument;

-- name: record_metrics(names, values, components, units, labels, scopes, instruments, recorded_at)
-- Record many measurements at once: the n-th of each list makes one.
-- One that is None is as in record_metric.
-- param: components[]?, labels[]?, scopes[]?, instruments[]?, recorded_at[]?
INSERT INTO metrics (name, value, component, unit, labels, scope, instrument, recorded_at)
SELECT new.name, new.value, coalesce(new.component, 'system'), new.unit,
    coalesce(new.labels, '{}'), coalesce(new.scope, 'system'), coalesce(new.instrument, 'gauge'),
    coalesce(new.recorded_at, clock_timestamp())
FROM unnest(
    :names::text[], :values::double precision[], :components::text[], :units::text[],
    :labels::jsonb[], :scopes::metric_scope[], :instruments::metric_instrument[],
    :recorded_at::timestamptz[]
) AS new (name, value, component, unit, labels, scope, instrument, recorded_at)
RETURNING id, recorded_at, name;
