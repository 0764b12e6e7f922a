"""The PostgreSQL backbone of AI-driven software development.

The rules live in the database; this package is its typed face. A program that calls named
queries starts with `connect` and `taskspine.queries`; an agent with `Worker`; a program that wants
a server of its own, for a trial or for its tests, with `taskspine.server`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskspine.database import connect, connect_async
    from taskspine.errors import ClaimLost, NotFound, RuleBroken, TaskspineError
    from taskspine.worker import Claim, Worker

__all__ = [
    "Claim",
    "ClaimLost",
    "NotFound",
    "RuleBroken",
    "TaskspineError",
    "Worker",
    "connect",
    "connect_async",
]

__version__ = "0.1.0"

# Names are imported when they are asked for: the generator must run while what it wrote is stale.
_MODULES = {
    "Claim": "worker",
    "ClaimLost": "errors",
    "NotFound": "errors",
    "RuleBroken": "errors",
    "TaskspineError": "errors",
    "Worker": "worker",
    "connect": "database",
    "connect_async": "database",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
