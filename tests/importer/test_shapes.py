import pytest

from taskspine.importer import FindingCode, ImportRefused

A_TASK = {"id": 1, "title": "Aim"}


def test_a_flat_file_is_the_list_master(plan):
    planned = plan({"tasks": [A_TASK]})
    assert planned.shape == "flat"
    assert [(each.name, each.metadata, len(each.tasks)) for each in planned.lists] == [
        ("master", None, 1)
    ]


def test_a_flat_file_keeps_its_metadata_and_its_other_keys(plan):
    planned = plan({"project": {"v": 1}, "tasks": [A_TASK], "metadata": {"by": "hand"}, "n": None})
    assert planned.lists[0].metadata == {"by": "hand"}
    assert planned.extra == {"project": {"v": 1}, "n": None}


def test_a_tagged_file_has_a_list_for_each_tag(plan):
    planned = plan(
        {
            "nights/1": {"tasks": [A_TASK], "metadata": {"created": "today"}, "colour": "blue"},
            "tasks": {"tasks": []},
            "version": 2,
        }
    )
    assert planned.shape == "tagged"
    assert [(each.name, each.position, each.pointer) for each in planned.lists] == [
        ("nights/1", 0, "/nights~11/tasks"),
        ("tasks", 1, "/tasks/tasks"),
    ]
    assert planned.lists[0].metadata == {"created": "today"}
    assert planned.lists[0].extra == {"colour": "blue"}
    assert planned.extra == {"version": 2}
    assert planned.findings == ()


def test_a_mixed_file_has_both_and_names_stay_unique(plan):
    planned = plan({"tasks": [A_TASK], "master": {"tasks": [A_TASK]}, "x": {"tasks": []}})
    assert planned.shape == "mixed"
    assert {each.name: each.pointer for each in planned.lists} == {
        "master": "/master/tasks",
        "x": "/x/tasks",
        "master~2": "/tasks",
    }
    assert planned.count_findings() == {FindingCode.LIST_RENAMED: 1}


def test_an_empty_and_an_endless_name_are_replaced(plan):
    planned = plan({"": {"tasks": []}, "x" * 999: {"tasks": []}, "  ": {"tasks": []}})
    assert [each.name for each in planned.lists] == ["unnamed", "x" * 200, "unnamed~2"]
    assert planned.count_findings() == {FindingCode.LIST_RENAMED: 3}


def test_a_list_that_is_no_array_does_not_lose_the_others(plan):
    planned = plan({"a": {"tasks": {"1": A_TASK}}, "b": {"tasks": [A_TASK]}})
    assert [each.name for each in planned.lists] == ["b"]
    assert planned.extra == {"a": {"tasks": {"1": A_TASK}}}
    assert [(each.code, each.pointer) for each in planned.findings] == [
        (FindingCode.TASKS_NOT_AN_ARRAY, "/a/tasks")
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([A_TASK], "this is a bare array, not a file of Task Master"),
        ([], "this is a bare array, not a file of Task Master"),
        (3, "this is a single value, not a file of Task Master"),
        ("null", "this is a single value, not a file of Task Master"),
        ({}, "this is not a file of Task Master: no list of tasks is in it"),
        ({"name": "x", "scripts": {}}, "this is not a file of Task Master: no list of tasks"),
        ({"tasks": {"1": A_TASK}}, 'this is not a file of Task Master: "tasks" is not an array'),
        ({"tasks": None}, 'this is not a file of Task Master: "tasks" is not an array'),
        ({"models": {}, "global": {}}, "this is Task Master's configuration, not its tasks"),
        ({"currentTag": "master"}, "this is Task Master's state, not its tasks"),
        ({"complexityAnalysis": []}, "this is a complexity report of Task Master"),
    ],
)
def test_a_foreign_file_is_refused_with_its_reason_and_a_remedy(plan, content, reason):
    with pytest.raises(ImportRefused) as caught:
        plan(content)
    assert caught.value.reason.startswith(reason)
    assert '{"tasks": [...]}' in caught.value.remedy


def test_an_empty_list_is_no_fault(plan):
    planned = plan({"tasks": []})
    assert (planned.task_count, planned.findings, planned.is_futile) == (0, (), False)


def test_more_tasks_than_the_limit_are_refused(plan):
    from taskspine.importer import Limits

    content = {"tasks": [{"id": 1, "title": "a", "subtasks": [A_TASK, A_TASK]}]}
    assert plan(content, Limits(tasks=3)).task_count == 3
    with pytest.raises(ImportRefused, match="holds 3 tasks, more than 2"):
        plan(content, Limits(tasks=2))
