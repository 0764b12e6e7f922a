-- The contexts of each task, counted by type.

BEGIN;
SELECT plan(2);

SELECT tests.some_tasks('A', 'B', 'C');
INSERT INTO task_contexts (task_id, type, created_at)
VALUES
    (tests.task('A'), 'error', '2020-02-02 UTC'), (tests.task('A'), 'error', '2020-02-04 UTC'),
    (tests.task('A'), 'error', '2020-02-03 UTC'), (tests.task('A'), 'note', '2020-02-05 UTC'),
    (tests.task('B'), 'note', '2020-02-06 UTC');

SELECT results_eq(
    $$SELECT task.ref::text, summary.type, summary.context_count, summary.first_created_at,
          summary.last_created_at
      FROM task_context_summary AS summary
      JOIN tasks AS task ON task.id = summary.task_id
      ORDER BY task.ref, summary.type$$,
    $$VALUES
        ('A', 'error', 3::bigint, '2020-02-02 UTC'::timestamptz, '2020-02-04 UTC'::timestamptz),
        ('A', 'note', 1, '2020-02-05 UTC', '2020-02-05 UTC'),
        ('B', 'note', 1, '2020-02-06 UTC', '2020-02-06 UTC')$$,
    'contexts are counted by task and type, with the first and the last'
);
SELECT is_empty(
    $$SELECT task_id FROM task_context_summary WHERE task_id = tests.task('C')$$,
    'a task without contexts is not in it'
);

SELECT * FROM finish();
ROLLBACK;
