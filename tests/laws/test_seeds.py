"""Seeds may be applied at any time, and say nothing about rows that are there already."""

from __future__ import annotations

from pathlib import Path

import pytest
from pglast import ast, parse_sql
from pglast.enums import OnConflictAction

from taskspine.migrations.drafting import statements

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
TABLES = {
    str(each.path.relative_to(ROOT / "schema").with_suffix(""))
    for each in statements()
    if each.key.kind == "table" and each.key.name == each.path.stem
}


@pytest.mark.parametrize("path", sorted(SEEDS.rglob("*.sql")), ids=lambda path: path.stem)
def test_seeds_are_of_one_table_and_leave_alone_what_is_there(path: Path) -> None:
    assert str(path.relative_to(SEEDS).with_suffix("")) in TABLES, "name it after its table"
    for each in parse_sql(path.read_text()):
        insert = each.stmt
        assert isinstance(insert, ast.InsertStmt), "seeds are INSERTs alone"
        assert insert.relation.relname == path.stem
        assert insert.onConflictClause is not None, "say ON CONFLICT (...) DO NOTHING"
        assert insert.onConflictClause.action == OnConflictAction.ONCONFLICT_NOTHING
        assert insert.onConflictClause.infer is not None, "say by which key, in parentheses"
