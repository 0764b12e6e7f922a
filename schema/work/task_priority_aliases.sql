-- One row is a word for a priority. Imports look words up here; a migration, or a person who meets
-- a new vocabulary, adds to it.

CREATE TABLE task_priority_aliases (
    alias    text      NOT NULL,
    priority smallint  NOT NULL,

    CONSTRAINT task_priority_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_priority_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$'),
    CONSTRAINT task_priority_aliases_priority_in_range CHECK (priority BETWEEN 0 AND 10)
);

COMMENT ON TABLE task_priority_aliases IS 'Words for priorities in other vocabularies.';
COMMENT ON COLUMN task_priority_aliases.alias IS
    'The word in lower case, with spaces and hyphens folded to underscores.';

COMMENT ON CONSTRAINT task_priority_aliases_are_folded ON task_priority_aliases IS
    'An alias is written in lower case with single underscores.';
COMMENT ON CONSTRAINT task_priority_aliases_priority_in_range ON task_priority_aliases IS
    'A priority is 0 to 10.';

INSERT INTO task_priority_aliases (alias, priority) VALUES
    ('lowest', 0), ('trivial', 1), ('low', 3), ('minor', 3), ('medium', 5), ('normal', 5),
    ('major', 8), ('high', 8), ('critical', 10), ('highest', 10), ('urgent', 10), ('blocker', 10);
