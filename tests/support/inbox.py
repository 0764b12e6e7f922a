"""A folder whose tasks.json is imported again and again, and a look at what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from taskspine.importer import ImportReport, Json, import_file
from taskspine.queries.agents import register_agent
from taskspine.queries.projects import get_project_by_slug
from taskspine.queries.task_details import get_task_details
from taskspine.queries.task_executions import ClaimTaskRow, claim_task
from taskspine.queries.task_lists import get_task_list_by_name
from taskspine.queries.tasks import (
    GetTaskRow,
    get_task,
    get_task_by_ref,
    list_broken_invariants,
    set_task_status,
)

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from taskspine.database import Connection
    from taskspine.enums import TaskStatus
    from taskspine.queries.tables import TaskDetailsRow

# Each row with the transaction that wrote it: an update that changes nothing shows too.
_ALL = """
SELECT 'projects', xmin::text, row::text FROM projects AS row
UNION ALL SELECT 'task_lists', xmin::text, row::text FROM task_lists AS row
UNION ALL SELECT 'tasks', xmin::text, row::text FROM tasks AS row
UNION ALL SELECT 'task_details', xmin::text, row::text FROM task_details AS row
UNION ALL SELECT 'task_dependencies', xmin::text, row::text FROM task_dependencies AS row
UNION ALL SELECT 'task_executions', xmin::text, row::text FROM task_executions AS row
UNION ALL SELECT 'import_runs', xmin::text, row::text FROM import_runs AS row
UNION ALL SELECT 'import_findings', xmin::text, row::text FROM import_findings AS row
ORDER BY 1, 3
"""

_EDGES = """
SELECT task.ref, blocker.ref, edge.kind::text, edge.created_by
FROM task_dependencies AS edge
JOIN tasks AS task ON task.id = edge.task_id
JOIN tasks AS blocker ON blocker.id = edge.depends_on_id
"""


def a_task(number: int | str, *after: Json, **more: Json) -> dict[str, Json]:
    """A task of a file, which waits for others."""
    return {"id": number, "title": f"task {number}", "dependencies": list(after), **more}


class Inbox:
    """A folder named `inbox`, and the project of that slug."""

    def __init__(self, connection: Connection[Any], folder: Path) -> None:
        self.connection = connection
        self.file = folder / "inbox" / "tasks.json"
        self.file.parent.mkdir()

    def write(self, *tasks: dict[str, Json], **lists: Json) -> None:
        content: dict[str, Json] = {"tasks": list(tasks)} if tasks else {}
        self.file.write_text(json.dumps(content | lists))

    def bring(self, *tasks: dict[str, Json], **lists: Json) -> ImportReport:
        """Import a file of these tasks, and see that the database is sound."""
        self.write(*tasks, **lists)
        return self.again()

    def again(self) -> ImportReport:
        report = import_file(self.connection, self.file)
        assert list_broken_invariants(self.connection) == []
        return report

    def everything(self) -> list[tuple[Any, ...]]:
        return self.connection.execute(_ALL).fetchall()

    def edges(self) -> set[tuple[str, str]]:
        return {(task, blocker) for task, blocker, _, _ in self.connection.execute(_EDGES)}

    @property
    def project_id(self) -> UUID:
        project = get_project_by_slug(self.connection, slug="inbox")
        assert project is not None
        return project.id

    def id(self, ref: str, of: str = "master") -> UUID:
        found = get_task_list_by_name(self.connection, project_id=self.project_id, name=of)
        assert found is not None
        task = get_task_by_ref(self.connection, task_list_id=found.id, ref=ref)
        assert task is not None, f"no task {ref}"
        return task.id

    def task(self, ref: str) -> GetTaskRow:
        task = get_task(self.connection, task_id=self.id(ref))
        assert task is not None
        return task

    def details(self, ref: str) -> TaskDetailsRow:
        details = get_task_details(self.connection, task_id=self.id(ref))
        assert details is not None
        return details

    def claim(self) -> ClaimTaskRow:
        agent = register_agent(self.connection, name="ada")
        assert agent is not None
        claim = claim_task(self.connection, agent_id=agent.id, project_id=self.project_id)
        assert claim is not None
        return claim

    def move(self, ref: str, status: TaskStatus, reason: str = "by hand") -> None:
        set_task_status(self.connection, task_id=self.id(ref), status=status, reason=reason)
