-- Alert rules: what is watched, from where on it is bad, and when it is good again.

-- name: create_alert_rule(name, threshold, metric, description, kind, source, component, labels, comparison, clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback, severity)^
-- Create an alert rule: about values of a metric above the threshold, at once, where None.
-- A rule about health checks names no metric.
-- param: metric?
-- Refused by alert_rules_name_key when the name is taken.
-- batch
INSERT INTO alert_rules (
    name, threshold, metric, description, kind, source, component, labels, comparison,
    clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback,
    severity
)
VALUES (
    :name, :threshold, :metric, :description, coalesce(:kind::alert_rule_kind, 'value'),
    coalesce(:source::alert_source, 'metrics'), :component, coalesce(:labels::jsonb, '{}'),
    coalesce(:comparison::alert_comparison, 'above'), :clear_threshold,
    coalesce(:raise_after_samples::integer, 1), coalesce(:raise_after::interval, '0'),
    coalesce(:clear_after_samples::integer, 1), coalesce(:clear_after::interval, '0'),
    coalesce(:lookback::interval, '1 hour'), coalesce(:severity::severity, 'warning')
)
RETURNING id, name, description, kind, source, metric, component, labels, comparison, threshold,
    clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback,
    severity, is_active, evaluated_at, created_at, updated_at;

-- name: delete_alert_rule(alert_rule_id)!
-- Delete an alert rule that never raised an alert. 0 when there is no such rule.
-- Refused by alerts_rule_id_fkey when alerts tell of it: set it inactive.
DELETE FROM alert_rules
WHERE id = :alert_rule_id;

-- name: get_alert_rule(alert_rule_id)^
-- Get an alert rule. None when there is no such rule.
SELECT id, name, description, kind, source, metric, component, labels, comparison, threshold,
    clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback,
    severity, is_active, evaluated_at, created_at, updated_at
FROM alert_rules
WHERE id = :alert_rule_id;

-- name: get_alert_rule_by_name(name)^
-- Get an alert rule by its name. None when there is no such rule.
SELECT id, name, description, kind, source, metric, component, labels, comparison, threshold,
    clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback,
    severity, is_active, evaluated_at, created_at, updated_at
FROM alert_rules
WHERE name = :name;

-- name: list_alert_rules(is_active, source, least_severity, order_by, is_descending, page_size, page_start)
-- List alert rules by name, or by what order_by says; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing. With least_severity come those as grave or graver.
SELECT id, name, description, kind, source, metric, component, labels, comparison, threshold,
    clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback,
    severity, is_active, evaluated_at, created_at, updated_at
FROM alert_rules
WHERE (:is_active::boolean IS NULL OR is_active = :is_active)
    AND (:source::alert_source IS NULL OR source = :source)
    AND (:least_severity::severity IS NULL OR severity >= :least_severity)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending::boolean, false) THEN
        CASE coalesce(:order_by::alert_rule_order, 'name')
            WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at END
    END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) AND :order_by = 'severity' THEN severity END,
    CASE WHEN :is_descending AND :order_by = 'severity' THEN severity END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) THEN name END,
    name DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: set_alert_rule_active(alert_rule_id, is_active)^
-- Let an alert rule raise and resolve alerts, or stop it: its open alerts stay until people resolve
-- them. What happened meanwhile raises nothing, but for what is within the lookback of the next
-- evaluation. None when there is no such rule.
UPDATE alert_rules
SET is_active = :is_active
WHERE id = :alert_rule_id
RETURNING id, name, is_active, evaluated_at;

-- name: update_alert_rule(alert_rule_id, name, threshold, metric, description, component, labels, comparison, clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback, severity, cleared)^
-- Change what is not None of an alert rule, and empty the columns that cleared names.
-- Alerts that are open are judged by the rule as it now is. None when there is no such rule.
-- Refused by alert_rules_name_key when the name is taken.
-- batch
UPDATE alert_rules
SET name = coalesce(:name, name),
    threshold = coalesce(:threshold, threshold),
    metric = coalesce(:metric, metric),
    description = CASE
        WHEN 'description' = ANY (coalesce(:cleared::alert_rule_optional_column[], '{}')) THEN NULL
        ELSE coalesce(:description, description)
    END,
    component = CASE
        WHEN 'component' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:component, component)
    END,
    clear_threshold = CASE
        WHEN 'clear_threshold' = ANY (coalesce(:cleared, '{}')) THEN NULL
        ELSE coalesce(:clear_threshold, clear_threshold)
    END,
    labels = coalesce(:labels::jsonb, labels),
    comparison = coalesce(:comparison, comparison),
    raise_after_samples = coalesce(:raise_after_samples, raise_after_samples),
    raise_after = coalesce(:raise_after, raise_after),
    clear_after_samples = coalesce(:clear_after_samples, clear_after_samples),
    clear_after = coalesce(:clear_after, clear_after),
    lookback = coalesce(:lookback, lookback),
    severity = coalesce(:severity, severity)
WHERE id = :alert_rule_id
RETURNING id, name, description, kind, source, metric, component, labels, comparison, threshold,
    clear_threshold, raise_after_samples, raise_after, clear_after_samples, clear_after, lookback,
    severity, is_active, evaluated_at, created_at, updated_at;
