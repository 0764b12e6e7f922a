-- Migration history: which migrations were applied and taken back.

-- name: list_applied_migrations()
-- List the migrations that were applied and not taken back since, by version.
SELECT latest.version, latest.name, latest.sha256, latest.applied_at, latest.duration,
    latest.applied_by
FROM (
    SELECT DISTINCT ON (version) version, name, sha256, direction, applied_at, duration, applied_by
    FROM migration_history
    ORDER BY version, id DESC
) AS latest
WHERE latest.direction = 'up'
ORDER BY latest.version;

-- name: list_migration_history()
-- List what was applied and taken back, the latest first.
SELECT id, version, name, sha256, direction, applied_at, duration, applied_by
FROM migration_history
ORDER BY id DESC;

-- name: lock_migration_history()!
-- Keep others from recording until the end of the transaction.
SELECT FROM pg_advisory_xact_lock(hashtextextended(current_schema() || '.migration_history', 3));

-- name: record_migrations(versions, names, sha256s, directions, durations)
-- Record what was applied or taken back, in this order: the n-th of each list makes one.
-- What the latest record of a version says already is not said again. Call lock_migration_history
-- before, in the same transaction, so that of two programs one records.
INSERT INTO migration_history (version, name, sha256, direction, duration)
SELECT new.version, new.name, new.sha256, new.direction, new.duration
FROM unnest(
    :versions::text[], :names::text[], :sha256s::text[], :directions::migration_direction[],
    :durations::interval[]
) WITH ORDINALITY AS new (version, name, sha256, direction, duration, place)
WHERE new.direction <> coalesce(
    (
        SELECT known.direction
        FROM migration_history AS known
        WHERE known.version = new.version
        ORDER BY known.id DESC
        LIMIT 1
    ),
    'down'
)
ORDER BY new.place
RETURNING id, version, name, sha256, direction, applied_at, duration, applied_by;
