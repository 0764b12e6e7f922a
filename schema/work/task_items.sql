-- The requirements and acceptance criteria of tasks, one by one, with what is ticked.

CREATE VIEW task_items WITH (security_invoker = true) AS
SELECT
    detail.task_id,
    item.id,
    item.kind,
    item.position,
    item.content,
    item.content #>> '{}' AS words,
    tick.task_id IS NOT NULL AS is_ticked,
    tick.ticked_by,
    tick.ticked_at,
    tick.validation_id,
    tick.note
FROM task_details AS detail
CROSS JOIN LATERAL (
    SELECT task_item_id(each.kind, each.content) AS id, each.kind, each.position, each.content
    FROM (
        SELECT 'requirement'::task_item_kind AS kind, entry.position, entry.content
        FROM jsonb_array_elements(
            CASE jsonb_typeof(detail.requirements)
                WHEN 'array' THEN detail.requirements
                ELSE (
                    SELECT jsonb_agg(jsonb_build_object(key, value) ORDER BY key)
                    FROM jsonb_each(detail.requirements)
                )
            END
        ) WITH ORDINALITY AS entry (content, position)
        UNION ALL
        SELECT 'acceptance_criterion'::task_item_kind, entry.position, entry.content
        FROM jsonb_array_elements(detail.acceptance_criteria)
            WITH ORDINALITY AS entry (content, position)
    ) AS each
) AS item
LEFT JOIN task_ticks AS tick ON tick.task_id = detail.task_id AND tick.item_id = item.id;

COMMENT ON VIEW task_items IS
    'Requirements and acceptance criteria of tasks, one by one, with who found them met.';
COMMENT ON COLUMN task_items.id IS 'The same for the same words of a kind: name it to tick the item.';
COMMENT ON COLUMN task_items.position IS 'Place among those of its kind, from 1.';
COMMENT ON COLUMN task_items.content IS
    'As the document has it: a text or an object; of requirements that are an object, one key and its value.';
COMMENT ON COLUMN task_items.words IS 'The text, or the JSON of an object.';
