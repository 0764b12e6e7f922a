"""What the play came to: the counts, the critical path, what is left, and whether all is sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from taskspine.demo.stage import counted
from taskspine.enums import TASK_STATUS_LABELS
from taskspine.printable import printable
from taskspine.queries.blocked_tasks import list_blocked_tasks
from taskspine.queries.task_dependencies import list_root_blockers
from taskspine.queries.task_execution_summary import list_task_execution_summaries
from taskspine.queries.tasks import count_tasks_by_status, list_broken_invariants, list_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from taskspine.demo.play import Connection, Played
    from taskspine.enums import TaskStatus
    from taskspine.queries.tasks import ListBrokenInvariantsRow, ListTasksRow

_REASONS: dict[TaskStatus, str] = {
    "blocked": "held by a person",
    "deferred": "put off",
    "review": "waits for a review",
    "validation": "waits for a validation",
    "failed": "failed",
}
_LEFT_SHOWN = 12
_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Left:
    """A task that is not done, and why."""

    ref: str
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What the play came to."""

    played: Played
    statuses: dict[TaskStatus, int]
    attempts: int
    failed_attempts: int
    retries: int
    taken_over: int
    left: list[Left]
    left_count: int
    gave_up: int
    broken: list[ListBrokenInvariantsRow]

    @property
    def is_good(self) -> bool:
        """Say whether agents did all that agents may do, and the database is sound."""
        return not self.broken and not self.gave_up


def sum_up(connection: Connection, played: Played) -> Summary:
    """Read the outcome from the database."""
    project_id = played.report.project_id
    counted = count_tasks_by_status(connection, project_id=project_id)
    rows = list_task_execution_summaries(connection, project_id=project_id)
    left = [*_left(connection, project_id)]
    timed_out = [row for row in rows if row.timed_out_executions]
    return Summary(
        played=played,
        statuses={row.status: row.task_count for row in counted},
        attempts=sum(row.total_executions for row in rows),
        failed_attempts=sum(row.failed_executions for row in rows),
        retries=sum(max(row.total_executions - 1, 0) for row in rows),
        taken_over=sum(
            min(row.timed_out_executions, row.total_executions - 1) for row in timed_out
        ),
        left=left[:_LEFT_SHOWN],
        left_count=sum(
            row.task_count for row in counted if row.status not in ("completed", "cancelled")
        ),
        gave_up=sum(row.task_status == "failed" and row.total_executions > 0 for row in rows),
        broken=list_broken_invariants(connection),
    )


def _left(connection: Connection, project_id: UUID) -> Iterator[Left]:
    for status, reason in _REASONS.items():
        for row in _tasks(connection, project_id, status):
            yield Left(ref=printable(row.ref), title=printable(row.title), reason=reason)
    waiting = list_blocked_tasks(connection, project_id=project_id)
    for task in [each for each in waiting if each.status == "pending"][:_PAGE]:
        roots = list_root_blockers(connection, task_id=task.id)
        reason = f"not before {task.not_before:%Y-%m-%d %H:%M}" if task.not_before else "waits"
        if roots:
            said = [
                printable(root.external_target or f"{root.ref} ({root.status})")
                for root in roots[:3]
            ]
            reason = f"waits for {', '.join(said)}" + (" and others" if len(roots) > 3 else "")
        yield Left(ref=printable(task.ref), title=printable(task.title), reason=reason)


def _tasks(connection: Connection, project_id: UUID, status: TaskStatus) -> list[ListTasksRow]:
    return list_tasks(connection, project_id=project_id, status=status, page_size=_PAGE)


def picture(summary: Summary) -> RenderableType:
    """Draw the summary."""
    played = summary.played
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    statuses = [
        f"{summary.statuses[status]} {status.replace('_', ' ')}"
        for status in TASK_STATUS_LABELS
        if status in summary.statuses
    ]
    table.add_row("tasks", ", ".join(statuses))
    table.add_row(
        "attempts",
        f"{summary.attempts}, of which {summary.failed_attempts} failed; "
        f"{counted(summary.retries, 'retry', 'retries')}",
    )
    killed = f" ({', '.join(played.killed)} was killed)" if played.killed else ""
    table.add_row("taken over", counted(summary.taken_over, "lease") + killed)
    if played.critical_path:
        last = played.critical_path[-1]
        hours = last.earliest_start + last.hours
        chain = " > ".join(printable(row.ref) for row in played.critical_path)
        said = f"{chain} ({float(hours):g} hours of work, at the start)"
        table.add_row("critical path", Text(said))
    table.add_row("elapsed", f"{played.seconds:.1f} s")
    table.add_row("invariants", _verdict(summary))
    if summary.left_count:
        table.add_row("left", _leftovers(summary))
    return table


def _verdict(summary: Summary) -> RenderableType:
    if not summary.broken:
        return Text("sound: all that the database keeps was computed anew, and agrees", "green")
    rows = [
        printable(f"{row.invariant}: {row.subject}: {row.detail}") for row in summary.broken[:10]
    ]
    return Text("\n".join(["BROKEN", *rows]), "red")


def _leftovers(summary: Summary) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column()
    for left in summary.left:
        table.add_row(Text(left.ref), Text(left.title), Text(left.reason))
    more = summary.left_count - len(summary.left)
    head = f"{counted(summary.left_count, 'task')} that no agent may do:"
    return Group(head, table, *([f"and {more} more"] if more > 0 else []))
