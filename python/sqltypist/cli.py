"""The command line: generate, check, watch, lint, describe."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqltypist import __version__, project, showing, watching
from sqltypist.configuration import Configuration
from sqltypist.errors import ProblemsFound, SqltypistError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqltypist.errors import Problem

DEFAULT_FILE = Path("pyproject.toml")
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Gives 0; 1 when something is wrong or stale; 130 when it was interrupted, but for `watch`,
    which ends in no other way.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack the letters of a name
            stream.reconfigure(errors="backslashreplace")
    logging.getLogger("aiosql").setLevel(logging.ERROR)  # problems say the same with their place
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        status = run(options)
        sys.stdout.flush()
    except SqltypistError as error:
        _tell(error, "; nothing was written" if run is _generate else "")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
        ("watch", _watch, "generate now, and again whenever a query file is saved"),
        ("lint", _lint, "refuse what aiosql or psycopg would misread; needs no database"),
        ("describe", _describe, "print what was inferred"),
    ):
        command = commands.add_parser(name, help=says, description=says)
        command.set_defaults(run=run)
        command.add_argument(
            "--config", type=Path, help="the file with [tool.sqltypist]; else pyproject.toml"
        )
        command.add_argument(
            "--queries", help="the folder of query files, instead of the configured one"
        )
        if name == "lint":
            continue
        command.add_argument(
            "--database",
            help="the database's URL; else DATABASE_URL, else libpq's PGHOST, PGSERVICE and so on",
        )
        command.add_argument("--search-path", help="instead of the configured one")
        if name == "describe":
            command.add_argument("--json", action="store_true", help="for programs")
            command.add_argument(
                "--explain", action="store_true", help="as tables, with what decided of NULL"
            )
            command.add_argument(
                "names", nargs="*", metavar="query", help="a name, or a pattern such as 'get_*'"
            )
        if name == "watch":
            command.add_argument(
                "--poll-schema",
                type=float,
                default=0,
                metavar="SECONDS",
                help="generate every so often too, for changes in the database",
            )
    return parser


def _configuration(options: argparse.Namespace) -> Configuration:
    """Read the configuration, or do without where the options say enough."""
    path: Path = options.config or DEFAULT_FILE
    if options.queries and not options.config and not path.exists():
        read = Configuration(root=Path.cwd())
    else:
        read = Configuration.read(path)
    if options.queries:
        read = replace(read, queries=os.path.relpath(options.queries, read.root))
    if getattr(options, "search_path", None) is not None:
        read = replace(read, search_path=options.search_path)
    return read


def _configuration_of_any_folder(options: argparse.Namespace) -> Configuration:
    """Read the configuration only where it is about the folder that the options name."""
    if not options.queries or options.config:
        return _configuration(options)
    folder = Path(options.queries)
    with suppress(SqltypistError):
        read = _configuration(argparse.Namespace(**vars(options) | {"queries": None}))
        if read.queries_folder.resolve() == folder.resolve():
            return read
    return Configuration(
        root=Path.cwd(), queries=str(folder), search_path=options.search_path or ""
    )


def _infer(
    options: argparse.Namespace, configuration: Configuration, *, strict: bool = True
) -> project.Inferred:
    url: str = options.database or os.environ.get("DATABASE_URL", "")
    inferred = project.infer(configuration, url, strict=strict)
    for typed in inferred.queries:
        for warning in typed.warnings:
            _say(f"warning: {typed.query.problem(warning)}")
    return inferred


def _generate(options: argparse.Namespace) -> int:
    configuration = _configuration(options)
    inferred = _infer(options, configuration)
    touched = project.write(configuration, project.files(configuration, inferred))
    for path in touched:
        print(os.path.relpath(path, configuration.root))
    queries = _counted(len(inferred.queries), "query")
    print(f"{queries}, {_counted(len(touched), 'file')} changed")
    return 0


def _check(options: argparse.Namespace) -> int:
    configuration = _configuration(options)
    files = project.files(configuration, _infer(options, configuration))
    difference = project.difference(configuration, files)
    if difference:
        print(difference, end="")
        _say("generated code is stale: run sqltypist generate")
        return 1
    return 0


def _watch(options: argparse.Namespace) -> int:
    """Generate whenever something changes, until somebody interrupts."""
    configuration = _configuration(options)
    url: str = options.database or os.environ.get("DATABASE_URL", "")
    file: Path = options.config or DEFAULT_FILE
    last = ""

    def look() -> watching.Snapshot:
        return watching.snapshot([file, *configuration.queries_folder.rglob("*.sql")])

    try:
        for is_change in watching.changes(look, options.poll_schema):
            said, wrong, configuration = _regenerate(options, configuration, url)
            if is_change or said or wrong != last:  # the rest is not worth a word
                lines = [time.strftime("%H:%M:%S ") + (said or "nothing changed"), wrong]
                print("\n".join(filter(None, lines)), flush=True)
            last = wrong
    except KeyboardInterrupt:
        print()
    return 0


def _regenerate(
    options: argparse.Namespace, configuration: Configuration, url: str
) -> tuple[str, str, Configuration]:
    """Generate once.

    Gives which files changed, or nothing; what is wrong, or nothing; and the configuration as it is
    now.
    """
    try:
        configuration = _configuration(options)
        inferred = project.infer(configuration, url)
        touched = project.write(configuration, project.files(configuration, inferred))
    except SqltypistError as error:
        count = len(error.problems) if isinstance(error, ProblemsFound) else 1
        return "", f"{_told(error)}\n{_counted(count)}; nothing was written", configuration
    paths = [f"    {os.path.relpath(path, configuration.root)}" for path in touched]
    warnings = [
        f"warning: {typed.query.problem(warning)}"
        for typed in inferred.queries
        for warning in typed.warnings
    ]
    said = "\n".join([f"{_counted(len(touched), 'file')} changed", *paths]) if touched else ""
    return said, "\n".join(warnings), configuration


def _lint(options: argparse.Namespace) -> int:
    problems = project.lint(_configuration(options))
    if problems:
        raise ProblemsFound(problems)
    return 0


def _describe(options: argparse.Namespace) -> int:
    """Print what was inferred, of every query that can be described."""
    inferred = _infer(options, _configuration_of_any_folder(options), strict=False)
    broken = _warn(inferred, options.names)
    names = {problem.query for problem in broken}
    unknown = [name for name in options.names if name not in names]
    queries = showing.chosen(inferred.queries, unknown) if unknown or not options.names else []
    if options.json:
        print(json.dumps(showing.as_data(inferred.catalog.version, queries), indent=2))
    else:
        show, gap = (showing.explained, "\n\n") if options.explain else (showing.brief, "\n")
        if queries:
            print(gap.join(map(show, queries)))
    if broken:
        _tell(ProblemsFound(broken, inferred.notes))
    return 1 if broken else 0


def _warn(inferred: project.Inferred, names: Sequence[str]) -> list[Problem]:
    """Warn of what would not be generated, and give what could not be described."""
    described = {(typed.query.path, typed.query.name) for typed in inferred.queries}
    broken: list[Problem] = []
    for problem in inferred.problems:
        if not showing.matches(problem.query, names):
            continue
        if (problem.path, problem.query) in described:
            _say(f"warning: {problem}")
        else:
            broken.append(problem)
    return broken


def _tell(error: SqltypistError, consequence: str = "") -> None:
    _say(_told(error))
    if isinstance(error, ProblemsFound):
        _say(_counted(len(error.problems)) + consequence)


def _told(error: SqltypistError) -> str:
    if not isinstance(error, ProblemsFound):
        return f"sqltypist: {error}"
    return "\n".join([str(error), *(f"note: {note}" for note in error.notes)])


def _counted(count: int, thing: str = "problem") -> str:
    many = f"{thing.removesuffix('y')}ies" if thing.endswith("y") else f"{thing}s"
    return f"{count} {thing if count == 1 else many}"


def _say(text: str) -> None:
    print(text, file=sys.stderr)
