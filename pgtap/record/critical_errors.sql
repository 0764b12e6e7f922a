-- Errors that somebody has to see to at once.

BEGIN;
SELECT plan(2);

INSERT INTO error_logs (type, message, severity, status)
SELECT format('%s %s', severity, status), '', severity, status
FROM unnest(enum_range(NULL::severity)) AS severity,
    unnest(enum_range(NULL::error_status)) AS status;
SELECT set_eq(
    $$SELECT type FROM critical_errors$$, ARRAY['critical open', 'critical acknowledged'],
    'what is critical is seen to when it is resolved or ignored'
);
SELECT is(
    (SELECT count(*) FROM critical_errors WHERE occurrence_count = 1), 2::bigint,
    'each is there with its count'
);

SELECT * FROM finish();
ROLLBACK;
