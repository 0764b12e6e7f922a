import json
from collections.abc import Callable

import pytest

from taskspine.importer import ImportPlan, Limits, plan_document, read_bytes

STATUS_ALIASES = {
    "pending": "pending",
    "todo": "pending",
    "in-progress": "in_progress",
    "done": "completed",
    "review": "review",
    "cancelled": "cancelled",
    "deferred": "deferred",
    "testing": "validation",
}
PRIORITY_ALIASES = {"low": 3, "medium": 5, "high": 8, "critical": 10}
KIND_ALIASES = {"blocks": "blocks", "depends_on": "blocks", "conflicts": "conflicts"}

type_of_plan = Callable[..., ImportPlan]


@pytest.fixture(scope="session")
def plan() -> type_of_plan:
    """Plan what is given: bytes or text as they are, anything else as JSON."""

    def make(content: object, limits: Limits | None = None) -> ImportPlan:
        limits = limits or Limits()
        if not isinstance(content, bytes | str):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        return plan_document(
            read_bytes(content, "tasks.json", limits),
            status_aliases=STATUS_ALIASES,
            priority_aliases=PRIORITY_ALIASES,
            kind_aliases=KIND_ALIASES,
            limits=limits,
        )

    return make


@pytest.fixture(scope="session")
def one(plan: type_of_plan) -> type_of_plan:
    """Plan a file that holds these tasks in one list."""
    return lambda *tasks, **more: plan({"tasks": list(tasks)}, **more)
