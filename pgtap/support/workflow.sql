-- Workflows to try. A test calls them by their names, which it keeps apart itself.

CREATE FUNCTION tests.workflow(_name text DEFAULT 'w') RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM workflows WHERE name = _name;
    END;

COMMENT ON FUNCTION tests.workflow(text) IS 'The workflow with this name.';

CREATE FUNCTION tests.a_workflow(
    _name text DEFAULT 'w', _project_id uuid DEFAULT coalesce(tests.project(), tests.a_project('p'))
) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO workflows (project_id, name) VALUES (_project_id, _name) RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_workflow(text, uuid) IS 'Makes a workflow, in project p when no other is given.';

CREATE FUNCTION tests.has_tasks(VARIADIC _refs text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _ref text;
BEGIN
    FOREACH _ref IN ARRAY _refs LOOP
        PERFORM add_workflow_task(tests.workflow(), tests.task(_ref));
    END LOOP;
END
$$;

COMMENT ON FUNCTION tests.has_tasks(text[]) IS 'Puts tasks at the end of workflow w, one after another.';

CREATE FUNCTION tests.a_step(
    _step text, _status workflow_step_status DEFAULT 'pending', _ref text DEFAULT NULL
) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO workflow_steps (workflow_id, step, status, task_id)
        VALUES (tests.workflow(), _step, _status, tests.task(_ref))
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_step(text, workflow_step_status, text) IS 'Makes a step of workflow w, for a task or for none.';

CREATE FUNCTION tests.order_of_tasks(_name text DEFAULT 'w') RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT string_agg(format('%s %s', position, ref), ', ' ORDER BY position)
        FROM workflow_tasks
        JOIN tasks ON id = task_id
        WHERE workflow_id = tests.workflow(_name);
    END;

COMMENT ON FUNCTION tests.order_of_tasks(text) IS 'The tasks of a workflow, each after its position.';
