-- One row is a key by which a service proves who it is. Whoever makes it shows the secret once and
-- sends only its HMAC-SHA256, whose pepper the database never sees. It is revoked or rotated, not
-- deleted. What it was used for is in api_key_usage: a count or a moment of last use in this row
-- would be written by every request, and everybody would wait for it.

CREATE TYPE api_key_service AS ENUM (
    'codegen', 'linear', 'claude_code', 'agentapi', 'github', 'openai', 'anthropic', 'database',
    'monitoring', 'webhook'
);

COMMENT ON TYPE api_key_service IS 'The service that a key is for.';

CREATE TYPE api_key_order AS ENUM ('name', 'service', 'created_at', 'expires_at');

COMMENT ON TYPE api_key_order IS 'What keys can be listed by.';

CREATE TYPE api_key_optional_column AS ENUM ('expires_at', 'rate_limit_bucket');

COMMENT ON TYPE api_key_optional_column IS 'What a key can do without.';

CREATE TABLE api_keys (
    id                uuid             NOT NULL DEFAULT uuid_v7(),
    name              text             NOT NULL,
    service           api_key_service  NOT NULL,
    environment       text             NOT NULL DEFAULT 'production',
    key_prefix        text             NOT NULL,
    key_hash          bytea            NOT NULL,
    permissions       jsonb            NOT NULL DEFAULT '[]',
    rate_limit_bucket text,
    is_active         boolean          NOT NULL DEFAULT true,
    expires_at        timestamptz,
    replaces_id       uuid,
    replaced_at       timestamptz,
    revoked_at        timestamptz,
    revocation_reason text,
    created_by        text             NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    created_at        timestamptz      NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz      NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    -- A look-up by the HMAC needs no compare in constant time: how long the index takes depends on
    -- the HMAC, which nobody can steer without the pepper, and says nothing of the secret.
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_keys_replaces_id_key UNIQUE (replaces_id),
    CONSTRAINT api_keys_replaces_id_fkey
        FOREIGN KEY (replaces_id) REFERENCES api_keys (id) ON DELETE SET NULL,
    CONSTRAINT api_keys_rate_limit_bucket_fkey
        FOREIGN KEY (rate_limit_bucket) REFERENCES rate_limits (bucket)
        ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT api_keys_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT api_keys_environment_is_identifier CHECK (environment ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT api_keys_key_prefix_has_4_to_20_characters
        CHECK (key_prefix ~ '^[A-Za-z0-9_-]{4,20}$'),
    CONSTRAINT api_keys_key_hash_has_32_bytes CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_permissions_is_array_of_words
        CHECK (
            jsonb_typeof(permissions) = 'array'
            AND NOT jsonb_path_exists(
                permissions,
                'strict $[*] ? (
                    @.type() <> "string" || !(@ like_regex "^[a-z*][a-z0-9_.:*/-]{0,99}$")
                )'
            )
        ),
    CONSTRAINT api_keys_expires_after_it_was_created
        CHECK (expires_at > created_at AND isfinite(expires_at)),
    CONSTRAINT api_keys_replaced_only_with_an_end
        CHECK (replaced_at IS NULL OR expires_at IS NOT NULL),
    CONSTRAINT api_keys_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200),
    CONSTRAINT api_keys_revocation_reason_up_to_1000_characters
        CHECK (length(revocation_reason) <= 1000)
);

-- One key of a name that is neither revoked nor replaced. One that has expired holds its name until
-- it is, since no index knows what time it is.
CREATE UNIQUE INDEX api_keys_one_living_per_name_service_and_environment
    ON api_keys (name, service, environment)
    WHERE revoked_at IS NULL AND replaced_at IS NULL;

-- The foreign key to rate_limits.
CREATE INDEX api_keys_rate_limit_bucket_idx ON api_keys (rate_limit_bucket);

COMMENT ON TABLE api_keys IS 'Keys by which services prove who they are.';
COMMENT ON COLUMN api_keys.environment IS 'Where the key is used: production, staging, development or any other word.';
COMMENT ON COLUMN api_keys.key_prefix IS 'The beginning of the key, by which people tell keys apart; no secret.';
COMMENT ON COLUMN api_keys.key_hash IS
    'HMAC-SHA256 of the whole key under a pepper that is not in the database; in no list and in no record of changes.';
COMMENT ON COLUMN api_keys.permissions IS 'Array of words that say what the key may do, such as tasks:read.';
COMMENT ON COLUMN api_keys.rate_limit_bucket IS 'The bucket that each use takes a token of; null where the key is not limited.';
COMMENT ON COLUMN api_keys.is_active IS 'One that is not active is refused until it is again.';
COMMENT ON COLUMN api_keys.expires_at IS 'From when on the key is refused; null when it does not expire.';
COMMENT ON COLUMN api_keys.replaces_id IS 'The key that this one was rotated from.';
COMMENT ON COLUMN api_keys.replaced_at IS 'Since when another key takes its place; it stays valid until it expires.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Since when the key is refused for good.';
COMMENT ON COLUMN api_keys.created_by IS 'Who made it: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT api_keys_key_hash_key ON api_keys IS 'Two keys never share a secret.';
COMMENT ON CONSTRAINT api_keys_replaces_id_key ON api_keys IS 'A key is rotated into one other.';
COMMENT ON CONSTRAINT api_keys_replaces_id_fkey ON api_keys IS
    'A key stays when the one that it was rotated from is deleted.';
COMMENT ON CONSTRAINT api_keys_rate_limit_bucket_fkey ON api_keys IS
    'A bucket that a key draws on is not deleted: the key would be without a limit.';
COMMENT ON CONSTRAINT api_keys_name_has_1_to_200_characters ON api_keys IS
    'A key has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT api_keys_environment_is_identifier ON api_keys IS
    'An environment is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT api_keys_key_prefix_has_4_to_20_characters ON api_keys IS
    'A prefix has 4 to 20 letters, digits, hyphens and underscores.';
COMMENT ON CONSTRAINT api_keys_key_hash_has_32_bytes ON api_keys IS
    'A hash is an HMAC-SHA256, which has 32 bytes.';
COMMENT ON CONSTRAINT api_keys_permissions_is_array_of_words ON api_keys IS
    'Permissions are a JSON array of words of 1 to 100 lower-case letters, digits and . : * / _ -, which begin with a letter or an asterisk.';
COMMENT ON CONSTRAINT api_keys_expires_after_it_was_created ON api_keys IS
    'A key expires at a moment after it was created, or never.';
COMMENT ON CONSTRAINT api_keys_replaced_only_with_an_end ON api_keys IS
    'A key in whose place there is another one expires: two keys of one name are not valid for good.';
COMMENT ON CONSTRAINT api_keys_created_by_has_1_to_200_characters ON api_keys IS
    'Who made a key has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT api_keys_revocation_reason_up_to_1000_characters ON api_keys IS
    'A reason has at most 1000 characters.';
COMMENT ON INDEX api_keys_one_living_per_name_service_and_environment IS
    'Of the keys of one name, service and environment, one is neither revoked nor replaced.';

CREATE FUNCTION api_keys_revoked_for_good() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'api_keys', 'api_keys_revoked_for_good',
        format('key %s was revoked at %s', OLD.id, OLD.revoked_at),
        NULL,
        'Create a key of the same name.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION api_keys_revoked_for_good() IS
    'Trigger function: refuses to change when a key was revoked.';

CREATE TRIGGER api_keys_revoked_for_good
    AFTER UPDATE OF revoked_at ON api_keys
    FOR EACH ROW WHEN (
        OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
    )
    EXECUTE FUNCTION api_keys_revoked_for_good();

COMMENT ON TRIGGER api_keys_revoked_for_good ON api_keys IS 'A key that was revoked stays so.';

CREATE FUNCTION api_keys_prefix_and_hash_never_change() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'api_keys', 'api_keys_prefix_and_hash_never_change',
        format('the secret of key %s cannot be another one', OLD.id),
        NULL,
        'Rotate the key: another key takes its place, and that is recorded.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION api_keys_prefix_and_hash_never_change() IS
    'Trigger function: refuses to change the prefix or the hash of a key.';

CREATE TRIGGER api_keys_prefix_and_hash_never_change
    AFTER UPDATE OF key_prefix, key_hash ON api_keys
    FOR EACH ROW WHEN (
        OLD.key_prefix IS DISTINCT FROM NEW.key_prefix OR OLD.key_hash IS DISTINCT FROM NEW.key_hash
    )
    EXECUTE FUNCTION api_keys_prefix_and_hash_never_change();

COMMENT ON TRIGGER api_keys_prefix_and_hash_never_change ON api_keys IS
    'A key never gets another secret: audit_log leaves hashes out, so nobody would see it.';

CREATE TRIGGER api_keys_touch_updated_at
    BEFORE UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER api_keys_touch_updated_at ON api_keys IS 'Every update sets updated_at.';

-- The hash is left out as if it followed from other columns, so that no record of changes has it.
CREATE TRIGGER api_keys_record_change
    AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION record_change('api_keys', 'id', 'key_hash');

COMMENT ON TRIGGER api_keys_record_change ON api_keys IS
    'Every change is recorded in audit_log, but never the hash.';

CREATE TRIGGER api_keys_not_truncated
    AFTER TRUNCATE ON api_keys
    EXECUTE FUNCTION refuse_rewriting('api_keys', 'api_keys_not_truncated');

COMMENT ON TRIGGER api_keys_not_truncated ON api_keys IS
    'A table is emptied row by row, so that each is recorded.';
