-- Tasks: the working row. What follows a change of status is proven in tasks_follow_status.sql.

BEGIN;
SELECT plan(137);

SELECT tests.some_tasks('A', 'B', 'C');

-- Rules of single columns, at their first and last value

SELECT tests.accepts(
    format('UPDATE tasks SET %I = %s WHERE ref = %L', name, value, 'B'),
    format('%s may be %s', name, value)
)
FROM (
    VALUES
        ('title', $$'t'$$), ('title', $$repeat('ü', 500)$$),
        ('type', $$'x'$$), ('type', $$'ui_2'$$), ('type', $$repeat('x', 63)$$),
        ('priority', '0'), ('priority', '10'),
        ('max_attempts', '1'), ('max_attempts', '1000'),
        ('complexity_score', '1'), ('complexity_score', '10'), ('complexity_score', 'NULL'),
        ('estimated_hours', '0'), ('estimated_hours', '0.25'), ('estimated_hours', 'NULL'),
        ('actual_hours', '0'), ('actual_hours', '999999.99'),
        ('created_by', $$'n'$$), ('created_by', $$repeat('n', 200)$$),
        ('idempotency_key', $$'k'$$), ('idempotency_key', $$repeat('k', 200)$$),
        ('status_reason', $$'r'$$), ('status_reason', $$repeat('r', 10000)$$),
        ('capabilities', $$'{c++,c#,.net,node.js,type-3}'$$),
        ('capabilities', $$array_fill(repeat('w', 63), ARRAY[20])$$)
) AS example (name, value);
SELECT tests.violates(
    format('UPDATE tasks SET %I = %s WHERE ref = %L', name, value, 'B'),
    rule, format('%s is never %s', name, value)
)
FROM (
    VALUES
        ('title', $$''$$, 'task_title_has_1_to_500_characters'),
        ('title', $$E' \t\n'$$, 'task_title_has_1_to_500_characters'),
        ('title', $$repeat('t', 501)$$, 'task_title_has_1_to_500_characters'),
        ('type', $$''$$, 'task_type_is_identifier'),
        ('type', $$'Feature'$$, 'task_type_is_identifier'),
        ('type', $$'2d'$$, 'task_type_is_identifier'),
        ('type', $$'bug-fix'$$, 'task_type_is_identifier'),
        ('type', $$repeat('x', 64)$$, 'task_type_is_identifier'),
        ('priority', '-1', 'task_priority_in_range'),
        ('priority', '11', 'task_priority_in_range'),
        ('max_attempts', '0', 'task_max_attempts_in_range'),
        ('max_attempts', '1001', 'task_max_attempts_in_range'),
        ('complexity_score', '0', 'task_complexity_score_in_range'),
        ('complexity_score', '11', 'task_complexity_score_in_range'),
        ('estimated_hours', '-0.01', 'task_hours_not_negative'),
        ('actual_hours', '-0.01', 'task_hours_not_negative'),
        ('actual_hours', $$'NaN'$$, 'task_hours_not_negative'),
        ('created_by', $$' '$$, 'task_person_has_1_to_200_characters'),
        ('created_by', $$repeat('n', 201)$$, 'task_person_has_1_to_200_characters'),
        ('idempotency_key', $$' '$$, 'task_idempotency_key_has_1_to_200_characters'),
        ('idempotency_key', $$repeat('k', 201)$$, 'task_idempotency_key_has_1_to_200_characters'),
        ('status_reason', $$' '$$, 'task_status_reason_has_1_to_10000_characters'),
        ('status_reason', $$repeat('r', 10001)$$, 'task_status_reason_has_1_to_10000_characters'),
        ('capabilities', $$'{}'$$, 'task_capabilities_are_1_to_20_words'),
        ('capabilities', $$'{a,NULL}'$$, 'task_capabilities_are_1_to_20_words'),
        ('capabilities', $$'{Python}'$$, 'task_capabilities_are_1_to_20_words'),
        ('capabilities', $$'{two words}'$$, 'task_capabilities_are_1_to_20_words'),
        ('capabilities', $$'{""}'$$, 'task_capabilities_are_1_to_20_words'),
        ('capabilities', $$ARRAY[repeat('w', 64)]$$, 'task_capabilities_are_1_to_20_words'),
        ('capabilities', $$array_fill('w'::text, ARRAY[21])$$,
            'task_capabilities_are_1_to_20_words')
) AS example (name, value, rule);
UPDATE tasks SET title = 'Renamed' WHERE ref = 'B';
SELECT tests.accepts(
    format('UPDATE tasks SET ref = %s WHERE title = %L', value, 'Renamed'),
    format('a ref may be %s', value)
)
FROM (VALUES ($$repeat('ü', 200)$$), ($$'1.2.3'$$), ($$'B'$$)) AS example (value);
SELECT tests.violates(
    format('UPDATE tasks SET ref = %s WHERE title = %L', value, 'Renamed'),
    'task_ref_has_1_to_200_characters', format('a ref is never %s', value)
)
FROM (VALUES ($$''$$), ($$' '$$), ($$repeat('r', 201)$$)) AS example (value);

-- Keys and defaults

INSERT INTO tasks (project_id, task_list_id, title)
SELECT project_id, id, 'Numbered' FROM task_lists;
SELECT results_eq(
    $$SELECT ref ~ '^T-\d+$', type::text, priority::integer, max_attempts::integer, status::text
      FROM tasks WHERE title = 'Numbered'$$,
    $$VALUES (true, 'general', 5, 3, 'pending')$$,
    'a new task is pending, of priority 5, tried 3 times, and numbered when it has no ref'
);
DELETE FROM tasks WHERE title = 'Numbered';
SELECT tests.violates(
    $$INSERT INTO tasks (id, project_id, task_list_id, title)
      SELECT id, project_id, task_list_id, 'Copy' FROM tasks WHERE ref = 'A'$$,
    'tasks_pkey', 'two tasks never share an id'
);

SELECT tests.violates(
    $$INSERT INTO tasks (project_id, task_list_id, title)
      SELECT tests.a_project('q'), id, 'Stray' FROM task_lists$$,
    'tasks_task_list_id_project_id_fkey', 'a task is in a list of its own project'
);
SELECT tests.violates(
    $$SELECT tests.a_task(tests.a_list(tests.project(), 'next'), _parent_id => gen_random_uuid())$$,
    'tasks_parent_id_fkey', 'a parent is a task that exists'
);

SELECT tests.violates(
    $$SELECT tests.some_tasks('A')$$,
    'tasks_task_list_id_ref_key', 'two tasks of one list never share a ref'
);
SELECT tests.accepts(
    $$SELECT tests.a_task(tests.a_list(tests.project(), 'other'), 'D'),
             tests.a_task(tests.a_list(tests.a_project('q')), 'E')$$,
    'there are lists to choose from'
);
SELECT tests.accepts(
    $$UPDATE tasks SET ref = 'A' WHERE ref IN ('D', 'E')$$,
    'tasks of two lists may share a ref'
);
UPDATE tasks SET ref = 'D' FROM task_lists AS list
WHERE list.id = task_list_id AND list.name = 'other';
UPDATE tasks SET ref = 'E' WHERE project_id = tests.project('q');

UPDATE tasks SET idempotency_key = 'k' WHERE ref = 'A';
SELECT tests.violates(
    $$UPDATE tasks SET idempotency_key = 'k' WHERE ref = 'D'$$,
    'tasks_created_once_per_idempotency_key', 'one idempotency key creates one task of a project'
);
SELECT tests.accepts(
    $$UPDATE tasks SET idempotency_key = 'k' WHERE ref = 'E'$$,
    'two projects may use one idempotency key'
);
UPDATE tasks SET idempotency_key = NULL WHERE ref = 'E';

-- What the database keeps, when a task is created

INSERT INTO tasks (
    project_id, task_list_id, ref, title, status, open_blockers, conflicts, attempts,
    failed_attempts, moves, assigned_at, started_at, completed_at
)
SELECT
    project_id, id, status, 'New', status::task_status, 7, 7, 7, 7, 7,
    '2020-02-02 UTC', '2020-02-02 UTC', '2020-02-03 UTC'
FROM task_lists
CROSS JOIN unnest(enum_range(NULL::task_status)::text[]) AS status
WHERE name = 'master' AND project_id = tests.project();
SELECT results_eq(
    $$SELECT DISTINCT open_blockers, conflicts, attempts, failed_attempts, moves, assigned_at
      FROM tasks WHERE title = 'New'$$,
    $$VALUES (0, 0, 0, 0, 0, NULL::timestamptz)$$,
    'a new task has no blockers, conflicts, attempts or assignee, whatever was filled in'
);
SELECT results_eq(
    $$SELECT ref::text, started_at = '2020-02-02 UTC', completed_at = '2020-02-03 UTC'
      FROM tasks WHERE title = 'New' ORDER BY status$$,
    $$VALUES
        ('pending', NULL::boolean, NULL::boolean), ('in_progress', true, NULL),
        ('blocked', NULL, NULL),
        ('review', true, NULL), ('validation', true, NULL), ('completed', true, true),
        ('failed', NULL, NULL), ('cancelled', NULL, NULL), ('deferred', NULL, NULL)$$,
    'a new task keeps the moments that are filled in where its status has them, and has no others'
);
INSERT INTO tasks (project_id, task_list_id, ref, title, status, completed_at)
SELECT project_id, task_list_id, 'N', 'New', 'completed', '2020-02-03 UTC' FROM tasks
WHERE ref = 'A';
SELECT is(
    started_at, '2020-02-03 UTC',
    'a completed task that comes without started_at was started when it was completed'
)
FROM tasks WHERE ref = 'N';
DELETE FROM tasks WHERE title = 'New';
SELECT tests.a_task((SELECT task_list_id FROM tasks WHERE ref = 'A'), 'N', 'completed');
SELECT ok(
    started_at <= completed_at AND clock_timestamp() - started_at < '1 minute',
    'a task that is created completed was started and completed now'
)
FROM tasks WHERE ref = 'N';
DELETE FROM tasks WHERE ref = 'N';
SELECT is_empty($$SELECT * FROM check_invariants()$$, 'all is sound after any creation');

-- What the database keeps, when a task changes

UPDATE tasks
SET open_blockers = 7, conflicts = 7, attempts = 7, failed_attempts = 7,
    assigned_at = '2020-02-02 UTC', started_at = '2020-02-02 UTC', completed_at = '2020-02-02 UTC',
    updated_at = '2020-02-02 UTC'
WHERE ref = 'A';
SELECT results_eq(
    $$SELECT open_blockers, conflicts, attempts, failed_attempts, assigned_at, started_at,
          completed_at
      FROM tasks WHERE ref = 'A'$$,
    $$VALUES (0, 0, 0, 0, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz)$$,
    'nobody sets the counts and moments of a task'
);
SELECT ok(
    clock_timestamp() - updated_at < '1 minute', 'every update of a task sets updated_at'
)
FROM tasks WHERE ref = 'A';

UPDATE tasks SET moves = moves + 3 WHERE ref = 'A';
UPDATE tasks SET moves = 2, open_blockers = 7 WHERE ref = 'A';
SELECT results_eq(
    $$SELECT moves, open_blockers FROM tasks WHERE ref = 'A'$$, $$VALUES (3, 0)$$,
    'a program that writes back a whole row does not write back its counts'
);
SELECT tests.violates(
    $$UPDATE tasks SET moves = 2, status = 'failed' WHERE ref = 'A'$$,
    'tasks_status_follows_transitions', 'nor does it get round the rules'
);

CREATE TEMPORARY TABLE moments AS
    SELECT NULL::timestamptz AS started_at, NULL::timestamptz AS completed_at;
SELECT tests.set_status('A', 'in_progress');
UPDATE moments SET started_at = tasks.started_at FROM tasks WHERE ref = 'A';
SELECT ok(
    clock_timestamp() - started_at < '1 minute' AND completed_at IS NULL,
    'work that starts sets started_at'
)
FROM tasks WHERE ref = 'A';
SELECT tests.set_status('A', 'review'), tests.set_status('A', 'in_progress');
SELECT is(
    task.started_at, moments.started_at, 'started_at tells when work first started'
)
FROM tasks AS task, moments WHERE task.ref = 'A';
SELECT tests.set_status('A', 'completed');
SELECT ok(
    task.started_at = moments.started_at AND task.completed_at > moments.started_at,
    'a completion sets completed_at'
)
FROM tasks AS task, moments WHERE task.ref = 'A';
SELECT tests.set_status('A', 'pending');
SELECT ok(
    task.started_at = moments.started_at AND task.completed_at IS NULL,
    'a reopened task has no completed_at, and keeps started_at'
)
FROM tasks AS task, moments WHERE task.ref = 'A';
SELECT tests.set_status('B', 'completed');
SELECT ok(
    started_at IS NULL AND clock_timestamp() - completed_at < '1 minute',
    'a task that was done elsewhere has no started_at'
)
FROM tasks WHERE ref = 'B';
SELECT tests.set_status('B', 'pending');

UPDATE tasks SET status = 'deferred', status_reason = 'after the release' WHERE ref = 'B';
SELECT is(status_reason::text, 'after the release', 'a move keeps the reason that comes with it')
FROM tasks WHERE ref = 'B';
UPDATE tasks SET title = 'Other words' WHERE ref = 'B';
SELECT is(status_reason::text, 'after the release', 'a reason stays as long as the status')
FROM tasks WHERE ref = 'B';
UPDATE tasks SET status = 'pending' WHERE ref = 'B';
SELECT is(status_reason::text, NULL, 'a move without a reason drops the one before')
FROM tasks WHERE ref = 'B';

UPDATE tasks SET assignee = 'Ada', assignee_type = 'person' WHERE ref = 'A';
CREATE TEMPORARY TABLE assigned AS SELECT assigned_at FROM tasks WHERE ref = 'A';
SELECT ok(
    clock_timestamp() - assigned_at < '1 minute', 'an assignment sets assigned_at'
)
FROM assigned;
UPDATE tasks SET title = 'Other words' WHERE ref = 'A';
SELECT is(task.assigned_at, assigned.assigned_at, 'assigned_at stays as long as the assignee')
FROM tasks AS task, assigned WHERE task.ref = 'A';
UPDATE tasks SET assignee = 'Grace' WHERE ref = 'A';
SELECT ok(task.assigned_at > assigned.assigned_at, 'another assignee sets assigned_at anew')
FROM tasks AS task, assigned WHERE task.ref = 'A';
UPDATE tasks SET assignee = NULL, assignee_type = NULL WHERE ref = 'A';
SELECT is(
    assigned_at, NULL, 'a task without an assignee has no assigned_at'
)
FROM tasks WHERE ref = 'A';
INSERT INTO tasks (project_id, task_list_id, ref, title, assignee, assignee_type)
SELECT project_id, task_list_id, 'N', 'New', 'Ada', 'person' FROM tasks WHERE ref = 'A';
SELECT ok(clock_timestamp() - assigned_at < '1 minute', 'a task may come with its assignee')
FROM tasks WHERE ref = 'N';
DELETE FROM tasks WHERE ref = 'N';

-- Rules that triggers enforce

SELECT tests.accepts(
    format('UPDATE tasks SET assignee = %L, assignee_type = %L WHERE ref = %L', 'any', type, 'A'),
    format('a task may be assigned to a %s', type)
)
FROM unnest(enum_range(NULL::assignee_type)) AS type;
SELECT tests.violates(
    $$UPDATE tasks SET assignee_type = NULL WHERE ref = 'A'$$,
    'tasks_assignee_has_a_type', 'an assignee has a type'
);
SELECT tests.violates(
    $$UPDATE tasks SET assignee = NULL WHERE ref = 'A'$$,
    'tasks_assignee_has_a_type', 'a type has an assignee'
);
SELECT tests.violates(
    $$INSERT INTO tasks (project_id, task_list_id, title, assignee)
      SELECT project_id, task_list_id, 'New', 'Ada' FROM tasks WHERE ref = 'A'$$,
    'tasks_assignee_has_a_type', 'an assignee has a type from the start'
);
SELECT tests.violates(
    $$UPDATE tasks SET assignee = ' ' WHERE ref = 'A'$$,
    'task_person_has_1_to_200_characters', 'an assignee is not blank'
);

SELECT tests.violates(
    $$UPDATE tasks SET (project_id, task_list_id) = (
          SELECT project_id, task_list_id FROM tasks WHERE ref = 'E'
      ) WHERE ref = 'A'$$,
    'tasks_stay_in_their_project', 'a task stays in its project'
);
SELECT tests.accepts(
    $$UPDATE tasks SET task_list_id = (SELECT task_list_id FROM tasks WHERE ref = 'D')
      WHERE ref = 'C'$$,
    'a task may move to another list of its project'
);

SELECT tests.accepts(
    $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'B'$$,
    'a parent may be of the same list'
);
SELECT tests.violates(
    $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'C'$$,
    'tasks_parent_is_in_the_same_list', 'a parent is never of another list'
);
SELECT tests.violates(
    $$SELECT tests.a_task(task_list_id, 'N', _parent_id => tests.task('A')) FROM tasks
      WHERE ref = 'C'$$,
    'tasks_parent_is_in_the_same_list', 'a new subtask is never of another list'
);
SELECT tests.violates(
    $$UPDATE tasks SET parent_id = tests.task('E') WHERE ref = 'A'$$,
    'tasks_parent_is_in_the_same_list', 'a parent is never of another project'
);
SELECT tests.violates(
    $$UPDATE tasks SET task_list_id = (SELECT task_list_id FROM tasks WHERE ref = 'D')
      WHERE ref = 'A'$$,
    'tasks_parent_is_in_the_same_list', 'a parent does not leave its subtasks behind'
);
SELECT tests.violates(
    $$UPDATE tasks SET task_list_id = (SELECT task_list_id FROM tasks WHERE ref = 'D')
      WHERE ref = 'B'$$,
    'tasks_parent_is_in_the_same_list', 'a subtask does not leave its parent'
);
SELECT tests.accepts(
    $$UPDATE tasks SET task_list_id = (SELECT task_list_id FROM tasks WHERE ref = 'D')
      WHERE ref IN ('A', 'B')$$,
    'a parent and its subtasks may move together'
);

SELECT tests.accepts(
    $$UPDATE tasks SET parent_id = tests.task('B') WHERE ref = 'C'$$,
    'subtasks may have subtasks'
);
SELECT tests.violates(
    $$UPDATE tasks SET parent_id = id WHERE ref = 'A'$$,
    'tasks_parents_acyclic', 'a task is not its own parent'
);
SELECT tests.violates(
    $$INSERT INTO tasks (id, parent_id, project_id, task_list_id, title)
      SELECT new.id, new.id, project_id, task_list_id, 'Circle'
      FROM tasks CROSS JOIN (SELECT gen_random_uuid()) AS new (id) WHERE ref = 'A'$$,
    'tasks_parents_acyclic', 'a new task is not its own parent'
);
SELECT tests.violates(
    $$UPDATE tasks SET parent_id = tests.task('C') WHERE ref = 'A'$$,
    'tasks_parents_acyclic', 'a task is not under its own subtask'
);
SELECT is(
    tests.detail_of($$UPDATE tasks SET parent_id = tests.task('C') WHERE ref = 'A'$$),
    'Parents: A -> C -> B -> A', 'the refusal names every task of the circle'
);
SELECT tests.accepts(
    $$UPDATE tasks SET parent_id = tests.task('A') WHERE ref = 'C'$$,
    'a subtask may move up under the parent of its parent'
);

UPDATE tasks SET parent_id = NULL WHERE ref IN ('B', 'C');
SELECT tests.accepts(
    $$UPDATE tasks SET deleted_at = now(), status = 'cancelled' WHERE ref = 'C'$$,
    'a task may be cancelled and deleted at once'
);
SELECT tests.violates(
    $$UPDATE tasks SET deleted_at = now() WHERE ref = 'B'$$,
    'tasks_deleted_are_closed', 'an open task is not deleted'
);
SELECT tests.violates(
    $$SELECT tests.set_status('C', 'pending')$$,
    'tasks_deleted_are_closed', 'a deleted task is not reopened'
);
SELECT tests.violates(
    $$INSERT INTO tasks (project_id, task_list_id, title, deleted_at)
      SELECT project_id, task_list_id, 'New', now() FROM tasks WHERE ref = 'A'$$,
    'tasks_deleted_are_closed', 'a new task is not deleted while it is open'
);
SELECT tests.violates(
    $$SELECT tests.a_task(task_list_id, 'C') FROM tasks WHERE ref = 'C'$$,
    'tasks_task_list_id_ref_key', 'a deleted task keeps its ref'
);
SELECT tests.violates(
    $$UPDATE tasks SET parent_id = tests.task('C') WHERE ref = 'B'$$,
    'tasks_deleted_with_their_subtasks', 'no task is put under a deleted one'
);
SELECT tests.violates(
    $$SELECT tests.a_task(task_list_id, 'N', _parent_id => id) FROM tasks WHERE ref = 'C'$$,
    'tasks_deleted_with_their_subtasks', 'no task is created under a deleted one'
);
SELECT tests.accepts(
    $$UPDATE tasks SET deleted_at = NULL WHERE ref = 'C'$$, 'a deleted task may be brought back'
);
SELECT tests.set_status('C', 'pending');
UPDATE tasks SET parent_id = tests.task('B') WHERE ref = 'C';
SELECT tests.violates(
    $$UPDATE tasks SET deleted_at = now(), status = 'cancelled' WHERE ref = 'B'$$,
    'tasks_deleted_with_their_subtasks', 'no task is deleted without those under it'
);
SELECT tests.accepts(
    $$UPDATE tasks SET deleted_at = now(), status = 'cancelled' WHERE ref IN ('B', 'C')$$,
    'a task may be deleted with those under it'
);
SELECT tests.violates(
    $$UPDATE tasks SET deleted_at = NULL WHERE ref = 'C'$$,
    'tasks_deleted_with_their_subtasks', 'no task is brought back under a deleted one'
);
SELECT tests.accepts(
    $$UPDATE tasks SET deleted_at = NULL WHERE ref IN ('B', 'C')$$,
    'a task may be brought back with the one above it'
);
UPDATE tasks SET parent_id = tests.task('A') WHERE ref IN ('B', 'C');

-- The end of a task

SELECT tests.accepts($$DELETE FROM tasks WHERE ref = 'A'$$, 'a task without dependants is deleted');
SELECT is(tests.statuses(), 'D pending, E pending', 'subtasks end with their parent');
SELECT is(
    is_closed(status), closed,
    format('a task that is %s %s', status, CASE WHEN closed THEN 'has ended' ELSE 'is open' END)
)
FROM (
    VALUES
        ('pending'::task_status, false), ('in_progress', false), ('blocked', false),
        ('review', false),
        ('validation', false), ('completed', true), ('failed', true), ('cancelled', true),
        ('deferred', false)
) AS example (status, closed);

SELECT * FROM finish();
ROLLBACK;
