"""Drafts the migration from what migrations/ arrive at to what schema/ says.

What is new comes in the words and the order of its schema file; what is changed or gone, in the
server's words. What could lose data is left as a comment that says `decide:`. The way back is the
way up, backwards.
"""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pglast.parser import split

from taskspine import __version__
from taskspine.errors import MigrationFailed
from taskspine.migrations import load_schema, migrate, pieces
from taskspine.migrations.catalog import Catalog, Key, Thing, differences, read_catalog
from taskspine.settings import sql_folder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from taskspine.server import Databases

_SCHEMA = "taskspine"

# How a schema file begins a statement, and what that makes a thing of.
_STATEMENTS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"\ACREATE (?P<kind>TABLE|DOMAIN|TYPE|SEQUENCE|VIEW|MATERIALIZED VIEW) (?P<name>\w+)",
        r"\ACREATE (?:FUNCTION|PROCEDURE) (?P<name>\w+)(?P<kind>)",
        r"\ACREATE (?:UNIQUE )?(?P<kind>INDEX) (?P<name>\w+)\s+ON (?P<parent>\w+)",
        r"\ACREATE (?P<kind>TRIGGER|POLICY) (?P<name>\w+)[\s\S]*?\sON (?P<parent>\w+)",
        r"\ACREATE CONSTRAINT (?P<kind>TRIGGER) (?P<name>\w+)[\s\S]*?\sON (?P<parent>\w+)",
        r"\ACREATE (?P<kind>STATISTICS) (?P<name>\w+)[\s\S]*\sFROM (?P<parent>\w+)\s*\Z",
        r"\A(?P<kind>COMMENT) ON (?P<name>[\s\S]+?)\s+IS\s",
        r"\A(?P<kind>INSERT) INTO (?P<parent>\w+)",
        r"\A(?P<kind>ALTER) TABLE (?P<parent>\w+)",
        r"\A(?P<kind>SELECT) make_month_partitions\('(?P<parent>\w+)'\)",
    )
)
_COMMENTS = re.compile(r"(?:\s*--[^\n]*\n)*\s*")

# What CREATE TABLE, CREATE DOMAIN and CREATE TYPE make along with the thing itself.
_INSIDE = {
    "column", "default", "not null", "constraint", "option", "row security", "domain constraint",
    "label", "row",
}  # fmt: skip
_GOES_ALONG = {"index", "policy", "statistics"}
_LOSES_DATA = {"table", "column", "sequence", "materialized view", "label", "type", "domain"}
_REPLACEABLE = {"function", "view"}
_REPEATABLE = {"default", "comment"}
# In this order things are taken away: first what hangs on others.
_ORDER = (
    "grant", "comment", "policy", "trigger", "view", "materialized view", "function", "statistics",
    "index", "default", "not null", "constraint", "option", "row security", "row", "column",
    "table", "sequence", "domain constraint", "domain", "label", "type",
)  # fmt: skip


class Statement(NamedTuple):
    """One statement of a schema file, with the comments above it."""

    path: Path
    text: str
    key: Key
    is_near: bool
    """Whether it follows the statement before it without an empty line."""


class Step(NamedTuple):
    """What a migration does at one place, and what takes that back; either may be nothing."""

    up: str
    down: str
    is_near: bool = False


def statements(file: Path | None = None) -> list[Statement]:
    """Take the schema files apart, in the order in which they load."""
    found: list[Statement] = []
    for path, text in pieces(file or sql_folder("schema") / "schema.sql"):
        end = 0
        for piece in split(text, only_slices=True):
            comments = _COMMENTS.match(text, end)
            begin = comments.end() if comments else end
            whole = text[end : piece.stop].lstrip("; \t")
            is_near = end > 0 and not whole.startswith("\n\n") and begin == piece.start
            key = _key(text[begin : piece.stop])
            found.append(Statement(path, whole.strip() + ";", key, is_near))
            end = piece.stop + 1
    return found


def _key(text: str) -> Key:
    for pattern in _STATEMENTS:
        if match := pattern.search(text):
            found = {"parent": "", "name": "", **match.groupdict()}
            name = " ".join(found["name"].split())
            if found["kind"] == "COMMENT":
                about = r"\A((?:FUNCTION|PROCEDURE) \w+)\s?\(.*\)\Z"
                return Key("comment", "", re.sub(about, r"\1", name))
            return Key(found["kind"].lower() or "function", found["parent"], name)
    return Key("", "", "")


def draft(migrated: Catalog, wanted: Catalog, written: Iterable[Statement]) -> list[Step]:
    """Give the steps from one to the other."""
    return list(_Draft(migrated, wanted, list(written)).steps())


class _Draft:
    """One drafting: what differs, and what of it has its steps already."""

    def __init__(self, migrated: Catalog, wanted: Catalog, written: list[Statement]) -> None:
        self._migrated = migrated
        self._wanted = wanted
        self._written = written
        self._open = {each.key: each for each in differences(migrated, wanted)}
        self._brought_back: set[Key] = set()

    def steps(self) -> Iterator[Step]:
        yield from self._gone()
        for statement in self._written:
            yield from self._as_written(statement)
        for key in sorted(self._open, key=_rank, reverse=True):
            yield from self._as_the_server_says(key)

    def _is_new(self, key: Key) -> bool:
        return key in self._wanted and key not in self._migrated

    def _gone(self) -> Iterator[Step]:
        gone = [key for key in self._open if key not in self._wanted]
        owners = {(key.kind, key.name) for key in gone if not key.parent}
        for key in sorted(gone, key=_rank):
            thing = self._migrated[key]
            del self._open[key]
            if any((kind, key.parent) in owners for kind in ("table", "domain", "type")):
                continue  # it goes with what it belongs to
            if key.kind in {"default", "not null"} and key._replace(kind="column") in gone:
                continue
            if key.kind == "comment" and not _is_there(key, self._wanted):
                yield Step("", f"{thing.make};")
            elif key.kind in _LOSES_DATA:
                up = _decide(f"this would lose the {key}", thing.remove)
                yield Step(up, _decide("and this would bring it back, empty", thing.make))
            else:
                yield Step(f"{thing.remove};", f"{thing.make};")

    def _as_written(self, statement: Statement) -> Iterator[Step]:
        key = statement.key
        if key.kind == "comment":
            key = next((each for each in self._open if each[::2] == key[::2]), key)
        if key.kind in {"insert", "alter", "select"}:
            if self._is_new(Key("table", "", key.parent)):
                yield Step(statement.text, "", statement.is_near)
        elif key.kind == "" and not self._migrated:
            yield Step(statement.text, "", statement.is_near)
        elif key in self._open:
            yield from self._one(key, statement)
        if key.kind in {"table", "domain", "type"}:
            inside = [each for each in self._open if each.parent == key.name]
            for each in sorted(inside, key=_rank, reverse=True):
                if each.kind in _INSIDE:
                    yield from self._as_the_server_says(each)

    def _one(self, key: Key, statement: Statement) -> Iterator[Step]:
        """Make or change the thing of a statement."""
        if not self._is_new(key):
            yield from self._changed(key, statement.text)
            return
        del self._open[key]
        if key.kind in {"table", "domain", "type"}:
            for each in [each for each in self._open if each.parent == key.name]:
                if each.kind in _INSIDE:
                    del self._open[each]
        if key.kind == "comment":
            goes_along = not _is_there(key, self._migrated)
        else:
            goes_along = key.kind in _GOES_ALONG and self._is_new(Key("table", "", key.parent))
        down = "" if goes_along else f"{self._wanted[key].remove};"
        yield Step(statement.text, down, statement.is_near)

    def _as_the_server_says(self, key: Key) -> Iterator[Step]:
        if key not in self._open:
            return
        if not self._is_new(key):
            yield from self._changed(key, None)
            return
        del self._open[key]
        thing = self._wanted[key]
        inside = {Key(kind, key.parent, key.name) for kind in ("default", "not null")}
        if key.kind == "column":
            for each in inside & self._open.keys():
                del self._open[each]
        up = _hint(thing) + f"{self._written_inside(thing)};"
        if key.kind == "label":
            yield Step(up, f"-- PostgreSQL removes no label of an enum, so {key.name} stays.")
        else:
            yield Step(up, f"{thing.remove};")

    def _changed(self, key: Key, text: str | None) -> Iterator[Step]:
        del self._open[key]
        before, after = self._migrated[key], self._wanted[key]
        if key.kind in _REPEATABLE:
            down = "" if key in self._brought_back else f"{before.make};"
            yield Step(text or f"{after.make};", down)
        elif key.kind in _REPLACEABLE:
            up, down = text or f"{after.make};", f"{before.make};"
            if _is_replaceable(before, after):
                up = _replacing(up)
            else:
                up = f"{before.remove};\n\n{up}" + self._again(key, self._wanted)
            if _is_replaceable(after, before):
                down = _replacing(down)
            else:
                down = f"{after.remove};\n\n{down}" + self._again(key)
            yield Step(up, down)
        elif key.kind == "type" and self._has_new_labels(key):
            return
        elif key.kind in _LOSES_DATA:
            yield Step(_decide_on_change(after), _decide_on_change(before))
        else:
            up = f"{before.remove};\n{_hint(after)}{text or f'{after.make};'}"
            down = f"{after.remove};\n{before.make};"
            yield Step(up + self._again(key, self._wanted), down + self._again(key))

    def _again(self, key: Key, catalog: Catalog | None = None) -> str:
        """Say once more what goes when a thing is dropped and made again: comments and rights."""
        is_forward = catalog is not None
        again = {
            each: thing
            for each, thing in (catalog or self._migrated).items()
            if not (is_forward and each in self._open)
            and (
                _is_about(each, key)
                or (each.kind in {"comment", "grant"} and key.kind in {"view", "function"}
                    and each.parent == key.name)
            )
        }  # fmt: skip
        if not is_forward:
            self._brought_back |= again.keys()
        return "".join(f"\n{thing.make};" for thing in again.values())

    def _has_new_labels(self, key: Key) -> bool:
        old, new = (
            [each.name for each in catalog if each.kind == "label" and each.parent == key.name]
            for catalog in (self._migrated, self._wanted)
        )
        return set(old) < set(new)

    def _written_inside(self, thing: Thing) -> str:
        """Give the statement that makes a part of a table, in the words of the schema file."""
        table = Key("table", "", thing.parent)
        text = next((each.text for each in self._written if each.key == table), "")
        if thing.kind == "column":
            line = re.search(rf"^    {thing.name} +(.+?),?$", text, re.MULTILINE)
            if line and line[1].count("(") == line[1].count(")"):
                words = " ".join(line[1].split())
                return f"ALTER TABLE {thing.parent} ADD COLUMN {thing.name} {words}"
        return thing.make


def _rank(key: Key) -> tuple[int, Key]:
    return _ORDER.index(key.kind), key


def _is_there(comment: Key, catalog: Catalog) -> bool:
    """Say whether a catalog has the thing that a comment is about."""
    return any(_is_about(comment, each) for each in catalog)


def _is_about(comment: Key, key: Key) -> bool:
    word, _, name = comment.name.partition(" ")
    parent, _, name = name.split(" ON ")[0].rpartition(".")
    if comment.kind != "comment":
        return False
    if key.kind == "view" and parent == key.name:
        return True
    return key.kind.endswith(word.lower()) and key.name == name and parent in {"", key.parent}


def _decide(what: str, statement: str) -> str:
    lines = f"{statement};".splitlines()
    return "\n".join([f"-- decide: {what}", *(f"-- {line}" for line in lines)])


def _decide_on_change(thing: Thing) -> str:
    if thing.kind != "column":
        return _decide(f"{thing.key} becomes another one", thing.make)
    return _decide(
        f"{thing.key} becomes {thing.definition}; what of the values that are there?",
        f"ALTER TABLE {thing.parent} ALTER COLUMN {thing.name} TYPE {thing.definition}",
    )


def _hint(thing: Thing) -> str:
    """Say what a person must think of before a statement runs on a busy table."""
    if thing.kind == "index":
        return (
            "-- decide: on a busy table, alone in a file of its own, CONCURRENTLY, after\n"
            "-- `-- migrate:up transaction:false`\n"
        )
    if thing.kind == "constraint":
        return "-- decide: on a busy table, NOT VALID here, and validated in the next file\n"
    if thing.kind == "column" and "NOT NULL" in thing.make and "DEFAULT" not in thing.make:
        return "-- decide: which value do the rows get that are there?\n"
    return ""


def _replacing(statement: str) -> str:
    return re.sub(
        r"^CREATE (?:OR REPLACE )?(FUNCTION|PROCEDURE|VIEW)",
        r"CREATE OR REPLACE \1",
        statement,
        count=1,
        flags=re.MULTILINE,
    )


def _is_replaceable(before: Thing, after: Thing) -> bool:
    """Say whether CREATE OR REPLACE can turn one into the other."""
    if before.kind == "view":
        return after.definition.startswith(before.definition.split("\n", 1)[0])
    default = r" DEFAULT [^\n]*?(?=, _|\)\n)"
    old, new = (each.make.split("\n LANGUAGE")[0] for each in (before, after))
    keeps_defaults = len(re.findall(default, old)) <= len(re.findall(default, new))
    return keeps_defaults and re.sub(default, "", old) == re.sub(default, "", new)


def text_of(steps: list[Step]) -> str:
    """Write a migration."""
    up = ""
    for step in steps:
        up += ("\n" if step.is_near else "\n\n") + step.up if step.up else ""
    down = "".join(f"\n{step.down}" for step in reversed(steps) if step.down)
    return f"-- migrate:up{up}\n\n-- migrate:down\n{down}\n"


@contextmanager
def scratch_catalogs(
    server: Databases, *, folder: Path | None = None, file: Path | None = None
) -> Generator[tuple[Catalog, Catalog]]:
    """Read what the migrations arrive at and what the schema says, in databases of their own."""
    names = [f"taskspine_draft_{secrets.token_hex(4)}" for _ in range(2)]
    try:
        migrated, wanted = (server.create_database(name) for name in names)
        migrate(migrated, schema=_SCHEMA, folder=folder)
        load_schema(wanted, schema=_SCHEMA, file=file)
        yield read_catalog(migrated, _SCHEMA), read_catalog(wanted, _SCHEMA)
    finally:
        for name in names:
            server.drop_database(name)


def draft_migration(
    name: str, server: Databases, *, folder: Path | None = None, file: Path | None = None
) -> Path | None:
    """Write the migration that the schema lacks; None, and no file, where it lacks none."""
    folder = folder or sql_folder("migrations")
    with scratch_catalogs(server, folder=folder, file=file) as (migrated, wanted):
        steps = draft(migrated, wanted, statements(file))
    if not steps:
        return None
    versions = sorted(path.name[:14] for path in folder.glob("*.sql"))
    version = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    if versions and version <= versions[-1]:
        version = str(int(versions[-1]) + 1)
    path = folder / f"{version}_{name}.sql"
    path.write_text(text_of(steps))
    return path


def compose(
    server: Databases, *, folder: Path | None = None, file: Path | None = None
) -> tuple[Path, bool]:
    """Write the first migration anew from the schema, as long as no release has it.

    Gives its path, and whether it changed. Raises MigrationFailed where it is released, or not the
    only one.
    """
    folder = folder or sql_folder("migrations")
    paths = sorted(folder.glob("*.sql"))
    if len(paths) != 1 or _is_released(folder):
        raise MigrationFailed(
            f"{len(paths)} migrations: only a single one, never released, is written anew; "
            "draft another one with make migration NAME=what_it_changes"
        )
    with (
        tempfile.TemporaryDirectory() as empty,
        scratch_catalogs(server, folder=Path(empty), file=file) as (nothing, wanted),
    ):
        text = text_of(draft(nothing, wanted, statements(file)))
    is_changed = paths[0].read_text() != text
    paths[0].write_text(text)
    return paths[0], is_changed


def _is_released(folder: Path) -> bool:
    """Say whether a database may have the migrations: a release is a version, or a tag of git."""
    git = shutil.which("git")
    if not __version__.startswith("0.") or git is None:
        return not __version__.startswith("0.")
    tags = subprocess.run(
        [git, "tag", "--list", "v*"], cwd=folder, check=False, capture_output=True, text=True
    )
    return bool(tags.stdout.strip())
