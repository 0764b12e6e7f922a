-- One row is a word for a kind of dependency in another vocabulary. Imports and callers look words
-- up here; a migration, or a person who meets a new vocabulary, adds to it.

CREATE TABLE task_dependency_kind_aliases (
    alias text                  NOT NULL,
    kind  task_dependency_kind,

    CONSTRAINT task_dependency_kind_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_dependency_kind_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$')
);

COMMENT ON TABLE task_dependency_kind_aliases IS 'Words for kinds of dependencies in other vocabularies.';
COMMENT ON COLUMN task_dependency_kind_aliases.alias IS
    'The word in lower case, with spaces and hyphens folded to underscores.';
COMMENT ON COLUMN task_dependency_kind_aliases.kind IS
    'The kind of edge that it means; null when it means no edge: the other task is the parent.';

COMMENT ON CONSTRAINT task_dependency_kind_aliases_are_folded ON task_dependency_kind_aliases IS
    'An alias is written in lower case with single underscores.';

\ir ../../seeds/work/task_dependency_kind_aliases.sql

CREATE TRIGGER task_dependency_kind_aliases_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_dependency_kind_aliases
    FOR EACH ROW EXECUTE FUNCTION record_change('task_dependency_kind_aliases', 'alias');

COMMENT ON TRIGGER task_dependency_kind_aliases_record_change ON task_dependency_kind_aliases IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER task_dependency_kind_aliases_not_truncated
    AFTER TRUNCATE ON task_dependency_kind_aliases
    EXECUTE FUNCTION refuse_rewriting(
        'task_dependency_kind_aliases', 'task_dependency_kind_aliases_not_truncated'
    );

COMMENT ON TRIGGER task_dependency_kind_aliases_not_truncated ON task_dependency_kind_aliases IS
    'A table is emptied row by row, so that each is recorded.';
