-- Taking back one recorded change. The tables are data here, as they are to the log, so the
-- statements are composed: from the names of tables that have the trigger record_change and of
-- columns that the log tells of, all quoted; the values are parameters.

CREATE FUNCTION recorded_key(_table text) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    -- The arguments of the trigger: the table, then the columns of its key.
    SELECT string_to_array((string_to_array(encode(trigger.tgargs, 'escape'), '\000'))[2], ' ')
    FROM pg_trigger AS trigger
    JOIN pg_class AS relation ON relation.oid = trigger.tgrelid
    WHERE relation.relname = _table
        AND relation.relnamespace = current_schema()::regnamespace
        AND trigger.tgfoid = 'record_change()'::regprocedure
    ORDER BY trigger.tgname
    LIMIT 1
$$;

COMMENT ON FUNCTION recorded_key(text) IS
    'The columns by which the log knows the rows of a table; null when it does not record the table.';

CREATE FUNCTION audit_log_reverts_audited_tables(_change audit_log) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'audit_log', 'audit_log_reverts_audited_tables',
        format('change %s is of %s, whose rows cannot be found', _change.id, _change.entity_type),
        format('Row: %s', _change.entity_id),
        'Mend by hand what the change tells of.'
    );
END
$$;

COMMENT ON FUNCTION audit_log_reverts_audited_tables(audit_log) IS
    'A change is taken back in a table whose changes are recorded.';

CREATE FUNCTION audit_log_reverts_what_is_untouched(_change audit_log, _detail text) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'audit_log', 'audit_log_reverts_what_is_untouched',
        format(
            'change %s of %s %s was followed by others',
            _change.id, _change.entity_type, _change.entity_id
        ),
        _detail,
        'Revert the later change first, or set by hand what is to be as it was.'
    );
END
$$;

COMMENT ON FUNCTION audit_log_reverts_what_is_untouched(audit_log, text) IS
    'A change is taken back while no later one has touched the same columns of the row.';

CREATE FUNCTION revert_change(_change_id bigint) RETURNS SETOF audit_log
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _change audit_log;
    _later audit_log;
    _key text[];
    _key_values jsonb;
    _entity_id text;
    _is_same_row text;
    _is_there boolean;
    _last_id bigint;
BEGIN
    SELECT entry.* INTO _change FROM audit_log AS entry WHERE entry.id = _change_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    _key := recorded_key(_change.entity_type);
    _key_values := CASE
        WHEN cardinality(_key) = 1 THEN jsonb_build_object(_key[1], _change.entity_id)
        WHEN cardinality(_key) = cardinality(string_to_array(_change.entity_id, '/'))
            THEN jsonb_object(_key, string_to_array(_change.entity_id, '/'))
    END;
    IF _key_values IS NULL THEN
        PERFORM audit_log_reverts_audited_tables(_change);
    END IF;
    -- The row goes by the key that the change gave it.
    _key_values := _key_values || coalesce(_change.new_values, '{}');
    _entity_id := (
        SELECT string_agg(_key_values ->> part.name, '/' ORDER BY part.place)
        FROM unnest(_key) WITH ORDINALITY AS part (name, place)
    );
    _is_same_row := (
        SELECT string_agg(format('present.%1$I = named.%1$I', part.name), ' AND ')
        FROM unnest(_key) AS part (name)
    );

    -- The row is locked first, so that the log, read after it, tells of every change until the one
    -- that is made here. A row that is gone is not locked: two who bring it back meet at its key.
    EXECUTE format(
        'SELECT FROM %1$I AS present, jsonb_populate_record(NULL::%1$I, $1) AS named'
        || ' WHERE %2$s FOR UPDATE OF present',
        _change.entity_type, _is_same_row
    ) USING _key_values;
    GET DIAGNOSTICS _is_there = ROW_COUNT;
    SELECT entry.* INTO _later
    FROM audit_log AS entry
    WHERE entry.entity_type = _change.entity_type
        AND entry.entity_id = _entity_id
        AND entry.id > _change.id
        AND (
            _change.action <> 'update'
            OR entry.action <> 'update'
            OR entry.old_values ?| ARRAY(SELECT jsonb_object_keys(_change.old_values))
        )
    ORDER BY entry.id
    LIMIT 1;
    IF FOUND THEN
        PERFORM audit_log_reverts_what_is_untouched(_change, format(
            'Change %s, %s by %s at %s%s',
            _later.id, _later.action, _later.actor, _later.changed_at,
            (
                SELECT ': ' || string_agg(touched.name, ', ' ORDER BY touched.name)
                FROM jsonb_object_keys(_later.old_values) AS touched (name)
                WHERE _later.action = 'update' AND _change.old_values ? touched.name
            )
        ));
    ELSIF _is_there <> (_change.action <> 'delete') THEN
        PERFORM audit_log_reverts_what_is_untouched(_change, format(
            'The row is %s, by a change that was not recorded.',
            CASE WHEN _is_there THEN 'there again' ELSE 'gone' END
        ));
    END IF;

    _last_id := (
        SELECT max(entry.id) FROM audit_log AS entry
        WHERE entry.entity_type = _change.entity_type AND entry.entity_id = _entity_id
    );
    CASE _change.action
        WHEN 'insert' THEN
            EXECUTE format(
                'DELETE FROM %1$I AS present'
                || ' USING jsonb_populate_record(NULL::%1$I, $1) AS named WHERE %2$s',
                _change.entity_type, _is_same_row
            ) USING _key_values;
        WHEN 'update' THEN
            EXECUTE format(
                'UPDATE %1$I AS present SET %3$s'
                || ' FROM jsonb_populate_record(NULL::%1$I, $1) AS named,'
                || ' jsonb_populate_record(NULL::%1$I, $2) AS former WHERE %2$s',
                _change.entity_type, _is_same_row,
                (
                    SELECT string_agg(format('%1$I = former.%1$I', name), ', ')
                    FROM jsonb_object_keys(_change.old_values) AS name
                )
            ) USING _key_values, _change.old_values;
        WHEN 'delete' THEN
            EXECUTE format(
                'INSERT INTO %1$I (%2$s) OVERRIDING SYSTEM VALUE'
                || ' SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1) AS former',
                _change.entity_type,
                (
                    SELECT string_agg(quote_ident(name), ', ')
                    FROM jsonb_object_keys(_change.old_values) AS name
                )
            ) USING _change.old_values;
    END CASE;

    RETURN QUERY
    SELECT entry.*
    FROM audit_log AS entry
    WHERE entry.entity_type = _change.entity_type
        AND entry.entity_id IN (_entity_id, _change.entity_id)
        AND entry.id > _last_id
        AND entry.transaction_id = pg_current_xact_id()::text::bigint
    ORDER BY entry.id
    LIMIT 1;
END
$$;

COMMENT ON FUNCTION revert_change(bigint) IS
    'Takes back one change of a row, within the rules of its table. The change that does so, as it was recorded; nothing when there is no change of that id.';
