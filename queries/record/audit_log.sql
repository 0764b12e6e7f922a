-- The log of changes.

-- name: get_change(change_id)^
-- Get a change of a row. None when there is no such change.
SELECT id, changed_at, entity_type, entity_id, action, old_values, new_values, actor, agent,
    session_id, request_id, client_address, transaction_id
FROM audit_log
WHERE id = :change_id;

-- name: revert_change(change_id)^
-- Take back a change of a row: an insert, an update or a delete, within the rules of its table.
-- Gives the change that does so, which can be reverted as well. None when there is no such change.
-- Refused by audit_log_reverts_what_is_untouched when a later change touched the same columns, or
-- the row is gone, or is there again; and by audit_log_reverts_audited_tables. Locks the row.
-- returns: id!, changed_at!, entity_type!, entity_id!, action!, actor!
SELECT id, changed_at, entity_type, entity_id, action, old_values, new_values, actor
FROM revert_change(:change_id);
