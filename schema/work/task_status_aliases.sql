-- One row is a spelling of a status in another vocabulary. Imports look spellings up here; a
-- migration, or a person who meets a new vocabulary, adds to it.

CREATE TABLE task_status_aliases (
    alias  text         NOT NULL,
    status task_status  NOT NULL,

    CONSTRAINT task_status_aliases_pkey PRIMARY KEY (alias),
    CONSTRAINT task_status_aliases_are_folded CHECK (alias ~ '^[a-z0-9]+(_[a-z0-9]+)*$')
);

COMMENT ON TABLE task_status_aliases IS 'Spellings of statuses in other vocabularies.';
COMMENT ON COLUMN task_status_aliases.alias IS
    'The spelling in lower case, with spaces and hyphens folded to underscores.';

COMMENT ON CONSTRAINT task_status_aliases_are_folded ON task_status_aliases IS
    'An alias is written in lower case with single underscores.';

INSERT INTO task_status_aliases (alias, status) VALUES
    ('pending', 'pending'), ('todo', 'pending'), ('to_do', 'pending'), ('open', 'pending'),
    ('new', 'pending'), ('backlog', 'pending'), ('ready', 'pending'), ('queued', 'pending'),
    ('in_progress', 'in_progress'), ('inprogress', 'in_progress'), ('running', 'in_progress'),
    ('started', 'in_progress'), ('doing', 'in_progress'), ('active', 'in_progress'),
    ('blocked', 'blocked'), ('waiting', 'blocked'), ('on_hold', 'blocked'), ('hold', 'blocked'),
    ('review', 'review'), ('in_review', 'review'), ('reviewing', 'review'),
    ('validation', 'validation'), ('testing', 'validation'), ('qa', 'validation'),
    ('completed', 'completed'), ('complete', 'completed'), ('done', 'completed'),
    ('finished', 'completed'), ('closed', 'completed'), ('resolved', 'completed'),
    ('failed', 'failed'), ('error', 'failed'),
    ('cancelled', 'cancelled'), ('canceled', 'cancelled'), ('abandoned', 'cancelled'),
    ('wontfix', 'cancelled'), ('rejected', 'cancelled'),
    ('deferred', 'deferred'), ('postponed', 'deferred'), ('later', 'deferred');
