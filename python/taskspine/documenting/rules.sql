-- What a row may not break: constraints, unique indexes, triggers that refuse; and the triggers
-- that do something instead. Both with their comments, in the order of their kinds and names.
SELECT
    class.relname::text AS owner,
    named.conname::text AS name,
    position(named.contype IN 'puxfc') AS place,
    '' AS moment,
    coalesce(obj_description(named.oid, 'pg_constraint'), '') AS comment
FROM pg_constraint AS named
JOIN pg_class AS class ON class.oid = named.conrelid
WHERE class.relnamespace = current_schema()::regnamespace
    AND NOT class.relispartition
    AND named.contype IN ('u', 'x', 'f', 'c')
    AND named.conparentid = 0

UNION ALL
SELECT
    type.typname,
    named.conname,
    5,
    '',
    coalesce(obj_description(named.oid, 'pg_constraint'), '')
FROM pg_constraint AS named
JOIN pg_type AS type ON type.oid = named.contypid
WHERE type.typnamespace = current_schema()::regnamespace AND named.contype = 'c'

UNION ALL
SELECT
    class.relname,
    own.relname,
    2,
    '',
    coalesce(obj_description(own.oid, 'pg_class'), '')
FROM pg_index AS entry
JOIN pg_class AS own ON own.oid = entry.indexrelid
JOIN pg_class AS class ON class.oid = entry.indrelid
WHERE class.relnamespace = current_schema()::regnamespace
    AND class.relkind IN ('r', 'p')
    AND NOT class.relispartition
    AND entry.indisunique
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = own.oid)

UNION ALL
SELECT
    class.relname,
    trigger.tgname,
    6,
    CASE
        WHEN function.prosrc ~* '\mrefuse\(' THEN ''
        ELSE concat_ws(
            ' ',
            CASE WHEN trigger.tgtype & 2 <> 0 THEN 'before' ELSE 'after' END,
            concat_ws(
                ', ',
                CASE WHEN trigger.tgtype & 4 <> 0 THEN 'insert' END,
                CASE WHEN trigger.tgtype & 16 <> 0 THEN 'update' END,
                CASE WHEN trigger.tgtype & 8 <> 0 THEN 'delete' END,
                CASE WHEN trigger.tgtype & 32 <> 0 THEN 'truncate' END
            )
        )
    END,
    coalesce(obj_description(trigger.oid, 'pg_trigger'), '')
FROM pg_trigger AS trigger
JOIN pg_class AS class ON class.oid = trigger.tgrelid
JOIN pg_proc AS function ON function.oid = trigger.tgfoid
WHERE class.relnamespace = current_schema()::regnamespace
    AND NOT class.relispartition
    AND NOT trigger.tgisinternal
ORDER BY owner, place, name;
