-- API keys: by which services prove who they are.

BEGIN;
SELECT plan(54);

SELECT tests.an_api_key('k');

-- Keys and defaults

SELECT results_eq(
    $$SELECT environment, permissions, is_active, expires_at, replaced_at, revoked_at, created_by
      FROM api_keys$$,
    $$VALUES ('production', '[]'::jsonb, true, NULL::timestamptz, NULL::timestamptz,
        NULL::timestamptz, session_user::text COLLATE "default")$$,
    'a key is active, for production and for good, and may do nothing'
);
SET LOCAL taskspine.actor = 'ada';
SELECT tests.an_api_key('of ada');
SET LOCAL taskspine.actor = '';
SELECT is(
    (SELECT created_by FROM api_keys WHERE name = 'of ada'), 'ada', 'a key tells who made it'
);
SELECT tests.violates(
    $$INSERT INTO api_keys (name, service, key_prefix, key_hash)
      VALUES ('other', 'github', 'tsk_other', tests.a_hash('k'))$$,
    'api_keys_key_hash_key', 'two keys never share a secret'
);
SELECT tests.violates(
    $$INSERT INTO api_keys (name, service, key_prefix, key_hash, replaces_id)
      VALUES ('other', 'github', 'tsk_other', tests.a_hash('other'), gen_random_uuid())$$,
    'api_keys_replaces_id_fkey', 'a key takes the place of one that exists'
);
SELECT tests.accepts(
    $$INSERT INTO api_keys (name, service, key_prefix, key_hash, replaces_id)
      SELECT 'second', service, 'tsk_other', tests.a_hash('second'), id
      FROM api_keys WHERE name = 'k'$$,
    'a key may take the place of another'
);
SELECT tests.violates(
    $$INSERT INTO api_keys (name, service, key_prefix, key_hash, replaces_id)
      SELECT 'third', service, 'tsk_other', tests.a_hash('third'), id
      FROM api_keys WHERE name = 'k'$$,
    'api_keys_replaces_id_key', 'no two keys take the place of one'
);
SELECT tests.violates(
    $$SELECT tests.an_api_key('limited', NULL, 'none')$$,
    'api_keys_rate_limit_bucket_fkey', 'a key draws on a bucket that exists'
);

-- Rules

SELECT tests.accepts(
    $$SELECT tests.an_api_key(repeat('n', 200))$$, 'a name may have 200 characters'
);
SELECT tests.violates(
    $$SELECT tests.an_api_key(repeat('n', 201))$$,
    'api_keys_name_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.violates(
    $$SELECT tests.an_api_key(' ')$$,
    'api_keys_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(
    $$UPDATE api_keys SET environment = 'staging' WHERE name = 'k'$$,
    'a key may be for any environment'
);
SELECT tests.violates(
    format('UPDATE api_keys SET environment = %L WHERE name = %L', environment, 'k'),
    'api_keys_environment_is_identifier', format('no environment is called "%s"', environment)
)
FROM (VALUES (''), ('Production'), ('pre-production')) AS example (environment);

SELECT tests.accepts(
    format(
        'INSERT INTO api_keys (name, service, key_prefix, key_hash) VALUES (%L, %L, %L, %L)',
        prefix, 'github', prefix, tests.a_hash(prefix)
    ),
    format('a prefix may be %s', prefix)
)
FROM (VALUES ('tsk_'), (repeat('p', 20))) AS example (prefix);
SELECT tests.violates(
    format(
        'INSERT INTO api_keys (name, service, key_prefix, key_hash) VALUES (%L, %L, %L, %L)',
        prefix, 'github', prefix, tests.a_hash(prefix)
    ),
    'api_keys_key_prefix_has_4_to_20_characters', format('no prefix is "%s"', prefix)
)
FROM (VALUES ('tsk'), (repeat('p', 21)), ('tsk key')) AS example (prefix);

SELECT tests.violates(
    format(
        'INSERT INTO api_keys (name, service, key_prefix, key_hash) VALUES (%L, %L, %L, %L)',
        'h', 'github', 'tsk_h', hash
    ),
    'api_keys_key_hash_has_32_bytes', format('a hash has not %s bytes', octet_length(hash))
)
FROM (VALUES (substr(tests.a_hash('h'), 2)), (tests.a_hash('h') || '\x00')) AS example (hash);

SELECT tests.accepts(
    $$UPDATE api_keys SET permissions = '["*", "tasks:read", "repo/x.y_z-*"]' WHERE name = 'k'$$,
    'permissions are an array of words'
);
SELECT tests.accepts(
    $$UPDATE api_keys SET permissions = to_jsonb(ARRAY[repeat('p', 100)]) WHERE name = 'k'$$,
    'a permission may have 100 characters'
);
SELECT tests.violates(
    format('UPDATE api_keys SET permissions = %L WHERE name = %L', permissions, 'k'),
    'api_keys_permissions_is_array_of_words',
    format('permissions are not %s', left(permissions, 20))
)
FROM (VALUES
    ('{"read": true}'), ('"read"'), ('[1]'), ('["tasks", null]'), ('[""]'), ('["Read all"]'),
    (to_jsonb(ARRAY[repeat('p', 101)])::text)
) AS example (permissions);

SELECT tests.accepts(
    $$UPDATE api_keys SET expires_at = created_at + interval '1 microsecond' WHERE name = 'k'$$,
    'a key may expire at once'
);
SELECT tests.violates(
    format('UPDATE api_keys SET expires_at = %s WHERE name = %L', moment, 'k'),
    'api_keys_expires_after_it_was_created', format('a key does not expire at %s', moment)
)
FROM (VALUES ('created_at'), ('''infinity''')) AS example (moment);
SELECT tests.accepts(
    $$UPDATE api_keys SET replaced_at = clock_timestamp(), expires_at = '2999-01-01'
      WHERE name = 'k'$$,
    'a key that is replaced may expire late'
);
SELECT tests.violates(
    $$UPDATE api_keys SET replaced_at = clock_timestamp(), expires_at = NULL WHERE name = 'k'$$,
    'api_keys_replaced_only_with_an_end', 'but not never'
);
UPDATE api_keys SET replaced_at = NULL WHERE name = 'k';
SELECT tests.violates(
    $$UPDATE api_keys SET created_by = ' '$$,
    'api_keys_created_by_has_1_to_200_characters', 'somebody made a key'
);
SELECT tests.accepts(
    $$UPDATE api_keys SET revocation_reason = repeat('r', 1000) WHERE name = 'k'$$,
    'a reason may have 1000 characters'
);
SELECT tests.violates(
    $$UPDATE api_keys SET revocation_reason = repeat('r', 1001) WHERE name = 'k'$$,
    'api_keys_revocation_reason_up_to_1000_characters', 'a reason has no 1001 characters'
);

SELECT tests.violates(
    $$INSERT INTO api_keys (name, service, key_prefix, key_hash)
      VALUES ('of ada', 'codegen', 'tsk_new', tests.a_hash('new'))$$,
    'api_keys_one_living_per_name_service_and_environment',
    'two living keys never share name, service and environment'
);
SELECT tests.accepts(
    $$INSERT INTO api_keys (name, service, environment, key_prefix, key_hash) VALUES
      ('of ada', 'linear', 'production', 'tsk_new', tests.a_hash('linear')),
      ('of ada', 'codegen', 'staging', 'tsk_new', tests.a_hash('staging'))$$,
    'keys of other services and environments may share a name'
);
SELECT tests.accepts(
    $$UPDATE api_keys SET revoked_at = clock_timestamp() WHERE name = 'of ada'$$,
    'a key is revoked'
);
SELECT tests.accepts(
    $$SELECT tests.an_api_key('of ada again'); UPDATE api_keys SET name = 'of ada'
      WHERE name = 'of ada again'$$,
    'what was revoked leaves its name to another'
);
UPDATE api_keys SET replaced_at = clock_timestamp(), expires_at = '2999-01-01' WHERE name = 'k';
SELECT tests.accepts(
    $$INSERT INTO api_keys (name, service, environment, key_prefix, key_hash)
      VALUES ('k', 'codegen', 'staging', 'tsk_new', tests.a_hash('k again'))$$,
    'and so does what was replaced'
);

SELECT tests.accepts(
    $$UPDATE api_keys SET revoked_at = revoked_at, revocation_reason = 'it leaked', name = 'old'
      WHERE revoked_at IS NOT NULL$$,
    'the rest of a key that was revoked may change'
);
SELECT tests.violates(
    format('UPDATE api_keys SET revoked_at = %s WHERE revoked_at IS NOT NULL', moment),
    'api_keys_revoked_for_good', format('a key that was revoked is not revoked at %s', moment)
)
FROM (VALUES ('NULL'), ('clock_timestamp()')) AS example (moment);
SELECT tests.violates(
    format('UPDATE api_keys SET %s = %L WHERE name = %L', column_name, value, 'second'),
    'api_keys_prefix_and_hash_never_change', format('%s stays as it is', column_name)
)
FROM (VALUES ('key_hash', tests.a_hash('yet another')::text), ('key_prefix', 'tsk_changed'))
AS example (column_name, value);

-- Effects

UPDATE api_keys SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM api_keys), true,
    'every update of a key sets updated_at'
);
SELECT tests.a_rate_limit('b');
SELECT tests.an_api_key('limited', NULL, 'b');
SELECT tests.violates(
    $$DELETE FROM rate_limits WHERE bucket = 'b'$$,
    'api_keys_rate_limit_bucket_fkey', 'a bucket is not deleted while a key draws on it'
);
UPDATE rate_limits SET bucket = 'c' WHERE bucket = 'b';
SELECT is(
    (SELECT rate_limit_bucket FROM api_keys WHERE name = 'limited'), 'c',
    'a key follows its bucket to another name'
);
DELETE FROM api_keys WHERE name = 'k' AND replaced_at IS NOT NULL;
SELECT is(
    (SELECT replaces_id FROM api_keys WHERE name = 'second'), NULL,
    'a key stays when the one that it replaces is deleted'
);
SELECT isnt_empty(
    $$SELECT FROM audit_log
      WHERE entity_type = 'api_keys' AND new_values ->> 'name' = 'k'
          AND new_values ->> 'key_prefix' = 'tsk_' || left(md5('k'), 8)$$,
    'a new key is recorded in the change log'
);
SELECT is_empty(
    $$SELECT FROM audit_log AS change, api_keys AS key
      WHERE change::text LIKE '%' || encode(key.key_hash, 'hex') || '%'
          OR change::text LIKE '%' || encode(key.key_hash, 'base64') || '%'
          OR change::text LIKE '%key\_hash%'$$,
    'no record of a change has the hash of a key'
);

SELECT * FROM finish();
ROLLBACK;
