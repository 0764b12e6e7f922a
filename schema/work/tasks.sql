-- One row is a task, as far as claiming and finishing it needs: what it is called, where it stands,
-- in which order it comes. What it says is in task_details. A person, an import or an agent creates
-- it; deleted, it is closed and hidden, and can be brought back until it is erased.

-- The rules of single columns are domains here, not checks: a check of a table is compiled again by
-- every statement that changes a row, a domain is looked at only where a value is assigned.

CREATE DOMAIN task_ref AS text
    CONSTRAINT task_ref_has_1_to_200_characters CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN task_title AS text
    CONSTRAINT task_title_has_1_to_500_characters CHECK (VALUE ~ '\S' AND length(VALUE) <= 500);
CREATE DOMAIN task_type AS text
    CONSTRAINT task_type_is_identifier CHECK (VALUE ~ '^[a-z][a-z0-9_]{0,62}$');
CREATE DOMAIN task_priority AS smallint
    CONSTRAINT task_priority_in_range CHECK (VALUE BETWEEN 0 AND 10);
CREATE DOMAIN task_max_attempts AS smallint
    CONSTRAINT task_max_attempts_in_range CHECK (VALUE BETWEEN 1 AND 1000);
CREATE DOMAIN task_complexity_score AS smallint
    CONSTRAINT task_complexity_score_in_range CHECK (VALUE BETWEEN 1 AND 10);
CREATE DOMAIN task_hours AS numeric(8, 2)
    CONSTRAINT task_hours_not_negative CHECK (VALUE >= 0 AND VALUE < 'Infinity');
CREATE DOMAIN task_person AS text
    CONSTRAINT task_person_has_1_to_200_characters CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN task_idempotency_key AS text
    CONSTRAINT task_idempotency_key_has_1_to_200_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN task_status_reason AS text
    CONSTRAINT task_status_reason_has_1_to_10000_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 10000);
CREATE DOMAIN task_capabilities AS text[]
    CONSTRAINT task_capabilities_are_1_to_20_words
    CHECK (
        cardinality(VALUE) BETWEEN 1 AND 20
        AND array_position(VALUE, NULL) IS NULL
        AND array_to_string(VALUE, '') !~ '\s'
        AND array_to_string(VALUE, ' ') ~ '^[a-z0-9_.+#-]{1,63}( [a-z0-9_.+#-]{1,63})*$'
    );

COMMENT ON DOMAIN task_ref IS 'What people call a task.';
COMMENT ON DOMAIN task_title IS 'A task in one line.';
COMMENT ON DOMAIN task_type IS 'A kind of task.';
COMMENT ON DOMAIN task_priority IS 'The urgency of a task: higher comes first.';
COMMENT ON DOMAIN task_max_attempts IS 'How often a task may fail before it is given up.';
COMMENT ON DOMAIN task_complexity_score IS 'How hard a task is.';
COMMENT ON DOMAIN task_hours IS 'Hours of work on a task.';
COMMENT ON DOMAIN task_person IS 'Who created a task or is responsible for it.';
COMMENT ON DOMAIN task_status_reason IS 'Why a task has its status.';
COMMENT ON DOMAIN task_idempotency_key IS 'A caller''s key of the creation of a task.';
COMMENT ON DOMAIN task_capabilities IS 'What an agent must be able to do to be given a task.';
COMMENT ON CONSTRAINT task_ref_has_1_to_200_characters ON DOMAIN task_ref IS
    'A ref has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT task_title_has_1_to_500_characters ON DOMAIN task_title IS
    'A title has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT task_type_is_identifier ON DOMAIN task_type IS
    'A type is a lower-case word of letters, digits and underscores.';
COMMENT ON CONSTRAINT task_priority_in_range ON DOMAIN task_priority IS 'A priority is 0 to 10.';
COMMENT ON CONSTRAINT task_max_attempts_in_range ON DOMAIN task_max_attempts IS
    'A task is tried 1 to 1000 times.';
COMMENT ON CONSTRAINT task_complexity_score_in_range ON DOMAIN task_complexity_score IS
    'A complexity score is 1 to 10.';
COMMENT ON CONSTRAINT task_hours_not_negative ON DOMAIN task_hours IS 'Hours are zero or more.';
COMMENT ON CONSTRAINT task_person_has_1_to_200_characters ON DOMAIN task_person IS
    'A creator or assignee has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT task_status_reason_has_1_to_10000_characters ON DOMAIN task_status_reason IS
    'A reason has 1 to 10000 characters and is not blank.';
COMMENT ON CONSTRAINT task_idempotency_key_has_1_to_200_characters ON DOMAIN task_idempotency_key IS
    'An idempotency key has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT task_capabilities_are_1_to_20_words ON DOMAIN task_capabilities IS
    'A task that asks for capabilities asks for 1 to 20, each a lower-case word of at most 63 letters, digits and _ . + # -.';

CREATE TYPE assignee_type AS ENUM ('person', 'agent', 'component');

COMMENT ON TYPE assignee_type IS 'What an assignee is.';

CREATE TYPE task_order AS ENUM (
    'priority', 'created_at', 'updated_at', 'due_at', 'ref', 'title', 'status', 'complexity_score',
    'estimated_hours'
);

COMMENT ON TYPE task_order IS 'What tasks can be listed by.';

CREATE TYPE task_optional_column AS ENUM (
    'complexity_score', 'estimated_hours', 'actual_hours', 'capabilities', 'not_before', 'due_at'
);

COMMENT ON TYPE task_optional_column IS 'What an update of a task can empty.';

CREATE SEQUENCE tasks_ref_seq;

CREATE TABLE tasks (
    id               uuid                   NOT NULL DEFAULT uuid_v7(),
    project_id       uuid                   NOT NULL,
    task_list_id     uuid                   NOT NULL,
    parent_id        uuid,
    ref              task_ref               NOT NULL DEFAULT 'T-' || nextval('tasks_ref_seq'),
    title            task_title             NOT NULL,
    type             task_type              NOT NULL DEFAULT 'general',
    priority         task_priority          NOT NULL DEFAULT 5,
    max_attempts     task_max_attempts      NOT NULL DEFAULT 3,
    complexity_score task_complexity_score,
    estimated_hours  task_hours,
    actual_hours     task_hours,
    assignee_type    assignee_type,
    assignee         task_person,
    not_before       timestamptz,
    due_at           timestamptz,
    created_by       task_person,
    idempotency_key  task_idempotency_key,
    capabilities     task_capabilities,
    status           task_status            NOT NULL DEFAULT 'pending',
    status_reason    task_status_reason,
    open_blockers    integer                NOT NULL DEFAULT 0,
    conflicts        integer                NOT NULL DEFAULT 0,
    attempts         integer                NOT NULL DEFAULT 0,
    failed_attempts  integer                NOT NULL DEFAULT 0,
    assigned_at      timestamptz,
    started_at       timestamptz,
    completed_at     timestamptz,
    moves            integer                NOT NULL DEFAULT 0,
    created_at       timestamptz            NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz            NOT NULL DEFAULT clock_timestamp(),
    deleted_at       timestamptz,

    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_task_list_id_project_id_fkey
        FOREIGN KEY (task_list_id, project_id) REFERENCES task_lists (id, project_id)
        ON DELETE CASCADE,
    CONSTRAINT tasks_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT tasks_task_list_id_ref_key UNIQUE (task_list_id, ref)
);

-- A claim: the best ready task of a project, in claim order.
CREATE INDEX tasks_ready_idx ON tasks (project_id, (-priority), created_at, id)
    WHERE status = 'pending' AND open_blockers = 0;

-- Tasks that wait for others: blocked_tasks, and statistics of what is pending.
CREATE INDEX tasks_waiting_idx ON tasks (project_id)
    WHERE status = 'pending' AND open_blockers > 0;

-- tasks_parent_id_fkey, and the subtasks of a task.
CREATE INDEX tasks_parent_id_idx ON tasks (parent_id) WHERE parent_id IS NOT NULL;

-- A creation that is repeated because its answer was lost.
CREATE UNIQUE INDEX tasks_created_once_per_idempotency_key ON tasks (project_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;

COMMENT ON TABLE tasks IS
    'What is to be done and where it stands: the working row of a task. Its text is in task_details.';
COMMENT ON SEQUENCE tasks_ref_seq IS 'Numbers the refs of tasks that are created without one.';
COMMENT ON COLUMN tasks.parent_id IS 'The task that this one is a subtask of, in the same list.';
COMMENT ON COLUMN tasks.ref IS 'What people call the task; unique in its list; T-<number> when not given.';
COMMENT ON COLUMN tasks.type IS 'Kind of task: general, feature, bug or any other word.';
COMMENT ON COLUMN tasks.priority IS '0 to 10, higher comes first.';
COMMENT ON COLUMN tasks.max_attempts IS 'Number of failed attempts after which the task is failed.';
COMMENT ON COLUMN tasks.complexity_score IS '1 (trivial) to 10 (hardest); null when nobody has estimated it.';
COMMENT ON COLUMN tasks.estimated_hours IS 'Hours of work expected.';
COMMENT ON COLUMN tasks.actual_hours IS 'Hours of work set by hand; null means the sum of the attempts.';
COMMENT ON COLUMN tasks.assignee IS 'Name of the person, agent or component that is responsible.';
COMMENT ON COLUMN tasks.not_before IS 'The task is not handed out before this moment.';
COMMENT ON COLUMN tasks.idempotency_key IS
    'Caller''s key of the creation; repeating it in the project finds this task.';
COMMENT ON COLUMN tasks.capabilities IS
    'Words that an agent must have among its capabilities to claim the task; null when any agent will do.';
COMMENT ON COLUMN tasks.status_reason IS 'Why the task has its status; cleared by the next move unless that gives its own.';
COMMENT ON COLUMN tasks.open_blockers IS
    'Number of blocking dependencies that are not satisfied. Kept by the database.';
COMMENT ON COLUMN tasks.conflicts IS 'Number of tasks that this one conflicts with. Kept by the database.';
COMMENT ON COLUMN tasks.moves IS
    'Counts the changes by claim, complete, fail, release, reap and the graph, which keep by themselves what triggers keep for every other update. Written by them alone.';
COMMENT ON COLUMN tasks.attempts IS 'Number of the latest attempt: the fencing token. Kept by the claim.';
COMMENT ON COLUMN tasks.failed_attempts IS 'Attempts that failed or timed out since the task was last opened.';
COMMENT ON COLUMN tasks.assigned_at IS 'When the assignee was set. Set by the database.';
COMMENT ON COLUMN tasks.started_at IS 'When work first started. Set by the database.';
COMMENT ON COLUMN tasks.completed_at IS 'When the task was completed; null in every other status. Set by the database.';
COMMENT ON COLUMN tasks.updated_at IS 'When the row last changed. Set by the database.';
COMMENT ON COLUMN tasks.deleted_at IS
    'When the task was deleted; null while it is not. Tasks deleted together share the moment.';

COMMENT ON CONSTRAINT tasks_task_list_id_project_id_fkey ON tasks IS
    'A task is in a list of its project, and ends with it.';
COMMENT ON CONSTRAINT tasks_parent_id_fkey ON tasks IS 'A subtask ends with its parent.';
COMMENT ON CONSTRAINT tasks_task_list_id_ref_key ON tasks IS
    'Two tasks of one list never share a ref; a deleted one keeps its own, by which it was known.';
COMMENT ON INDEX tasks_created_once_per_idempotency_key IS
    'One idempotency key creates one task of a project.';

CREATE FUNCTION is_closed(_status task_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN _status IN ('completed', 'failed', 'cancelled');

COMMENT ON FUNCTION is_closed(task_status) IS
    'Whether a task with this status has ended: completed, failed or cancelled.';

CREATE FUNCTION tasks_set_initial_state() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    -- What the database keeps starts at its true value, whatever the caller filled in.
    NEW.open_blockers := 0;
    NEW.conflicts := 0;
    NEW.attempts := 0;
    NEW.failed_attempts := 0;
    NEW.moves := 0;
    NEW.assigned_at := CASE WHEN NEW.assignee IS NOT NULL THEN clock_timestamp() END;
    NEW.started_at := CASE
        WHEN NEW.status IN ('in_progress', 'review', 'validation', 'completed')
        THEN coalesce(NEW.started_at, NEW.completed_at, clock_timestamp())
    END;
    NEW.completed_at := CASE
        WHEN NEW.status = 'completed' THEN coalesce(NEW.completed_at, clock_timestamp())
    END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION tasks_set_initial_state() IS
    'Trigger function: sets the counts and moments of a new task that the database keeps.';

CREATE TRIGGER tasks_set_initial_state
    BEFORE INSERT ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_set_initial_state();

COMMENT ON TRIGGER tasks_set_initial_state ON tasks IS
    'A new task has no blockers and no attempts, and moments that agree with its status.';

CREATE FUNCTION tasks_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    -- What the database keeps stays as it is, whatever the caller filled in.
    NEW.open_blockers := OLD.open_blockers;
    NEW.conflicts := OLD.conflicts;
    NEW.attempts := OLD.attempts;
    NEW.failed_attempts := OLD.failed_attempts;
    NEW.moves := OLD.moves;
    NEW.started_at := OLD.started_at;
    NEW.completed_at := OLD.completed_at;
    NEW.assigned_at := OLD.assigned_at;
    IF NEW.status <> OLD.status THEN
        IF NEW.status = 'in_progress' THEN
            NEW.started_at := coalesce(OLD.started_at, NEW.updated_at);
        END IF;
        NEW.completed_at := CASE WHEN NEW.status = 'completed' THEN NEW.updated_at END;
        IF NEW.status_reason IS NOT DISTINCT FROM OLD.status_reason THEN
            NEW.status_reason := NULL;
        END IF;
        IF is_closed(OLD.status) AND NOT is_closed(NEW.status) THEN
            NEW.failed_attempts := 0;
        END IF;
    END IF;
    IF NEW.assignee IS DISTINCT FROM OLD.assignee THEN
        NEW.assigned_at := CASE WHEN NEW.assignee IS NOT NULL THEN NEW.updated_at END;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION tasks_set_moments() IS
    'Trigger function: sets the moments of a task, keeps its counts, drops the reason of the status before, and counts failures anew after a reopening.';

CREATE TRIGGER tasks_set_moments
    BEFORE UPDATE ON tasks
    -- A program that writes back a whole row writes an older number of moves, never a higher one.
    FOR EACH ROW WHEN (NEW.moves <= OLD.moves)
    EXECUTE FUNCTION tasks_set_moments();

COMMENT ON TRIGGER tasks_set_moments ON tasks IS
    'The moments of a task follow its status, and nobody else sets its counts.';

CREATE FUNCTION tasks_assignee_has_a_type() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'tasks', 'tasks_assignee_has_a_type',
        format(
            'task %s would have an assignee without a type, or a type without an assignee', NEW.ref
        ),
        NULL,
        'Set assignee and assignee_type together, or both to null.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_assignee_has_a_type() IS
    'Trigger function: refuses an assignee without a type. A trigger, since a check would be compiled again by every claim.';

CREATE TRIGGER tasks_assignee_has_a_type
    AFTER INSERT OR UPDATE OF assignee, assignee_type ON tasks
    FOR EACH ROW WHEN ((NEW.assignee IS NULL) <> (NEW.assignee_type IS NULL))
    EXECUTE FUNCTION tasks_assignee_has_a_type();

COMMENT ON TRIGGER tasks_assignee_has_a_type ON tasks IS
    'An assignee is named together with what it is: person, agent or component.';

CREATE FUNCTION tasks_stay_in_their_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM refuse(
        'tasks', 'tasks_stay_in_their_project',
        format('task %s cannot move to another project', OLD.ref),
        NULL,
        'Create the task in the other project, and cancel this one.'
    );
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_stay_in_their_project() IS
    'Trigger function: refuses to move a task to another project.';

CREATE TRIGGER tasks_stay_in_their_project
    AFTER UPDATE OF project_id ON tasks
    FOR EACH ROW WHEN (OLD.project_id <> NEW.project_id)
    EXECUTE FUNCTION tasks_stay_in_their_project();

COMMENT ON TRIGGER tasks_stay_in_their_project ON tasks IS
    'A task stays in the project in which it was created: its dependencies do.';

CREATE FUNCTION tasks_lock_graph() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM lock_task_graph(NEW.project_id);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION tasks_lock_graph() IS
    'Trigger function: takes the graph lock before a task gets another parent or list, is deleted or brought back.';

CREATE TRIGGER tasks_lock_graph
    BEFORE UPDATE OF parent_id, task_list_id, deleted_at ON tasks
    FOR EACH ROW
    WHEN (
        OLD.parent_id IS DISTINCT FROM NEW.parent_id
        OR OLD.task_list_id IS DISTINCT FROM NEW.task_list_id
        OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
    )
    EXECUTE FUNCTION tasks_lock_graph();

COMMENT ON TRIGGER tasks_lock_graph ON tasks IS
    'Parents of one project change one after another.';

-- A subtask is new to its parent's list, so whoever moves the parent must see it or fail.
CREATE TRIGGER tasks_lock_graph_inserted
    BEFORE INSERT ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION tasks_lock_graph();

COMMENT ON TRIGGER tasks_lock_graph_inserted ON tasks IS
    'A subtask is a change of the graph, too.';

CREATE FUNCTION tasks_parent_is_in_the_same_list() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- Safe against a race: the graph lock is held by every transaction that adds a subtask or moves
    -- a parent or a child.
    IF EXISTS (
        SELECT FROM tasks AS relative
        WHERE (relative.id = NEW.parent_id OR relative.parent_id = NEW.id)
            AND relative.task_list_id <> NEW.task_list_id
    ) THEN
        PERFORM refuse(
            'tasks', 'tasks_parent_is_in_the_same_list',
            format('task %s and its parent or subtask would be in different lists', NEW.ref),
            NULL,
            'Choose a parent of the same list, or move parent and subtasks in one statement.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_parent_is_in_the_same_list() IS
    'Trigger function: refuses a parent, or a move, that would part a task from its relatives.';

CREATE TRIGGER tasks_parent_is_in_the_same_list
    AFTER INSERT OR UPDATE OF parent_id, task_list_id ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_parent_is_in_the_same_list();

COMMENT ON TRIGGER tasks_parent_is_in_the_same_list ON tasks IS
    'A task is in the same list as its parent.';

CREATE FUNCTION tasks_parents_acyclic() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _path text;
BEGIN
    -- Safe against a race: tasks_lock_graph holds the graph lock since before an update, and a new
    -- task has no descendants but itself.
    WITH RECURSIVE ancestors AS (
        SELECT id, parent_id, ARRAY[ref] AS path FROM tasks WHERE id = NEW.parent_id
        UNION ALL
        SELECT parent.id, parent.parent_id, ancestors.path || parent.ref
        FROM ancestors
        JOIN tasks AS parent ON parent.id = ancestors.parent_id
        WHERE ancestors.id <> NEW.id
    )
    SELECT array_to_string(path, ' -> ') INTO _path FROM ancestors WHERE id = NEW.id;
    IF FOUND THEN
        PERFORM refuse(
            'tasks', 'tasks_parents_acyclic',
            format('task %s cannot be put under its own subtask', NEW.ref),
            format('Parents: %s -> %s', NEW.ref, _path),
            'Move the subtask first.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_parents_acyclic() IS
    'Trigger function: refuses a parent that is a descendant of the task.';

CREATE TRIGGER tasks_parents_acyclic
    AFTER INSERT OR UPDATE OF parent_id ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
    EXECUTE FUNCTION tasks_parents_acyclic();

COMMENT ON TRIGGER tasks_parents_acyclic ON tasks IS 'No task is its own ancestor.';

CREATE FUNCTION tasks_deleted_are_closed() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF NOT is_closed(NEW.status) THEN
        PERFORM refuse(
            'tasks', 'tasks_deleted_are_closed',
            format('task %s is deleted and would be %s', NEW.ref, NEW.status),
            NULL,
            'Cancel a task in the update that deletes it; restore it before you reopen it.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_deleted_are_closed() IS
    'Trigger function: refuses an open task that is deleted. A trigger, since a check would be compiled again by every claim.';

CREATE TRIGGER tasks_deleted_are_closed
    AFTER INSERT OR UPDATE OF status, deleted_at ON tasks
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION tasks_deleted_are_closed();

COMMENT ON TRIGGER tasks_deleted_are_closed ON tasks IS
    'A deleted task is closed, so that nothing that looks for open tasks has to ask.';

CREATE FUNCTION tasks_deleted_with_their_subtasks() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _relative text;
BEGIN
    -- Safe against a race: the graph lock is held by every transaction that adds a subtask, moves
    -- one, deletes a task or brings it back.
    SELECT relative.ref INTO _relative
    FROM tasks AS relative
    WHERE (NEW.deleted_at IS NULL AND relative.id = NEW.parent_id
            AND relative.deleted_at IS NOT NULL)
        OR (NEW.deleted_at IS NOT NULL AND relative.parent_id = NEW.id
            AND relative.deleted_at IS NULL)
    ORDER BY relative.ref
    LIMIT 1;
    IF FOUND THEN
        PERFORM refuse(
            'tasks', 'tasks_deleted_with_their_subtasks',
            CASE
                WHEN NEW.deleted_at IS NULL
                THEN format('task %s would live under %s, which is deleted', NEW.ref, _relative)
                ELSE format('task %s cannot be deleted without its subtask %s', NEW.ref, _relative)
            END,
            NULL,
            'Delete a task with all under it, and bring it back with all above it.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_deleted_with_their_subtasks() IS
    'Trigger function: refuses a living task under a deleted one.';

CREATE TRIGGER tasks_deleted_with_their_subtasks
    AFTER INSERT OR UPDATE OF parent_id, deleted_at ON tasks
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL OR NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION tasks_deleted_with_their_subtasks();

COMMENT ON TRIGGER tasks_deleted_with_their_subtasks ON tasks IS
    'No task lives under a deleted one, so that erasing never takes a living task with it.';

CREATE TRIGGER tasks_record_change
    AFTER INSERT OR DELETE ON tasks
    FOR EACH ROW EXECUTE FUNCTION record_change(
        'tasks', 'id',
        'open_blockers', 'conflicts', 'attempts', 'failed_attempts', 'moves'
    );

COMMENT ON TRIGGER tasks_record_change ON tasks IS 'Every change is recorded in audit_log.';

CREATE TRIGGER tasks_record_update
    AFTER UPDATE ON tasks
    FOR EACH ROW
    -- claim_tasks and complete_executions record what they do themselves, for many tasks at once.
    WHEN (
        OLD.moves = NEW.moves
        OR (OLD.status <> NEW.status AND NEW.status NOT IN ('in_progress', 'completed'))
    )
    EXECUTE FUNCTION record_change(
        'tasks', 'id',
        'open_blockers', 'conflicts', 'attempts', 'failed_attempts', 'moves'
    );

COMMENT ON TRIGGER tasks_record_update ON tasks IS
    'Every change is recorded in audit_log, by this trigger or by the function that makes it.';

CREATE TRIGGER tasks_not_truncated
    AFTER TRUNCATE ON tasks
    EXECUTE FUNCTION refuse_rewriting('tasks', 'tasks_not_truncated');

COMMENT ON TRIGGER tasks_not_truncated ON tasks IS 'A table is emptied row by row, so that each is recorded.';
