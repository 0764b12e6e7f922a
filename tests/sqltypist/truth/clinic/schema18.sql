-- What only PostgreSQL 18 has; loaded after schema.sql.

-- Columns that are reckoned when read, and constraints that are not yet or never enforced.
CREATE TABLE scales (
    id        int     PRIMARY KEY,
    tare      numeric,
    gross     numeric NOT NULL,
    net       numeric GENERATED ALWAYS AS (gross - coalesce(tare, 0)) VIRTUAL,
    tare_text text    GENERATED ALWAYS AS (tare::text || ' kg') VIRTUAL,
    owner     text,
    label     text,
    place     text,
    ward_id   int     NOT NULL DEFAULT 1 REFERENCES wards NOT ENFORCED,

    CONSTRAINT scales_have_place CHECK (place IS NOT NULL) NOT ENFORCED
);
ALTER TABLE scales ADD CONSTRAINT scales_owner_not_null NOT NULL owner NOT VALID;
ALTER TABLE scales ADD CONSTRAINT scales_have_label CHECK (label IS NOT NULL) NOT VALID;

-- NOT NULL that children do not inherit.
CREATE TABLE probes (
    id     int NOT NULL,
    serial text,

    CONSTRAINT probes_serial_not_null NOT NULL serial NO INHERIT
);
CREATE TABLE spare_probes () INHERITS (probes);
