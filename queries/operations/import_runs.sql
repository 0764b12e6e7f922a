-- Import runs: what each import did.

-- name: create_import_run(project_id, source, source_sha256, report, duration, codes, severities, list_names, refs, pointers, lines, messages, details)^
-- Record an import that ends now, with its findings: the n-th of each list makes one.
-- What earlier imports of the file have found is resolved by it. It is partial where one of the
-- findings is an error.
WITH run AS (
    INSERT INTO import_runs (
        project_id, source, source_sha256, status, report, started_at, finished_at
    )
    SELECT
        :project_id, :source, :source_sha256,
        CASE
            WHEN 'error' = ANY (:severities::import_finding_severity[]) THEN 'partial'
            ELSE 'completed'
        END::import_status,
        :report, clock.now_at - :duration::interval, clock.now_at
    FROM (SELECT clock_timestamp()) AS clock (now_at)
    RETURNING id, project_id, source, source_sha256, status, report, started_at, finished_at, actor
), resolved AS (
    UPDATE import_findings AS finding
    SET resolved_at = clock_timestamp(), resolution = 'a later import'
    FROM import_runs AS earlier
    WHERE earlier.id = finding.import_run_id
        AND earlier.project_id = :project_id
        AND earlier.source = :source
        AND finding.resolved_at IS NULL
    RETURNING finding.id
), found AS (
    INSERT INTO import_findings (
        import_run_id, severity, code, list_name, ref, pointer, line, message, detail
    )
    SELECT run.id, new.severity, new.code, new.list_name, new.ref, new.pointer, new.line,
        new.message, new.detail
    FROM run
    CROSS JOIN unnest(
        :codes::text[], :severities, :list_names::text[], :refs::text[], :pointers::text[],
        :lines::integer[], :messages::text[], :details::jsonb[]
    ) WITH ORDINALITY AS new (
        code, severity, list_name, ref, pointer, line, message, detail, place
    )
    ORDER BY new.place
    RETURNING id
)

SELECT run.id, run.project_id, run.source, run.source_sha256, run.status, run.report,
    run.started_at, run.finished_at, run.finished_at - run.started_at AS duration, run.actor,
    (SELECT count(*) FROM found) AS finding_count,
    (SELECT count(*) FROM resolved) AS resolved_count
FROM run;

-- name: get_import_run(import_run_id)^
-- Get an import. None when there is no such import.
SELECT id, project_id, source, source_sha256, status, report, started_at, finished_at,
    finished_at - started_at AS duration, actor
FROM import_runs
WHERE id = :import_run_id;

-- name: get_latest_import_run(project_id, source)^
-- Get the latest import of a file into a project. None when there is none.
SELECT id, project_id, source, source_sha256, status, report, started_at, finished_at,
    finished_at - started_at AS duration, actor
FROM import_runs
WHERE project_id = :project_id AND source = :source
ORDER BY finished_at DESC, id DESC
LIMIT 1;

-- name: list_import_runs(project_id, status, page_size, page_start)
-- List imports, the latest first, with their findings counted; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing.
-- Reads the whole of import_runs: they come in the order of their ends, which has no index.
SELECT run.id, run.project_id, run.source, run.source_sha256, run.status, run.report,
    run.started_at, run.finished_at, run.finished_at - run.started_at AS duration, run.actor,
    found.finding_count, found.open_finding_count
FROM import_runs AS run
CROSS JOIN LATERAL (
    SELECT count(*) AS finding_count,
        count(*) FILTER (WHERE finding.resolved_at IS NULL) AS open_finding_count
    FROM import_findings AS finding
    WHERE finding.import_run_id = run.id
) AS found
WHERE (:project_id::uuid IS NULL OR run.project_id = :project_id)
    AND (:status::import_status IS NULL OR run.status = :status)
ORDER BY run.finished_at DESC, run.id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);
