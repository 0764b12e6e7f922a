-- What rules found bad, until it was good again.

BEGIN;
SELECT plan(38);

INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'load', 80), ('other', 'load', 9);
CREATE FUNCTION pg_temp.an_alert(_subject text, _status alert_status DEFAULT 'active')
RETURNS uuid
    LANGUAGE sql
    AS $$
    INSERT INTO alerts (
        rule_id, subject, severity, threshold, actual, breached_at, sampled_at, status
    )
    SELECT id, _subject, 'warning', 80, 90, '2026-01-01 00:00+00', '2026-01-01 00:05+00', _status
    FROM alert_rules WHERE name = 'rule'
    RETURNING id
$$;
SELECT pg_temp.an_alert('mail');

-- Keys and defaults

SELECT results_eq(
    $$SELECT status::text, clock_timestamp() - raised_at < '1 minute', acknowledged_at, resolved_at
      FROM alerts$$,
    $$VALUES ('active', true, NULL::timestamptz, NULL::timestamptz)$$, 'an alert is raised now'
);
SELECT tests.violates(
    $$UPDATE alerts SET rule_id = gen_random_uuid()$$,
    'alerts_rule_id_fkey', 'an alert is raised by a rule that exists'
);
SELECT tests.violates(
    $$DELETE FROM alert_rules$$,
    'alerts_rule_id_fkey', 'a rule is not deleted while alerts tell of it'
);
SELECT tests.violates(
    $$SELECT pg_temp.an_alert('mail', 'suppressed')$$,
    'alerts_one_open_per_rule_and_subject', 'a rule has one open alert about a subject'
);
SELECT tests.accepts(
    $$SELECT pg_temp.an_alert('mail', 'resolved')$$, 'and any number that are resolved'
);
SELECT tests.accepts($$SELECT pg_temp.an_alert('web')$$, 'and one about another subject');
DELETE FROM alerts WHERE subject = 'web' OR status = 'resolved';

-- Rules

SELECT CASE
    WHEN rule IS NULL THEN tests.accepts('UPDATE alerts SET ' || assignment, description)
    ELSE tests.violates('UPDATE alerts SET ' || assignment, rule, description)
END
FROM (VALUES
    ('subject = repeat(''s'', 1300)', NULL, 'a subject may have 1300 characters'),
    ('subject = repeat(''s'', 1301)', 'alerts_subject_has_1_to_1300_characters',
        'a subject has no 1301 characters'),
    ('subject = '' ''', 'alerts_subject_has_1_to_1300_characters', 'a subject is not blank'),
    ('threshold = -1e100', NULL, 'a threshold may be small'),
    ('threshold = -1.1e100', 'alerts_threshold_in_range', 'a threshold is a value'),
    ('actual = 1e100', NULL, 'an actual value may be large'),
    ('actual = ''NaN''', 'alerts_actual_in_range', 'an actual value is a number'),
    ('note = repeat(''n'', 10000)', NULL, 'a note may have 10000 characters'),
    ('note = repeat(''n'', 10001)', 'alerts_note_up_to_10000_characters',
        'a note has no 10001 characters'),
    ('sampled_at = breached_at', NULL, 'one bad sample may be enough'),
    ('sampled_at = breached_at - interval ''1 second''', 'alerts_sampled_at_not_before_breached_at',
        'the last sample is not before the first'),
    ('sampled_at = ''infinity''', 'alerts_sampled_at_not_before_breached_at',
        'no sample is at infinity'),
    ('suppressed_until = ''2030-01-01 00:00+00''', 'alerts_suppressed_until_fits_status',
        'an alert that is active is not suppressed until a moment'),
    ('resolved_at = ''2030-01-01 00:00+00''', 'alerts_resolved_at_fits_status',
        'an alert that is active was not resolved'),
    ('status = ''suppressed'', suppressed_until = ''2030-01-01 00:00+00''', NULL,
        'an alert may be suppressed until a moment')
) AS attempt (assignment, rule, description);
DELETE FROM alerts;

-- Moves

CREATE FUNCTION pg_temp.move(_from alert_status, _to alert_status) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _id uuid := pg_temp.an_alert(format('%s %s', _from, _to), _from);
BEGIN
    UPDATE alerts SET status = _to WHERE id = _id;
END
$$;
SELECT CASE
    WHEN (one.status, other.status) IN (
        ('active', 'acknowledged'), ('active', 'suppressed'), ('active', 'resolved'),
        ('acknowledged', 'suppressed'), ('acknowledged', 'resolved'), ('suppressed', 'active'),
        ('suppressed', 'acknowledged'), ('suppressed', 'resolved')
    ) THEN tests.accepts(move.statement, move.description)
    ELSE tests.violates(
        move.statement, 'alerts_status_follows_moves', move.description || ': never'
    )
END
FROM unnest(enum_range(NULL::alert_status)) AS one (status)
CROSS JOIN unnest(enum_range(NULL::alert_status)) AS other (status)
CROSS JOIN LATERAL (
    SELECT
        format('SELECT pg_temp.move(%L, %L)', one.status, other.status),
        format('an alert goes from %s to %s', one.status, other.status)
) AS move (statement, description)
WHERE one.status <> other.status
ORDER BY one.status, other.status;
SELECT is(
    tests.detail_of($$SELECT pg_temp.move('resolved', 'active')$$),
    'From resolved it can go to: nowhere.', 'a refusal says where an alert can go'
);
DELETE FROM alerts;

-- Effects

SELECT pg_temp.an_alert('mail');
SET LOCAL taskspine.actor = 'ada';
UPDATE alerts SET status = 'acknowledged';
SET LOCAL taskspine.actor = 'bob';
UPDATE alerts SET status = 'suppressed', suppressed_until = '2030-01-01 00:00+00';
UPDATE alerts SET status = 'acknowledged';
UPDATE alerts SET status = 'resolved';
SELECT results_eq(
    $$SELECT acknowledged_by, resolved_by, suppressed_until, acknowledged_at < resolved_at,
          sampled_at = resolved_at
      FROM alerts$$,
    $$VALUES ('ada', 'bob', NULL::timestamptz, true, true)$$,
    'who acknowledges and who resolves is noted, and what was measured until then is settled'
);
DELETE FROM alerts;
SELECT pg_temp.an_alert('mail');
UPDATE alerts SET status = 'resolved', cleared_at = '2026-01-01 00:10+00';
SELECT results_eq(
    $$SELECT resolved_by, sampled_at, clock_timestamp() - resolved_at < '1 minute' FROM alerts$$,
    $$VALUES (NULL::text, '2026-01-01 00:10+00'::timestamptz, true)$$,
    'what is good again by itself is resolved by nobody'
);
UPDATE alerts SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM alerts), true,
    'every update of an alert sets updated_at'
);
SELECT is(
    (SELECT count(*)::integer FROM audit_log
     WHERE entity_type = 'alerts' AND entity_id = (SELECT id::text FROM alerts)), 2,
    'every change of an alert is recorded'
);

SELECT * FROM finish();
ROLLBACK;
