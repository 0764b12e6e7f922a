-- Rows of operations: some of each kind, so that every column is seen with what it may hold.

INSERT INTO components (
    name, type, version, endpoint, health_check_url, configuration, capabilities, deleted_at
)
SELECT 'component ' || n, (enum_range(NULL::component_type))[1 + n % 6],
    CASE WHEN n % 2 = 0 THEN n || '.0' END, CASE WHEN n % 3 = 0 THEN 'grpc://host:' || n END,
    CASE WHEN n % 4 = 0 THEN 'https://host/' || n END, '{"a": null}', '["one"]',
    CASE WHEN n % 5 = 0 THEN clock_timestamp() END
FROM generate_series(1, 12) AS n;

INSERT INTO component_messages (
    target_component_id, source_component_id, type, payload, status, response, error_message,
    correlation_id, retry_count, not_before, expires_at, answer_until
)
SELECT target.id, source.id, (ARRAY['fix', 'note'])[1 + n % 2], '{"a": null}', known.status,
    CASE WHEN known.status = 'processed' AND n % 2 = 0 THEN '{}'::jsonb END,
    CASE WHEN known.status = 'failed' AND n % 2 = 0 THEN 'it broke' END,
    CASE WHEN n % 3 = 0 THEN 'p' || n END, n % 4,
    CASE WHEN n % 7 = 0 THEN clock_timestamp() - interval '1 hour' END,
    CASE WHEN n % 5 = 0 THEN clock_timestamp() + (n - 20) * interval '1 hour' END,
    CASE WHEN known.status IN ('sent', 'delivered') AND n % 2 = 0 THEN clock_timestamp() END
FROM generate_series(1, 40) AS n
CROSS JOIN unnest(enum_range(NULL::component_message_status)) AS known (status)
JOIN components AS target ON target.name = 'component ' || 1 + n % 12
LEFT JOIN components AS source ON source.name = 'component ' || n % 9;

INSERT INTO health_checks (component_id, status, checked_at, response_time_ms, details)
SELECT component.id, (enum_range(NULL::health_status))[1 + n % 4],
    clock_timestamp() - n * interval '1 hour', CASE WHEN n % 2 = 0 THEN n END, '{"a": null}'
FROM components AS component
CROSS JOIN generate_series(1, 9) AS n
WHERE component.name <> 'component 1';

INSERT INTO metrics (name, component, recorded_at, value, unit, labels, scope, instrument)
SELECT measure.name, measured.component, clock_timestamp() - n * interval '10 minutes',
    n % 7, CASE WHEN n % 2 = 0 THEN 'percent' END,
    CASE WHEN n % 3 = 0 THEN '{"a": "b"}' ELSE '{}' END::jsonb,
    (enum_range(NULL::metric_scope))[1 + n % 4],
    CASE WHEN measure.name = 'jobs' THEN 'counter' ELSE 'gauge' END::metric_instrument
FROM generate_series(1, 30) AS n
CROSS JOIN unnest(ARRAY['cpu_percent', 'queue_size', 'jobs', 'latency_ms']) AS measure (name)
CROSS JOIN unnest(ARRAY['system', 'component 2', 'component 3']) AS measured (component);

INSERT INTO baselines (
    component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
    minimum, maximum, median_absolute_deviation, mean_absolute_deviation
)
SELECT measured.component, measure.name, '{}', clock_timestamp() - interval '2 days',
    clock_timestamp() - interval '1 day', 50, 2, 2, 3, 4, 1, 5, 0, 0
FROM unnest(ARRAY['cpu_percent', 'queue_size']) AS measure (name)
CROSS JOIN unnest(ARRAY['system', 'component 2']) AS measured (component);

INSERT INTO alert_rules (
    name, description, kind, source, metric, component, labels, threshold, clear_threshold,
    severity, is_active, evaluated_at
)
SELECT 'rule ' || n, CASE WHEN n % 2 = 0 THEN 'what it says' END,
    CASE WHEN n = 1 THEN 'silence' ELSE 'value' END::alert_rule_kind,
    CASE WHEN n = 2 THEN 'health_checks' ELSE 'metrics' END::alert_source,
    CASE WHEN n <> 2 THEN (ARRAY['cpu_percent', 'queue_size'])[1 + n % 2] END,
    CASE WHEN n % 3 = 0 THEN 'component 2' END, '{}', CASE WHEN n = 2 THEN 0.5 ELSE n END,
    CASE WHEN n % 4 = 0 THEN 1 END, (enum_range(NULL::severity))[1 + n % 5], n % 5 <> 0,
    CASE WHEN n % 2 = 0 THEN clock_timestamp() - interval '1 hour' END
FROM generate_series(1, 10) AS n;

INSERT INTO alert_suppressions (rule_id, subject, reason, starts_at, ends_at)
SELECT CASE WHEN n % 2 = 0 THEN rule.id END, CASE WHEN n % 3 = 0 THEN 'system' END, 'works',
    clock_timestamp(), clock_timestamp() + n * interval '1 hour'
FROM generate_series(1, 6) AS n
JOIN alert_rules AS rule ON rule.name = 'rule ' || n;

INSERT INTO alerts (
    rule_id, subject, severity, threshold, actual, breached_at, sampled_at, status, note,
    suppressed_until, cleared_at
)
SELECT rule.id, 'subject ' || n, rule.severity, rule.threshold, n, clock_timestamp(),
    clock_timestamp(), (enum_range(NULL::alert_status))[1 + n % 4],
    CASE WHEN n % 5 = 0 THEN 'fix' END,
    CASE WHEN n % 4 = 2 AND n % 8 = 2 THEN clock_timestamp() + interval '1 hour' END,
    CASE WHEN n % 4 = 3 AND n % 8 = 3 THEN clock_timestamp() END
FROM alert_rules AS rule
CROSS JOIN generate_series(1, 12) AS n
WHERE rule.name IN ('rule 3', 'rule 4', 'rule 5');

INSERT INTO import_runs (project_id, source, source_sha256, status, report, started_at)
SELECT project.id, 'tasks.json', repeat('0f', 32),
    CASE WHEN n = 1 THEN 'completed' ELSE 'partial' END::import_status, '{"tasks": {}}',
    clock_timestamp() - n * interval '1 minute'
FROM projects AS project, generate_series(1, 3) AS n;
INSERT INTO import_findings (
    import_run_id, severity, code, list_name, ref, pointer, line, message, detail, resolved_at,
    resolved_by, resolution
)
SELECT run.id, (enum_range(NULL::import_finding_severity))[1 + n % 3], 'title_cut',
    CASE WHEN n % 2 = 0 THEN 'master' END, CASE WHEN n % 2 = 0 THEN 'r1' END, '/tasks/' || n, n,
    'the title is long', '{"a": null}', CASE WHEN n % 3 = 0 THEN clock_timestamp() END,
    CASE WHEN n % 3 = 0 AND n % 2 = 0 THEN 'ada' END, CASE WHEN n % 3 = 0 THEN 'mended' END
FROM import_runs AS run, generate_series(1, 9) AS n;

INSERT INTO migration_history (version, name, sha256, direction, duration) VALUES
    ('1', 'one', NULL, 'up', NULL), ('2', 'two', repeat('0f', 32), 'up', '1 second'),
    ('2', 'two', repeat('0f', 32), 'down', '1 second');
INSERT INTO legal_holds (project_id, reason, ordered_by, ordered_at, released_at, released_by)
SELECT id, 'a case', 'ada', '2026-01-01', CASE WHEN slug = 'two' THEN '2026-02-01'::timestamptz END,
    CASE WHEN slug = 'two' THEN 'bob' END
FROM projects WHERE slug <> 'three';
SELECT refresh_analytics();
