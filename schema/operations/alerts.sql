-- One row is an alert: a rule that found something bad with a subject, from then until it was good
-- again. evaluate_alerts raises and resolves it; people acknowledge, suppress or resolve it. It is
-- kept as a history.

CREATE TYPE alert_status AS ENUM ('active', 'acknowledged', 'suppressed', 'resolved');
CREATE TYPE alert_order AS ENUM ('raised_at', 'severity', 'status', 'subject');

COMMENT ON TYPE alert_status IS
    'Where an alert stands. acknowledged: somebody cares for it; suppressed: nobody is to be told for now; resolved: it is over.';
COMMENT ON TYPE alert_order IS 'What a list of alerts can be ordered by.';

CREATE TABLE alerts (
    id               uuid              NOT NULL DEFAULT uuid_v7(),
    rule_id          uuid              NOT NULL,
    subject          text              NOT NULL,
    severity         severity          NOT NULL,
    threshold        double precision  NOT NULL,
    actual           double precision  NOT NULL,
    status           alert_status      NOT NULL DEFAULT 'active',
    note             text,
    breached_at      timestamptz       NOT NULL,
    sampled_at       timestamptz       NOT NULL,
    raised_at        timestamptz       NOT NULL DEFAULT clock_timestamp(),
    acknowledged_at  timestamptz,
    acknowledged_by  text,
    suppressed_until timestamptz,
    cleared_at       timestamptz,
    resolved_at      timestamptz,
    resolved_by      text,
    updated_at       timestamptz       NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT alerts_pkey PRIMARY KEY (id),
    CONSTRAINT alerts_rule_id_fkey
        FOREIGN KEY (rule_id) REFERENCES alert_rules (id) ON DELETE NO ACTION,
    CONSTRAINT alerts_subject_has_1_to_1300_characters
        CHECK (subject ~ '\S' AND length(subject) <= 1300),
    CONSTRAINT alerts_threshold_in_range CHECK (threshold BETWEEN -1e100 AND 1e100),
    CONSTRAINT alerts_actual_in_range CHECK (actual BETWEEN -1e100 AND 1e100),
    CONSTRAINT alerts_note_up_to_10000_characters CHECK (length(note) <= 10000),
    CONSTRAINT alerts_sampled_at_not_before_breached_at
        CHECK (sampled_at >= breached_at AND isfinite(breached_at) AND isfinite(sampled_at)),
    CONSTRAINT alerts_suppressed_until_fits_status
        CHECK (suppressed_until IS NULL OR status = 'suppressed'),
    CONSTRAINT alerts_resolved_at_fits_status
        CHECK ((resolved_at IS NOT NULL) = (status = 'resolved'))
);

-- Also list_alerts of those that are not over, and count_alerts_by_status.
CREATE UNIQUE INDEX alerts_one_open_per_rule_and_subject ON alerts (rule_id, subject)
    WHERE status <> 'resolved';

-- alerts_rule_id_fkey, and the latest alert of a rule and a subject, from which it is judged on.
CREATE INDEX alerts_rule_id_subject_sampled_at_raised_at_idx
    ON alerts (rule_id, subject, sampled_at, raised_at);

-- list_alerts: the latest, of a time.
CREATE INDEX alerts_raised_at_id_idx ON alerts (raised_at, id);

COMMENT ON TABLE alerts IS 'What rules found bad, until it was good again.';
COMMENT ON COLUMN alerts.subject IS 'What is bad: the name of a component, and the labels of its metric where it has any.';
COMMENT ON COLUMN alerts.severity IS 'As grave as the rule was when it raised it.';
COMMENT ON COLUMN alerts.threshold IS 'The threshold of the rule when it raised it.';
COMMENT ON COLUMN alerts.actual IS 'The value by which it was raised: that of the last sample of those in a row.';
COMMENT ON COLUMN alerts.note IS 'What people have to say about it.';
COMMENT ON COLUMN alerts.breached_at IS 'When the first of the bad samples was taken.';
COMMENT ON COLUMN alerts.sampled_at IS
    'Up to which sample it has taken notice of: samples up to then neither resolve it nor raise another one.';
COMMENT ON COLUMN alerts.raised_at IS 'When it was raised, by the server''s clock.';
COMMENT ON COLUMN alerts.acknowledged_at IS 'Set by the database when somebody acknowledges it.';
COMMENT ON COLUMN alerts.acknowledged_by IS 'Set by the database: the setting taskspine.actor, or else the role that logged in.';
COMMENT ON COLUMN alerts.suppressed_until IS 'While it is suppressed: until when; null until somebody says otherwise.';
COMMENT ON COLUMN alerts.cleared_at IS 'When the sample was taken by which it was good again; null when a person resolved it.';
COMMENT ON COLUMN alerts.resolved_at IS 'Set by the database when it is resolved.';
COMMENT ON COLUMN alerts.resolved_by IS 'Set by the database: who resolved it; null when it was good again by itself.';

COMMENT ON CONSTRAINT alerts_rule_id_fkey ON alerts IS
    'A rule is not deleted while alerts tell of it: it is set inactive.';
COMMENT ON CONSTRAINT alerts_subject_has_1_to_1300_characters ON alerts IS
    'A subject has 1 to 1300 characters and is not blank.';
COMMENT ON CONSTRAINT alerts_threshold_in_range ON alerts IS 'A threshold is a value that a metric can have.';
COMMENT ON CONSTRAINT alerts_actual_in_range ON alerts IS 'An actual value is one that a metric can have.';
COMMENT ON CONSTRAINT alerts_note_up_to_10000_characters ON alerts IS 'A note has at most 10000 characters.';
COMMENT ON CONSTRAINT alerts_sampled_at_not_before_breached_at ON alerts IS
    'The last sample of those in a row is not before the first, and neither is at infinity.';
COMMENT ON CONSTRAINT alerts_suppressed_until_fits_status ON alerts IS
    'Only an alert that is suppressed is so until a moment.';
COMMENT ON CONSTRAINT alerts_resolved_at_fits_status ON alerts IS
    'An alert has a moment of its resolution when it is resolved, and only then.';
COMMENT ON INDEX alerts_one_open_per_rule_and_subject IS
    'A rule has at most one alert about a subject that is not resolved.';

CREATE FUNCTION alert_moves(_from alert_status) RETURNS alert_status[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE _from
        WHEN 'active' THEN '{acknowledged,suppressed,resolved}'
        WHEN 'acknowledged' THEN '{suppressed,resolved}'
        WHEN 'suppressed' THEN '{active,acknowledged,resolved}'
        ELSE '{}'
    END::alert_status[];

COMMENT ON FUNCTION alert_moves(alert_status) IS 'Where an alert can go from a status.';

CREATE FUNCTION alerts_status_follows_moves() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse_other_moves(
        'alerts', 'alerts_status_follows_moves',
        format('alert %s', NEW.id), OLD.status::text, NEW.status::text,
        alert_moves(OLD.status)::text[]
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION alerts_status_follows_moves() IS
    'Trigger function: refuses a move that alert_moves does not give.';

CREATE TRIGGER alerts_status_follows_moves
    AFTER UPDATE OF status ON alerts
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION alerts_status_follows_moves();

COMMENT ON TRIGGER alerts_status_follows_moves ON alerts IS
    'An alert that is resolved stays so, and one that is acknowledged is never merely active again.';

CREATE FUNCTION alerts_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    _actor text := coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user);
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NEW.status <> 'suppressed' THEN
        NEW.suppressed_until := NULL;
    END IF;
    IF NEW.status <> 'resolved' THEN
        NEW.resolved_at := NULL;
    END IF;
    IF NEW.status = 'acknowledged' AND NEW.acknowledged_at IS NULL THEN
        NEW.acknowledged_at := clock_timestamp();
        NEW.acknowledged_by := _actor;
    ELSIF NEW.status = 'resolved' THEN
        NEW.resolved_at := clock_timestamp();
        IF NEW.cleared_at IS NULL THEN
            NEW.resolved_by := _actor;
        END IF;
        -- Who resolves it has seen what was measured until now.
        NEW.sampled_at := greatest(NEW.sampled_at, coalesce(NEW.cleared_at, NEW.resolved_at));
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION alerts_set_moments() IS
    'Trigger function: notes when an alert was acknowledged and resolved, and by whom.';

CREATE TRIGGER alerts_set_moments
    BEFORE INSERT OR UPDATE OF status ON alerts
    FOR EACH ROW EXECUTE FUNCTION alerts_set_moments();

COMMENT ON TRIGGER alerts_set_moments ON alerts IS 'The moments and persons of an alert follow its status.';

CREATE TRIGGER alerts_touch_updated_at
    BEFORE UPDATE ON alerts
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER alerts_touch_updated_at ON alerts IS 'Every update sets updated_at.';

CREATE TRIGGER alerts_record_change
    AFTER INSERT OR UPDATE OR DELETE ON alerts
    FOR EACH ROW EXECUTE FUNCTION record_change('alerts', 'id');

COMMENT ON TRIGGER alerts_record_change ON alerts IS 'Every change is recorded in audit_log.';

CREATE TRIGGER alerts_not_truncated
    AFTER TRUNCATE ON alerts
    EXECUTE FUNCTION refuse_rewriting('alerts', 'alerts_not_truncated');

COMMENT ON TRIGGER alerts_not_truncated ON alerts IS 'A table is emptied row by row, so that each is recorded.';
