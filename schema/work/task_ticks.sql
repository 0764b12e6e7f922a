-- One row is a tick: a requirement or a criterion of a task was found to be met. Whoever checks the
-- task makes it, and takes it back by deleting it. It is of words: it holds wherever the task says
-- the same, and counts for nothing while it does not. It ends with its task.

CREATE TYPE task_item_kind AS ENUM ('requirement', 'acceptance_criterion');

COMMENT ON TYPE task_item_kind IS 'What a task can be ticked off for.';

CREATE TABLE task_ticks (
    task_id       uuid         NOT NULL,
    item_id       uuid         NOT NULL,
    validation_id bigint,
    note          text,
    ticked_by     text         NOT NULL
        DEFAULT coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    ticked_at     timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_ticks_pkey PRIMARY KEY (task_id, item_id),
    CONSTRAINT task_ticks_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_ticks_note_has_1_to_10000_characters
        CHECK (note ~ '\S' AND length(note) <= 10000),
    CONSTRAINT task_ticks_ticked_by_has_1_to_200_characters
        CHECK (ticked_by ~ '\S' AND length(ticked_by) <= 200)
);

COMMENT ON TABLE task_ticks IS 'Requirements and criteria of tasks that are met: see task_items.';
COMMENT ON COLUMN task_ticks.item_id IS 'Made of the kind and the words of the item by task_item_id.';
COMMENT ON COLUMN task_ticks.validation_id IS
    'The validation that proved it. Validations come later than tasks, and go earlier: no foreign key.';
COMMENT ON COLUMN task_ticks.note IS 'What there is to be said about it.';
COMMENT ON COLUMN task_ticks.ticked_by IS
    'Who ticked it: the setting taskspine.actor, or else the role that logged in.';

COMMENT ON CONSTRAINT task_ticks_task_id_fkey ON task_ticks IS 'A tick ends with its task.';
COMMENT ON CONSTRAINT task_ticks_note_has_1_to_10000_characters ON task_ticks IS
    'A note has 1 to 10000 characters and is not blank.';
COMMENT ON CONSTRAINT task_ticks_ticked_by_has_1_to_200_characters ON task_ticks IS
    'Whoever ticks has a name of 1 to 200 characters that is not blank.';

CREATE FUNCTION task_item_id(_kind task_item_kind, _item jsonb) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN encode(
        substring(sha256(convert_to(_kind || ' ' || _item, 'UTF8')) FOR 16), 'hex'
    )::uuid;

COMMENT ON FUNCTION task_item_id(task_item_kind, jsonb) IS
    'The id of an item of a task: the same for the same words.';

CREATE TRIGGER task_ticks_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_ticks
    FOR EACH ROW EXECUTE FUNCTION record_change('task_ticks', 'task_id item_id');

COMMENT ON TRIGGER task_ticks_record_change ON task_ticks IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_ticks_not_truncated
    AFTER TRUNCATE ON task_ticks
    EXECUTE FUNCTION refuse_rewriting('task_ticks', 'task_ticks_not_truncated');

COMMENT ON TRIGGER task_ticks_not_truncated ON task_ticks IS 'A table is emptied row by row, so that each is recorded.';
