-- Shared by every table that has updated_at. Each table makes a trigger <table>_touch_updated_at.

CREATE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION touch_updated_at() IS
    'Trigger function: sets updated_at to the server''s clock on every update of a row.';
