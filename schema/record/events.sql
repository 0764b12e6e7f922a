-- One row is a fact that is no change of a row: what a component, an agent or a webhook reports.
-- Whoever sees it records it, and nobody changes it; it goes when its month is dropped by
-- retention. It refers to nothing by a foreign key: it outlives what it tells of.

CREATE TYPE event_category AS ENUM (
    'task', 'execution', 'pr', 'validation', 'system', 'webhook'
);

COMMENT ON TYPE event_category IS 'What an event is about, or where it comes from.';

CREATE TABLE events (
    id             bigint          GENERATED ALWAYS AS IDENTITY,
    occurred_at    timestamptz     NOT NULL DEFAULT clock_timestamp(),
    type           text            NOT NULL,
    category       event_category  NOT NULL,
    severity       severity        NOT NULL DEFAULT 'info',
    source         text            NOT NULL,
    target         text,
    payload        jsonb           NOT NULL DEFAULT '{}',
    correlation_id text,
    trace_id       text,
    task_id        uuid,
    execution_id   bigint,
    workflow_id    uuid,
    project_id     uuid,
    actor          text            NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    agent          text            DEFAULT nullif(current_setting('taskspine.agent', true), ''),

    CONSTRAINT events_pkey PRIMARY KEY (occurred_at, id),
    CONSTRAINT events_occurred_at_is_a_moment CHECK (isfinite(occurred_at)),
    CONSTRAINT events_type_is_dotted_identifier
        CHECK (type ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(type) <= 100),
    CONSTRAINT events_source_has_1_to_200_characters
        CHECK (source ~ '\S' AND length(source) <= 200),
    CONSTRAINT events_target_has_1_to_200_characters
        CHECK (target ~ '\S' AND length(target) <= 200),
    CONSTRAINT events_payload_is_object CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT events_payload_up_to_1_mb CHECK (octet_length(payload::text) <= 1048576),
    CONSTRAINT events_correlation_id_has_1_to_200_characters
        CHECK (correlation_id ~ '\S' AND length(correlation_id) <= 200),
    CONSTRAINT events_trace_id_has_1_to_200_characters
        CHECK (trace_id ~ '\S' AND length(trace_id) <= 200)
) PARTITION BY RANGE (occurred_at);

-- get_event.
CREATE INDEX events_id_idx ON events (id);

-- list_events of a task, and its timeline.
CREATE INDEX events_task_id_occurred_at_id_idx ON events (task_id, occurred_at, id)
    WHERE task_id IS NOT NULL;

-- list_events of an attempt.
CREATE INDEX events_execution_id_occurred_at_id_idx ON events (execution_id, occurred_at, id)
    WHERE execution_id IS NOT NULL;

-- list_events of a workflow, and workflow_events.
CREATE INDEX events_workflow_id_occurred_at_id_idx ON events (workflow_id, occurred_at, id)
    WHERE workflow_id IS NOT NULL;

-- list_events of a project.
CREATE INDEX events_project_id_occurred_at_id_idx ON events (project_id, occurred_at, id)
    WHERE project_id IS NOT NULL;

-- list_events of a chain of causes.
CREATE INDEX events_correlation_id_occurred_at_id_idx ON events (correlation_id, occurred_at, id)
    WHERE correlation_id IS NOT NULL;

-- list_events of a trace.
CREATE INDEX events_trace_id_occurred_at_id_idx ON events (trace_id, occurred_at, id)
    WHERE trace_id IS NOT NULL;

-- list_events of a type.
CREATE INDEX events_type_occurred_at_id_idx ON events (type, occurred_at, id);

-- list_events of a category.
CREATE INDEX events_category_occurred_at_id_idx ON events (category, occurred_at, id);

-- list_events that are grave: few among many.
CREATE INDEX events_grave_idx ON events (occurred_at, id) WHERE severity >= 'warning';

COMMENT ON TABLE events IS
    'What components, agents and webhooks report. Not audited: a history itself.';
COMMENT ON COLUMN events.occurred_at IS 'When it happened; by the server''s clock, unless whoever reports it knows better.';
COMMENT ON COLUMN events.type IS 'What happened: a lower-case word, or several with dots between, such as pull_request.opened.';
COMMENT ON COLUMN events.source IS 'Name of the component that reports it.';
COMMENT ON COLUMN events.target IS 'Name of the component that it is meant for.';
COMMENT ON COLUMN events.payload IS 'Object of what is to be known about it.';
COMMENT ON COLUMN events.correlation_id IS 'Joins what belongs to one cause, across components.';
COMMENT ON COLUMN events.trace_id IS 'The trace of a tracing system.';
COMMENT ON COLUMN events.task_id IS 'The task that it is about, which may be gone.';
COMMENT ON COLUMN events.execution_id IS 'The attempt that it is about, which may be gone.';
COMMENT ON COLUMN events.workflow_id IS 'The workflow that it is about, which may be gone.';
COMMENT ON COLUMN events.project_id IS 'The project that it is about, which may be gone.';
COMMENT ON COLUMN events.actor IS 'Who reported it: the setting taskspine.actor, or else the role that logged in.';
COMMENT ON COLUMN events.agent IS 'Which agent reported it: the setting taskspine.agent.';

COMMENT ON CONSTRAINT events_occurred_at_is_a_moment ON events IS 'What happened did so at a moment, not at infinity.';
COMMENT ON CONSTRAINT events_type_is_dotted_identifier ON events IS
    'A type is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT events_source_has_1_to_200_characters ON events IS
    'A source has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT events_target_has_1_to_200_characters ON events IS
    'A target has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT events_payload_is_object ON events IS 'A payload is a JSON object.';
COMMENT ON CONSTRAINT events_payload_up_to_1_mb ON events IS 'A payload has at most 1048576 bytes as text.';
COMMENT ON CONSTRAINT events_correlation_id_has_1_to_200_characters ON events IS
    'A correlation id has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT events_trace_id_has_1_to_200_characters ON events IS
    'A trace id has 1 to 200 characters and is not blank.';

CREATE TRIGGER events_append_only
    AFTER UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('events', 'events_append_only');

COMMENT ON TRIGGER events_append_only ON events IS 'What was recorded is neither changed nor deleted.';

CREATE TRIGGER events_not_truncated
    AFTER TRUNCATE ON events
    EXECUTE FUNCTION refuse_rewriting('events', 'events_not_truncated');

COMMENT ON TRIGGER events_not_truncated ON events IS 'What was recorded is not emptied.';

SELECT make_month_partitions('events');
