-- The spellings of statuses that are known from the start. What is there already stays as it is.

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
    ('deferred', 'deferred'), ('postponed', 'deferred'), ('later', 'deferred')
ON CONFLICT (alias) DO NOTHING;
