-- One valid row of each kind of knowledge.

CREATE FUNCTION tests.a_template(
    _name text DEFAULT 'greeting', _content text DEFAULT 'Hello {{name}}'
) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO templates (name, type, content) VALUES (_name, 'prompt', _content) RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_template(text, text) IS
    'Makes a template, or the next version of the one of this name.';

CREATE FUNCTION tests.template(_name text, _version integer DEFAULT 1) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM templates WHERE name = _name AND version = _version;
    END;

COMMENT ON FUNCTION tests.template(text, integer) IS 'A version of the template of this name.';

CREATE FUNCTION tests.a_pattern(_name text) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO learning_patterns (name, type) VALUES (_name, 'success') RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_pattern(text) IS 'Makes a pattern.';

CREATE FUNCTION tests.pattern(_name text) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM learning_patterns WHERE name = _name;
    END;

COMMENT ON FUNCTION tests.pattern(text) IS 'The pattern of this name.';

CREATE FUNCTION tests.an_ended_attempt(
    _ref text, _status task_execution_status, _agent_id uuid DEFAULT NULL
) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO task_executions (
            task_id, agent_id, attempt, status, started_at, completed_at, lease_expires_at
        )
        SELECT
            tests.task(_ref), _agent_id, coalesce(max(attempt), 0) + 1, _status,
            '2020-02-02 10:00 UTC', '2020-02-02 11:00 UTC', '2020-02-02 11:00 UTC'
        FROM task_executions
        WHERE task_id = tests.task(_ref)
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.an_ended_attempt(text, task_execution_status, uuid) IS
    'Makes an attempt of one hour at a task.';
