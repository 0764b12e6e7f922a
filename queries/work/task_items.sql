-- Requirements and acceptance criteria of tasks, to be ticked one by one.

-- name: list_task_items(task_id, kind)
-- List the requirements and acceptance criteria of a task in their order, with what is ticked.
-- Of one kind, or of both when None.
SELECT id, kind, position, content, words, is_ticked, ticked_by, ticked_at, validation_id, note
FROM task_items
WHERE task_id = :task_id AND (:kind::task_item_kind IS NULL OR kind = :kind)
ORDER BY kind, position;

-- name: remove_task_tick(task_id, item_id)!
-- Take back the tick of an item. 0 when it has none.
DELETE FROM task_ticks
WHERE task_id = :task_id AND item_id = :item_id;

-- name: tick_task_item(task_id, item_id, validation_id, note)^
-- Tick an item of a task: it was found to be met, by a validation where one is named.
-- Repeated, it names the validation and the note anew, and keeps who ticked it first and when. None
-- when the task says no such thing, or no longer.
-- batch
INSERT INTO task_ticks (task_id, item_id, validation_id, note)
SELECT DISTINCT item.task_id, item.id, :validation_id::bigint, :note::text
FROM task_items AS item
WHERE item.task_id = :task_id AND item.id = :item_id
ON CONFLICT (task_id, item_id) DO UPDATE
SET validation_id = coalesce(:validation_id, task_ticks.validation_id),
    note = coalesce(:note, task_ticks.note)
RETURNING task_id, item_id, validation_id, note, ticked_by, ticked_at;
