"""One project with one list and one agent, to make tasks in and claim them from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqltypist.runtime import only
from taskspine.queries.agents import register_agent
from taskspine.queries.projects import create_project
from taskspine.queries.task_dependencies import create_task_dependency
from taskspine.queries.task_executions import ClaimTaskRow, claim_task, complete_task
from taskspine.queries.task_lists import create_task_list
from taskspine.queries.tasks import CreateTaskRow, GetTaskRow, create_task, get_task

if TYPE_CHECKING:
    from taskspine.database import Connection

NOBODY = UUID(int=0)


class Desk:
    """A project on which an agent works; what it creates gets refs of its own."""

    def __init__(self, connection: Connection[Any], slug: str = "desk") -> None:
        self.connection = connection
        self.slug = slug
        self.project_id = only(create_project(connection, name=slug, slug=slug)).id
        self.list_id = only(
            create_task_list(connection, project_id=self.project_id, name="master")
        ).id
        self.agent_id = only(register_agent(connection, name="ada")).id

    def task(self, title: str = "a task", *after: CreateTaskRow, **named: Any) -> CreateTaskRow:
        """Create a task that waits for others."""
        task = create_task(
            self.connection,
            project_id=self.project_id,
            task_list_id=self.list_id,
            title=title,
            **named,
        )
        for blocker in after:
            create_task_dependency(self.connection, task_id=only(task).id, depends_on_id=blocker.id)
        return only(task)

    def claim(self) -> ClaimTaskRow:
        """Claim the best ready task."""
        return only(claim_task(self.connection, agent_id=self.agent_id, project_id=self.project_id))

    def completed(self, title: str = "a task") -> CreateTaskRow:
        """Create a task, and have it claimed and completed."""
        task = self.task(title, priority=10)
        claim = self.claim()
        assert claim.task_id == task.id
        complete_task(self.connection, execution_id=claim.execution_id, output_results={})
        return task

    def state(self, task: CreateTaskRow) -> GetTaskRow:
        """Get a task as it is now."""
        return only(get_task(self.connection, task_id=task.id))
