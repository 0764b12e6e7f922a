"""Which of Task Master's shapes a file has, and where its lists are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from taskspine.importer.errors import ImportRefused
from taskspine.importer.limits import Limits
from taskspine.importer.places import escape
from taskspine.importer.plan import FindingCode, Json, Shape
from taskspine.importer.reading import Document

_FLAT_LIST_NAME = "master"
_REMEDY = (
    'Give a tasks.json of Task Master: {"tasks": [...]}, or lists by name: '
    '{"master": {"tasks": [...]}}'
)
_OTHER_FILES = {
    "models": "Task Master's configuration",
    "currentTag": "Task Master's state",
    "complexityAnalysis": "a complexity report of Task Master",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawList:
    """One list as the file has it; `pointer` leads to the array of its tasks."""

    name: str
    pointer: str
    tasks: list[Json]
    metadata: dict[str, Json] | None
    extra: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file whose shape is known. `faults` are a code, a place and a message each."""

    shape: Shape
    lists: tuple[RawList, ...]
    extra: dict[str, Json]
    faults: tuple[tuple[FindingCode, str, str], ...]


def recognise(document: Document, limits: Limits) -> Recognised:
    """Find the lists of a file; raise ImportRefused when it is not Task Master's."""
    top = document.value
    if not isinstance(top, dict):
        raise _foreign(document, _describe_foreign(top))
    tasks = top.get("tasks")
    lists = list(_tagged_lists(top))
    tagged = {raw.name for raw in lists}
    faults = [
        (FindingCode.TASKS_NOT_AN_ARRAY, pointer, "the tasks of this list are not an array")
        for pointer in _unusable_lists(top)
    ]
    extra = {key: value for key, value in top.items() if key not in tagged}
    if isinstance(tasks, list):
        del extra["tasks"]
        metadata = extra.get("metadata")
        if isinstance(metadata, dict):
            del extra["metadata"]
        flat = RawList(
            name=_FLAT_LIST_NAME,
            pointer="/tasks",
            tasks=tasks,
            metadata=metadata if isinstance(metadata, dict) else None,
            extra={},
        )
        lists.append(flat)
    if not lists:
        pointer = "/tasks" if "tasks" in top else None
        raise _foreign(document, _describe_foreign(top), pointer)
    named = tuple(_name_all(lists, limits, faults))
    shape: Shape = "tagged" if not isinstance(tasks, list) else "mixed" if tagged else "flat"
    return Recognised(shape=shape, lists=named, extra=extra, faults=tuple(faults))


def _tagged_lists(top: dict[str, Json]) -> Iterator[RawList]:
    for name, value in top.items():
        tasks = value.get("tasks") if isinstance(value, dict) else None
        if isinstance(value, dict) and isinstance(tasks, list):
            metadata = value.get("metadata")
            known = {"tasks", "metadata"} if isinstance(metadata, dict) else {"tasks"}
            yield RawList(
                name=name,
                pointer=f"/{escape(name)}/tasks",
                tasks=tasks,
                metadata=metadata if isinstance(metadata, dict) else None,
                extra={key: member for key, member in value.items() if key not in known},
            )


def _name_all(
    lists: list[RawList], limits: Limits, faults: list[tuple[FindingCode, str, str]]
) -> Iterator[RawList]:
    taken: set[str] = set()
    for raw in lists:
        name = wanted = raw.name[: limits.list_name_length].strip() or "unnamed"
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}~{number}"
        taken.add(name)
        if name != raw.name:
            message = f"the name of the list is empty, too long or taken: it is now {name}"
            faults.append((FindingCode.LIST_RENAMED, raw.pointer, message))
        yield replace(raw, name=name)


def _unusable_lists(top: dict[str, Json]) -> Iterator[str]:
    if "tasks" in top and not isinstance(top["tasks"], list | dict):
        yield "/tasks"
    for name, value in top.items():
        if isinstance(value, dict) and not isinstance(value.get("tasks", []), list):
            yield f"/{escape(name)}/tasks"


def _describe_foreign(top: Json) -> str:
    if isinstance(top, list):
        return "this is a bare array, not a file of Task Master"
    if not isinstance(top, dict):
        return "this is a single value, not a file of Task Master"
    for key, name in _OTHER_FILES.items():
        if key in top:
            return f"this is {name}, not its tasks"
    if "tasks" in top:
        return 'this is not a file of Task Master: "tasks" is not an array'
    return "this is not a file of Task Master: no list of tasks is in it"


def _foreign(document: Document, reason: str, pointer: str | None = None) -> ImportRefused:
    line = document.places.line(pointer) if pointer else None
    return ImportRefused(reason, source=document.source, remedy=_REMEDY, pointer=pointer, line=line)
