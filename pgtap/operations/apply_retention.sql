-- Retention: what is old goes, unless something needs it.

BEGIN;
SELECT plan(48);

-- Closes a task so many days ago: by a claim, which leaves an attempt of an hour, or by hand.
CREATE FUNCTION pg_temp.close(_ref text, _days_ago integer, _by_hand boolean DEFAULT true)
RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _then timestamptz := clock_timestamp() - make_interval(days => _days_ago);
BEGIN
    IF _by_hand THEN
        PERFORM tests.set_status(_ref, 'completed');
    ELSE
        PERFORM complete_executions(ARRAY[tests.an_attempt(_ref)]);
        UPDATE task_executions
        SET started_at = _then - interval '1 hour', completed_at = _then
        WHERE task_id = tests.task(_ref);
    END IF;
    -- Written as a claim writes, which is the only way to set these moments.
    UPDATE tasks SET completed_at = _then, moves = moves + 1 WHERE ref = _ref;
END
$$;

CREATE FUNCTION pg_temp.refs() RETURNS text
    LANGUAGE sql
    RETURN (SELECT string_agg(ref, ' ' ORDER BY ref) FROM tasks);

CREATE FUNCTION pg_temp.of(_class text, _is_dry_run boolean DEFAULT true) RETURNS bigint
    LANGUAGE sql VOLATILE
    RETURN (SELECT row_count FROM apply_retention(_is_dry_run, _class::retention_class));

-- Tasks

SELECT tests.some_tasks('alone', 'young', 'needed', 'pending', 'first', 'second', 'under-young');
SELECT tests.some_tasks('parent', 'held', 'in-workflow', 'in-review', 'reviewed');
SELECT tests.a_task(
    (SELECT task_list_id FROM tasks WHERE ref = 'parent'), 'child',
    _parent_id => tests.task('parent')
);
SELECT tests.waits_for('pending', 'needed');
SELECT tests.waits_for('second', 'first');
SELECT tests.waits_for('young', 'under-young');
SELECT pg_temp.close(ref, 366)
FROM unnest(ARRAY['alone', 'needed', 'first', 'second', 'under-young', 'parent', 'in-workflow',
    'in-review', 'reviewed']) AS ref;
SELECT pg_temp.close('young', 364);
INSERT INTO workflows (project_id, name) VALUES (tests.project(), 'w');
INSERT INTO workflow_tasks (workflow_id, task_id, position)
SELECT id, tests.task('in-workflow'), 1 FROM workflows;
INSERT INTO pull_requests (project_id, task_id, number, repository, branch, title, status)
VALUES
    (tests.project(), tests.task('in-review'), 1, 'example/orrery', 'b', 'open', 'open'),
    (tests.project(), tests.task('reviewed'), 2, 'example/orrery', 'c', 'closed', 'closed');
SELECT tests.a_task(tests.a_list(tests.a_project('q')), 'kept');
SELECT pg_temp.close('kept', 999);
INSERT INTO legal_holds (project_id, reason, ordered_by)
VALUES (tests.project('q'), 'a case', 'ada');

CREATE TEMPORARY TABLE before AS SELECT pg_temp.refs() AS refs;
SELECT is(pg_temp.of('tasks'), 4::bigint, 'a dry run counts what would go');
SELECT is(pg_temp.refs(), (SELECT refs FROM before), 'a dry run removes nothing');
SELECT results_eq(
    $$SELECT task.ref::text
      FROM list_expired_tasks(clock_timestamp() - interval '365 days') AS expired
      JOIN tasks AS task ON task.id = expired.task_id
      ORDER BY 1$$,
    $$VALUES ('alone'), ('first'), ('reviewed'), ('second')$$,
    'a task goes when nothing that stays needs it'
);
SELECT is(pg_temp.of('tasks', false), 4::bigint, 'retention removes what the dry run said');
SELECT is(
    pg_temp.refs(),
    'child held in-review in-workflow kept needed parent pending under-young young',
    'what is young, open, needed, under way, in review or held stays'
);
SELECT is(
    (SELECT task_id FROM pull_requests WHERE number = 2), NULL, 'a pull request outlives its task'
);
SELECT is(pg_temp.of('tasks', false), 0::bigint, 'a second time removes nothing');
SELECT tests.set_status('pending', 'cancelled');
UPDATE tasks
SET updated_at = clock_timestamp() - interval '366 days', moves = moves + 1
WHERE ref = 'pending';
SELECT is(
    pg_temp.of('tasks', false), 2::bigint, 'what was needed goes together with what needed it'
);
UPDATE legal_holds SET released_at = clock_timestamp(), released_by = 'ada';
SELECT is(pg_temp.of('tasks', false), 1::bigint, 'what was held goes when the hold is released');
UPDATE retention_policies SET is_active = false WHERE data_class = 'tasks';
SELECT is(
    (SELECT count(*) FROM apply_retention(true, 'tasks', 1)), 0::bigint,
    'nothing goes of a class that is not active'
);
UPDATE retention_policies SET is_active = true WHERE data_class = 'tasks';
SELECT is_empty('SELECT * FROM check_invariants()', 'what stays is sound');

-- Attempts

DELETE FROM tasks;
SELECT tests.some_tasks('A', 'B', 'C');
SELECT pg_temp.close('A', 91, false);
SELECT pg_temp.close('B', 89, false);
SELECT fail_executions(ARRAY[tests.an_attempt('C')]);
UPDATE task_executions SET completed_at = clock_timestamp() - interval '181 days',
    started_at = clock_timestamp() - interval '182 days'
WHERE task_id = tests.task('C');
SELECT is(pg_temp.of('completed_executions'), 1::bigint, 'done attempts go after 90 days');
SELECT is(
    pg_temp.of('failed_executions'), 0::bigint, 'the attempts of a task that is open stay'
);
SELECT tests.set_status('C', 'cancelled');
SELECT is(pg_temp.of('failed_executions'), 1::bigint, 'failed attempts go after 180 days');
SELECT is(
    (SELECT actual_hours FROM task_overview WHERE ref = 'A'), 1::numeric, 'a task took an hour'
);
SELECT is(pg_temp.of('completed_executions', false), 1::bigint, 'done attempts are removed');
SELECT is(
    (SELECT round(actual_hours, 2) FROM task_overview WHERE ref = 'A'), 1.00,
    'the hours that a task took outlive its attempts'
);
SELECT is(
    (SELECT count(*) FROM task_executions WHERE task_id = tests.task('A')), 0::bigint,
    'which are gone'
);
SELECT is_empty('SELECT * FROM check_invariants()', 'what stays is sound');

-- A whole run

DELETE FROM tasks;
SELECT tests.some_tasks('D', 'E');
SELECT pg_temp.close('D', 400, false);
SELECT pg_temp.close('E', 100, false);
CREATE TEMPORARY TABLE preview AS SELECT data_class, row_count FROM apply_retention();
SELECT is(
    (SELECT row_count FROM preview WHERE data_class = 'completed_executions'), 1::bigint,
    'the attempts of a task that would go are not counted twice'
);
SELECT set_eq(
    'SELECT data_class, row_count FROM apply_retention(false)',
    'SELECT data_class, row_count FROM preview', 'a run removes what the dry run said'
);
SELECT tests.accepts(
    format('SELECT * FROM apply_retention(true, NULL, %s)', days), format('for %s days', days)
)
FROM (VALUES (1), (36500)) AS example (days);
SELECT tests.violates(
    format('SELECT * FROM apply_retention(true, NULL, %s)', days),
    'retention_policies_keep_days_in_range', format('not for %s days', days)
)
FROM (VALUES (0), (-31), (36501)) AS example (days);
SELECT tests.accepts(
    $$SELECT retention_policies_applied_at_read_committed('read committed')$$,
    'retention sees what its locks have waited for'
);
SELECT tests.violates(
    $$SELECT retention_policies_applied_at_read_committed('repeatable read')$$,
    'retention_policies_applied_at_read_committed', 'and does not go by an old snapshot'
);

-- What is partitioned

SELECT make_month_partition('events', '2020-02-01');
INSERT INTO events (occurred_at, type, category, source) VALUES
    ('2020-02-02', 'old', 'system', 'test'), ('2019-01-01', 'older', 'system', 'test');
SELECT results_eq(
    $$SELECT partitions, note FROM apply_retention(true, 'events')$$,
    $$VALUES (ARRAY['events_2019_01', 'events_2020_02'], 'rows as the server estimates them')$$,
    'a dry run names the months that would be dropped, and those of stray rows'
);
SELECT is(
    (SELECT partitions FROM apply_retention(false, 'events')),
    ARRAY['events_2019_01', 'events_2020_02'],
    'old months are dropped, and the default partition is cleared of what is old'
);
SELECT is(
    (SELECT count(*) FROM events WHERE type LIKE 'old%'), 0::bigint, 'and their rows are gone'
);
SELECT is(
    (SELECT partitions FROM apply_retention(false, 'events')), '{}', 'once'
);
INSERT INTO legal_holds (project_id, reason, ordered_by)
VALUES (tests.project(), 'a case', 'ada');
SELECT make_month_partition('audit_log', '2020-02-01');
SELECT results_eq(
    $$SELECT partitions, note FROM apply_retention(false, 'audit_log')$$,
    $$VALUES ('{}'::text[], 'kept: a legal hold is in force')$$,
    'while a hold is in force, no history that projects share is dropped'
);
UPDATE legal_holds SET released_at = clock_timestamp(), released_by = 'ada';
INSERT INTO audit_log (changed_at, entity_type, entity_id, action, new_values)
VALUES ('2020-02-02', 'things', '1', 'insert', '{}');
SELECT is(
    (SELECT partitions FROM apply_retention(false, 'audit_log')), ARRAY['audit_log_2020_02'],
    'the log goes by the month, too'
);
SELECT is_empty('SELECT * FROM verify_audit_log()', 'and what stays is still in its chain');

-- Errors, deliveries and messages

INSERT INTO error_logs (type, message, status, first_seen_at, last_seen_at) VALUES
    ('a', 'resolved', 'resolved', '2020-02-02', clock_timestamp() - interval '181 days'),
    ('b', 'resolved lately', 'resolved', '2020-02-02', clock_timestamp() - interval '179 days'),
    ('c', 'open', 'open', '2020-02-02', '2020-02-02');
SELECT is(pg_temp.of('error_logs'), 1::bigint, 'errors go when they are resolved and old');
SELECT is(pg_temp.of('error_logs', false), 1::bigint, 'and are removed');
INSERT INTO webhook_deliveries (source, delivery_id, received_at, last_received_at) VALUES
    ('github', 'old', '2020-02-02', '2020-02-02'),
    ('github', 'repeated', '2020-02-02', clock_timestamp());
SELECT is(pg_temp.of('webhook_deliveries'), 1::bigint, 'deliveries go when they are old');
SELECT is(pg_temp.of('webhook_deliveries', false), 1::bigint, 'and are removed');
INSERT INTO components (name, type) VALUES ('c', 'generator');
INSERT INTO component_messages (target_component_id, type) SELECT id, 'ping' FROM components;
SELECT is(pg_temp.of('component_messages'), 0::bigint, 'messages that are under way stay');

-- Alerts and baselines

SELECT tests.an_alert('old', 'resolved', 181);
SELECT tests.an_alert('young', 'resolved', 179);
SELECT tests.an_alert('open', 'active', 181);
SELECT is(pg_temp.of('alerts'), 1::bigint, 'alerts go when they are resolved and old');
SELECT is(pg_temp.of('alerts', false), 1::bigint, 'and are removed');
UPDATE alert_rules SET lookback = '7 days', raise_after = '1 day';
SELECT tests.an_alert('read', 'resolved', 7);
SELECT tests.an_alert('past', 'resolved', 9);
UPDATE alert_rules SET lookback = '7 days', raise_after = '1 day';
SELECT results_eq(
    $$SELECT alert.subject FROM list_expired_alerts(clock_timestamp() - interval '1 day') AS expired
      JOIN alerts AS alert ON alert.id = expired.alert_id
      ORDER BY 1$$,
    $$VALUES ('past'), ('young')$$,
    'what an evaluation would read, and raise again, stays'
);
SELECT tests.a_series('load', ARRAY[1, 2, 3], '2020-01-01 00:00+00', '1 day');
SELECT compute_baselines('2020-01-01', '2020-01-02');
SELECT compute_baselines('2020-01-02', '2020-01-03');
SELECT is(pg_temp.of('baselines'), 1::bigint, 'baselines go when they are old');
SELECT is(pg_temp.of('baselines', false), 1::bigint, 'and are removed');
SELECT is(
    (SELECT starts_at FROM baselines), '2020-01-02'::timestamptz,
    'but for the last one, by which values are still judged'
);

-- All of it

SELECT set_eq(
    'SELECT data_class FROM apply_retention()',
    'SELECT unnest(enum_range(NULL::retention_class))',
    'without a class it is about all'
);
SELECT results_eq(
    $$SELECT round(extract(epoch FROM clock_timestamp() - cutoff) / 86400)
      FROM apply_retention(true, 'tasks', 7)$$,
    'VALUES (7::numeric)', 'a number of days takes the place of the policy''s'
);

SELECT * FROM finish();
ROLLBACK;
