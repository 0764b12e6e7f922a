"""From a configuration and a database to the files of the project."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqltypist import emitting, inferring, linting, loading
from sqltypist.describing import connect
from sqltypist.errors import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

    from sqltypist.catalog import Catalog
    from sqltypist.configuration import Configuration
    from sqltypist.describing import Connection
    from sqltypist.inferring import TypedQuery
    from sqltypist.loading import Query


@dataclass(frozen=True)
class Inferred:
    """All queries of a project, typed, and the database that they were typed against."""

    catalog: Catalog
    queries: list[TypedQuery]


def infer(configuration: Configuration, url: str, *, strict: bool = True) -> Inferred:
    """Type every query; raises ProblemsFound with all that is wrong in all files.

    When it is not strict, it types even what no module can be made of.
    """
    queries = loading.load_folder(configuration.queries_folder)
    problems = linting.lint(queries) if strict else []
    broken = {problem.query for problem in problems}
    typed: list[TypedQuery] = []
    with connect(url, configuration.search_path) as (connection, catalog):
        for query in queries:
            if query.name in broken:
                continue
            try:
                typed.append(_infer(query, connection, catalog, strict=strict))
            except ProblemsFound as error:
                problems += error.problems
    if problems:
        raise ProblemsFound(problems)
    return Inferred(catalog, typed)


def _infer(query: Query, connection: Connection, catalog: Catalog, *, strict: bool) -> TypedQuery:
    typed = inferring.infer(query, connection.describe(query), catalog)
    if not strict:
        return typed
    problems = emitting.check_names(typed) + inferring.check_types(typed)
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


def files(configuration: Configuration, inferred: Inferred) -> dict[Path, str]:
    """Write every file of the project in memory, by its path."""
    found: dict[Path, str] = {}
    folder, width = configuration.package_folder(), configuration.line_length
    found[folder / "__init__.py"] = emitting.package(configuration)
    enums = inferred.catalog.enums()
    if configuration.enums or enums:
        found[configuration.file_of(configuration.enums_module)] = emitting.enums(enums, width)
    if configuration.rules:
        found[configuration.file_of(configuration.rules)] = emitting.rules(
            inferred.catalog.rules, width
        )
    problems = _twins(inferred.queries)
    for path, group in groupby(inferred.queries, lambda typed: typed.query.path):
        target = folder / f"{path.stem}.py"
        if target in found or not path.stem.isidentifier():
            problems.append(
                Problem(path, 1, "", f"there can be no module {path.stem}: rename the file")
            )
            continue
        found[target] = emitting.module(configuration, path.as_posix(), list(group))
    if problems:
        raise ProblemsFound(problems)
    return found


def _twins(queries: list[TypedQuery]) -> list[Problem]:
    names = {typed.query.name for typed in queries}
    return [
        typed.query.problem(
            f"the name is that of the async twin of {typed.query.name.removesuffix('_async')}"
        )
        for typed in queries
        if typed.query.name.endswith("_async") and typed.query.name.removesuffix("_async") in names
    ]


def leftovers(configuration: Configuration, found: dict[Path, str]) -> list[Path]:
    """Find modules that were generated once and whose query file is gone."""
    folder = configuration.package_folder()
    return [
        path
        for path in sorted(folder.glob("*.py"))
        if path not in found and path.read_text(encoding="utf-8").startswith(emitting.FIRST_WORDS)
    ]


def write(configuration: Configuration, found: dict[Path, str]) -> list[Path]:
    """Write what changed and remove what is left over; give the paths touched."""
    touched: list[Path] = []
    for path, text in found.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            touched.append(path)
    for path in leftovers(configuration, found):
        path.unlink()
        touched.append(path)
    return touched


def difference(configuration: Configuration, found: dict[Path, str]) -> str:
    """Give what `generate` would change, as a diff; nothing when all is fresh."""
    wanted = found | dict.fromkeys(leftovers(configuration, found), "")
    lines: list[str] = []
    for path, text in wanted.items():
        shown = path.relative_to(configuration.root)
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        lines += difflib.unified_diff(
            present.splitlines(keepends=True),
            text.splitlines(keepends=True),
            f"{shown} as it is",
            f"{shown} as it should be",
        )
    return "".join(lines)
