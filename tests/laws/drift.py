"""Proves that the migrations arrive at the schema, and that the newest one can be taken back.

Whatever differs is told with the file that it belongs to and the command to run.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from taskspine.errors import MigrationFailed, one_line_errors
from taskspine.migrations import load_schema, migrate, rollback
from taskspine.migrations.catalog import Catalog, Difference, Key, differences, read_catalog
from taskspine.migrations.drafting import Statement, statements
from taskspine.server import Databases
from taskspine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).parents[2]
DRAFT = "make migration NAME=what_it_changes (while nothing is released: make migration)"


def drift(server: Databases, root: Path = ROOT) -> Iterator[str]:
    """Say all that is wrong, a line each; nothing where all is well."""
    migrations = root / "migrations"
    newest = max(migrations.glob("*.sql"), default=None)
    if newest is None:
        yield f"{migrations} is empty: {DRAFT}"
        return
    name = f"migrations/{newest.name}"
    file = root / "schema" / "schema.sql"
    with database(server) as url, database(server) as other_url:
        load_schema(other_url, file=file)
        wanted = read_catalog(other_url)
        before, arrived = arrive(url, newest)
        written = statements(file)
        for each in differences(arrived, wanted):
            yield f"{each.key} {in_words(each)}: {file_of(each.key, written, root)}: {DRAFT}"
        if differences(arrived, wanted):
            return
        rollback(url, folder=migrations)
        for each in without_labels(differences(before, read_catalog(url))):
            yield f"{each.key} {after_a_way(each)} down: {name}: mend its `-- migrate:down`"
        try:
            migrate(url, folder=migrations)
        except MigrationFailed as error:
            yield f"{name}: down and up again: {error}: mend its `-- migrate:down`"
            return
        for each in differences(arrived, read_catalog(url)):
            yield f"{each.key} {after_a_way(each)} down and up: {name}: mend its `-- migrate:down`"


def arrive(url: str, newest: Path) -> tuple[Catalog, Catalog]:
    """Apply all migrations, and say what was there before the newest one, and after it."""
    with tempfile.TemporaryDirectory() as older:
        for path in newest.parent.glob("*.sql"):
            if path != newest:
                shutil.copy(path, older)
        migrate(url, folder=Path(older))
    before = read_catalog(url)
    migrate(url, folder=newest.parent)
    return before, read_catalog(url)


def in_words(each: Difference) -> str:
    if each.before is None:
        return "is in schema/ alone"
    if each.after is None:
        return "is in migrations/ alone"
    old, new = each.before.definition, each.after.definition
    if "\n" in old + new or len(old + new) > 160:
        return "is not what the migrations make of it"
    return f"is {new}, but the migrations make it {old or 'without'}"


def without_labels(found: list[Difference]) -> list[Difference]:
    """Leave out the labels that an enum has gained, which PostgreSQL cannot take away."""
    left = {each.key.parent for each in found if each.key.kind == "label" and not each.before}
    return [
        each
        for each in found
        if not (each.key.kind == "label" and not each.before)
        and not (each.key.kind == "type" and each.before and each.key.name in left)
    ]


def after_a_way(each: Difference) -> str:
    if each.after is None:
        return "is gone after"
    return "is left after" if each.before is None else "is not what it was after"


def file_of(key: Key, written: list[Statement], root: Path) -> str:
    """Give the schema file that has a thing, or else what it belongs to."""
    exact = (each for each in written if each.key[::2] == key[::2])
    owner = (
        each
        for each in written
        if not each.key.parent and each.key.name == (key.parent or key.name)
    )
    found = next(exact, None) or next(owner, None)
    return str(found.path.relative_to(root)) if found else "no file of schema/ has it"


@contextmanager
def database(server: Databases) -> Generator[str]:
    """Make a database of its own, and drop it."""
    name = f"taskspine_drift_{secrets.token_hex(4)}"
    try:
        yield server.create_database(name)
    finally:
        server.drop_database(name)


def main() -> None:
    url = Settings.load().url()
    if url is None:
        sys.exit("DATABASE_URL is not set: make drift")
    found = []
    with one_line_errors():
        found = list(drift(Databases(url)))
    if found:
        sys.exit("\n".join(found))
    print("the migrations arrive at the schema, and the newest can be taken back")


if __name__ == "__main__":
    main()
