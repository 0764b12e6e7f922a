-- Fingerprints: what two occurrences of one error have in common.

BEGIN;
SELECT plan(21);

SELECT is(folded_error_text(text), folded, description)
FROM (VALUES
    ('no task 42', 'no task #', 'a number counts for nothing'),
    ('took 1,000.5 ms', 'took # ms', 'a number may have points and commas'),
    ('task12 over HTTP2', 'task# over HTTP#', 'a number counts for nothing within a word'),
    ('at 10.0.0.1:5432', 'at #', 'an address is a number'),
    ('no 018F3a5e-7b1c-7def-8a90-123456789abc', 'no #', 'a UUID counts for nothing'),
    ('at 0x7fFe', 'at #', 'a hexadecimal number counts for nothing'),
    ('commit ab12cd3', 'commit #', 'seven hexadecimal digits are a number'),
    ('a facade of deadbeef', 'a facade of deadbeef', 'a word without digits is a word'),
    ('key "a ''b'' c" and `d`', 'key # and #', 'a quoted value counts for nothing'),
    ('no key ''it''', 'no key #', 'single quotes quote as well'),
    ('can''t see the user''s file', 'can''t see the user''s file', 'an apostrophe quotes nothing'),
    (E'"open\nfor ever', '"open for ever', 'no quotation goes beyond its line'),
    (E' one \r\n\t two ', 'one two', 'spaces and lines count for nothing')
) AS folding (text, folded, description);

SELECT matches(
    error_fingerprint('KeyError', NULL, '', NULL), '^[0-9a-f]{64}$',
    'a fingerprint is there even for an error without words'
);
SELECT is(
    error_fingerprint('KeyError', 'E1', 'no key "a"', 'in f, line 1'),
    error_fingerprint('KeyError', 'E1', 'no key "b"', 'in f, line 20'),
    'errors that differ in their values have one fingerprint'
);
SELECT isnt(
    error_fingerprint('KeyError', 'E1', 'no key', 'in f'),
    error_fingerprint(type, code, message, stack),
    'errors that differ in their ' || what || ' have not'
)
FROM (VALUES
    ('type', 'IndexError', 'E1', 'no key', 'in f'),
    ('code', 'KeyError', 'E2', 'no key', 'in f'),
    ('message', 'KeyError', 'E1', 'no door', 'in f'),
    ('stack', 'KeyError', 'E1', 'no key', 'in g')
) AS other (what, type, code, message, stack);
SELECT is(
    error_fingerprint('KeyError', NULL, 'no key', NULL),
    error_fingerprint('KeyError', '', 'no key', ''),
    'no code is an empty one, and so is no stack'
);
SELECT isnt(
    error_fingerprint('KeyError', 'a', 'b', NULL), error_fingerprint('KeyError', NULL, 'a b', NULL),
    'a code is no part of the message'
);

SELECT * FROM finish();
ROLLBACK;
