"""The commands: what they print, what they leave on the disk, and how they end."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sqltypist.cli import main

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from conftest import Project

PYTHON = Path(__file__).parents[2] / "python"
MODULES = "src/desk/queries"


def run(project: Project, command: str, *more: str) -> int:
    config = str(project.root / "pyproject.toml")
    return main([command, "--config", config, "--database", project.url, *more])


def contents(root: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted((root / "src").rglob("*")) if p.is_file()}


@pytest.fixture
def anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without a configuration, with an empty folder of queries in it."""
    place = tmp_path / "anywhere"
    (place / "sql").mkdir(parents=True)
    monkeypatch.chdir(place)
    return place


def describe(
    url: str, folder: Path | str, capsys: pytest.CaptureFixture[str], status: int = 0
) -> tuple[dict[str, Any], str]:
    """Describe a folder; give the queries, and what was said to people."""
    arguments = ["describe", "--database", url, "--queries", str(folder), "--json"]
    assert main(arguments) == status
    output = capsys.readouterr()
    return json.loads(output.out)["queries"], output.err


def test_describe_for_programs(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "describe", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["server", "queries"]
    assert said["server"].replace(".", "").isdigit()
    query = said["queries"]["get_due_on"]
    [column] = query["columns"]
    assert column.pop("why")
    assert query == {
        "file": "desk/tickets.sql",
        "line": query["line"],
        "operator": "$",
        "rows": "zero_or_one",
        "params": {"id": {"pg_type": "bigint", "nullable": False, "python": "int"}},
        "columns": [{"name": "due_on", "pg_type": "date", "nullable": True, "python": "date"}],
    }
    text = (project.root / "queries/desk/tickets.sql").read_text().splitlines()
    assert text[query["line"] - 1].startswith("-- name: get_due_on(")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a()$ SELECT count(*) FROM tickets", "exactly_one"),
        ("a()^ SELECT count(*) FROM tickets", "exactly_one"),
        ("a()^ SELECT id FROM tickets WHERE id = 1", "zero_or_one"),
        ("a()<! UPDATE people SET mail = mail RETURNING id, mail", "zero_or_one"),
        ("a() SELECT id FROM tickets", "many"),
        ("a() SELECT count(*) FROM tickets", "many"),
        ("a()! DELETE FROM tickets", "count"),
        ("a()! DELETE FROM tickets RETURNING id", "count"),
        ("a(b)*! DELETE FROM tickets WHERE id = :b", "count"),
        ("a()# DELETE FROM tickets; DELETE FROM people", "none"),
        ("a() DELETE FROM tickets", "none"),
        ("a()^ TRUNCATE tickets", "none"),
    ],
)
def test_how_much_a_query_gives(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str], text: str, rows: str
) -> None:
    head, _, body = text.partition(" ")
    (anywhere / "sql/a.sql").write_text(f"-- name: {head}\n{body};\n")
    queries, _ = describe(project.url, "sql", capsys)
    assert queries["a"]["rows"] == rows
    assert queries["a"]["operator"] == head.partition(")")[2]


def test_describe_takes_any_folder(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a configuration, flat and nested, with one stem and one name in two folders."""
    for place in ("a.sql", "deep/a.sql", "deep/er/a.sql"):
        (anywhere / "sql" / place).parent.mkdir(parents=True, exist_ok=True)
        (anywhere / "sql" / place).write_text("-- name: get_it()$\nSELECT 1 AS it;\n")
    queries, _ = describe(project.url, anywhere / "sql", capsys)
    assert {name: query["file"] for name, query in queries.items()} == {
        "get_it": "a.sql",
        "deep.get_it": "deep/a.sql",
        "deep.er.get_it": "deep/er/a.sql",
    }


def test_describe_does_not_heed_a_configuration_of_something_else(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "pyproject.toml").write_text(
        '[tool.sqltypist]\nqueries = "sql"\nsearch_path = "pg_catalog"\n'
    )
    (anywhere / "other").mkdir()
    for folder in ("sql", "other"):
        (anywhere / folder / "a.sql").write_text("-- name: a()\nSELECT id FROM tickets;\n")
    queries, _ = describe(project.url, "other", capsys)
    assert queries["a"]["columns"][0]["pg_type"] == "bigint"
    _, said = describe(project.url, "sql", capsys, status=1)
    assert 'relation "tickets" does not exist' in said


def test_describe_gives_what_generate_refuses(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "sql/a.sql").write_text(
        "-- name: twice()\nSELECT 1 AS a, 2 AS a, 3;\n"
        "-- name: kinds()\nSELECT '(1,2)'::point AS p, p AS whole, row(1) AS r FROM people AS p;\n"
        "-- name: listless\nSELECT t.id FROM tickets AS t WHERE t.id = :id;\n"
        "-- name: spare(id, spare)\nSELECT t.id FROM tickets AS t WHERE t.id = :id;\n"
        "-- name: odd(class)\n"
        r"SELECT (ARRAY[1, 2])[1:2] AS s, 7 % :class AS m, E'it\'s :no' AS q, $$:pm$$ AS d;"
    )
    queries, said = describe(project.url, "sql", capsys)
    assert [column["name"] for column in queries["twice"]["columns"]] == ["a", "a", "?column?"]
    assert [column["pg_type"] for column in queries["kinds"]["columns"]] == [
        "point",
        "people",
        "record",
    ]
    assert list(queries["listless"]["params"]) == ["id"]
    assert list(queries["spare"]["params"]) == ["id"]
    assert list(queries["odd"]["params"]) == ["class"]
    assert [(c["name"], c["pg_type"]) for c in queries["odd"]["columns"]] == [
        ("s", "integer[]"),
        ("m", "integer"),
        ("q", "text"),
        ("d", "text"),
    ]
    assert "warning: a.sql:5: listless: it declares no parameters" in said


def test_describe_gives_what_is_sound_beside_what_is_broken(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "sql/a.sql").write_text(
        "-- name: good()\nSELECT id FROM tickets;\n"
        "-- name: bad()\nSELECT nothing FROM tickets;\n"
        "-- name: good or bad\nSELECT 1;\n"
    )
    (anywhere / "sql/b.sql").write_bytes(b"-- name: worse()\nSELECT '\xff';\n")
    queries, said = describe(project.url, "sql", capsys, status=1)
    assert list(queries) == ["good"]
    assert 'a.sql:4: bad: column "nothing" does not exist' in said
    assert "a.sql:5: aiosql begins a query wherever it reads -- name:" in said
    assert "b.sql:2: the file is not UTF-8" in said
    assert said.endswith("3 problems\n")
    assert main(["describe", "--database", project.url, "--queries", "sql", "good"]) == 0


def test_describe_for_people(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "describe") == 0
    assert "    <- due_on  date  date  or NULL\n" in capsys.readouterr().out


def test_a_query_is_explained(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "sql/a.sql").write_text(
        "-- name: get_it(id)^\n-- Get it.\n-- None when there is none.\n"
        "SELECT t.id, t.due_on FROM tickets AS t WHERE t.id = :id;\n"
    )
    options = ["--database", project.url, "--queries", "sql"]
    assert main(["describe", *options, "--explain", "get_it"]) == 0
    head, doc, *tables = capsys.readouterr().out.splitlines()
    assert head == "get_it  a.sql:1  gives one row or none"
    assert doc == "    Get it."
    assert tables[1:4] == [
        "    parameter  type    NULL   python",
        "    ---------  ----    ----   ------",
        "    id         bigint  never  int",
    ]
    assert tables[5].split() == ["column", "type", "NULL", "python", "why"]
    assert tables[7].startswith("    id      bigint  never   int     ")
    assert tables[8].startswith("    due_on  date    may be  date    ")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["get_one"], {"get_one"}),
        (["get_*"], {"get_one", "get_two"}),
        (["*_one", "get_two"], {"get_one", "get_two", "list_one"}),
    ],
)
def test_queries_are_chosen_by_name(
    project: Project,
    anywhere: Path,
    capsys: pytest.CaptureFixture[str],
    names: Sequence[str],
    found: set[str],
) -> None:
    (anywhere / "sql/a.sql").write_text(
        "".join(
            f"-- name: {name}()$\nSELECT 1 AS it;\n" for name in ("get_one", "get_two", "list_one")
        )
    )
    options = ["--database", project.url, "--queries", "sql", "--json"]
    assert main(["describe", *options, *names]) == 0
    assert set(json.loads(capsys.readouterr().out)["queries"]) == found
    assert main(["describe", *options, "get_on"]) == 1
    assert "there is no query get_on: is it get_one or " in capsys.readouterr().err


def test_lint_needs_no_database(anywhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (anywhere / "sql/a.sql").write_text("-- name: a()$\nSELECT 5 % 2;\n")
    assert main(["lint", "--queries", "sql"]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("a.sql:2: a: psycopg takes % for a placeholder")
    assert output.err.endswith("\n1 problem\n")
    (anywhere / "sql/a.sql").write_text("-- name: a()$\nSELECT 5 %% 2;\n")
    assert main(["lint", "--queries", "sql"]) == 0


# Connections.


def test_a_search_path_can_be_told(
    project: Project, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "sql/a.sql").write_text("-- name: a()\nSELECT id FROM tickets;\n")
    url = make_conninfo(project.url, options="")
    arguments = ["describe", "--database", url, "--queries", "sql"]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert "note: the server searched public: is the schema loaded" in said
    assert main([*arguments, "--search-path", "public, desk"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--search-path", '"$user", desc, "De sk"']) == 1
    assert "the server does not search desc, De sk" in capsys.readouterr().err


def test_a_connection_by_libpqs_own_settings(
    project: Project, anywhere: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (anywhere / "sql/a.sql").write_text("-- name: a()\nSELECT id FROM tickets;\n")
    settings = {key: str(value) for key, value in conninfo_to_dict(project.url).items()}
    monkeypatch.delenv("DATABASE_URL", raising=False)
    service = tmp_path / "services"
    service.write_text("[desk]\n" + "".join(f"{key}={settings[key]}\n" for key in settings))
    with monkeypatch.context() as environment:
        environment.setenv("PGSERVICEFILE", str(service))
        assert main(["describe", "--queries", "sql", "--database", "service=desk"]) == 0
        environment.setenv("PGSERVICE", "desk")
        assert main(["describe", "--queries", "sql"]) == 0
    names = {"dbname": "PGDATABASE", "host": "PGHOST", "port": "PGPORT", "user": "PGUSER"}
    names |= {"password": "PGPASSWORD", "options": "PGOPTIONS"}
    for key, value in settings.items():
        monkeypatch.setenv(names[key], value)
    assert main(["describe", "--queries", "sql"]) == 0


@pytest.fixture
def stranger(desk_url: str) -> Generator[str]:
    """The URL of a role that may do nothing but connect."""
    name, password = f"stranger_{secrets.token_hex(4)}", secrets.token_hex(8)
    with psycopg.connect(desk_url, autocommit=True) as connection:
        role = sql.Identifier(name)
        make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password))
        connection.execute(make)
        yield make_conninfo(desk_url, user=name, password=password)
        connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_a_role_without_any_right_on_tables_suffices(project: Project, stranger: str) -> None:
    name = conninfo_to_dict(stranger)["user"]
    with psycopg.connect(project.url, autocommit=True) as connection:
        grant = sql.SQL("GRANT USAGE ON SCHEMA desk TO {}").format(sql.Identifier(str(name)))
        connection.execute(grant)
    with (
        psycopg.connect(stranger) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT id FROM people")
    assert run(project, "generate") == 0
    before = contents(project.root)
    shutil.rmtree(project.root / MODULES)
    config = str(project.root / "pyproject.toml")
    assert main(["generate", "--config", config, "--database", stranger]) == 0
    assert contents(project.root) == before


@pytest.mark.usefixtures("project")
def test_a_role_without_the_schema_is_told_what_it_needs(
    stranger: str, anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "sql/a.sql").write_text(
        "-- name: a()\nSELECT id FROM tickets;\n-- name: b()\nSELECT id FROM desk.tickets;\n"
    )
    options = ["--queries", "sql", "--search-path", "desk"]
    assert main(["describe", "--database", stranger, *options]) == 1
    assert capsys.readouterr().err == (
        'a.sql:2: a: relation "tickets" does not exist\n'
        "    SELECT id FROM tickets;\n"
        "                   ^\n"
        "a.sql:4: b: permission denied for schema desk\n"
        "    SELECT id FROM desk.tickets;\n"
        "                   ^\n"
        "    remedy: GRANT USAGE ON SCHEMA to the role; it needs no right on tables\n"
        "note: of the search path, the server does not search desk: no such schema, or the role "
        "has no USAGE on it\n"
        "note: the server searched nothing: is the schema loaded, and is the search path right "
        "(search_path in the configuration, or --search-path)?\n"
        "2 problems\n"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dbname": "there_is_none"}, 'database "there_is_none" does not exist'),
        ({"host": "127.0.0.1", "port": "1"}, "refused"),
        ({"password": "wrong", "user": "nobody_at_all"}, "no connection to the database"),
    ],
)
def test_no_connection(
    desk_url: str,
    anywhere: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    said: str,
) -> None:
    (anywhere / "sql/a.sql").write_text("-- name: a()$\nSELECT 1;\n")
    url = make_conninfo(desk_url, **change)
    assert main(["describe", "--database", url, "--queries", "sql"]) == 1
    found = capsys.readouterr().err
    assert found.startswith("sqltypist: no connection to the database: ")
    assert said in found
    assert "remedy: name it with --database, DATABASE_URL or PGHOST" in found


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://me:secret@host/shop", "begin it with postgresql://"),
        ("postgresql://me:secret@host:port/shop", "Servname not supported"),
        ("nonsense", 'missing "="'),
    ],
)
def test_a_url_that_is_none_shows_no_password(
    anywhere: Path, capsys: pytest.CaptureFixture[str], url: str, said: str
) -> None:
    (anywhere / "sql/a.sql").write_text("-- name: a()$\nSELECT 1;\n")
    assert main(["describe", "--database", url, "--queries", "sql"]) == 1
    found = capsys.readouterr().err
    assert said in found
    assert "secret" not in found


def test_problems_of_files_are_shown_without_a_database_too(
    anywhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (anywhere / "sql/a.sql").write_text("-- name: a()$\nSELECT 7 % 2;\n")
    (anywhere / "pyproject.toml").write_text('[tool.sqltypist]\nqueries = "sql"\n')
    assert main(["generate", "--database", "host=127.0.0.1 port=1"]) == 1
    found = capsys.readouterr().err
    assert "a.sql:2: a: psycopg takes %" in found
    assert "note: no connection to the database: " in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("load()$\nSELECT 1 AS it", "load: its name is that of something else in its module"),
        ("list()\nSELECT 1 AS it", "list: its name is that of something else in its module"),
        ("int()$\nSELECT 1 AS it", "int: its name is that of something else in its module"),
        (
            "find(array)\nSELECT t.id FROM tickets AS t WHERE t.labels = :array",
            "find: parameter array hides a function of that name: rename it",
        ),
        (
            "begin()\nWITH g AS (DELETE FROM answers RETURNING 1) SELECT count(*) AS n FROM g",
            "begin: it changes data and gives one row, and aiosql runs it only when that is read",
        ),
    ],
)
def test_what_would_hide_what_a_module_needs(
    project: Project, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    project.write("desk/other.sql", f"-- name: {text};\n")
    before = contents(project.root)
    assert run(project, "generate") == 1
    found = capsys.readouterr().err
    assert f"desk/other.sql:1: {said}" in found
    assert found.endswith("1 problem; nothing was written\n")
    assert contents(project.root) == before


def test_a_file_that_can_be_no_module(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("class", "my-tickets", "PEOPLE"):
        project.write(f"desk/{name}.sql", f"-- name: q_{len(name)}()$\nSELECT 1 AS it;\n")
    assert run(project, "generate") == 1
    found = capsys.readouterr().err
    said = "desk/people.sql:1: desk/PEOPLE.sql has the same stem, and a module has one file: rename"
    assert said in found
    (project.root / "queries/desk/PEOPLE.sql").unlink()
    assert run(project, "generate") == 1
    found = capsys.readouterr().err
    assert "desk/class.sql:1: there can be no module class: rename the file" in found
    assert "desk/my-tickets.sql:1: there can be no module my-tickets: rename the file" in found


# What is left on the disk.


def test_nothing_is_written_where_it_cannot_be(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(project.root / MODULES)
    (project.root / MODULES).write_text("in the way")
    before = contents(project.root)
    assert run(project, "generate") == 1
    assert f"{MODULES}" in capsys.readouterr().err
    assert contents(project.root) == before


def test_nothing_is_written_over_what_a_hand_wrote(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    target = project.root / MODULES / "people.py"
    target.write_text("MINE = 1\n")
    before = contents(project.root)
    assert run(project, "generate") == 1
    said = capsys.readouterr().err
    assert f"{MODULES}/people.py was written by hand and would be overwritten: move it away" in said
    assert contents(project.root) == before


def test_a_file_beside_the_modules_may_be_of_any_kind(project: Project) -> None:
    (project.root / MODULES / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n")
    assert run(project, "generate") == 0
    assert run(project, "check") == 0


KILLER = """
import os, pathlib, signal, sys
import sqltypist.cli
replace, seen = pathlib.Path.replace, []
def die(self, target):
    seen.append(target)
    if len(seen) > int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
pathlib.Path.replace = die
sqltypist.cli.main(sys.argv[2:])
"""


@pytest.mark.parametrize("moved", [0, 1])
def test_a_kill_in_the_middle_leaves_whole_files(project: Project, moved: int) -> None:
    assert run(project, "generate") == 0
    fresh = contents(project.root)
    for name in ("people", "tickets"):
        target = project.root / MODULES / f"{name}.py"
        target.write_text(target.read_text() + "stale = True\n")
    stale = contents(project.root)
    arguments = ["generate", "--config", str(project.root / "pyproject.toml")]
    ended = subprocess.run(
        [sys.executable, "-c", KILLER, str(moved), *arguments, "--database", project.url],
        env=os.environ | {"PYTHONPATH": str(PYTHON)},
        check=False,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL
    left = {path: text for path, text in contents(project.root).items() if path.endswith(".py")}
    assert sum(left[path] != stale[path] for path in stale) == moved
    assert all(text in {stale[path], fresh[path]} for path, text in left.items())
    assert run(project, "generate") == 0
    assert contents(project.root) == fresh


def test_the_kind_of_file_stays(project: Project) -> None:
    target = project.root / MODULES / "people.py"
    elsewhere = project.root / "people.txt"
    target.rename(elsewhere)
    target.symlink_to(elsewhere)
    elsewhere.chmod(0o640)
    elsewhere.write_text(elsewhere.read_text() + "stale = True\n")
    assert run(project, "generate") == 0
    assert target.is_symlink()
    assert "stale" not in elsewhere.read_text()
    assert elsewhere.stat().st_mode & 0o777 == 0o640


# How much is asked.


def round_trips(url: str, folder: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Describe a number of queries; give how often the client waited for the server."""
    (folder / "a.sql").write_text(
        "".join(
            f"-- name: q{n}(id)\nSELECT t.* FROM tickets AS t WHERE t.id = :id;\n"
            for n in range(count)
        )
    )
    trace = folder / "trace"
    connect = psycopg.connect

    with trace.open("w") as file, monkeypatch.context() as patch:

        def traced(*arguments: Any, **settings: Any) -> psycopg.Connection[Any]:
            connection = connect(*arguments, **settings)
            connection.pgconn.trace(file.fileno())
            return connection

        patch.setattr(psycopg, "connect", traced)
        arguments = ["describe", "--database", url, "--queries", str(folder), "--json"]
        assert main(arguments) == 0
    return len(re.findall(r"\tF\t\d+\t(?:Sync|Query)\b", trace.read_text()))


def test_a_query_costs_two_round_trips_and_the_catalog_is_read_once(
    project: Project, anywhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (round_trips(project.url, anywhere / "sql", n, monkeypatch) for n in (10, 60))
    assert many - few == 2 * 50
    assert few - 2 * 10 < 30


# Configurations.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.sqltypist]\nquery = 'x'\n", "has no key query: is it queries?"),
        ("[tool.sqltypist]\nwholly_other = 'x'\n", "has no key wholly_other; it knows queries, "),
        ("[tool.sqltypist]\nqueries = 5\n", "queries must be of type str, and is of type int"),
        ("[tool.sqltypist]\nline_length = true\n", "line_length must be of type int"),
        ("[tool.sqltypist]\nline_length = 10\n", "line_length must be 40 or more"),
        ("[tool.sqltypist]\npackage = 'my-package'\n", "package must be a dotted name"),
        ("[tool.sqltypist]\nenums = 'a.class'\n", "enums must be a dotted name"),
        ("[tool.sqltypist]\nlocate = 'a.b'\n", "locate must be module:function"),
        ("[tool.sqltypist]\nenums = 'a.b'\nrules = 'a.b'\n", "enums and rules are one module"),
        ("tool = 5\n", "[tool.sqltypist] must be a table"),
        ("[[tool.sqltypist]]\n", "[tool.sqltypist] must be a table"),
        ("[tool.sqltypist\n", "Expected"),
        ("# \xe9\n", "is not UTF-8"),
    ],
)
def test_wrong_configurations(
    anywhere: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (anywhere / "pyproject.toml").write_text(text, encoding="latin-1")
    assert main(["generate"]) == 1
    found = capsys.readouterr().err
    assert found.startswith("sqltypist: pyproject.toml: ")
    assert said in found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate"], "there is no pyproject.toml: name a file with [tool.sqltypist]"),
        (["generate", "--config", "none.toml", "--queries", "sql"], "there is no none.toml"),
        (["generate", "--config", "."], "cannot be read: Is a directory"),
        (["lint", "--queries", "none"], "the folder of query files is not there: "),
        (["lint", "--queries", "a_file"], "the folder of query files is not a folder: "),
        (["lint", "--queries", "sql"], "no query was found below "),
    ],
)
def test_what_is_not_there(
    anywhere: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (anywhere / "a_file").write_text("")
    (anywhere / "sql/empty.sql").write_text("")
    assert main(arguments) == 1
    assert said in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error(project: Project) -> None:
    folder = project.root / "many"
    folder.mkdir()
    (folder / "a.sql").write_text(
        "".join(f"-- name: q{n}()\nSELECT t.* FROM tickets AS t;\n" for n in range(60))
    )
    command = f"{sys.executable} -m sqltypist describe --queries {folder} | head -1"
    ended = subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"PYTHONPATH": str(PYTHON), "DATABASE_URL": project.url},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.startswith("q0")
    assert ended.stderr == ""
