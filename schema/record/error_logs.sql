-- One row is an error in all its occurrences, which have one fingerprint. The first occurrence
-- makes the row, each later one is counted and tells anew what was said; somebody resolves it, and
-- it is opened again when it occurs again. It refers to nothing: it outlives what it tells of.

CREATE TYPE error_status AS ENUM ('open', 'acknowledged', 'resolved', 'ignored');

COMMENT ON TYPE error_status IS 'Where the triage of an error stands.';

CREATE TABLE error_logs (
    id               uuid          NOT NULL DEFAULT uuid_v7(),
    fingerprint      text          NOT NULL
        GENERATED ALWAYS AS (error_fingerprint(type, code, message, stack)) STORED,
    type             text          NOT NULL,
    code             text,
    message          text          NOT NULL,
    stack            text,
    context          jsonb         NOT NULL DEFAULT '{}',
    task_id          uuid,
    workflow_id      uuid,
    user_id          text,
    session_id       text,
    severity         severity      NOT NULL DEFAULT 'error',
    occurrence_count bigint        NOT NULL DEFAULT 1,
    status           error_status  NOT NULL DEFAULT 'open',
    resolution_notes text,
    reopened_count   integer       NOT NULL DEFAULT 0,
    first_seen_at    timestamptz   NOT NULL DEFAULT clock_timestamp(),
    last_seen_at     timestamptz   NOT NULL DEFAULT clock_timestamp(),
    resolved_at      timestamptz,
    updated_at       timestamptz   NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT error_logs_pkey PRIMARY KEY (id),
    CONSTRAINT error_logs_fingerprint_key UNIQUE (fingerprint),
    CONSTRAINT error_logs_type_has_1_to_200_characters CHECK (type ~ '\S' AND length(type) <= 200),
    CONSTRAINT error_logs_code_has_1_to_200_characters CHECK (code ~ '\S' AND length(code) <= 200),
    CONSTRAINT error_logs_message_up_to_10000_characters CHECK (length(message) <= 10000),
    CONSTRAINT error_logs_stack_up_to_100000_characters CHECK (length(stack) <= 100000),
    CONSTRAINT error_logs_context_is_object CHECK (jsonb_typeof(context) = 'object'),
    CONSTRAINT error_logs_context_up_to_1_mb CHECK (octet_length(context::text) <= 1048576),
    CONSTRAINT error_logs_user_id_has_1_to_200_characters
        CHECK (user_id ~ '\S' AND length(user_id) <= 200),
    CONSTRAINT error_logs_session_id_has_1_to_200_characters
        CHECK (session_id ~ '\S' AND length(session_id) <= 200),
    CONSTRAINT error_logs_occurrence_count_positive CHECK (occurrence_count > 0),
    CONSTRAINT error_logs_resolution_notes_up_to_10000_characters
        CHECK (length(resolution_notes) <= 10000),
    CONSTRAINT error_logs_reopened_count_not_negative CHECK (reopened_count >= 0),
    CONSTRAINT error_logs_last_seen_after_first CHECK (last_seen_at >= first_seen_at)
);

-- list_errors, the latest first.
CREATE INDEX error_logs_last_seen_at_id_idx ON error_logs (last_seen_at, id);

-- critical_errors: few among many.
CREATE INDEX error_logs_critical_idx ON error_logs (last_seen_at)
    WHERE severity = 'critical' AND status IN ('open', 'acknowledged');

-- list_errors of a type.
CREATE INDEX error_logs_type_last_seen_at_id_idx ON error_logs (type, last_seen_at, id);

-- list_errors of a task.
CREATE INDEX error_logs_task_id_idx ON error_logs (task_id) WHERE task_id IS NOT NULL;

-- list_errors of a workflow.
CREATE INDEX error_logs_workflow_id_idx ON error_logs (workflow_id) WHERE workflow_id IS NOT NULL;

COMMENT ON TABLE error_logs IS 'Errors by fingerprint: how often and when they occurred, and whether somebody has seen to them.';
COMMENT ON COLUMN error_logs.fingerprint IS 'Follows from type, code, message and stack; what differs from one occurrence to the next does not count.';
COMMENT ON COLUMN error_logs.type IS 'Kind of error, as the program calls it: KeyError, ECONNREFUSED, ...';
COMMENT ON COLUMN error_logs.code IS 'Code of the error, such as an SQLSTATE or an HTTP status.';
COMMENT ON COLUMN error_logs.message IS 'What the latest occurrence said.';
COMMENT ON COLUMN error_logs.stack IS 'Where the latest occurrence was.';
COMMENT ON COLUMN error_logs.context IS 'Object of what was around the latest occurrence.';
COMMENT ON COLUMN error_logs.task_id IS 'The task of the latest occurrence that had one, which may be gone.';
COMMENT ON COLUMN error_logs.workflow_id IS 'The workflow of the latest occurrence that had one, which may be gone.';
COMMENT ON COLUMN error_logs.user_id IS 'Whom the latest occurrence that says so befell.';
COMMENT ON COLUMN error_logs.session_id IS 'The session of the latest occurrence that says so.';
COMMENT ON COLUMN error_logs.severity IS 'Of the gravest occurrence.';
COMMENT ON COLUMN error_logs.occurrence_count IS 'How often it was recorded.';
COMMENT ON COLUMN error_logs.resolution_notes IS 'What was done about it; kept when it is reopened.';
COMMENT ON COLUMN error_logs.reopened_count IS 'How often it was open again after it had been resolved. Kept by the database.';
COMMENT ON COLUMN error_logs.resolved_at IS 'Set and cleared by the database as status changes.';

COMMENT ON CONSTRAINT error_logs_fingerprint_key ON error_logs IS 'Occurrences of one error are one row.';
COMMENT ON CONSTRAINT error_logs_type_has_1_to_200_characters ON error_logs IS
    'A type has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT error_logs_code_has_1_to_200_characters ON error_logs IS
    'A code has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT error_logs_message_up_to_10000_characters ON error_logs IS
    'A message has at most 10000 characters.';
COMMENT ON CONSTRAINT error_logs_stack_up_to_100000_characters ON error_logs IS
    'A stack has at most 100000 characters.';
COMMENT ON CONSTRAINT error_logs_context_is_object ON error_logs IS 'A context is a JSON object.';
COMMENT ON CONSTRAINT error_logs_context_up_to_1_mb ON error_logs IS 'A context has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT error_logs_user_id_has_1_to_200_characters ON error_logs IS
    'A user has an id of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT error_logs_session_id_has_1_to_200_characters ON error_logs IS
    'A session has an id of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT error_logs_occurrence_count_positive ON error_logs IS 'What is here occurred at least once.';
COMMENT ON CONSTRAINT error_logs_resolution_notes_up_to_10000_characters ON error_logs IS
    'Notes have at most 10000 characters.';
COMMENT ON CONSTRAINT error_logs_reopened_count_not_negative ON error_logs IS 'A count is zero or more.';
COMMENT ON CONSTRAINT error_logs_last_seen_after_first ON error_logs IS 'An error is not seen last before it is seen first.';

CREATE FUNCTION error_logs_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF NEW.status = 'resolved' THEN
        NEW.resolved_at := coalesce(NEW.resolved_at, clock_timestamp());
    ELSE
        NEW.resolved_at := NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'resolved' AND NEW.status <> 'resolved' THEN
        NEW.reopened_count := OLD.reopened_count + 1;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION error_logs_set_moments() IS
    'Trigger function: resolved_at and reopened_count follow status.';

CREATE TRIGGER error_logs_set_moments
    BEFORE INSERT OR UPDATE OF status, resolved_at ON error_logs
    FOR EACH ROW EXECUTE FUNCTION error_logs_set_moments();

COMMENT ON TRIGGER error_logs_set_moments ON error_logs IS
    'Resolving sets resolved_at; reopening clears it, and is counted.';

CREATE TRIGGER error_logs_touch_updated_at
    BEFORE UPDATE ON error_logs
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER error_logs_touch_updated_at ON error_logs IS 'Every update sets updated_at.';

-- Of an occurrence, only what it does to the error is recorded: not what it said.
CREATE TRIGGER error_logs_record_change
    AFTER INSERT OR UPDATE OR DELETE ON error_logs
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'error_logs', 'id', 'occurrence_count', 'last_seen_at', 'message', 'stack', 'context',
        'task_id', 'workflow_id', 'user_id', 'session_id'
    );

COMMENT ON TRIGGER error_logs_record_change ON error_logs IS 'Every change is recorded in audit_log.';

CREATE TRIGGER error_logs_not_truncated
    AFTER TRUNCATE ON error_logs
    EXECUTE FUNCTION refuse_rewriting('error_logs', 'error_logs_not_truncated');

COMMENT ON TRIGGER error_logs_not_truncated ON error_logs IS 'A table is emptied row by row, so that each is recorded.';
