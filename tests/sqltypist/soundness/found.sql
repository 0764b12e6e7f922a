-- Tables on which each statement of test_found.py shows what was once claimed never to be.

CREATE TABLE parents (
    id int PRIMARY KEY, code text NOT NULL, note text NOT NULL, n int, UNIQUE (id, code)
);
CREATE TABLE children (
    id int PRIMARY KEY, parent_id int NOT NULL, code text NOT NULL, a int, b int, numbers int[],
    at timestamp, document jsonb, FOREIGN KEY (parent_id, code) REFERENCES parents (id, code)
);
CREATE TABLE either (a int, b int, x int, CHECK (a IS NOT NULL OR b IS NOT NULL));
CREATE TABLE quiet (id int, v text NOT NULL);
CREATE TABLE made (
    a int, always int GENERATED ALWAYS AS (coalesce(a, 0)) STORED,
    maybe int GENERATED ALWAYS AS (nullif(a, 1)) STORED
);
CREATE FUNCTION hush() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER hush BEFORE INSERT ON quiet FOR EACH ROW EXECUTE FUNCTION hush();
CREATE FUNCTION add_quietly() RETURNS text LANGUAGE sql
    AS 'INSERT INTO quiet VALUES (1, ''x'') RETURNING v';
CREATE FUNCTION nothing(int) RETURNS void LANGUAGE sql AS 'SELECT 1';

INSERT INTO parents VALUES (1, 'x', 'one', NULL), (2, 'y', 'two', 5), (3, 'z', 'three', 2);
INSERT INTO children VALUES
    (1, 1, 'x', NULL, NULL, '{1,NULL}', 'infinity', 'null'),
    (2, 1, 'x', 3, NULL, '{}', NULL, '{}'),
    (3, 2, 'y', NULL, NULL, NULL, '2020-01-01', NULL),
    (4, 2, 'y', 4, 5, '{7,8}', '-infinity', '[1]');
INSERT INTO either VALUES (1, NULL, 1), (NULL, 2, 1), (3, 4, NULL), (3, NULL, 5);
INSERT INTO made VALUES (1), (2), (NULL);
