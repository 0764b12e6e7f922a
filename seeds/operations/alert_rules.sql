-- The rules that a system usually has. One that is there stays as it is.

INSERT INTO alert_rules (
    name, description, kind, source, metric, comparison, threshold, clear_threshold,
    raise_after_samples, raise_after, clear_after_samples, lookback, severity, is_active
) VALUES
    ('pool_use_over_80_percent', 'Connections run out: callers wait, or are turned away.',
        'value', 'metrics', 'pool_use_percent', 'above', 80, 70, 2, '0', 3, '1 hour', 'warning',
        true),
    ('query_over_5_seconds', 'A query has run for more than five seconds.',
        'value', 'metrics', 'longest_query_seconds', 'above', 5, NULL, 1, '0', 2, '1 hour',
        'warning', true),
    ('errors_over_5_percent', 'More than one in twenty calls fails.',
        'value', 'metrics', 'error_rate_percent', 'above', 5, 2, 2, '0', 3, '1 hour', 'error',
        true),
    ('health_checks_failed', 'A component was unhealthy three times in a row.',
        'value', 'health_checks', NULL, 'at_least', 1, NULL, 3, '0', 2, '6 hours', 'critical',
        true),
    ('health_checks_silent', 'Nobody has looked at a component for a quarter of an hour.',
        'silence', 'health_checks', NULL, 'above', 900, NULL, 1, '0', 1, '1 hour', 'warning',
        false),
    ('database_age_over_1_billion', 'Half of the transactions before wraparound are used up.',
        'value', 'metrics', 'database_age_transactions', 'above', 1e9, 9e8, 1, '0', 1, '1 day',
        'critical', true),
    ('transaction_over_5_minutes', 'A transaction has been open for more than five minutes.',
        'value', 'metrics', 'longest_transaction_seconds', 'above', 300, 60, 1, '0', 1, '1 hour',
        'warning', true)
ON CONFLICT (name) DO NOTHING;
