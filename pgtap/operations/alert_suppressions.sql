-- Times in which alerts are suppressed.

BEGIN;
SELECT plan(16);

SET LOCAL taskspine.actor = 'ada';
INSERT INTO alert_rules (name, metric, threshold) VALUES ('rule', 'load', 80), ('other', 'load', 9);
INSERT INTO alert_suppressions (reason, starts_at, ends_at)
VALUES ('works', '2026-01-01 00:00+00', '2026-01-02 00:00+00');

-- Keys and defaults

SELECT results_eq(
    $$SELECT rule_id, subject, created_by FROM alert_suppressions$$,
    $$VALUES (NULL::uuid, NULL::text, 'ada')$$, 'a suppression is of all alerts'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET rule_id = gen_random_uuid()$$,
    'alert_suppressions_rule_id_fkey', 'a suppression is of a rule that exists'
);

-- Rules

SELECT tests.accepts(
    $$UPDATE alert_suppressions SET subject = repeat('s', 1300)$$,
    'a subject may have 1300 characters'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET subject = repeat('s', 1301)$$,
    'alert_suppressions_subject_has_1_to_1300_characters', 'a subject has no 1301 characters'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET subject = ' '$$,
    'alert_suppressions_subject_has_1_to_1300_characters', 'a subject is not blank'
);
SELECT tests.accepts(
    $$UPDATE alert_suppressions SET reason = repeat('r', 10000)$$,
    'a reason may have 10000 characters'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET reason = repeat('r', 10001)$$,
    'alert_suppressions_reason_has_1_to_10000_characters', 'a reason has no 10001 characters'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET reason = ''$$,
    'alert_suppressions_reason_has_1_to_10000_characters', 'a suppression says why'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET ends_at = starts_at$$,
    'alert_suppressions_ends_after_it_starts', 'a suppression ends after it starts'
);
SELECT tests.violates(
    $$UPDATE alert_suppressions SET ends_at = 'infinity'$$,
    'alert_suppressions_ends_after_it_starts', 'a suppression ends'
);
SELECT tests.accepts(
    $$UPDATE alert_suppressions SET subject = NULL, ends_at = starts_at + interval '1 second'$$,
    'a suppression may be short'
);

-- Until when

INSERT INTO alert_suppressions (rule_id, subject, reason, starts_at, ends_at)
SELECT id, 'mail', 'works', '2026-01-01 00:00+00', '2026-01-01 01:00+00'
FROM alert_rules WHERE name = 'rule';
CREATE FUNCTION pg_temp.suppressed_until(_rule text, _subject text, _moment text)
RETURNS timestamptz
    LANGUAGE sql
    AS $$
    SELECT alert_suppressed_until(id, _subject, ('2026-01-01 ' || _moment || '+00')::timestamptz)
    FROM alert_rules WHERE name = _rule
$$;
SELECT is(
    pg_temp.suppressed_until('rule', 'mail', '00:00:00'), '2026-01-01 01:00+00'::timestamptz,
    'of several suppressions the last one to end counts'
);
SELECT is(
    pg_temp.suppressed_until('rule', 'web', '00:00:00'), '2026-01-01 00:00:01+00'::timestamptz,
    'a suppression of a subject is of no other'
);
SELECT is(
    pg_temp.suppressed_until('other', 'mail', '00:00:01'), NULL,
    'a suppression of a rule is of no other, and its end does not belong to it'
);
SELECT is(
    pg_temp.suppressed_until('rule', 'mail', '01:00:00'), NULL, 'nothing is suppressed for ever'
);

-- What it relies on

DELETE FROM alert_rules;
SELECT is(
    (SELECT count(*)::integer FROM alert_suppressions), 1, 'a suppression ends with its rule'
);

SELECT * FROM finish();
ROLLBACK;
