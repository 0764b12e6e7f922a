"""Writes pages about the schema, one for each domain, from what the catalog says of it."""

from __future__ import annotations

import re
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from psycopg.rows import class_row

from sqltypist.loading import load_folder
from taskspine.migrations.drafting import statements
from taskspine.server import connect
from taskspine.settings import in_schema, sql_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from sqltypist.loading import Query

_FOLDER = Path(__file__).parent
_HEAD = "<!-- Written from the catalog by make docs; edit the comments in schema/ instead. -->\n\n"
_SECTION = re.compile(r"^-- (?:(?P<name>\w+): (?P<about>.+)|(?P<common>What .+))$", re.MULTILINE)
_COMMON = "common"
_GIVES = {
    "^": "a row or none",
    "$": "a value",
    "!": "a number of rows",
    "*!": "a number of rows",
    "": "rows",
}


_Row = TypeVar("_Row")


class Thing(NamedTuple):
    """Something that has a name of its own."""

    kind: str
    name: str
    definition: str
    comment: str


class Column(NamedTuple):
    """A column of a table or view."""

    owner: str
    name: str
    type: str
    is_required: bool
    default_value: str
    is_key: bool
    is_reference: bool
    comment: str


class Rule(NamedTuple):
    """What a row may not break; or, with a moment, what a trigger does then."""

    owner: str
    name: str
    place: int
    moment: str
    comment: str


class Reference(NamedTuple):
    """A foreign key."""

    owner: str
    referred: str
    columns: str
    is_required: bool
    is_single: bool


def pages(url: str, schema: str = "taskspine") -> dict[str, str]:
    """Give the text of every page by the name of its file."""
    with closing(connect(in_schema(url, schema))) as connection:
        found = _Found(connection)
    texts = {f"{name}.md": found.page(name, about) for name, about in found.domains.items()}
    return {"README.md": found.index()} | texts


class _Found:
    """What the catalog, the schema files and the query files say."""

    def __init__(self, connection: psycopg.Connection) -> None:
        def rows(file: str, kind: type[_Row]) -> list[_Row]:
            with connection.cursor(row_factory=class_row(kind)) as cursor:
                return cursor.execute((_FOLDER / file).read_bytes()).fetchall()

        self._columns = rows("columns.sql", Column)
        self._rules = rows("rules.sql", Rule)
        self._references = rows("references.sql", Reference)
        written = statements()
        self._place = {
            (each.key.kind, each.key.name): number for number, each in enumerate(written)
        }
        self._domain = {(each.key.kind, each.key.name): each.path.parent.name for each in written}
        things = rows("objects.sql", Thing)
        self._things = sorted(things, key=lambda each: self._place.get(each[:2], 0))
        self._queries = load_folder(sql_folder("queries"))
        text = (sql_folder("schema") / "schema.sql").read_text()
        self.domains = {
            (each["name"] or _COMMON).lower(): each["about"] or "what every domain uses"
            for each in _SECTION.finditer(text)
        }

    def _of(self, domain: str, *kinds: str) -> list[Thing]:
        return [
            each for each in self._things
            if each.kind in kinds and self._domain.get(each[:2]) == domain
        ]  # fmt: skip

    def index(self) -> str:
        """Write the page that leads to the others."""
        lines = ["# The schema", "", "| domain | tables | what it answers |", "|---|---|---|"]
        for domain, about in self.domains.items():
            names = ", ".join(f"[{each.name}]({domain}.md#{each.name})"
                              for each in self._of(domain, "table"))  # fmt: skip
            lines.append(f"| [{domain}]({domain}.md) | {names} | {about} |")
        lines += ["", "A line leads from a table to those that refer to it.", ""]
        pairs = {(each.referred, each.owner): each for each in self._references}
        lines += _diagram(f"    {_line(each, '')}" for _, each in sorted(pairs.items()))
        return _HEAD + "\n".join(lines) + "\n"

    def page(self, domain: str, about: str) -> str:
        """Write the page of a domain."""
        tables = self._of(domain, "table")
        lines = [f"# {domain}", "", f"{about[0].upper()}{about[1:]}.", ""]
        if tables:
            lines += _diagram(self._entities(tables))
        for heading, part in (
            ("Tables", (line for each in tables for line in self._table(each))),
            ("Views", (line for each in self._of(domain, "view", "materialized view")
                       for line in self._view(each))),
            ("Functions", _rows(("function", "what it does"), (
                (f"`{each.definition}`", each.comment) for each in self._of(domain, "function")))),
            ("Types", self._types(self._of(domain, "type", "domain"))),
            ("Queries", self._queries_of(domain)),
        ):  # fmt: skip
            if body := list(part):
                lines += [f"## {heading}", "", *body]
        return _HEAD + "\n".join(lines).rstrip() + "\n"

    def _entities(self, tables: list[Thing]) -> Iterator[str]:
        names = {each.name for each in tables}
        for each in tables:
            keys = [
                column for column in self._columns
                if column.owner == each.name and (column.is_key or column.is_reference)
            ]  # fmt: skip
            yield f"    {each.name} {{"
            for column in keys:
                marks = ["PK"] * column.is_key + ["FK"] * column.is_reference
                kind = re.sub(r"\W+", "_", column.type)
                yield f"        {kind} {column.name} {', '.join(marks)}"
            yield "    }"
        for reference in self._references:
            if reference.owner in names:
                yield f"    {_line(reference, reference.columns)}"

    def _table(self, table: Thing) -> Iterator[str]:
        yield from _heading(table)
        yield from _rows(("column", "type", "", "default", "what it is"), (
            (f"`{each.name}`", each.type, "" if each.is_required else "null",
             _code(each.default_value), each.comment)
            for each in self._columns if each.owner == table.name
        ))  # fmt: skip
        rules = [each for each in self._rules if each.owner == table.name]
        yield from _rows(("rule", "says"), (
            (f"`{each.name}`", each.comment) for each in rules if not each.moment
        ))  # fmt: skip
        yield from _rows(("trigger", "when", "does"), (
            (f"`{each.name}`", each.moment, each.comment) for each in rules if each.moment
        ))  # fmt: skip

    def _view(self, view: Thing) -> Iterator[str]:
        yield from _heading(view)
        yield from _rows(("column", "type", "what it is"), (
            (f"`{each.name}`", each.type, each.comment)
            for each in self._columns if each.owner == view.name
        ))  # fmt: skip

    def _types(self, types: list[Thing]) -> Iterator[str]:
        yield from _rows(("type", "is", "what it is"), (
            (f"`{each.name}`", each.definition, " ".join([each.comment, *(
                rule.comment for rule in self._rules if rule.owner == each.name)]))
            for each in types
        ))  # fmt: skip

    def _queries_of(self, domain: str) -> Iterator[str]:
        queries = [each for each in self._queries if each.path.parent.name == domain]
        for stem, group in groupby(queries, key=lambda each: each.path.stem):
            yield from (f"### Queries of {stem}", "")
            yield from _rows(("query", "gives", "what it does"), (
                (f"`{each.name}({', '.join(each.parameters)})`", _GIVES[each.operator],
                 _first_sentence(each))
                for each in group
            ))  # fmt: skip


def _heading(thing: Thing) -> Iterator[str]:
    yield f"### {thing.name}"
    yield ""
    notes = {"in months": " Partitioned by month.", "": ""}[thing.definition]
    materialized = " Materialized." if thing.kind == "materialized view" else ""
    yield _cell(thing.comment) + notes + materialized
    yield ""


def _rows(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table, if it has rows."""
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if lines:
        yield f"| {' | '.join(heads)} |"
        yield "|" + "---|" * len(heads)
        yield from lines
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    plain = re.sub(r"('(?:[^']|'')*')::[a-z_ ]+(?:\[\])?", r"\1", text)
    return f"`{plain}`" if plain else ""


def _first_sentence(query: Query) -> str:
    text = " ".join(query.doc.split())
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def _line(each: Reference, label: str) -> str:
    """Draw a foreign key: one, or none or one, to none or many."""
    one = "||" if each.is_required else "|o"
    many = "o|" if each.is_single else "o{"
    return f'{each.referred} {one}--{many} {each.owner} : "{label}"'


def _diagram(lines: Iterable[str]) -> list[str]:
    return ["```mermaid", "erDiagram", *lines, "```", ""]


def stale(url: str, folder: Path) -> list[Path]:
    """Name the pages that are not as they would be written now."""
    wanted = {folder / name: text for name, text in pages(url).items()}
    there = set(folder.glob("*.md"))
    changed = {path for path in wanted.keys() & there if path.read_text() != wanted[path]}
    return sorted(changed | (wanted.keys() ^ there))


def write(url: str, folder: Path) -> list[Path]:
    """Write all pages anew; gives those that changed."""
    changed = stale(url, folder)
    folder.mkdir(parents=True, exist_ok=True)
    texts = pages(url)
    for path in changed:
        if path.name in texts:
            path.write_text(texts[path.name])
        else:
            path.unlink()
    return changed
