-- Measurements: time series by name, component and labels.

BEGIN;
SELECT plan(31);

INSERT INTO metrics (name, value) VALUES ('cpu_percent', 12.5);

-- Keys and defaults

SELECT results_eq(
    $$SELECT component, unit, labels, scope::text, instrument::text,
          clock_timestamp() - recorded_at < '1 minute' FROM metrics$$,
    $$VALUES ('system', NULL::text, '{}'::jsonb, 'system', 'gauge', true)$$,
    'a value is measured now, as a gauge of the system'
);

-- Rules

SELECT tests.violates(
    $$INSERT INTO metrics (name, value, recorded_at) VALUES ('a', 1, 'infinity')$$,
    'metrics_recorded_at_is_a_moment', 'nothing is measured at infinity'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value, recorded_at) VALUES ('a', 1, '2020-02-02 00:00+00')$$,
    'a value of a month that nobody made is kept'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value, component) VALUES ('a', 1, repeat('c', 200))$$,
    'a component may have 200 characters'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, component) VALUES ('a', 1, repeat('c', 201))$$,
    'metrics_component_has_1_to_200_characters', 'a component has no 201 characters'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, component) VALUES ('a', 1, ' ')$$,
    'metrics_component_has_1_to_200_characters', 'a component is not blank'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value) VALUES ('pool.wait_ms', 1)$$, 'a name may have parts'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('pool..wait', 1)$$,
    'metrics_name_is_dotted_identifier', 'no part of a name is empty'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('CPU', 1)$$,
    'metrics_name_is_dotted_identifier', 'a name is in lower case'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value) VALUES (repeat('a', 100), 1)$$,
    'a name may have 100 characters'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES (repeat('a', 101), 1)$$,
    'metrics_name_is_dotted_identifier', 'a name has no 101 characters'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value) VALUES ('a', 1e100)$$, 'a value may be large'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value) VALUES ('a', -1e100)$$, 'a value may be small'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('a', 1.001e100)$$,
    'metrics_value_in_range', 'no value is larger than sums can hold'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('a', -1.001e100)$$,
    'metrics_value_in_range', 'no value is smaller than sums can hold'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('a', 'NaN')$$,
    'metrics_value_in_range', 'a value is a number'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('a', 'Infinity')$$,
    'metrics_value_in_range', 'a value is not infinite'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value) VALUES ('a', '-Infinity')$$,
    'metrics_value_in_range', 'a value is not infinite below zero either'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value, instrument) VALUES ('a', 0, 'counter')$$,
    'a counter begins at zero'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, instrument) VALUES ('a', -1, 'counter')$$,
    'metrics_counter_not_negative', 'a counter is not below zero'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value, unit) VALUES ('a', 1, repeat('u', 50))$$,
    'a unit may have 50 characters'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, unit) VALUES ('a', 1, repeat('u', 51))$$,
    'metrics_unit_has_1_to_50_characters', 'a unit has no 51 characters'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, unit) VALUES ('a', 1, '')$$,
    'metrics_unit_has_1_to_50_characters', 'a unit is not blank'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, labels) VALUES ('a', 1, '["mail"]')$$,
    'metrics_labels_is_object_of_text', 'labels are no array'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, labels) VALUES ('a', 1, '{"queue": 1}')$$,
    'metrics_labels_is_object_of_text', 'no label is a number'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, labels) VALUES ('a', 1, '{"queue": ["mail"]}')$$,
    'metrics_labels_is_object_of_text', 'no label is a list'
);
SELECT tests.accepts(
    $$INSERT INTO metrics (name, value, labels)
      VALUES ('a', 1, jsonb_build_object('a', repeat('x', 1024 - 9)))$$,
    'labels may have 1 kB'
);
SELECT tests.violates(
    $$INSERT INTO metrics (name, value, labels)
      VALUES ('a', 1, jsonb_build_object('a', repeat('x', 1024 - 8)))$$,
    'metrics_labels_up_to_1_kb', 'labels have no byte more than 1 kB'
);
SELECT tests.violates(
    $$UPDATE metrics SET value = 1$$, 'metrics_append_only', 'what was measured is not changed'
);
SELECT tests.violates(
    $$DELETE FROM metrics$$, 'metrics_append_only', 'what was measured is not deleted'
);

-- Functions

INSERT INTO metrics (name, value, component) VALUES
    ('b', 1, 'x'), ('b', 1, 'y'), ('b', 1, 'x'), ('c', 1, 'z');
SELECT results_eq(
    $$SELECT component FROM metric_components('b') AS known (component)$$,
    $$VALUES ('x'), ('y')$$, 'each component of a metric is found once'
);

SELECT * FROM finish();
ROLLBACK;
