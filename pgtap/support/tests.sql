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
    -- What should not have been accepted is undone, so that the tests after it mean what they say.
    RAISE SQLSTATE 'TA000';
EXCEPTION
    WHEN SQLSTATE 'TA000' THEN
        RETURN fail(_description) || E'\n'
            || diag(format('accepted, though %s should refuse it', _rule));
    WHEN integrity_constraint_violation THEN
        GET STACKED DIAGNOSTICS _broken = CONSTRAINT_NAME, _message = MESSAGE_TEXT;
        IF _broken = _rule THEN
            RETURN pass(_description);
        END IF;
        RETURN fail(_description) || E'\n' || diag(format(
            'refused by %s instead of %s: %s',
            coalesce(nullif(_broken, ''), 'no named rule'), _rule, _message
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

CREATE FUNCTION tests.detail_of(_statement text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    _detail text;
BEGIN
    EXECUTE _statement;
    RAISE SQLSTATE 'TA000';
EXCEPTION
    WHEN SQLSTATE 'TA000' THEN
        RETURN 'accepted';
    WHEN integrity_constraint_violation THEN
        GET STACKED DIAGNOSTICS _detail = PG_EXCEPTION_DETAIL;
        RETURN _detail;
END
$$;

COMMENT ON FUNCTION tests.detail_of(text) IS 'What a refusal tells beyond its message.';

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

CREATE FUNCTION tests.a_list(
    _project_id uuid  DEFAULT tests.a_project(),
    _name       text  DEFAULT 'master'
) RETURNS uuid
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

-- A test calls its tasks by their refs, which it keeps apart itself, whatever list they are in.

CREATE FUNCTION tests.project(_slug text DEFAULT 'p') RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM projects WHERE slug = _slug;
    END;

COMMENT ON FUNCTION tests.project(text) IS 'The project with this slug.';

CREATE FUNCTION tests.task(_ref text) RETURNS uuid
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM tasks WHERE ref = _ref;
    END;

COMMENT ON FUNCTION tests.task(text) IS 'The task with this ref.';

CREATE FUNCTION tests.some_tasks(VARIADIC _refs text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _project_id uuid := coalesce(tests.project(), tests.a_project('p'));
    _list_id uuid := (SELECT id FROM task_lists WHERE project_id = _project_id AND name = 'master');
    _ref text;
BEGIN
    _list_id := coalesce(_list_id, tests.a_list(_project_id));
    FOREACH _ref IN ARRAY _refs LOOP
        PERFORM tests.a_task(_list_id, _ref);
    END LOOP;
END
$$;

COMMENT ON FUNCTION tests.some_tasks(text[]) IS
    'Makes pending tasks, one after another, in the list master of project p.';

CREATE FUNCTION tests.waits_for(
    _ref text, _blocker_ref text, _policy blocker_policy DEFAULT 'wait'
) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT tests.a_dependency(tests.task(_ref), tests.task(_blocker_ref), 'blocks', _policy);
    END;

COMMENT ON FUNCTION tests.waits_for(text, text, blocker_policy) IS 'Makes a task wait for another.';

CREATE FUNCTION tests.conflicts_with(_ref text, _other_ref text) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT tests.a_dependency(tests.task(_ref), tests.task(_other_ref), 'conflicts');
    END;

COMMENT ON FUNCTION tests.conflicts_with(text, text) IS 'Declares two tasks to be in conflict.';

CREATE FUNCTION tests.set_status(_ref text, _status task_status) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        UPDATE tasks SET status = _status, status_reason = 'it is to be ' || _status
        WHERE ref = _ref;
    END;

COMMENT ON FUNCTION tests.set_status(text, task_status) IS
    'Moves a task as a person does: by a plain UPDATE, with a reason.';

CREATE FUNCTION tests.an_attempt(_ref text, _lease interval DEFAULT '5 minutes') RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _execution_id bigint;
    _claimed_ref text;
BEGIN
    SELECT attempt.execution_id, attempt.ref INTO _execution_id, _claimed_ref
    FROM tasks AS task
    CROSS JOIN LATERAL claim_tasks(
        tests.an_agent(), task.project_id, 1, _lease,
        _after_priority => task.priority,
        _after_created_at => task.created_at,
        _after_task_id => task.id
    ) AS attempt
    WHERE task.ref = _ref;
    ASSERT _claimed_ref = _ref, format('%s is not ready', _ref);
    RETURN _execution_id;
END
$$;

COMMENT ON FUNCTION tests.an_attempt(text, interval) IS
    'Claims this task for a new agent. A lease below zero has run out already.';

CREATE FUNCTION tests.attempt_at(_ref text) RETURNS bigint
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT id FROM task_executions
        WHERE task_id = tests.task(_ref)
        ORDER BY attempt DESC
        LIMIT 1;
    END;

COMMENT ON FUNCTION tests.attempt_at(text) IS 'The latest attempt at a task.';

CREATE FUNCTION tests.status_of(_ref text) RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT status::text FROM tasks WHERE ref = _ref;
    END;

COMMENT ON FUNCTION tests.status_of(text) IS 'The status of a task.';

CREATE FUNCTION tests.statuses() RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT string_agg(format('%s %s', ref, status), ', ' ORDER BY ref) FROM tasks;
    END;

COMMENT ON FUNCTION tests.statuses() IS 'Every task and its status, in the order of refs.';

CREATE FUNCTION tests.open_blockers() RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT string_agg(format('%s %s', ref, open_blockers), ', ' ORDER BY ref) FROM tasks;
    END;

COMMENT ON FUNCTION tests.open_blockers() IS
    'Every task and the number of its open blockers, in the order of refs.';

CREATE FUNCTION tests.holders() RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT string_agg(
            format('%s/%s held by %s', task.ref, other.ref, coalesce(holder.ref, 'nobody')),
            ', ' ORDER BY task.ref, other.ref
        )
        FROM task_dependencies AS edge
        JOIN tasks AS task ON task.id = edge.task_id
        JOIN tasks AS other ON other.id = edge.depends_on_id
        LEFT JOIN tasks AS holder ON holder.id = edge.holder_id
        WHERE edge.kind = 'conflicts';
    END;

COMMENT ON FUNCTION tests.holders() IS 'Every conflict and the task that holds it.';
