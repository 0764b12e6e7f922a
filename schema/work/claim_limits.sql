-- One row limits how many attempts run at once: those of a project, those of an agent, or those of
-- an agent in a project. A person sets it; without a row nothing is limited. Claims under a limit
-- follow one another at its row; all others do not know of it.

CREATE TABLE claim_limits (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    project_id  uuid,
    agent_id    uuid,
    max_running integer      NOT NULL,
    claims      bigint       NOT NULL DEFAULT 0,
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT claim_limits_pkey PRIMARY KEY (id),
    CONSTRAINT claim_limits_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT claim_limits_agent_id_fkey
        FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE CASCADE,
    CONSTRAINT claim_limits_project_id_agent_id_key
        UNIQUE NULLS NOT DISTINCT (project_id, agent_id),
    CONSTRAINT claim_limits_are_of_a_project_or_an_agent
        CHECK (num_nonnulls(project_id, agent_id) > 0),
    CONSTRAINT claim_limits_max_running_not_negative CHECK (max_running >= 0)
);

-- claim_limits_agent_id_fkey, and the limits of an agent in every project.
CREATE INDEX claim_limits_agent_id_idx ON claim_limits (agent_id) WHERE agent_id IS NOT NULL;

COMMENT ON TABLE claim_limits IS 'How many attempts of a project, of an agent, or of both may run at once.';
COMMENT ON COLUMN claim_limits.project_id IS 'The project; null for an agent wherever it works.';
COMMENT ON COLUMN claim_limits.agent_id IS 'The agent; null for all agents of the project together.';
COMMENT ON COLUMN claim_limits.max_running IS 'Number of running attempts from which on nothing is claimed; 0 stops the claims.';
COMMENT ON COLUMN claim_limits.claims IS
    'Counts the claims that asked. Kept by the database: it is what a claim with an old snapshot stumbles over.';

COMMENT ON CONSTRAINT claim_limits_project_id_fkey ON claim_limits IS 'A limit ends with its project.';
COMMENT ON CONSTRAINT claim_limits_agent_id_fkey ON claim_limits IS 'A limit ends with its agent.';
COMMENT ON CONSTRAINT claim_limits_project_id_agent_id_key ON claim_limits IS
    'Nothing has two limits.';
COMMENT ON CONSTRAINT claim_limits_are_of_a_project_or_an_agent ON claim_limits IS
    'A limit is of a project, of an agent, or of an agent in a project.';
COMMENT ON CONSTRAINT claim_limits_max_running_not_negative ON claim_limits IS
    'A limit is zero or more.';

CREATE TRIGGER claim_limits_touch_updated_at
    BEFORE UPDATE ON claim_limits
    FOR EACH ROW WHEN (OLD.claims = NEW.claims)
    EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER claim_limits_touch_updated_at ON claim_limits IS
    'Every update but that of a claim sets updated_at.';

CREATE TRIGGER claim_limits_record_change
    AFTER INSERT OR UPDATE OR DELETE ON claim_limits
    FOR EACH ROW EXECUTE FUNCTION record_change('claim_limits', 'id', 'claims');

COMMENT ON TRIGGER claim_limits_record_change ON claim_limits IS 'Every change is recorded in audit_log.';

CREATE TRIGGER claim_limits_not_truncated
    AFTER TRUNCATE ON claim_limits
    EXECUTE FUNCTION refuse_rewriting('claim_limits', 'claim_limits_not_truncated');

COMMENT ON TRIGGER claim_limits_not_truncated ON claim_limits IS 'A table is emptied row by row, so that each is recorded.';

-- How many more attempts the limits of a project and an agent allow, for a claim that is under one.
-- Every such claim locks its limits first, in one order, and changes them: so the next one counts
-- what this one starts, or, with a snapshot from before, gets a serialization failure.
CREATE FUNCTION lock_claim_limits(_project_id uuid, _agent_id uuid) RETURNS bigint
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _limit_ids uuid[];
BEGIN
    _limit_ids := ARRAY(
        SELECT claim_limit.id FROM claim_limits AS claim_limit
        WHERE (claim_limit.project_id = _project_id OR claim_limit.project_id IS NULL)
            AND (claim_limit.agent_id = _agent_id OR claim_limit.agent_id IS NULL)
        ORDER BY claim_limit.id
        FOR NO KEY UPDATE
    );
    IF cardinality(_limit_ids) = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE claim_limits SET claims = claims + 1 WHERE id = ANY (_limit_ids);
    RETURN (
        WITH running AS MATERIALIZED (
            SELECT task.project_id, execution.agent_id
            FROM task_executions AS execution
            JOIN tasks AS task ON task.id = execution.task_id
            WHERE execution.status = 'running'
        )
        SELECT greatest(0, min(claim_limit.max_running - (
            SELECT count(*) FROM running
            WHERE (claim_limit.project_id IS NULL OR running.project_id = claim_limit.project_id)
                AND (claim_limit.agent_id IS NULL OR running.agent_id = claim_limit.agent_id)
        )))
        FROM claim_limits AS claim_limit
        WHERE claim_limit.id = ANY (_limit_ids)
    );
END
$$;

COMMENT ON FUNCTION lock_claim_limits(uuid, uuid) IS
    'Locks the limits that a claim of this agent in this project is under until the end of the transaction. How many more attempts they allow; null when there is no limit.';
