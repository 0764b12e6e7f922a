-- The contexts of tasks under the names that users of earlier schemas know.

BEGIN;
SELECT plan(1);

SELECT tests.some_tasks('A');
INSERT INTO task_contexts (task_id, type, data, metadata, created_by)
VALUES (tests.task('A'), 'codebase', '{"files": ["a.py"]}', '{"by": "hand"}', 'ada');

SELECT results_eq(
    $$SELECT id, task_id, context_type, context_data, metadata, created_by, created_at, updated_at
      FROM contexts$$,
    $$SELECT id, tests.task('A'), 'codebase', '{"files": ["a.py"]}'::jsonb,
          '{"by": "hand"}'::jsonb, 'ada', created_at, created_at
      FROM task_contexts$$,
    'a context has its type and its data by other names'
);

SELECT * FROM finish();
ROLLBACK;
