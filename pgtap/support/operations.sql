-- One valid row of each kind of operations.

CREATE FUNCTION tests.a_component(_name text DEFAULT 'component ' || nextval('tasks_ref_seq'))
RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO components (name, type) VALUES (_name, 'manager') RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_component(text) IS 'Makes a component.';

CREATE FUNCTION tests.component(_name text) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM components WHERE name = _name;
    END;

COMMENT ON FUNCTION tests.component(text) IS 'The component of this name.';

CREATE FUNCTION tests.a_message(
    _target text,
    _status component_message_status DEFAULT 'pending',
    _source text DEFAULT NULL
) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO component_messages (target_component_id, source_component_id, type, status)
        VALUES (tests.component(_target), tests.component(_source), 'greeting', _status)
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_message(text, component_message_status, text) IS
    'Makes a message to a component.';

CREATE FUNCTION tests.move_message(
    _target text, _from component_message_status, _to component_message_status
) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _id bigint := tests.a_message(_target, _from);
BEGIN
    UPDATE component_messages SET status = _to WHERE id = _id;
END
$$;

COMMENT ON FUNCTION tests.move_message(text, component_message_status, component_message_status) IS
    'Makes a message of one status, and moves it to another.';

CREATE FUNCTION tests.a_series(
    _name       text,
    _values     double precision[],
    _starts_at  timestamptz  DEFAULT '2026-01-01 00:00+00',
    _step       interval     DEFAULT '1 minute',
    _component  text         DEFAULT 'system'
) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO metrics (name, component, recorded_at, value)
        SELECT _name, _component, _starts_at + (sample.place - 1) * _step, sample.value
        FROM unnest(_values) WITH ORDINALITY AS sample (value, place);
    END;

COMMENT ON FUNCTION tests.a_series(text, double precision[], timestamptz, interval, text) IS
    'Makes a metric with these values, one each step.';

CREATE FUNCTION tests.an_alert(
    _subject text, _status alert_status DEFAULT 'active', _days_ago integer DEFAULT NULL
) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
DECLARE
    _moment timestamptz := coalesce(
        clock_timestamp() - make_interval(days => _days_ago), '2026-01-01 00:00+00'
    );
    _id uuid;
BEGIN
    INSERT INTO alert_rules (name, metric, component, threshold)
    VALUES (_subject || ' is busy', 'load', _subject, 80);
    INSERT INTO alerts (
        rule_id, subject, severity, threshold, actual, breached_at, sampled_at, status
    )
    SELECT id, _subject, severity, threshold, 90, _moment, _moment, _status
    FROM alert_rules WHERE name = _subject || ' is busy'
    RETURNING id INTO _id;
    -- Written past the trigger by which a resolution is of now.
    UPDATE alerts SET resolved_at = _moment, sampled_at = _moment
    WHERE id = _id AND status = 'resolved' AND _days_ago IS NOT NULL;
    RETURN _id;
END
$$;

COMMENT ON FUNCTION tests.an_alert(text, alert_status, integer) IS
    'Makes an alert about a subject, by a rule of its own; resolved so many days ago, if it is.';
