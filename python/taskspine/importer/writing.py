"""From a plan to the database: all of it in one transaction, or nothing.

The graph lock of the project comes first, so imports of one project follow one another. What is new
and what has changed is sent as arrays, some thousand tasks at a time. Where a rule of the database
refuses a batch, the batch is halved until the offenders stand alone; they become findings, and the
rest is written.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate, chain
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus

from taskspine.enums import TaskDependencyKind, TaskStatus
from taskspine.errors import RuleBroken, translated
from taskspine.importer.errors import ImportRefused
from taskspine.importer.limits import DEFAULT_LIMITS, Limits
from taskspine.importer.marks import (
    Marks,
    changed_fields,
    dependencies_in,
    detail_fields,
    mark_of,
    marks_of,
    task_fields,
    with_dependencies,
)
from taskspine.importer.naming import project_name, slug_of
from taskspine.importer.ordering import batches
from taskspine.importer.plan import (
    Finding,
    FindingCode,
    ImportPlan,
    Json,
    PlannedDependency,
    PlannedList,
    PlannedTask,
)
from taskspine.importer.planning import plan_file
from taskspine.importer.report import Counts, ImportReport
from taskspine.queries import (
    import_runs,
    projects,
    task_dependencies,
    task_details,
    task_executions,
    task_graph_epochs,
    task_lists,
    task_priority_aliases,
    task_status_aliases,
    task_status_transitions,
    tasks,
)

Progress = Callable[[int, int], None]
"""Called with the number of tasks and dependencies that are dealt with, and of all."""

CREATED_BY: Final = "import"
KINDS_OF_DEPENDENCIES: Final = {
    "depends_on": "blocks",
    "requires": "blocks",
    "blocks": "blocks",
    "suggests": "suggests",
    "relates_to": "relates_to",
    "related": "relates_to",
    "conflicts": "conflicts",
    "conflicts_with": "conflicts",
}

# What import_runs and import_findings have room for.
_LONGEST_NAME = 1000
_LONGEST_PLACE = 4000
_MOST_TASKS = 5_000
_MOST_CHARACTERS = 16_000_000
_ATTEMPTS = 3
_CLOSED = {"completed", "failed", "cancelled"}
_SET_ASIDE = {FindingCode.TASK_WITHOUT_TITLE, FindingCode.TEXT_TOO_LONG}
_OUT_OF_REACH = {FindingCode.DEPENDENCY_DANGLING, FindingCode.DEPENDENCY_SET_ASIDE}
_REFUSALS = (
    RuleBroken,
    psycopg.DataError,
    psycopg.errors.ProgramLimitExceeded,
    UnicodeError,
)
_Item = TypeVar("_Item")


class _OvertakenError(Exception):
    """Somebody created a task of the list while the import was deciding."""


def import_file(
    connection: psycopg.Connection[Any],
    path: Path,
    *,
    project: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a tasks.json of Task Master into the project of that slug, old or new.

    Without a slug, the project is named after the file or its folder. Importing a file again
    changes only what the file has changed. Raises ImportRefused when nothing can be imported.
    """
    began = monotonic()
    plan = plan_file(
        path,
        status_aliases={
            row.alias: row.status
            for row in task_status_aliases.list_task_status_aliases(connection)
        },
        priority_aliases={
            row.alias: row.priority
            for row in task_priority_aliases.list_task_priority_aliases(connection)
        },
        kind_aliases=KINDS_OF_DEPENDENCIES,
        limits=limits,
    )
    report = _write_plan(connection, plan, project, progress, began)
    return replace(report, duration_seconds=monotonic() - began)


def import_plan(
    connection: psycopg.Connection[Any],
    plan: ImportPlan,
    *,
    project: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Write a plan, in a transaction of its own; see import_file.

    The transaction is repeated when another one got in its way, unless it is part of the caller's.
    """
    return _write_plan(connection, plan, project, progress, monotonic())


def _write_plan(
    connection: psycopg.Connection[Any],
    plan: ImportPlan,
    project: str | None,
    progress: Progress | None,
    began: float,
) -> ImportReport:
    if plan.is_futile:
        first = plan.findings[0]
        raise ImportRefused(
            f"none of its tasks can be imported: {first.message}",
            source=plan.source,
            remedy=first.remedy,
            pointer=first.pointer,
            line=first.line,
        )
    name = project or project_name(Path(plan.source))
    slug = slug_of(name)
    if project is not None and slug != project:
        raise ImportRefused(
            f"a project cannot have the slug {project!r}",
            source=plan.source,
            remedy=f"Name it {slug}, say",
        )
    is_alone = connection.info.transaction_status == TransactionStatus.IDLE
    attempt = 1
    while True:
        try:
            with connection.transaction():
                return _Import(connection, plan, progress or _ignore).run(slug, name, began)
        except (
            _OvertakenError,
            psycopg.errors.SerializationFailure,
            psycopg.errors.DeadlockDetected,
        ) as error:
            if is_alone and attempt < _ATTEMPTS:
                attempt += 1
                continue
            raise ImportRefused(
                "somebody is changing the same tasks",
                source=plan.source,
                remedy="Import the file again",
            ) from error


def _ignore(_done: int, _total: int) -> None:
    pass


@dataclass(slots=True, kw_only=True)
class _Known:
    """A task as the database has it, and as the latest import noted it."""

    id: UUID
    status: TaskStatus
    marks: Marks | None
    has_details: bool


@dataclass(slots=True, kw_only=True)
class _Change:
    """A task that the file has changed since the latest import.

    `marks` note all of it but its dependencies: these are noted when they stand.
    """

    task: PlannedTask
    known: _Known
    parent_ref: str | None
    marks: Marks


@dataclass(slots=True, kw_only=True)
class _Edge:
    """A dependency that is to be written."""

    of: "_List"
    planned: PlannedDependency
    task_id: UUID
    depends_on_id: UUID
    kind: TaskDependencyKind


@dataclass(slots=True, kw_only=True)
class _List:
    """One list on its way into the database.

    `ids` has every task that is there, `new` and `stirred` the refs of those that this import has
    created or looks at again, `noted` what the database now notes of these.
    """

    planned: PlannedList
    id: UUID
    known: dict[str, _Known]
    ids: dict[str, UUID]
    planned_edges: dict[str, dict[str, PlannedDependency]]
    kept_edges: dict[str, set[str]]
    new: set[str] = field(default_factory=set[str])
    stirred: set[str] = field(default_factory=set[str])
    noted: dict[str, Marks] = field(default_factory=dict[str, Marks])
    changed: set[str] = field(default_factory=set[str])
    refused_edges: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def marks(self, task: PlannedTask, present: Container[str]) -> Marks:
        parent_ref = task.parent_ref if (task.parent_ref or "") in present else None
        edges = self.planned_edges.get(task.ref, {}).keys() | self.kept_edges.get(task.ref, set())
        return marks_of(task, parent_ref, edges - self.refused_edges.get(task.ref, set()))

    def dependencies_before(self, ref: str) -> set[str]:
        known = self.known.get(ref)
        return dependencies_in(known.marks or {}) if known else set()

    def count_standing_edges(self) -> int:
        planned = sum(len(edges) for ref, edges in self.planned_edges.items() if ref in self.ids)
        return planned - sum(len(refused) for refused in self.refused_edges.values())


class _Import:
    """One run of one import, inside a transaction."""

    def __init__(
        self, connection: psycopg.Connection[Any], plan: ImportPlan, progress: Progress
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._progress = progress
        self._findings: list[Finding] = []
        self._done = 0
        self._total = plan.task_count + plan.dependency_count
        self._created_edges = 0
        self._removed_edges = 0
        self._has_new_settings = False

    def run(self, slug: str, name: str, began: float) -> ImportReport:
        with translated():
            project_id, is_new = self._open_project(slug, name)
            lists, list_counts = self._open_lists(project_id)
            for each in lists:
                self._create_tasks(project_id, each)
            for each in lists:
                self._change_tasks(each)
            edges = [edge for each in lists for edge in self._settle_edges(each)]
            self._create_edges(edges)
            for each in lists:
                self._note_edges(each)
                self._report_missing(each)
        created = sum(len(each.new) for each in lists)
        changed = sum(len(each.changed) for each in lists)
        known = sum(task.ref in each.known for each in lists for task in each.planned.tasks)
        standing = sum(each.count_standing_edges() for each in lists) - self._created_edges
        findings = (*self._plan.findings, *self._findings)
        self._progress(self._total, self._total)
        report = ImportReport(
            source=self._plan.source,
            project_id=project_id,
            project_slug=slug,
            is_new_project=is_new,
            lists=list_counts,
            tasks=Counts(created=created, changed=changed, unchanged=known - changed),
            dependencies=Counts(
                created=self._created_edges, removed=self._removed_edges, unchanged=standing
            ),
            findings=tuple(sorted(findings, key=lambda finding: finding.line)),
            duration_seconds=monotonic() - began,
        )
        return replace(report, run_id=self._record(report))

    def _record(self, report: ImportReport) -> UUID | None:
        """Record the import with its findings, unless it says what the latest one has said."""
        # A path may hold bytes that are no text.
        source = report.source.encode(errors="replace").decode()[:_LONGEST_PLACE]
        counted = report.counts_as_json()
        if not (report.has_changes or self._has_new_settings):
            latest = import_runs.get_latest_import_run(
                self._connection, project_id=report.project_id, source=source
            )
            said = latest.report if latest and isinstance(latest.report, dict) else {}
            if (
                latest
                and latest.source_sha256 == self._plan.digest
                and said.get("findings") == counted["findings"]
            ):
                return None
        findings = report.findings
        with translated():
            run = import_runs.create_import_run(
                self._connection,
                project_id=report.project_id,
                source=source,
                source_sha256=self._plan.digest,
                report=counted,
                duration=timedelta(seconds=report.duration_seconds),
                codes=[finding.code.value for finding in findings],
                severities=[finding.severity for finding in findings],
                list_names=[_cut(finding.list_name, _LONGEST_NAME) for finding in findings],
                refs=[_cut(finding.ref, _LONGEST_NAME) for finding in findings],
                pointers=[finding.pointer[:_LONGEST_PLACE] for finding in findings],
                lines=[finding.line for finding in findings],
                messages=[finding.message[:_LONGEST_PLACE] for finding in findings],
                details=[finding.detail for finding in findings],
            )
        return run.id if run else None

    def _open_project(self, slug: str, name: str) -> tuple[UUID, bool]:
        """Find or create the project, and take its graph lock."""
        known = projects.get_project_by_slug(self._connection, slug=slug)
        new = None if known else projects.import_project(self._connection, name=name, slug=slug)
        # Another import of the same file may have created it just now.
        found = known or new or projects.get_project_by_slug(self._connection, slug=slug)
        if found is None:
            raise _OvertakenError
        task_graph_epochs.lock_task_graph(self._connection, project_id=found.id)
        if self._plan.extra:
            self._has_new_settings = bool(
                projects.import_project_settings(
                    self._connection, project_id=found.id, settings={"taskmaster": self._plan.extra}
                )
            )
        return found.id, new is not None

    def _open_lists(self, project_id: UUID) -> tuple[list[_List], Counts]:
        known = {
            row.name: row
            for row in task_lists.list_task_lists(self._connection, project_id=project_id)
        }
        ids = {name: row.id for name, row in known.items()}
        wanted: dict[str, dict[str, Json]] = {}
        changed = 0
        for planned in self._plan.lists:
            beside = {"metadata": planned.metadata, "extra": planned.extra or None}
            noted: dict[str, Json] = {key: value for key, value in beside.items() if value}
            row = known.get(planned.name)
            before = row.metadata if row and isinstance(row.metadata, dict) else dict[str, Json]()
            if row is None or (before.get("taskmaster") or {}) != noted:
                wanted[planned.name] = {"taskmaster": noted} if noted or row else {}
                changed += row is not None
        for written in task_lists.import_task_lists(
            self._connection,
            project_id=project_id,
            names=list(wanted),
            metadata=list(wanted.values()),
        ):
            ids[written.name] = written.id
        lists = [
            self._open_list(planned, ids[planned.name], is_known=planned.name in known)
            for planned in self._plan.lists
        ]
        counts = Counts(
            created=len(wanted) - changed,
            changed=changed,
            unchanged=len(self._plan.lists) - len(wanted),
        )
        return lists, counts

    def _open_list(self, planned: PlannedList, list_id: UUID, *, is_known: bool) -> _List:
        known: dict[str, _Known] = {}
        if is_known:
            rows = tasks.list_tasks_as_imported(self._connection, task_list_id=list_id)
            for row in rows:
                known[row.ref] = _Known(
                    id=row.id,
                    status=row.status,
                    marks=row.imported if isinstance(row.imported, dict) else None,
                    has_details=row.has_details,
                )
        planned_edges: dict[str, dict[str, PlannedDependency]] = {}
        for edge in planned.dependencies:
            planned_edges.setdefault(edge.task_ref, {})[mark_of(edge)] = edge
        return _List(
            planned=planned,
            id=list_id,
            known=known,
            ids={ref: each.id for ref, each in known.items()},
            planned_edges=planned_edges,
            kept_edges=self._edges_out_of_reach(planned.name, known),
        )

    def _edges_out_of_reach(self, name: str, known: dict[str, _Known]) -> dict[str, set[str]]:
        """Find the dependencies that the file still names, on tasks that it has lost.

        They stay as the latest import left them: a lost task is no reason to stop waiting for it.
        """
        kept: dict[str, set[str]] = {}
        for finding in self._plan.findings:
            task = known.get(finding.ref or "")
            if finding.code not in _OUT_OF_REACH or finding.list_name != name or task is None:
                continue
            target = finding.detail.get("depends_on", finding.detail.get("spelling"))
            # An undotted number may have meant a sibling.
            scopes = accumulate((finding.ref or "").split(".")[:-1], "{}.{}".format)
            named = {str(target), *(f"{scope}.{target}" for scope in scopes)}
            marks = {f"{finding.detail.get('kind')} {ref}" for ref in named}
            kept.setdefault(finding.ref or "", set()).update(
                marks & dependencies_in(task.marks or {})
            )
        return kept

    def _create_tasks(self, project_id: UUID, into: _List) -> None:
        def write(batch: Sequence[PlannedTask]) -> None:
            rows = tasks.import_tasks(
                self._connection,
                project_id=project_id,
                task_list_id=into.id,
                refs=[task.ref for task in batch],
                parent_refs=[task.parent_ref for task in batch],
                titles=[task.title for task in batch],
                statuses=[cast("TaskStatus", task.status) for task in batch],
                priorities=[task.priority for task in batch],
                complexity_scores=[task.complexity_score for task in batch],
                estimated_hours=[_hours(task) for task in batch],
                assignees=[task.assignee for task in batch],
                created_by=CREATED_BY,
            )
            if len(rows) != len(batch):
                raise _OvertakenError
            ids = {row.ref: row.id for row in rows}
            present = into.ids | ids
            marks = {task.ref: into.marks(task, present) for task in batch}
            self._create_details([(task, ids[task.ref], marks[task.ref]) for task in batch])
            into.ids.update(ids)
            into.new.update(ids)
            into.noted.update(marks)

        def refuse(task: PlannedTask, why: Exception) -> None:
            message = f"task {task.ref} is refused by {_reason(why)}, and was set aside"
            self._find(
                FindingCode.TASK_REFUSED, into, task.ref, message, pointer=task.pointer, why=why
            )

        new = {task.ref: task for task in into.planned.tasks if task.ref not in into.known}
        for batch in _batches(new.values(), lambda task: task):
            self._write(batch, write, refuse)
            self._advance(len(batch))
        into.stirred |= into.new

    def _create_details(self, documents: Sequence[tuple[PlannedTask, UUID, Marks]]) -> None:
        task_details.import_task_details(
            self._connection,
            task_ids=[task_id for _, task_id, _ in documents],
            descriptions=[task.description for task, _, _ in documents],
            details=[task.details for task, _, _ in documents],
            test_strategies=[task.test_strategy for task, _, _ in documents],
            acceptance_criteria=[task.acceptance_criteria for task, _, _ in documents],
            tags=[task.tags for task, _, _ in documents],
            metadata=[_metadata(task, marks) for task, _, marks in documents],
        )

    def _find_changes(self, of: _List) -> list[_Change]:
        """Find what the file has changed of the tasks that are there, and lock these."""
        changes: list[_Change] = []
        for task in of.planned.tasks:
            known = of.known.get(task.ref)
            if known is None:
                continue
            marks = of.marks(task, of.ids)
            if marks == known.marks:
                self._advance(1)
                continue
            before = of.dependencies_before(task.ref)
            change = _Change(
                task=task,
                known=known,
                parent_ref=task.parent_ref if (task.parent_ref or "") in of.ids else None,
                marks=with_dependencies(marks, before),
            )
            changes.append(change)
        if changes:
            locked: dict[UUID, TaskStatus] = {
                row.id: row.status
                for row in tasks.lock_tasks(
                    self._connection, task_ids=[change.known.id for change in changes]
                )
            }
            if len(locked) < len(changes):
                raise _OvertakenError
            for change in changes:
                change.known.status = locked[change.known.id]
        return changes

    def _change_tasks(self, into: _List) -> None:
        def write(batch: Sequence[_Change]) -> None:
            patches = [(change.known.id, _task_patch(into, change)) for change in batch]
            patches = [(task_id, patch) for task_id, patch in patches if patch]
            if patches:
                tasks.import_task_changes(
                    self._connection,
                    task_ids=[task_id for task_id, _ in patches],
                    changes=[patch for _, patch in patches],
                )
            described = [change for change in batch if change.known.has_details]
            if described:
                task_details.import_task_detail_changes(
                    self._connection,
                    task_ids=[change.known.id for change in described],
                    changes=[_detail_patch(change) for change in described],
                )
            bare = [change for change in batch if not change.known.has_details]
            if bare:
                self._create_details([(each.task, each.known.id, each.marks) for each in bare])
            into.noted.update({change.task.ref: change.marks for change in batch})
            into.changed.update(change.task.ref for change in batch)

        def refuse(change: _Change, why: Exception) -> None:
            task = change.task
            message = f"the change of task {task.ref} is refused by {_reason(why)}"
            self._find(
                FindingCode.CHANGE_REFUSED, into, task.ref, message, pointer=task.pointer, why=why
            )

        changes = self._find_changes(into)
        for batch in _batches(changes, lambda change: change.task):
            # Where nothing but dependencies has changed, there is nothing to write as yet.
            written = [change for change in batch if change.marks != change.known.marks]
            self._write(written, write, refuse)
            self._advance(len(batch))
            left = (change for change in batch if change.marks == change.known.marks)
            into.noted.update({change.task.ref: change.marks for change in left})
        accepted = [change for change in changes if change.task.ref in into.noted]
        into.stirred.update(change.task.ref for change in accepted)
        self._move_tasks(into, accepted)

    def _move_tasks(self, into: _List, changes: Iterable[_Change]) -> None:
        """Move the tasks whose status the file has changed, where nothing speaks against it."""
        wished = [
            change
            for change in changes
            if change.task.status != change.known.status
            and change.task.status != (change.known.marks or {}).get("status")
        ]
        if not wished:
            return
        running = {
            row.task_id
            for row in task_executions.list_running_tasks(
                self._connection, task_ids=[change.known.id for change in wished]
            )
        }
        legal: set[tuple[TaskStatus, TaskStatus]] = {
            (row.from_status, row.to_status)
            for row in task_status_transitions.list_legal_moves(self._connection)
        }

        def write(batch: Sequence[_Change]) -> None:
            tasks.import_task_statuses(
                self._connection,
                task_ids=[change.known.id for change in batch],
                statuses=[cast("TaskStatus", change.task.status) for change in batch],
                source=Path(self._plan.source).name,
            )

        def refuse(change: _Change, why: Exception) -> None:
            self._keep_status(into, change, f"it is refused by {_reason(why)}", why)

        moving: list[_Change] = []
        for change in wished:
            against = _against(change, legal, is_running=change.known.id in running)
            if against:
                self._keep_status(into, change, against)
            else:
                moving.append(change)
        self._write(moving, write, refuse)

    def _keep_status(
        self, into: _List, change: _Change, against: str, why: Exception | None = None
    ) -> None:
        task, known = change.task, change.known
        message = f"task {task.ref} is {known.status} and does not become {task.status}: {against}"
        pointer = f"{task.pointer}/status"
        self._find(FindingCode.STATUS_KEPT, into, task.ref, message, pointer=pointer, why=why)

    def _settle_edges(self, of: _List) -> list[_Edge]:
        """Remove the dependencies that the file has lost, and give those that are to be created."""
        planned = {task.ref: task for task in of.planned.tasks}
        of.stirred |= {
            edge.task_ref
            for edge in of.planned.dependencies
            if edge.depends_on_ref in of.new and edge.task_ref in of.ids
        }
        if not of.stirred:
            return []
        standing: dict[tuple[UUID, UUID, str], str | None] = {}
        if of.known:
            rows = task_dependencies.list_task_list_dependencies(
                self._connection, task_list_id=of.id
            )
            standing = {(row.task_id, row.depends_on_id, row.kind): row.created_by for row in rows}
        self._remove_edges(of, standing)
        return [
            edge
            for ref in planned
            if ref in of.stirred
            for edge in self._new_edges(of, planned[ref], standing)
        ]

    def _remove_edges(self, of: _List, standing: dict[tuple[UUID, UUID, str], str | None]) -> None:
        lost: list[tuple[UUID, UUID, TaskDependencyKind]] = []
        for task_ref in of.stirred:
            named = of.planned_edges.get(task_ref, {}).keys() | of.kept_edges.get(task_ref, set())
            for mark in of.dependencies_before(task_ref) - named:
                kind, _, ref = mark.partition(" ")
                if ref in of.ids:
                    edge = (of.ids[task_ref], of.ids[ref], cast("TaskDependencyKind", kind))
                    if standing.get(edge) == CREATED_BY:
                        lost.append(edge)
        if lost:
            self._removed_edges += task_dependencies.delete_task_dependencies(
                self._connection,
                task_ids=[task_id for task_id, _, _ in lost],
                depends_on_ids=[depends_on_id for _, depends_on_id, _ in lost],
                kinds=[kind for _, _, kind in lost],
            )

    def _new_edges(
        self, of: _List, task: PlannedTask, standing: dict[tuple[UUID, UUID, str], str | None]
    ) -> Iterator[_Edge]:
        before = of.dependencies_before(task.ref)
        for mark, planned in of.planned_edges.get(task.ref, {}).items():
            depends_on_id = of.ids.get(planned.depends_on_ref)
            if depends_on_id is None:
                self._refuse_edge(of, planned, f"{planned.depends_on_ref} was set aside")
                continue
            edge = _Edge(
                of=of,
                planned=planned,
                task_id=of.ids[task.ref],
                depends_on_id=depends_on_id,
                kind=cast("TaskDependencyKind", planned.kind),
            )
            is_standing = (edge.task_id, depends_on_id, planned.kind) in standing
            # One that the latest import left and that is gone was taken away by a person.
            if not is_standing and (mark not in before or planned.depends_on_ref in of.new):
                yield edge

    def _create_edges(self, edges: Sequence[_Edge]) -> None:
        def write(batch: Sequence[_Edge]) -> None:
            self._created_edges += task_dependencies.import_task_dependencies(
                self._connection,
                task_ids=[edge.task_id for edge in batch],
                depends_on_ids=[edge.depends_on_id for edge in batch],
                kinds=[edge.kind for edge in batch],
                created_by=CREATED_BY,
            )

        def refuse(edge: _Edge, why: Exception) -> None:
            self._refuse_edge(edge.of, edge.planned, f"it is refused by {_reason(why)}", why)

        blocking = (edge for edge in edges if edge.kind == "blocks")
        others = (edge for edge in edges if edge.kind != "blocks")
        for batch in chain(batches(blocking, _ends), batches(others, _ends)):
            self._write(batch, write, refuse)
            self._advance(len(batch))

    def _refuse_edge(
        self, of: _List, planned: PlannedDependency, reason: str, why: Exception | None = None
    ) -> None:
        of.refused_edges.setdefault(planned.task_ref, set()).add(mark_of(planned))
        message = f"task {planned.task_ref} does not depend on {planned.depends_on_ref}: {reason}"
        self._find(
            FindingCode.DEPENDENCY_REFUSED,
            of,
            planned.task_ref,
            message,
            pointer=planned.pointer,
            why=why,
        )

    def _note_edges(self, of: _List) -> None:
        """Note the dependencies that now stand; what was refused, the next import tries again."""
        marks = {
            task.ref: of.marks(task, of.ids)
            for task in of.planned.tasks
            if task.ref in of.noted or task.ref in of.refused_edges
        }
        stale = {ref: each for ref, each in marks.items() if each != of.noted.get(ref)}
        if stale:
            task_details.import_task_detail_changes(
                self._connection,
                task_ids=[of.ids[ref] for ref in stale],
                changes=[{"metadata": {"imported": each}} for each in stale.values()],
            )
        of.changed |= stale.keys() - of.new

    def _report_missing(self, of: _List) -> None:
        """Tell of tasks that an import brought and that the file has no more."""
        there = {task.ref for task in of.planned.tasks}
        there |= {
            finding.ref
            for finding in self._plan.findings
            if finding.code in _SET_ASIDE and finding.list_name == of.planned.name and finding.ref
        }
        for ref, known in of.known.items():
            if ref not in there and known.marks is not None:
                message = f"task {ref} is not in the file any more, and was kept as it is"
                self._find(
                    FindingCode.TASK_NOT_IN_FILE, of, ref, message, pointer=of.planned.pointer
                )

    def _write(
        self,
        batch: Sequence[_Item],
        write: Callable[[Sequence[_Item]], None],
        refuse: Callable[[_Item, Exception], None],
    ) -> None:
        """Write a batch; where it is refused, halve it until the offenders stand alone."""
        if not batch:
            return
        try:
            with self._connection.transaction(), translated():
                write(batch)
        except _REFUSALS as error:
            if len(batch) == 1:
                refuse(batch[0], error)
                return
            middle = len(batch) // 2
            self._write(batch[:middle], write, refuse)
            self._write(batch[middle:], write, refuse)

    def _find(
        self,
        code: FindingCode,
        of: _List,
        ref: str,
        message: str,
        *,
        pointer: str,
        why: Exception | None = None,
    ) -> None:
        detail: dict[str, Json] = {}
        if isinstance(why, RuleBroken):
            detail = {"rule": why.rule, "hint": why.hint}
        self._findings.append(
            Finding(
                code=code,
                list_name=of.planned.name,
                ref=ref,
                pointer=pointer,
                line=self._plan.places.line(pointer),
                message=message,
                detail=detail,
            )
        )

    def _advance(self, count: int) -> None:
        self._done += count
        self._progress(self._done, self._total)


def _cut(text: str | None, most: int) -> str | None:
    return text and text[:most]


def _against(
    change: _Change, legal: set[tuple[TaskStatus, TaskStatus]], *, is_running: bool
) -> str | None:
    """Say what speaks against moving a task to the status that the file has given it."""
    known, wanted = change.known, cast("TaskStatus", change.task.status)
    if is_running and wanted not in _CLOSED:
        return "an agent is working on it"
    was_moved = known.status != (known.marks or {}).get("status")
    if was_moved and known.status in _CLOSED and wanted not in _CLOSED:
        return "it was closed since the latest import"
    if (known.status, wanted) not in legal:
        return "there is no such move"
    return None


def _task_patch(into: _List, change: _Change) -> dict[str, Json]:
    fields = task_fields(change.task, change.parent_ref)
    patch = changed_fields(fields, change.known.marks or {}, change.marks)
    if "parent" in patch:
        del patch["parent"]
        parent_id = into.ids[change.parent_ref] if change.parent_ref else None
        patch["parent_id"] = str(parent_id) if parent_id else None
    return patch


def _detail_patch(change: _Change) -> dict[str, Json]:
    before = change.known.marks or {}
    patch = changed_fields(detail_fields(change.task), before, change.marks)
    patch["metadata"] = _metadata(change.task, change.marks)
    return patch


def _metadata(task: PlannedTask, marks: Marks) -> dict[str, Json]:
    return {**task.metadata, "imported": marks}


def _batches(
    items: Iterable[_Item], task_of: Callable[[_Item], PlannedTask]
) -> Iterator[list[_Item]]:
    batch: list[_Item] = []
    size = 0
    for item in items:
        task = task_of(item)
        batch.append(item)
        size += len(task.description) + len(task.details) + len(task.test_strategy)
        if len(batch) == _MOST_TASKS or size > _MOST_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _ends(edge: _Edge) -> tuple[UUID, UUID]:
    return edge.task_id, edge.depends_on_id


def _hours(task: PlannedTask) -> Decimal | None:
    return None if task.estimated_hours is None else Decimal(str(task.estimated_hours))


def _reason(error: Exception) -> str:
    """Name the rule, with what it says of the case, or quote the server's first line."""
    if isinstance(error, RuleBroken):
        # A rule that gives a hint speaks for itself; the server's own detail quotes the whole row.
        return f"{error.rule} ({error.detail})" if error.hint and error.detail else error.rule
    return str(error).partition("\n")[0]
