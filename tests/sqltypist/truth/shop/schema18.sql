-- Reviews as PostgreSQL 18 can have them. The same columns can be NULL as before.

ALTER TABLE reviews DROP COLUMN grade;
ALTER TABLE reviews DROP COLUMN loud;
ALTER TABLE reviews ADD COLUMN grade text GENERATED ALWAYS AS (stars || ' of 5') VIRTUAL;
ALTER TABLE reviews ADD COLUMN loud text GENERATED ALWAYS AS (upper(body)) VIRTUAL;
ALTER TABLE reviews ADD CONSTRAINT reviews_body_known NOT NULL body NOT VALID;
ALTER TABLE reviews ADD CONSTRAINT reviews_author_known CHECK (author IS NOT NULL) NOT ENFORCED;
