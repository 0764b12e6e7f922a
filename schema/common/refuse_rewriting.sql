-- Shared by every table that nobody may rewrite: by the history that no row leaves and no row
-- changes in, and by the TRUNCATE of every table whose changes are recorded row by row.

CREATE FUNCTION refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        TG_ARGV[0], TG_ARGV[1],
        format('%s refuses %s', TG_ARGV[0], TG_OP),
        NULL,
        CASE
            WHEN TG_OP = 'TRUNCATE' THEN 'Delete what is to go, row by row.'
            ELSE 'Insert a row that corrects it; what is old goes by retention.'
        END
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION refuse_rewriting() IS
    'Trigger function: refuses the command in the name of a rule. Arguments: the table, the rule.';
