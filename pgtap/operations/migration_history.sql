-- Migration history: which migrations were applied and taken back.

BEGIN;
SELECT plan(14);

SET LOCAL taskspine.actor = 'ada';
INSERT INTO migration_history (version, name, direction) VALUES ('1', 'begin', 'up');
SET LOCAL taskspine.actor = '';
INSERT INTO migration_history (version, name, direction) VALUES ('2', 'go_on', 'down');
SELECT results_eq(
    $$SELECT sha256, duration, clock_timestamp() - applied_at < '1 minute', applied_by
      FROM migration_history WHERE length(version) = 1 ORDER BY id$$,
    $$VALUES (NULL, NULL::interval, true, 'ada'),
        (NULL, NULL, true, session_user::text COLLATE "default")$$,
    'a migration is noted now, with who did it'
);

-- Rules

SELECT tests.accepts(
    $$INSERT INTO migration_history (version, name, direction, sha256, duration)
      VALUES (repeat('9', 20), repeat('n', 200), 'up', repeat('0f', 32), '0')$$,
    'a version may have 20 digits, a name 200 characters, and a migration may take no time'
);
SELECT tests.violates(
    format('INSERT INTO migration_history (version, name, direction) VALUES (%L, %L, %L)',
        version, 'name', 'up'),
    'migration_history_version_has_digits', format('no version is "%s"', version)
)
FROM (VALUES (''), ('v1'), (repeat('9', 21))) AS example (version);
SELECT tests.violates(
    format('INSERT INTO migration_history (version, name, direction) VALUES (%L, %L, %L)',
        '3', name, 'up'),
    'migration_history_name_has_1_to_200_characters',
    format('no migration has a name of %s characters', length(trim(name)))
)
FROM (VALUES (' '), (repeat('n', 201))) AS example (name);
SELECT tests.violates(
    format('INSERT INTO migration_history (version, name, direction, sha256)
        VALUES (%L, %L, %L, %L)', '3', 'name', 'up', digest),
    'migration_history_sha256_is_hexadecimal', format('no digest is %s', left(digest, 10))
)
FROM (VALUES (''), (repeat('0F', 32)), (repeat('0', 63)), (repeat('0', 65))) AS example (digest);
SELECT tests.violates(
    $$INSERT INTO migration_history (version, name, direction, duration)
      VALUES ('3', 'name', 'up', '-1 microsecond')$$,
    'migration_history_duration_not_negative', 'no migration ends before it begins'
);
SELECT tests.violates(
    $$UPDATE migration_history SET sha256 = repeat('0', 64) WHERE version = '1'$$,
    'migration_history_append_only', 'what was recorded is not changed'
);
SELECT tests.violates(
    $$DELETE FROM migration_history WHERE version = '1'$$,
    'migration_history_append_only', 'what was recorded is not deleted'
);

SELECT * FROM finish();
ROLLBACK;
