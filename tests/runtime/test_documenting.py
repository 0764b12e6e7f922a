"""The pages about the schema say what the catalog says, and are found when they are stale."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sqltypist.loading import load_folder
from taskspine.documenting import pages, stale, write
from taskspine.settings import sql_folder

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg


@pytest.fixture
def texts(database_url: str) -> dict[str, str]:
    return pages(database_url)


def test_every_table_is_on_the_page_of_its_domain(
    texts: dict[str, str], connection: psycopg.Connection
) -> None:
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition"
        " AND relname <> 'schema_migrations'"
    )
    together = "\n".join(texts.values())
    for (table,) in tables:
        assert f"### {table}\n" in together
        assert (sql_folder("schema") / "work" / f"{table}.sql").exists() == (
            f"### {table}\n" in texts["work.md"]
        )


def test_months_are_left_out(texts: dict[str, str]) -> None:
    assert not re.search(r"audit_log_(default|\d)", "\n".join(texts.values()))


def test_a_page_has_rules_triggers_and_queries(texts: dict[str, str]) -> None:
    page = texts["work.md"]
    assert "| `task_priority` | smallint | The urgency of a task" in page
    assert "| `tasks_parents_acyclic` | No task is its own ancestor. |" in page
    assert "| `tasks_set_initial_state` | before insert | A new task has no blockers" in page
    assert "projects ||--o{ task_lists" in page
    assert re.search(r"\| `get_task\(task_id\)` \| a row or none \| \S", page)


def test_every_query_is_on_a_page(texts: dict[str, str]) -> None:
    for query in load_folder(sql_folder("queries")):
        assert f"| `{query.name}(" in texts[f"{query.path.parent.name}.md"]


def test_a_table_of_a_page_has_as_many_cells_in_every_row(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            counts = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
            assert len(counts) == 1, (name, block)


def test_stale_pages_are_found(database_url: str, tmp_path: Path) -> None:
    assert len(write(database_url, tmp_path)) > 7
    assert stale(database_url, tmp_path) == []
    (tmp_path / "work.md").write_text("old")
    (tmp_path / "record.md").unlink()
    (tmp_path / "gone.md").write_text("of no domain")
    found = [tmp_path / name for name in ("gone.md", "record.md", "work.md")]
    assert stale(database_url, tmp_path) == found
    assert write(database_url, tmp_path) == found
    assert stale(database_url, tmp_path) == []
