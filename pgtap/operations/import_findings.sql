-- Import findings: what imports found in their files.

BEGIN;
SELECT plan(29);

INSERT INTO import_runs (project_id, source, source_sha256, status, started_at)
VALUES (tests.a_project('p'), 'tasks.json', repeat('0f', 32), 'completed', clock_timestamp());
INSERT INTO import_findings (import_run_id, severity, code, pointer, line, message)
SELECT id, 'warning', 'title_cut', '/tasks/0/title', 3, 'the title is too long' FROM import_runs;

-- Keys and defaults

SELECT results_eq(
    $$SELECT list_name, ref, detail, resolved_at, resolved_by, resolution FROM import_findings$$,
    $$VALUES (NULL, NULL, '{}'::jsonb, NULL::timestamptz, NULL, NULL)$$,
    'a finding is open'
);
SELECT tests.violates(
    $$INSERT INTO import_findings (import_run_id, severity, code, pointer, line, message)
      VALUES (gen_random_uuid(), 'note', 'a', '', 1, 'm')$$,
    'import_findings_import_run_id_fkey', 'a finding is of an import'
);

-- Rules

SELECT tests.accepts(
    format('UPDATE import_findings SET %I = %L', column_name, value),
    format('%s may be as long', column_name)
)
FROM (VALUES
    ('code', repeat('c', 63)), ('list_name', repeat('l', 1000)), ('ref', repeat('r', 1000)),
    ('pointer', repeat('p', 4000)), ('line', '1'), ('message', repeat('m', 4000)),
    ('detail', '{"rule": null}')
) AS example (column_name, value);
SELECT tests.violates(
    format('UPDATE import_findings SET %I = %L', column_name, value),
    rule, format('%s is not %s', column_name, left(value, 10))
)
FROM (VALUES
    ('code', repeat('c', 64), 'import_findings_code_is_identifier'),
    ('code', 'Title cut', 'import_findings_code_is_identifier'),
    ('list_name', repeat('l', 1001), 'import_findings_list_name_up_to_1000_characters'),
    ('ref', repeat('r', 1001), 'import_findings_ref_up_to_1000_characters'),
    ('pointer', repeat('p', 4001), 'import_findings_pointer_up_to_4000_characters'),
    ('line', '0', 'import_findings_line_positive'),
    ('message', repeat('m', 4001), 'import_findings_message_has_1_to_4000_characters'),
    ('message', ' ', 'import_findings_message_has_1_to_4000_characters'),
    ('detail', '[]', 'import_findings_detail_is_object'),
    ('resolved_by', 'ada', 'import_findings_resolved_at_a_moment'),
    ('resolution', 'mended', 'import_findings_resolved_at_a_moment')
) AS example (column_name, value, rule);
SELECT tests.accepts(
    $$UPDATE import_findings SET resolved_at = clock_timestamp()$$,
    'a finding may be resolved by nobody in particular'
);
SELECT tests.accepts(
    format('UPDATE import_findings SET %I = %L', column_name, value),
    format('%s of what is resolved may be as long', column_name)
)
FROM (VALUES ('resolved_by', repeat('a', 200)), ('resolution', repeat('r', 4000)))
AS example (column_name, value);
SELECT tests.violates(
    format('UPDATE import_findings SET %I = %L', column_name, value),
    rule, format('%s of what is resolved is not %s', column_name, left(value, 10))
)
FROM (VALUES
    ('resolved_by', repeat('a', 201), 'import_findings_resolved_by_has_1_to_200_characters'),
    ('resolved_by', '', 'import_findings_resolved_by_has_1_to_200_characters'),
    ('resolution', repeat('r', 4001), 'import_findings_resolution_up_to_4000_characters')
) AS example (column_name, value, rule);
SELECT tests.violates(
    $$UPDATE import_findings SET resolved_at = NULL$$,
    'import_findings_resolved_at_a_moment', 'what somebody resolved was resolved at a moment'
);

-- Effects

SELECT results_eq(
    $$SELECT 'error'::import_finding_severity > 'warning',
          'warning' > 'note'::import_finding_severity$$,
    $$VALUES (true, true)$$,
    'what is graver compares as greater'
);
SELECT tests.accepts($$DELETE FROM import_runs$$, 'an import is deleted with its findings');

SELECT * FROM finish();
ROLLBACK;
