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
    CONSTRAINT task_status_transitions_have_a_meaning
        CHECK (meaning ~ '\S' AND length(meaning) <= 200)
);

COMMENT ON TABLE task_status_transitions IS 'The legal moves of a task between statuses.';
COMMENT ON COLUMN task_status_transitions.meaning IS 'What the move says, in a few words.';

COMMENT ON CONSTRAINT task_status_transitions_lead_elsewhere ON task_status_transitions IS
    'A move leads to another status.';
COMMENT ON CONSTRAINT task_status_transitions_have_a_meaning ON task_status_transitions IS
    'A move says what it means, in 1 to 200 characters that are not blank.';

\ir ../../seeds/work/task_status_transitions.sql

CREATE TRIGGER task_status_transitions_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_status_transitions
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'task_status_transitions', 'from_status to_status'
    );

COMMENT ON TRIGGER task_status_transitions_record_change ON task_status_transitions IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_status_transitions_not_truncated
    AFTER TRUNCATE ON task_status_transitions
    EXECUTE FUNCTION refuse_rewriting(
        'task_status_transitions', 'task_status_transitions_not_truncated'
    );

COMMENT ON TRIGGER task_status_transitions_not_truncated ON task_status_transitions IS 'A table is emptied row by row, so that each is recorded.';
