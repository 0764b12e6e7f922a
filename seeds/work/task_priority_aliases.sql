-- The words for priorities that are known from the start. What is there already stays as it is.

INSERT INTO task_priority_aliases (alias, priority) VALUES
    ('lowest', 0), ('trivial', 1), ('low', 3), ('minor', 3), ('medium', 5), ('normal', 5),
    ('major', 8), ('high', 8), ('critical', 10), ('highest', 10), ('urgent', 10), ('blocker', 10)
ON CONFLICT (alias) DO NOTHING;
