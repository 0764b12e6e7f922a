-- Errors by type and severity.

BEGIN;
SELECT plan(2);

SELECT is_empty($$SELECT FROM error_summary$$, 'without errors there is nothing to sum up');
INSERT INTO error_logs (
    type, message, severity, status, occurrence_count, reopened_count, first_seen_at, last_seen_at
)
VALUES
    ('KeyError', 'a', 'error', 'open', 3, 0, '2026-01-01 UTC', '2026-01-05 UTC'),
    ('KeyError', 'b', 'error', 'acknowledged', 4, 1, '2026-01-02 UTC', '2026-01-03 UTC'),
    ('KeyError', 'c', 'error', 'resolved', 1, 2, '2026-01-02 UTC', '2026-01-03 UTC'),
    ('KeyError', 'd', 'error', 'ignored', 1, 0, '2026-01-02 UTC', '2026-01-03 UTC'),
    ('KeyError', 'e', 'warning', 'open', 1, 0, '2026-01-02 UTC', '2026-01-03 UTC');
SELECT results_eq(
    $$SELECT type, severity, error_count, occurrence_count, unresolved_count, resolved_count,
          ignored_count, reopened_count, first_seen_at, last_seen_at
      FROM error_summary ORDER BY severity DESC$$,
    $$VALUES
      ('KeyError', 'error'::severity, 4::bigint, 9::bigint, 2::bigint, 1::bigint, 1::bigint,
          3::bigint, '2026-01-01 UTC'::timestamptz, '2026-01-05 UTC'::timestamptz),
      ('KeyError', 'warning', 1, 1, 1, 0, 0, 0, '2026-01-02 UTC', '2026-01-03 UTC')$$,
    'errors of one type and severity are counted together'
);

SELECT * FROM finish();
ROLLBACK;
