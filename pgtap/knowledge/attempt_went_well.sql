-- What the end of an attempt says of whatever was used in it.

BEGIN;
SELECT plan(1);

SELECT results_eq(
    $$SELECT status, attempt_went_well(status)
      FROM unnest(enum_range(NULL::task_execution_status)) AS status ORDER BY status$$,
    $$VALUES
        ('queued'::task_execution_status, NULL), ('running', NULL), ('completed', true),
        ('failed', false), ('timeout', false), ('cancelled', NULL)$$,
    'only an attempt that was completed or failed says something'
);

SELECT * FROM finish();
ROLLBACK;
