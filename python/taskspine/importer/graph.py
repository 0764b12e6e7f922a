"""From spelled dependencies to the edges of a graph without cycles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from taskspine.importer.fields import BLOCKS, Unusable, Vocabulary, read_id, shorten_id
from taskspine.importer.findings import Findings, quote, shorten
from taskspine.importer.limits import Limits
from taskspine.importer.plan import FindingCode, Json, PlannedDependency
from taskspine.importer.tasks import Node

_ID_KEYS = ("id", "taskId", "task_id", "task", "ref", "dependsOn", "depends_on", "target")
_LONGEST_PATH = 100
_LONGEST_SHOWN = 10
_KIND_KEYS = ("kind", "type", "relation")


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """A dependency whose two tasks are known."""

    node: Node
    blocker: Node
    kind: str
    spelling: Json
    pointer: str


class _Path:
    """The way from the start of a depth-first walk to where it stands."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.remaining: list[Iterator[_Edge]] = []
        self.depths: dict[Node, int] = {}

    def enter(self, node: Node, waits: Mapping[Node, list[_Edge]]) -> None:
        self.depths[node] = len(self.nodes)
        self.nodes.append(node)
        self.remaining.append(iter(waits.get(node, ())))

    def leave(self) -> Node:
        self.remaining.pop()
        node = self.nodes.pop()
        del self.depths[node]
        return node


class DependencyPlanner:
    """Plans the dependencies of one list. `elsewhere` tells which other lists have a path."""

    def __init__(
        self,
        nodes: list[Node],
        list_name: str,
        *,
        vocabulary: Vocabulary,
        limits: Limits,
        findings: Findings,
        elsewhere: Mapping[str, set[str]],
    ) -> None:
        self._nodes = nodes
        self._list_name = list_name
        self._vocabulary = vocabulary
        self._limits = limits
        self._findings = findings
        self._elsewhere = elsewhere
        self._by_path: dict[str, Node] = {}
        self._by_own_id: dict[str, list[Node]] = {}
        for node in nodes:
            known = self._by_path.get(node.path)
            if known is None or (node.task and not known.task):
                self._by_path[node.path] = node
            self._by_own_id.setdefault(node.own_id, []).append(node)

    def plan(self) -> tuple[PlannedDependency, ...]:
        """Give the edges that can be written; all others become findings."""
        edges = [edge for node in self._nodes if node.task for edge in self._edges(node)]
        closing = self._closing_edges(edges)
        return tuple(
            PlannedDependency(
                task_ref=edge.node.ref,
                depends_on_ref=edge.blocker.ref,
                kind=edge.kind,
                spelling=edge.spelling,
                pointer=edge.pointer,
            )
            for edge in edges
            if edge not in closing
        )

    def _edges(self, node: Node) -> Iterator[_Edge]:
        seen: set[tuple[Node, str]] = set()
        for spelling, pointer in self._spellings(node):
            edge = self._edge(node, spelling, pointer)
            if edge and (edge.blocker, edge.kind) in seen:
                message = f"task {node.ref} names its dependency on {edge.blocker.ref} again"
                self._leave_out(FindingCode.DEPENDENCY_REPEATED, edge, message)
            elif edge and self._is_sound(edge):
                seen.add((edge.blocker, edge.kind))
                yield edge

    def _spellings(self, node: Node) -> Iterator[tuple[Json, str]]:
        spelled = node.raw.get("dependencies")
        pointer = f"{node.pointer}/dependencies"
        if isinstance(spelled, list):
            yield from ((value, f"{pointer}/{index}") for index, value in enumerate(spelled))
        elif spelled is not None:
            self._findings.add(
                FindingCode.DEPENDENCIES_NOT_AN_ARRAY,
                pointer,
                f"the dependencies of task {node.ref} are not an array: {quote(spelled)}",
                list_name=self._list_name,
                ref=node.ref,
            )
            parts = spelled.split(",") if isinstance(spelled, str) else [spelled]
            yield from ((part, pointer) for part in parts)

    def _edge(self, node: Node, spelling: Json, pointer: str) -> _Edge | None:
        detail: dict[str, Json] = {"task": node.ref, "spelling": shorten(spelling), "kind": BLOCKS}
        kind, target = BLOCKS, spelling
        if isinstance(spelling, dict):
            target = next((spelling[key] for key in _ID_KEYS if key in spelling), None)
            spelled_kind = next((spelling[key] for key in _KIND_KEYS if key in spelling), None)
            try:
                kind = BLOCKS if spelled_kind is None else self._vocabulary.kind(spelled_kind)
            except Unusable:
                message = f"task {node.ref} has a dependency of unknown kind {quote(spelled_kind)}"
                detail["kind"] = shorten(spelled_kind)
                self._note(FindingCode.DEPENDENCY_KIND_UNKNOWN, node, pointer, message, detail)
                return None
        detail["kind"] = kind
        try:
            wanted = read_id(target)
        except Unusable:
            wanted = None
        if wanted is None:
            message = f"task {node.ref} has a dependency that names no task: {quote(spelling)}"
            self._note(FindingCode.DEPENDENCY_UNREADABLE, node, pointer, message, detail)
            return None
        blocker = self._find(node, shorten_id(wanted, self._limits))
        if blocker is None and not wanted.isdecimal():
            same = self._by_own_id.get(wanted, [])
            blocker = same[0] if len(same) == 1 else None
            if blocker:
                message = f"task {node.ref} depends on {wanted}, which was found as {blocker.ref}"
                detail["depends_on"] = blocker.ref
                self._note(FindingCode.DEPENDENCY_FOUND_ELSEWHERE, node, pointer, message, detail)
        if blocker is None:
            self._note(
                FindingCode.DEPENDENCY_DANGLING,
                node,
                pointer,
                f"task {node.ref} depends on {quote(wanted)}, which is not in this list"
                + self._hint(wanted),
                detail,
            )
            return None
        return _Edge(node=node, blocker=blocker, kind=kind, spelling=spelling, pointer=pointer)

    def _find(self, node: Node, wanted: str) -> Node | None:
        """Find a task by its id: an undotted one nearby first, a dotted one from the top first."""
        scopes = [f"{above.path}." for above in node.ancestors()]
        scopes = ["", *scopes] if "." in wanted else [*scopes, ""]
        found = (self._by_path.get(scope + wanted) for scope in scopes)
        return next((node for node in found if node), None)

    def _hint(self, wanted: str) -> str:
        others = sorted(self._elsewhere.get(wanted, set()) - {self._list_name})
        return f", but in {', '.join(others)}" if others else ""

    def _is_sound(self, edge: _Edge) -> bool:
        node, blocker = edge.node, edge.blocker
        if node is blocker:
            code, what = FindingCode.DEPENDENCY_ON_ITSELF, "itself"
        elif blocker in node.ancestors():
            code, what = FindingCode.DEPENDENCY_ON_PARENT, f"{blocker.ref}, which it is part of"
        elif node in blocker.ancestors():
            code, what = FindingCode.DEPENDENCY_ON_CHILD, f"its own part {blocker.ref}"
        elif not blocker.task:
            code, what = FindingCode.DEPENDENCY_SET_ASIDE, f"{blocker.ref}, which was set aside"
        else:
            return True
        self._leave_out(code, edge, f"task {node.ref} depends on {what}")
        return False

    def _closing_edges(self, edges: list[_Edge]) -> set[_Edge]:
        """Find the edges that lead back into the path on which a depth-first walk came."""
        waits: dict[Node, list[_Edge]] = {}
        for edge in edges:
            if edge.kind == BLOCKS:
                waits.setdefault(edge.node, []).append(edge)
        closing: set[_Edge] = set()
        finished: set[Node] = set()
        for start in waits:
            path = _Path()
            if start not in finished:
                path.enter(start, waits)
            while path.nodes:
                following = next(path.remaining[-1], None)
                if following is None:
                    finished.add(path.leave())
                elif following.blocker in path.depths:
                    closing.add(following)
                    self._report_cycle(following, path)
                elif following.blocker not in finished:
                    path.enter(following.blocker, waits)
        return closing

    def _report_cycle(self, edge: _Edge, path: "_Path") -> None:
        start = path.depths[edge.blocker]
        length = len(path.nodes) - start
        cycle = [node.ref for node in path.nodes[start : start + _LONGEST_PATH]]
        shown = cycle if length <= _LONGEST_SHOWN else [*cycle[:_LONGEST_SHOWN], "..."]
        self._leave_out(
            FindingCode.DEPENDENCY_CLOSES_CYCLE,
            edge,
            f"task {edge.node.ref} depends on {edge.blocker.ref} in a circle: "
            + " -> ".join([*shown, cycle[0]]),
            {"path": list[Json](cycle), "length": length},
        )

    def _leave_out(
        self, code: FindingCode, edge: _Edge, message: str, more: dict[str, Json] | None = None
    ) -> None:
        detail: dict[str, Json] = {
            "task": edge.node.ref,
            "depends_on": edge.blocker.ref,
            "kind": edge.kind,
            "spelling": shorten(edge.spelling),
        }
        self._note(code, edge.node, edge.pointer, message, detail | (more or {}))

    def _note(
        self, code: FindingCode, node: Node, pointer: str, message: str, detail: dict[str, Json]
    ) -> None:
        self._findings.add(
            code, pointer, message, list_name=self._list_name, ref=node.ref, detail=detail
        )
