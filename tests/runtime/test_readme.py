"""The README's examples do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg
    import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_creates_claims_and_completes(
    database_url: str, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    (example,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - that is the point
    assert names["done"] is not None
    rows = connection.execute("SELECT title, status FROM tasks").fetchall()
    assert rows == [("Cut the gears", "completed")]


def test_the_sql_adds_a_transition(connection: psycopg.Connection) -> None:
    # The change of the schema is tested in tests/laws/test_drift.py, where migrations are drafted.
    _, transition = blocks("sql")
    connection.execute(transition.encode())
    row = connection.execute(
        "SELECT meaning FROM task_status_transitions"
        " WHERE from_status = 'blocked' AND to_status = 'review'"
    ).fetchone()
    assert row == ("done while it was held",)
