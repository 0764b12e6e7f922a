"""What an import is going to do: lists, tasks, dependencies, and what was found on the way.

A plan knows no database. Lists keep the order of the file, and in a list a parent stands before
its children, so that the plan can be sent as arrays and its positions are the order of the file.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Self, TypeAlias

from taskspine.importer.errors import place
from taskspine.importer.places import Places

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Shape = Literal["flat", "tagged", "mixed"]
Severity = Literal["note", "warning", "error"]


class FindingCode(StrEnum):
    """What can be wrong with a file that is imported all the same; the last five need a database.

    An error sets something aside, a warning changes what was meant, a note loses nothing.
    """

    severity: Severity
    remedy: str

    def __new__(cls, code: str, severity: Severity, remedy: str) -> Self:
        """Give the code its severity and its remedy."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.severity = severity
        member.remedy = remedy
        return member

    TASKS_NOT_AN_ARRAY = (
        "tasks_not_an_array",
        "error",
        'Write the list as {"tasks": [...]}',
    )
    TASK_NOT_AN_OBJECT = (
        "task_not_an_object",
        "error",
        "Write the task as an object with id and title",
    )
    TASK_WITHOUT_TITLE = (
        "task_without_title",
        "error",
        "Give the task a title and import the file again",
    )
    TEXT_TOO_LONG = (
        "text_too_long",
        "error",
        "Move the text to a file of its own and name that file in the task",
    )
    SUBTASKS_NOT_AN_ARRAY = (
        "subtasks_not_an_array",
        "error",
        "Write subtasks as an array of objects",
    )
    PARENT_SET_ASIDE = (
        "parent_set_aside",
        "warning",
        "Repair the parent and import the file again",
    )
    ID_MISSING = (
        "id_missing",
        "warning",
        "Give the task an id, so that a later import finds it again",
    )
    ID_UNUSABLE = (
        "id_unusable",
        "warning",
        "Write the id as a number or a text",
    )
    ID_TOO_LONG = (
        "id_too_long",
        "warning",
        "Give the task a shorter id",
    )
    ID_REPEATED = (
        "id_repeated",
        "warning",
        "Give one of the two tasks another id",
    )
    TITLE_CUT = (
        "title_cut",
        "warning",
        "Shorten the title and move the rest to the description",
    )
    STATUS_UNKNOWN = (
        "status_unknown",
        "warning",
        "Use a known status, or add this spelling to task_status_aliases",
    )
    PRIORITY_UNKNOWN = (
        "priority_unknown",
        "warning",
        "Use a known word or a number from 0 to 10",
    )
    VALUE_UNUSABLE = (
        "value_unusable",
        "note",
        "Write the value in the form that its key asks for",
    )
    KEY_REPEATED = (
        "key_repeated",
        "warning",
        "Keep the key once: only its last value counts",
    )
    TEXT_UNSTORABLE = (
        "text_unstorable",
        "note",
        "Remove NUL characters and lone surrogates from the text",
    )
    NUMBER_UNSTORABLE = (
        "number_unstorable",
        "note",
        "Write a finite number of ordinary size, or a text",
    )
    LIST_RENAMED = (
        "list_renamed",
        "warning",
        "Give the list a name of its own, neither empty nor longer than 200 characters",
    )
    DEPENDENCIES_NOT_AN_ARRAY = (
        "dependencies_not_an_array",
        "note",
        "Write dependencies as an array of ids",
    )
    DEPENDENCY_UNREADABLE = (
        "dependency_unreadable",
        "warning",
        "Write the dependency as the id of a task",
    )
    DEPENDENCY_KIND_UNKNOWN = (
        "dependency_kind_unknown",
        "warning",
        "Use a known kind, such as blocks",
    )
    DEPENDENCY_DANGLING = (
        "dependency_dangling",
        "warning",
        "Correct the id, or remove the dependency",
    )
    DEPENDENCY_SET_ASIDE = (
        "dependency_set_aside",
        "warning",
        "Repair the task that is waited for and import the file again",
    )
    DEPENDENCY_FOUND_ELSEWHERE = (
        "dependency_found_elsewhere",
        "note",
        "Write the whole id, with the ids of its parents before it",
    )
    DEPENDENCY_REPEATED = (
        "dependency_repeated",
        "note",
        "Name each dependency once",
    )
    DEPENDENCY_ON_ITSELF = (
        "dependency_on_itself",
        "warning",
        "Remove the dependency, or name the task that was meant",
    )
    DEPENDENCY_ON_PARENT = (
        "dependency_on_parent",
        "warning",
        "Remove the dependency: a subtask is part of its parent",
    )
    DEPENDENCY_ON_CHILD = (
        "dependency_on_child",
        "warning",
        "Remove the dependency: a subtask is part of its parent",
    )
    DEPENDENCY_CLOSES_CYCLE = (
        "dependency_closes_cycle",
        "warning",
        "Remove one dependency of the cycle",
    )
    TASK_REFUSED = (
        "task_refused",
        "error",
        "Mend what the rule asks for and import the file again",
    )
    CHANGE_REFUSED = (
        "change_refused",
        "warning",
        "Mend what the rule asks for and import the file again",
    )
    DEPENDENCY_REFUSED = (
        "dependency_refused",
        "warning",
        "Remove the dependency, or what stands against it, and import the file again",
    )
    STATUS_KEPT = (
        "status_kept",
        "warning",
        "Move the task by hand where the file is right",
    )
    TASK_NOT_IN_FILE = (
        "task_not_in_file",
        "warning",
        "Cancel the task where it is not wanted any more",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in the file that a person should know of.

    `detail` holds what a repair needs: for a dependency that was left out `task`, `spelling`,
    `kind` and, where known, `depends_on`; for one that closes a cycle also the cycle's `length`
    and the first hundred refs of its `path`; for a task that was set aside its `raw` form.
    """

    code: FindingCode
    list_name: str | None
    ref: str | None
    pointer: str
    line: int
    message: str
    detail: dict[str, Json]

    @property
    def severity(self) -> Severity:
        """Say how bad it is."""
        return self.code.severity

    @property
    def remedy(self) -> str:
        """Say what a person can do about it."""
        return self.code.remedy

    def describe(self, source: str) -> str:
        """Say it in one line: place, reason, remedy."""
        return f"{place(source, self.pointer, self.line)}: {self.message}. {self.remedy}."

    def as_json(self) -> dict[str, Json]:
        """Give all that it says as a JSON object."""
        return {
            "code": self.code.value,
            "severity": self.severity,
            "list": self.list_name,
            "ref": self.ref,
            "pointer": self.pointer,
            "line": self.line,
            "message": self.message,
            "remedy": self.remedy,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One task, ready to be written.

    `ref` is unique in its list: the ids from the outermost task inwards, joined by points.
    `metadata` has one key, `taskmaster`, with what the columns do not say: `keys` (in the order
    of the file), `original` (each value that no column holds as it was written) and, where text
    could not be stored, `escaped` (pointer in the task to the text as an ASCII JSON string).
    `digest` changes when the task's own content in the file does: not for its place, not for its
    subtasks.
    """

    ref: str
    parent_ref: str | None
    position: int
    depth: int
    title: str
    description: str
    details: str
    test_strategy: str
    status: str
    status_spelling: str | None
    priority: int
    priority_spelling: str | None
    complexity_score: int | None
    assignee: str | None
    estimated_hours: float | None
    acceptance_criteria: list[Json]
    tags: list[str]
    metadata: dict[str, Json]
    digest: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDependency:
    """One edge inside a list: `task_ref` waits for `depends_on_ref` where the kind is blocks."""

    task_ref: str
    depends_on_ref: str
    kind: str
    spelling: Json
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedList:
    """One list of tasks: a tag of the file, or the file's only list."""

    name: str
    position: int
    tasks: tuple[PlannedTask, ...]
    dependencies: tuple[PlannedDependency, ...]
    metadata: dict[str, Json] | None
    extra: dict[str, Json]
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """All that one file asks for. `extra` keeps the file's keys that are no list."""

    source: str
    digest: str
    shape: Shape
    lists: tuple[PlannedList, ...]
    extra: dict[str, Json]
    findings: tuple[Finding, ...]
    places: Places = field(repr=False, compare=False)

    @property
    def task_count(self) -> int:
        """Count tasks and subtasks."""
        return sum(len(planned.tasks) for planned in self.lists)

    @property
    def dependency_count(self) -> int:
        """Count the edges that will be written."""
        return sum(len(planned.dependencies) for planned in self.lists)

    @property
    def is_futile(self) -> bool:
        """Tell whether tasks were found and none of them can be imported."""
        return not self.task_count and any(finding.severity == "error" for finding in self.findings)

    def count_findings(self) -> Mapping[FindingCode, int]:
        """Count the findings by code."""
        return Counter(finding.code for finding in self.findings)
