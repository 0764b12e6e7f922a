"""What can be wrong with a query, its file or its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class SqltypistError(Exception):
    """Something stands in the way of generating; the message says what to do."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that a person has to mend in a query file."""

    path: Path
    line: int
    query: str
    message: str
    code: str = ""
    """The server's SQLSTATE, where it was the server that refused."""

    def __str__(self) -> str:
        query = f" {self.query}:" if self.query else ""
        return f"{self.path}:{self.line}:{query} {self.message}"


class ProblemsFound(SqltypistError):
    """All that is wrong in a folder of query files, so that one run shows everything."""

    def __init__(self, problems: list[Problem], notes: Sequence[str] = ()) -> None:
        self.problems = sorted(problems)
        self.notes = tuple(notes)
        super().__init__("\n".join(map(str, self.problems)))
