-- Months of a table that only grows: made ahead, or after rows of them have come.

BEGIN;
SELECT plan(23);

CREATE FUNCTION pg_temp.month(_months_ahead integer) RETURNS text
    LANGUAGE sql
    RETURN to_char(
        (clock_timestamp() AT TIME ZONE 'UTC') + make_interval(months => _months_ahead), 'YYYY_MM'
    );

CREATE TABLE sightings (
    seen_at timestamptz NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    what text NOT NULL DEFAULT 'a thing' CHECK (what <> ''),
    PRIMARY KEY (seen_at, id)
) PARTITION BY RANGE (seen_at);
CREATE INDEX ON sightings (what);

-- Made ahead

SELECT set_eq(
    $$SELECT make_month_partitions('sightings')$$,
    $$SELECT 'sightings_' || pg_temp.month(n) FROM generate_series(0, 3) AS n$$,
    'this month and three more are made'
);
SELECT has_table('sightings_default'::name, 'and a partition for all other months');
SELECT is_empty(
    $$SELECT make_month_partitions('sightings')$$, 'a second call finds them made'
);
SELECT set_eq(
    $$SELECT make_month_partitions('sightings', 5)$$,
    $$SELECT 'sightings_' || pg_temp.month(n) FROM generate_series(4, 5) AS n$$,
    'only the months that are missing are made'
);
SELECT is(
    make_month_partition('sightings', '2020-02-01'), 'sightings_2020_02',
    'a month of the past can be made'
);
SELECT is(
    make_month_partition('sightings', '2020-02-01'), NULL, 'a month that is there is not made again'
);

-- Their bounds are those of UTC, wherever the maker is.

SET LOCAL TimeZone = 'Pacific/Kiritimati';
SELECT make_month_partition('sightings', '2021-12-01');
SET LOCAL TimeZone = 'UTC';
INSERT INTO sightings (seen_at, what) VALUES
    ('2021-12-01 00:00+00', 'first'), ('2021-12-31 23:59:59.999999+00', 'last'),
    ('2021-11-30 23:59:59.999999+00', 'before'), ('2022-01-01 00:00+00', 'after');
SELECT set_eq(
    $$SELECT what FROM sightings_2021_12$$, ARRAY['first', 'last'],
    'a month has its first moment and its last'
);
SELECT set_eq(
    $$SELECT what FROM sightings_default$$, ARRAY['before', 'after'],
    'a row of a missing month is accepted by the default partition'
);
SELECT is(
    (SELECT array_agg(what) FROM sightings WHERE seen_at = '2021-12-01 00:00+00'), ARRAY['first'],
    'rows are found by their table'
);

-- Made after rows have come

SELECT is(
    make_month_partition('sightings', '2022-01-01'), 'sightings_2022_01',
    'a month whose rows are there already is made'
);
SELECT set_eq(
    $$SELECT what FROM sightings_2022_01$$, ARRAY['after'], 'its rows move there'
);
SELECT set_eq(
    $$SELECT what FROM sightings_default$$, ARRAY['before'], 'those of other months stay'
);
SELECT is(
    (SELECT count(*)::integer FROM sightings), 4, 'none is lost, and none is there twice'
);
SELECT tests.violates(
    $$INSERT INTO sightings_2022_01 (seen_at, id, what) OVERRIDING SYSTEM VALUE
      VALUES ('2022-01-02', 1, '')$$,
    'sightings_what_check', 'a month keeps to the rules of its table'
);
SELECT is(
    (SELECT count(*)::integer FROM pg_index WHERE indrelid = 'sightings_2022_01'::regclass), 2,
    'a month has the indexes of its table'
);

-- Of a table that nobody may rewrite

SELECT is_empty($$SELECT make_month_partitions('audit_log')$$, 'the months of the log are made');
INSERT INTO audit_log (changed_at, entity_type, entity_id, action, new_values) VALUES
    ('2020-05-05 05:05+00', 'things', '1', 'insert', '{}'),
    ('2020-06-06 06:06+00', 'things', '2', 'insert', '{}');
SELECT is(
    make_month_partition('audit_log', '2020-05-01'), 'audit_log_2020_05',
    'a month of a history is made after its rows have come'
);
SELECT results_eq(
    $$SELECT tableoid::regclass::text, entity_id FROM audit_log
      WHERE changed_at < '2020-12-12' ORDER BY entity_id$$,
    $$VALUES ('audit_log_2020_05', '1'), ('audit_log_default', '2')$$,
    'and they move there, though nobody may delete them'
);
SELECT tests.violates(
    $$DELETE FROM audit_log_2020_05$$, 'audit_log_append_only',
    'what has moved is not deleted either'
);
SELECT tests.violates(
    $$UPDATE audit_log SET actor = 'nobody' WHERE entity_id = '1'$$, 'audit_log_append_only',
    'nor changed'
);
SELECT tests.violates(
    $$DELETE FROM audit_log_default$$, 'audit_log_append_only', 'nor is what has stayed'
);
SELECT tests.violates(
    $$TRUNCATE audit_log_2020_05$$, 'audit_log_not_truncated', 'a month is not emptied'
);
SELECT tests.violates(
    $$TRUNCATE audit_log_default$$, 'audit_log_not_truncated', 'nor is the default partition'
);

SELECT * FROM finish();
ROLLBACK;
