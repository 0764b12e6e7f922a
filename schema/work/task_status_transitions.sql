-- One row is a legal move of a task from one status to another. The state machine is these rows: a
-- migration changes it with an INSERT or a DELETE, and no function is edited.

CREATE TYPE task_status AS ENUM (
    'pending', 'in_progress', 'blocked', 'review', 'validation',
    'completed', 'failed', 'cancelled', 'deferred'
);

COMMENT ON TYPE task_status IS
    'Where a task stands. blocked is a person''s hold; waiting for another task is open_blockers > 0.';

CREATE TABLE task_status_transitions (
    from_status task_status  NOT NULL,
    to_status   task_status  NOT NULL,
    meaning     text         NOT NULL,

    CONSTRAINT task_status_transitions_pkey PRIMARY KEY (from_status, to_status),
    CONSTRAINT task_status_transitions_lead_elsewhere CHECK (from_status <> to_status),
    CONSTRAINT task_status_transitions_have_a_meaning CHECK (meaning ~ '\S')
);

COMMENT ON TABLE task_status_transitions IS 'The legal moves of a task between statuses.';
COMMENT ON COLUMN task_status_transitions.meaning IS 'What the move says, in a few words.';

COMMENT ON CONSTRAINT task_status_transitions_lead_elsewhere ON task_status_transitions IS
    'A move leads to another status.';
COMMENT ON CONSTRAINT task_status_transitions_have_a_meaning ON task_status_transitions IS
    'A move says what it means.';

INSERT INTO task_status_transitions (from_status, to_status, meaning) VALUES
    ('pending',     'in_progress', 'work starts'),
    ('pending',     'blocked',     'a person holds it'),
    ('pending',     'review',      'done elsewhere, to be reviewed'),
    ('pending',     'completed',   'done elsewhere'),
    ('pending',     'cancelled',   'not wanted any more'),
    ('pending',     'deferred',    'put off'),
    ('in_progress', 'pending',     'given back, or to be tried again'),
    ('in_progress', 'blocked',     'a person holds it'),
    ('in_progress', 'review',      'work done, to be reviewed'),
    ('in_progress', 'validation',  'work done, to be validated'),
    ('in_progress', 'completed',   'work done'),
    ('in_progress', 'failed',      'the last attempt failed'),
    ('in_progress', 'cancelled',   'stopped'),
    ('in_progress', 'deferred',    'stopped and put off'),
    ('blocked',     'pending',     'the hold is lifted'),
    ('blocked',     'in_progress', 'the hold is lifted and work goes on'),
    ('blocked',     'cancelled',   'not wanted any more'),
    ('blocked',     'deferred',    'put off'),
    ('review',      'pending',     'sent back to the queue'),
    ('review',      'in_progress', 'sent back to work'),
    ('review',      'validation',  'reviewed, to be validated'),
    ('review',      'completed',   'accepted'),
    ('review',      'failed',      'rejected for good'),
    ('review',      'cancelled',   'not wanted any more'),
    ('validation',  'pending',     'sent back to the queue'),
    ('validation',  'in_progress', 'sent back to work'),
    ('validation',  'review',      'validated, to be reviewed'),
    ('validation',  'completed',   'passed'),
    ('validation',  'failed',      'did not pass'),
    ('validation',  'cancelled',   'not wanted any more'),
    ('deferred',    'pending',     'taken up again'),
    ('deferred',    'in_progress', 'taken up again at once'),
    ('deferred',    'cancelled',   'not wanted any more'),
    ('completed',   'pending',     'reopened'),
    ('completed',   'in_progress', 'reopened and worked on at once'),
    ('failed',      'pending',     'reopened'),
    ('failed',      'in_progress', 'reopened and worked on at once'),
    ('failed',      'cancelled',   'given up'),
    ('cancelled',   'pending',     'reopened');
