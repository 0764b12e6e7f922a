-- One row is a word for a priority. Imports look words up here; a migration, or a person who meets
-- a new vocabulary, adds to it.

CREATE TABLE task_priority_aliases (
    alias    text      NOT NULL,
    priority smallint  NOT NULL,

    CONSTRAINT task_priority_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_priority_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
    CONSTRAINT task_priority_aliases_up_to_100_characters CHECK (length(alias) <= 100),
    CONSTRAINT task_priority_aliases_priority_in_range CHECK (priority BETWEEN 0 AND 10)
);

COMMENT ON TABLE task_priority_aliases IS 'Words for priorities in other vocabularies.';
COMMENT ON COLUMN task_priority_aliases.alias IS
    'The word in lower case, with spaces and hyphens folded to underscores.';

COMMENT ON CONSTRAINT task_priority_aliases_are_folded ON task_priority_aliases IS
    'An alias is written in lower case with single underscores.';
COMMENT ON CONSTRAINT task_priority_aliases_up_to_100_characters ON task_priority_aliases IS
    'An alias has at most 100 characters.';
COMMENT ON CONSTRAINT task_priority_aliases_priority_in_range ON task_priority_aliases IS
    'A priority is 0 to 10.';

\ir ../../seeds/work/task_priority_aliases.sql

CREATE TRIGGER task_priority_aliases_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_priority_aliases
    FOR EACH ROW EXECUTE FUNCTION record_change('task_priority_aliases', 'alias');

COMMENT ON TRIGGER task_priority_aliases_record_change ON task_priority_aliases IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_priority_aliases_not_truncated
    AFTER TRUNCATE ON task_priority_aliases
    EXECUTE FUNCTION refuse_rewriting(
        'task_priority_aliases', 'task_priority_aliases_not_truncated'
    );

COMMENT ON TRIGGER task_priority_aliases_not_truncated ON task_priority_aliases IS 'A table is emptied row by row, so that each is recorded.';
