-- One row per project counts the changes of its task graph. It is made with the project, and it is
-- what a transaction at REPEATABLE READ or SERIALIZABLE stumbles over when the graph has changed
-- since its snapshot: an advisory lock alone would let it decide on an old picture.

CREATE TABLE task_graph_epochs (
    project_id uuid    NOT NULL,
    epoch      bigint  NOT NULL DEFAULT 0,

    CONSTRAINT task_graph_epochs_pkey PRIMARY KEY (project_id),
    CONSTRAINT task_graph_epochs_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE
);

COMMENT ON TABLE task_graph_epochs IS 'Counts the changes of each project''s task graph. Not audited: it is a lock.';
COMMENT ON COLUMN task_graph_epochs.epoch IS 'Number of transactions that locked the graph for a change.';

COMMENT ON CONSTRAINT task_graph_epochs_project_id_fkey ON task_graph_epochs IS
    'The count ends with its project.';

CREATE FUNCTION projects_start_graph_epoch() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    INSERT INTO task_graph_epochs (project_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION projects_start_graph_epoch() IS
    'Trigger function: gives a new project its graph epoch.';

CREATE TRIGGER projects_start_graph_epoch
    AFTER INSERT ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_start_graph_epoch();

COMMENT ON TRIGGER projects_start_graph_epoch ON projects IS 'A new project starts with an empty graph.';

-- The graph lock. Whoever changes edges takes it exclusively, first of all; whoever completes tasks
-- takes it shared, before the tasks. So edges stand still while a completion counts successors, and
-- completions of one project still run side by side. The advisory lock makes waiting cheap at READ
-- COMMITTED, where every statement sees what the lock has waited for; the epoch row refuses old
-- snapshots at the stricter levels.

CREATE FUNCTION lock_task_graph(_project_id uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(_project_id::text, 0));
    -- Once in a transaction is enough: whoever wrote this version of the row holds it. Every edge
    -- of a bulk load comes here, and each update would walk past the versions that the others left.
    UPDATE task_graph_epochs SET epoch = epoch + 1
    WHERE project_id = _project_id AND xmin <> pg_current_xact_id()::xid;
END
$$;

COMMENT ON FUNCTION lock_task_graph(uuid) IS
    'Takes a project''s graph lock exclusively until the end of the transaction. A bulk load takes it once.';

CREATE FUNCTION share_task_graph(_project_id uuid) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    IF pg_advisory_xact_lock_shared(hashtextextended(_project_id::text, 0)) IS NULL THEN
    END IF;
    -- At READ COMMITTED the next statement sees every committed edge. At the stricter levels this
    -- row lock fails with a serialization failure when edges have changed since the snapshot.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM task_graph_epochs WHERE project_id = _project_id FOR SHARE;
    END IF;
END
$$;

COMMENT ON FUNCTION share_task_graph(uuid) IS
    'Takes a project''s graph lock shared until the end of the transaction: edges stand still.';
