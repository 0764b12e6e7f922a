-- One row is an edge of a project's task graph: the task waits for another, or relates to it.
-- People, imports and agents add and remove edges; an edge ends with the task that it belongs to.

CREATE TYPE task_dependency_kind AS ENUM ('blocks', 'suggests', 'relates_to', 'conflicts');

COMMENT ON TYPE task_dependency_kind IS
    'What an edge means. Only blocks makes a task wait; tasks that conflict are never both in progress.';

CREATE TYPE blocker_policy AS ENUM ('wait', 'satisfy', 'cancel');

COMMENT ON TYPE blocker_policy IS
    'What becomes of a task when its blocker is cancelled or failed: it keeps waiting, it goes on, or it is cancelled too.';

CREATE TABLE task_dependencies (
    task_id       uuid                  NOT NULL,
    depends_on_id uuid                  NOT NULL,
    kind          task_dependency_kind  NOT NULL DEFAULT 'blocks',
    policy        blocker_policy        NOT NULL DEFAULT 'wait',
    metadata      jsonb                 NOT NULL DEFAULT '{}',
    holder_id     uuid,
    created_by    text,
    created_at    timestamptz           NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT task_dependencies_pkey PRIMARY KEY (task_id, depends_on_id, kind),
    CONSTRAINT task_dependencies_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_dependencies_depends_on_id_fkey
        FOREIGN KEY (depends_on_id) REFERENCES tasks (id) ON DELETE NO ACTION
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT task_dependencies_lead_to_another_task CHECK (task_id <> depends_on_id),
    CONSTRAINT task_dependencies_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT task_dependencies_holder_is_in_conflict
        CHECK (holder_id IS NULL OR (kind = 'conflicts' AND holder_id IN (task_id, depends_on_id))),
    CONSTRAINT task_dependencies_created_by_has_1_to_200_characters
        CHECK (created_by ~ '\S' AND length(created_by) <= 200)
);

-- task_dependencies_depends_on_id_fkey, and the successors of a task that ends.
CREATE INDEX task_dependencies_depends_on_id_idx ON task_dependencies (depends_on_id, kind);

-- The conflicts that a task holds, when it is no longer in progress.
CREATE INDEX task_dependencies_holder_id_idx ON task_dependencies (holder_id)
    WHERE holder_id IS NOT NULL;

COMMENT ON TABLE task_dependencies IS 'The edges of the task graphs.';
COMMENT ON COLUMN task_dependencies.task_id IS 'The task that waits, or that the edge is about.';
COMMENT ON COLUMN task_dependencies.depends_on_id IS 'The task that it waits for, or relates to; of the same project.';
COMMENT ON COLUMN task_dependencies.policy IS
    'For an edge that blocks: what becomes of the task when the blocker is cancelled or failed.';
COMMENT ON COLUMN task_dependencies.holder_id IS
    'For a conflict: which of the two is in progress; null when neither is. Kept by the database.';

COMMENT ON CONSTRAINT task_dependencies_task_id_fkey ON task_dependencies IS
    'An edge ends with the task that it belongs to.';
COMMENT ON CONSTRAINT task_dependencies_depends_on_id_fkey ON task_dependencies IS
    'A task that others depend on is not deleted without them. Checked at the end of the transaction.';
COMMENT ON CONSTRAINT task_dependencies_lead_to_another_task ON task_dependencies IS
    'A task does not depend on itself.';
COMMENT ON CONSTRAINT task_dependencies_metadata_is_object ON task_dependencies IS
    'Metadata are a JSON object.';
COMMENT ON CONSTRAINT task_dependencies_holder_is_in_conflict ON task_dependencies IS
    'Only a conflict has a holder, and the holder is one of its two tasks.';
COMMENT ON CONSTRAINT task_dependencies_created_by_has_1_to_200_characters ON task_dependencies IS
    'A creator''s name has 1 to 200 characters and is not blank.';

CREATE FUNCTION is_open_blocker(_blocker_status task_status, _policy blocker_policy) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN _blocker_status <> 'completed'
        AND NOT (_blocker_status IN ('failed', 'cancelled') AND _policy = 'satisfy');

COMMENT ON FUNCTION is_open_blocker(task_status, blocker_policy) IS
    'Whether a blocker with this status still makes the dependant wait, under the edge''s policy.';

CREATE FUNCTION task_dependencies_lock_graph() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _edge task_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    -- First the graph, then the dependant, never the blocker: the one order in which writers of
    -- edges, claims and completions were raced without a deadlock. A dependant that is gone already
    -- takes its edges with it and needs no lock; one that never was is left to the foreign key.
    PERFORM lock_task_graph(project_id) FROM tasks WHERE id = _edge.task_id;
    -- A conflict binds both of its tasks, so it holds both while it comes or goes.
    PERFORM FROM tasks
    WHERE id = _edge.task_id OR (id = _edge.depends_on_id AND _edge.kind = 'conflicts')
    ORDER BY id
    FOR NO KEY UPDATE;
    -- A snapshot older than the blocker's latest move must not decide whether it is open.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM tasks WHERE id = _edge.depends_on_id FOR SHARE;
    END IF;
    RETURN _edge;
END
$$;

COMMENT ON FUNCTION task_dependencies_lock_graph() IS
    'Trigger function: takes the graph lock and the dependant before an edge changes.';

CREATE TRIGGER task_dependencies_lock_graph
    BEFORE INSERT OR UPDATE OF task_id, depends_on_id, kind, policy OR DELETE ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_dependencies_lock_graph();

COMMENT ON TRIGGER task_dependencies_lock_graph ON task_dependencies IS
    'The edges of one project change one after another.';

CREATE FUNCTION task_dependencies_keep_their_tasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'task_dependencies', 'task_dependencies_keep_their_tasks',
        'an edge cannot be moved to other tasks or become another kind',
        NULL,
        'Delete the edge and insert the one that you want.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_keep_their_tasks() IS
    'Trigger function: refuses to move an edge.';

CREATE TRIGGER task_dependencies_keep_their_tasks
    AFTER UPDATE OF task_id, depends_on_id, kind ON task_dependencies
    FOR EACH ROW
    WHEN (
        (OLD.task_id, OLD.depends_on_id, OLD.kind)
        IS DISTINCT FROM (NEW.task_id, NEW.depends_on_id, NEW.kind)
    )
    EXECUTE FUNCTION task_dependencies_keep_their_tasks();

COMMENT ON TRIGGER task_dependencies_keep_their_tasks ON task_dependencies IS
    'An edge keeps its two tasks and its kind.';

CREATE FUNCTION task_dependencies_keep_holder() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.holder_id := OLD.holder_id;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION task_dependencies_keep_holder() IS
    'Trigger function: keeps the holder of a conflict as it is, whatever the caller filled in.';

-- Only triggers of this schema write the holder, so an update that comes from no trigger does not.
CREATE TRIGGER task_dependencies_keep_holder
    BEFORE UPDATE OF holder_id ON task_dependencies
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION task_dependencies_keep_holder();

COMMENT ON TRIGGER task_dependencies_keep_holder ON task_dependencies IS
    'The holder of a conflict follows the status of its tasks, and nobody sets it.';

CREATE FUNCTION task_dependencies_within_one_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Needs no lock: a task never changes its project.
    IF EXISTS (
        SELECT FROM tasks AS task
        JOIN tasks AS blocker ON blocker.id = NEW.depends_on_id
        WHERE task.id = NEW.task_id AND task.project_id <> blocker.project_id
    ) THEN
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_within_one_project',
            'a task cannot depend on a task of another project',
            format('Tasks: %s and %s', NEW.task_id, NEW.depends_on_id),
            'Create a task in the same project that stands for the other one.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_within_one_project() IS
    'Trigger function: refuses an edge between projects.';

CREATE TRIGGER task_dependencies_within_one_project
    AFTER INSERT ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION task_dependencies_within_one_project();

COMMENT ON TRIGGER task_dependencies_within_one_project ON task_dependencies IS
    'A task depends on tasks of its own project.';

CREATE FUNCTION task_dependencies_added_while_not_running() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _blocker text;
BEGIN
    -- Safe against a race: the dependant is locked since before the insert, so nobody claims it,
    -- and the graph lock keeps the blocker from ending.
    SELECT blocker.ref INTO _blocker
    FROM tasks AS blocker
    WHERE blocker.id = NEW.depends_on_id
        AND is_open_blocker(blocker.status, NEW.policy)
        AND EXISTS (
            SELECT FROM task_executions WHERE task_id = NEW.task_id AND status = 'running'
        );
    IF FOUND THEN
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_added_while_not_running',
            format(
                'an agent is working on the task, so it cannot be made to wait for %s', _blocker
            ),
            format('Task: %s', NEW.task_id),
            'Release the attempt first, or wait until it has ended.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_added_while_not_running() IS
    'Trigger function: refuses an open blocker for a task that an agent is working on.';

CREATE TRIGGER task_dependencies_added_while_not_running
    AFTER INSERT OR UPDATE OF policy ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'blocks')
    EXECUTE FUNCTION task_dependencies_added_while_not_running();

COMMENT ON TRIGGER task_dependencies_added_while_not_running ON task_dependencies IS
    'A task is not made to wait while an agent is working on it.';

CREATE FUNCTION task_dependencies_acyclic() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    -- By index, one edge after the other, whatever the statistics say: see claim_tasks.
    SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
    AS $$
DECLARE
    _path text;
BEGIN
    -- Safe against a race: task_dependencies_lock_graph holds the graph lock since before the
    -- insert. UNION, not UNION ALL: each task is visited once, however many ways lead to it.
    IF EXISTS (
        WITH RECURSIVE upstream AS (
            SELECT NEW.depends_on_id AS id
            UNION
            SELECT edge.depends_on_id
            FROM upstream
            JOIN task_dependencies AS edge ON edge.task_id = upstream.id AND edge.kind = 'blocks'
        )
        SELECT FROM upstream WHERE id = NEW.task_id
    ) THEN
        _path := task_chain_path(
            task_dependency_chain(NEW.depends_on_id, NEW.task_id, false)
        );
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_acyclic',
            'the dependency would close a cycle',
            (
                SELECT format('Cycle: %s -> %s (each waits for the next)', ref, _path)
                FROM tasks WHERE id = NEW.task_id
            ),
            'Remove one of the dependencies on the path first.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_acyclic() IS
    'Trigger function: refuses an edge that closes a cycle, and names the path.';

CREATE FUNCTION task_dependency_chain(_from_id uuid, _to_id uuid, _only_open boolean)
RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _seen uuid[] := ARRAY[_from_id];
    _came_from jsonb := '{}';
    _frontier uuid[] := ARRAY[_from_id];
    _step record;
    _next uuid[];
    _chain uuid[] := ARRAY[_to_id];
BEGIN
    -- Breadth first, one query a level, so that the chain is a shortest one.
    WHILE cardinality(_frontier) > 0 AND NOT _to_id = ANY (_seen) LOOP
        _next := '{}';
        FOR _step IN
            SELECT DISTINCT ON (edge.depends_on_id) edge.task_id, edge.depends_on_id
            FROM task_dependencies AS edge
            JOIN tasks AS task ON task.id = edge.task_id
            JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
            WHERE edge.task_id = ANY (_frontier)
                AND edge.kind = 'blocks'
                AND edge.depends_on_id <> ALL (_seen)
                AND (
                    NOT _only_open
                    OR (
                        is_open_blocker(blocker.status, edge.policy)
                        AND (task.id = _from_id OR NOT is_closed(task.status))
                    )
                )
            ORDER BY edge.depends_on_id, edge.task_id
        LOOP
            _came_from := _came_from || jsonb_build_object(_step.depends_on_id, _step.task_id);
            _next := _next || _step.depends_on_id;
        END LOOP;
        _seen := _seen || _next;
        _frontier := _next;
    END LOOP;
    IF NOT _to_id = ANY (_seen) THEN
        RETURN NULL;
    END IF;
    WHILE _chain[1] <> _from_id LOOP
        _chain := (_came_from ->> _chain[1]::text)::uuid || _chain;
    END LOOP;
    RETURN _chain;
END
$$;

COMMENT ON FUNCTION task_dependency_chain(uuid, uuid, boolean) IS
    'A shortest chain of blocking dependencies from one task to another, both included; null when there is none. On request, only of those that hold a task now: a task that has ended holds by itself, whatever it waited for.';

CREATE FUNCTION task_chain_path(_chain uuid[]) RETURNS text
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    AS $$
    SELECT string_agg(task.ref, ' -> ' ORDER BY link.place)
    FROM unnest(_chain) WITH ORDINALITY AS link (task_id, place)
    JOIN tasks AS task ON task.id = link.task_id
$$;

COMMENT ON FUNCTION task_chain_path(uuid[]) IS 'The refs of tasks, with arrows between them.';

CREATE TRIGGER task_dependencies_acyclic
    AFTER INSERT ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'blocks')
    EXECUTE FUNCTION task_dependencies_acyclic();

COMMENT ON TRIGGER task_dependencies_acyclic ON task_dependencies IS
    'No task waits for itself, however long the way round.';

CREATE FUNCTION task_dependencies_count_on_tasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _edge task_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF _edge.kind = 'conflicts' THEN
        UPDATE tasks
        SET conflicts = conflicts + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END,
            moves = moves + 1,
            updated_at = clock_timestamp()
        WHERE id IN (_edge.task_id, _edge.depends_on_id);
        RETURN NULL;
    END IF;
    -- The dependant is locked, and the blocker cannot end meanwhile without waiting for the graph
    -- lock and counting this edge itself.
    UPDATE tasks AS task
    SET open_blockers = task.open_blockers
        + (TG_OP <> 'DELETE' AND is_open_blocker(blocker.status, NEW.policy))::integer
        - (TG_OP <> 'INSERT' AND is_open_blocker(blocker.status, OLD.policy))::integer,
        moves = task.moves + 1,
        updated_at = clock_timestamp()
    FROM tasks AS blocker
    WHERE task.id = _edge.task_id
        AND blocker.id = _edge.depends_on_id
        AND (TG_OP <> 'DELETE' AND is_open_blocker(blocker.status, NEW.policy))
            <> (TG_OP <> 'INSERT' AND is_open_blocker(blocker.status, OLD.policy));
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_count_on_tasks() IS
    'Trigger function: keeps tasks.open_blockers and tasks.conflicts as edges come, change and go.';

CREATE TRIGGER task_dependencies_count_inserted
    AFTER INSERT ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind IN ('blocks', 'conflicts'))
    EXECUTE FUNCTION task_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_dependencies_count_inserted ON task_dependencies IS
    'A new edge to an open blocker makes the task wait; a new conflict is counted on both tasks.';

CREATE TRIGGER task_dependencies_count_updated
    AFTER UPDATE OF policy ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'blocks' AND OLD.policy <> NEW.policy)
    EXECUTE FUNCTION task_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_dependencies_count_updated ON task_dependencies IS
    'A new policy counts at once for a blocker that has ended.';

CREATE TRIGGER task_dependencies_count_deleted
    AFTER DELETE ON task_dependencies
    FOR EACH ROW WHEN (OLD.kind IN ('blocks', 'conflicts'))
    EXECUTE FUNCTION task_dependencies_count_on_tasks();

COMMENT ON TRIGGER task_dependencies_count_deleted ON task_dependencies IS
    'A removed edge no longer makes the task wait; a removed conflict is counted off both tasks.';

CREATE FUNCTION task_dependencies_conflict_starts_unbroken() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _running uuid[];
BEGIN
    -- Both tasks are locked by task_dependencies_lock_graph, so neither starts or ends meanwhile.
    _running := ARRAY(
        SELECT id FROM tasks
        WHERE id IN (NEW.task_id, NEW.depends_on_id) AND status = 'in_progress'
    );
    IF cardinality(_running) = 2 THEN
        PERFORM refuse(
            'task_dependencies', 'task_dependencies_conflict_starts_unbroken',
            'a conflict cannot be declared while both tasks are in progress',
            format('Tasks: %s and %s', NEW.task_id, NEW.depends_on_id),
            'Wait until one of the two is finished.'
        );
    END IF;
    UPDATE task_dependencies SET holder_id = _running[1]
    WHERE task_id = NEW.task_id AND depends_on_id = NEW.depends_on_id AND kind = 'conflicts'
        AND holder_id IS DISTINCT FROM _running[1];
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_dependencies_conflict_starts_unbroken() IS
    'Trigger function: a new conflict is held by the one of its tasks that is in progress, and refused when both are.';

CREATE TRIGGER task_dependencies_conflict_starts_unbroken
    AFTER INSERT ON task_dependencies
    FOR EACH ROW WHEN (NEW.kind = 'conflicts')
    EXECUTE FUNCTION task_dependencies_conflict_starts_unbroken();

COMMENT ON TRIGGER task_dependencies_conflict_starts_unbroken ON task_dependencies IS
    'A conflict is declared while at most one of its tasks is in progress.';

CREATE TRIGGER task_dependencies_record_change
    AFTER INSERT OR UPDATE OR DELETE ON task_dependencies
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'task_dependencies', 'task_id depends_on_id kind',
        'holder_id'
    );

COMMENT ON TRIGGER task_dependencies_record_change ON task_dependencies IS 'Every change is recorded in audit_log.';

CREATE TRIGGER task_dependencies_not_truncated
    AFTER TRUNCATE ON task_dependencies
    EXECUTE FUNCTION refuse_rewriting('task_dependencies', 'task_dependencies_not_truncated');

COMMENT ON TRIGGER task_dependencies_not_truncated ON task_dependencies IS 'A table is emptied row by row, so that each is recorded.';
