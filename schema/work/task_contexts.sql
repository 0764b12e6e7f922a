-- One row is something learnt or said about a task: a requirement, a piece of the codebase, a talk
-- with a model, a validation, an error. Agents and people add rows, and nobody rewrites them; they
-- end with the task.

CREATE TABLE task_contexts (
    id         bigint       GENERATED ALWAYS AS IDENTITY,
    task_id    uuid         NOT NULL,
    type       text         NOT NULL,
    data       jsonb        NOT NULL DEFAULT '{}',
    metadata   jsonb        NOT NULL DEFAULT '{}',
    created_by text,
    created_at timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_contexts_pkey PRIMARY KEY (id),
    CONSTRAINT task_contexts_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_contexts_type_is_identifier CHECK (type ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT task_contexts_data_is_array_or_object
        CHECK (jsonb_typeof(data) IN ('array', 'object')),
    CONSTRAINT task_contexts_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT task_contexts_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- task_contexts_task_id_fkey, and the contexts of a task by type.
CREATE INDEX task_contexts_task_id_type_idx ON task_contexts (task_id, type);

-- The contexts of a type, whatever task they are of.
CREATE INDEX task_contexts_type_id_idx ON task_contexts (type, id);

COMMENT ON TABLE task_contexts IS
    'What was learnt or said about a task. Not audited: a history itself.';
COMMENT ON COLUMN task_contexts.type IS
    'Kind of context: requirement, codebase, ai_interaction, validation, error, execution or any other word.';
COMMENT ON COLUMN task_contexts.data IS 'The context itself, an object or an array.';
COMMENT ON COLUMN task_contexts.metadata IS 'Object of what is to be known about the context.';

COMMENT ON CONSTRAINT task_contexts_task_id_fkey ON task_contexts IS 'Contexts end with their task.';
COMMENT ON CONSTRAINT task_contexts_type_is_identifier ON task_contexts IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT task_contexts_data_is_array_or_object ON task_contexts IS
    'A context is a JSON array or object.';
COMMENT ON CONSTRAINT task_contexts_metadata_is_object ON task_contexts IS 'Metadata are a JSON object.';
COMMENT ON CONSTRAINT task_contexts_created_by_has_1_to_200_characters ON task_contexts IS
    'A creator''s name has 1 to 200 characters and is not blank.';

CREATE TRIGGER task_contexts_never_rewritten
    AFTER UPDATE ON task_contexts
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting(
        'task_contexts', 'task_contexts_never_rewritten'
    );

COMMENT ON TRIGGER task_contexts_never_rewritten ON task_contexts IS
    'What was said stays as it was said; more is said in another row.';

CREATE TRIGGER task_contexts_not_truncated
    AFTER TRUNCATE ON task_contexts
    EXECUTE FUNCTION refuse_rewriting('task_contexts', 'task_contexts_not_truncated');

COMMENT ON TRIGGER task_contexts_not_truncated ON task_contexts IS 'What was said is not emptied.';
