-- One row is a rule by which alerts are raised: what is watched, from where on it is bad, how long
-- before somebody is told, and when it is good again. A person creates it, or it is a seed; it is
-- set inactive, not deleted, while alerts tell of it.

CREATE TYPE alert_rule_kind AS ENUM ('value', 'silence');
CREATE TYPE alert_source AS ENUM ('metrics', 'health_checks');
CREATE TYPE alert_comparison AS ENUM ('above', 'at_least', 'below', 'at_most');
CREATE TYPE alert_rule_order AS ENUM ('name', 'severity', 'created_at', 'updated_at');
CREATE TYPE alert_rule_optional_column AS ENUM ('description', 'component', 'clear_threshold');

COMMENT ON TYPE alert_rule_kind IS
    'value: each sample is compared; silence: the seconds without a sample are.';
COMMENT ON TYPE alert_source IS
    'Where samples come from. Of health checks an unhealthy one is 1 and a healthy or degraded one 0; an unknown one is none.';
COMMENT ON TYPE alert_comparison IS 'On which side of the threshold a value is bad.';
COMMENT ON TYPE alert_rule_order IS 'What a list of alert rules can be ordered by.';
COMMENT ON TYPE alert_rule_optional_column IS 'Columns of an alert rule that may be emptied.';

CREATE TABLE alert_rules (
    id                  uuid              NOT NULL DEFAULT uuid_v7(),
    name                text              NOT NULL,
    description         text,
    kind                alert_rule_kind   NOT NULL DEFAULT 'value',
    source              alert_source      NOT NULL DEFAULT 'metrics',
    metric              text,
    component           text,
    labels              jsonb             NOT NULL DEFAULT '{}',
    comparison          alert_comparison  NOT NULL DEFAULT 'above',
    threshold           double precision  NOT NULL,
    clear_threshold     double precision,
    raise_after_samples integer           NOT NULL DEFAULT 1,
    raise_after         interval          NOT NULL DEFAULT '0',
    clear_after_samples integer           NOT NULL DEFAULT 1,
    clear_after         interval          NOT NULL DEFAULT '0',
    lookback            interval          NOT NULL DEFAULT '1 hour',
    severity            severity          NOT NULL DEFAULT 'warning',
    is_active           boolean           NOT NULL DEFAULT true,
    evaluated_at        timestamptz,
    created_at          timestamptz       NOT NULL DEFAULT clock_timestamp(),
    updated_at          timestamptz       NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT alert_rules_pkey PRIMARY KEY (id),
    CONSTRAINT alert_rules_name_key UNIQUE (name),
    CONSTRAINT alert_rules_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT alert_rules_description_up_to_10000_characters CHECK (length(description) <= 10000),
    CONSTRAINT alert_rules_metric_is_dotted_identifier
        CHECK (metric ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$' AND length(metric) <= 100),
    CONSTRAINT alert_rules_metric_fits_source
        CHECK ((metric IS NOT NULL) = (source = 'metrics')),
    CONSTRAINT alert_rules_component_has_1_to_200_characters
        CHECK (component ~ '\S' AND length(component) <= 200),
    CONSTRAINT alert_rules_labels_is_object_of_text
        CHECK (
            jsonb_typeof(labels) = 'object'
            AND NOT jsonb_path_exists(labels, 'strict $.* ? (@.type() <> "string")')
        ),
    CONSTRAINT alert_rules_labels_up_to_1_kb CHECK (octet_length(labels::text) <= 1024),
    CONSTRAINT alert_rules_threshold_in_range CHECK (threshold BETWEEN -1e100 AND 1e100),
    CONSTRAINT alert_rules_clear_threshold_on_the_good_side
        CHECK (
            CASE WHEN comparison IN ('above', 'at_least') THEN
                clear_threshold BETWEEN -1e100 AND threshold
            ELSE
                clear_threshold BETWEEN threshold AND 1e100
            END
        ),
    CONSTRAINT alert_rules_raise_after_samples_in_range
        CHECK (raise_after_samples BETWEEN 1 AND 1000),
    CONSTRAINT alert_rules_clear_after_samples_in_range
        CHECK (clear_after_samples BETWEEN 1 AND 1000),
    CONSTRAINT alert_rules_raise_after_not_negative CHECK (raise_after >= '0'),
    CONSTRAINT alert_rules_clear_after_not_negative CHECK (clear_after >= '0'),
    CONSTRAINT alert_rules_lookback_covers_what_it_waits_for
        CHECK (
            lookback >= raise_after AND lookback >= clear_after
            AND lookback BETWEEN '1 second' AND '31 days'
        ),
    CONSTRAINT alert_rules_silence_counts_in_seconds
        CHECK (
            kind = 'value'
            OR (
                comparison IN ('above', 'at_least') AND threshold > 0 AND clear_threshold IS NULL
                AND raise_after_samples = 1 AND raise_after = '0'
                AND clear_after_samples = 1 AND clear_after = '0'
            )
        )
);

COMMENT ON TABLE alert_rules IS 'The rules by which evaluate_alerts raises and resolves alerts.';
COMMENT ON COLUMN alert_rules.metric IS 'The metric that is watched; null where health checks are.';
COMMENT ON COLUMN alert_rules.component IS 'Whose samples are watched; null: those of every component, each by itself.';
COMMENT ON COLUMN alert_rules.labels IS
    'Object of texts: metrics are watched that have all of them, each set of labels by itself.';
COMMENT ON COLUMN alert_rules.threshold IS 'From where on a value is bad; of silence, seconds.';
COMMENT ON COLUMN alert_rules.clear_threshold IS
    'From where on a value is good again; null: where it is not bad. Between the two, nothing changes.';
COMMENT ON COLUMN alert_rules.raise_after_samples IS 'How many samples in a row have to be bad before an alert is raised.';
COMMENT ON COLUMN alert_rules.raise_after IS 'How long they have to be, from the first of them to the last.';
COMMENT ON COLUMN alert_rules.clear_after_samples IS 'How many samples in a row have to be good before it is resolved.';
COMMENT ON COLUMN alert_rules.clear_after IS 'How long they have to be, from the first of them to the last.';
COMMENT ON COLUMN alert_rules.lookback IS
    'How far before its last evaluation a rule reads again, besides the time that it waits for, so that it knows what had begun and what came late.';
COMMENT ON COLUMN alert_rules.severity IS 'How grave the alerts are that it raises.';
COMMENT ON COLUMN alert_rules.evaluated_at IS
    'Up to which moment samples were judged; set by evaluate_alerts, and cleared when the rule is set active again.';

COMMENT ON CONSTRAINT alert_rules_name_key ON alert_rules IS 'Two alert rules never share a name.';
COMMENT ON CONSTRAINT alert_rules_name_has_1_to_200_characters ON alert_rules IS
    'An alert rule has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT alert_rules_description_up_to_10000_characters ON alert_rules IS
    'A description has at most 10000 characters.';
COMMENT ON CONSTRAINT alert_rules_metric_is_dotted_identifier ON alert_rules IS
    'A metric''s name is lower-case words of letters, digits and underscores with dots between, at most 100 characters.';
COMMENT ON CONSTRAINT alert_rules_metric_fits_source ON alert_rules IS
    'A rule about metrics names one, and a rule about health checks names none.';
COMMENT ON CONSTRAINT alert_rules_component_has_1_to_200_characters ON alert_rules IS
    'A component has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT alert_rules_labels_is_object_of_text ON alert_rules IS 'Labels are a JSON object of texts.';
COMMENT ON CONSTRAINT alert_rules_labels_up_to_1_kb ON alert_rules IS 'Labels have at most 1024 bytes as text.';
COMMENT ON CONSTRAINT alert_rules_threshold_in_range ON alert_rules IS 'A threshold is a value that a metric can have.';
COMMENT ON CONSTRAINT alert_rules_clear_threshold_on_the_good_side ON alert_rules IS
    'What is good again is not bad: a clear threshold is on the other side of the threshold, or at it.';
COMMENT ON CONSTRAINT alert_rules_raise_after_samples_in_range ON alert_rules IS
    'An alert is raised after 1 to 1000 bad samples.';
COMMENT ON CONSTRAINT alert_rules_clear_after_samples_in_range ON alert_rules IS
    'An alert is resolved after 1 to 1000 good samples.';
COMMENT ON CONSTRAINT alert_rules_raise_after_not_negative ON alert_rules IS 'An alert is not raised before it is bad.';
COMMENT ON CONSTRAINT alert_rules_clear_after_not_negative ON alert_rules IS 'An alert is not resolved before it is good.';
COMMENT ON CONSTRAINT alert_rules_lookback_covers_what_it_waits_for ON alert_rules IS
    'A rule reads back a second to 31 days, and at least as long as it waits before it raises or resolves.';
COMMENT ON CONSTRAINT alert_rules_silence_counts_in_seconds ON alert_rules IS
    'Silence is raised above a number of seconds, at once, and ends with the next sample.';

CREATE FUNCTION alert_rules_set_evaluated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.evaluated_at := NULL;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION alert_rules_set_evaluated_at() IS
    'Trigger function: a rule that is active again forgets when it was evaluated.';

CREATE TRIGGER alert_rules_set_evaluated_at
    BEFORE UPDATE OF is_active ON alert_rules
    FOR EACH ROW WHEN (NEW.is_active AND NOT OLD.is_active)
    EXECUTE FUNCTION alert_rules_set_evaluated_at();

COMMENT ON TRIGGER alert_rules_set_evaluated_at ON alert_rules IS
    'What happened while a rule was not active raises nothing when it is again.';

CREATE TRIGGER alert_rules_touch_updated_at
    BEFORE UPDATE ON alert_rules
    FOR EACH ROW WHEN (OLD.evaluated_at IS NOT DISTINCT FROM NEW.evaluated_at)
    EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER alert_rules_touch_updated_at ON alert_rules IS 'Every update but that of an evaluation sets updated_at.';

CREATE TRIGGER alert_rules_record_change
    AFTER INSERT OR UPDATE OR DELETE ON alert_rules
    FOR EACH ROW EXECUTE FUNCTION record_change('alert_rules', 'id', 'evaluated_at');

COMMENT ON TRIGGER alert_rules_record_change ON alert_rules IS 'Every change is recorded in audit_log.';

CREATE TRIGGER alert_rules_not_truncated
    AFTER TRUNCATE ON alert_rules
    EXECUTE FUNCTION refuse_rewriting('alert_rules', 'alert_rules_not_truncated');

COMMENT ON TRIGGER alert_rules_not_truncated ON alert_rules IS 'A table is emptied row by row, so that each is recorded.';
