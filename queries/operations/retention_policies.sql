-- Retention: how long data are kept.

-- name: list_retention_policies()
-- List how long each class of data is kept.
SELECT data_class, keep_days, is_active, updated_at
FROM retention_policies
ORDER BY data_class;

-- name: make_month_partitions(months_ahead)
-- Make this month and some months ahead (3 when None) for every table that is partitioned by month.
-- One row a month that was missing; to be called once a month or more often.
-- returns: *!
SELECT made.partition
FROM maintain_partitions(coalesce(:months_ahead::integer, 3)) AS made (partition)
ORDER BY made.partition;

-- name: preview_retention(data_class, keep_days)
-- List what would go: of one class, or of all that are active when data_class is None.
-- keep_days takes the place of what the policies say. Changes nothing. row_count is an estimate
-- where partitions would go.
-- Reads the whole of tasks, task_dependencies and task_executions: what is old may be most of
-- them.
-- returns: *!, note?
SELECT data_class, cutoff, row_count, partitions, note
FROM apply_retention(true, :data_class, :keep_days);

-- name: run_retention(data_class, keep_days)
-- Remove what is older than its policy says: of one class, or of all that are active when None.
-- keep_days takes the place of what the policies say. One row a class: what went. Locks the graphs
-- of the projects whose tasks go, and whole histories while their months go: where others are at
-- work, call it for one class after the other. What somebody is busy with stays for the next time.
-- Refused by retention_policies_applied_at_read_committed, retention_policies_keep_days_in_range.
-- Reads the whole of tasks, task_dependencies and task_executions: what is old may be most of
-- them.
-- returns: *!, note?
SELECT data_class, cutoff, row_count, partitions, note
FROM apply_retention(false, :data_class, :keep_days);

-- name: set_retention_policy(data_class, keep_days, is_active)^
-- Say how many days a class of data is kept, and whether anything of it goes at all.
-- Refused by retention_policies_keep_days_in_range.
INSERT INTO retention_policies (data_class, keep_days, is_active)
VALUES (:data_class, :keep_days, coalesce(:is_active::boolean, true))
ON CONFLICT (data_class)
DO UPDATE SET keep_days = EXCLUDED.keep_days, is_active = EXCLUDED.is_active
RETURNING data_class, keep_days, is_active, updated_at;
