-- What undoing every change after a moment makes of the rows of a table: the common part of all
-- functions that tell how something was. A change counts from when it was made, not from the end of
-- its transaction.

CREATE FUNCTION changes_undone(_entity_type text, _at timestamptz)
RETURNS TABLE (entity_id text, is_there boolean, old_values jsonb)
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT
        change.entity_id,
        -- What the first change after the moment made was not there before.
        min(change.id) IS DISTINCT FROM min(change.id) FILTER (WHERE change.action = 'insert'),
        -- Of several values of one column the last one counts: that of the first change.
        coalesce(
            jsonb_object_agg(field.key, field.value ORDER BY change.id DESC)
                FILTER (WHERE field.key IS NOT NULL),
            '{}'
        )
    FROM audit_log AS change
    LEFT JOIN LATERAL jsonb_each(change.old_values) AS field ON true
    WHERE change.entity_type = _entity_type AND change.changed_at > _at
    GROUP BY change.entity_id
$$;

COMMENT ON FUNCTION changes_undone(text, timestamptz) IS
    'The rows of a table that have changed since a moment: whether each was there, and what its columns held where they are not as they were.';
