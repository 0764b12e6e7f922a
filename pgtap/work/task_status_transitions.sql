-- The legal moves of a task between statuses. What the rows do to tasks is proven in
-- tasks_follow_status.sql.

BEGIN;
SELECT plan(9);

-- Keys

SELECT tests.violates(
    $$INSERT INTO task_status_transitions (from_status, to_status, meaning)
      VALUES ('pending', 'in_progress', 'work starts')$$,
    'task_status_transitions_pkey', 'a move is listed once'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO task_status_transitions (from_status, to_status, meaning)
      VALUES ('cancelled', 'deferred', 'reopened for later')$$,
    'a move may be added'
);
SELECT tests.violates(
    $$INSERT INTO task_status_transitions (from_status, to_status, meaning)
      VALUES ('pending', 'pending', 'stays')$$,
    'task_status_transitions_lead_elsewhere', 'a move leads to another status'
);

SELECT tests.accepts(
    $$UPDATE task_status_transitions SET meaning = 'x' WHERE from_status = 'cancelled'$$,
    'a meaning may have one character'
);
SELECT tests.accepts(
    $$UPDATE task_status_transitions SET meaning = repeat('x', 200)
      WHERE from_status = 'cancelled'$$,
    'a meaning may have 200 characters'
);
SELECT tests.violates(
    $$UPDATE task_status_transitions SET meaning = repeat('x', 201)
      WHERE from_status = 'cancelled'$$,
    'task_status_transitions_have_a_meaning', 'a meaning has no 201 characters'
);
SELECT tests.violates(
    $$UPDATE task_status_transitions SET meaning = E'\n' WHERE from_status = 'cancelled'$$,
    'task_status_transitions_have_a_meaning', 'a meaning is not blank'
);

-- Effects

SELECT tests.some_tasks('A');
SELECT tests.set_status('A', 'cancelled');
SELECT tests.accepts(
    $$SELECT tests.set_status('A', 'deferred')$$, 'a move that was added is legal at once'
);
DELETE FROM task_status_transitions WHERE from_status = 'deferred' AND to_status = 'pending';
SELECT tests.violates(
    $$SELECT tests.set_status('A', 'pending')$$,
    'tasks_status_follows_transitions', 'a move that was deleted is illegal at once'
);

SELECT * FROM finish();
ROLLBACK;
