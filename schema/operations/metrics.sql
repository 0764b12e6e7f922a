-- One row is a measurement: the value of something at a moment. Components and whoever watches them
-- record it, and nobody changes it; it goes when its month is dropped by retention. It names its
-- component and refers to nothing: it may come from a system that is no component.

CREATE TYPE metric_scope AS ENUM ('query', 'task', 'workflow', 'system');
CREATE TYPE metric_instrument AS ENUM ('gauge', 'counter', 'histogram', 'summary', 'timer');

COMMENT ON TYPE metric_scope IS 'What is measured: a query, a task, a workflow or the system.';
COMMENT ON TYPE metric_instrument IS
    'How a value is to be read. gauge: as it is; counter: it only rises, until it starts again from zero; histogram, summary, timer: one observation of many.';

CREATE TABLE metrics (
    id          bigint             GENERATED ALWAYS AS IDENTITY,
    recorded_at timestamptz        NOT NULL DEFAULT clock_timestamp(),
    component   text               NOT NULL DEFAULT 'system',
    name        text               NOT NULL,
    value       double precision   NOT NULL,
    unit        text,
    labels      jsonb              NOT NULL DEFAULT '{}',
    scope       metric_scope       NOT NULL DEFAULT 'system',
    instrument  metric_instrument  NOT NULL DEFAULT 'gauge',

    -- In the order in which series are read, so that the table that grows the fastest needs but one
    -- index besides the one of time.
    CONSTRAINT metrics_pkey PRIMARY KEY (name, component, recorded_at, id),
    CONSTRAINT metrics_recorded_at_is_a_moment CHECK (isfinite(recorded_at)),
    CONSTRAINT metrics_component_has_1_to_200_characters
        CHECK (component ~ '\S' AND length(component) <= 200),
    CONSTRAINT metrics_name_is_dotted_identifier
        CHECK (name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(name) <= 100),
    CONSTRAINT metrics_value_in_range CHECK (value BETWEEN -1e100 AND 1e100),
    CONSTRAINT metrics_counter_not_negative CHECK (instrument <> 'counter' OR value >= 0),
    CONSTRAINT metrics_unit_has_1_to_50_characters CHECK (unit ~ '\S' AND length(unit) <= 50),
    CONSTRAINT metrics_labels_is_object_of_text
        CHECK (
            jsonb_typeof(labels) = 'object'
            AND NOT jsonb_path_exists(labels, 'strict $.* ? (@.type() <> "string")')
        ),
    CONSTRAINT metrics_labels_up_to_1_kb CHECK (octet_length(labels::text) <= 1024)
) PARTITION BY RANGE (recorded_at);

-- By hand: compute_baselines, which asks for a time and not for a name, where a month has millions
-- of rows. They come nearly in the order of their moments, so that a range of blocks says enough.
CREATE INDEX metrics_recorded_at_idx ON metrics USING brin (recorded_at);

COMMENT ON TABLE metrics IS
    'Measurements: time series by name, component and labels. Not audited: a history itself.';
COMMENT ON COLUMN metrics.recorded_at IS
    'When it was measured; by the server''s clock, unless whoever measured knows better.';
COMMENT ON COLUMN metrics.component IS 'Name of what was measured: a component, or system for the whole.';
COMMENT ON COLUMN metrics.name IS
    'What was measured, the unit last: cpu_percent, query_seconds; with dots where a name has parts.';
COMMENT ON COLUMN metrics.unit IS 'Unit of the value: percent, seconds, bytes.';
COMMENT ON COLUMN metrics.labels IS
    'Object of texts that tell series of one name apart, such as {"queue": "mail"}.';

COMMENT ON CONSTRAINT metrics_recorded_at_is_a_moment ON metrics IS 'Something is measured at a moment, not at infinity.';
COMMENT ON CONSTRAINT metrics_component_has_1_to_200_characters ON metrics IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT metrics_name_is_dotted_identifier ON metrics IS
    'A name is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT metrics_value_in_range ON metrics IS
    'A value is a number between -1e100 and 1e100, so that no sum or square of values leaves the range of numbers.';
COMMENT ON CONSTRAINT metrics_counter_not_negative ON metrics IS 'A counter is zero or more.';
COMMENT ON CONSTRAINT metrics_unit_has_1_to_50_characters ON metrics IS
    'A unit has 1 to 50 characters and is not blank.';
COMMENT ON CONSTRAINT metrics_labels_is_object_of_text ON metrics IS 'Labels are a JSON object of texts.';
COMMENT ON CONSTRAINT metrics_labels_up_to_1_kb ON metrics IS 'Labels have at most 1024 bytes as text.';

CREATE TRIGGER metrics_append_only
    AFTER UPDATE OR DELETE ON metrics
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('metrics', 'metrics_append_only');

COMMENT ON TRIGGER metrics_append_only ON metrics IS 'What was recorded is neither changed nor deleted.';

CREATE TRIGGER metrics_not_truncated
    AFTER TRUNCATE ON metrics
    EXECUTE FUNCTION refuse_rewriting('metrics', 'metrics_not_truncated');

COMMENT ON TRIGGER metrics_not_truncated ON metrics IS 'What was recorded is not emptied.';

CREATE FUNCTION metric_components(_name text) RETURNS SETOF text
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    -- From each component straight to the next: a probe of the index each, however long its series.
    WITH RECURSIVE known (component) AS (
        (
            SELECT metric.component FROM metrics AS metric
            WHERE metric.name = _name
            ORDER BY metric.component
            LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT metric.component FROM metrics AS metric
            WHERE metric.name = _name AND metric.component > known.component
            ORDER BY metric.component
            LIMIT 1
        )
        FROM known
        WHERE known.component IS NOT NULL
    )
    SELECT known.component FROM known WHERE known.component IS NOT NULL
$$;

COMMENT ON FUNCTION metric_components(text) IS 'The components that ever recorded a metric of this name.';

SELECT make_month_partitions('metrics');
