-- Rows for the tables of schema18.sql.

ALTER TABLE scales DROP CONSTRAINT scales_owner_not_null;
ALTER TABLE scales DROP CONSTRAINT scales_have_label;
INSERT INTO scales (id, tare, gross, owner, label, place, ward_id) VALUES
    (1, NULL, 5, NULL, NULL, NULL, 99), (2, 1, 5, 'clinic', 'old', NULL, 99);
ALTER TABLE scales ADD CONSTRAINT scales_owner_not_null NOT NULL owner NOT VALID;
ALTER TABLE scales ADD CONSTRAINT scales_have_label CHECK (label IS NOT NULL) NOT VALID;
INSERT INTO probes (id, serial) VALUES (1, 'S1');
INSERT INTO spare_probes (id, serial) VALUES (2, NULL);
