"""Applies the seeds: rows that a database has from the start, and that its users may change."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg

from taskspine.errors import MigrationFailed
from taskspine.migrations import pieces, place_of
from taskspine.server import connect
from taskspine.settings import in_schema, sql_folder

if TYPE_CHECKING:
    from pathlib import Path


def seed(url: str, *, schema: str = "taskspine", folder: Path | None = None) -> dict[str, int]:
    """Add the seeds that are missing, all or none; gives the number of rows added to each table.

    A row that is there already stays as it is. Raises MigrationFailed and DatabaseUnreachable.
    """
    folder = folder or sql_folder("seeds")
    added: dict[str, int] = {}
    with closing(connect(in_schema(url, schema))) as connection, connection.transaction():
        for path in seed_files(folder):
            text = path.read_text()
            try:
                cursor = connection.execute(text.encode())
            except psycopg.errors.UndefinedTable as error:
                raise MigrationFailed(
                    f"{place_of(error, path, text)}: {error.diag.message_primary}: "
                    "migrate the database first"
                ) from error
            except psycopg.Error as error:
                said = error.diag.message_primary or str(error)
                raise MigrationFailed(f"{place_of(error, path, text)}: {said}") from error
            added[path.stem] = sum(_counts(cursor))
    return added


def seed_files(folder: Path | None = None, file: Path | None = None) -> list[Path]:
    """Give the files of seeds in the order in which their tables load."""
    folder = folder or sql_folder("seeds")
    file = file or sql_folder("schema") / "schema.sql"
    places = {
        folder / path.relative_to(file.parent): None
        for path, _ in pieces(file)
        if path.is_relative_to(file.parent) and ".." not in path.parts
    }
    return [path for path in places if path.exists()]


def _counts(cursor: psycopg.Cursor) -> list[int]:
    """Give the number of rows of each statement of a script."""
    counts = [cursor.rowcount]
    while cursor.nextset():
        counts.append(cursor.rowcount)
    return counts
