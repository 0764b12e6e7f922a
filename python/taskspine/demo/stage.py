"""What the reader sees while the agents work: a live display, or plain lines without a terminal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from taskspine.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskspine.demo.play import Played
    from taskspine.demo.watching import Event, Scene
    from taskspine.enums import TaskStatus

_STYLES = {
    "completed": "green", "failed": "red", "lost": "red", "killed": "bold red",
    "takes over": "yellow", "tries again": "yellow", "hired": "cyan", "ready": "cyan",
}  # fmt: skip
_ENDED: tuple[TaskStatus, ...] = ("completed", "failed", "cancelled")
_MOST_EVENTS = 12
_OTHER_ROWS = 9
_FEW_TASKS = 200


class Stage(ABC):
    """Where the play is shown; a context manager."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave what was shown as it is."""
        return

    @abstractmethod
    def show(self, scene: Scene, agents: Sequence[str], events: Sequence[Event]) -> None:
        """Show how things stand; `events` are those that the database does not know."""

    def say(self, text: str) -> None:
        """Show a line that stays."""
        self.console.print(printable(text), highlight=False, markup=False, soft_wrap=True)

    def begin(self, played: Played) -> None:
        """Say what was imported."""
        report = played.report
        self.say(
            f"imported {report.source}: {counted(report.tasks.created, 'task')} in "
            f"{counted(report.lists.created, 'list')}, with "
            f"{counted(report.dependencies.created, 'dependency', 'dependencies')}"
        )
        for finding in report.findings[:5]:
            self.say(f"  {finding.message}")
        if len(report.findings) > 5:
            self.say(f"  and {len(report.findings) - 5} more findings")
        if played.put_back:
            self.say(
                f"  put back in the queue, since nobody works on what the file calls in progress: "
                f"{counted(played.put_back, 'task')}"
            )


def stage_for(console: Console) -> Stage:
    """Choose the live display for a terminal, and plain lines for everything else."""
    return LiveStage(console) if console.is_terminal else PlainStage(console)


class PlainStage(Stage):
    """One line for what happens; for long lists only what is out of the ordinary."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._tenths = -1

    def show(self, scene: Scene, agents: Sequence[str], events: Sequence[Event]) -> None:  # noqa: ARG002
        """Print what happened, and how things stand after every tenth of the tasks."""
        for event in (*scene.events, *events):
            if scene.total <= _FEW_TASKS or event.what not in ("starts", "completed", "ready"):
                self.say(_line(event))
        tenths = 10 * scene.count(*_ENDED) // max(scene.total, 1)
        if tenths != self._tenths:
            self._tenths = tenths
            self.say(f"{scene.seconds:6.1f} s  {_standing(scene)}")


class LiveStage(Stage):
    """A display that follows what happens."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._live = Live(
            console=console, auto_refresh=False, transient=True, vertical_overflow="crop"
        )
        self._events: deque[Event] = deque(maxlen=_MOST_EVENTS)
        self._new: deque[Event] = deque(maxlen=_MOST_EVENTS)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the display away."""
        self._live.stop()

    def show(self, scene: Scene, agents: Sequence[str], events: Sequence[Event]) -> None:
        """Draw the display anew."""
        for event in (*scene.events, *events):
            (self._new if event.what == "ready" else self._events).append(event)
        self._live.update(self._picture(scene, agents), refresh=True)

    def _picture(self, scene: Scene, agents: Sequence[str]) -> RenderableType:
        done = scene.count(*_ENDED)
        bar = ProgressBar(
            total=max(scene.total, 1),
            completed=done,
            complete_style="green",
            finished_style="green",
        )
        top = Table.grid(expand=True, padding=(0, 1))
        top.add_column(no_wrap=True)
        top.add_column(ratio=1)
        top.add_column(no_wrap=True, justify="right")
        top.add_row(Text(f"{done}/{scene.total}", "bold"), bar, f"{scene.seconds:.0f} s")
        body = Table.grid(expand=True, padding=(0, 1))
        body.add_column(ratio=3)
        body.add_column(ratio=2)
        at_work = self._agents(scene, agents)
        body.add_row(at_work, self._ready(max(at_work.row_count, 4)))
        standing = Text(_standing(scene), "dim", no_wrap=True, overflow="ellipsis")
        rows = self.console.height - max(at_work.row_count, 4) - _OTHER_ROWS
        return Group(top, standing, "", body, "", self._happenings(max(rows, 3)))

    def _agents(self, scene: Scene, agents: Sequence[str]) -> Table:
        table = _table("agent", "works on", ratio=1)
        at_work = {attempt.agent: attempt for attempt in scene.attempts}
        for name in (*agents, *sorted(at_work.keys() - set(agents))):
            attempt = at_work.get(name)
            is_gone = name not in agents
            if attempt is None:
                table.add_row(Text(name), Text("waits for work", "dim"))
                continue
            what = Text(f"{attempt.ref} ", "bold").append(attempt.title, "not bold")
            if attempt.attempt > 1:
                what = Text(f"attempt {attempt.attempt} ", "yellow").append(what)
            if is_gone:
                what = Text("killed, holds ", "red").append(attempt.ref)
            table.add_row(Text(name, "red" if is_gone else ""), _short(what))
        return table

    def _ready(self, rows: int) -> Table:
        table = _table("just became ready", ratio=1)
        for event in [*reversed(self._new)][:rows]:
            table.add_row(_short(Text(f"{event.ref} ", "cyan").append(event.title, "not bold")))
        return table

    def _happenings(self, rows: int) -> Table:
        table = Table.grid(expand=True, padding=(0, 1))
        table.add_column(no_wrap=True, justify="right", width=6)
        table.add_column(no_wrap=True, min_width=8)
        table.add_column(no_wrap=True, min_width=11)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for event in [*self._events][-rows:]:
            style = _STYLES.get(event.what, "")
            told = Text(f"{event.ref} ", "bold").append(event.title, "not bold")
            if event.note:
                told.append(f"  {event.note}" if event.ref else event.note, "dim not bold")
            table.add_row(
                Text(f"{event.seconds:.1f} s", "dim"), event.agent, Text(event.what, style), told
            )
        return table


def counted(count: int, one: str, many: str | None = None) -> str:
    """Give a number of things in words."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _table(*headers: str, ratio: int) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="dim")
    for header in headers[:-1]:
        table.add_column(header, no_wrap=True)
    table.add_column(headers[-1], no_wrap=True, overflow="ellipsis", ratio=ratio)
    return table


def _short(text: Text) -> Text:
    text.no_wrap = True
    text.overflow = "ellipsis"
    return text


def _standing(scene: Scene) -> str:
    parts = [
        (scene.count("completed"), "completed"),
        (len(scene.attempts), "in progress"),
        (scene.ready_count, "ready"),
        (scene.waiting, "waiting"),
        (scene.count("blocked", "deferred", "review", "validation"), "with people"),
        (scene.count("failed"), "failed"),
        (scene.count("cancelled"), "cancelled"),
    ]
    return ", ".join(f"{count} {name}" for count, name in parts if count)


def _line(event: Event) -> str:
    parts = (event.agent, event.what, event.ref, event.title)
    said = " ".join(part for part in parts if part)
    if event.what == "ready":
        said = f"{event.ref} {event.title} is ready"
    return f"{event.seconds:6.1f} s  {said}" + (f" ({event.note})" if event.note else "")
