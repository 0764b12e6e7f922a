-- One row is a migration that was applied or taken back: which file, what was in it, when, by whom.
-- taskspine.migrations writes it after the fact, since the first migration makes this table; what
-- another program has applied, it notes when it comes by. Nobody changes it, and it goes with the
-- schema: dbmate's own schema_migrations tells which migrations there are, this what they were.

CREATE TYPE migration_direction AS ENUM ('up', 'down');

COMMENT ON TYPE migration_direction IS 'Whether a migration was applied or taken back.';

CREATE TABLE migration_history (
    id         bigint               GENERATED ALWAYS AS IDENTITY,
    version    text                 NOT NULL,
    name       text                 NOT NULL,
    sha256     text,
    direction  migration_direction  NOT NULL,
    applied_at timestamptz          NOT NULL DEFAULT clock_timestamp(),
    duration   interval,
    applied_by text                 NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),

    CONSTRAINT migration_history_pkey PRIMARY KEY (id),
    CONSTRAINT migration_history_version_has_digits CHECK (version ~ '^[0-9]{1,20}$'),
    CONSTRAINT migration_history_name_has_1_to_200_characters
        CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT migration_history_sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT migration_history_duration_not_negative CHECK (duration >= interval '0')
);

-- list_applied_migrations: the latest of each version.
CREATE INDEX migration_history_version_id_idx ON migration_history (version, id);

COMMENT ON TABLE migration_history IS
    'Which migrations were applied and taken back. Not audited: a history itself.';
COMMENT ON COLUMN migration_history.version IS 'The digits with which the name of the file begins.';
COMMENT ON COLUMN migration_history.name IS 'The name of the file, without the version and .sql.';
COMMENT ON COLUMN migration_history.sha256 IS 'SHA-256 of the file, in hexadecimal; null where the file was gone.';
COMMENT ON COLUMN migration_history.applied_at IS 'When that was noted, by the server''s clock.';
COMMENT ON COLUMN migration_history.duration IS 'How long it took; null where another program did it.';
COMMENT ON COLUMN migration_history.applied_by IS 'Who did it: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT migration_history_version_has_digits ON migration_history IS
    'A version has 1 to 20 digits.';
COMMENT ON CONSTRAINT migration_history_name_has_1_to_200_characters ON migration_history IS
    'A migration has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT migration_history_sha256_is_hexadecimal ON migration_history IS
    'A SHA-256 is 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT migration_history_duration_not_negative ON migration_history IS
    'A migration takes no time at least.';

CREATE TRIGGER migration_history_append_only
    AFTER UPDATE OR DELETE ON migration_history
    FOR EACH ROW
    EXECUTE FUNCTION refuse_rewriting('migration_history', 'migration_history_append_only');

COMMENT ON TRIGGER migration_history_append_only ON migration_history IS
    'What was recorded is neither changed nor deleted.';

CREATE TRIGGER migration_history_not_truncated
    AFTER TRUNCATE ON migration_history
    EXECUTE FUNCTION refuse_rewriting('migration_history', 'migration_history_not_truncated');

COMMENT ON TRIGGER migration_history_not_truncated ON migration_history IS
    'What was recorded is not emptied.';
