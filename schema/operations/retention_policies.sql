-- One row says how long one class of data is kept. The classes are those that apply_retention
-- knows; a person changes the days, or puts a class aside. It is never deleted.

CREATE TYPE retention_class AS ENUM (
    'tasks', 'completed_executions', 'failed_executions', 'events', 'audit_log', 'error_logs',
    'webhook_deliveries', 'component_messages', 'alerts', 'baselines', 'health_checks', 'metrics',
    'api_key_usage'
);

COMMENT ON TYPE retention_class IS
    'What is kept for a time of its own. tasks: those that are closed, with their documents and attempts; alerts: those that are resolved; baselines: those that a later one follows.';

CREATE TABLE retention_policies (
    data_class retention_class  NOT NULL,
    keep_days  integer          NOT NULL,
    is_active  boolean          NOT NULL DEFAULT true,
    created_at timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz      NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT retention_policies_pkey PRIMARY KEY (data_class),
    CONSTRAINT retention_policies_keep_days_in_range CHECK (keep_days BETWEEN 1 AND 36500)
);

COMMENT ON TABLE retention_policies IS 'How long each class of data is kept.';
COMMENT ON COLUMN retention_policies.keep_days IS
    'Days after which what has ended goes. What is partitioned goes by the month, when its last day is older.';
COMMENT ON COLUMN retention_policies.is_active IS 'Nothing goes of a class that is not active.';

COMMENT ON CONSTRAINT retention_policies_keep_days_in_range ON retention_policies IS
    'Data are kept for 1 to 36500 days.';

\ir ../../seeds/operations/retention_policies.sql

CREATE TRIGGER retention_policies_touch_updated_at
    BEFORE UPDATE ON retention_policies
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER retention_policies_touch_updated_at ON retention_policies IS
    'Every update sets updated_at.';

CREATE TRIGGER retention_policies_record_change
    AFTER INSERT OR UPDATE OR DELETE ON retention_policies
    FOR EACH ROW EXECUTE FUNCTION record_change('retention_policies', 'data_class');

COMMENT ON TRIGGER retention_policies_record_change ON retention_policies IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER retention_policies_not_truncated
    AFTER TRUNCATE ON retention_policies
    EXECUTE FUNCTION refuse_rewriting('retention_policies', 'retention_policies_not_truncated');

COMMENT ON TRIGGER retention_policies_not_truncated ON retention_policies IS
    'A table is emptied row by row, so that each is recorded.';
