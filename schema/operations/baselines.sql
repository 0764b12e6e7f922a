-- One row is how a metric usually is: the spread of its values within a time. compute_baselines
-- makes it, or brings it up to date when the same time is asked for again; a later time makes
-- another one.

CREATE TABLE baselines (
    id                        uuid              NOT NULL DEFAULT uuid_v7(),
    component                 text              NOT NULL,
    metric                    text              NOT NULL,
    labels                    jsonb             NOT NULL DEFAULT '{}',
    starts_at                 timestamptz       NOT NULL,
    ends_at                   timestamptz       NOT NULL,
    sample_count              bigint            NOT NULL,
    average                   double precision  NOT NULL,
    median                    double precision  NOT NULL,
    p95                       double precision  NOT NULL,
    p99                       double precision  NOT NULL,
    minimum                   double precision  NOT NULL,
    maximum                   double precision  NOT NULL,
    median_absolute_deviation double precision  NOT NULL,
    mean_absolute_deviation   double precision  NOT NULL,
    computed_at               timestamptz       NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT baselines_pkey PRIMARY KEY (id),
    CONSTRAINT baselines_component_metric_labels_ends_at_starts_at_key
        UNIQUE (component, metric, labels, ends_at, starts_at),
    CONSTRAINT baselines_component_has_1_to_200_characters
        CHECK (component ~ '\S' AND length(component) <= 200),
    CONSTRAINT baselines_metric_is_dotted_identifier
        CHECK (metric ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(metric) <= 100),
    CONSTRAINT baselines_labels_is_object_of_text
        CHECK (
            jsonb_typeof(labels) = 'object'
            AND NOT jsonb_path_exists(labels, 'strict $.* ? (@.type() <> "string")')
        ),
    CONSTRAINT baselines_labels_up_to_1_kb CHECK (octet_length(labels::text) <= 1024),
    CONSTRAINT baselines_ends_after_it_starts
        CHECK (ends_at > starts_at AND isfinite(starts_at) AND isfinite(ends_at)),
    CONSTRAINT baselines_sample_count_above_zero CHECK (sample_count > 0),
    CONSTRAINT baselines_average_between_extremes
        CHECK (average BETWEEN minimum AND maximum),
    CONSTRAINT baselines_percentiles_in_order
        CHECK (
            minimum >= -1e100 AND median >= minimum AND p95 >= median AND p99 >= p95
            AND maximum >= p99 AND maximum <= 1e100
        ),
    CONSTRAINT baselines_deviations_not_negative
        CHECK (
            median_absolute_deviation >= 0 AND median_absolute_deviation < 'Infinity'
            AND mean_absolute_deviation >= 0 AND mean_absolute_deviation < 'Infinity'
        )
);

COMMENT ON TABLE baselines IS
    'How metrics usually are: the spread of their values within a time. Not audited: it can be computed again.';
COMMENT ON COLUMN baselines.component IS 'The component whose metric it is.';
COMMENT ON COLUMN baselines.metric IS 'The name of the metric.';
COMMENT ON COLUMN baselines.labels IS 'Object of texts: measurements count that have all of them.';
COMMENT ON COLUMN baselines.starts_at IS 'The first moment that counts.';
COMMENT ON COLUMN baselines.ends_at IS 'The first moment that does not count any more.';
COMMENT ON COLUMN baselines.sample_count IS 'How many measurements it is made of.';
COMMENT ON COLUMN baselines.median_absolute_deviation IS
    'The median of the distances from the median: a spread that single spikes do not move.';
COMMENT ON COLUMN baselines.mean_absolute_deviation IS
    'The mean of the distances from the median, for when more than half of the values are the same.';
COMMENT ON COLUMN baselines.computed_at IS 'When it was computed last.';

COMMENT ON CONSTRAINT baselines_component_metric_labels_ends_at_starts_at_key ON baselines IS
    'One metric has one baseline for one time.';
COMMENT ON CONSTRAINT baselines_component_has_1_to_200_characters ON baselines IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT baselines_metric_is_dotted_identifier ON baselines IS
    'A metric''s name is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT baselines_labels_is_object_of_text ON baselines IS 'Labels are a JSON object of texts.';
COMMENT ON CONSTRAINT baselines_labels_up_to_1_kb ON baselines IS 'Labels have at most 1024 bytes as text.';
COMMENT ON CONSTRAINT baselines_ends_after_it_starts ON baselines IS 'A time ends after it starts, and neither at infinity.';
COMMENT ON CONSTRAINT baselines_sample_count_above_zero ON baselines IS 'A baseline is made of at least one measurement.';
COMMENT ON CONSTRAINT baselines_average_between_extremes ON baselines IS 'An average is between minimum and maximum.';
COMMENT ON CONSTRAINT baselines_percentiles_in_order ON baselines IS
    'Minimum, median, 95th and 99th percentile and maximum do not fall, and are values that a metric can have.';
COMMENT ON CONSTRAINT baselines_deviations_not_negative ON baselines IS 'A deviation is zero or more, and a number.';

CREATE FUNCTION compute_baselines(
    _starts_at  timestamptz,
    _ends_at    timestamptz,
    _component  text   DEFAULT NULL,
    _metric     text   DEFAULT NULL,
    _labels     jsonb  DEFAULT '{}'
) RETURNS SETOF baselines
    LANGUAGE sql VOLATILE
    SET search_path FROM CURRENT
    AS $$
    WITH sample AS (
        SELECT metric.component, metric.name, metric.value
        FROM metrics AS metric
        WHERE metric.recorded_at >= _starts_at
            AND metric.recorded_at < _ends_at
            AND (_component IS NULL OR metric.component = _component)
            AND (_metric IS NULL OR metric.name = _metric)
            AND metric.labels @> _labels
            -- What only rises has no usual value; its rate may have.
            AND metric.instrument <> 'counter'
    ), spread AS (
        SELECT
            sample.component,
            sample.name,
            count(*) AS sample_count,
            avg(sample.value) AS average,
            percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY sample.value)
                AS percentiles,
            min(sample.value) AS minimum,
            max(sample.value) AS maximum
        FROM sample
        GROUP BY sample.component, sample.name
    ), deviation AS (
        SELECT
            sample.component,
            sample.name,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(sample.value - spread.percentiles[1]))
                AS median,
            avg(abs(sample.value - spread.percentiles[1])) AS average
        FROM sample
        JOIN spread USING (component, name)
        GROUP BY sample.component, sample.name
    )
    INSERT INTO baselines AS baseline (
        component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
        minimum, maximum, median_absolute_deviation, mean_absolute_deviation
    )
    SELECT
        spread.component, spread.name, _labels, _starts_at, _ends_at, spread.sample_count,
        -- What is rounded stays within the extremes and in order.
        greatest(least(spread.average, spread.maximum), spread.minimum),
        least(spread.percentiles[1], spread.percentiles[2], spread.percentiles[3], spread.maximum),
        least(spread.percentiles[2], spread.percentiles[3], spread.maximum),
        least(spread.percentiles[3], spread.maximum),
        spread.minimum, spread.maximum, deviation.median, deviation.average
    FROM spread
    JOIN deviation USING (component, name)
    -- In one order, so that two who compute at once do not wait for each other in a circle.
    ORDER BY spread.component, spread.name
    ON CONFLICT (component, metric, labels, ends_at, starts_at) DO UPDATE SET
        sample_count = excluded.sample_count,
        average = excluded.average,
        median = excluded.median,
        p95 = excluded.p95,
        p99 = excluded.p99,
        minimum = excluded.minimum,
        maximum = excluded.maximum,
        median_absolute_deviation = excluded.median_absolute_deviation,
        mean_absolute_deviation = excluded.mean_absolute_deviation,
        computed_at = clock_timestamp()
    RETURNING baseline.*
$$;

COMMENT ON FUNCTION compute_baselines(timestamptz, timestamptz, text, text, jsonb) IS
    'Computes the baselines of a time, of one component and metric or of all that were measured then and are no counters, and keeps them.';

CREATE FUNCTION robust_z_score(
    _value                     double precision,
    _median                    double precision,
    _median_absolute_deviation double precision,
    _mean_absolute_deviation   double precision
) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993: 0.6745 is the 75th percentile
    -- of the normal distribution, to which a MAD is 1, and 1.253314 the square root of half of pi,
    -- which a standard deviation is of a mean absolute deviation.
    RETURN CASE
        WHEN _value = _median THEN 0
        WHEN _median_absolute_deviation > 0
            THEN 0.6745 * ((_value - _median) / greatest(_median_absolute_deviation, 1e-200))
        WHEN _mean_absolute_deviation > 0
            THEN (_value - _median) / greatest(1.253314 * _mean_absolute_deviation, 1e-200)
        ELSE sign(_value - _median) * 'Infinity'::double precision
    END;

COMMENT ON FUNCTION robust_z_score(double precision, double precision, double precision, double precision) IS 'How far a value is from the median, in standard deviations that single spikes do not move. By the mean deviation where more than half of the values are the same; infinite where all are. Source: Iglewicz and Hoaglin 1993.';

CREATE FUNCTION metric_scores(
    _metric        text,
    _starts_at     timestamptz,
    _ends_at       timestamptz,
    _component     text     DEFAULT NULL,
    _labels        jsonb    DEFAULT '{}',
    _least_samples integer  DEFAULT 30
) RETURNS TABLE (
    metric_id   bigint,
    component   text,
    recorded_at timestamptz,
    value       double precision,
    score       double precision,
    baseline_id uuid,
    median      double precision
)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        metric.id, metric.component, metric.recorded_at, metric.value,
        robust_z_score(
            metric.value, baseline.median, baseline.median_absolute_deviation,
            baseline.mean_absolute_deviation
        ),
        baseline.id, baseline.median
    FROM metrics AS metric
    -- A value is judged by what was usual before it, so that it never excuses itself.
    CROSS JOIN LATERAL (
        SELECT
            usual.id, usual.median, usual.median_absolute_deviation,
            usual.mean_absolute_deviation
        FROM baselines AS usual
        WHERE usual.component = metric.component
            AND usual.metric = metric.name
            AND usual.labels = _labels
            AND usual.ends_at <= metric.recorded_at
            AND usual.sample_count >= _least_samples
        ORDER BY usual.ends_at DESC, usual.starts_at
        LIMIT 1
    ) AS baseline
    WHERE metric.name = _metric
        AND metric.recorded_at >= _starts_at
        AND metric.recorded_at < _ends_at
        AND (_component IS NULL OR metric.component = _component)
        AND metric.labels @> _labels
        AND metric.instrument <> 'counter'
$$;

COMMENT ON FUNCTION metric_scores(text, timestamptz, timestamptz, text, jsonb, integer) IS
    'The measurements of a time, each with its robust z-score against the latest baseline that ended before it; of two that ended together, the longer one. Those without a baseline of enough samples are left out.';
