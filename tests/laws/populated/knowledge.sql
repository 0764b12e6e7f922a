-- Rows of knowledge: some of each kind, so that every column is seen with what it may hold.

INSERT INTO templates (name, type, category, description, content, variables, metadata, created_by)
SELECT (ARRAY['one', 'ada', 'master'])[1 + n % 3], (ARRAY['general', 'fix'])[1 + n % 2],
    CASE WHEN n % 2 = 0 THEN 'general' END, CASE WHEN n % 3 = 0 THEN 'to say it' END,
    'Hello {{name}}', '["name"]', '{"a": null}', CASE WHEN n % 3 > 0 THEN 'ada' END
FROM generate_series(1, 9) AS n;
UPDATE templates SET deleted_at = clock_timestamp(), is_active = false WHERE version = 2;
INSERT INTO template_usage (
    template_id, task_id, execution_id, variables, is_success, rating, feedback, used_by
)
SELECT template.id, CASE WHEN execution.id % 3 > 0 THEN execution.task_id END,
    CASE WHEN execution.id % 4 > 0 THEN execution.id END, '{"name": null}',
    CASE WHEN execution.id % 5 > 1 THEN execution.id % 5 = 2 END,
    CASE WHEN execution.id % 2 = 0 THEN 1 + execution.id % 5 END,
    CASE WHEN execution.id % 6 = 0 THEN 'good' END, CASE WHEN execution.id % 7 > 0 THEN 'ada' END
FROM templates AS template, task_executions AS execution
WHERE template.version <> 3;

INSERT INTO learning_patterns (
    project_id, name, type, description, indicators, suggestions, confidence, metadata, created_by
)
SELECT CASE WHEN n % 3 = 0 THEN (SELECT id FROM projects WHERE slug = 'one') END, 'Pattern ' || n,
    (ARRAY['general', 'fix'])[1 + n % 2], CASE WHEN n % 2 = 0 THEN 'it helps' END,
    CASE WHEN n % 2 = 0 THEN '{"a": null}' ELSE '[]' END::jsonb, '[null]', n % 10 / 10.0, '{}',
    CASE WHEN n % 4 > 0 THEN 'ada' END
FROM generate_series(1, 12) AS n;
UPDATE learning_patterns SET deleted_at = clock_timestamp()
WHERE name IN ('Pattern 3', 'Pattern 4');
INSERT INTO learning_pattern_applications (
    learning_pattern_id, task_id, execution_id, is_effective, notes, applied_by
)
SELECT pattern.id, CASE WHEN execution.id % 3 > 0 THEN execution.task_id END,
    CASE WHEN execution.id % 4 > 0 THEN execution.id END,
    CASE WHEN execution.id % 5 > 1 THEN execution.id % 5 = 2 END,
    CASE WHEN execution.id % 6 = 0 THEN 'tried' END, CASE WHEN execution.id % 7 > 0 THEN 'ada' END
FROM learning_patterns AS pattern, task_executions AS execution
WHERE pattern.type = 'fix';

INSERT INTO knowledge_articles (project_id, title, content, category, tags, metadata, created_by)
SELECT CASE WHEN n % 3 = 0 THEN (SELECT id FROM projects WHERE slug = 'one') END,
    'A general note on fix ' || n, 'Some new words of ada and the master.',
    CASE WHEN n % 2 = 0 THEN 'general' END, CASE WHEN n % 2 = 1 THEN '["fix"]' ELSE '[]' END::jsonb,
    '{"a": null}', CASE WHEN n % 4 > 0 THEN 'ada' END
FROM generate_series(1, 20) AS n;
UPDATE knowledge_articles SET deleted_at = clock_timestamp() WHERE title LIKE '% 5';

-- What was completed took some time, by hand and by attempts, so that estimates can be corrected.
UPDATE tasks SET actual_hours = 1 + priority, estimated_hours = 2
WHERE status = 'completed';
