"""What a generated function declares is what psycopg gives, for every type that it can have."""

from __future__ import annotations

import importlib
import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import (
    ip_address,
    ip_interface,
    ip_network,
)
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from sqltypist import project as projects
from sqltypist.catalog import Catalog
from sqltypist.configuration import Configuration
from sqltypist.registering import NotRegistered
from sqltypist.runtime import Json
from sqltypist.types import Types

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import ModuleType

    from taskspine.server import Databases

ROOT = Path(__file__).parents[2]
SCHEMA = """
CREATE EXTENSION citext;
CREATE DOMAIN nick AS citext;
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE TYPE mood AS ENUM ('sad', 'so so', 'glad');
CREATE DOMAIN mail AS text CHECK (value ~ '@');
CREATE DOMAIN amount AS int CHECK (value >= 0);
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN strong_feeling AS feeling CHECK (value::mood <> 'so so');
CREATE DOMAIN words AS text[];
CREATE TYPE point_in_time AS (at timestamptz, feeling feeling, counts amount[]);
CREATE TYPE everything AS (
    name text, size int, mood mood, moods mood[], mail mail, mails mail[], price numeric,
    document jsonb, documents jsonb[], period daterange, hours floatrange, inner_one point_in_time,
    inner_ones point_in_time[], words words, day date, id uuid, raw bytea, is_so bool
);
CREATE TYPE alone AS (name text);
CREATE DOMAIN some_alone AS alone;
CREATE TYPE moodrange AS RANGE (subtype = mood);
CREATE TABLE plain (id int);
CREATE TYPE odd AS (a int, "class" text);
CREATE TYPE odder AS (a int, date date);
CREATE TYPE range AS (a int, b int4range);
"""

MOMENT = datetime(2020, 2, 29, 12, 30, 15, 123456, tzinfo=UTC)
NAIVE = MOMENT.replace(tzinfo=None)
DAY, LATER = date(2020, 2, 29), date(2021, 1, 1)
AN_HOUR = timezone(timedelta(hours=1))


@dataclass(frozen=True)
class Sample:
    """A type and values of it that must come back as they went."""

    sql: str
    python: str
    values: Sequence[Any]


def samples() -> list[Sample]:
    """Every type but composites."""
    found = [
        Sample("bool", "bool", [True, False]),
        Sample("smallint", "int", [-1, 32767]),
        Sample("int", "int", [0, 70000]),
        Sample("bigint", "int", [0, 70000, 2**40]),
        Sample("oid", "int", [1, 2**31 + 1]),
        Sample("real", "float", [0.1, 1.5, float("-inf")]),
        Sample("double precision", "float", [0.1, float("inf")]),
        Sample("numeric", "Decimal", [Decimal("1.50"), Decimal("1e30")]),
        Sample("numeric(6, 2)", "Decimal", [Decimal("1.50")]),
        Sample("text", "str", ["a", "", "ä'\"{},\\ NULL"]),
        Sample("varchar", "str", ["a", ""]),
        Sample("char(3)", "str", ["a  "]),
        Sample('"char"', "str", ["a", "\\303"]),
        Sample("name", "str", ["a"]),
        Sample("bytea", "bytes", [b"", b"\x00\xff'\\"]),
        Sample("date", "date", [DAY]),
        Sample("time", "time", [time(10, 30, 0, 5)]),
        Sample("timetz", "time", [time(10, 30, tzinfo=AN_HOUR)]),
        Sample("timestamp", "datetime", [NAIVE]),
        Sample("timestamptz", "datetime", [MOMENT, MOMENT.astimezone(AN_HOUR)]),
        Sample("interval", "timedelta", [timedelta(days=-3, seconds=5, microseconds=7)]),
        Sample("uuid", "UUID", [UUID(int=5)]),
        Sample(
            "inet",
            "IPv4Address | IPv4Interface | IPv6Address | IPv6Interface",
            [
                ip_address("1.2.3.4"),
                ip_interface("1.2.3.4/8"),
                ip_address("::1"),
                ip_interface("::1/64"),
            ],
        ),
        Sample(
            "cidr", "IPv4Network | IPv6Network", [ip_network("1.2.0.0/16"), ip_network("1::/16")]
        ),
        Sample("macaddr", "str", ["08:00:2b:01:02:03"]),
        Sample("macaddr8", "str", ["08:00:2b:01:02:03:04:05"]),
        Sample("bit(3)", "str", ["101"]),
        Sample("varbit", "str", ["1010101", ""]),
        Sample("json", "Json", [{"a": [1, 2.5, None, True, "x"]}, [], "s", 5]),
        Sample("jsonb", "Json", [{"a": [1, 2.5, None, True, "x"]}, [], "s", 5]),
        Sample("regclass", "str", ["pg_class"]),
        Sample("regcollation", "str", ['"C"']),
        Sample("regconfig", "str", ["english"]),
        Sample("regdictionary", "str", ["simple"]),
        Sample("regnamespace", "str", ["pg_catalog"]),
        Sample("regoper", "str", ["||/"]),
        Sample("regoperator", "str", ["||/(NONE,double precision)"]),
        Sample("regproc", "str", ["now"]),
        Sample("regprocedure", "str", ["now()"]),
        Sample("regrole", "str", ["pg_monitor"]),
        Sample("regtype", "str", ["integer"]),
        Sample("citext", "str", ["aB", ""]),
        Sample("nick", "str", ["aB"]),
        Sample("mood", "Mood", ["sad", "so so"]),
        Sample("mail", "str", ["a@b"]),
        Sample("amount", "int", [0, 70000]),
        Sample("feeling", "Mood", ["so so"]),
        Sample("strong_feeling", "Mood", ["glad"]),
    ]
    for name, bound, low, high in (
        ("int4", "int", 1, 70000),
        ("int8", "int", 1, 2**40),
        ("num", "Decimal", Decimal("1.5"), Decimal(2)),
        ("date", "date", DAY, LATER),
        ("ts", "datetime", NAIVE, NAIVE + timedelta(1)),
        ("tstz", "datetime", MOMENT, MOMENT + timedelta(1)),
        ("float", "float", 1.5, 2.5),
        ("mood", "Mood", "sad", "so so"),
    ):
        full: list[Range[Any]] = [Range(low, high, "[)")]
        ends: list[Range[Any]] = [Range(low, None, "[)"), Range(None, high, "()")]
        open_: list[Range[Any]] = [Range(None, None, "()"), Range(empty=True)]
        found += [
            Sample(f"{name}range", f"Range[{bound}]", full + ends + open_),
            Sample(
                f"{name}multirange",
                f"Multirange[{bound}]",
                [Multirange(full), Multirange([]), Multirange(ends[:1])],
            ),
        ]
    return found


SAMPLES = samples()
# Arrays of these have a NULL that is another: JSON's own.
OWN_NULL = {"Json"}
# The function that brings a value to this length is not known to keep it from NULL.
MAY_BE_NULL = {"bit(3)"}


def queries() -> str:
    lines: list[str] = []
    for number, each in enumerate(SAMPLES):
        lines += [
            f"-- name: echo_{number}(value)$\nSELECT :value::{each.sql};\n",
            f"-- name: echo_array_{number}(value)$\n-- param: value[]?",
            f"SELECT :value::{each.sql}[];\n",
        ]
    everything = ", ".join(
        f"NULL::{each.sql} AS a{n}, ARRAY[NULL::{each.sql}] AS b{n}"
        for n, each in enumerate(SAMPLES)
    )
    lines += [
        f"-- name: get_everything()^\nSELECT {everything};\n",
        "-- name: echo_words(value)$\nSELECT :value::words;\n",
        "-- name: echo_array_of_words()$\nSELECT '{\"{a,b}\",NULL}'::words[];\n",
        "-- name: echo_composite(value)$\nSELECT :value::everything;\n",
        "-- name: echo_composites(value)$\n-- param: value[]?\nSELECT :value::everything[];\n",
        "-- name: echo_alone(value)$\nSELECT :value::alone;\n",
        "-- name: echo_some_alone(value)$\nSELECT :value::alone::some_alone;\n",
        "-- name: echo_array_of_alone(value)$\nSELECT ARRAY[:value::alone::some_alone, NULL];\n",
        "-- name: pause()$\nSELECT pg_sleep(0);\n",
        "-- name: pause_again()!\nSELECT pg_sleep(0);\n",
    ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def gallery_url(server: Databases) -> Generator[str]:
    name = f"sqltypist_{secrets.token_hex(4)}"
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA gallery")
        connection.execute("SET search_path = gallery")
        connection.execute(SCHEMA)
    yield make_conninfo(url, options="-c search_path=gallery -c timezone=UTC")
    server.drop_database(name)


@pytest.fixture(scope="module")
def generated(
    gallery_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[dict[str, ModuleType]]:
    """The modules of the gallery, imported."""
    root = tmp_path_factory.mktemp("gallery")
    (root / "queries").mkdir()
    (root / "queries" / "echo.sql").write_text(queries())
    (root / "gallery").mkdir()
    configuration = Configuration(root, package="gallery.made", locate="gallery.place:folder")
    (root / "gallery" / "place.py").write_text(
        "from pathlib import Path\n\n\ndef folder(name: str) -> Path:\n"
        "    return Path(__file__).parents[1] / name\n"
    )
    inferred = projects.infer(configuration, gallery_url)
    projects.write(configuration, projects.files(configuration, inferred))
    sys.path.insert(0, str(root))
    names = ("gallery.made", "gallery.made.echo", "gallery.made.composites")
    yield {name.rpartition(".")[2]: importlib.import_module(name) for name in names}
    sys.path.remove(str(root))
    for name in [each for each in sys.modules if each.partition(".")[0] == "gallery"]:
        del sys.modules[name]


@pytest.fixture
def gallery(
    gallery_url: str, generated: dict[str, ModuleType]
) -> Generator[psycopg.Connection[Any]]:
    """A connection with which the types are registered."""
    with psycopg.connect(gallery_url, autocommit=True) as connection:
        generated["made"].register(connection)
        yield connection


def conforms(value: Any, hint: Any) -> bool:  # noqa: PLR0911
    """Tell whether a value is exactly of a type, and what is in it too."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is None or hint is NoneType:
        return value is None
    if origin in (Union, UnionType):
        if any(get_origin(each) is dict for each in inner):
            return is_json(value)
        return any(conforms(value, each) for each in inner)
    if origin is Literal:
        return type(value) is str and value in inner
    if origin is Range:
        return type(value) is Range and all(
            bound is None or conforms(bound, inner[0]) for bound in (value.lower, value.upper)
        )
    if origin is list or origin is Multirange:
        of = Range[inner[0]] if origin is Multirange else inner[0]
        return type(value) is origin and all(conforms(each, of) for each in value)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return type(value) is hint and all(
            conforms(getattr(value, each.name), hints[each.name]) for each in fields(hint)
        )
    assert isinstance(hint, type), hint
    return type(value) is hint


def is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and is_json(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(is_json, value))
    return type(value) in {str, int, float, bool, NoneType}


def returned(function: Any) -> Any:
    return get_type_hints(function)["return"]


def test_the_check_itself() -> None:
    assert conforms([1, None], list[int | None])
    assert not conforms(["1"], list[int])
    assert not conforms(True, int)
    assert not conforms(MOMENT, date)
    assert not conforms("x", Literal["y"])
    assert not conforms(Range("1", "2"), Range[int])
    assert not conforms({"a": b""}, Json)
    assert not conforms("{1}", list[int])


@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=[each.sql for each in SAMPLES])
def test_values_come_back_as_they_went(
    gallery: psycopg.Connection[Any], generated: dict[str, ModuleType], number: int
) -> None:
    sample, echo = SAMPLES[number], generated["echo"]
    function = getattr(echo, f"echo_{number}")
    assert function.__annotations__["return"] is not None
    for value in sample.values:
        got = function(gallery, value=value)
        assert got == value
        assert conforms(got, returned(function)), (got, returned(function))


@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=[each.sql for each in SAMPLES])
def test_arrays_come_back_as_they_went(
    gallery: psycopg.Connection[Any], generated: dict[str, ModuleType], number: int
) -> None:
    sample, echo = SAMPLES[number], generated["echo"]
    function = getattr(echo, f"echo_array_{number}")
    nulls = [] if sample.python in OWN_NULL else [None]
    for value in ([], [*sample.values], [*sample.values, *nulls], nulls):
        got = function(gallery, value=tuple(value))
        assert got == value
        assert conforms(got, returned(function)), (got, returned(function))


def test_the_declared_types(generated: dict[str, ModuleType]) -> None:
    echo, namespace = generated["echo"], vars(generated["echo"]) | globals()
    for number, sample in enumerate(SAMPLES):
        expected = eval(sample.python, namespace)  # noqa: S307
        got = getattr(echo, f"echo_{number}").__annotations__["return"]
        assert got == expected or (sample.sql in MAY_BE_NULL and got == expected | None), sample
        elements = sample.python if sample.python == "Json" else f"{sample.python} | None"
        expected = eval(f"list[{elements}]", namespace)  # noqa: S307
        assert getattr(echo, f"echo_array_{number}").__annotations__["return"] == expected, sample


def test_type_checkers_accept_them(generated: dict[str, ModuleType], tmp_path: Path) -> None:
    root = Path(str(generated["made"].__file__)).parents[2]
    paths = [str(root), str(ROOT / "python")]
    settings = {"include": [str(root)], "extraPaths": paths, "typeCheckingMode": "strict"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    for command in (
        ["pyright", "--pythonpath", sys.executable, "-p", "."],
        [sys.executable, "-m", "mypy", "--strict", "--config-file", "mypy.ini", "-p", "gallery"],
    ):
        run = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=os.environ
            | {
                "MYPYPATH": os.pathsep.join(paths),
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            },
        )
        assert run.returncode == 0, run.stdout


def test_nulls(gallery: psycopg.Connection[Any], generated: dict[str, ModuleType]) -> None:
    echo = generated["echo"]
    row = echo.get_everything(gallery)
    hints = get_type_hints(echo.GetEverythingRow)
    for number in range(len(SAMPLES)):
        assert getattr(row, f"a{number}") is None
        assert getattr(row, f"b{number}") == [None]
        assert conforms([None], hints[f"b{number}"])


def everything(made: ModuleType, **more: Any) -> Any:
    inner = made.PointInTime(at=MOMENT, feeling="glad", counts=[1, None, 70000])
    given: dict[str, Any] = {
        "name": 'a "b", (c) \\', "size": 5, "mood": "so so", "moods": ["sad", None],
        "mail": "a@b", "mails": ["c@d", None], "price": Decimal("1.50"),
        "document": {"a": [1, None]}, "documents": [{"b": 1}, "c"],
        "period": Range(DAY, LATER, "[)"), "hours": Range(1.5, None, "[)"), "inner_one": inner,
        "inner_ones": [inner, None], "words": ["a", None], "day": DAY, "id": UUID(int=1),
        "raw": b"\x00", "is_so": False,
    }  # fmt: skip
    return made.Everything(**given | more)


def test_composites(gallery: psycopg.Connection[Any], generated: dict[str, ModuleType]) -> None:
    echo, made = generated["echo"], generated["composites"]
    empty = made.Everything(*[None] * len(fields(made.Everything)))
    for value in (everything(made), empty, everything(made, words=[], moods=[], name="")):
        got = echo.echo_composite(gallery, value=value)
        assert got == value
        assert conforms(got, returned(echo.echo_composite))
    values = [everything(made), None, empty]
    got = echo.echo_composites(gallery, value=values)
    assert got == values
    assert conforms(got, returned(echo.echo_composites))


def test_a_composite_of_one_field(
    gallery: psycopg.Connection[Any], generated: dict[str, ModuleType]
) -> None:
    echo, made = generated["echo"], generated["composites"]
    for value in (made.Alone("a"), made.Alone(""), made.Alone(None)):
        assert echo.echo_alone(gallery, value=value) == value
        assert echo.echo_some_alone(gallery, value=value) == value
        assert echo.echo_array_of_alone(gallery, value=value) == [value, None]


def test_arrays_in_arrays(
    gallery: psycopg.Connection[Any], generated: dict[str, ModuleType]
) -> None:
    echo = generated["echo"]
    assert echo.echo_words(gallery, value=["a"]) == ["a"]
    got = echo.echo_array_of_words(gallery)
    assert got == [["a", "b"], None]
    assert conforms(got, returned(echo.echo_array_of_words))


def test_void(gallery: psycopg.Connection[Any], generated: dict[str, ModuleType]) -> None:
    assert returned(generated["echo"].pause) is NoneType
    assert generated["echo"].pause(gallery) is None
    assert generated["echo"].pause_again(gallery) == 1


def test_registration_is_asked_for(gallery_url: str, generated: dict[str, ModuleType]) -> None:
    echo = generated["echo"]
    moods = next(n for n, each in enumerate(SAMPLES) if each.sql == "mood")
    with psycopg.connect(gallery_url) as connection:
        assert getattr(echo, f"echo_{moods}")(connection, value="sad") == "sad"
        with pytest.raises(NotRegistered, match=r"call gallery\.made\.register\(connection\) once"):
            getattr(echo, f"echo_array_{moods}")(connection, value=["sad"])


def test_registration_leaves_no_transaction_open(
    gallery_url: str, generated: dict[str, ModuleType]
) -> None:
    with psycopg.connect(gallery_url) as connection:
        generated["made"].register(connection)
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


@pytest.mark.parametrize("factory", [psycopg.ClientCursor, psycopg.RawCursor])
def test_registration_with_other_cursors(
    gallery_url: str, generated: dict[str, ModuleType], factory: type[psycopg.Cursor[Any]]
) -> None:
    with psycopg.connect(gallery_url, cursor_factory=factory, row_factory=dict_row) as connection:
        generated["made"].register(connection)
        found = connection.execute("SELECT '{sad}'::mood[] AS moods").fetchone()
        assert found == {"moods": ["sad"]}


def test_registration_elsewhere(server: Databases, generated: dict[str, ModuleType]) -> None:
    said = r"no type .* on its search path: migrate it"
    with psycopg.connect(server.url()) as connection, pytest.raises(NotRegistered, match=said):
        generated["made"].register(connection)


async def test_registration_of_an_async_connection(
    gallery_url: str, generated: dict[str, ModuleType]
) -> None:
    echo, made = generated["echo"], generated["composites"]
    async with await psycopg.AsyncConnection.connect(gallery_url) as connection:
        with pytest.raises(NotRegistered):
            await echo.echo_composite_async(connection, value=everything(made))
        await generated["made"].register_async(connection)
        got = await echo.echo_composite_async(connection, value=everything(made))
        assert got == everything(made)


def test_what_is_binary(gallery: psycopg.Connection[Any]) -> None:
    """The flag says where psycopg gives the same in both formats, and nowhere else."""
    types = Types(Catalog.read(gallery))
    cursors = [gallery.cursor(binary=binary) for binary in (False, True)]
    for sample in SAMPLES:
        if sample.python == "Mood" or sample.sql in {"citext", "nick"}:
            continue  # its flag is for connections on which it is not registered
        for sql, values in ((sample.sql, sample.values), (f"{sample.sql}[]", [[*sample.values]])):
            texts, binaries = [shown(cursor, sql, values) for cursor in cursors]
            oid = gallery.execute("SELECT %s::regtype::oid", [sql]).fetchone()
            assert oid is not None
            python = types.column(oid[0], nullable_elements=True)
            assert python.is_binary == (texts == binaries), sample


def shown(cursor: psycopg.Cursor[Any], sql: str, values: Sequence[Any]) -> str:
    if sql in {"json", "jsonb"}:
        values = [*map(Jsonb, values)]
    elif "json" in sql:
        values = [[*map(Jsonb, each)] for each in values]
    query = f"SELECT %s::{sql}".encode()
    try:
        return repr([cursor.execute(query, [each]).fetchone() for each in values])
    except UnicodeDecodeError as error:
        return str(error)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT p FROM plain AS p", r"a whole row of plain has no Python type"),
        ("SELECT array_agg(p) FROM plain AS p", r"a whole row of plain has no Python type"),
        ("SELECT ROW(1, 2)", "a row without a type has no Python type: name its columns"),
        ("SELECT NULL::odd", "the type odd has a field 'class', which a field cannot be named"),
        ("SELECT NULL::odder[]", "the type odder has a field 'date', which a field cannot be"),
        ("SELECT '1'::money", r"the type money has no Python type here: .* as in ::text"),
        ("SELECT ''::tsvector", "the type tsvector has no Python type here"),
        ("SELECT '(1,2)'::point", "the type point has no Python type here"),
        ("SELECT '1 2'::int2vector", "the type int2vector has no Python type here"),
        ("SELECT '0/1'::pg_lsn", "the type pg_lsn has no Python type here"),
        ("SELECT :a::tsquery IS NULL", "parameter a: the type tsquery has no Python type here"),
    ],
)
def test_what_has_no_python_type(gallery_url: str, tmp_path: Path, sql: str, said: str) -> None:
    (tmp_path / "queries").mkdir()
    parameter = "a" if ":a" in sql else ""
    (tmp_path / "queries" / "q.sql").write_text(f"-- name: get_it({parameter})$\n{sql};\n")
    with pytest.raises(projects.ProblemsFound, match=said):
        projects.infer(Configuration(tmp_path), gallery_url)


def test_a_composite_of_an_unhappy_name(gallery_url: str, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "q.sql").write_text("-- name: get_it()$\nSELECT NULL::range;\n")
    configuration = Configuration(tmp_path)
    with pytest.raises(projects.SqltypistError, match="Range has the name of a type that Python"):
        projects.files(configuration, projects.infer(configuration, gallery_url))


def test_void_in_a_row(gallery_url: str, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "q.sql").write_text("-- name: get_it()^\nSELECT pg_sleep(0) AS a;\n")
    with pytest.raises(projects.ProblemsFound, match=r"column a is void: give .* operator \$"):
        projects.infer(Configuration(tmp_path), gallery_url)
