"""What somebody should look at, the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.recommendations import list_recommendations

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_what_is_overdue_is_recommended_to_be_looked_at(ask: Ask, desk: Desk) -> None:
    assert ask(list_recommendations, category=None) == []
    task = desk.task("late")
    desk.connection.execute("UPDATE tasks SET due_at = '2020-02-02' WHERE id = %s", [task.id])
    (seen,) = ask(list_recommendations, category=None)
    assert (seen.category, seen.severity, seen.subject_id) == ("overdue", "warning", str(task.id))
    assert ask(list_recommendations, category="health") == []
