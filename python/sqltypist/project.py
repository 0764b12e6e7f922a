"""From a configuration and a database to the files of the project."""

from __future__ import annotations

import ast
import builtins
import difflib
import hashlib
import keyword
import os
import posixpath
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from sqltypist import declaring, emitting, inferring, linting, loading, sharing
from sqltypist.describing import connect
from sqltypist.errors import Problem, ProblemsFound, SqltypistError
from sqltypist.formatting import FIRST_WORDS
from sqltypist.types import Types

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from sqltypist.catalog import Catalog
    from sqltypist.configuration import Configuration
    from sqltypist.describing import Connection, Description
    from sqltypist.inferring import TypedQuery
    from sqltypist.loading import Query
    from sqltypist.types import Composite

RECURSION_LIMIT = 40_000
NOT_THERE = frozenset({"3F000", "42P01", "42704", "42883"})
"""What the server says where it does not find a schema, a table, a type or a function."""


@dataclass(frozen=True)
class Inferred:
    """All queries of a project, typed, and the database that they were typed against."""

    catalog: Catalog
    queries: list[TypedQuery]
    problems: list[Problem] = field(default_factory=list[Problem])
    """What could not be typed, or cannot be generated; only where inference was not strict."""
    notes: tuple[str, ...] = ()
    """What speaks of the whole run, and not of one query."""
    tables: tuple[sharing.TableRow, ...] = ()
    """The row classes of tables that queries share."""


def lint(configuration: Configuration) -> list[Problem]:
    """Find what aiosql or psycopg would misread in the query files; needs no database."""
    loaded = loading.read_folder(configuration.queries_folder)
    return sorted([*loaded.problems, *linting.lint(loaded.queries)])


def infer(configuration: Configuration, url: str, *, strict: bool = True) -> Inferred:
    """Type every query; raises ProblemsFound with all that is wrong in all files.

    When it is not strict, it types even what no module can be made of, and gives its problems
    instead of raising them.
    """
    loaded = loading.read_folder(configuration.queries_folder, lenient=not strict)
    problems = list(loaded.problems)
    problems += linting.lint(loaded.queries) if strict else []
    broken = {(problem.path, problem.query) for problem in problems if strict}
    sound = [query for query in loaded.queries if (query.path, query.name) not in broken]
    typed: list[TypedQuery] = []
    tables: list[sharing.TableRow] = []
    try:
        with connect(url, configuration.search_path) as (connection, catalog), _deep_recursion():
            for query in sound:
                try:
                    typed.append(_infer(query, connection, catalog, strict=strict))
                except ProblemsFound as error:
                    problems += error.problems
            notes = _notes(problems, connection, catalog)
            if strict and not problems:
                typed, tables = sharing.share(typed, connection, catalog)
    except ProblemsFound:
        raise
    except SqltypistError as error:
        if problems:
            raise ProblemsFound(problems, [str(error)]) from error
        raise
    if problems and strict:
        raise ProblemsFound(problems, notes)
    return Inferred(catalog, typed, sorted(problems), notes, tuple(tables))


def _infer(query: Query, connection: Connection, catalog: Catalog, *, strict: bool) -> TypedQuery:
    if query.operator == "#":  # several statements, which the server describes only one by one
        return inferring.TypedQuery(query, (), (), exactly_one=False)
    typed = type_query(query, connection.describe(query), catalog)
    if not strict:
        return typed
    problems = emitting.check_names(typed) + inferring.check_types(typed) + _check_result(typed)
    for types in inferring.sent_types(typed):
        refusal = connection.accepts(query, types)
        if refusal:
            problems.append(
                query.problem(
                    f"with the types that psycopg sends, the server says: {refusal}; cast the "
                    "parameter where it is used, first to what psycopg sends, then to what is "
                    "wanted, as in :states::text[]::state[]"
                )
            )
            break
    if problems:
        raise ProblemsFound(problems)
    return typed


def type_query(query: Query, description: Description, catalog: Catalog) -> TypedQuery:
    """Infer a query's types; what its tree does not allow, by Describe and the catalog alone.

    The tree is no stable interface, and whatever goes wrong in reading it must end in a column
    that may be NULL. The catalog's NOT NULL proves nothing here: an outer join does away with it.
    """
    try:
        return inferring.infer(query, description, catalog)
    except ProblemsFound:
        raise
    except Exception as error:  # noqa: BLE001 - a tree of another shape can break any rule
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        warning = (
            f"its query tree is not understood, so that every column may be NULL ({said:.200})"
        )
        return inferring.infer(query, replace(description, tree=None, warning=warning), catalog)


@contextmanager
def _deep_recursion() -> Generator[None]:
    """Let rules follow an expression as deep as the server's own stack lets it be."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _notes(problems: list[Problem], connection: Connection, catalog: Catalog) -> tuple[str, ...]:
    """Say what many problems may have in common."""
    notes: list[str] = []
    if connection.missing_schemas:
        names = ", ".join(connection.missing_schemas)
        notes.append(
            f"of the search path, the server does not search {names}: no such schema, or the role "
            "has no USAGE on it"
        )
    if any(problem.code in NOT_THERE for problem in problems):
        path = ", ".join(catalog.schemas) or "nothing"
        notes.append(
            f"the server searched {path}: is the schema loaded, and is the search path right "
            "(search_path in the configuration, or --search-path)?"
        )
    return tuple(notes)


def _check_result(typed: TypedQuery) -> list[Problem]:
    """Find operators under which aiosql gives something else than the generated function."""
    query, columns = typed.query, typed.columns
    if query.operator == "<!" and len(columns) == 1:
        return [query.problem(linting.BARE_VALUE)]
    if query.operator == "" and typed.exactly_one and linting.changes_data(query):
        return [
            query.problem(
                "it changes data and gives one row, and aiosql runs it only when that is read: "
                "write ^ or $"
            )
        ]
    return []


def files(configuration: Configuration, inferred: Inferred) -> dict[Path, str]:
    """Write every file of the project in memory, by its path."""
    found: dict[Path, str] = {}
    folder, width = configuration.package_folder(), configuration.line_length
    catalog, origin = inferred.catalog, _Origin(configuration, inferred.catalog.version_number)
    registered = _registered(inferred)
    found[folder / "__init__.py"] = declaring.package(configuration, registered, origin.folder())
    enums = catalog.enums()
    if configuration.enums or enums:
        target = configuration.file_of(configuration.enums_module)
        found[target] = declaring.enums(enums, width, origin.database())
    if configuration.rules:
        target = configuration.file_of(configuration.rules)
        found[target] = declaring.rules(catalog.rules, width, origin.database())
    if inferred.tables:
        target = configuration.file_of(configuration.tables_module)
        found[target] = declaring.tables(configuration, inferred.tables, origin.database())
    if composites := [each for each in registered.values() if each]:
        target = configuration.file_of(configuration.composites_module)
        found[target] = declaring.composites(configuration, composites, origin.database())
    problems: list[Problem] = []
    for path, group in groupby(inferred.queries, lambda typed: typed.query.path):
        target, queries = folder / f"{path.stem}.py", list(group)
        is_taken = target in found or path.stem in {"register", "register_async"}
        if is_taken or not path.stem.isidentifier() or keyword.iskeyword(path.stem):
            problems.append(
                Problem(path, 1, "", f"there can be no module {path.stem}: rename the file")
            )
            continue
        shown = path.as_posix()
        found[target] = emitting.module(configuration, shown, queries, origin.file(shown))
        problems += _clashes(found[target], queries)
    if problems:
        raise ProblemsFound(problems)
    return found


@dataclass(frozen=True)
class _Origin:
    """What the first line of a module names as its origin.

    The server is named by its major version alone: a minor one changes nothing that is generated,
    and would make every module stale.
    """

    configuration: Configuration
    version_number: int

    def _server(self) -> str:
        return f"PostgreSQL {self.version_number // 10000}"

    def database(self) -> str:
        return f"a database on {self._server()}"

    def folder(self) -> str:
        return f"{self.configuration.queries} on {self._server()}"

    def file(self, shown: str) -> str:
        """Name a file, with a hash of its text: it tells which text a module was made of."""
        text = (self.configuration.queries_folder / shown).read_text(encoding="utf-8-sig")
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = posixpath.join(self.configuration.queries, shown)
        return f"{path} (sha256 {digest}) on {self._server()}"


def _registered(inferred: Inferred) -> dict[str, Composite | None]:
    """Give the types that a connection has to know, by name, each after what it is made of."""
    found: dict[int, None] = {}
    for typed in inferred.queries:
        for python in typed.types():
            found.update(dict.fromkeys(python.registers))
    catalog, types = inferred.catalog, Types(inferred.catalog)
    return {
        types.shown(oid): types.composite(oid) if catalog.types[oid].kind == "c" else None
        for oid in found
    }


def _clashes(text: str, queries: list[TypedQuery]) -> Iterator[Problem]:
    """Find names of queries and parameters that hide what their module needs."""
    module = ast.parse(text)
    imported = {
        alias.asname or alias.name
        for node in module.body
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    needed = imported | {node.id for node in ast.walk(module) if isinstance(node, ast.Name)} & set(
        dir(builtins)
    )
    defined = Counter(_defined(module))
    functions = {
        node.name: node
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for typed in queries:
        query = typed.query
        if query.name in needed or defined[query.name] > 1:
            yield query.problem("its name is that of something else in its module: rename it")
        called = {
            node.func.id
            for node in ast.walk(functions.get(query.name, module))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        for name in called & {each.name for each in typed.parameters}:
            yield query.problem(f"parameter {name} hides a function of that name: rename it")


def _defined(module: ast.Module) -> Iterator[str]:
    """Give the names that a module defines itself."""
    for node in module.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                pass


def leftovers(configuration: Configuration, found: dict[Path, str]) -> list[Path]:
    """Find modules that were generated once and whose query file is gone."""
    folder = configuration.package_folder()
    return [
        path for path in sorted(folder.glob("*.py")) if path not in found and _is_generated(path)
    ]


def _present(path: Path) -> str | None:
    """Give the text of a file, or nothing where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SqltypistError(f"{path} cannot be read: {error.strerror}") from error


def _is_generated(path: Path) -> bool:
    return (_present(path) or "").startswith(FIRST_WORDS)


def write(configuration: Configuration, found: dict[Path, str]) -> list[Path]:
    """Write what changed and remove what is left over; give the paths touched.

    Every file is written whole beside its place and moved there, so that nothing is ever seen
    half-written; and nothing is moved before everything is written.
    """
    changed = {path: text for path, text in found.items() if _present(path) != text}
    own = [path for path in changed if (_present(path) or "").strip() and not _is_generated(path)]
    if own:
        raise SqltypistError(
            f"{_shown(configuration, own[0])} was written by hand and would be overwritten: move "
            "it away, or give [tool.sqltypist] another package"
        )
    gone = leftovers(configuration, found)
    written: dict[Path, Path] = {}
    try:
        for path, text in changed.items():
            written[path] = _write_beside(path.resolve(), text)
        for path, beside in written.items():
            beside.replace(path.resolve())
        for path in gone:
            path.unlink()
    except OSError as error:
        raise SqltypistError(
            f"{error.filename or configuration.root} cannot be written: {error.strerror}"
        ) from error
    finally:
        for beside in written.values():
            beside.unlink(missing_ok=True)
    return [*changed, *gone]


def _write_beside(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")  # one name: what a kill left is overwritten
    beside.write_text(text, encoding="utf-8")
    if path.exists():
        beside.chmod(path.stat().st_mode)
    return beside


def _shown(configuration: Configuration, path: Path) -> str:
    return os.path.relpath(path, configuration.root)


def difference(configuration: Configuration, found: dict[Path, str]) -> str:
    """Give what `generate` would change, as a diff; nothing when all is fresh."""
    wanted = found | dict.fromkeys(leftovers(configuration, found), "")
    lines: list[str] = []
    for path, text in wanted.items():
        shown = _shown(configuration, path)
        lines += difflib.unified_diff(
            (_present(path) or "").splitlines(keepends=True),
            text.splitlines(keepends=True),
            f"{shown} as it is",
            f"{shown} as it should be",
        )
    return "".join(lines)
