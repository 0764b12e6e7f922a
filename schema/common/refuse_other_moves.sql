-- Shared by the tables whose status moves in a few fixed ways. Where a DBA may change the moves,
-- they are rows of a table of their own instead: task_status_transitions, and
-- pull_request_status_transitions.

CREATE FUNCTION refuse_other_moves(
    _table text, _rule text, _what text, _from text, _to text, _moves text[]
) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A status that the caller knows no moves from has none.
    IF (_to = ANY (_moves)) IS NOT TRUE THEN
        PERFORM refuse(
            _table, _rule,
            format('%s cannot go from %s to %s', _what, _from, _to),
            format(
                'From %s it can go to: %s.',
                _from, coalesce(nullif(array_to_string(_moves, ', '), ''), 'nowhere')
            ),
            'Go by one of the statuses listed.'
        );
    END IF;
END
$$;

COMMENT ON FUNCTION refuse_other_moves(text, text, text, text, text, text[]) IS
    'Refuses, in the name of a rule, a status that is not among the moves from the one before.';
