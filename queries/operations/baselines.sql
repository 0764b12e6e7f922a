-- Baselines: how metrics usually are, and what is unusual.

-- name: compute_baseline(component, metric, starts_at, ends_at, labels)^
-- Compute how a metric was spread within a time, and keep it; again for the same time, anew.
-- With labels, of measurements that have them all. A baseline knows one level: where busy and quiet
-- hours alternate, hold busy ones against busy ones before. None when nothing was measured then.
-- param: component!, metric!
SELECT id, component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
    minimum, maximum, median_absolute_deviation, mean_absolute_deviation, computed_at
FROM compute_baselines(
    :starts_at, :ends_at, :component::text, :metric::text, coalesce(:labels::jsonb, '{}')
);

-- name: compute_baselines(starts_at, ends_at)
-- Compute how every metric was spread within a time, and keep it; again for the same time, anew.
SELECT id, component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
    minimum, maximum, median_absolute_deviation, mean_absolute_deviation, computed_at
FROM compute_baselines(:starts_at, :ends_at);

-- name: delete_baseline(baseline_id)!
-- Delete a baseline: one of a time that was unusual itself, say. 0 when there is no such baseline.
DELETE FROM baselines
WHERE id = :baseline_id;

-- name: get_latest_baseline(component, metric, labels)^
-- Get the baseline of a metric that ended last. None when there is none.
SELECT id, component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
    minimum, maximum, median_absolute_deviation, mean_absolute_deviation, computed_at
FROM baselines
WHERE component = :component AND metric = :metric AND labels = coalesce(:labels::jsonb, '{}')
ORDER BY ends_at DESC, starts_at
LIMIT 1;

-- name: list_baselines(component, metric, page_size, page_start)
-- List baselines by component and metric, the latest first; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing.
SELECT id, component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
    minimum, maximum, median_absolute_deviation, mean_absolute_deviation, computed_at
FROM baselines
WHERE (:component::text IS NULL OR component = :component)
    AND (:metric::text IS NULL OR metric = :metric)
ORDER BY component, metric, labels, ends_at DESC, starts_at
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: list_metric_anomalies(metric, since, until, component, labels, threshold, least_samples)
-- List the measurements of a time that are unusual, the earliest first.
-- Each is judged by the latest baseline that ended before it and has at least 30 samples, or
-- least_samples: by its robust z-score, which is unusual beyond 3.5, or threshold, on either side.
-- Without such a baseline nothing is unusual. The labels are those of the baseline.
SELECT scored.metric_id, scored.component, scored.recorded_at, scored.value, scored.score,
    scored.median, scored.baseline_id
FROM metric_scores(
    :metric, :since, :until, :component, coalesce(:labels::jsonb, '{}'),
    coalesce(:least_samples::integer, 30)
) AS scored
WHERE abs(scored.score) > coalesce(:threshold::double precision, 3.5)
ORDER BY scored.recorded_at, scored.metric_id;
