-- How an enforcing trigger speaks: as a declared rule does. A client finds the rule's name where it
-- finds the name of a broken check, and pgTAP asserts both in the same way.

CREATE FUNCTION refuse(_table text, _rule text, _message text, _detail text, _hint text)
RETURNS void
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        SCHEMA = current_schema(),
        TABLE = _table,
        CONSTRAINT = _rule,
        MESSAGE = _message,
        DETAIL = coalesce(_detail, ''),
        HINT = coalesce(_hint, '');
END
$$;

COMMENT ON FUNCTION refuse(text, text, text, text, text) IS
    'Raises check_violation in the name of a rule, with what happened and what the caller can do.';
