import json

import pytest

from taskspine.importer import FindingCode, Limits

MEGABYTE = 1024 * 1024


def tasks(planned):
    return {task.ref: task for each in planned.lists for task in each.tasks}


def codes(planned):
    return [(str(finding.code), finding.pointer) for finding in planned.findings]


def test_a_whole_task_reaches_its_columns(one):
    raw = {
        "id": 7,
        "title": "Aim the telescope",
        "description": "At the target",
        "details": "Slowly",
        "testStrategy": "Look",
        "status": "in-progress",
        "priority": "high",
        "dependencies": [],
        "subtasks": [],
        "complexity": 4,
        "assignee": "ada",
        "estimatedHours": 1.5,
        "acceptanceCriteria": "It points there",
        "tags": ["dome", "dome", "night"],
        "colour": {"deep": [1, None]},
    }
    planned = one(raw)
    task = tasks(planned)["7"]
    assert planned.findings == ()
    assert (task.title, task.description) == ("Aim the telescope", "At the target")
    assert (task.details, task.test_strategy) == ("Slowly", "Look")
    assert (task.status, task.status_spelling) == ("in_progress", "in-progress")
    assert (task.priority, task.priority_spelling) == (8, "high")
    assert (task.complexity_score, task.assignee, task.estimated_hours) == (4, "ada", 1.5)
    assert (task.acceptance_criteria, task.tags) == (["It points there"], ["dome", "night"])
    kept = task.metadata["taskmaster"]
    assert kept["keys"] == list(raw)
    in_columns = {"title", "description", "details", "testStrategy", "subtasks"}
    assert kept["original"] == {k: v for k, v in raw.items() if k not in in_columns}


def test_missing_keys_have_their_defaults(one):
    planned = one({"id": 1, "title": "Aim"})
    task = tasks(planned)["1"]
    assert planned.findings == ()
    assert (task.status, task.priority, task.description) == ("pending", 5, "")
    assert (task.status_spelling, task.priority_spelling) == (None, None)
    assert task.metadata == {"taskmaster": {"keys": ["id", "title"], "original": {"id": 1}}}


@pytest.mark.parametrize(
    ("spelled", "status"),
    [("done", "completed"), ("In Progress", "in_progress"), ("IN_PROGRESS", "in_progress"),
     ("completed", "completed"), ("validation", "validation"), (" review ", "review")],
)  # fmt: skip
def test_a_status_is_known_by_alias_by_name_and_in_any_case(one, spelled, status):
    planned = one({"id": 1, "title": "Aim", "status": spelled})
    assert tasks(planned)["1"].status == status
    assert planned.findings == ()


@pytest.mark.parametrize("spelled", ["perhaps", "", 3, True, ["done"], {"a": 1}])
def test_an_unknown_status_is_read_as_pending_and_kept(one, spelled):
    planned = one({"id": 1, "title": "Aim", "status": spelled})
    task = tasks(planned)["1"]
    assert task.status == "pending"
    assert task.metadata["taskmaster"]["original"]["status"] == spelled
    assert codes(planned) == [("status_unknown", "/tasks/0/status")]


@pytest.mark.parametrize(
    ("spelled", "priority"),
    [("HIGH", 8), (0, 0), (10, 10), ("7", 7), (6.0, 6)],
)
def test_a_priority_is_a_word_or_a_number_from_0_to_10(one, spelled, priority):
    planned = one({"id": 1, "title": "Aim", "priority": spelled})
    assert tasks(planned)["1"].priority == priority
    assert planned.findings == ()


@pytest.mark.parametrize("spelled", ["soon", 11, -1, 2.5, True, "", "11", [], "9" * 5000, 10**900])
def test_an_unknown_priority_is_read_as_5(one, spelled):
    planned = one({"id": 1, "title": "Aim", "priority": spelled})
    assert tasks(planned)["1"].priority == 5
    assert codes(planned) == [("priority_unknown", "/tasks/0/priority")]


def test_a_subtask_without_priority_has_its_parents(one):
    deep = {"id": 1, "title": "a", "priority": "low", "subtasks": [{"id": 1, "title": "b"}]}
    planned = one(
        {"id": 1, "title": "x", "priority": "high", "subtasks": [deep]},
        {"id": 2, "title": "y", "priority": 9, "subtasks": [{"id": 1, "title": "z"}]},
    )
    priorities = {ref: task.priority for ref, task in tasks(planned).items()}
    assert priorities == {"1": 8, "1.1": 3, "1.1.1": 3, "2": 9, "2.1": 9}


def test_subtasks_come_after_their_parents_at_any_depth(one):
    deepest = {"id": "c", "title": "c"}
    planned = one(
        {"id": 1, "title": "a", "subtasks": [{"id": 5, "title": "b", "subtasks": [deepest]}]},
        {"id": "slug", "title": "d", "subtasks": [{"id": "slug.9", "title": "e"}]},
    )
    assert [(t.ref, t.parent_ref, t.depth, t.position) for t in planned.lists[0].tasks] == [
        ("1", None, 0, 0),
        ("1.5", "1", 1, 1),
        ("1.5.c", "1.5", 2, 2),
        ("slug", None, 0, 3),
        ("slug.9", "slug", 1, 4),
    ]


def test_ninety_levels_of_subtasks_are_no_trouble(one):
    task = {"id": 0, "title": "innermost"}
    for level in range(1, 90):
        task = {"id": level, "title": "level", "subtasks": [task]}
    planned = one(task)
    assert planned.task_count == 90
    assert max(each.depth for each in planned.lists[0].tasks) == 89
    assert len({each.ref for each in planned.lists[0].tasks}) == 90


@pytest.mark.parametrize("title", [None, "", " \n", True, [], {}])
def test_a_task_without_title_is_set_aside_and_the_rest_stays(one, title):
    planned = one(
        {"id": 1, "title": title, "note": "keep", "subtasks": [{"id": 1, "title": "part"}]},
        {"id": 2, "title": "Aim", "dependencies": [1]},
    )
    assert [(t.ref, t.parent_ref) for t in planned.lists[0].tasks] == [("1.1", None), ("2", None)]
    assert codes(planned) == [
        ("task_without_title", "/tasks/0"),
        ("parent_set_aside", "/tasks/0/subtasks/0"),
        ("dependency_set_aside", "/tasks/1/dependencies/0"),
    ]
    assert planned.findings[0].detail["raw"] == {"id": 1, "title": title, "note": "keep"}
    assert not planned.is_futile


def test_the_finding_of_a_bad_task_names_its_line_and_a_remedy(plan):
    planned = plan('{"tasks": [\n{"id": 1, "title": "a"},\n{"id": 2}\n]}')
    assert planned.findings[0].describe("x.json") == (
        "x.json, line 3, at /tasks/1: task 2 has no title, and was set aside. "
        "Give the task a title and import the file again."
    )


def test_a_file_of_which_nothing_is_left_is_futile(one):
    assert one({"id": 1}, None, "x").is_futile


@pytest.mark.parametrize("value", [None, 3, "buy milk", ["a"], True])
def test_what_is_no_object_is_set_aside(one, value):
    planned = one(value, {"id": 1, "title": "Aim", "subtasks": [value]})
    assert list(tasks(planned)) == ["1"]
    assert codes(planned) == [
        ("task_not_an_object", "/tasks/0"),
        ("task_not_an_object", "/tasks/1/subtasks/0"),
    ]


@pytest.mark.parametrize("value", ["x", 3, {"id": 1}, True])
def test_subtasks_that_are_no_array_are_set_aside_and_kept(one, value):
    planned = one({"id": 1, "title": "Aim", "subtasks": value})
    assert codes(planned) == [("subtasks_not_an_array", "/tasks/0/subtasks")]
    assert tasks(planned)["1"].metadata["taskmaster"]["original"]["subtasks"] == value


def test_a_title_has_at_most_500_characters(one):
    planned = one({"id": 1, "title": "é" * 500}, {"id": 2, "title": "é" * 501})
    assert [len(task.title) for task in planned.lists[0].tasks] == [500, 500]
    assert codes(planned) == [("title_cut", "/tasks/1/title")]
    assert "title" not in tasks(planned)["1"].metadata["taskmaster"]["original"]
    assert tasks(planned)["2"].metadata["taskmaster"]["original"]["title"] == "é" * 501


def test_a_text_of_one_megabyte_is_accepted_and_one_byte_more_sets_its_task_aside(one):
    planned = one(
        {"id": 1, "title": "a", "details": "x" * MEGABYTE},
        {"id": 2, "title": "b", "details": "é" * (MEGABYTE // 2) + "x"},
        {"id": 3, "title": "c", "subtasks": [{"id": 1, "title": "d", "k": ["x" * MEGABYTE * 2]}]},
    )
    assert list(tasks(planned)) == ["1", "3"]
    assert codes(planned) == [
        ("text_too_long", "/tasks/1/details"),
        ("text_too_long", "/tasks/2/subtasks/0/k/0"),
    ]
    assert len(json.dumps(planned.findings[0].detail)) < 10_000


def test_the_same_id_twice_keeps_both_tasks(one):
    planned = one(
        {"id": 1, "title": "first"},
        {"id": "1", "title": "second", "subtasks": [{"id": 1, "title": "part"}]},
        {"id": 2, "title": "third", "dependencies": [1]},
        {"id": 1, "title": "fourth"},
    )
    assert [(t.ref, t.parent_ref) for t in planned.lists[0].tasks] == [
        ("1", None), ("1~2", None), ("1~2.1", "1~2"), ("2", None), ("1~3", None),
    ]  # fmt: skip
    assert codes(planned) == [("id_repeated", "/tasks/1"), ("id_repeated", "/tasks/3")]
    assert [edge.depends_on_ref for edge in planned.lists[0].dependencies] == ["1"]


def test_a_task_that_was_set_aside_leaves_its_id_to_the_next(one):
    planned = one({"id": 1}, {"id": 1, "title": "b"}, {"id": 2, "title": "c", "dependencies": [1]})
    assert list(tasks(planned)) == ["1", "2"]
    assert codes(planned) == [("task_without_title", "/tasks/0")]
    assert len(planned.lists[0].dependencies) == 1


@pytest.mark.parametrize(
    ("identifier", "code"),
    [(None, "id_missing"), ("", "id_missing"), (" ", "id_missing"), (True, "id_unusable"),
     ([], "id_unusable"), ({}, "id_unusable")],
)  # fmt: skip
def test_a_task_without_usable_id_gets_one_that_stays_the_same(one, identifier, code):
    task = {"id": identifier, "title": "Aim"}
    alone, later = one(task), one({"id": 1, "title": "Before"}, task)
    assert codes(alone) == [(code, "/tasks/0")]
    ref = alone.lists[0].tasks[0].ref
    assert ref.startswith("no-id-")
    assert ref == later.lists[0].tasks[1].ref


def test_an_id_may_be_any_number_or_text(plan):
    planned = plan('{"tasks": [{"id": 3.0, "title": "a"}, {"id": -1, "title": "b"}, '
                   '{"id": 5.10, "title": "c"}, {"id": 5.1, "title": "d"}, '
                   '{"id": " x y ", "title": "e"}]}')  # fmt: skip
    assert list(tasks(planned)) == ["3", "-1", "5.10", "5.1", "x y"]
    assert planned.findings == ()


def test_an_endless_id_is_cut_and_stays_unique(one):
    planned = one(
        {"id": 10**900, "title": "a"},
        {"id": "x" * 900, "title": "b"},
        {"id": "x" * 900 + "y", "title": "c", "dependencies": ["x" * 900]},
    )
    refs = [task.ref for task in planned.lists[0].tasks]
    assert len(set(refs)) == 3
    assert max(map(len, refs)) <= 200
    assert planned.lists[0].dependencies[0].depends_on_ref == refs[1]


def test_ids_that_grow_too_long_with_depth_are_cut(one):
    task = {"id": "y" * 150, "title": "inner"}
    planned = one({"id": "x" * 150, "title": "outer", "subtasks": [task]})
    assert codes(planned) == [("id_too_long", "/tasks/0/subtasks/0")]
    assert len(planned.lists[0].tasks[1].ref) == 200


@pytest.mark.parametrize(
    ("key", "value"),
    [("description", {"a": 1}), ("details", True), ("details", [1]), ("complexity", 11),
     ("complexity", "4.5"), ("assignee", ["x"]), ("estimatedHours", -1), ("tags", "x"),
     ("estimatedHours", "2h"), ("acceptanceCriteria", 4),
     ("acceptanceCriteria", ["x", 4]), ("tags", [1])],
)  # fmt: skip
def test_a_value_that_its_column_cannot_hold_is_kept_as_it_was(one, key, value):
    planned = one({"id": 1, "title": "Aim", key: value})
    assert codes(planned) == [("value_unusable", f"/tasks/0/{key}")]
    assert tasks(planned)["1"].metadata["taskmaster"]["original"][key] == value


def test_a_text_may_be_a_number_or_an_array_of_lines(one):
    planned = one({"id": 1, "title": 42, "details": ["a", "b"], "description": 1.5})
    task = tasks(planned)["1"]
    assert (task.title, task.details, task.description) == ("42", "a\nb", "1.5")
    assert {"title", "details", "description"} <= set(task.metadata["taskmaster"]["original"])


def test_text_that_postgresql_cannot_store_is_replaced_and_the_original_noted(plan):
    planned = plan(
        r'{"tasks": [{"id": 1, "title": "a\u0000b", "k\ud800": {"x": "\udc00"}, "ok": "😀"}],'
        r' "top": "\u0000"}'
    )
    task = tasks(planned)["1"]
    assert task.title == "a�b"
    kept = task.metadata["taskmaster"]
    assert kept["original"] == {"id": 1, "k�": {"x": "�"}, "ok": "😀"}
    assert {p: json.loads(text) for p, text in kept["escaped"].items()} == {
        "/title": "a\0b",
        "/k�": "k\ud800",
        "/k�/x": "\udc00",
    }
    assert planned.extra == {"top": "�"}
    assert planned.count_findings() == {FindingCode.TEXT_UNSTORABLE: 4}


def test_keys_stay_different_when_their_text_is_replaced(plan):
    planned = plan(r'{"tasks": [{"id": 1, "title": "a", "k�": 1, "k\u0000": 2}]}')
    kept = tasks(planned)["1"].metadata["taskmaster"]
    assert kept["original"] == {"id": 1, "k�": 1, "k��": 2}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_postgresql_cannot_store_becomes_text(plan, number):
    planned = plan(f'{{"tasks": [{{"id": 1, "title": "a", "x": {number}}}]}}')
    kept = tasks(planned)["1"].metadata["taskmaster"]
    assert kept["original"]["x"] == number
    assert codes(planned) == [("number_unstorable", "/tasks/0/x")]
    json.dumps(kept, allow_nan=False)


def test_a_repeated_key_is_told_with_the_value_that_was_lost(plan):
    planned = plan('{"tasks": [\n{"id": 1, "title": "a",\n"title": "b"}]}')
    assert tasks(planned)["1"].title == "b"
    assert codes(planned) == [("key_repeated", "/tasks/0/title")]
    assert planned.findings[0].detail == {"original": '"a"'}
    assert planned.findings[0].line == 3


def test_the_digest_changes_with_the_tasks_own_content_alone(one):
    def digest(*before, **more):
        return one(*before, {"id": 1, "title": "a", **more}).lists[0].tasks[len(before)].digest

    assert digest() == digest({"id": 2, "title": "b"})
    assert digest() == digest() != digest(status="done")
    part, other = {"id": 1, "title": "p"}, {"id": 1, "title": "q"}
    assert digest(subtasks=[part]) == digest(subtasks=[other])


def test_own_limits_hold(one):
    planned = one({"id": 1, "title": "abcdef"}, limits=Limits(title_length=3))
    assert planned.lists[0].tasks[0].title == "abc"
