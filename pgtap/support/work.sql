-- Rows of work beyond the first ones, which are in tests.sql.

CREATE FUNCTION tests.waits_outside(_ref text, _target text DEFAULT 'the vendor') RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO task_external_dependencies (task_id, target)
        VALUES (tests.task(_ref), _target)
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.waits_outside(text, text) IS
    'Makes a task wait for something outside of the database.';
