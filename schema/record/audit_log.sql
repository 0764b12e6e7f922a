-- One row is a change of one row of another table: what it was, what it became, who did it, when,
-- in which transaction. The trigger record_change writes it, or claim_tasks and complete_executions
-- for what they change; nobody changes it. It goes when its month is dropped by retention. It
-- refers to nothing: it outlives what it tells of.

CREATE TYPE audit_action AS ENUM ('insert', 'update', 'delete');

COMMENT ON TYPE audit_action IS 'What was done to a row.';

-- Every claim writes here, so this is a domain, not a check: docs/decisions/0002.
CREATE DOMAIN audit_values AS jsonb
    CONSTRAINT audit_values_is_object CHECK (jsonb_typeof(VALUE) = 'object');

COMMENT ON DOMAIN audit_values IS 'Columns of a row and what they held.';
COMMENT ON CONSTRAINT audit_values_is_object ON DOMAIN audit_values IS
    'Old and new values are JSON objects.';

CREATE TABLE audit_log (
    id             bigint        GENERATED ALWAYS AS IDENTITY,
    changed_at     timestamptz   NOT NULL DEFAULT clock_timestamp(),
    transaction_id bigint        NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    entity_type    text          NOT NULL,
    entity_id      text          NOT NULL,
    action         audit_action  NOT NULL,
    old_values     audit_values,
    new_values     audit_values,
    actor          text          NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    agent          text          DEFAULT nullif(current_setting('taskspine.agent', true), ''),
    session_id     text          DEFAULT nullif(current_setting('taskspine.session', true), ''),
    request_id     text          DEFAULT nullif(current_setting('taskspine.request', true), ''),
    client_address inet          DEFAULT inet_client_addr(),

    CONSTRAINT audit_log_pkey PRIMARY KEY (changed_at, id),
    CONSTRAINT audit_log_values_fit_action
        CHECK (
            (old_values IS NOT NULL) = (action <> 'insert')
            AND (new_values IS NOT NULL) = (action <> 'delete')
        )
) PARTITION BY RANGE (changed_at);

-- What happened to one thing: its timeline, its past, and whether a change can be taken back. By
-- patterns, so that it also serves all keys that begin with the key of a task.
CREATE INDEX audit_log_entity_id_entity_type_id_idx
    ON audit_log (entity_id text_pattern_ops, entity_type, id);

-- What came since the last seal, and a change by its id. Rows come nearly in the order of both, so
-- that a range of blocks says enough.
CREATE INDEX audit_log_transaction_id_id_idx ON audit_log USING brin (transaction_id, id)
    WITH (autosummarize = on);

COMMENT ON TABLE audit_log IS
    'Every change of every audited table, row by row. Not audited: a history itself.';
COMMENT ON COLUMN audit_log.changed_at IS 'When the row changed, by the server''s clock.';
COMMENT ON COLUMN audit_log.transaction_id IS 'The transaction that changed it.';
COMMENT ON COLUMN audit_log.entity_type IS 'The table.';
COMMENT ON COLUMN audit_log.entity_id IS 'The key of the row; the parts of a longer key joined by slashes.';
COMMENT ON COLUMN audit_log.old_values IS
    'Object: of an update the columns that changed, as they were; of a delete the whole row.';
COMMENT ON COLUMN audit_log.new_values IS
    'Object: of an update the columns that changed, as they are; of an insert the whole row.';
COMMENT ON COLUMN audit_log.actor IS 'Who did it: the setting taskspine.actor, or else the role that logged in.';
COMMENT ON COLUMN audit_log.agent IS 'Which agent did it: the setting taskspine.agent.';
COMMENT ON COLUMN audit_log.session_id IS 'In which session: the setting taskspine.session.';
COMMENT ON COLUMN audit_log.request_id IS 'For which request: the setting taskspine.request.';
COMMENT ON COLUMN audit_log.client_address IS 'From where; null over a socket.';

COMMENT ON CONSTRAINT audit_log_values_fit_action ON audit_log IS
    'An insert has new values, a delete old ones, an update both.';

CREATE TRIGGER audit_log_append_only
    AFTER UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting('audit_log', 'audit_log_append_only');

COMMENT ON TRIGGER audit_log_append_only ON audit_log IS 'What was recorded is neither changed nor deleted.';

CREATE TRIGGER audit_log_not_truncated
    AFTER TRUNCATE ON audit_log
    EXECUTE FUNCTION refuse_rewriting('audit_log', 'audit_log_not_truncated');

COMMENT ON TRIGGER audit_log_not_truncated ON audit_log IS 'What was recorded is not emptied.';

CREATE FUNCTION record_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path FROM CURRENT
    AS $$
DECLARE
    -- What the database keeps by itself follows from other changes, and is not recorded.
    _derived text[] := TG_ARGV[2:] || ARRAY['updated_at'];
    _old jsonb;
    _new jsonb;
    _row jsonb;
    _entity_id text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        _old := to_jsonb(OLD) - _derived;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        _new := to_jsonb(NEW) - _derived;
    END IF;
    _row := coalesce(_old, _new);
    _entity_id := coalesce(_row ->> TG_ARGV[1], (
        SELECT string_agg(_row ->> key.name, '/' ORDER BY key.place)
        FROM string_to_table(TG_ARGV[1], ' ') WITH ORDINALITY AS key (name, place)
    ));
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(key, _row -> key), jsonb_object_agg(key, value)
        INTO _old, _new
        FROM jsonb_each(_new)
        WHERE value IS DISTINCT FROM _row -> key;
        IF _new IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit_log (entity_type, entity_id, action, old_values, new_values)
    VALUES (TG_ARGV[0], _entity_id, lower(TG_OP)::audit_action, _old, _new);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION record_change() IS
    'Trigger function: records a change of a row. Arguments: the table, the columns of its key with spaces between, then columns that follow from others and are left out, as updated_at always is.';

SELECT make_month_partitions('audit_log');
