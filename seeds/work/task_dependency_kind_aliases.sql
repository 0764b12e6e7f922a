-- The words for kinds of dependencies that are known from the start. What is there already stays as
-- it is. A word without a kind says that the other task is the parent.

INSERT INTO task_dependency_kind_aliases (alias, kind) VALUES
    ('blocks', 'blocks'), ('blocked_by', 'blocks'), ('depends_on', 'blocks'),
    ('depends', 'blocks'), ('requires', 'blocks'), ('finish_to_start', 'blocks'),
    ('suggests', 'suggests'), ('suggested_by', 'suggests'), ('soft', 'suggests'),
    ('relates_to', 'relates_to'), ('related_to', 'relates_to'), ('related', 'relates_to'),
    ('relates', 'relates_to'), ('see_also', 'relates_to'),
    ('conflicts', 'conflicts'), ('conflicts_with', 'conflicts'), ('excludes', 'conflicts'),
    ('subtask_of', NULL), ('child_of', NULL), ('part_of', NULL), ('parent', NULL)
ON CONFLICT (alias) DO NOTHING;
