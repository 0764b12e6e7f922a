"""What is claimed never to be NULL never is, and what is plain to see is claimed."""

# ruff: noqa: E501
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psycopg
import pytest

from sqltypist import project as projects
from sqltypist.inferring import infer
from sqltypist.loading import load_folder

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project

    from sqltypist.catalog import Catalog
    from sqltypist.describing import Connection
    from sqltypist.inferring import TypedQuery

# Each statement with its columns in order: ! is never NULL, ? may be. On the data below, every column
# marked ? was seen to be NULL, but for those marked ~, of which the analysis does not know it.
QUERIES = {
    # tables and joins
    "SELECT t.id, t.assigned_to, t.title, t.effort FROM tickets AS t": "!?!?",
    "SELECT t.id, p.id, p.nickname FROM tickets AS t LEFT JOIN people AS p ON p.id = t.assigned_to": "!??",
    "SELECT t.id, p.id FROM people AS p RIGHT JOIN tickets AS t ON p.id = t.assigned_to": "!?",
    "SELECT t.id, a.number FROM tickets AS t FULL JOIN answers AS a ON a.ticket_id = -t.id": "??",
    "SELECT id, title, body FROM tickets FULL JOIN (SELECT number * 9 AS id, body FROM answers) AS a USING (id)": "!??",
    "SELECT a.body, p.mail FROM tickets AS t LEFT JOIN (answers AS a JOIN people AS p ON p.id = a.author_id)"
    " ON a.ticket_id = t.id": "??",
    "SELECT l.title, l.opened_by, l.assigned_to, l.answers FROM ticket_list AS l": "!!?!",
    "SELECT t.id, a.body FROM tickets AS t CROSS JOIN LATERAL"
    " (SELECT w.body FROM answers AS w WHERE w.ticket_id = t.id) AS a": "!!",
    # foreign keys find their rows, unless rows are locked: a locked row may be read again, later than the others
    "SELECT t.id, p.mail FROM tickets AS t LEFT JOIN people AS p ON p.id = t.opened_by": "!!",
    "SELECT t.id, p.mail FROM tickets AS t LEFT JOIN people AS p ON p.id = t.opened_by FOR UPDATE OF t": "!~",
    "SELECT (SELECT p.mail FROM people AS p WHERE p.id = t.opened_by) FROM tickets AS t": "!",
    "SELECT (SELECT p.mail FROM people AS p WHERE p.id = t.opened_by FOR UPDATE SKIP LOCKED) FROM tickets AS t": "~",
    # conditions prove
    "SELECT t.effort, t.due_on FROM tickets AS t WHERE t.effort > 1": "!?",
    "SELECT t.effort FROM tickets AS t WHERE t.effort IS NOT NULL OR t.id > 0": "?",
    "SELECT t.effort FROM tickets AS t WHERE t.effort > 1 OR t.effort < 0": "!",
    "SELECT t.effort FROM tickets AS t WHERE NOT (t.effort > 1)": "!",
    "SELECT t.effort FROM tickets AS t WHERE (t.effort > 1) IS NOT TRUE": "?",
    "SELECT t.effort FROM tickets AS t WHERE t.effort = ANY (ARRAY[1, 2])": "!",
    "SELECT t.effort FROM tickets AS t WHERE t.effort <> ALL ('{}'::numeric[])": "?",
    "SELECT p.id, p.mail FROM tickets AS t LEFT JOIN people AS p ON p.id = t.assigned_to"
    " WHERE p.joined_at < now() + interval '1 day'": "!!",
    "SELECT t.assigned_to, p.id FROM tickets AS t LEFT JOIN people AS p ON p.id = t.assigned_to"
    " AND t.assigned_to IS NOT NULL": "??",
    # expressions
    "SELECT t.effort + 1, t.id + 1, t.title || 'x', coalesce(t.effort, 0), nullif(t.id, 1) FROM tickets AS t": "?!!!?",
    "SELECT CASE WHEN t.id > 1 THEN 1 ELSE 0 END, CASE WHEN t.id > 1 THEN 1 END FROM tickets AS t": "!?",
    "SELECT t.details -> 'a', t.details ->> 'a', t.details @> '{}', t.labels[1] FROM tickets AS t": "??!?",
    "SELECT now(), current_date, array_length('{}'::int[], 1), cardinality('{}'::int[])": "!!?!",
    "SELECT extract(month FROM 'infinity'::timestamptz), to_char('infinity'::timestamptz, 'YYYY')": "??",
    "SELECT upper('[1,)'::int4range), lower('(,)'::int4range), greatest(NULL, 1)": "??!",
    "SELECT concat('a', NULL), concat(VARIADIC NULL::text[]), format(NULL)": "!??",
    "SELECT current_schema, current_user": "~!",
    "SELECT 1 IN (2, NULL), 1 = ANY (ARRAY[2, 3]), 1 IN (SELECT t.id FROM tickets AS t)": "?!!",
    "SELECT EXISTS (SELECT FROM tickets), ARRAY(SELECT t.id FROM tickets AS t), (SELECT count(*) FROM tickets)": "!!!",
    "SELECT (SELECT t.title FROM tickets AS t WHERE t.id < 0), (SELECT max(t.id) FROM tickets AS t WHERE false)": "??",
    "SELECT (SELECT generate_series(1, 0)), (SELECT unnest(array_agg(t.id)) FROM tickets AS t WHERE false)": "??",
    "SELECT generate_series(1, 3), generate_series(1, 2)": "~?",
    "SELECT 'null'::jsonb::text, ('null'::jsonb) ->> 0, jsonb_build_object('a', NULL)": "!?!",
    # aggregates and windows
    "SELECT count(*), count(t.effort), sum(t.id), array_agg(t.id) FROM tickets AS t WHERE false": "!!??",
    "SELECT t.state, sum(t.effort), max(t.id), sum(t.id) FILTER (WHERE t.id < 0) FROM tickets AS t GROUP BY t.state": "!?!?",
    "SELECT t.state, t.id, count(*), max(t.id) FROM tickets AS t GROUP BY ROLLUP (t.state, t.id)": "??!~",
    "SELECT row_number() OVER w, lag(t.id) OVER w, lag(t.id, 1, 0::bigint) OVER w, sum(t.id) OVER w"
    " FROM tickets AS t WINDOW w AS (ORDER BY t.id)": "!?!!",
    "SELECT sum(t.id) OVER (ORDER BY t.id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) FROM tickets AS t": "?",
    # set operations and CTEs
    "SELECT t.id, t.title FROM tickets AS t UNION ALL SELECT NULL, 'x'": "?!",
    "SELECT t.effort FROM tickets AS t INTERSECT SELECT 1.5": "!",
    "SELECT t.title FROM tickets AS t EXCEPT SELECT NULL": "!",
    "WITH RECURSIVE r AS (SELECT 1 AS n, NULL::int AS before UNION ALL SELECT n + 1, n FROM r WHERE n < 3)"
    " SELECT r.n, r.before FROM r": "!?",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT nullif(n + 1, 3) FROM r WHERE n < 3) SELECT r.n FROM r": "?",
    "SELECT v.a, v.b FROM (VALUES (1, 2), (3, NULL)) AS v (a, b)": "!?",
    "SELECT g, o FROM generate_series(1, 2) WITH ORDINALITY AS g (g, o)": "!!",
    "SELECT a, b FROM unnest(ARRAY[1, 2], ARRAY[3]) AS u (a, b)": "~?",
    "SELECT a FROM unnest(ARRAY[1, NULL]) AS u (a)": "?",
    # changes
    "UPDATE tickets SET due_on = NULL WHERE due_on IS NOT NULL RETURNING id, due_on": "!?",
    "UPDATE tickets SET title = 'new' WHERE due_on IS NOT NULL AND id = 2 RETURNING title, due_on, effort": "!!?",
    "UPDATE tickets SET effort = 3 WHERE id = 1 RETURNING effort": "!",
    "UPDATE people SET nickname = ' ' WHERE nickname IS NOT NULL RETURNING nickname, mail": "?!",
    "INSERT INTO people (mail, nickname) VALUES ('new@x', '') RETURNING id, nickname": "!?",
    "DELETE FROM answers WHERE rating IS NOT NULL RETURNING rating, body": "!!",
    "DELETE FROM answers RETURNING rating, body": "?!",
    "INSERT INTO answers SELECT 1, 9, p.id, 'b', 3 FROM people AS p LIMIT 1 RETURNING rating": "!",
    "WITH u AS (UPDATE tickets SET state = 'waiting' WHERE id = 1 RETURNING id, effort),"
    " i AS (INSERT INTO answers SELECT u.id, 8, p.id, 'b', NULL FROM u, people AS p LIMIT 0 RETURNING body)"
    " SELECT u.id, u.effort, i.body FROM u LEFT JOIN i ON true": "!??",
    "SELECT lag(t.id, NULL::int, 0::bigint) OVER (ORDER BY t.id) FROM tickets AS t": "?",
    "UPDATE tickets SET effort = NULL WHERE hours_left IS NOT NULL RETURNING hours_left": "?",
    "MERGE INTO answers AS a USING (VALUES (1, 1), (1, 7)) AS v (t, n) ON a.ticket_id = v.t AND a.number = v.n"
    " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING": "",
}  # fmt: skip

DATA = """
INSERT INTO people (id, mail, nickname) VALUES
    ('00000000-0000-0000-0000-000000000001', 'a@x', 'Ann'),
    ('00000000-0000-0000-0000-000000000002', 'b@x', NULL);
INSERT INTO tickets (opened_by, assigned_to, title, state, effort, due_on)
SELECT id, NULL, 'first', 'waiting'::ticket_state, NULL::numeric, NULL::date FROM people WHERE mail = 'a@x' UNION ALL
SELECT id, id, 'second', 'open', NULL, DATE '2030-01-01' FROM people WHERE mail = 'b@x' UNION ALL
SELECT id, id, 'third', 'open', 1.5, NULL FROM people WHERE mail = 'b@x' UNION ALL
SELECT id, NULL, 'fourth', 'open', 0.5, NULL FROM people WHERE mail = 'a@x';
INSERT INTO answers SELECT t.id, 1, p.id, 'yes', r.r FROM people AS p, tickets AS t, (VALUES (NULL), (2)) AS r (r)
WHERE p.mail = 'a@x' AND t.title = CASE WHEN r.r IS NULL THEN 'first' ELSE 'second' END
"""


def typed(
    described: tuple[Connection, Catalog], folder: Path, sql: str, name: str = "q()"
) -> TypedQuery:
    connection, catalog = described
    (folder / "a.sql").write_text(f"-- name: {name}\n{sql};\n")
    [query] = load_folder(folder)
    return infer(query, connection.describe(query), catalog)


@pytest.mark.parametrize("sql", QUERIES)
def test_columns(described: tuple[Connection, Catalog], tmp_path: Path, sql: str) -> None:
    found = typed(described, tmp_path, sql)
    assert not found.warnings
    marks = "".join("?" if column.nullable else "!" for column in found.columns)
    assert marks == QUERIES[sql].replace("~", "?")


@pytest.mark.parametrize("sql", QUERIES)
def test_claims_hold_on_data(desk: psycopg.Connection, sql: str) -> None:
    desk.execute("ALTER TABLE tickets ALTER id RESTART")
    desk.execute(DATA.encode())
    rows = desk.execute(sql.encode()).fetchall() if QUERIES[sql] else []
    for mark, values in zip(QUERIES[sql], zip(*rows, strict=True), strict=False):
        seen = None in values
        assert mark == "~" or seen == (mark == "?"), (mark, values)


@pytest.mark.parametrize(
    ("sql", "name", "elements"),
    [
        ("SELECT t.labels FROM tickets AS t", "q()", True),
        ("SELECT ARRAY[t.id] AS a FROM tickets AS t", "q()", False),
        ("SELECT ARRAY[t.effort] AS a FROM tickets AS t", "q()", True),
        ("SELECT array_agg(t.id) AS a FROM tickets AS t", "q()", False),
        ("SELECT ARRAY(SELECT t.id FROM tickets AS t) AS a", "q()", False),
        (
            "WITH c AS (SELECT array_agg(t.id) AS a FROM tickets AS t) SELECT c.a FROM c",
            "q()",
            False,
        ),
        ("SELECT :a::int[] AS a", "q(a)", False),
    ],
)
def test_elements(
    described: tuple[Connection, Catalog], tmp_path: Path, sql: str, name: str, *, elements: bool
) -> None:
    [column] = typed(described, tmp_path, sql, name).columns
    assert column.python.name.endswith("| None]") == elements


@pytest.mark.parametrize(
    ("sql", "accepts"),
    [
        ("INSERT INTO tickets (opened_by, title, effort) VALUES (:a, :b, :c)", "c"),
        ("INSERT INTO tickets (opened_by, title, effort) VALUES (:a, :b, :c), (:a, 'x', 1)", "c"),
        ("INSERT INTO answers SELECT t.id, :a, t.opened_by, :b, :c FROM tickets AS t", "c"),
        (
            "INSERT INTO people (mail, nickname) VALUES (:a, 'x') ON CONFLICT (mail) DO UPDATE SET nickname = :b",
            "b",
        ),
        ("UPDATE tickets SET effort = :a::numeric, title = :b WHERE id = :c", "a"),
        ("UPDATE tickets SET title = coalesce(:a, title) WHERE id = :b", "a"),
        (
            "WITH g AS (SELECT :a::date AS d) UPDATE tickets SET due_on = g.d FROM g WHERE id = :b",
            "a",
        ),
        ("SELECT id FROM tickets WHERE (:a::text IS NULL OR title = :a) AND id = :b", "a"),
        ("SELECT id FROM tickets WHERE effort IS DISTINCT FROM :a AND id = :b", "a"),
        ("SELECT id FROM tickets WHERE id > :a LIMIT :b OFFSET :c", "bc"),
    ],
)
def test_parameters(
    described: tuple[Connection, Catalog], tmp_path: Path, sql: str, accepts: str
) -> None:
    names = ", ".join(name for name in "abc" if f":{name}" in sql)
    found = typed(described, tmp_path, sql, f"q({names})")
    assert "".join(each.name for each in found.parameters if each.nullable) == accepts


def test_elements_of_parameters(described: tuple[Connection, Catalog], tmp_path: Path) -> None:
    found = typed(
        described,
        tmp_path,
        "INSERT INTO tickets (opened_by, title, effort)"
        " SELECT :a, u.t, u.e FROM unnest(:b::text[], :c::numeric[]) AS u (t, e)",
        "q(a, b, c)",
    )
    assert [each.python.name for each in found.parameters] == [
        "UUID",
        "Sequence[str]",
        "Sequence[Decimal | None]",
    ]


def test_an_heir_may_hold_what_its_ancestor_may_not(project: Project) -> None:
    queries = project.alone("-- name: q()\nSELECT h.id FROM hours AS h;\n")
    with psycopg.connect(project.url, autocommit=True) as connection:
        if connection.info.server_version >= 180000:
            connection.execute("CREATE TABLE hours (id int NOT NULL NO INHERIT)")
            connection.execute("CREATE TABLE more_hours () INHERITS (hours)")
        else:
            connection.execute("CREATE TABLE hours (id int)")
            connection.execute("CREATE TABLE more_hours () INHERITS (hours)")
            connection.execute("ALTER TABLE ONLY hours ALTER id SET NOT NULL")
        try:
            [found] = projects.infer(queries, project.url).queries
            connection.execute("DROP TABLE more_hours")
            [alone] = projects.infer(queries, project.url).queries
        finally:
            connection.execute("DROP TABLE hours CASCADE")
    assert found.columns[0].nullable
    assert not alone.columns[0].nullable


def test_exactly_one(described: tuple[Connection, Catalog], tmp_path: Path) -> None:
    for sql, expected in {
        "SELECT count(*) FROM tickets": True,
        "SELECT EXISTS (SELECT FROM tickets)": True,
        "SELECT count(*) FROM tickets GROUP BY state": False,
        "SELECT count(*) FROM tickets HAVING count(*) > 1": False,
        "SELECT 1 WHERE false": False,
        "SELECT count(*) FROM tickets LIMIT 0": False,
        "SELECT generate_series(1, 2)": False,
        "SELECT id FROM tickets": False,
        "INSERT INTO people (mail) VALUES ('a@b') RETURNING id": True,
        "INSERT INTO people (mail) VALUES ('a@b'), ('c@d') RETURNING id": False,
        "INSERT INTO people (mail) SELECT mail FROM people RETURNING id": False,
        "INSERT INTO people (mail) VALUES ('a@b') ON CONFLICT DO NOTHING RETURNING id": False,
        "INSERT INTO people AS p (mail) VALUES ('a@b')"
        " ON CONFLICT (mail) DO UPDATE SET nickname = 'again' RETURNING id": True,
        "INSERT INTO people AS p (mail) VALUES ('a@b')"
        " ON CONFLICT (mail) DO UPDATE SET nickname = 'again' WHERE p.nickname IS NULL"
        " RETURNING id": False,
        "DELETE FROM people RETURNING id": False,
    }.items():
        assert typed(described, tmp_path, sql).exactly_one == expected, sql


def test_a_row_that_was_waited_for_refers_to_one_that_is_not_seen(desk_url: str) -> None:
    """Why a foreign key proves nothing of locked rows."""
    query = (
        "SELECT p.mail FROM tickets AS t LEFT JOIN people AS p ON p.id = t.opened_by"
        " WHERE t.title = 'fought over' FOR UPDATE OF t"
    )
    with (
        psycopg.connect(desk_url, autocommit=True) as holder,
        psycopg.connect(desk_url, autocommit=True) as waiter,
        psycopg.connect(desk_url, autocommit=True) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        try:
            holder.execute("INSERT INTO people (mail) VALUES ('before@x')")
            holder.execute(
                "INSERT INTO tickets (opened_by, title) SELECT id, 'fought over' FROM people"
            )
            holder.execute("BEGIN")
            holder.execute("INSERT INTO people (mail) VALUES ('after@x')")
            holder.execute(
                "UPDATE tickets SET opened_by = (SELECT id FROM people WHERE mail = 'after@x')"
            )
            seen = pool.submit(lambda: waiter.execute(query.encode()).fetchall())
            waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
            while watcher.execute(waits, [waiter.info.backend_pid]).fetchone() != (True,):
                assert not seen.done()
            holder.execute("COMMIT")
            assert seen.result(60) == [(None,)]
        finally:
            holder.execute("ROLLBACK")
            holder.execute("DELETE FROM tickets")
            holder.execute("DELETE FROM people")
