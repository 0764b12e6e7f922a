-- Months of partitioned tables: listed, made for all tables, and dropped when they are old.

BEGIN;
SELECT plan(11);

CREATE FUNCTION pg_temp.months() RETURNS text
    LANGUAGE sql
    RETURN (
        SELECT string_agg(partition, ' ' ORDER BY month) FROM list_month_partitions('events')
        WHERE month < '2021-01-01'
    );

SELECT is(partition_key('events'), 'occurred_at', 'a partitioned table has a key');
SELECT is(partition_key('tasks'), NULL, 'another one has none');

SELECT is(
    (SELECT count(*) FROM maintain_partitions(3)), 0::bigint, 'the months ahead are made already'
);
SELECT set_eq(
    $$SELECT regexp_replace(made.partition, '_\d{4}_\d\d$', '')
      FROM maintain_partitions(4) AS made (partition)$$,
    'SELECT partrelid::regclass::text FROM pg_partitioned_table',
    'one month more is made for every partitioned table'
);

SELECT make_month_partition('events', month)
FROM unnest(ARRAY['2020-01-01', '2020-02-01', '2020-03-01']::date[]) AS month;
INSERT INTO events (occurred_at, type, category, source) VALUES
    ('2020-01-31 23:59:59.999999+00', 'a', 'system', 't'),
    ('2020-02-29 23:59:59.999999+00', 'b', 'system', 't'),
    ('2020-03-01 00:00:00+00', 'c', 'system', 't'),
    ('2019-06-15 00:00:00+00', 'stray', 'system', 't');
SELECT is(
    pg_temp.months(), 'events_2020_01 events_2020_02 events_2020_03',
    'months are listed in their order, and the default partition is none'
);

SELECT is(
    ARRAY(SELECT drop_month_partitions('events', '2020-02-29 23:59:59.999999+00')),
    ARRAY['events_2019_06', 'events_2020_01'],
    'a month goes when it has ended before the moment, one of strays too'
);
SELECT is(
    (SELECT string_agg(type, ' ' ORDER BY occurred_at) FROM events
     WHERE occurred_at < '2021-01-01'),
    'b c', 'what is younger stays'
);
SELECT is(
    ARRAY(SELECT drop_month_partitions('events', '2020-03-01 00:00:00+00')),
    ARRAY['events_2020_02'], 'a month has ended with its last moment'
);
SELECT is(pg_temp.months(), 'events_2020_03', 'the next month is still there');

SET LOCAL TimeZone = 'Pacific/Kiritimati';
SELECT is(
    ARRAY(SELECT drop_month_partitions('events', '2020-03-31 23:00:00+00')), '{}',
    'months are those of UTC, whatever the session''s time zone'
);
SELECT is(
    ARRAY(SELECT drop_month_partitions('events', '2020-04-01 00:00:00+00')),
    ARRAY['events_2020_03'], 'and end as UTC does'
);

SELECT * FROM finish();
ROLLBACK;
