-- How alerts are raised and resolved: series whose alerts are known beforehand.

BEGIN;
SELECT plan(42);

-- Each series begins at 00:00 and has a sample a minute. Alerts are told by their subject, and from
-- the minute of their first bad sample to that of the sample by which it was good again.

CREATE FUNCTION pg_temp.told() RETURNS text
    LANGUAGE sql
    AS $$
    SELECT coalesce(string_agg(
        format(
            '%s %s-%s', subject, to_char(breached_at AT TIME ZONE 'UTC', 'MI'),
            coalesce(to_char(cleared_at AT TIME ZONE 'UTC', 'MI'), status::text)
        ),
        ', ' ORDER BY breached_at, subject
    ), 'nothing')
    FROM alerts
$$;

CREATE FUNCTION pg_temp.alerts_when_evaluated_every(_step interval, _minutes integer DEFAULT 59)
RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _at timestamptz := '2026-01-01 00:00+00';
    _end timestamptz := _at + make_interval(mins => _minutes);
    _alerts text;
BEGIN
    LOOP
        PERFORM evaluate_alerts(_at);
        EXIT WHEN _at >= _end;
        _at := least(_at + _step, _end);
    END LOOP;
    _alerts := pg_temp.told();
    DELETE FROM alerts;
    UPDATE alert_rules SET evaluated_at = NULL;
    RETURN _alerts;
END
$$;

-- What the rule is, the samples, and the alerts that are to come of it.
CREATE TEMPORARY TABLE plays (
    description text, rule jsonb, samples double precision[], alerts text
);
INSERT INTO plays VALUES
    ('a bad sample raises an alert, and a good one resolves it', '{}', '{10,90,90,10}',
        'system 01-03'),
    ('what stays bad stays an alert', '{}', '{10,90,90,90,90}', 'system 01-active'),
    ('what is at the threshold is not above it', '{}', '{80,80}', 'nothing'),
    ('but it is at least as much', '{"comparison": "at_least"}', '{79,80,79}', 'system 01-02'),
    ('too little may be bad', '{"comparison": "below"}', '{80,79,80}', 'system 01-02'),
    ('at most a little, too', '{"comparison": "at_most"}', '{81,80,81}', 'system 01-02'),
    ('what is bad again raises another alert', '{}', '{90,10,90,10,90}',
        'system 00-01, system 02-03, system 04-active'),
    ('a single spike raises nothing where two in a row are asked for',
        '{"raise_after_samples": 2}', '{10,90,10,10,90,10}', 'nothing'),
    ('what goes up and down at the threshold raises nothing either',
        '{"raise_after_samples": 2}', '{79,81,79,81,80,81,79,81}', 'nothing'),
    ('two in a row do', '{"raise_after_samples": 2}', '{79,81,81,79}', 'system 01-03'),
    ('an alert does not flap between the thresholds', '{"clear_threshold": 70}',
        '{90,79,81,71,85,75,70,75,79}', 'system 00-06'),
    ('it does not flap below them either', '{"clear_threshold": 90, "comparison": "below"}',
        '{70,85,79,89,90,85}', 'system 00-04'),
    ('one good sample does not resolve it where three in a row are asked for',
        '{"clear_after_samples": 3}', '{90,10,10,90,10,10,10,10}', 'system 00-06'),
    ('between the thresholds the good ones have to come in a row, too',
        '{"clear_after_samples": 2, "clear_threshold": 70}', '{90,60,75,60,75,60,60}',
        'system 00-06'),
    ('what is not bad for long enough raises nothing', '{"raise_after": "5 minutes"}',
        '{90,90,90,90,90,10,90,90}', 'nothing'),
    ('what is bad for long enough does', '{"raise_after": "5 minutes"}',
        '{10,90,90,90,90,90,90,10}', 'system 01-07'),
    ('nor is it resolved before it is good for long enough', '{"clear_after": "3 minutes"}',
        '{90,10,10,90,10,10,10,10}', 'system 00-07'),
    ('samples and time are both asked for',
        '{"raise_after": "1 minute", "raise_after_samples": 3}', '{90,90,10,90,90,90}',
        'system 03-active');

CREATE FUNCTION pg_temp.played(_metric text, _rule jsonb, _samples double precision[])
RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _once text;
    _each text;
    _some text;
BEGIN
    DELETE FROM alert_rules;
    INSERT INTO alert_rules (
        name, metric, threshold, comparison, clear_threshold, raise_after_samples, raise_after,
        clear_after_samples, clear_after, lookback
    )
    SELECT 'rule', _metric, 80, coalesce(comparison, 'above'), clear_threshold,
        coalesce(raise_after_samples, 1), coalesce(raise_after, '0'),
        coalesce(clear_after_samples, 1), coalesce(clear_after, '0'), '5 minutes'
    FROM jsonb_populate_record(NULL::alert_rules, _rule);
    PERFORM tests.a_series(_metric, _samples);
    _once := pg_temp.alerts_when_evaluated_every('59 minutes');
    _each := pg_temp.alerts_when_evaluated_every('1 minute');
    _some := pg_temp.alerts_when_evaluated_every('2 minutes 30 seconds');
    -- However often one looks, the alerts are the same.
    RETURN CASE WHEN _once = _each AND _once = _some THEN _once
        ELSE format('once: %s; each minute: %s; now and then: %s', _once, _each, _some) END;
END
$$;

SELECT is(pg_temp.played('play_' || place, rule, samples), alerts, description)
FROM (SELECT plays.*, row_number() OVER () AS place FROM plays) AS numbered
ORDER BY place;

-- The sixth sample is the first that is more than five minutes after the first one.
DELETE FROM alert_rules;
INSERT INTO alert_rules (name, metric, threshold, raise_after, lookback)
VALUES ('rule', 'seldom', 80, '5 minutes', '5 minutes');
SELECT tests.a_series('seldom', array_fill(90::float8, ARRAY[20]), _step => '70 seconds');
SELECT is(
    pg_temp.alerts_when_evaluated_every('5 seconds', 20), 'system 00-active',
    'who looks oftener than samples come sees how long they have been bad'
);

-- Several subjects

DELETE FROM alert_rules;
INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'queue', 80);
SELECT tests.a_series('queue', ARRAY[10, 90, 10], _component => 'mail');
SELECT tests.a_series('queue', ARRAY[90, 90, 90], _component => 'web');
INSERT INTO metrics (name, component, recorded_at, value, labels) VALUES
    ('queue', 'mail', '2026-01-01 00:01:30+00', 95, '{"lane": "fast"}'),
    ('queue', 'mail', '2026-01-01 00:02:30+00', 95, '{"lane": "fast"}');
SELECT is(
    pg_temp.alerts_when_evaluated_every('10 minutes'),
    'web 00-active, mail 01-02, mail {"lane": "fast"} 01-active',
    'each component, and each set of labels, is judged by itself'
);
UPDATE alert_rules SET component = 'web';
SELECT is(
    pg_temp.alerts_when_evaluated_every('10 minutes'), 'web 00-active',
    'a rule may be about one component'
);
UPDATE alert_rules SET component = NULL, labels = '{"lane": "fast"}';
SELECT is(
    pg_temp.alerts_when_evaluated_every('10 minutes'), 'mail {"lane": "fast"} 01-active',
    'a rule may be about some labels'
);

-- An alert itself

UPDATE alert_rules SET labels = '{}', component = 'web', severity = 'critical';
CREATE TEMPORARY TABLE evaluated AS SELECT * FROM evaluate_alerts('2026-01-01 00:10+00');
SELECT results_eq(
    $$SELECT severity::text, threshold, actual, status::text FROM evaluated$$,
    $$VALUES ('critical', 80::float8, 90::float8, 'active')$$,
    'an alert is as grave as its rule, and tells threshold and value'
);
SELECT is_empty(
    $$SELECT evaluate_alerts('2026-01-01 00:10+00')$$, 'who evaluates twice changes nothing'
);
SELECT is(
    (SELECT evaluated_at FROM alert_rules), '2026-01-01 00:10+00'::timestamptz,
    'a rule knows up to when it was evaluated'
);
SELECT evaluate_alerts('2026-01-01 00:05+00');
SELECT is(
    (SELECT evaluated_at FROM alert_rules), '2026-01-01 00:10+00'::timestamptz,
    'and does not forget it'
);
INSERT INTO metrics (name, component, recorded_at, value)
VALUES ('queue', 'web', '2026-01-01 00:09+00', 10);
SELECT results_eq(
    $$SELECT status::text, cleared_at FROM evaluate_alerts('2026-01-01 00:11+00')$$,
    $$VALUES ('resolved', '2026-01-01 00:09+00'::timestamptz)$$, 'a sample that came late is found'
);
DELETE FROM alerts;
UPDATE alert_rules SET evaluated_at = NULL, is_active = false;
SELECT is_empty(
    $$SELECT evaluate_alerts('2026-01-01 00:10+00')$$, 'a rule that is not active raises nothing'
);
UPDATE alert_rules SET is_active = true, lookback = '1 minute';
SELECT is_empty(
    $$SELECT evaluate_alerts('2026-01-01 00:10+00')$$,
    'nor does it, when it is active again, for what is longer ago than it reads back'
);

-- People: what they settle is what was measured until now.

DELETE FROM alert_rules;
INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'now', 80);
INSERT INTO metrics (name, value, recorded_at)
VALUES ('now', 90, clock_timestamp() - interval '1 minute');
SELECT is((SELECT count(*)::integer FROM evaluate_alerts()), 1, 'what is bad now is an alert');
UPDATE alerts SET status = 'acknowledged';
INSERT INTO metrics (name, value) VALUES ('now', 95);
SELECT is_empty($$SELECT evaluate_alerts()$$, 'who cares for an alert is not told again');
UPDATE alerts SET status = 'resolved';
SELECT is_empty($$SELECT evaluate_alerts()$$, 'what a person resolved is settled');
INSERT INTO metrics (name, value) VALUES ('now', 99);
SELECT is(
    (SELECT actual FROM evaluate_alerts()), 99::float8, 'what is bad after that is another alert'
);
DELETE FROM alerts;

-- Suppressions

DELETE FROM alert_rules;
INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'works', 80);
SELECT tests.a_series('works', ARRAY[10, 90, 10, 90, 90, 90, 90]);
INSERT INTO alert_suppressions (reason, starts_at, ends_at)
VALUES ('works', '2026-01-01 00:00+00', '2026-01-01 00:05+00');
SELECT is(
    (SELECT string_agg(status::text, ' ') FROM evaluate_alerts('2026-01-01 00:01+00')),
    'suppressed', 'what becomes bad during works is suppressed'
);
SELECT is(
    (SELECT string_agg(status::text, ' ') FROM evaluate_alerts('2026-01-01 00:03+00')),
    'resolved suppressed', 'and resolved when it is good again'
);
SELECT is(
    (SELECT string_agg(status::text, ' ') FROM evaluate_alerts('2026-01-01 00:05+00')),
    'active', 'what is still bad afterwards is active'
);
INSERT INTO alert_suppressions (subject, reason, starts_at, ends_at)
VALUES ('system', 'works', '2026-01-01 00:06+00', '2026-01-01 00:30+00');
SELECT results_eq(
    $$SELECT status::text, suppressed_until FROM evaluate_alerts('2026-01-01 00:06+00')$$,
    $$VALUES ('suppressed', '2026-01-01 00:30+00'::timestamptz)$$,
    'an alert that is active is suppressed when works begin'
);
INSERT INTO alert_suppressions (subject, reason, starts_at, ends_at)
VALUES ('system', 'more works', '2026-01-01 00:20+00', '2026-01-01 00:40+00');
SELECT results_eq(
    $$SELECT status::text, suppressed_until FROM evaluate_alerts('2026-01-01 00:30+00')$$,
    $$VALUES ('suppressed', '2026-01-01 00:40+00'::timestamptz)$$,
    'and stays so, and says until when, where other works go on'
);
DELETE FROM alerts;

-- Health checks

DELETE FROM alert_rules;
INSERT INTO alert_rules (
    name, source, comparison, threshold, raise_after_samples, clear_after_samples
)
VALUES ('rule', 'health_checks', 'at_least', 1, 3, 2);
SELECT tests.a_component('sick');
SELECT tests.a_component('well');
INSERT INTO health_checks (component_id, status, checked_at)
SELECT tests.component(look.component), look.status::health_status,
    '2026-01-01 00:00+00'::timestamptz + make_interval(mins => look.minute)
FROM (VALUES
    ('sick', 'unhealthy', 0), ('sick', 'unhealthy', 1), ('sick', 'healthy', 2),
    ('sick', 'unhealthy', 3), ('sick', 'unknown', 4), ('sick', 'unhealthy', 5),
    ('sick', 'unhealthy', 6), ('sick', 'healthy', 7), ('sick', 'unhealthy', 8),
    ('sick', 'degraded', 9), ('sick', 'healthy', 10),
    ('well', 'unhealthy', 0), ('well', 'degraded', 1), ('well', 'unhealthy', 2)
) AS look (component, status, minute);
SELECT is(
    pg_temp.alerts_when_evaluated_every('1 minute', 20), 'sick 03-10',
    'three unhealthy looks in a row raise an alert, and two others resolve it'
);

-- Silence

UPDATE alert_rules
SET kind = 'silence', comparison = 'above', threshold = 240, raise_after_samples = 1,
    clear_after_samples = 1, component = 'sick';
INSERT INTO health_checks (component_id, status, checked_at)
VALUES (tests.component('sick'), 'healthy', '2026-01-01 00:20+00');
SELECT is(
    pg_temp.alerts_when_evaluated_every('1 minute', 26), 'sick 15-20, sick 25-active',
    'who is not heard of for four minutes is missed, until heard of again'
);
SELECT is(
    pg_temp.alerts_when_evaluated_every('26 minutes', 26), 'sick 20-20, sick 26-active',
    'a silence that is over by the time of an evaluation is told by its end'
);
DELETE FROM alert_rules;
INSERT INTO alert_rules (name, kind, metric, component, threshold, created_at)
VALUES ('rule', 'silence', 'beat', 'heart', 120, '2026-01-01 00:00+00');
SELECT tests.a_series('beat', ARRAY[1, 1, 1], '2026-01-01 00:05+00', _component => 'heart');
SELECT is(
    pg_temp.alerts_when_evaluated_every('1 minute', 12), 'heart 03-05, heart 10-active',
    'a component that a rule names is missed even before it was heard of'
);

SELECT * FROM finish();
ROLLBACK;
