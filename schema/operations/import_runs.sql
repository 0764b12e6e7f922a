-- One row is an import that changed something, or that found something new in its file: from which
-- file, what it did, how long it took. The importer writes it in the transaction of the import, so
-- that one that failed has left nothing. It ends with its project.

CREATE TYPE import_status AS ENUM ('completed', 'partial');

COMMENT ON TYPE import_status IS 'Whether all of a file came in, or something of it was set aside.';

CREATE TABLE import_runs (
    id            uuid           NOT NULL DEFAULT uuid_v7(),
    project_id    uuid           NOT NULL,
    source        text           NOT NULL,
    source_sha256 text           NOT NULL,
    status        import_status  NOT NULL,
    report        jsonb          NOT NULL DEFAULT '{}',
    started_at    timestamptz    NOT NULL,
    finished_at   timestamptz    NOT NULL DEFAULT clock_timestamp(),
    actor         text           NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),

    CONSTRAINT import_runs_pkey PRIMARY KEY (id),
    CONSTRAINT import_runs_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT import_runs_source_has_1_to_4000_characters
        CHECK (length(source) BETWEEN 1 AND 4000),
    CONSTRAINT import_runs_source_sha256_is_hexadecimal CHECK (source_sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT import_runs_report_is_object CHECK (jsonb_typeof(report) = 'object'),
    CONSTRAINT import_runs_report_counts_are_objects
        CHECK (
            jsonb_typeof(report -> 'lists') = 'object'
            AND jsonb_typeof(report -> 'tasks') = 'object'
            AND jsonb_typeof(report -> 'dependencies') = 'object'
            AND jsonb_typeof(report -> 'findings') = 'object'
        ),
    CONSTRAINT import_runs_finishes_after_it_starts CHECK (finished_at >= started_at)
);

-- The foreign key to projects; get_latest_import_run and create_import_run.
CREATE INDEX import_runs_project_id_source_finished_at_idx
    ON import_runs (project_id, source, finished_at);

COMMENT ON TABLE import_runs IS 'What each import did. Not audited: a history itself.';
COMMENT ON COLUMN import_runs.source IS 'The file, as it was named to the import.';
COMMENT ON COLUMN import_runs.source_sha256 IS 'SHA-256 of the file, in hexadecimal.';
COMMENT ON COLUMN import_runs.report IS
    'Object: is_new_project; created, changed, removed and unchanged of lists, tasks and dependencies; the number of findings by code.';
COMMENT ON COLUMN import_runs.started_at IS 'When the file began to be read, by the server''s clock.';
COMMENT ON COLUMN import_runs.actor IS 'Who imported: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT import_runs_project_id_fkey ON import_runs IS 'An import ends with its project.';
COMMENT ON CONSTRAINT import_runs_source_has_1_to_4000_characters ON import_runs IS
    'A file has a name of 1 to 4000 characters.';
COMMENT ON CONSTRAINT import_runs_source_sha256_is_hexadecimal ON import_runs IS
    'A SHA-256 is 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT import_runs_report_is_object ON import_runs IS 'A report is a JSON object.';
COMMENT ON CONSTRAINT import_runs_report_counts_are_objects ON import_runs IS
    'What a report counts of lists, tasks, dependencies and findings, it counts in objects.';
COMMENT ON CONSTRAINT import_runs_finishes_after_it_starts ON import_runs IS
    'An import does not finish before it starts.';
