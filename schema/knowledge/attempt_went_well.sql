-- What the end of an attempt says of whatever was used in it.

CREATE FUNCTION attempt_went_well(_status task_execution_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN _status = 'completed' THEN true
        WHEN _status IN ('failed', 'timeout') THEN false
    END;

COMMENT ON FUNCTION attempt_went_well(task_execution_status) IS
    'Whether an attempt was completed; null while that is open, and when it was given back.';
