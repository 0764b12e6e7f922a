-- One row is a legal move of a pull request from one status to another. The state machine is these
-- rows: a migration changes it with an INSERT or a DELETE, and no function is edited.

CREATE TYPE pull_request_status AS ENUM (
    'draft', 'open', 'review_requested', 'approved', 'merged', 'closed', 'failed_validation'
);

COMMENT ON TYPE pull_request_status IS
    'Where a pull request stands. closed: without being merged. merged is final.';

CREATE TABLE pull_request_status_transitions (
    from_status pull_request_status  NOT NULL,
    to_status   pull_request_status  NOT NULL,
    meaning     text                 NOT NULL,

    CONSTRAINT pull_request_status_transitions_pkey PRIMARY KEY (from_status, to_status),
    CONSTRAINT pull_request_status_transitions_lead_elsewhere CHECK (from_status <> to_status),
    CONSTRAINT pull_request_status_transitions_have_a_meaning
        CHECK (meaning ~ '\S' AND length(meaning) <= 200)
);

COMMENT ON TABLE pull_request_status_transitions IS
    'The legal moves of a pull request between statuses.';
COMMENT ON COLUMN pull_request_status_transitions.meaning IS 'What the move says, in a few words.';

COMMENT ON CONSTRAINT pull_request_status_transitions_lead_elsewhere
    ON pull_request_status_transitions IS 'A move leads to another status.';
COMMENT ON CONSTRAINT pull_request_status_transitions_have_a_meaning
    ON pull_request_status_transitions IS 'A move says what it means, in at most 200 characters.';

\ir ../../seeds/delivery/pull_request_status_transitions.sql

CREATE TRIGGER pull_request_status_transitions_record_change
    AFTER INSERT OR UPDATE OR DELETE ON pull_request_status_transitions
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'pull_request_status_transitions', 'from_status to_status'
    );

COMMENT ON TRIGGER pull_request_status_transitions_record_change ON pull_request_status_transitions IS 'Every change is recorded in audit_log.';

CREATE TRIGGER pull_request_status_transitions_not_truncated
    AFTER TRUNCATE ON pull_request_status_transitions
    EXECUTE FUNCTION refuse_rewriting(
        'pull_request_status_transitions', 'pull_request_status_transitions_not_truncated'
    );

COMMENT ON TRIGGER pull_request_status_transitions_not_truncated ON pull_request_status_transitions IS 'A table is emptied row by row, so that each is recorded.';
