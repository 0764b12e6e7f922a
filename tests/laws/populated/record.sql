-- Rows of record: some of each kind, so that every column is seen with what it may hold.

INSERT INTO events (
    occurred_at, type, category, severity, source, target, payload, correlation_id, trace_id,
    task_id, execution_id, workflow_id, project_id, agent
)
SELECT
    clock_timestamp() - n * interval '3 days', (ARRAY['build.ended', 'seen'])[1 + n % 2],
    (enum_range(NULL::event_category))[1 + n % 6], (enum_range(NULL::severity))[1 + n % 5],
    'ci', CASE WHEN n % 3 = 0 THEN 'planner' END, '{"a": null}',
    CASE WHEN n % 4 = 0 THEN 'c' || n % 8 END, CASE WHEN n % 5 = 0 THEN 't' || n END,
    CASE WHEN n % 2 = 0 THEN uuid_v7() END, CASE WHEN n % 3 = 1 THEN n END,
    CASE WHEN n % 6 = 0 THEN uuid_v7() END, CASE WHEN n % 7 > 0 THEN uuid_v7() END,
    CASE WHEN n % 2 = 1 THEN 'ada' END
FROM generate_series(1, 60) AS n;

INSERT INTO webhook_deliveries (source, delivery_id, receipt_count)
SELECT (ARRAY['github', 'linear'])[1 + n % 2], 'd' || n, 1 + n % 3 FROM generate_series(1, 20) AS n;

INSERT INTO error_logs (
    type, code, message, stack, context, task_id, workflow_id, user_id, session_id, severity,
    occurrence_count, status, resolution_notes
)
SELECT
    (ARRAY['KeyError', 'OSError', 'ECONNREFUSED'])[1 + n % 3], CASE WHEN n % 2 = 0 THEN 'E1' END,
    repeat('m', n), CASE WHEN n % 3 > 0 THEN 'in f' END, '{"a": null}',
    CASE WHEN n % 4 = 0 THEN uuid_v7() END, CASE WHEN n % 5 = 0 THEN uuid_v7() END,
    CASE WHEN n % 6 = 0 THEN 'ada' END, CASE WHEN n % 7 = 0 THEN 's1' END,
    (enum_range(NULL::severity))[1 + n % 5], n, (enum_range(NULL::error_status))[1 + n % 4],
    CASE WHEN n % 4 = 2 THEN 'mended' END
FROM generate_series(1, 40) AS n;

-- Changes of two months by transactions long ended, and their seals; the first month is dropped.
INSERT INTO audit_log (
    changed_at, transaction_id, entity_type, entity_id, action, old_values, new_values, agent,
    session_id, request_id, client_address
)
SELECT
    '2026-01-31 12:00+00'::timestamptz + n * interval '12 hours', 3, 'things', n::text,
    (enum_range(NULL::audit_action))[1 + n % 3], CASE WHEN n % 3 > 0 THEN '{"a": null}'::jsonb END,
    CASE WHEN n % 3 < 2 THEN '{"a": 1}'::jsonb END, CASE WHEN n % 2 = 0 THEN 'ada' END,
    CASE WHEN n % 4 = 0 THEN 's1' END, CASE WHEN n % 5 = 0 THEN 'r1' END,
    CASE WHEN n % 2 = 1 THEN '10.0.0.1'::inet END
FROM generate_series(0, 9) AS n;
SELECT count(*) FROM seal_audit_log(2);
SET LOCAL session_replication_role = replica;
DELETE FROM audit_log WHERE changed_at < '2026-02-01';
SET LOCAL session_replication_role = origin;
SELECT mark_dropped_seals('2026-01-01');
