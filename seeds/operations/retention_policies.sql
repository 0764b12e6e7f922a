-- How long data are kept, unless somebody decides otherwise. What is there already stays as it is.

INSERT INTO retention_policies (data_class, keep_days) VALUES
    ('tasks', 365), ('completed_executions', 90), ('failed_executions', 180), ('events', 365),
    ('audit_log', 1095), ('error_logs', 180), ('webhook_deliveries', 90),
    ('component_messages', 30), ('alerts', 180), ('baselines', 365), ('health_checks', 90),
    ('metrics', 90), ('api_key_usage', 365)
ON CONFLICT (data_class) DO NOTHING;
