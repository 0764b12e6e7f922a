-- One row is a look at the health of a component. The component itself or whoever watches it
-- records it, and nobody changes it; it goes when its month is dropped by retention, or with its
-- component.

CREATE TYPE health_status AS ENUM ('healthy', 'degraded', 'unhealthy', 'unknown');

COMMENT ON TYPE health_status IS
    'How a component is. degraded: it works, but not as it should; unknown: it could not be asked.';

CREATE TABLE health_checks (
    id               bigint            GENERATED ALWAYS AS IDENTITY,
    checked_at       timestamptz       NOT NULL DEFAULT clock_timestamp(),
    component_id     uuid              NOT NULL,
    status           health_status     NOT NULL,
    response_time_ms double precision,
    details          jsonb             NOT NULL DEFAULT '{}',

    CONSTRAINT health_checks_pkey PRIMARY KEY (checked_at, id),
    CONSTRAINT health_checks_component_id_fkey
        FOREIGN KEY (component_id) REFERENCES components (id) ON DELETE CASCADE,
    CONSTRAINT health_checks_checked_at_is_a_moment CHECK (isfinite(checked_at)),
    CONSTRAINT health_checks_response_time_ms_not_negative
        CHECK (response_time_ms >= 0 AND response_time_ms < 'Infinity'),
    CONSTRAINT health_checks_details_is_object CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT health_checks_details_up_to_1_mb CHECK (octet_length(details::text) <= 1048576)
) PARTITION BY RANGE (checked_at);

-- health_checks_component_id_fkey, component_latest_health, and the checks of a component.
CREATE INDEX health_checks_component_id_checked_at_id_idx
    ON health_checks (component_id, checked_at, id);

COMMENT ON TABLE health_checks IS
    'How components were each time that somebody looked. Not audited: a history itself.';
COMMENT ON COLUMN health_checks.checked_at IS
    'When somebody looked; by the server''s clock, unless whoever looked knows better.';
COMMENT ON COLUMN health_checks.response_time_ms IS
    'How long the component took to answer, in milliseconds; null when it did not, or was not asked.';
COMMENT ON COLUMN health_checks.details IS 'Object of what else was seen.';

COMMENT ON CONSTRAINT health_checks_component_id_fkey ON health_checks IS
    'Health checks end with their component.';
COMMENT ON CONSTRAINT health_checks_checked_at_is_a_moment ON health_checks IS
    'Somebody looked at a moment, not at infinity.';
COMMENT ON CONSTRAINT health_checks_response_time_ms_not_negative ON health_checks IS
    'A response time is zero or more, and a number.';
COMMENT ON CONSTRAINT health_checks_details_is_object ON health_checks IS 'Details are a JSON object.';
COMMENT ON CONSTRAINT health_checks_details_up_to_1_mb ON health_checks IS
    'Details have at most 1048576 bytes as text.';

-- What ends with its component is deleted by the foreign key's own trigger: never at depth 0.
CREATE TRIGGER health_checks_append_only
    AFTER UPDATE OR DELETE ON health_checks
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION refuse_rewriting('health_checks', 'health_checks_append_only');

COMMENT ON TRIGGER health_checks_append_only ON health_checks IS
    'What was recorded is neither changed nor deleted, but ends with its component.';

CREATE TRIGGER health_checks_not_truncated
    AFTER TRUNCATE ON health_checks
    EXECUTE FUNCTION refuse_rewriting('health_checks', 'health_checks_not_truncated');

COMMENT ON TRIGGER health_checks_not_truncated ON health_checks IS 'What was recorded is not emptied.';

SELECT make_month_partitions('health_checks');
