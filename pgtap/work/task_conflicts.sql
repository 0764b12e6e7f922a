-- Conflicts as each of their two tasks sees them.

BEGIN;
SELECT plan(2);

SELECT tests.some_tasks('A', 'B', 'C');
SELECT tests.conflicts_with('A', 'B');
SELECT tests.conflicts_with('C', 'A');
SELECT tests.a_dependency(tests.task('C'), tests.task('B'), 'relates_to');
CREATE TEMPORARY VIEW conflicts AS
SELECT task.ref::text AS ref, rival.ref::text AS rival, holder.ref::text AS holder
FROM task_conflicts AS conflict
JOIN tasks AS task ON task.id = conflict.task_id
JOIN tasks AS rival ON rival.id = conflict.rival_id
LEFT JOIN tasks AS holder ON holder.id = conflict.holder_id;

SELECT results_eq(
    $$SELECT ref, rival, holder FROM conflicts ORDER BY ref, rival$$,
    $$VALUES ('A', 'B', NULL), ('A', 'C', NULL), ('B', 'A', NULL), ('C', 'A', NULL)$$,
    'a conflict is told of both of its tasks, whichever way it was written'
);
SELECT tests.an_attempt('B');
SELECT results_eq(
    $$SELECT ref, rival, holder FROM conflicts ORDER BY ref, rival$$,
    $$VALUES ('A', 'B', 'B'), ('A', 'C', NULL), ('B', 'A', 'B'), ('C', 'A', NULL)$$,
    'both tasks see which of them is in progress'
);

SELECT * FROM finish();
ROLLBACK;
