-- What was changed, by whom, in short. Latest first is for the query to ask.

CREATE VIEW recent_activity WITH (security_invoker = true) AS
SELECT
    change.id,
    change.changed_at AS occurred_at,
    change.actor,
    change.agent,
    change.action,
    change.entity_type,
    change.entity_id,
    ARRAY(
        SELECT column_name
        FROM jsonb_object_keys(coalesce(change.new_values, change.old_values)) AS column_name
        ORDER BY column_name
    ) AS columns,
    change.old_values::jsonb AS old_values,
    change.new_values::jsonb AS new_values,
    change.session_id,
    change.request_id,
    change.client_address
FROM audit_log AS change;

COMMENT ON VIEW recent_activity IS 'Changes of all audited tables: who did what to which row.';
COMMENT ON COLUMN recent_activity.columns IS
    'The columns that changed, in alphabetical order; all of the row when it was inserted or deleted.';
