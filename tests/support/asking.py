"""Fixtures of the tests of queries: a project to ask about, and a way to ask by both functions."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pytest

from taskspine.database import Connection, connect, connect_async
from work import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Concatenate

    _P = ParamSpec("_P")
    _T = TypeVar("_T")

    class Ask:
        """Call a query's function, or its async twin, on a connection of its own."""

        def __call__(
            self,
            query: Callable[Concatenate[Connection[Any], _P], _T],
            *args: _P.args,
            **named: _P.kwargs,
        ) -> _T: ...


@pytest.fixture
def connection(database_url: str) -> Generator[Connection]:
    with connect(database_url) as connection:
        yield connection


@pytest.fixture
def desk(connection: Connection) -> Desk:
    return Desk(connection)


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, database_url: str) -> Generator[Ask]:
    """Every test that asks is run twice: by the function, and by its async twin."""
    with ExitStack() as stack:
        if request.param == "sync":
            connection = stack.enter_context(connect(database_url))
            yield lambda query, **named: query(connection, **named)
            return
        runner = stack.enter_context(asyncio.Runner())
        async_connection = runner.run(connect_async(database_url))

        def ask_twin(query: Callable[..., Any], **named: Any) -> Any:
            twin = getattr(sys.modules[query.__module__], f"{query.__name__}_async")
            return runner.run(twin(async_connection, **named))

        yield ask_twin
        runner.run(async_connection.close())
