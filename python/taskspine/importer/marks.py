"""What an import notes of each task, so that the next one knows what the file has changed since.

A field that the file has left alone is left alone in the database, whatever became of it there. The
notes stand in task_details.metadata under the key "imported": the status and the dependencies as
the file had them, and a short hash of every other field that is not empty.
"""

import hashlib
from collections.abc import Iterable, Mapping
from json import dumps

from taskspine.importer.plan import Json, PlannedDependency, PlannedTask

_HASH_BYTES = 6
_CONTENT_LENGTH = 16

Marks = dict[str, Json]


def marks_of(task: PlannedTask, parent_ref: str | None, dependencies: Iterable[str]) -> Marks:
    """Note a task, with the parent and the dependencies that it has in the database."""
    marks: Marks = {"status": task.status, "content": task.digest[:_CONTENT_LENGTH]}
    for name, value in (task_fields(task, parent_ref) | detail_fields(task)).items():
        if value not in (None, "", []):
            written = dumps(value, sort_keys=True).encode()
            marks[name] = hashlib.blake2b(written, digest_size=_HASH_BYTES).hexdigest()
    return with_dependencies(marks, dependencies)


def with_dependencies(marks: Marks, dependencies: Iterable[str]) -> Marks:
    """Note other dependencies of the same task."""
    changed = {name: mark for name, mark in marks.items() if name != "dependencies"}
    names = sorted(dependencies)
    if names:
        changed["dependencies"] = list[Json](names)
    return changed


def mark_of(dependency: PlannedDependency) -> str:
    """Note a dependency among those of its task."""
    return f"{dependency.kind} {dependency.depends_on_ref}"


def dependencies_in(marks: Mapping[str, Json]) -> set[str]:
    """Read the marks of dependencies that an import has noted."""
    noted = marks.get("dependencies")
    return {each for each in noted if isinstance(each, str)} if isinstance(noted, list) else set()


def task_fields(task: PlannedTask, parent_ref: str | None) -> dict[str, Json]:
    """Give what a file says of the working row of a task, but for its status."""
    return {
        "parent": parent_ref,
        "title": task.title,
        "priority": task.priority,
        "complexity_score": task.complexity_score,
        "estimated_hours": task.estimated_hours,
        "assignee": task.assignee,
    }


def detail_fields(task: PlannedTask) -> dict[str, Json]:
    """Give what a file says in the document of a task."""
    return {
        "description": task.description,
        "details": task.details,
        "test_strategy": task.test_strategy,
        "acceptance_criteria": task.acceptance_criteria,
        "tags": list[Json](task.tags),
    }


def changed_fields(fields: Mapping[str, Json], before: Marks, now: Marks) -> dict[str, Json]:
    """Keep the fields that the file has changed since the import that noted `before`."""
    return {name: value for name, value in fields.items() if before.get(name) != now.get(name)}
