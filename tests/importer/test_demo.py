from pathlib import Path

import taskspine
from taskspine.importer import plan_file

DEMO = Path(taskspine.__file__).parent / "demo" / "tasks.json"


def test_the_demo_is_about_sixty_tasks_in_three_lists_without_a_finding():
    planned = plan_file(
        DEMO,
        status_aliases={"pending": "pending", "done": "completed", "cancelled": "cancelled"},
        priority_aliases={"low": 3, "medium": 5, "high": 8, "critical": 10},
    )
    assert planned.findings == ()
    assert [each.name for each in planned.lists] == ["master", "operations", "outreach"]
    assert 55 <= planned.task_count <= 65
    assert planned.dependency_count >= 50
    assert all(task.estimated_hours for each in planned.lists for task in each.tasks)


def test_nothing_in_the_demo_waits_for_a_task_that_will_not_be_done():
    planned = plan_file(
        DEMO,
        status_aliases={"pending": "pending", "done": "completed", "cancelled": "cancelled"},
        priority_aliases={"low": 3, "medium": 5, "high": 8, "critical": 10},
    )
    for each in planned.lists:
        cancelled = {task.ref for task in each.tasks if task.status == "cancelled"}
        assert not cancelled & {edge.depends_on_ref for edge in each.dependencies}
