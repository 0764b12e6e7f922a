"""A connection is in the tenant's schema, and names the rule that refuses a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from taskspine import rules
from taskspine.database import Connection, connect, connect_async
from taskspine.errors import DatabaseUnreachable, RuleBroken, WrongDatabaseUrl
from taskspine.queries.projects import create_project, create_project_async
from taskspine.settings import changed, in_schema, parameters_of

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture
def connection(database_url: str) -> Generator[Connection]:
    with connect(database_url) as connection:
        yield connection


def value(connection: psycopg.Connection, statement: str) -> object:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_connection_is_in_autocommit_and_says_who_it_is(connection: Connection) -> None:
    assert connection.autocommit
    assert value(connection, "SHOW search_path") == "taskspine"
    assert value(connection, "SHOW application_name") == "taskspine"


def test_the_schema_of_the_settings_is_used_where_the_url_names_none(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASKSPINE_SCHEMA", "tenant_two")
    with connect(changed(database_url, options=None)) as connection:
        assert value(connection, "SHOW search_path") == "tenant_two"
    with connect(in_schema(changed(database_url, options=None), "tenant_three")) as connection:
        assert value(connection, "SHOW search_path") == "tenant_three"


def test_without_a_url_the_environment_names_the_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with connect() as connection:
        name = parameters_of(database_url)["dbname"]
        assert value(connection, "SELECT current_database()") == name


def test_without_any_url_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "PGHOST", "PGDATABASE", "DB_HOST", "DB_NAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WrongDatabaseUrl, match="set DATABASE_URL"):
        connect()


@pytest.mark.parametrize("actor", ["ada", "Ada Lovelace", r"a \ 'b' -c x=y"])
def test_the_actor_is_told_to_the_database(database_url: str, actor: str) -> None:
    with connect(database_url, actor=actor, application_name="reports") as connection:
        assert value(connection, "SHOW taskspine.actor") == actor
        assert value(connection, "SHOW application_name") == "reports"


def test_who_acts_and_why_is_recorded(database_url: str) -> None:
    acting = {"actor": "ada", "agent": "codex 7", "session": "s-1", "request": "r 2"}
    with connect(database_url, **acting) as connection:
        create_project(connection, name="One", slug="one")
        found = connection.execute(
            "SELECT actor, agent, session_id, request_id FROM audit_log"
        ).fetchall()
    assert found == [tuple(acting.values())]
    with connect(database_url, actor="bob") as connection:
        create_project(connection, name="Two", slug="two")
        found = connection.execute(
            "SELECT agent, session_id, request_id FROM audit_log WHERE actor = 'bob'"
        ).fetchall()
    assert found == [(None, None, None)]


def test_a_server_that_does_not_answer_is_named(database_url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match=r"nothing answers at localhost:1"):
        connect(changed(database_url, host="localhost", port="1"))


def test_a_refusal_of_a_generated_function_is_the_rule(connection: Connection) -> None:
    create_project(connection, name="One", slug="one")
    with pytest.raises(RuleBroken) as caught:
        create_project(connection, name="Two", slug="one")
    assert caught.value.rule == rules.PROJECTS_LIVING_SHARE_NO_SLUG
    assert caught.value.table == "projects"
    assert isinstance(caught.value.__cause__, psycopg.errors.UniqueViolation)


def test_a_domain_is_named_in_place_of_a_table(connection: Connection) -> None:
    with pytest.raises(RuleBroken) as caught:
        connection.execute("SELECT 11::task_priority")
    assert (caught.value.rule, caught.value.table) == ("task_priority_in_range", "task_priority")


def test_many_rows_and_copies_are_refused_by_name(connection: Connection) -> None:
    statement = "INSERT INTO agents (name) VALUES (%s)"
    with pytest.raises(RuleBroken, match="agents_name_key"):
        connection.cursor().executemany(statement, [("ada",), ("ada",)])
    copy = "COPY agents (name) FROM STDIN"
    with (
        pytest.raises(RuleBroken, match="agents_name_has_1_to_200_characters"),
        connection.cursor().copy(copy) as rows,
    ):
        rows.write_row([" "])
    assert value(connection, "SELECT count(*) FROM agents") == 0


def test_a_rule_that_is_checked_at_the_end_of_a_transaction_is_named(
    connection: Connection,
) -> None:
    connection.execute(
        """
        WITH project AS (INSERT INTO projects (name, slug) VALUES ('P', 'p') RETURNING id),
        list AS (
            INSERT INTO task_lists (project_id) SELECT id FROM project RETURNING id, project_id
        )
        INSERT INTO tasks (project_id, task_list_id, title, ref)
        SELECT project_id, id, ref, ref FROM list, unnest(ARRAY['a', 'b']) AS new (ref)
        """
    )
    connection.execute(
        """
        INSERT INTO task_dependencies (task_id, depends_on_id)
        SELECT a.id, b.id FROM tasks AS a, tasks AS b WHERE a.ref = 'a' AND b.ref = 'b'
        """
    )
    with pytest.raises(RuleBroken, match="task_dependencies_depends_on_id_fkey"):  # noqa: SIM117
        with connection.transaction():
            connection.execute("DELETE FROM tasks WHERE ref = 'b'")
    assert value(connection, "SELECT count(*) FROM tasks") == 2


async def test_async_code_is_told_the_rule_as_well(database_url: str) -> None:
    async with await connect_async(database_url, actor="ada", agent="codex") as connection:
        assert connection.autocommit
        await create_project_async(connection, name="One", slug="one")
        with pytest.raises(RuleBroken, match="projects_living_share_no_slug"):
            await create_project_async(connection, name="Two", slug="one")
    with pytest.raises(DatabaseUnreachable):
        await connect_async(changed(database_url, host="localhost", port="1"))
