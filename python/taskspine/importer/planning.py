"""From a document to a plan with findings."""

from collections.abc import Mapping
from pathlib import Path

from taskspine.importer.errors import ImportRefused
from taskspine.importer.fields import BLOCKS, Vocabulary, fold, with_own_names
from taskspine.importer.findings import Findings
from taskspine.importer.graph import DependencyPlanner
from taskspine.importer.limits import DEFAULT_LIMITS, Limits
from taskspine.importer.plan import ImportPlan, PlannedList
from taskspine.importer.reading import Document, read_file
from taskspine.importer.shapes import RawList, recognise
from taskspine.importer.tasks import TaskPlanner, blemishes_by_owner, report_blemish

_ONLY_BLOCKS = {BLOCKS: BLOCKS}


def plan_file(
    path: Path,
    *,
    status_aliases: Mapping[str, str],
    priority_aliases: Mapping[str, int],
    kind_aliases: Mapping[str, str] = _ONLY_BLOCKS,
    limits: Limits = DEFAULT_LIMITS,
) -> ImportPlan:
    """Read a tasks.json of Task Master and plan its import; see plan_document."""
    return plan_document(
        read_file(path, limits),
        status_aliases=status_aliases,
        priority_aliases=priority_aliases,
        kind_aliases=kind_aliases,
        limits=limits,
    )


def plan_document(
    document: Document,
    *,
    status_aliases: Mapping[str, str],
    priority_aliases: Mapping[str, int],
    kind_aliases: Mapping[str, str] = _ONLY_BLOCKS,
    limits: Limits = DEFAULT_LIMITS,
) -> ImportPlan:
    """Plan the import of a document; raise ImportRefused when it is not Task Master's.

    The aliases come from the database: each spelling to the status, priority or kind of
    dependency that it means. Every word that they lead to is known too.
    """
    recognised = recognise(document, limits)
    _refuse_too_many(recognised.lists, document, limits)
    findings = Findings(document.places)
    for code, pointer, message in recognised.faults:
        findings.add(code, pointer, message)
    vocabulary = Vocabulary(
        statuses=with_own_names(status_aliases),
        priorities={fold(word): priority for word, priority in priority_aliases.items()},
        kinds=with_own_names(kind_aliases),
    )
    blemishes = blemishes_by_owner(document.blemishes)
    for blemish in blemishes.get("", ()):
        if blemish.kind != "text_too_long":
            report_blemish(blemish, findings)
    planned = [
        TaskPlanner(
            raw, vocabulary=vocabulary, blemishes=blemishes, limits=limits, findings=findings
        ).plan()
        for raw in recognised.lists
    ]
    elsewhere: dict[str, set[str]] = {}
    for raw, nodes in zip(recognised.lists, planned, strict=True):
        for node in nodes:
            elsewhere.setdefault(node.path, set()).add(raw.name)
    lists = tuple(
        PlannedList(
            name=raw.name,
            position=position,
            tasks=tuple(node.task for node in nodes if node.task),
            dependencies=DependencyPlanner(
                nodes,
                raw.name,
                vocabulary=vocabulary,
                limits=limits,
                findings=findings,
                elsewhere=elsewhere,
            ).plan(),
            metadata=raw.metadata,
            extra=raw.extra,
            pointer=raw.pointer,
        )
        for position, (raw, nodes) in enumerate(zip(recognised.lists, planned, strict=True))
    )
    return ImportPlan(
        source=document.source,
        digest=document.digest,
        shape=recognised.shape,
        lists=lists,
        extra=recognised.extra,
        findings=findings.in_file_order(),
        places=document.places,
    )


def _refuse_too_many(lists: tuple[RawList, ...], document: Document, limits: Limits) -> None:
    count = 0
    pending = [value for raw in lists for value in raw.tasks]
    while pending:
        value = pending.pop()
        count += 1
        subtasks = value.get("subtasks") if isinstance(value, dict) else None
        if isinstance(subtasks, list):
            pending += subtasks
    if count > limits.tasks:
        raise ImportRefused(
            f"the file holds {count} tasks, more than {limits.tasks}",
            source=document.source,
            remedy="Split it into several files, or raise the limit",
        )
