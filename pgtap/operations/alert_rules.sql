-- The rules by which alerts are raised.

BEGIN;
SELECT plan(56);

INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'load', 80);

-- Keys and defaults

SELECT results_eq(
    $$SELECT kind::text, source::text, comparison::text, clear_threshold, raise_after_samples,
          raise_after, clear_after_samples, clear_after, severity::text, is_active, evaluated_at
      FROM alert_rules$$,
    $$VALUES ('value', 'metrics', 'above', NULL::float8, 1, '0'::interval, 1, '0'::interval,
        'warning', true, NULL::timestamptz)$$,
    'a rule warns at once of a metric above its threshold'
);
SELECT tests.violates(
    $$INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'load', 80)$$,
    'alert_rules_name_key', 'two rules never share a name'
);

-- Rules

SELECT CASE
    WHEN rule IS NULL THEN tests.accepts('UPDATE alert_rules SET ' || assignment, description)
    ELSE tests.violates('UPDATE alert_rules SET ' || assignment, rule, description)
END
FROM (VALUES
    ('name = repeat(''n'', 200)', NULL, 'a name may have 200 characters'),
    ('name = repeat(''n'', 201)', 'alert_rules_name_has_1_to_200_characters',
        'a name has no 201 characters'),
    ('name = '' ''', 'alert_rules_name_has_1_to_200_characters', 'a name is not blank'),
    ('description = repeat(''d'', 10000)', NULL, 'a description may have 10000 characters'),
    ('description = repeat(''d'', 10001)', 'alert_rules_description_up_to_10000_characters',
        'a description has no 10001 characters'),
    ('metric = repeat(''m'', 100)', NULL, 'a metric may have 100 characters'),
    ('metric = repeat(''m'', 101)', 'alert_rules_metric_is_dotted_identifier',
        'a metric has no 101 characters'),
    ('metric = ''a..b''', 'alert_rules_metric_is_dotted_identifier',
        'no part of a metric''s name is empty'),
    ('metric = NULL', 'alert_rules_metric_fits_source', 'a rule about metrics names one'),
    ('source = ''health_checks''', 'alert_rules_metric_fits_source',
        'a rule about health checks names no metric'),
    ('source = ''health_checks'', metric = NULL', NULL, 'a rule may be about health checks'),
    ('source = ''metrics'', metric = ''load''', NULL, 'a rule may be about metrics'),
    ('component = repeat(''c'', 200)', NULL, 'a component may have 200 characters'),
    ('component = repeat(''c'', 201)', 'alert_rules_component_has_1_to_200_characters',
        'a component has no 201 characters'),
    ('component = ''''', 'alert_rules_component_has_1_to_200_characters',
        'a component is not blank'),
    ('labels = ''[]''', 'alert_rules_labels_is_object_of_text', 'labels are no array'),
    ('labels = ''{"a": null}''', 'alert_rules_labels_is_object_of_text', 'no label is null'),
    ('labels = ''{"a": ["x"]}''', 'alert_rules_labels_is_object_of_text', 'no label is a list'),
    ('labels = jsonb_build_object(''a'', repeat(''x'', 1024 - 9))', NULL, 'labels may have 1 kB'),
    ('labels = jsonb_build_object(''a'', repeat(''x'', 1024 - 8))',
        'alert_rules_labels_up_to_1_kb', 'labels have no byte more than 1 kB'),
    ('threshold = 1e100', NULL, 'a threshold may be large'),
    ('threshold = 1.1e100', 'alert_rules_threshold_in_range', 'a threshold is a value'),
    ('threshold = ''NaN''', 'alert_rules_threshold_in_range', 'a threshold is a number'),
    ('threshold = 80, clear_threshold = 80', NULL, 'good may begin where bad ends'),
    ('clear_threshold = 80.1', 'alert_rules_clear_threshold_on_the_good_side',
        'what is above the threshold is not good'),
    ('clear_threshold = ''-Infinity''', 'alert_rules_clear_threshold_on_the_good_side',
        'a clear threshold is a number'),
    ('comparison = ''below'', clear_threshold = 80', NULL, 'bad may be below'),
    ('clear_threshold = 79.9', 'alert_rules_clear_threshold_on_the_good_side',
        'what is below the threshold is not good either'),
    ('comparison = ''above'', clear_threshold = NULL', NULL, 'a clear threshold is not needed'),
    ('raise_after_samples = 1000', NULL, 'a thousand samples may have to be bad'),
    ('raise_after_samples = 1001', 'alert_rules_raise_after_samples_in_range',
        'a thousand and one samples need not be bad'),
    ('raise_after_samples = 0', 'alert_rules_raise_after_samples_in_range',
        'one sample has to be bad'),
    ('clear_after_samples = 1000', NULL, 'a thousand samples may have to be good'),
    ('clear_after_samples = 1001', 'alert_rules_clear_after_samples_in_range',
        'a thousand and one samples need not be good'),
    ('clear_after_samples = 0', 'alert_rules_clear_after_samples_in_range',
        'one sample has to be good'),
    ('raise_after = ''-1 second''', 'alert_rules_raise_after_not_negative',
        'nothing is raised before it is bad'),
    ('clear_after = ''-1 second''', 'alert_rules_clear_after_not_negative',
        'nothing is resolved before it is good'),
    ('lookback = ''31 days''', NULL, 'a rule may read back a month'),
    ('lookback = ''31 days 1 second''', 'alert_rules_lookback_covers_what_it_waits_for',
        'a rule does not read back longer'),
    ('lookback = ''0.9 seconds''', 'alert_rules_lookback_covers_what_it_waits_for',
        'a rule reads back a second'),
    ('lookback = ''1 hour'', raise_after = ''1 hour'', clear_after = ''1 hour''', NULL,
        'a rule may wait as long as it reads back'),
    ('raise_after = ''61 minutes''', 'alert_rules_lookback_covers_what_it_waits_for',
        'a rule does not wait longer than it reads back before it raises'),
    ('clear_after = ''61 minutes''', 'alert_rules_lookback_covers_what_it_waits_for',
        'a rule does not wait longer than it reads back before it resolves'),
    ('kind = ''silence''', 'alert_rules_silence_counts_in_seconds',
        'silence is raised at once'),
    ('kind = ''silence'', threshold = 0.1, raise_after_samples = 1, raise_after = ''0'',
        clear_after_samples = 1, clear_after = ''0''', NULL, 'silence may be short'),
    ('threshold = 0', 'alert_rules_silence_counts_in_seconds', 'silence is longer than nothing'),
    ('comparison = ''below''', 'alert_rules_silence_counts_in_seconds',
        'nobody complains of too little silence'),
    ('clear_threshold = 0', 'alert_rules_silence_counts_in_seconds',
        'silence ends with a sample'),
    ('raise_after_samples = 2', 'alert_rules_silence_counts_in_seconds',
        'silence is one sample long'),
    ('clear_after = ''1 second''', 'alert_rules_silence_counts_in_seconds',
        'silence is over at once')
) AS attempt (assignment, rule, description);

-- Effects

UPDATE alert_rules SET evaluated_at = '2026-01-01 00:00+00', updated_at = '2020-02-02 00:00+00';
SELECT is(
    (SELECT updated_at FROM alert_rules), '2020-02-02 00:00+00'::timestamptz,
    'an evaluation is no update'
);
UPDATE alert_rules SET is_active = false, updated_at = '2020-02-02 02:02 UTC';
SELECT results_eq(
    $$SELECT clock_timestamp() - updated_at < '1 minute', evaluated_at FROM alert_rules$$,
    $$VALUES (true, '2026-01-01 00:00+00'::timestamptz)$$,
    'every other update of a rule sets updated_at'
);
UPDATE alert_rules SET is_active = true;
SELECT is(
    (SELECT evaluated_at FROM alert_rules), NULL,
    'a rule that is active again forgets when it was evaluated'
);

-- What relies on it

INSERT INTO alert_suppressions (rule_id, reason, ends_at) SELECT id, 'works', '2030-01-01 00:00+00'
FROM alert_rules;
SELECT tests.accepts($$DELETE FROM alert_rules$$, 'a rule that raised nothing is deleted');

SELECT * FROM finish();
ROLLBACK;
