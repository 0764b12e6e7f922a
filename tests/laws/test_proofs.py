"""Every table, view, rule and query has its proof, and every file of proofs is about something."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pglast import ast as sql_ast
from pglast import parse_sql
from pglast.enums import ConstrType

from sqltypist.loading import load_folder
from taskspine.migrations.drafting import statements

ROOT = Path(__file__).parents[2]
SCHEMA, QUERIES, PGTAP, TESTS = (ROOT / name for name in ("schema", "queries", "pgtap", "tests"))
WRITTEN = statements()
RELATIONS = {"table", "view", "materialized view"}
OWNERS = {each.key.name: each.path for each in WRITTEN if each.key.kind in RELATIONS}
DOMAINS = sorted({path.parent.name for path in OWNERS.values()})

PROVEN = "\n".join(
    path.read_text() for domain in DOMAINS for path in sorted((PGTAP / domain).rglob("*.sql"))
)


def rules() -> dict[str, Path]:
    """Name every rule that a row can break, with the file that has it."""
    found: dict[str, Path] = {}
    for each in WRITTEN:
        for refused in re.findall(r"refuse(?:_\w+)?\(\s*'\w+',\s*'(\w+)'", each.text):
            if refused.endswith("_not_truncated"):
                continue  # pgtap/record/audit_log.sql proves it of every table that has it
            found[refused] = each.path
        statement = parse_sql(each.text)[0].stmt
        if isinstance(statement, sql_ast.CreateStmt):
            elements = [part for part in statement.tableElts or () if is_rule(part)]
            key = next((set(columns(part)) for part in elements if is_primary(part)), set())
            # What says more than the primary key does cannot be broken before it.
            elements = [part for part in elements if not (key and key <= set(columns(part)))]
            found |= {part.conname: each.path for part in elements}
        elif isinstance(statement, sql_ast.CreateDomainStmt):
            parts = [part for part in statement.constraints or () if part.conname]
            found |= {part.conname: each.path for part in parts}
        elif isinstance(statement, sql_ast.IndexStmt) and statement.unique:
            found[statement.idxname] = each.path
    return found


def is_rule(element: sql_ast.Node) -> bool:
    return isinstance(element, sql_ast.Constraint) and bool(element.conname)


def is_primary(constraint: sql_ast.Constraint) -> bool:
    return constraint.contype == ConstrType.CONSTR_PRIMARY


def columns(constraint: sql_ast.Constraint) -> list[str]:
    return [each.sval for each in constraint.keys or ()]


RULES = rules()


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_is_proven(rule: str) -> None:
    path = RULES[rule].relative_to(SCHEMA)
    is_named = f"'{rule}'" in PROVEN
    assert is_named, f"no pgTAP file names {rule}: add its boundary to pgtap/{path}"


@pytest.mark.parametrize("name", sorted(OWNERS))
def test_a_table_or_view_has_a_pgtap_file(name: str) -> None:
    path = PGTAP / OWNERS[name].relative_to(SCHEMA)
    assert path.exists(), f"write {path.relative_to(ROOT)}"


@pytest.mark.parametrize(
    "path",
    [
        path
        for domain in DOMAINS
        for folder, pattern in ((QUERIES, "*.sql"), (PGTAP, "*.sql"), (TESTS, "test_*.py"))
        for path in sorted((folder / domain).glob(pattern))
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_file_is_about_a_table_or_view(path: Path) -> None:
    stem = path.stem.removeprefix("test_")
    files = {each.path.stem for each in WRITTEN if each.path.parent.name == path.parent.name}
    # A function that serves several tables has a file of its own in schema/, and may have proofs.
    wanted = OWNERS if path.is_relative_to(QUERIES) else files
    assert stem in wanted, f"no table or view is called {stem}"


QUERY_FILES = {query.name: query.path for query in load_folder(QUERIES)}


def used_names() -> set[str]:
    """Collect every name that a test uses, more than by importing it."""
    used: set[str] = set()
    for path in TESTS.rglob("*.py"):
        if path.is_relative_to(TESTS / "laws") or path.is_relative_to(TESTS / "sqltypist"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name):
                used.add(node.id)
            elif isinstance(node, ast.Attribute):
                used.add(node.attr)
    return used


USED = used_names()


@pytest.mark.parametrize("name", sorted(QUERY_FILES))
def test_a_query_is_called_by_a_test(name: str) -> None:
    path = QUERY_FILES[name]
    is_called = bool({name, f"{name}_async"} & USED)
    assert is_called, f"no test calls {name}: add one to tests/{path.parent}/test_{path.stem}.py"
