-- What undoing later changes makes of the rows of a table.

BEGIN;
SELECT plan(6);

CREATE FUNCTION pg_temp.wrote(
    _minute integer, _entity_id text, _old_values jsonb, _new_values jsonb
) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO audit_log (changed_at, entity_type, entity_id, action, old_values, new_values)
    VALUES (
        '2026-05-05 05:00+00'::timestamptz + make_interval(mins => _minute), 'things', _entity_id,
        CASE
            WHEN _old_values IS NULL THEN 'insert'
            WHEN _new_values IS NULL THEN 'delete'
            ELSE 'update'
        END::audit_action,
        _old_values, _new_values
    )
$$;
CREATE FUNCTION pg_temp.undone(_minute integer) RETURNS text
    LANGUAGE sql
    AS $$
    SELECT string_agg(
        format('%s %s %s', entity_id, CASE WHEN is_there THEN 'was' ELSE 'was not' END, old_values),
        ', ' ORDER BY entity_id
    )
    FROM changes_undone(
        'things', '2026-05-05 05:00+00'::timestamptz + make_interval(mins => _minute)
    )
$$;

SELECT pg_temp.wrote(0, 'a', NULL, '{"x": 1, "y": 1}');
SELECT pg_temp.wrote(1, 'a', '{"x": 1}', '{"x": 2}');
SELECT pg_temp.wrote(2, 'a', '{"x": 2, "y": 1}', '{"x": 3, "y": 2}');
SELECT pg_temp.wrote(3, 'a', '{"x": 3, "y": 2}', NULL);
SELECT pg_temp.wrote(4, 'a', NULL, '{"x": 9, "y": 9}');
SELECT pg_temp.wrote(5, 'b', NULL, '{"x": null}');
INSERT INTO audit_log (entity_type, entity_id, action, new_values)
VALUES ('other things', 'c', 'insert', '{}');

SELECT is(pg_temp.undone(5), NULL, 'what has not changed since is left out');
SELECT is(
    pg_temp.undone(4), 'b was not {}', 'what was inserted since was not there'
);
SELECT is(
    pg_temp.undone(3), 'a was not {}, b was not {}', 'nor what was deleted by then'
);
SELECT is(
    pg_temp.undone(2), 'a was {"x": 3, "y": 2}, b was not {}',
    'what was deleted since was there, though it is there again'
);
SELECT is(
    pg_temp.undone(1), 'a was {"x": 2, "y": 1}, b was not {}',
    'a column held what the first change since has replaced'
);
SELECT is(
    pg_temp.undone(-1), 'a was not {"x": 1, "y": 1}, b was not {}', 'before all, nothing was there'
);

SELECT * FROM finish();
ROLLBACK;
