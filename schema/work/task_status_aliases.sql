-- One row is a spelling of a status in another vocabulary. Imports look spellings up here; a
-- migration, or a person who meets a new vocabulary, adds to it.

CREATE TABLE task_status_aliases (
    alias  text         NOT NULL,
    status task_status  NOT NULL,

    CONSTRAINT task_status_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_status_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
    CONSTRAINT task_status_aliases_up_to_100_characters CHECK (length(alias) <= 100)
);

COMMENT ON TABLE task_status_aliases IS 'Spellings of statuses in other vocabularies.';
COMMENT ON COLUMN task_status_aliases.alias IS
    'The spelling in lower case, with spaces and hyphens folded to underscores.';

COMMENT ON CONSTRAINT task_status_aliases_are_folded ON task_status_aliases IS
    'An alias is written in lower case with single underscores.';
COMMENT ON CONSTRAINT task_status_aliases_up_to_100_characters ON task_status_aliases IS
    'An alias has at most 100 characters.';

\ir ../../seeds/work/task_status_aliases.sql

CREATE TRIGGER task_status_aliases_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_status_aliases
    FOR EACH ROW EXECUTE FUNCTION record_change('task_status_aliases', 'alias');

COMMENT ON TRIGGER task_status_aliases_record_change ON task_status_aliases IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_status_aliases_not_truncated
    AFTER TRUNCATE ON task_status_aliases
    EXECUTE FUNCTION refuse_rewriting('task_status_aliases', 'task_status_aliases_not_truncated');

COMMENT ON TRIGGER task_status_aliases_not_truncated ON task_status_aliases IS 'A table is emptied row by row, so that each is recorded.';
