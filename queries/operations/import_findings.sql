-- Import findings: what imports found in their files.

-- name: list_import_findings(import_run_id, project_id, is_open, least_severity, page_size, page_start)
-- List findings in the order of their imports and files; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing. With least_severity come those as grave or graver.
SELECT finding.id, finding.import_run_id, finding.severity, finding.code, finding.list_name,
    finding.ref, finding.pointer, finding.line, finding.message, finding.detail,
    finding.resolved_at, finding.resolved_by, finding.resolution
FROM import_findings AS finding
JOIN import_runs AS run ON run.id = finding.import_run_id
WHERE (:import_run_id::uuid IS NULL OR finding.import_run_id = :import_run_id)
    AND (:project_id::uuid IS NULL OR run.project_id = :project_id)
    AND (:is_open::boolean IS NULL OR (finding.resolved_at IS NULL) = :is_open)
    AND (
        :least_severity::import_finding_severity IS NULL OR finding.severity >= :least_severity
    )
ORDER BY finding.id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: reopen_import_finding(import_finding_id)^
-- Open a finding again. None when there is no such finding, or it is open.
UPDATE import_findings
SET resolved_at = NULL, resolved_by = NULL, resolution = NULL
WHERE id = :import_finding_id AND resolved_at IS NOT NULL
RETURNING id, import_run_id, severity, code, list_name, ref, pointer, line, message, detail,
    resolved_at, resolved_by, resolution;

-- name: resolve_import_finding(import_finding_id, resolution)^
-- Resolve a finding in the name of the setting taskspine.actor, or else the role that logged in.
-- None when there is no such finding, or it is resolved already.
UPDATE import_findings
SET resolved_at = clock_timestamp(),
    resolved_by = coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    resolution = :resolution
WHERE id = :import_finding_id AND resolved_at IS NULL
RETURNING id, import_run_id, severity, code, list_name, ref, pointer, line, message, detail,
    resolved_at, resolved_by, resolution;
