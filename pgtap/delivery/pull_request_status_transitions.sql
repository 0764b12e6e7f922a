-- The legal moves of a pull request between statuses.

BEGIN;
SELECT plan(13);

-- Keys

SELECT tests.violates(
    $$INSERT INTO pull_request_status_transitions (from_status, to_status, meaning)
      VALUES ('draft', 'open', 'ready')$$,
    'pull_request_status_transitions_pkey', 'a move is listed once'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO pull_request_status_transitions (from_status, to_status, meaning)
      VALUES ('draft', 'merged', 'm')$$,
    'a move may be added, with a meaning of one character'
);
SELECT tests.violates(
    $$INSERT INTO pull_request_status_transitions (from_status, to_status, meaning)
      VALUES ('open', 'open', 'stays')$$,
    'pull_request_status_transitions_lead_elsewhere', 'a move leads to another status'
);

SELECT tests.accepts(
    $$UPDATE pull_request_status_transitions SET meaning = repeat('m', 200)
      WHERE from_status = 'draft'$$,
    'a meaning may have 200 characters'
);
SELECT tests.violates(
    $$UPDATE pull_request_status_transitions SET meaning = repeat('m', 201)
      WHERE from_status = 'draft'$$,
    'pull_request_status_transitions_have_a_meaning', 'a meaning has no 201 characters'
);
SELECT tests.violates(
    $$UPDATE pull_request_status_transitions SET meaning = E'\n' WHERE from_status = 'draft'$$,
    'pull_request_status_transitions_have_a_meaning', 'a meaning is not blank'
);

-- What the moves are from the start

SELECT is_empty(
    $$SELECT to_status FROM pull_request_status_transitions WHERE from_status = 'merged'$$,
    'what is merged stays so'
);
SELECT is_empty(
    $$SELECT status FROM unnest(enum_range(NULL::pull_request_status)) AS status
      WHERE status <> 'merged' AND NOT EXISTS (
          SELECT FROM pull_request_status_transitions
          WHERE from_status = status AND to_status IN ('closed', 'open')
      )$$,
    'every other status leads on'
);
DELETE FROM pull_request_status_transitions WHERE from_status = 'draft' AND to_status = 'merged';
SELECT bag_eq(
    $$SELECT from_status::text FROM pull_request_status_transitions WHERE to_status = 'merged'$$,
    ARRAY['open', 'review_requested', 'approved'],
    'no draft is merged, nor what is closed or failed its validation'
);

-- Effects

SELECT tests.a_pull_request(1, 'closed');
INSERT INTO pull_request_status_transitions (from_status, to_status, meaning)
VALUES ('closed', 'approved', 'reopened as it was');
SELECT tests.accepts(
    $$UPDATE pull_requests SET status = 'approved'$$, 'a move that was added is legal at once'
);
DELETE FROM pull_request_status_transitions
WHERE from_status = 'approved' AND to_status = 'merged';
SELECT tests.violates(
    $$UPDATE pull_requests SET status = 'merged'$$,
    'pull_requests_status_follows_transitions', 'a move that was deleted is illegal at once'
);
SELECT is(
    tests.detail_of($$UPDATE pull_requests SET status = 'merged'$$),
    'From approved a pull request can go to draft, open, review_requested, closed, '
    'failed_validation.',
    'a refusal says where to go'
);
SELECT is(
    (
        SELECT new_values FROM audit_log
        WHERE entity_type = 'pull_request_status_transitions'
            AND entity_id = 'closed/approved' AND action = 'insert'
    ),
    '{"from_status": "closed", "to_status": "approved", "meaning": "reopened as it was"}',
    'a change of the moves is recorded'
);

SELECT * FROM finish();
ROLLBACK;
