-- One row is something in an imported file that a person should know of. The importer writes it
-- with its import. It is resolved by a person, or by a later import of the file, which finds anew
-- what is still so. It ends with its import.

CREATE TYPE import_finding_severity AS ENUM ('note', 'warning', 'error');

COMMENT ON TYPE import_finding_severity IS
    'A note loses nothing, a warning changes what was meant, an error sets something aside; what is compared as greater is graver.';

CREATE TABLE import_findings (
    id            bigint                   GENERATED ALWAYS AS IDENTITY,
    import_run_id uuid                     NOT NULL,
    severity      import_finding_severity  NOT NULL,
    code          text                     NOT NULL,
    list_name     text,
    ref           text,
    pointer       text                     NOT NULL,
    line          integer                  NOT NULL,
    message       text                     NOT NULL,
    detail        jsonb                    NOT NULL DEFAULT '{}',
    resolved_at   timestamptz,
    resolved_by   text,
    resolution    text,

    CONSTRAINT import_findings_pkey PRIMARY KEY (id),
    CONSTRAINT import_findings_import_run_id_fkey
        FOREIGN KEY (import_run_id) REFERENCES import_runs (id) ON DELETE CASCADE,
    CONSTRAINT import_findings_code_is_identifier CHECK (code ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT import_findings_list_name_up_to_1000_characters CHECK (length(list_name) <= 1000),
    CONSTRAINT import_findings_ref_up_to_1000_characters CHECK (length(ref) <= 1000),
    CONSTRAINT import_findings_pointer_up_to_4000_characters CHECK (length(pointer) <= 4000),
    CONSTRAINT import_findings_line_positive CHECK (line > 0),
    CONSTRAINT import_findings_message_has_1_to_4000_characters
        CHECK (message ~ '\S' AND length(message) <= 4000),
    CONSTRAINT import_findings_detail_is_object CHECK (jsonb_typeof(detail) = 'object'),
    CONSTRAINT import_findings_resolved_by_has_1_to_200_characters
        CHECK (resolved_by ~ '\S' AND length(resolved_by) <= 200),
    CONSTRAINT import_findings_resolution_up_to_4000_characters CHECK (length(resolution) <= 4000),
    CONSTRAINT import_findings_resolved_at_a_moment
        CHECK (
            resolved_at IS NOT NULL
            OR num_nonnulls(resolved_by, resolution) = 0
        )
);

-- The foreign key to import_runs, and the order of list_import_findings.
CREATE INDEX import_findings_import_run_id_id_idx ON import_findings (import_run_id, id);

COMMENT ON TABLE import_findings IS
    'What imports found in their files. Not audited: it notes itself who resolved it.';
COMMENT ON COLUMN import_findings.code IS 'What is wrong: see FindingCode in taskspine.importer, which has the remedies.';
COMMENT ON COLUMN import_findings.list_name IS 'The list of the file; null where it is about none.';
COMMENT ON COLUMN import_findings.ref IS 'The task, by the ids from the outermost one inwards; null where it is about none.';
COMMENT ON COLUMN import_findings.pointer IS 'The place in the file: a JSON pointer (RFC 6901), cut after 4000 characters.';
COMMENT ON COLUMN import_findings.line IS 'The line of that place, from 1 on.';
COMMENT ON COLUMN import_findings.message IS 'The reason, for a person.';
COMMENT ON COLUMN import_findings.detail IS 'Object of what a repair needs.';
COMMENT ON COLUMN import_findings.resolved_at IS 'Since when nobody needs to look at it; null while somebody should.';
COMMENT ON COLUMN import_findings.resolution IS 'What was done about it.';

COMMENT ON CONSTRAINT import_findings_import_run_id_fkey ON import_findings IS
    'A finding ends with its import.';
COMMENT ON CONSTRAINT import_findings_code_is_identifier ON import_findings IS
    'A code is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT import_findings_list_name_up_to_1000_characters ON import_findings IS
    'The name of a list has at most 1000 characters.';
COMMENT ON CONSTRAINT import_findings_ref_up_to_1000_characters ON import_findings IS
    'A ref has at most 1000 characters.';
COMMENT ON CONSTRAINT import_findings_pointer_up_to_4000_characters ON import_findings IS
    'A pointer has at most 4000 characters.';
COMMENT ON CONSTRAINT import_findings_line_positive ON import_findings IS 'Lines are counted from 1.';
COMMENT ON CONSTRAINT import_findings_message_has_1_to_4000_characters ON import_findings IS
    'A message has 1 to 4000 characters and is not blank.';
COMMENT ON CONSTRAINT import_findings_detail_is_object ON import_findings IS 'A detail is a JSON object.';
COMMENT ON CONSTRAINT import_findings_resolved_by_has_1_to_200_characters ON import_findings IS
    'Who resolved a finding has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT import_findings_resolution_up_to_4000_characters ON import_findings IS
    'A resolution has at most 4000 characters.';
COMMENT ON CONSTRAINT import_findings_resolved_at_a_moment ON import_findings IS
    'What was resolved, was so at a moment.';
