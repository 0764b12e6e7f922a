-- How metrics usually are, and what is unusual.

BEGIN;
SELECT plan(54);

-- Keys, and computing

-- One to a hundred, in no order.
SELECT tests.a_series('load', ARRAY(SELECT (37 * n) % 101 FROM generate_series(1, 100) AS n));
SELECT results_eq(
    $$SELECT component, metric, sample_count, average, median, round(p95::numeric, 6),
          round(p99::numeric, 6), minimum, maximum, median_absolute_deviation,
          mean_absolute_deviation
      FROM compute_baselines('2026-01-01 00:00+00', '2026-01-02 00:00+00', 'system', 'load')$$,
    $$VALUES ('system', 'load', 100::bigint, 50.5::float8, 50.5::float8, 95.05, 99.01, 1::float8,
       100::float8, 25::float8, 25::float8)$$,
    'the spread of 1 to 100 is known'
);
SELECT compute_baselines('2026-01-01 00:00+00', '2026-01-02 00:00+00');
SELECT is(
    (SELECT count(*)::integer FROM baselines), 1,
    'a baseline that is computed again is one baseline'
);
SELECT is_empty(
    $$SELECT compute_baselines('2026-02-01 00:00+00', '2026-02-02 00:00+00')$$,
    'a time without measurements has no baseline'
);
SELECT is(
    (SELECT sample_count FROM compute_baselines('2026-01-01 00:00+00', '2026-01-01 00:10+00')),
    10::bigint, 'the end of a time does not belong to it'
);
INSERT INTO metrics (name, value, instrument, recorded_at)
VALUES ('jobs', 5, 'counter', '2026-01-01 00:00+00');
SELECT is_empty(
    $$SELECT compute_baselines('2026-01-01 00:00+00', '2026-01-02 00:00+00', _metric => 'jobs')$$,
    'a counter has no usual value'
);
INSERT INTO metrics (name, value, labels, recorded_at) VALUES
    ('wait', 1, '{"queue": "mail"}', '2026-01-01 00:00+00'),
    ('wait', 9, '{"queue": "web"}', '2026-01-01 00:00+00');
SELECT results_eq(
    $$SELECT average, labels FROM compute_baselines(
          '2026-01-01 00:00+00', '2026-01-02 00:00+00', _metric => 'wait',
          _labels => '{"queue": "web"}'
      )$$,
    $$VALUES (9::float8, '{"queue": "web"}'::jsonb)$$,
    'with labels, measurements count that have them'
);

-- Rules

DELETE FROM baselines WHERE metric <> 'load' OR sample_count <> 100;
SELECT tests.violates(
    $$INSERT INTO baselines (component, metric, labels, starts_at, ends_at, sample_count, average,
          median, p95, p99, minimum, maximum, median_absolute_deviation, mean_absolute_deviation)
      SELECT component, metric, labels, starts_at, ends_at, sample_count, average, median, p95, p99,
          minimum, maximum, median_absolute_deviation, mean_absolute_deviation
      FROM baselines$$,
    'baselines_component_metric_labels_ends_at_starts_at_key',
    'one metric has one baseline for one time'
);
SELECT CASE
    WHEN rule IS NULL THEN tests.accepts('UPDATE baselines SET ' || assignment, description)
    ELSE tests.violates('UPDATE baselines SET ' || assignment, rule, description)
END
FROM (VALUES
    ('component = repeat(''c'', 200)', NULL, 'a component may have 200 characters'),
    ('component = repeat(''c'', 201)', 'baselines_component_has_1_to_200_characters',
        'a component has no 201 characters'),
    ('component = '' ''', 'baselines_component_has_1_to_200_characters',
        'a component is not blank'),
    ('metric = repeat(''m'', 100)', NULL, 'a metric may have 100 characters'),
    ('metric = repeat(''m'', 101)', 'baselines_metric_is_dotted_identifier',
        'a metric has no 101 characters'),
    ('metric = ''a..b''', 'baselines_metric_is_dotted_identifier',
        'no part of a metric''s name is empty'),
    ('labels = ''[]''', 'baselines_labels_is_object_of_text', 'labels are no array'),
    ('labels = ''{"a": 1}''', 'baselines_labels_is_object_of_text', 'no label is a number'),
    ('labels = ''{"a": ["x"]}''', 'baselines_labels_is_object_of_text', 'no label is a list'),
    ('labels = jsonb_build_object(''a'', repeat(''x'', 1024 - 9))', NULL, 'labels may have 1 kB'),
    ('labels = jsonb_build_object(''a'', repeat(''x'', 1024 - 8))', 'baselines_labels_up_to_1_kb',
        'labels have no byte more than 1 kB'),
    ('ends_at = starts_at + interval ''1 microsecond''', NULL, 'a time may be short'),
    ('ends_at = starts_at', 'baselines_ends_after_it_starts', 'a time ends after it starts'),
    ('ends_at = ''infinity''', 'baselines_ends_after_it_starts', 'a time ends'),
    ('starts_at = ''-infinity''', 'baselines_ends_after_it_starts', 'a time starts'),
    ('sample_count = 1', NULL, 'a baseline may be made of one measurement'),
    ('sample_count = 0', 'baselines_sample_count_above_zero',
        'a baseline is not made of nothing'),
    ('average = minimum', NULL, 'an average may be the minimum'),
    ('average = maximum', NULL, 'an average may be the maximum'),
    ('average = minimum - 0.1', 'baselines_average_between_extremes',
        'an average is not below the minimum'),
    ('average = maximum + 0.1', 'baselines_average_between_extremes',
        'an average is not above the maximum'),
    ('average = ''NaN''', 'baselines_average_between_extremes', 'an average is a number'),
    ('median = minimum - 1', 'baselines_percentiles_in_order', 'a median is not below the minimum'),
    ('p95 = median - 1', 'baselines_percentiles_in_order', 'a percentile is not below the median'),
    ('p99 = p95 - 1', 'baselines_percentiles_in_order', 'percentiles do not fall'),
    ('average = minimum, maximum = p99 - 0.5', 'baselines_percentiles_in_order',
        'the maximum is not below a percentile'),
    ('maximum = 1.1e100', 'baselines_percentiles_in_order', 'a maximum is a value'),
    ('minimum = -1.1e100', 'baselines_percentiles_in_order', 'a minimum is a value'),
    ('median = minimum, p95 = minimum, p99 = minimum', NULL, 'percentiles may be the same'),
    ('median_absolute_deviation = 0, mean_absolute_deviation = 0', NULL, 'nothing may deviate'),
    ('median_absolute_deviation = -0.1', 'baselines_deviations_not_negative',
        'a median deviation is not below zero'),
    ('mean_absolute_deviation = -0.1', 'baselines_deviations_not_negative',
        'a mean deviation is not below zero'),
    ('median_absolute_deviation = ''NaN''', 'baselines_deviations_not_negative',
        'a median deviation is a number'),
    ('mean_absolute_deviation = ''Infinity''', 'baselines_deviations_not_negative',
        'a mean deviation is not infinite')
) AS attempt (assignment, rule, description);

-- Scores

SELECT is(
    round(robust_z_score(20, 10, 2, 3)::numeric, 4), 3.3725,
    'a score is 0.6745 times the distance over the median deviation'
);
SELECT is(
    round(robust_z_score(4, 10, 0, 3)::numeric, 4), -1.5958,
    'where most are the same, it is by the mean deviation'
);
SELECT results_eq(
    $$SELECT robust_z_score(1, 1, 0, 0), robust_z_score(2, 1, 0, 0), robust_z_score(0, 1, 0, 0)$$,
    $$VALUES (0::float8, 'Infinity'::float8, '-Infinity'::float8)$$,
    'where all are the same, any other value is infinitely unusual'
);
SELECT is(
    robust_z_score(1e100, -1e100, 1e-300, 0) < 'Infinity', true,
    'a score of extremes is a number'
);

-- Anomalies in series whose answers are known. The first 500 minutes are usual.

CREATE FUNCTION pg_temp.unusual(_metric text) RETURNS text
    LANGUAGE sql
    AS $$
    SELECT coalesce(string_agg(value::text, ' ' ORDER BY recorded_at), 'none')
    FROM metric_scores(_metric, '2026-01-01 00:00+00', '2026-02-01 00:00+00')
    WHERE abs(score) > 3.5
$$;

-- The values of a normal distribution, each as often as it should be, in no order: by the logistic
-- approximation of its quantiles.
CREATE FUNCTION pg_temp.noise(_count integer, _step integer) RETURNS double precision[]
    LANGUAGE sql
    RETURN ARRAY(
        SELECT 100 + 10 * ln(place.p / (1 - place.p)) / 1.702
        FROM generate_series(1, _count) AS n
        CROSS JOIN LATERAL (
            SELECT (((n * _step) % _count) + 0.5)::double precision / _count
        ) AS place (p)
    );

SELECT tests.a_series('noise', pg_temp.noise(500, 7) || pg_temp.noise(100, 3));
SELECT tests.a_series('spikes',
    pg_temp.noise(500, 7) || pg_temp.noise(50, 3) || ARRAY[300, -50]::float8[]
    || pg_temp.noise(50, 7));
SELECT tests.a_series('constant', array_fill(5::float8, ARRAY[600]));
SELECT tests.a_series('shifted', array_fill(5::float8, ARRAY[550]) || ARRAY[6, 5, 4]::float8[]);
SELECT tests.a_series('mostly_constant',
    array_fill(0::float8, ARRAY[450]) || array_fill(1::float8, ARRAY[50])
    || ARRAY[0, 0.2, 0.4, 1, 8]::float8[]);
-- Days that are quiet for 20 hours and busy for 4: 500 minutes know only the quiet ones.
SELECT tests.a_series('busy_hours', ARRAY(
    SELECT CASE WHEN n % 1440 < 1200 THEN 10 ELSE 50 END + n % 5
    FROM generate_series(0, 4319) AS n
));
SELECT compute_baselines('2026-01-01 00:00+00', '2026-01-01 08:20+00');
SELECT is(pg_temp.unusual('noise'), 'none', 'in noise nothing is unusual');
SELECT is(pg_temp.unusual('spikes'), '300 -50', 'spikes are, on both sides');
SELECT is(pg_temp.unusual('constant'), 'none', 'in what never changes nothing is unusual');
SELECT is(pg_temp.unusual('shifted'), '6 4', 'but any change of it is');
SELECT is(
    pg_temp.unusual('mostly_constant'), '1 8',
    'where most are the same, what is far is told by the mean distance'
);
SELECT is(
    pg_temp.unusual('busy_hours') <> 'none', true,
    'against a quiet night the busy hours are unusual'
);
SELECT compute_baselines('2026-01-01 20:00+00', '2026-01-02 00:00+00', _metric => 'busy_hours');
SELECT is_empty(
    $$SELECT FROM metric_scores('busy_hours', '2026-01-02 20:00+00', '2026-01-03 00:00+00')
      WHERE abs(score) > 3.5$$,
    'against the same hours of the day before they are not'
);
SELECT is_empty(
    $$SELECT FROM metric_scores('noise', '2026-01-01 00:00+00', '2026-02-01 00:00+00',
          _least_samples => 501)$$,
    'a baseline of too few samples judges nothing'
);
SELECT is(
    (
        SELECT count(*)::integer
        FROM metric_scores('noise', '2026-01-01 00:00+00', '2026-01-01 08:20+00')
    ),
    0, 'no measurement is judged by a baseline that it is part of'
);

SELECT * FROM finish();
ROLLBACK;
