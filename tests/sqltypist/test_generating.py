"""Generated code is what is committed, well formed and well typed; stale code is noticed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqltypist import declaring
from sqltypist import project as projects
from sqltypist.catalog import Rule, Type
from sqltypist.cli import main
from sqltypist.errors import SqltypistError
from sqltypist.formatting import docstring

if TYPE_CHECKING:
    from conftest import Project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = "src/desk"


def contents(root: Path) -> dict[str, str]:
    folder = root / MODULES
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*.py"))}


def run(project: Project, command: str, *more: str) -> int:
    config = str(project.root / "pyproject.toml")
    return main([command, "--config", config, "--database", project.url, *more])


def test_the_committed_modules_are_what_is_generated(project: Project) -> None:
    shutil.rmtree(project.root / MODULES / "queries")
    assert run(project, "generate") == 0
    assert unversioned(project.root) == unversioned(HERE / "tracker")


def unversioned(root: Path) -> dict[str, str]:
    """Give the modules without the version of the server that was asked."""
    return {
        name: re.sub(r" on PostgreSQL \d+;", ";", text) for name, text in contents(root).items()
    }


def test_a_second_run_writes_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(project, "generate") == 0
    capsys.readouterr()
    assert run(project, "generate") == 0
    assert capsys.readouterr().out == "22 queries, 0 files changed\n"
    assert run(project, "check") == 0


def test_stale_code_is_noticed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = "desk/people.sql"
    text = (project.root / "queries" / path).read_text()
    project.write(path, text.replace("p.mail, p.nickname, p.joined_at", "p.nickname"))
    assert run(project, "check") == 1
    output = capsys.readouterr()
    assert "--- src/desk/queries/people.py as it is" in output.out
    assert '\n-_GET_PERSON = RowsStatement(_SQL["get_person"], PeopleRow)\n' in output.out
    assert "run sqltypist generate" in output.err


def test_a_module_without_its_file_goes(project: Project) -> None:
    (project.root / "queries/desk/people.sql").unlink()
    own = project.root / MODULES / "queries" / "own.py"
    own.write_text('"""Written by hand."""\n')
    assert run(project, "check") == 1
    assert run(project, "generate") == 0
    assert not (own.parent / "people.py").exists()
    assert own.exists()


def test_nothing_is_written_when_a_query_is_broken(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(project.root)
    project.write("desk/other.sql", "-- name: get_other()$\nSELECT count(*) FROM tickets;\n")
    project.write("desk/worse.sql", "-- name: get_worse()$\nSELECT nothing;\n")
    assert run(project, "generate") == 1
    assert "1 problem; nothing was written" in capsys.readouterr().err
    assert contents(project.root) == before


def test_an_async_twin_is_no_name_to_take(project: Project) -> None:
    configuration = project.alone(
        "-- name: is_it()$\nSELECT true;\n\n-- name: is_it_async()$\nSELECT true;\n"
    )
    with pytest.raises(SqltypistError, match="function is_it_async is made of the query is_it too"):
        projects.files(configuration, projects.infer(configuration, project.url))


def test_the_formatter_changes_nothing() -> None:
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--diff", "--no-cache", HERE / "tracker/src"],
        check=True,
    )


@pytest.mark.parametrize("width", [88, 100])
def test_nor_where_names_are_long(project: Project, width: int) -> None:
    texts: list[str] = []
    for size in range(10, width - 38, 2):
        name, said = "n" * size, "words " * (size // 4) + "w" * (size % 5)
        texts += [
            f"-- name: get_{name}({name})^\n-- {said}\nSELECT :{name}::jsonb AS {name};\n",
            f"-- name: is_{name}()$\n-- {said}\nSELECT true AS {name};\n",
            f"-- name: set_{name}({name})*!\nSELECT :{name}::int[];\n",
            f"-- name: add_{name}({name})*!\n-- copy",
            f"INSERT INTO tickets (notes) VALUES (:{name});\n",
        ]
    configuration = replace(project.alone("\n".join(texts)), line_length=width)
    found = projects.files(configuration, projects.infer(configuration, project.url))
    found[project.root / "rules.py"] = declaring.rules(
        [Rule("r" * size, "x", "words " * (size // 4)) for size in range(20, 64)], width, "x"
    )
    for path, text in found.items():
        path.write_text(text)
    format_ = [sys.executable, "-m", "ruff", "format", "--no-cache", "--isolated", "--diff"]
    subprocess.run([*format_, f"--line-length={width}", *found], check=True)


MISUSE = """\
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.types.range import Range

from desk.queries import people, register, rooms, tickets
from desk.queries.composites import Address
from desk.queries.tables import PeopleRow


async def misuse(connection: Connection[Any], other: AsyncConnection[Any], id: UUID) -> None:
    people.get_person(connection, id=id).mail  # a person who may not be there
    people.get_person(connection, id)  # not by keyword
    people.get_person(connection, id=5)  # another type
    people.get_person(other, id=id)  # another kind of connection
    people.create_person(connection)  # a parameter left out
    people.create_person(connection, mail=None)  # NULL where it means nothing
    tickets.list_tickets(connection, state="gone")  # no such label
    tickets.create_tickets(connection, opened_by=id, titles=[None], efforts=[])  # NULL inside
    for each in tickets.list_states(connection):
        each.state = "open"  # a row is frozen
        each.effort + 1  # a sum that may be NULL
    tickets.count_tickets(connection, state="open").bit_count(1)  # an int, and no None
    await people.get_person_async(connection, id=id)  # another kind of connection
    register(other)  # another kind of connection
    home = Address(street="High Street", house_number="5")  # another type of a field
    made = rooms.create_rooms(connection, names=["a"], places=[home])
    made[0].serves[0].lower()  # an element that may be NULL
    rooms.create_room(connection, name="a", serves=["sad"], contacts=[])  # no such label
    days = Range(datetime(2030, 1, 1), None)
    rooms.create_room(connection, name="a", open_on=days, serves=[], contacts=[])  # not of dates
    for room in rooms.stream_list_rooms(connection, batch_size=5):
        room.place.street  # a place that may be NULL
    async for each_room in rooms.stream_list_rooms(connection):  # not async
        pass
    people.get_person(connection, id=id).mail.upper()  # a person who may not be there


async def use(connection: Connection[Any], other: AsyncConnection[Any], id: UUID) -> None:
    person: PeopleRow = people.create_person(connection, mail="a@desk")
    register(connection)
    home = Address(street="High Street", house_number=None)
    days = Range(person.joined_at.date(), None)
    rooms.create_room(connection, name="a", open_on=days, place=home, serves=(), contacts=["a@b"])
    rooms.stream_list_rooms(connection).close()
    async for room in rooms.stream_list_rooms_async(other, street="High Street"):
        print([each for each in room.serves if each != "open"])
    await rooms.stream_list_rooms_async(other).aclose()
    rooms.lock_rooms(connection)
"""


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_type_checkers_accept_the_code_and_refuse_misuse(tmp_path: Path, version: str) -> None:
    (tmp_path / "misuse.py").write_text(MISUSE)
    expected = {n for n, line in enumerate(MISUSE.splitlines(), 1) if "  # " in line}
    source = HERE / "tracker/src"
    paths = f"{source}:{ROOT / 'python'}"
    settings = {
        "include": [str(source), str(tmp_path)],
        "extraPaths": paths.split(":"),
        "typeCheckingMode": "strict",
        "pythonVersion": version,
        "reportUnusedExpression": False,
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    pyright = subprocess.run(
        ["pyright", "--outputjson", "--pythonpath", sys.executable, "-p", tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    found = json.loads(pyright.stdout)["generalDiagnostics"]
    assert {Path(each["file"]).name for each in found} == {"misuse.py"}
    assert {each["range"]["start"]["line"] + 1 for each in found} == expected

    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    mypy = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-incremental"),
            *("--python-version", version, "--config-file", "mypy.ini"),
            *("-p", "desk", "-m", "misuse"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": f"{paths}:{tmp_path}"},
    )
    assert not mypy.stderr
    errors = [line for line in mypy.stdout.splitlines() if ": error: " in line]
    assert {int(line.split(":")[1]) for line in errors} == expected
    assert all(line.startswith("misuse.py:") for line in errors)


def test_docstrings_of_every_length() -> None:
    assert docstring("Short.", "    ") == '    """Short."""\n'
    assert docstring('Ends in "quotes"', "") == '"""Ends in "quotes" """\n'
    assert docstring('A \\ and """.', "") == '"""A \\\\ and \\"\\"\\"."""\n'
    assert docstring("One.\n\nTwo.", "    ") == '    """One.\n\n    Two.\n    """\n'
    long = docstring("word " * 40, "    ", 100)
    assert all(len(line) <= 100 for line in long.splitlines())


def test_enums_and_rules_of_one() -> None:
    single = Type(1, "only_one", "s", "e", None, None, False, "only_one", None, ('a"b',))
    text = declaring.enums([single], 100, "x")
    assert "OnlyOne: TypeAlias = Literal['a\"b']\n" in text
    assert "ONLY_ONE_LABELS: Final[tuple[OnlyOne, ...]] = ('a\"b',)\n" in text
    twice = [Rule("a_b", "x", "Why."), Rule("a_b", "y", None)]
    assert declaring.rules(twice, 100, "x").count("A_B: Final") == 1


def test_the_folder_of_queries_can_be_told(project: Project) -> None:
    configuration = replace(project.configuration, locate="desk.places:folder")
    inferred = projects.infer(configuration, project.url)
    text = projects.files(configuration, inferred)[project.root / MODULES / "queries" / "people.py"]
    assert "from desk.places import folder\n" in text
    assert '_SQL = load(folder("queries") / "desk/people.sql")\n' in text
