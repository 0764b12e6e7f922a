-- Seals: proofs that nobody has rewritten the log of changes.

-- name: get_last_audit_seal()^
-- Get the last seal. None when nothing was sealed yet.
-- Its hash, kept where nobody who can write the database can write, proves the whole log up to it.
SELECT number, month, row_count, hash, sealed_at
FROM audit_seals
ORDER BY number DESC
LIMIT 1;

-- name: list_audit_faults(kept_hash)
-- List where the log is not as it was sealed. Empty when it is sound.
-- kept_hash is the hash of a seal that was kept elsewhere: without it, a removal of the latest rows
-- together with their seals is not seen. Keeps nobody waiting.
-- Reads the whole of audit_log: every row is hashed again.
SELECT fault, seal_number, row_id, detail
FROM verify_audit_log(:kept_hash)
ORDER BY seal_number, row_id, fault, detail;

-- name: list_audit_seals(month, page_size, page_start)
-- List seals, the latest first; of one month, given as its first day, or of all when it is None.
-- page_size at most (100 when None), after the first page_start.
SELECT number, month, row_count, content_hash, previous_hash, hash, sealed_at, rows_dropped_at
FROM audit_seals
WHERE :month::date IS NULL OR month = :month
ORDER BY number DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: seal_audit_log()
-- Seal all that is recorded and not sealed yet. Gives the seals made; empty when nothing was due.
-- What transactions wrote that have not ended, or that came after one of these, waits for a later
-- call. Writers of the log neither wait nor are waited for; another sealer is.
-- Refused by audit_seals_made_at_read_committed in a transaction at a stricter level.
-- Reads the whole of audit_log: at first all of it is to be sealed, later what the index by
-- ranges leaves.
-- returns: *!
SELECT number, month, row_count, hash, sealed_at
FROM seal_audit_log();
