-- One row is a use of a template: for which task or attempt, and how it went. Whoever uses it adds
-- the row and later says how it went; it ends with the version of the template.

CREATE TABLE template_usage (
    id           bigint       GENERATED ALWAYS AS IDENTITY,
    template_id  uuid         NOT NULL,
    task_id      uuid,
    execution_id bigint,
    variables    jsonb        NOT NULL DEFAULT '{}',
    is_success   boolean,
    rating       smallint,
    feedback     text,
    used_by      text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    used_at      timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT template_usage_pkey PRIMARY KEY (id),
    CONSTRAINT template_usage_template_id_fkey
        FOREIGN KEY (template_id) REFERENCES templates (id) ON DELETE CASCADE,
    CONSTRAINT template_usage_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT template_usage_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE SET NULL,
    CONSTRAINT template_usage_variables_is_object CHECK (jsonb_typeof(variables) = 'object'),
    CONSTRAINT template_usage_rating_in_range CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT template_usage_feedback_up_to_10000_characters CHECK (length(feedback) <= 10000),
    CONSTRAINT template_usage_used_by_has_1_to_200_characters
        CHECK (used_by ~ '\S' AND length(used_by) <= 200)
);

-- template_usage_template_id_fkey, and template_performance.
CREATE INDEX template_usage_template_id_idx ON template_usage (template_id);

-- template_usage_task_id_fkey, and the templates used for a task.
CREATE INDEX template_usage_task_id_idx ON template_usage (task_id) WHERE task_id IS NOT NULL;

-- template_usage_execution_id_fkey.
CREATE INDEX template_usage_execution_id_idx ON template_usage (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE template_usage IS
    'Uses of templates, and how they went. Not audited: a history itself.';
COMMENT ON COLUMN template_usage.task_id IS 'The task that it was used for; null when that is gone.';
COMMENT ON COLUMN template_usage.execution_id IS
    'The attempt that it was used in; null when that is gone.';
COMMENT ON COLUMN template_usage.variables IS 'Object: what was filled in, by name.';
COMMENT ON COLUMN template_usage.is_success IS
    'Whether it went well, where somebody says so; null leaves it to the end of the attempt.';
COMMENT ON COLUMN template_usage.rating IS '1 (poor) to 5 (very good).';
COMMENT ON COLUMN template_usage.used_by IS 'Who used it: the setting taskspine.actor, or else the role.';

COMMENT ON CONSTRAINT template_usage_template_id_fkey ON template_usage IS
    'Uses end with the version of the template.';
COMMENT ON CONSTRAINT template_usage_task_id_fkey ON template_usage IS 'A use outlives its task.';
COMMENT ON CONSTRAINT template_usage_execution_id_fkey ON template_usage IS
    'A use outlives its attempt.';
COMMENT ON CONSTRAINT template_usage_variables_is_object ON template_usage IS
    'What was filled in is a JSON object.';
COMMENT ON CONSTRAINT template_usage_rating_in_range ON template_usage IS 'A rating is 1 to 5.';
COMMENT ON CONSTRAINT template_usage_feedback_up_to_10000_characters ON template_usage IS
    'Feedback has at most 10000 characters.';
COMMENT ON CONSTRAINT template_usage_used_by_has_1_to_200_characters ON template_usage IS
    'Who used it has a name of 1 to 200 characters that is not blank.';
