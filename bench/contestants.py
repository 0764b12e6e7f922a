"""The ways of doing jobs that are measured against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import psycopg

from taskspine.queries import task_executions
from taskspine.settings import in_schema

if TYPE_CHECKING:
    from uuid import UUID

BATCH = 100


class Contestant:
    """Does jobs on a connection of its own; `do()` says how many it has completed."""

    name: ClassVar[str]

    def __init__(self, url: str) -> None:
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            in_schema(url, "taskspine"), autocommit=True
        )

    def do(self) -> int:
        """Do a job, or a batch of them."""
        raise NotImplementedError


class Bare(Contestant):
    """The plainest psycopg on a table of two columns: claim, complete, and no rule at all."""

    name = "bare"
    CLAIM = (
        "UPDATE bench.jobs SET status = 'running' WHERE id = ("
        " SELECT id FROM bench.jobs WHERE status = 'pending' ORDER BY id LIMIT 1"
        " FOR UPDATE SKIP LOCKED) RETURNING id"
    )
    COMPLETE = "UPDATE bench.jobs SET status = 'done' WHERE id = %s"

    def do(self) -> int:
        row = self.connection.execute(self.CLAIM).fetchone()
        if row is None:
            return 0
        self.connection.execute(self.COMPLETE, row)
        return 1


class Typed(Contestant):
    """What all contestants that use taskspine share: a project, and an agent each."""

    project = "single"
    agents: ClassVar[int] = 0

    def __init__(self, url: str) -> None:
        super().__init__(url)
        project = self.connection.execute(
            "SELECT id FROM projects WHERE slug = %s", [self.project]
        ).fetchone()
        agent = self.connection.execute(
            "INSERT INTO agents (name) VALUES ('bench ' || uuid_v7()) RETURNING id"
        ).fetchone()
        assert project is not None
        assert agent is not None
        self.project_id: UUID = project[0]
        self.agent_id: UUID = agent[0]
        self.held: list[int] = []


class Single(Typed):
    """Claim and complete through the typed functions, two round trips a job."""

    name = "typed"

    def do(self) -> int:
        claimed = task_executions.claim_task(
            self.connection, agent_id=self.agent_id, project_id=self.project_id
        )
        if claimed is None:
            return 0
        done = task_executions.complete_task(self.connection, execution_id=claimed.execution_id)
        return int(done is not None)


class SingleWithSuccessors(Single):
    """The same where every task has one that waits for it."""

    name = "typed, with successors"
    project = "chained"


class Next(Typed):
    """Complete and claim the next in one round trip."""

    name = "next"
    project = "next"
    count = 1

    def do(self) -> int:
        attempts = task_executions.complete_and_claim_tasks(
            self.connection,
            execution_ids=self.held,
            agent_id=self.agent_id,
            project_id=self.project_id,
            task_count=self.count,
        )
        running = [each.execution_id for each in attempts if each.execution_status == "running"]
        completed = len(attempts) - len(running)
        self.held = running
        return completed


class Batch(Next):
    """The same for a hundred at once."""

    name = "batch"
    project = "batch"
    count = BATCH


CONTESTANTS = {each.name: each for each in (Bare, Single, SingleWithSuccessors, Next, Batch)}
