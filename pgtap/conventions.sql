-- What every object of the schema keeps to, whatever it is about. Each law finds its offenders in
-- the catalog, and each is shown to find one. Whether a name reads as a fact is left to people.

BEGIN;

CREATE TEMPORARY VIEW broken_conventions AS
WITH relations AS (
    SELECT class.*
    FROM pg_class AS class
    WHERE class.relnamespace = current_schema()::regnamespace
        AND class.relname <> 'schema_migrations'
        -- A partition is as its table is.
        AND NOT class.relispartition
), tables AS (
    SELECT * FROM relations WHERE relkind IN ('r', 'p')
), columns AS (
    SELECT
        tables.relname,
        attribute.*,
        format('%s.%s', tables.relname, attribute.attname) AS name,
        CASE type.typtype WHEN 'd' THEN type.typbasetype ELSE type.oid END AS base_type,
        pg_get_expr(assigned.adbin, assigned.adrelid) AS default_expression
    FROM tables
    JOIN pg_attribute AS attribute ON attribute.attrelid = tables.oid
    JOIN pg_type AS type ON type.oid = attribute.atttypid
    LEFT JOIN pg_attrdef AS assigned
        ON assigned.adrelid = attribute.attrelid AND assigned.adnum = attribute.attnum
        AND attribute.attgenerated = ''
    WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
), domains AS (
    SELECT type.*
    FROM pg_type AS type
    WHERE type.typnamespace = current_schema()::regnamespace AND type.typtype = 'd'
), constraints AS (
    SELECT
        rule.*,
        coalesce(tables.relname, domains.typname) AS owner,
        (
            SELECT string_agg(attribute.attname, '_' ORDER BY key.place)
            FROM unnest(rule.conkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = rule.conrelid AND attribute.attnum = key.number
        ) AS column_names
    FROM pg_constraint AS rule
    LEFT JOIN tables ON tables.oid = rule.conrelid
    LEFT JOIN domains ON domains.oid = rule.contypid
    WHERE coalesce(tables.oid, domains.oid) IS NOT NULL
        AND rule.contype IN ('p', 'u', 'f', 'c', 'x')
        AND rule.conparentid = 0
), indexes AS (
    SELECT
        entry.*,
        own.relname AS name,
        tables.relname AS owner,
        own.relam,
        EXISTS (
            SELECT FROM pg_constraint WHERE conindid = own.oid AND contype IN ('p', 'u', 'x')
        ) AS is_of_constraint,
        -- What is indexed, in order: two indexes with one beginning share work.
        (
            SELECT string_agg(
                concat_ws(
                    ' ', pg_get_indexdef(own.oid, number, false), entry.indclass[number - 1],
                    entry.indcollation[number - 1], entry.indoption[number - 1]
                ),
                ', ' ORDER BY number
            )
            FROM generate_series(1, entry.indnkeyatts) AS number
        ) || ', ' AS keys,
        coalesce(pg_get_expr(entry.indpred, entry.indrelid), '') AS condition
    FROM pg_index AS entry
    JOIN pg_class AS own ON own.oid = entry.indexrelid
    JOIN tables ON tables.oid = entry.indrelid
    WHERE NOT own.relispartition
), functions AS (
    SELECT
        function.*,
        function.proname::text AS name,
        function.prorettype = 'trigger'::regtype AS is_of_trigger,
        regexp_replace(function.prosrc, '--[^\n]*', '', 'g') AS body
    FROM pg_proc AS function
    WHERE function.pronamespace = current_schema()::regnamespace AND function.prokind <> 'a'
), triggers AS (
    SELECT
        trigger.*,
        relations.relname AS owner,
        function.proname AS function_name,
        regexp_replace(function.prosrc, '--[^\n]*', '', 'g') AS body,
        count(*) OVER (PARTITION BY trigger.tgfoid) AS triggers_of_function
    FROM pg_trigger AS trigger
    JOIN relations ON relations.oid = trigger.tgrelid
    JOIN pg_proc AS function ON function.oid = trigger.tgfoid
    WHERE NOT trigger.tgisinternal AND trigger.tgparentid = 0
)

SELECT 'a name is a lower-case word' AS law, name::text AS offender
FROM (
    SELECT relname FROM relations
    UNION ALL SELECT attname FROM columns
    UNION ALL SELECT conname FROM constraints
    UNION ALL SELECT tgname FROM triggers
    UNION ALL SELECT proname FROM functions
    UNION ALL SELECT typname FROM domains
) AS named (name)
WHERE name !~ '^[a-z][a-z0-9_]*$'

UNION ALL
SELECT 'a key has the name that PostgreSQL gives it', conname
FROM constraints
WHERE contype IN ('p', 'u', 'f')
    AND conname <> CASE contype
        WHEN 'p' THEN format('%s_pkey', owner)
        WHEN 'u' THEN format('%s_%s_key', owner, column_names)
        ELSE format('%s_%s_fkey', owner, column_names)
    END

UNION ALL
SELECT 'a rule is called after its table or domain, and by what is true', conname
FROM constraints
WHERE contype IN ('c', 'x')
    AND (NOT starts_with(conname, owner || '_') OR conname ~ '_(check|excl)[0-9]*$')

UNION ALL
SELECT 'a plain index is called <table>_<columns>_idx, a unique one as a rule is', name
FROM indexes
WHERE NOT is_of_constraint
    AND (NOT starts_with(name, owner || '_') OR (name ~ '_idx$') = indisunique)

UNION ALL
SELECT 'a trigger is called after its table', tgname
FROM triggers
WHERE NOT starts_with(tgname, owner || '_')

UNION ALL
SELECT 'a function of a single trigger has its name', function_name
FROM triggers
WHERE triggers_of_function = 1 AND function_name <> tgname

UNION ALL
SELECT 'a parameter begins with an underscore', format('%s: %s', functions.name, argument.name)
FROM functions
CROSS JOIN LATERAL unnest(proargnames, proargmodes) AS argument (name, mode)
WHERE coalesce(argument.mode, 'i') IN ('i', 'b', 'v') AND argument.name !~ '^_'

UNION ALL
SELECT 'a moment is called _at, _before, _after or _until, a truth is_ or has_', name
FROM columns
WHERE CASE base_type
    WHEN 'timestamptz'::regtype THEN attname !~ '_(at|before|after|until)$'
    WHEN 'boolean'::regtype THEN attname !~ '^(is|has)_'
END

UNION ALL
SELECT 'a table, view, function, trigger, domain and rule has a comment', object
FROM (
    SELECT relname::text, 'pg_class'::regclass, oid
    FROM relations
    WHERE relkind IN ('r', 'p', 'v', 'm')
    UNION ALL SELECT name, 'pg_proc'::regclass, oid FROM functions
    UNION ALL SELECT tgname, 'pg_trigger'::regclass, oid FROM triggers
    UNION ALL SELECT typname, 'pg_type'::regclass, oid FROM domains
    UNION ALL SELECT conname, 'pg_constraint'::regclass, oid FROM constraints WHERE contype <> 'p'
    UNION ALL
    SELECT name, 'pg_class'::regclass, indexrelid
    FROM indexes
    WHERE indisunique AND NOT is_of_constraint
) AS described (object, catalog, object_oid)
WHERE NOT EXISTS (
    SELECT FROM pg_description
    WHERE classoid = catalog AND objoid = object_oid AND objsubid = 0
)

UNION ALL
SELECT 'a table has a primary key', relname
FROM tables
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = tables.oid AND contype = 'p')

UNION ALL
SELECT 'a foreign key has an index that begins with one of its columns', conname
FROM constraints
WHERE contype = 'f'
    AND NOT EXISTS (
        SELECT FROM indexes WHERE indrelid = conrelid AND indkey[0] = ANY (conkey)
    )

UNION ALL
SELECT 'no index is the beginning of another one', one.name
FROM indexes AS one
JOIN indexes AS other
    ON other.indrelid = one.indrelid
    AND other.indexrelid <> one.indexrelid
    AND other.relam = one.relam
    AND other.condition = one.condition
    AND starts_with(other.keys, one.keys)
-- A unique index says more than a longer one; of two that are the same, the later one is to go.
WHERE NOT (one.indisunique AND one.keys <> other.keys)
    AND NOT (one.indisunique AND NOT other.indisunique)
    AND (
        one.keys <> other.keys
        OR one.indisunique <> other.indisunique
        OR one.indexrelid > other.indexrelid
    )

UNION ALL
SELECT 'a foreign key stays within the tenant', conname
FROM constraints
JOIN pg_class AS referred ON referred.oid = confrelid
WHERE referred.relnamespace <> current_schema()::regnamespace

UNION ALL
SELECT 'an id is a uuid, or a bigint that is an identity', name
FROM columns
WHERE attname = 'id'
    AND base_type <> 'uuid'::regtype
    AND NOT (base_type = 'bigint'::regtype AND attidentity <> '')

UNION ALL
SELECT 'no column is serial', name
FROM columns
WHERE attidentity = '' AND pg_get_serial_sequence(quote_ident(relname), attname) IS NOT NULL

UNION ALL
SELECT 'text is text, a moment has a time zone, JSON is jsonb, and money is numeric', name
FROM (
    SELECT name, base_type FROM columns
    UNION ALL SELECT typname, typbasetype FROM domains
    UNION ALL
    SELECT name, argument FROM functions CROSS JOIN LATERAL unnest(proargtypes) AS argument
) AS typed (name, type)
WHERE type IN (
    'varchar'::regtype, 'bpchar'::regtype, 'timestamp'::regtype, 'timetz'::regtype, 'json'::regtype,
    'money'::regtype, 'varchar[]'::regtype, 'timestamp[]'::regtype, 'json[]'::regtype
)

UNION ALL
SELECT 'a column of JSON has a rule of its shape', name
FROM columns
WHERE base_type = 'jsonb'::regtype
    AND NOT EXISTS (
        SELECT FROM pg_constraint
        WHERE contype = 'c'
            AND pg_get_constraintdef(pg_constraint.oid) LIKE '%jsonb_typeof(%'
            AND (
                contypid = columns.atttypid
                OR (conrelid = columns.attrelid AND columns.attnum = ANY (conkey))
            )
    )

UNION ALL
SELECT 'a column with a default is never null, unless its default may be', name
FROM columns
WHERE NOT attnotnull AND default_expression !~* '\m(nullif|inet_client_addr|NULL)\M'

UNION ALL
SELECT 'a table is audited by its key, or says why not', relname
FROM tables
WHERE coalesce(obj_description(tables.oid, 'pg_class'), '') !~ 'Not audited: '
    -- After each row that is inserted, deleted or updated.
    AND 29 IS DISTINCT FROM (
        SELECT bit_or(tgtype) FROM triggers
        WHERE tgrelid = tables.oid
            AND function_name = 'record_change'
            AND (string_to_array(encode(tgargs, 'escape'), '\000'))[:2] = ARRAY[relname::text, (
                SELECT string_agg(attribute.attname, ' ' ORDER BY key.place)
                FROM pg_constraint
                CROSS JOIN unnest(conkey) WITH ORDINALITY AS key (number, place)
                JOIN pg_attribute AS attribute
                    ON attribute.attrelid = conrelid AND attribute.attnum = key.number
                WHERE conrelid = tables.oid AND contype = 'p'
            )]
    )

UNION ALL
SELECT 'a table whose rows are recorded, or kept, refuses TRUNCATE', owner
FROM triggers AS one
WHERE (function_name IN ('record_change', 'refuse_rewriting') OR tgname ~ '_append_only$')
    AND NOT EXISTS (
        SELECT FROM triggers AS other
        -- After a statement that truncates.
        WHERE other.tgrelid = one.tgrelid AND other.tgtype & 127 = 32
            AND other.function_name = 'refuse_rewriting'
    )

UNION ALL
SELECT 'every update of a row sets its updated_at', relname
FROM columns
WHERE attname = 'updated_at'
    AND NOT EXISTS (
        SELECT FROM triggers
        -- Before a row is updated, whichever of its columns.
        WHERE tgrelid = attrelid AND tgtype & 19 = 19 AND tgattr = ''
            AND body ~ 'NEW\.updated_at := '
    )

UNION ALL
SELECT 'a default reads the clock, not the start of the transaction', name
FROM columns
WHERE default_expression
    ~* '\m(now\(|current_timestamp|localtimestamp|transaction_timestamp|statement_timestamp)'

UNION ALL
-- A function whose body is not a string was bound to its tables when it was made.
SELECT 'a function that touches a table finds it in its own schema', name
FROM functions
WHERE NOT format('search_path=%s', current_schema()) = ANY (coalesce(proconfig, '{}'))
    AND (
        prosecdef
        OR EXISTS (
            SELECT FROM relations
            WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
                AND body ~* format('\m(from|join|update|into)\s+(only\s+)?%s\M', relname)
        )
    )

UNION ALL
SELECT 'a function that changes nothing is STABLE or IMMUTABLE', name
FROM functions
WHERE provolatile = 'v'
    AND NOT is_of_trigger
    AND prosqlbody IS NULL
    AND body !~* '\m(insert|update|delete|merge|truncate|lock|share|execute|raise)\M'
    AND body !~* '\m(nextval|set_config)\('
    AND body !~* '\m(random|gen_random_uuid|clock_timestamp|pg_\w*advisory\w*)\('
    AND NOT EXISTS (
        SELECT FROM functions AS called
        WHERE called.provolatile = 'v'
            AND called.oid <> functions.oid
            AND functions.body ~ format('\m%s\(', called.proname)
    )

UNION ALL
SELECT 'a function that changes something is VOLATILE', name
FROM functions
WHERE provolatile <> 'v' AND body ~* '\m(insert into|update \w+ set|delete from|merge into)\M'

UNION ALL
SELECT 'a trigger that refuses fires after the change, so that declared rules speak first', tgname
FROM triggers
WHERE tgtype & 2 = 2 AND body ~* '\m(refuse\(|raise exception)'

UNION ALL
SELECT 'no function asks in which table it is', name
FROM functions
WHERE body ~* '\mtg_(table_name|relname|table_schema|relid)\M'

UNION ALL
SELECT 'no trigger notifies, unless a setting asks for it', tgname
FROM triggers
WHERE body ~* '\m(notify|pg_notify)\M' AND body !~* '\mcurrent_setting\('

UNION ALL
SELECT 'no trigger has transition tables', tgname
FROM triggers
WHERE coalesce(tgoldtable, tgnewtable) IS NOT NULL

UNION ALL
SELECT 'a view sees what its reader may see', relname
FROM relations
WHERE relkind = 'v' AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))

UNION ALL
SELECT 'no table forces row-level security on its owner', relname
FROM tables
WHERE relforcerowsecurity

UNION ALL
SELECT 'no table inherits, and no partition has partitions', relname
FROM pg_class AS class
WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p')
    AND (
        (relkind = 'p' AND relispartition)
        OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = class.oid AND NOT relispartition)
    );

-- One way to break each law, and whom it should name.
CREATE TEMPORARY TABLE proofs (law text NOT NULL, statement text NOT NULL, offender text NOT NULL);

INSERT INTO proofs VALUES
    ('a name is a lower-case word', 'ALTER TABLE agents RENAME type TO "Type"', 'Type'),
    ('a key has the name that PostgreSQL gives it',
        'ALTER TABLE agents RENAME CONSTRAINT agents_name_key TO agents_names', 'agents_names'),
    ('a rule is called after its table or domain, and by what is true',
        'ALTER TABLE agents ADD CHECK (name <> type)', 'agents_check'),
    ('a plain index is called <table>_<columns>_idx, a unique one as a rule is',
        'CREATE INDEX by_type ON agents (type)', 'by_type'),
    ('a trigger is called after its table',
        'ALTER TRIGGER agents_touch_updated_at ON agents RENAME TO touch', 'touch'),
    ('a function of a single trigger has its name',
        'ALTER TRIGGER tasks_follow_status ON tasks RENAME TO tasks_settle', 'tasks_follow_status'),
    ('a parameter begins with an underscore',
        'CREATE FUNCTION twice(a integer) RETURNS integer RETURN 2 * a', 'twice: a'),
    ('a moment is called _at, _before, _after or _until, a truth is_ or has_',
        'ALTER TABLE agents RENAME is_active TO active', 'agents.active'),
    ('a table, view, function, trigger, domain and rule has a comment',
        'COMMENT ON CONSTRAINT task_priority_in_range ON DOMAIN task_priority IS NULL',
        'task_priority_in_range'),
    ('a table has a primary key', 'CREATE TABLE notes (note text)', 'notes'),
    ('a foreign key has an index that begins with one of its columns',
        'DROP INDEX task_executions_agent_id_idx', 'task_executions_agent_id_fkey'),
    ('no index is the beginning of another one',
        'CREATE INDEX tasks_list_idx ON tasks (task_list_id)', 'tasks_list_idx'),
    ('a foreign key stays within the tenant',
        'CREATE TABLE tests.places (id bigint PRIMARY KEY);
        ALTER TABLE agents
            ADD place_id bigint CONSTRAINT agents_place_id_fkey REFERENCES tests.places',
        'agents_place_id_fkey'),
    ('an id is a uuid, or a bigint that is an identity',
        'CREATE TABLE notes (id integer PRIMARY KEY)', 'notes.id'),
    ('no column is serial', 'ALTER TABLE agents ADD number bigserial', 'agents.number'),
    ('text is text, a moment has a time zone, JSON is jsonb, and money is numeric',
        'ALTER TABLE agents ADD seen_at timestamp', 'agents.seen_at'),
    ('a column of JSON has a rule of its shape',
        'ALTER TABLE agents DROP CONSTRAINT agents_preferences_is_object', 'agents.preferences'),
    ('a column with a default is never null, unless its default may be',
        'ALTER TABLE agents ALTER type DROP NOT NULL', 'agents.type'),
    ('a table is audited by its key, or says why not',
        'DROP TRIGGER agents_record_change ON agents', 'agents'),
    ('a table whose rows are recorded, or kept, refuses TRUNCATE',
        'DROP TRIGGER agents_not_truncated ON agents', 'agents'),
    ('every update of a row sets its updated_at',
        'DROP TRIGGER agents_touch_updated_at ON agents', 'agents'),
    ('a default reads the clock, not the start of the transaction',
        'ALTER TABLE agents ALTER created_at SET DEFAULT now()', 'agents.created_at'),
    ('a function that touches a table finds it in its own schema',
        'ALTER FUNCTION lock_task_graph RESET search_path', 'lock_task_graph'),
    ('a function that changes nothing is STABLE or IMMUTABLE',
        'ALTER FUNCTION task_dependency_chain VOLATILE', 'task_dependency_chain'),
    ('a function that changes something is VOLATILE',
        'ALTER FUNCTION lock_task_graph STABLE', 'lock_task_graph'),
    ('a trigger that refuses fires after the change, so that declared rules speak first',
        'CREATE TRIGGER tasks_stay BEFORE UPDATE ON tasks
        FOR EACH ROW EXECUTE FUNCTION tasks_stay_in_their_project()', 'tasks_stay'),
    ('no function asks in which table it is',
        'CREATE FUNCTION here() RETURNS trigger LANGUAGE plpgsql
        AS ''BEGIN RETURN TG_RELNAME; END''',
        'here'),
    ('no trigger notifies, unless a setting asks for it',
        'CREATE FUNCTION agents_tell() RETURNS trigger LANGUAGE plpgsql
        AS ''BEGIN NOTIFY agents; END'';
        CREATE TRIGGER agents_tell AFTER INSERT ON agents EXECUTE FUNCTION agents_tell()',
        'agents_tell'),
    ('no trigger has transition tables',
        'CREATE TRIGGER agents_batch AFTER INSERT ON agents REFERENCING NEW TABLE AS added
        EXECUTE FUNCTION touch_updated_at()', 'agents_batch'),
    ('a view sees what its reader may see',
        'ALTER VIEW active_tasks RESET (security_invoker)', 'active_tasks'),
    ('no table forces row-level security on its owner',
        'ALTER TABLE agents FORCE ROW LEVEL SECURITY', 'agents'),
    ('no table inherits, and no partition has partitions',
        'CREATE TABLE robots () INHERITS (agents)', 'robots');

CREATE FUNCTION pg_temp.is_noticed(_law text, _statement text, _offender text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _is_noticed boolean;
BEGIN
    BEGIN
        EXECUTE _statement;
        _is_noticed := EXISTS (
            SELECT FROM broken_conventions WHERE law = _law AND offender = _offender
        );
        RAISE EXCEPTION USING ERRCODE = 'UNDO1';
    EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
        RETURN ok(_is_noticed, format('noticed when broken: %s', _law));
    END;
END
$$;

SELECT plan(2 * count(*)::integer) FROM proofs;

SELECT is_empty(
    format('SELECT offender FROM broken_conventions WHERE law = %L ORDER BY offender', law), law
)
FROM proofs;

SELECT pg_temp.is_noticed(law, statement, offender) FROM proofs;

SELECT * FROM finish();
ROLLBACK;
