"""From the raw tasks of one list to planned tasks."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from json import dumps
from typing import TypeVar

from taskspine.importer.fields import (
    FALLBACK_PRIORITY,
    FALLBACK_STATUS,
    Unusable,
    Vocabulary,
    read_assignee,
    read_complexity,
    read_criteria,
    read_hours,
    read_id,
    read_tags,
    read_text,
    shorten_id,
)
from taskspine.importer.findings import Findings, quote, shorten
from taskspine.importer.limits import Limits
from taskspine.importer.plan import FindingCode, Json, PlannedTask
from taskspine.importer.shapes import RawList
from taskspine.importer.storable import Blemish, BlemishKind

_OWNER = re.compile(r"(?:/[^/]*)?/tasks/\d+(?:/subtasks/\d+)*")
_SHORT_HASH = 8
_BLEMISHES: dict[BlemishKind, tuple[FindingCode, str]] = {
    "key_repeated": (
        FindingCode.KEY_REPEATED,
        "the key stands several times in one object: its last value was taken",
    ),
    "text_unstorable": (
        FindingCode.TEXT_UNSTORABLE,
        "the text has NUL characters or lone surrogates: they were replaced",
    ),
    "number_unstorable": (
        FindingCode.NUMBER_UNSTORABLE,
        "the number is not finite or too long: it was kept as text",
    ),
    "text_too_long": (FindingCode.TEXT_TOO_LONG, "the text is very long"),
}
_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class Node:
    """A task as it stands in the file. `task` stays None when it was set aside.

    `path` is made of the ids as they were written, `ref` is unique among the tasks that are kept.
    """

    raw: dict[str, Json]
    pointer: str
    parent: "Node | None"
    own_id: str
    path: str
    ref: str = ""
    task: PlannedTask | None = field(default=None)

    def ancestors(self) -> "Iterator[Node]":
        """Go outwards, from the parent on."""
        node = self.parent
        while node:
            yield node
            node = node.parent


def blemishes_by_owner(blemishes: tuple[Blemish, ...]) -> dict[str, list[Blemish]]:
    """Group blemishes by the pointer of the task that they belong to, or "" for none."""
    owned: dict[str, list[Blemish]] = {}
    for blemish in blemishes:
        match = _OWNER.match(blemish.pointer)
        owned.setdefault(match.group() if match else "", []).append(blemish)
    return owned


class TaskPlanner:
    """Plans the tasks of one list."""

    def __init__(
        self,
        raw: RawList,
        *,
        vocabulary: Vocabulary,
        blemishes: dict[str, list[Blemish]],
        limits: Limits,
        findings: Findings,
    ) -> None:
        self._list = raw
        self._vocabulary = vocabulary
        self._blemishes = blemishes
        self._limits = limits
        self._findings = findings
        self._refs: set[str] = set()
        self._repeats: dict[str, int] = {}
        self._position = 0

    def plan(self) -> list[Node]:
        """Walk the list, parents before children, in the order of the file."""
        nodes: list[Node] = []
        pending = self._open(self._list.tasks, self._list.pointer, None)
        while pending:
            value, pointer, parent = pending.pop()
            if not isinstance(value, dict):
                self._add(
                    FindingCode.TASK_NOT_AN_OBJECT,
                    pointer,
                    f"{quote(value)} is not a task, and was set aside",
                    detail={"raw": shorten(value)},
                )
                continue
            node = self._node(value, pointer, parent)
            nodes.append(node)
            pending += self._open_subtasks(node)
        return nodes

    def _open(
        self, values: list[Json], pointer: str, parent: Node | None
    ) -> list[tuple[Json, str, Node | None]]:
        last_first = range(len(values) - 1, -1, -1)
        return [(values[index], f"{pointer}/{index}", parent) for index in last_first]

    def _open_subtasks(self, node: Node) -> list[tuple[Json, str, Node | None]]:
        subtasks = node.raw.get("subtasks")
        pointer = f"{node.pointer}/subtasks"
        if isinstance(subtasks, list):
            return self._open(subtasks, pointer, node)
        if subtasks is not None:
            self._add(
                FindingCode.SUBTASKS_NOT_AN_ARRAY,
                pointer,
                f"the subtasks of task {node.ref} are not an array, and were set aside",
                ref=node.ref,
                detail={"raw": shorten(subtasks)},
            )
        return []

    def _node(self, raw: dict[str, Json], pointer: str, parent: Node | None) -> Node:
        own_id, fault = self._own_id(raw, parent)
        path = f"{parent.path}.{own_id}" if parent else own_id
        node = Node(raw=raw, pointer=pointer, parent=parent, own_id=own_id, path=path)
        node.ref = f"{parent.ref}.{own_id}" if parent else own_id
        if self._is_set_aside(node):
            return node
        if fault:
            self._add(fault, pointer, f"the id of this task is missing or unusable: it is {own_id}")
        self._claim_ref(node)
        self._plan_task(node)
        if parent and not parent.task:
            self._add(
                FindingCode.PARENT_SET_ASIDE,
                pointer,
                f"task {node.ref} is kept without its parent {parent.ref}",
                ref=node.ref,
                detail={"parent": parent.ref},
            )
        return node

    def _own_id(self, raw: dict[str, Json], parent: Node | None) -> tuple[str, FindingCode | None]:
        fault = FindingCode.ID_MISSING
        try:
            own_id = read_id(raw.get("id"))
        except Unusable:
            fault, own_id = FindingCode.ID_UNUSABLE, None
        if own_id is None:
            seed = dumps(raw.get("title"))
            return f"no-id-{hashlib.sha256(seed.encode()).hexdigest()[:_SHORT_HASH]}", fault
        if parent and own_id.startswith(f"{parent.path}."):
            own_id = own_id.removeprefix(f"{parent.path}.") or own_id
        return shorten_id(own_id, self._limits), None

    def _is_set_aside(self, node: Node) -> bool:
        for blemish in self._blemishes.get(node.pointer, ()):
            if blemish.kind == "text_too_long":
                self._set_aside(
                    node,
                    FindingCode.TEXT_TOO_LONG,
                    blemish.pointer,
                    f"a text of more than {self._limits.text_bytes} bytes",
                )
                return True
        title = node.raw.get("title")
        is_text = isinstance(title, str | int | float) and not isinstance(title, bool)
        if is_text and read_text(title).strip():
            return False
        self._set_aside(node, FindingCode.TASK_WITHOUT_TITLE, node.pointer, "no title")
        return True

    def _set_aside(self, node: Node, code: FindingCode, pointer: str, why: str) -> None:
        own = {key: value for key, value in node.raw.items() if key != "subtasks"}
        self._add(
            code,
            pointer,
            f"task {node.ref} has {why}, and was set aside",
            ref=node.ref,
            detail={"raw": shorten(own)},
        )

    def _claim_ref(self, node: Node) -> None:
        wanted = node.ref
        node.ref = shorten_id(wanted, self._limits)
        if node.ref != wanted:
            self._add(
                FindingCode.ID_TOO_LONG,
                node.pointer,
                f"the id of this task is longer than {self._limits.ref_length} characters: "
                f"it is now {node.ref}",
                ref=node.ref,
            )
        wanted = node.ref
        while node.ref in self._refs:
            number = self._repeats[wanted] = self._repeats.get(wanted, 1) + 1
            node.ref = f"{wanted}~{number}"
        self._refs.add(node.ref)
        if node.ref != wanted:
            self._add(
                FindingCode.ID_REPEATED,
                node.pointer,
                f"the id {wanted} is taken by an earlier task: this one is now {node.ref}",
                ref=node.ref,
                detail={"wanted": wanted},
            )

    def _plan_task(self, node: Node) -> None:
        raw = node.raw
        parent = next((above for above in node.ancestors() if above.task), None)
        title = read_text(raw["title"])
        texts = {
            "title": title[: self._limits.title_length],
            "description": self._value(node, read_text, "", "description"),
            "details": self._value(node, read_text, "", "details"),
            "testStrategy": self._value(node, read_text, "", "testStrategy"),
        }
        if len(title) > self._limits.title_length:
            self._add(
                FindingCode.TITLE_CUT,
                f"{node.pointer}/title",
                f"the title of task {node.ref} has {len(title)} characters, and was cut to "
                f"{self._limits.title_length}",
                ref=node.ref,
            )
        status, priority = raw.get("status"), raw.get("priority")
        inherited = parent.task.priority if parent and parent.task else FALLBACK_PRIORITY
        node.task = PlannedTask(
            ref=node.ref,
            parent_ref=parent.ref if parent else None,
            position=self._position,
            depth=parent.task.depth + 1 if parent and parent.task else 0,
            title=texts["title"],
            description=texts["description"],
            details=texts["details"],
            test_strategy=texts["testStrategy"],
            status=self._status(node),
            status_spelling=status if isinstance(status, str) else None,
            priority=self._priority(node, inherited),
            priority_spelling=priority if isinstance(priority, str) else None,
            complexity_score=self._value(
                node, read_complexity, None, "complexity", "complexityScore"
            ),
            assignee=self._value(node, read_assignee, None, "assignee"),
            estimated_hours=self._value(
                node, read_hours, None, "estimatedHours", "estimated_hours"
            ),
            acceptance_criteria=self._value(
                node, read_criteria, [], "acceptanceCriteria", "acceptance_criteria"
            ),
            tags=self._value(node, read_tags, [], "tags", "labels"),
            metadata={"taskmaster": self._original(node, texts)},
            digest=_digest(raw),
            pointer=node.pointer,
        )
        self._position += 1
        self._report_blemishes(node)

    def _status(self, node: Node) -> str:
        spelled = node.raw.get("status")
        if spelled is None:
            return FALLBACK_STATUS
        try:
            return self._vocabulary.status(spelled)
        except Unusable:
            self._add(
                FindingCode.STATUS_UNKNOWN,
                f"{node.pointer}/status",
                f"the status {quote(spelled)} of task {node.ref} is unknown, "
                f"and was read as {FALLBACK_STATUS}",
                ref=node.ref,
                detail={"spelling": shorten(spelled)},
            )
            return FALLBACK_STATUS

    def _priority(self, node: Node, inherited: int) -> int:
        """Read the priority; a subtask without one has its parent's, as in Task Master."""
        spelled = node.raw.get("priority")
        if spelled is None:
            return inherited
        try:
            return self._vocabulary.priority(spelled)
        except Unusable:
            self._add(
                FindingCode.PRIORITY_UNKNOWN,
                f"{node.pointer}/priority",
                f"the priority {quote(spelled)} of task {node.ref} is unknown, "
                f"and was read as {FALLBACK_PRIORITY}",
                ref=node.ref,
                detail={"spelling": shorten(spelled)},
            )
            return FALLBACK_PRIORITY

    def _value(
        self, node: Node, read: Callable[[Json], _Value], empty: _Value, *keys: str
    ) -> _Value:
        key = next((key for key in keys if key in node.raw), keys[0])
        try:
            return read(node.raw.get(key))
        except Unusable:
            self._add(
                FindingCode.VALUE_UNUSABLE,
                f"{node.pointer}/{key}",
                f"the {key} of task {node.ref} is {quote(node.raw[key])}: kept for an export, "
                "otherwise unused",
                ref=node.ref,
            )
            return empty

    def _original(self, node: Node, texts: dict[str, str]) -> dict[str, Json]:
        original: dict[str, Json] = {
            key: value
            for key, value in node.raw.items()
            if not (key in texts and texts[key] == value)
            and not (key == "subtasks" and isinstance(value, list))
        }
        kept: dict[str, Json] = {"keys": list(node.raw), "original": original}
        escaped: dict[str, Json] = {
            blemish.pointer.removeprefix(node.pointer): blemish.original
            for blemish in self._blemishes.get(node.pointer, ())
            if blemish.kind in ("text_unstorable", "number_unstorable")
        }
        if escaped:
            kept["escaped"] = escaped
        return kept

    def _report_blemishes(self, node: Node) -> None:
        for blemish in self._blemishes.get(node.pointer, ()):
            report_blemish(blemish, self._findings, self._list.name, node.ref)

    def _add(
        self,
        code: FindingCode,
        pointer: str,
        message: str,
        *,
        ref: str | None = None,
        detail: dict[str, Json] | None = None,
    ) -> None:
        self._findings.add(
            code, pointer, message, list_name=self._list.name, ref=ref, detail=detail
        )


def report_blemish(
    blemish: Blemish, findings: Findings, list_name: str | None = None, ref: str | None = None
) -> None:
    """Turn a blemish into a finding."""
    code, message = _BLEMISHES[blemish.kind]
    findings.add(
        code,
        blemish.pointer,
        message,
        list_name=list_name,
        ref=ref,
        detail={"original": shorten(blemish.original)},
    )


def _digest(raw: dict[str, Json]) -> str:
    own = {key: value for key, value in raw.items() if key != "subtasks"}
    return hashlib.sha256(dumps(own, sort_keys=True).encode()).hexdigest()
