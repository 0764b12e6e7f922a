-- Promises that are new on tables which break them already.

ALTER TABLE late ADD CONSTRAINT b_known CHECK (b IS NOT NULL) NOT VALID;
