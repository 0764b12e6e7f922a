-- What the tests share: assertions about rules, and one valid row of each kind. Loaded into test
-- databases only, with the tenant's schema first on the search path.

CREATE SCHEMA tests;

CREATE FUNCTION tests.violates(_statement text, _rule text, _description text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _broken text;
    _message text;
BEGIN
    EXECUTE _statement;
    -- A deferred rule speaks at the end of a transaction, which a test never reaches.
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN fail(_description) || E'\n' || diag(format('accepted, though %s should refuse it', _rule));
EXCEPTION
    WHEN integrity_constraint_violation THEN
        GET STACKED DIAGNOSTICS _broken = CONSTRAINT_NAME, _message = MESSAGE_TEXT;
        IF _broken = _rule THEN
            RETURN pass(_description);
        END IF;
        RETURN fail(_description) || E'\n' || diag(format(
            'refused by %s instead of %s: %s', coalesce(nullif(_broken, ''), 'no named rule'), _rule, _message
        ));
    WHEN OTHERS THEN
        RETURN fail(_description) || E'\n' || diag(format('%s: %s', SQLSTATE, SQLERRM));
END
$$;

COMMENT ON FUNCTION tests.violates(text, text, text) IS
    'Passes when a statement is refused by exactly this rule, and by no other.';

CREATE FUNCTION tests.accepts(_statement text, _description text) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    EXECUTE _statement;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    RETURN pass(_description);
EXCEPTION
    WHEN OTHERS THEN
        RETURN fail(_description) || E'\n' || diag(format('%s: %s', SQLSTATE, SQLERRM));
END
$$;

COMMENT ON FUNCTION tests.accepts(text, text) IS
    'Passes when a statement, and every rule that waits for the end of the transaction, goes through.';

CREATE FUNCTION tests.a_project(_slug text DEFAULT 'p-' || substr(md5(random()::text), 1, 12))
RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO projects (name, slug) VALUES (_slug, _slug) RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_project(text) IS 'Makes a project.';

CREATE FUNCTION tests.an_agent(_name text DEFAULT 'agent ' || substr(md5(random()::text), 1, 12))
RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO agents (name) VALUES (_name) RETURNING id;
    END;

COMMENT ON FUNCTION tests.an_agent(text) IS 'Makes an agent.';

CREATE FUNCTION tests.a_list(_project_id uuid DEFAULT tests.a_project(), _name text DEFAULT 'master')
RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO task_lists (project_id, name) VALUES (_project_id, _name) RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_list(uuid, text) IS 'Makes a list, in a project of its own when none is given.';

CREATE FUNCTION tests.a_task(
    _list_id   uuid         DEFAULT tests.a_list(),
    _ref       text         DEFAULT NULL,
    _status    task_status  DEFAULT 'pending',
    _parent_id uuid         DEFAULT NULL,
    _priority  integer      DEFAULT 5
) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO tasks (project_id, task_list_id, ref, title, status, parent_id, priority)
        SELECT
            list.project_id, list.id, coalesce(_ref, 'R-' || nextval('tasks_ref_seq')), 'A task',
            _status, _parent_id, _priority
        FROM task_lists AS list
        WHERE list.id = _list_id
        RETURNING id;
    END;

COMMENT ON FUNCTION tests.a_task(uuid, text, task_status, uuid, integer) IS
    'Makes a task, in a list of its own when none is given.';

CREATE FUNCTION tests.a_dependency(
    _task_id uuid,
    _depends_on_id uuid,
    _kind task_dependency_kind DEFAULT 'blocks',
    _policy blocker_policy DEFAULT 'wait'
) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO task_dependencies (task_id, depends_on_id, kind, policy)
        VALUES (_task_id, _depends_on_id, _kind, _policy);
    END;

COMMENT ON FUNCTION tests.a_dependency(uuid, uuid, task_dependency_kind, blocker_policy) IS
    'Makes a task depend on another.';

CREATE FUNCTION tests.a_claim(_project_id uuid, _lease interval DEFAULT '5 minutes') RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT execution_id FROM claim_tasks(tests.an_agent(), _project_id, 1, _lease);
    END;

COMMENT ON FUNCTION tests.a_claim(uuid, interval) IS
    'Claims the best ready task of a project for a new agent; null when nothing is ready.';

CREATE FUNCTION tests.status_of(_task_id uuid) RETURNS task_status
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT status FROM tasks WHERE id = _task_id;
    END;

COMMENT ON FUNCTION tests.status_of(uuid) IS 'The status of a task.';
