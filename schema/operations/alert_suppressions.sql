-- One row is a time in which alerts are suppressed: a maintenance, say. A person creates it, for
-- one rule or all, one subject or all; it ends by itself, and is deleted when it is not wanted.

CREATE TABLE alert_suppressions (
    id         uuid         NOT NULL DEFAULT uuid_v7(),
    rule_id    uuid,
    subject    text,
    reason     text         NOT NULL,
    starts_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    ends_at    timestamptz  NOT NULL,
    created_by text         NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT alert_suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT alert_suppressions_rule_id_fkey
        FOREIGN KEY (rule_id) REFERENCES alert_rules (id) ON DELETE CASCADE,
    CONSTRAINT alert_suppressions_subject_has_1_to_1300_characters
        CHECK (subject ~ '\S' AND length(subject) <= 1300),
    CONSTRAINT alert_suppressions_reason_has_1_to_10000_characters
        CHECK (reason ~ '\S' AND length(reason) <= 10000),
    CONSTRAINT alert_suppressions_ends_after_it_starts
        CHECK (ends_at > starts_at AND isfinite(starts_at) AND isfinite(ends_at))
);

-- alert_suppressed_until and list_alert_suppressions: those that have not ended.
CREATE INDEX alert_suppressions_ends_at_idx ON alert_suppressions (ends_at);

-- alert_suppressions_rule_id_fkey.
CREATE INDEX alert_suppressions_rule_id_idx ON alert_suppressions (rule_id);

COMMENT ON TABLE alert_suppressions IS 'Times in which alerts are suppressed.';
COMMENT ON COLUMN alert_suppressions.rule_id IS 'The rule whose alerts are; null: those of every rule.';
COMMENT ON COLUMN alert_suppressions.subject IS 'The subject whose alerts are; null: those of every subject.';
COMMENT ON COLUMN alert_suppressions.starts_at IS 'The first moment that counts.';
COMMENT ON COLUMN alert_suppressions.ends_at IS 'The first moment that does not count any more.';

COMMENT ON CONSTRAINT alert_suppressions_rule_id_fkey ON alert_suppressions IS 'A suppression ends with its rule.';
COMMENT ON CONSTRAINT alert_suppressions_subject_has_1_to_1300_characters ON alert_suppressions IS
    'A subject has 1 to 1300 characters and is not blank.';
COMMENT ON CONSTRAINT alert_suppressions_reason_has_1_to_10000_characters ON alert_suppressions IS
    'A suppression says why, in 1 to 10000 characters that are not blank.';
COMMENT ON CONSTRAINT alert_suppressions_ends_after_it_starts ON alert_suppressions IS
    'A suppression ends after it starts, and neither at infinity.';

CREATE FUNCTION alert_suppressed_until(_rule_id uuid, _subject text, _moment timestamptz)
RETURNS timestamptz
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT max(suppression.ends_at)
    FROM alert_suppressions AS suppression
    WHERE suppression.ends_at > _moment
        AND suppression.starts_at <= _moment
        AND coalesce(suppression.rule_id, _rule_id) = _rule_id
        AND coalesce(suppression.subject, _subject) = _subject
$$;

COMMENT ON FUNCTION alert_suppressed_until(uuid, text, timestamptz) IS
    'Until when alerts of a rule and a subject are suppressed that are raised at a moment; null when they are not.';

CREATE TRIGGER alert_suppressions_record_change
    AFTER INSERT OR UPDATE OR DELETE ON alert_suppressions
    FOR EACH ROW EXECUTE FUNCTION record_change('alert_suppressions', 'id');

COMMENT ON TRIGGER alert_suppressions_record_change ON alert_suppressions IS 'Every change is recorded in audit_log.';

CREATE TRIGGER alert_suppressions_not_truncated
    AFTER TRUNCATE ON alert_suppressions
    EXECUTE FUNCTION refuse_rewriting('alert_suppressions', 'alert_suppressions_not_truncated');

COMMENT ON TRIGGER alert_suppressions_not_truncated ON alert_suppressions IS 'A table is emptied row by row, so that each is recorded.';
