-- Tasks counted by status.

BEGIN;
SELECT plan(3);

SELECT is_empty(
    $$SELECT status FROM task_status_summary$$, 'where there are no tasks, there is nothing'
);

SELECT tests.some_tasks('A', 'B', 'C', 'D', 'E');
SELECT tests.a_task(tests.a_list(tests.a_project('q')), 'Q');
UPDATE tasks SET complexity_score = 4, estimated_hours = 2, priority = 8 WHERE ref IN ('A', 'Q');
UPDATE tasks SET complexity_score = 8, actual_hours = 3 WHERE ref = 'B';
UPDATE tasks SET assignee = 'ada', assignee_type = 'person' WHERE ref = 'B';
SELECT complete_executions(ARRAY[tests.an_attempt('D')]);
UPDATE task_executions SET started_at = completed_at - interval '90 minutes';
SELECT delete_tasks(tests.task('E'));

SELECT results_eq(
    $$SELECT status::text, task_count, percentage, average_priority, average_complexity_score,
          estimated_hours, actual_hours, unassigned_count
      FROM task_status_summary ORDER BY task_count DESC$$,
    $$VALUES
        ('pending', 4::bigint, 80.00, 6.50, 5.33, 4.00, 3.00, 3::bigint),
        ('completed', 1, 20.00, 5.00, NULL, NULL, 1.5, 1)$$,
    'tasks of all projects that are not deleted are counted by status, with their work'
);
SELECT ok(
    bool_and(oldest_created_at <= latest_updated_at), 'with the oldest and the latest change'
)
FROM task_status_summary;

SELECT * FROM finish();
ROLLBACK;
