"""An import report for the screen."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from taskspine.importer.plan import Finding, Severity
from taskspine.importer.report import Counts, ImportReport
from taskspine.importer.writing import Progress as Report
from taskspine.printable import printable

_MOST_FINDINGS = 20
_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "note": "dim"}
_ORDER: tuple[Severity, ...] = ("error", "warning", "note")


def show_report(report: ImportReport, console: Console) -> None:
    """Print what was done, and the findings, the worst first."""
    title = "created" if report.is_new_project else "brought up to date"
    console.print(
        f"[bold]{escape(report.project_slug)}[/bold] {title} from {_shown(report.source)} "
        f"in {report.duration_seconds:.2f} s",
        soft_wrap=True,
    )
    table = Table("", "created", "changed", "removed", "unchanged", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in (
        ("lists", report.lists),
        ("tasks", report.tasks),
        ("dependencies", report.dependencies),
    ):
        table.add_row(name, *_cells(counts))
    console.print(table)
    counts = report.tasks
    if not (counts.created or counts.changed or counts.unchanged or report.findings):
        console.print("the file has no tasks: what is missing can be imported later")
    _show_findings(report, console)


def _cells(counts: Counts) -> Iterator[str]:
    for number in (counts.created, counts.changed, counts.removed, counts.unchanged):
        yield str(number) if number else "[dim]0[/dim]"


def _show_findings(report: ImportReport, console: Console) -> None:
    if not report.findings:
        return
    by_severity = sorted(report.findings, key=lambda finding: _ORDER.index(finding.severity))
    counted = ", ".join(
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity in _ORDER
        if (count := sum(finding.severity == severity for finding in report.findings))
    )
    console.print(f"\n{counted}")
    for finding in by_severity[:_MOST_FINDINGS]:
        console.print(_line(finding, report.source), soft_wrap=True)
    more = len(by_severity) - _MOST_FINDINGS
    if more > 0:
        console.print(f"and {more} more: --json shows all", style="dim")


def _line(finding: Finding, source: str) -> str:
    colour = _COLOURS[finding.severity]
    return f"[{colour}]{finding.severity}[/{colour}] {_shown(finding.describe(source))}"


def _shown(text: str) -> str:
    return escape(printable(text))


@contextmanager
def progress_bar(console: Console) -> Generator[Report]:
    """Show a bar while an import runs, where the console is a terminal."""
    with Progress(
        TextColumn("importing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as shown:
        bar = shown.add_task("", total=None)

        def report(done: int, total: int) -> None:
            shown.update(bar, completed=done, total=total)

        yield report
