-- What somebody should do something about.

-- name: list_recommendations(category)
-- List what somebody should look at, the gravest first; of one category, or of all when None.
-- Reads the whole of tasks: what somebody should look at may be anywhere.
SELECT category, severity, subject_id, subject, recommendation, evidence
FROM recommendations
WHERE :category::text IS NULL OR category = :category
ORDER BY severity DESC, category, subject, subject_id;
