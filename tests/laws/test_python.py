"""The floors of the Python, and where its SQL is."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "python"

# A module imports what stands above it here, or to its left. Commands (__main__) may use all.
FLOORS = (
    ("printable", "errors", "settings", "api_keys"),
    ("enums", "rules"),
    ("database",),
    ("queries",),
    ("server", "migrations", "documenting", "worker", "importer", "exporter", "maintenance"),
    ("cli", "demo", "__init__"),
    ("__main__",),
)
PLACES = {
    name: (number, place) for number, names in enumerate(FLOORS) for place, name in enumerate(names)
}

# Statements that no query file could hold, and why.
SQL_IN_PYTHON = {
    "taskspine/migrations/__init__.py": "makes a tenant's schema, whose name is known at run time",
    "taskspine/migrations/catalog.py": "reads tables whose names are known at run time",
    "taskspine/migrations/drafting.py": "writes migrations",
    "taskspine/server/__main__.py": "drops a tenant's schema, whose name is known at run time",
    "taskspine/server/databases.py": "makes databases, whose names are known at run time",
    "taskspine/server/local.py": "asks a server that has no schema yet",
}
STATEMENT = re.compile(
    r"\b(SELECT\s+(\S+|FROM)|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE\s|COPY\s+\S+\s+"
    r"(FROM|TO)|(CREATE|ALTER|DROP)\s+(TABLE|VIEW|INDEX|FUNCTION|SCHEMA|ROLE|DATABASE|TYPE)|"
    r"(LISTEN|NOTIFY)\s+\w+|SET\s+(LOCAL\s+)?\w+\s*(=|TO)\s)"
)


def modules(package: str) -> list[Path]:
    return sorted((PYTHON / package).rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(PYTHON))


def imported(path: Path) -> set[str]:
    """Name every module that a file imports, for type checkers too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)}:{node.lineno}: import by the full name"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(parts: tuple[str, ...]) -> str:
    """Give the module of a floor that a path or a dotted name belongs to."""
    if parts[-1] == "__main__":
        return "__main__"
    return parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize("path", modules("taskspine"), ids=named)
def test_imports_only_go_down(path: Path) -> None:
    own = room(path.relative_to(PYTHON).with_suffix("").parts)
    assert own in PLACES, f"give {own} a place in FLOORS"
    for name in imported(path):
        parts = tuple(name.split("."))
        if parts[0] != "taskspine":
            continue
        other = parts[1] if len(parts) > 1 and parts[1] in PLACES else "__init__"
        if parts == ("taskspine", "__version__"):
            continue  # the one name that is ready before all else
        package = path.relative_to(PYTHON).parts[1]
        assert other in {own, package} or PLACES[other] < PLACES[own], f"{own} imports {name}"


@pytest.mark.parametrize("path", modules("sqltypist"), ids=named)
def test_sqltypist_knows_nothing_of_taskspine(path: Path) -> None:
    assert not {name for name in imported(path) if name.split(".")[0] == "taskspine"}
    assert "taskspine" not in path.read_text()


def strings(path: Path) -> list[tuple[int, str]]:
    """Give every string of a file that is no docstring."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    ]


@pytest.mark.parametrize("path", modules("taskspine"), ids=named)
def test_sql_is_in_sql_files(path: Path) -> None:
    found = [f"{named(path)}:{line}" for line, text in strings(path) if STATEMENT.search(text)]
    if named(path) in SQL_IN_PYTHON:
        assert found, f"take {named(path)} out of SQL_IN_PYTHON"
    else:
        assert not found, "put it into a file of queries/, and call it by its name"


@pytest.mark.parametrize("package", ["sqltypist", "taskspine"])
def test_an_exception_tells_what_to_do(package: str) -> None:
    classes = {
        node.name: (path, node)
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }

    def is_exception(name: str) -> bool:
        if name not in classes:
            return name.endswith(("Error", "Exception"))
        return any(is_exception(ast.unparse(base)) for base in classes[name][1].bases)

    silent = [
        f"{named(path)}: {name}"
        for name, (path, node) in classes.items()
        if is_exception(name) and not ast.get_docstring(node)
    ]
    assert not silent


def test_no_tracked_file_names_a_machine() -> None:
    """A path or a registry of one machine is of no use on another."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a checkout")
    machine = re.compile(
        r"(?<![\w.:/-])/(?:root)/|"
        r"(index.url|registry)\s*[=:]\s*[\"']?https?://"
    )
    found = []
    for name in listed.stdout.split("\0")[:-1]:
        path = ROOT / name
        if path.suffix in {".png", ".gz"} or not path.is_file():
            continue
        found += [
            f"{name}:{number}"
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if machine.search(line)
        ]
    assert not found
