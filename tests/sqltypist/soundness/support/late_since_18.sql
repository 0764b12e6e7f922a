-- Promises of PostgreSQL 18 that are new on tables which break them already.

ALTER TABLE late ADD CONSTRAINT a_known NOT NULL a NOT VALID;
ALTER TABLE late ADD CONSTRAINT c_known CHECK (c IS NOT NULL) NOT ENFORCED;
ALTER TABLE halves ADD CONSTRAINT not_checked FOREIGN KEY (extra)
    REFERENCES parents (code) NOT ENFORCED;
