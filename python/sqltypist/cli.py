"""The command line: generate, check, lint, describe."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqltypist import __version__, linting, loading, project
from sqltypist.configuration import Configuration
from sqltypist.errors import ProblemsFound, SqltypistError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqltypist.inferring import TypedQuery

_ROWS = {"": "many", "^": "zero_or_one", "<!": "zero_or_one", "$": "zero_or_one"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives 0, or 1 when something is wrong or stale."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except ProblemsFound as error:
        count = len(error.problems)
        print(
            f"{error}\n{count} problem{'s' if count > 1 else ''}; nothing was written",
            file=sys.stderr,
        )
        return 1
    except SqltypistError as error:
        print(f"sqltypist: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sqltypist",
        description="Writes typed Python from the SQL query files that aiosql loads.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, says in (
        ("generate", _generate, "write the modules that changed"),
        ("check", _check, "exit 1 and print the difference when a module is stale"),
        ("lint", _lint, "refuse what aiosql or psycopg would misread; needs no database"),
        ("describe", _describe, "print what was inferred"),
    ):
        command = commands.add_parser(name, help=says, description=says)
        command.set_defaults(run=run)
        command.add_argument(
            "--config",
            type=Path,
            default=Path("pyproject.toml"),
            help="the file with [tool.sqltypist]",
        )
        command.add_argument(
            "--queries", help="the folder of query files, instead of the configured one"
        )
        if name == "lint":
            continue
        command.add_argument(
            "--database",
            help="the database's URL; else DATABASE_URL, else libpq's PGHOST and so on",
        )
        command.add_argument("--search-path", help="instead of the configured one")
        if name == "describe":
            command.add_argument("--json", action="store_true", help="for programs")
    return parser


def _configuration(options: argparse.Namespace) -> Configuration:
    path: Path = options.config
    if options.queries and not path.exists():
        read = Configuration(root=Path.cwd())
    else:
        read = Configuration.read(path)
    if options.queries:
        read = replace(read, queries=os.path.relpath(options.queries, read.root))
    if getattr(options, "search_path", None) is not None:
        read = replace(read, search_path=options.search_path)
    return read


def _infer(
    options: argparse.Namespace, *, strict: bool = True
) -> tuple[Configuration, project.Inferred]:
    configuration = _configuration(options)
    url: str = options.database or os.environ.get("DATABASE_URL", "")
    inferred = project.infer(configuration, url, strict=strict)
    for typed in inferred.queries:
        for warning in typed.warnings:
            print(f"warning: {typed.query.problem(warning)}", file=sys.stderr)
    return configuration, inferred


def _generate(options: argparse.Namespace) -> int:
    configuration, inferred = _infer(options)
    touched = project.write(configuration, project.files(configuration, inferred))
    for path in touched:
        print(path.relative_to(configuration.root))
    print(f"{len(inferred.queries)} queries, {len(touched)} files changed")
    return 0


def _check(options: argparse.Namespace) -> int:
    configuration, inferred = _infer(options)
    difference = project.difference(configuration, project.files(configuration, inferred))
    if difference:
        print(difference, end="")
        print("generated code is stale: run sqltypist generate", file=sys.stderr)
        return 1
    return 0


def _lint(options: argparse.Namespace) -> int:
    queries = loading.load_folder(_configuration(options).queries_folder)
    problems = linting.lint(queries)
    if problems:
        raise ProblemsFound(problems)
    return 0


def _describe(options: argparse.Namespace) -> int:
    _, inferred = _infer(options, strict=False)
    if options.json:
        queries = {typed.query.name: _described(typed) for typed in inferred.queries}
        print(json.dumps({"server": inferred.catalog.version, "queries": queries}, indent=2))
        return 0
    for typed in inferred.queries:
        print(f"{typed.query.name}{typed.query.operator}  {typed.query.path}:{typed.query.line}")
        for sign, each in [("->", p) for p in typed.parameters] + [
            ("<-", c) for c in typed.columns
        ]:
            null = "  or NULL" if each.nullable else ""
            print(f"    {sign} {each.name}  {each.pg_type}  {each.python.name}{null}")
    return 0


def _described(typed: TypedQuery) -> dict[str, Any]:
    query = typed.query
    rows = "count" if query.operator in {"!", "*!"} else _ROWS[query.operator]
    if rows == "zero_or_one" and typed.exactly_one:
        rows = "exactly_one"
    return {
        "file": query.path.as_posix(),
        "line": query.line,
        "operator": query.operator,
        "rows": rows,
        "params": {
            each.name: {
                "pg_type": each.pg_type,
                "nullable": each.nullable,
                "python": each.python.name,
            }
            for each in typed.parameters
        },
        "columns": [
            {
                "name": each.name,
                "pg_type": each.pg_type,
                "nullable": each.nullable,
                "python": each.python.name,
            }
            for each in typed.columns
        ],
    }
