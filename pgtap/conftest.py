"""Runs the files of pgTAP tests: each is one item, passed when every assertion in it held."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pgtap_files
from scratch import ending_the_run, scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest._code.code import ExceptionInfo, TerminalRepr

FOLDER = Path(__file__).parent
SUPPORT = FOLDER / "support"

# Guards against files that are not found, or prove nothing. Raise it as files come.
MINIMUM_ASSERTIONS = 2650


class Runs:
    """The database of all files of this run, and what they said."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.reports: dict[Path, pgtap_files.Report] = {}
        self.origin = ""
        self._url: str | None = None

    def url(self) -> str:
        if self._url is None:
            stack = ExitStack()
            url = stack.enter_context(scratch(self._config).copy())
            self._config.add_cleanup(stack.close)
            with ending_the_run():
                self.origin = pgtap_files.install(url, SUPPORT)
            self._url = url
        return self._url


RUNS = pytest.StashKey[Runs]()


class FailedFile(Exception):
    """Some assertion of a file did not hold, or the file broke off."""


class PgTapItem(pytest.Item):
    def runtest(self) -> None:
        runs = self.config.stash[RUNS]
        report = pgtap_files.run(runs.url(), self.path)
        runs.reports[self.path] = report
        if report.failures:
            raise FailedFile("\n".join(report.failures))

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style=None) -> str | TerminalRepr:
        if isinstance(excinfo.value, FailedFile):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.nodeid


class PgTapFile(pytest.File):
    def collect(self) -> Iterator[PgTapItem]:
        yield PgTapItem.from_parent(self, name=self.path.stem)


class EnoughItem(pytest.Item):
    """Fails when all files together have proven too little."""

    def runtest(self) -> None:
        ran = sum(report.assertions for report in self.config.stash[RUNS].reports.values())
        if ran < MINIMUM_ASSERTIONS:
            raise FailedFile(f"{ran} pgTAP assertions ran, {MINIMUM_ASSERTIONS} are expected")

    repr_failure = PgTapItem.repr_failure
    reportinfo = PgTapItem.reportinfo


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUNS] = Runs(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PgTapFile | None:
    is_test = file_path.suffix == ".sql" and SUPPORT not in file_path.parents
    return PgTapFile.from_parent(parent, path=file_path) if is_test else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    places = [place for place, item in enumerate(items) if isinstance(item, PgTapItem)]
    files = [path for path in FOLDER.rglob("*.sql") if SUPPORT not in path.parents]
    is_asked_for = any(path in FOLDER.parents or path == FOLDER for path in _asked(session.config))
    if is_asked_for and len(places) == len(files):
        enough = EnoughItem.from_parent(session, name="enough pgTAP assertions", path=FOLDER)
        items.insert(places[-1] + 1 if places else 0, enough)


def _asked(config: pytest.Config) -> list[Path]:
    return [(config.invocation_params.dir / each).resolve() for each in config.args]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    runs = config.stash[RUNS]
    if not runs.reports:
        return
    reports = runs.reports.values()
    ran = sum(report.assertions for report in reports)
    terminalreporter.write_sep("=", "pgTAP")
    place = scratch(config).description
    terminalreporter.write_line(
        f"{ran} assertions in {len(reports)} files, on {place}, with {runs.origin}"
    )
    for path, report in runs.reports.items():
        for description in report.skipped:
            terminalreporter.write_line(f"skipped: {path.relative_to(FOLDER)}: {description}")
