-- One row is an application of a pattern: to which task or attempt, and whether it helped. Whoever
-- applies it adds the row and later says whether it helped; it ends with the pattern.

CREATE TABLE learning_pattern_applications (
    id                  bigint       GENERATED ALWAYS AS IDENTITY,
    learning_pattern_id uuid         NOT NULL,
    task_id             uuid,
    execution_id        bigint,
    is_effective        boolean,
    notes               text,
    applied_by          text         DEFAULT
        coalesce(nullif(current_setting('taskspine.actor', true), ''), session_user),
    applied_at          timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT learning_pattern_applications_pkey PRIMARY KEY (id),
    CONSTRAINT learning_pattern_applications_learning_pattern_id_fkey
        FOREIGN KEY (learning_pattern_id) REFERENCES learning_patterns (id) ON DELETE CASCADE,
    CONSTRAINT learning_pattern_applications_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT learning_pattern_applications_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE SET NULL,
    CONSTRAINT learning_pattern_applications_notes_up_to_10000_characters
        CHECK (length(notes) <= 10000),
    CONSTRAINT learning_pattern_applications_applied_by_up_to_200_characters
        CHECK (length(applied_by) <= 200)
);

-- learning_pattern_applications_learning_pattern_id_fkey, and learning_patterns_effectiveness.
CREATE INDEX learning_pattern_applications_learning_pattern_id_idx
    ON learning_pattern_applications (learning_pattern_id);

-- learning_pattern_applications_task_id_fkey, and the patterns applied to a task.
CREATE INDEX learning_pattern_applications_task_id_idx ON learning_pattern_applications (task_id)
    WHERE task_id IS NOT NULL;

-- learning_pattern_applications_execution_id_fkey.
CREATE INDEX learning_pattern_applications_execution_id_idx
    ON learning_pattern_applications (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE learning_pattern_applications IS
    'Applications of patterns, and whether they helped. Not audited: a history itself.';
COMMENT ON COLUMN learning_pattern_applications.task_id IS
    'The task that it was applied to; null when that is gone.';
COMMENT ON COLUMN learning_pattern_applications.execution_id IS
    'The attempt that it was applied in; null when that is gone.';
COMMENT ON COLUMN learning_pattern_applications.is_effective IS
    'Whether it helped, where somebody says so; null leaves it to the end of the attempt.';
COMMENT ON COLUMN learning_pattern_applications.applied_by IS
    'Who applied it: the setting taskspine.actor, or else the role.';

COMMENT ON CONSTRAINT learning_pattern_applications_learning_pattern_id_fkey
    ON learning_pattern_applications IS 'Applications end with their pattern.';
COMMENT ON CONSTRAINT learning_pattern_applications_task_id_fkey
    ON learning_pattern_applications IS 'An application outlives its task.';
COMMENT ON CONSTRAINT learning_pattern_applications_execution_id_fkey
    ON learning_pattern_applications IS 'An application outlives its attempt.';
COMMENT ON CONSTRAINT learning_pattern_applications_notes_up_to_10000_characters
    ON learning_pattern_applications IS 'Notes have at most 10000 characters.';
COMMENT ON CONSTRAINT learning_pattern_applications_applied_by_up_to_200_characters
    ON learning_pattern_applications IS 'Who applied it has a name of at most 200 characters.';
