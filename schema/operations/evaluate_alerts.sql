-- How alerts are raised and resolved. Nothing is kept between evaluations but the alerts themselves
-- and when a rule was evaluated: every evaluation reads the samples since then, and a while before,
-- in their order. So what began and ended between two evaluations is found, and so are samples that
-- came late; and who evaluates twice changes nothing the second time.

CREATE FUNCTION is_beyond(
    _value double precision, _comparison alert_comparison, _threshold double precision
) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE _comparison
        WHEN 'above' THEN _value > _threshold
        WHEN 'at_least' THEN _value >= _threshold
        WHEN 'below' THEN _value < _threshold
        WHEN 'at_most' THEN _value <= _threshold
    END;

COMMENT ON FUNCTION is_beyond(double precision, alert_comparison, double precision) IS
    'Whether a value is on the bad side of a threshold.';

CREATE FUNCTION alert_samples(_rule alert_rules, _after timestamptz, _until timestamptz)
RETURNS TABLE (subject text, sampled_at timestamptz, value double precision)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF _rule.kind = 'silence' THEN
        RETURN QUERY
        WITH watched AS (
            SELECT component.name, component.id, component.created_at AS since_at
            FROM components AS component
            WHERE _rule.source = 'health_checks'
                AND component.deleted_at IS NULL
                AND component.name = coalesce(_rule.component, component.name)
            UNION ALL
            -- A component that the rule names is missed even if it was never heard of.
            SELECT heard.name, NULL, max(heard.since_at)
            FROM (
                SELECT known.name, NULL::timestamptz
                FROM metric_components(_rule.metric) AS known (name)
                WHERE known.name = coalesce(_rule.component, known.name)
                UNION ALL
                SELECT _rule.component, _rule.created_at
                WHERE _rule.component IS NOT NULL
            ) AS heard (name, since_at)
            WHERE _rule.source = 'metrics'
            GROUP BY heard.name
        ), sign AS (
            -- The last sign of life before the time that is asked for, and those within it.
            SELECT watched.name, coalesce(last_one.moment, watched.since_at) AS moment
            FROM watched
            LEFT JOIN LATERAL (
                (
                    SELECT metric.recorded_at
                    FROM metrics AS metric
                    WHERE metric.name = _rule.metric
                        AND metric.component = watched.name
                        AND metric.labels @> _rule.labels
                        AND metric.recorded_at <= _after
                    ORDER BY metric.recorded_at DESC
                    LIMIT 1
                )
                UNION ALL
                (
                    SELECT look.checked_at
                    FROM health_checks AS look
                    WHERE look.component_id = watched.id AND look.checked_at <= _after
                    ORDER BY look.checked_at DESC
                    LIMIT 1
                )
            ) AS last_one (moment) ON true
            UNION ALL
            SELECT watched.name, metric.recorded_at
            FROM watched
            JOIN metrics AS metric
                ON metric.name = _rule.metric
                AND metric.component = watched.name
                AND metric.labels @> _rule.labels
                AND metric.recorded_at > _after
                AND metric.recorded_at <= _until
            UNION ALL
            SELECT watched.name, look.checked_at
            FROM watched
            JOIN health_checks AS look
                ON look.component_id = watched.id
                AND look.checked_at > _after
                AND look.checked_at <= _until
        ), gap AS (
            SELECT
                sign.name,
                sign.moment AS begun_at,
                lead(sign.moment) OVER (PARTITION BY sign.name ORDER BY sign.moment) AS ended_at
            FROM sign
            WHERE sign.moment IS NOT NULL AND sign.moment <= _until
        )
        -- A silence is as long as it became, and over with the sign of life that ended it.
        SELECT gap.name, sample.moment, sample.seconds::double precision
        FROM gap
        CROSS JOIN LATERAL (
            SELECT coalesce(gap.ended_at, _until), 1,
                extract(epoch FROM coalesce(gap.ended_at, _until) - gap.begun_at)
            UNION ALL
            SELECT gap.ended_at, 2, 0
            WHERE gap.ended_at IS NOT NULL
        ) AS sample (moment, place, seconds)
        WHERE sample.moment > _after
        ORDER BY gap.name, sample.moment, gap.begun_at, sample.place;
    ELSIF _rule.source = 'metrics' THEN
        RETURN QUERY
        SELECT
            metric.component
                || CASE metric.labels WHEN '{}' THEN '' ELSE ' ' || metric.labels::text END
                AS name,
            metric.recorded_at,
            metric.value
        FROM metrics AS metric
        WHERE metric.name = _rule.metric
            AND (_rule.component IS NULL OR metric.component = _rule.component)
            AND metric.labels @> _rule.labels
            AND metric.recorded_at > _after
            AND metric.recorded_at <= _until
        ORDER BY name, metric.recorded_at, metric.id;
    ELSE
        RETURN QUERY
        SELECT
            component.name,
            look.checked_at,
            (look.status = 'unhealthy')::integer::double precision
        FROM components AS component
        JOIN health_checks AS look ON look.component_id = component.id
        WHERE component.deleted_at IS NULL
            AND component.name = coalesce(_rule.component, component.name)
            AND look.status <> 'unknown'
            AND look.checked_at > _after
            AND look.checked_at <= _until
        ORDER BY component.name, look.checked_at, look.id;
    END IF;
END
$$;

COMMENT ON FUNCTION alert_samples(alert_rules, timestamptz, timestamptz) IS
    'What a rule has to judge of a time: the samples of each subject in their order.';

CREATE FUNCTION alert_samples_after(_rule alert_rules, _at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
    -- Whether something was bad for an hour is told by a sample that is older than an hour. A rule
    -- that is not active forgets when it was evaluated as soon as it is again.
    RETURN least(CASE WHEN _rule.is_active THEN _rule.evaluated_at END, _at)
        - _rule.lookback - greatest(_rule.raise_after, _rule.clear_after);

COMMENT ON FUNCTION alert_samples_after(alert_rules, timestamptz) IS
    'After which moment an evaluation at another moment reads samples of a rule.';

CREATE FUNCTION evaluate_alerts(_at timestamptz DEFAULT clock_timestamp()) RETURNS SETOF alerts
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _rule alert_rules;
    _sample record;
    _alert alerts;
    _subject text;
    _is_open boolean;
    _is_for_change boolean;
    _streak integer;
    _streak_since timestamptz;
    _changed uuid[] := '{}';
BEGIN
    -- The rule's row is the lock: of two that evaluate at once, each rule is evaluated by one, and
    -- the other passes it over. Each query below sees what was committed before the lock.
    FOR _rule IN
        SELECT rule.* FROM alert_rules AS rule
        WHERE rule.is_active
        ORDER BY rule.id
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        _subject := NULL;
        FOR _sample IN
            SELECT taken.subject, taken.sampled_at, taken.value
            FROM alert_samples(_rule, alert_samples_after(_rule, _at), _at) AS taken
        LOOP
            IF _sample.subject IS DISTINCT FROM _subject THEN
                _subject := _sample.subject;
                _streak := 0;
                SELECT latest.* INTO _alert
                FROM alerts AS latest
                WHERE latest.rule_id = _rule.id AND latest.subject = _subject
                ORDER BY latest.sampled_at DESC, latest.raised_at DESC
                LIMIT 1;
                _is_open := coalesce(_alert.status <> 'resolved', false);
            END IF;
            -- What the latest alert has taken notice of is settled.
            CONTINUE WHEN _sample.sampled_at <= _alert.sampled_at;
            -- A bad sample speaks for raising an alert, a good one for resolving it; what is
            -- between the thresholds for neither. Only samples in a row count.
            _is_for_change := CASE
                WHEN _is_open THEN NOT is_beyond(
                    _sample.value, _rule.comparison,
                    coalesce(_rule.clear_threshold, _rule.threshold)
                )
                ELSE is_beyond(_sample.value, _rule.comparison, _rule.threshold)
            END;
            IF NOT _is_for_change THEN
                _streak := 0;
                CONTINUE;
            END IF;
            IF _streak = 0 THEN
                _streak_since := _sample.sampled_at;
            END IF;
            _streak := _streak + 1;
            CONTINUE WHEN _is_open AND (
                _streak < _rule.clear_after_samples
                OR _sample.sampled_at - _streak_since < _rule.clear_after
            );
            CONTINUE WHEN NOT _is_open AND (
                _streak < _rule.raise_after_samples
                OR _sample.sampled_at - _streak_since < _rule.raise_after
            );
            IF _is_open THEN
                UPDATE alerts AS bad
                SET status = 'resolved', cleared_at = _sample.sampled_at
                WHERE bad.id = _alert.id AND bad.status <> 'resolved'
                RETURNING bad.* INTO _alert;
            ELSE
                INSERT INTO alerts AS bad (
                    rule_id, subject, severity, threshold, actual, breached_at, sampled_at, status,
                    suppressed_until
                )
                SELECT
                    _rule.id, _subject, _rule.severity, _rule.threshold, _sample.value,
                    _streak_since, _sample.sampled_at,
                    CASE WHEN window_end.moment IS NULL THEN 'active' ELSE 'suppressed' END
                        ::alert_status,
                    window_end.moment
                FROM alert_suppressed_until(_rule.id, _subject, _sample.sampled_at)
                    AS window_end (moment)
                ON CONFLICT (rule_id, subject) WHERE status <> 'resolved' DO NOTHING
                RETURNING bad.* INTO _alert;
            END IF;
            IF _alert.id IS NULL THEN
                -- A person was faster: the next evaluation starts from what the person did.
                _alert.sampled_at := 'infinity';
                CONTINUE;
            END IF;
            _changed := _changed || _alert.id;
            -- A silence is as long as it became and over at one moment: the second counts, too.
            _alert.sampled_at := NULL;
            _is_open := NOT _is_open;
            _streak := 0;
        END LOOP;
        WITH changed AS (
            UPDATE alerts AS bad
            SET status = CASE
                    WHEN judged.suppressed_until IS NOT NULL THEN 'suppressed'
                    WHEN bad.acknowledged_at IS NULL THEN 'active'
                    ELSE 'acknowledged'
                END::alert_status,
                suppressed_until = judged.suppressed_until
            FROM (
                SELECT
                    alert.id,
                    alert_suppressed_until(alert.rule_id, alert.subject, _at) AS suppressed_until
                FROM alerts AS alert
                WHERE alert.rule_id = _rule.id AND alert.status IN ('active', 'suppressed')
            ) AS judged
            WHERE bad.id = judged.id
                AND CASE bad.status
                    WHEN 'active' THEN judged.suppressed_until IS NOT NULL
                    WHEN 'suppressed' THEN bad.suppressed_until <= _at
                    ELSE false
                END
            RETURNING bad.id
        )
        SELECT _changed || coalesce(array_agg(changed.id), '{}') INTO _changed FROM changed;
        UPDATE alert_rules AS rule
        SET evaluated_at = greatest(rule.evaluated_at, _at)
        WHERE rule.id = _rule.id;
    END LOOP;
    RETURN QUERY
    SELECT alert.* FROM alerts AS alert
    WHERE alert.id = ANY (_changed)
    ORDER BY alert.raised_at, alert.id;
END
$$;

COMMENT ON FUNCTION evaluate_alerts(timestamptz) IS
    'Judges the samples up to a moment by every active rule, and gives the alerts that were raised, resolved or suppressed by it, as they now are. Anybody may call it at any time; several at once share the rules.';
