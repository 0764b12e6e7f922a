-- One row is an attempt: an agent working on a task. It is the lease and the fence: a claim creates
-- it, heartbeats prolong it, and complete, fail and release end it, each only while it runs. It is
-- kept as the history of the task.

CREATE DOMAIN execution_report AS jsonb
    CONSTRAINT execution_report_is_object CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN execution_amount AS numeric
    CONSTRAINT execution_amount_not_negative CHECK (VALUE >= 0 AND VALUE < 'Infinity');
CREATE DOMAIN execution_count AS bigint
    CONSTRAINT execution_count_not_negative CHECK (VALUE >= 0);
CREATE DOMAIN execution_claim_key AS text
    CONSTRAINT execution_claim_key_has_1_to_200_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN execution_label AS text
    CONSTRAINT execution_label_has_1_to_200_characters
    CHECK (VALUE ~ '\S' AND length(VALUE) <= 200);
CREATE DOMAIN execution_logs AS text
    CONSTRAINT execution_logs_up_to_16_mb CHECK (octet_length(VALUE) <= 16777216);

COMMENT ON DOMAIN execution_report IS 'A JSON object that an agent was given or gives back.';
COMMENT ON DOMAIN execution_amount IS 'An amount of something used: zero or more.';
COMMENT ON DOMAIN execution_count IS 'A number of things used: zero or more.';
COMMENT ON DOMAIN execution_claim_key IS 'An idempotency key of a claim.';
COMMENT ON DOMAIN execution_label IS 'What an attempt is found by: its process, session or request.';
COMMENT ON DOMAIN execution_logs IS 'What an agent wrote down while it worked.';
COMMENT ON CONSTRAINT execution_report_is_object ON DOMAIN execution_report IS
    'What an agent is given or reports is a JSON object.';
COMMENT ON CONSTRAINT execution_amount_not_negative ON DOMAIN execution_amount IS
    'An amount used is zero or more.';
COMMENT ON CONSTRAINT execution_count_not_negative ON DOMAIN execution_count IS
    'A number of things used is zero or more.';
COMMENT ON CONSTRAINT execution_claim_key_has_1_to_200_characters ON DOMAIN execution_claim_key IS
    'A claim key has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT execution_label_has_1_to_200_characters ON DOMAIN execution_label IS
    'The name of a process, a session or a request has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT execution_logs_up_to_16_mb ON DOMAIN execution_logs IS
    'Logs have at most 16777216 bytes.';

CREATE TYPE task_execution_status AS ENUM (
    'queued', 'running', 'completed', 'failed', 'timeout', 'cancelled'
);

COMMENT ON TYPE task_execution_status IS
    'Where an attempt stands. timeout: the lease ran out. cancelled: given back, or taken away.';

CREATE TYPE task_execution_order AS ENUM ('started_at', 'completed_at', 'duration', 'cost');

COMMENT ON TYPE task_execution_order IS 'By what a list of attempts can be ordered.';

CREATE TABLE task_executions (
    id                  bigint                 GENERATED ALWAYS AS IDENTITY,
    task_id             uuid                   NOT NULL,
    agent_id            uuid,
    attempt             integer                NOT NULL,
    status              task_execution_status  NOT NULL DEFAULT 'running',
    started_at          timestamptz            NOT NULL DEFAULT clock_timestamp(),
    lease_expires_at    timestamptz            NOT NULL,
    heartbeat_at        timestamptz,
    cancel_requested_at timestamptz,
    completed_at        timestamptz,
    agent_instance      execution_label,
    claim_key           execution_claim_key,
    claim_position      integer,
    session_id          execution_label,
    correlation_id      execution_label,
    input_context       execution_report,
    output_results      execution_report,
    error_details       execution_report,
    logs                execution_logs,
    memory_usage_mb     execution_amount,
    cpu_time_ms         execution_count,
    input_tokens        execution_count,
    output_tokens       execution_count,
    cost_usd            execution_amount,

    CONSTRAINT task_executions_pkey PRIMARY KEY (id),
    CONSTRAINT task_executions_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE,
    CONSTRAINT task_executions_agent_id_fkey
        FOREIGN KEY (agent_id) REFERENCES agents (id) ON DELETE SET NULL,
    CONSTRAINT task_executions_task_id_attempt_key UNIQUE (task_id, attempt)
);

-- The running attempt of a task; and, since it holds the running ones only, every scan of leases.
-- It leaves the lease's end out, so that a heartbeat stays a heap-only update.
CREATE UNIQUE INDEX task_executions_one_running_per_task ON task_executions (task_id)
    WHERE status = 'running';

-- task_executions_agent_id_fkey, and the attempts of an agent.
CREATE INDEX task_executions_agent_id_idx ON task_executions (agent_id);

-- A claim that is repeated because its answer was lost.
CREATE UNIQUE INDEX task_executions_claimed_once_per_key
    ON task_executions (claim_key, claim_position)
    WHERE claim_key IS NOT NULL;

COMMENT ON TABLE task_executions IS
    'Attempts of agents at tasks: the leases, and their history. Not audited: a history itself.';
COMMENT ON COLUMN task_executions.attempt IS 'Counts up per task, and so fences off whoever held an earlier attempt.';
COMMENT ON COLUMN task_executions.lease_expires_at IS
    'From this moment on anybody may reap the attempt. By the server''s clock.';
COMMENT ON COLUMN task_executions.cancel_requested_at IS
    'Since when the agent is asked to stop; it learns of it with its next heartbeat.';
COMMENT ON COLUMN task_executions.completed_at IS
    'When the attempt ended, however it ended. That it agrees with the status is checked by check_invariants: a trigger would cost every claim.';
COMMENT ON COLUMN task_executions.agent_instance IS 'Which process of the agent: host and process number, say.';
COMMENT ON COLUMN task_executions.claim_key IS 'Caller''s idempotency key of the claim.';
COMMENT ON COLUMN task_executions.claim_position IS 'Place of the task in a claim of several, from 1.';
COMMENT ON COLUMN task_executions.session_id IS
    'In which session of the agent. Not indexed, as correlation_id is not: every claim would pay for it.';
COMMENT ON COLUMN task_executions.correlation_id IS 'For which request: what its events carry too.';
COMMENT ON COLUMN task_executions.input_context IS 'Object: what the agent was given.';
COMMENT ON COLUMN task_executions.output_results IS 'Object: what came out.';
COMMENT ON COLUMN task_executions.error_details IS 'Object: what went wrong.';
COMMENT ON COLUMN task_executions.logs IS 'What the agent wrote down while it worked, line by line.';
COMMENT ON COLUMN task_executions.memory_usage_mb IS 'Most memory used, in megabytes.';
COMMENT ON COLUMN task_executions.cpu_time_ms IS 'Processor time used, in milliseconds.';
COMMENT ON COLUMN task_executions.cost_usd IS 'What the attempt cost, in US dollars.';

COMMENT ON CONSTRAINT task_executions_task_id_fkey ON task_executions IS 'Attempts end with their task.';
COMMENT ON CONSTRAINT task_executions_agent_id_fkey ON task_executions IS 'An attempt outlives its agent.';
COMMENT ON CONSTRAINT task_executions_task_id_attempt_key ON task_executions IS
    'Two attempts at a task never share a number.';
COMMENT ON INDEX task_executions_one_running_per_task IS
    'A task has at most one running attempt.';
COMMENT ON INDEX task_executions_claimed_once_per_key IS
    'One claim key claims once.';
