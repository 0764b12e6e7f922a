-- One row is an order to keep data: of a project, or of all. A person sets it and lifts it; it
-- stays as the record of both. While any hold is in force, no history that several projects share
-- is dropped.

CREATE TABLE legal_holds (
    id          uuid         NOT NULL DEFAULT uuid_v7(),
    project_id  uuid,
    reason      text         NOT NULL,
    ordered_by  text         NOT NULL,
    ordered_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz,
    released_by text,

    CONSTRAINT legal_holds_pkey PRIMARY KEY (id),
    CONSTRAINT legal_holds_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE RESTRICT,
    CONSTRAINT legal_holds_reason_has_1_to_2000_characters
        CHECK (reason ~ '\S' AND length(reason) <= 2000),
    CONSTRAINT legal_holds_ordered_by_has_1_to_200_characters
        CHECK (ordered_by ~ '\S' AND length(ordered_by) <= 200),
    CONSTRAINT legal_holds_released_by_has_1_to_200_characters
        CHECK (released_by ~ '\S' AND length(released_by) <= 200),
    CONSTRAINT legal_holds_released_by_somebody
        CHECK ((released_at IS NULL) = (released_by IS NULL)),
    CONSTRAINT legal_holds_released_after_ordered CHECK (released_at >= ordered_at)
);

-- legal_holds_project_id_fkey, and the holds of a project.
CREATE INDEX legal_holds_project_id_idx ON legal_holds (project_id);

COMMENT ON TABLE legal_holds IS 'Orders to keep data, in force until they are released.';
COMMENT ON COLUMN legal_holds.project_id IS 'Whose data are kept; null for everything.';
COMMENT ON COLUMN legal_holds.ordered_by IS 'Who ordered it.';

COMMENT ON CONSTRAINT legal_holds_project_id_fkey ON legal_holds IS
    'A project that is or was under a hold is not deleted.';
COMMENT ON CONSTRAINT legal_holds_reason_has_1_to_2000_characters ON legal_holds IS
    'A reason has 1 to 2000 characters and is not blank.';
COMMENT ON CONSTRAINT legal_holds_ordered_by_has_1_to_200_characters ON legal_holds IS
    'A name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT legal_holds_released_by_has_1_to_200_characters ON legal_holds IS
    'A name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT legal_holds_released_by_somebody ON legal_holds IS
    'A hold is released at a moment and by somebody, or not at all.';
COMMENT ON CONSTRAINT legal_holds_released_after_ordered ON legal_holds IS
    'A hold is released after it was ordered.';

CREATE FUNCTION is_held(_project_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path FROM CURRENT
    RETURN EXISTS (
        SELECT FROM legal_holds
        WHERE released_at IS NULL AND (project_id IS NULL OR project_id = _project_id)
    );

COMMENT ON FUNCTION is_held(uuid) IS
    'Whether a legal hold is in force for a project; for everything, when it is null.';

CREATE TRIGGER legal_holds_record_change
    AFTER INSERT OR UPDATE OR DELETE ON legal_holds
    FOR EACH ROW EXECUTE FUNCTION record_change('legal_holds', 'id');

COMMENT ON TRIGGER legal_holds_record_change ON legal_holds IS
    'Every change is recorded in audit_log.';

CREATE TRIGGER legal_holds_not_truncated
    AFTER TRUNCATE ON legal_holds
    EXECUTE FUNCTION refuse_rewriting('legal_holds', 'legal_holds_not_truncated');

COMMENT ON TRIGGER legal_holds_not_truncated ON legal_holds IS
    'A table is emptied row by row, so that each is recorded.';
