import pytest


def edges(planned):
    return [
        (edge.task_ref, edge.depends_on_ref) for each in planned.lists for edge in each.dependencies
    ]


def codes(planned):
    return [str(finding.code) for finding in planned.findings]


def task(identifier, *dependencies, subtasks=()):
    return {
        "id": identifier,
        "title": f"Task {identifier}",
        "dependencies": list(dependencies),
        "subtasks": list(subtasks),
    }


@pytest.mark.parametrize("spelled", [1, "1", " 1 ", 1.0, {"id": 1}, {"taskId": "1"}])
def test_a_dependency_is_a_number_a_text_or_an_object(one, spelled):
    planned = one(task(1), task(2, spelled))
    assert edges(planned) == [("2", "1")]
    edge = planned.lists[0].dependencies[0]
    assert (edge.spelling, edge.kind) == (spelled, "blocks")
    assert edge.pointer == "/tasks/1/dependencies/0"
    assert planned.findings == ()


def test_a_dependency_may_lead_to_a_later_task(one):
    assert edges(one(task(1, 2), task(2))) == [("1", "2")]


def test_an_undotted_dependency_of_a_subtask_means_its_sibling_first(one):
    planned = one(task(1), task(2), task(5, subtasks=[task(1), task(2, 1), task(3, "2", 5)]))
    assert edges(planned) == [("5.2", "5.1"), ("5.3", "5.2")]
    assert codes(planned) == ["dependency_on_parent"]


def test_an_undotted_dependency_without_sibling_means_a_task_further_out(one):
    innermost = task(1, 9, 3, 4)
    planned = one(task(9), task(5, subtasks=[task(3, subtasks=[innermost]), task(4)]))
    assert edges(planned) == [("5.3.1", "9"), ("5.3.1", "5.4")]
    assert codes(planned) == ["dependency_on_parent"]


def test_a_dotted_dependency_means_the_whole_path_first(one):
    planned = one(
        task(1, subtasks=[task(2)]),
        task(5, subtasks=[task(1, subtasks=[task(2), task(7)]), task(3, "1.2", "1.7", "5.1.2")]),
    )
    assert edges(planned) == [("5.3", "1.2"), ("5.3", "5.1.7"), ("5.3", "5.1.2")]


def test_a_dotted_number_is_read_as_it_was_written(plan):
    parts = ", ".join(f'{{"id": {n}, "title": "part"}}' for n in (1, 10))
    planned = plan(
        f'{{"tasks": [{{"id": 5, "title": "a", "subtasks": [{parts}]}}, '
        '{"id": 6, "title": "b", "dependencies": [5.10]}]}'
    )
    assert edges(planned) == [("6", "5.10")]


def test_slugs_are_found_among_siblings_at_the_top_and_when_unique_anywhere(one):
    planned = one(
        task("aim", subtasks=[task("turn"), task("lift", "turn")]),
        task("look", "aim", "lift"),
    )
    assert edges(planned) == [("aim.lift", "aim.turn"), ("look", "aim"), ("look", "aim.lift")]
    assert codes(planned) == ["dependency_found_elsewhere"]


def test_a_slug_that_several_tasks_have_is_not_guessed(one):
    planned = one(task("a", subtasks=[task("x")]), task("b", subtasks=[task("x")]), task("c", "x"))
    assert edges(planned) == []
    assert codes(planned) == ["dependency_dangling"]


def test_a_dangling_dependency_is_kept_for_repair_and_told_where_it_might_lead(plan):
    planned = plan({"day": {"tasks": [task(1, 16)]}, "night": {"tasks": [task(16)]}})
    (finding,) = planned.findings
    assert finding.code == "dependency_dangling"
    assert finding.list_name == "day"
    assert finding.detail == {"task": "1", "spelling": 16, "kind": "blocks"}
    assert finding.message == "task 1 depends on '16', which is not in this list, but in night"


@pytest.mark.parametrize("spelled", [None, True, [], {}, "", {"id": None}, {"id": []}])
def test_a_dependency_that_names_no_task_is_a_finding(one, spelled):
    planned = one(task(1), task(2, spelled, 1))
    assert edges(planned) == [("2", "1")]
    assert codes(planned) == ["dependency_unreadable"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1, 3", [("2", "1"), ("2", "3")]), (1, [("2", "1")]), ({"id": 3}, [("2", "3")])],
)
def test_dependencies_that_are_no_array_are_read_all_the_same(one, value, expected):
    planned = one(task(1), task(3), {"id": 2, "title": "b", "dependencies": value})
    assert edges(planned) == expected
    assert codes(planned) == ["dependencies_not_an_array"]


def test_the_kind_of_a_dependency_is_looked_up(one):
    planned = one(
        task(1),
        task(2, {"id": 1, "type": "Depends-On"}, {"id": 1, "kind": "conflicts"}),
        task(3, {"id": 1, "kind": "hopes for"}),
    )
    assert [edge.kind for edge in planned.lists[0].dependencies] == ["blocks", "conflicts"]
    assert codes(planned) == ["dependency_kind_unknown"]
    assert planned.findings[0].detail["kind"] == "hopes for"


def test_a_repeated_dependency_is_written_once(one):
    planned = one(task(1), task(2, 1, "1"))
    assert edges(planned) == [("2", "1")]
    assert codes(planned) == ["dependency_repeated"]


def test_a_task_cannot_wait_for_itself_its_parts_or_what_it_is_part_of(one):
    planned = one(task(1, 1, "1.1", "1.1.1", subtasks=[task(1, subtasks=[task(1, "1.1", "1")])]))
    assert edges(planned) == []
    assert codes(planned) == [
        "dependency_on_itself",
        "dependency_on_child",
        "dependency_on_child",
        "dependency_on_parent",
        "dependency_on_itself",
    ]


def test_a_cycle_loses_one_edge_which_is_kept_for_repair_with_its_path(one):
    planned = one(task(1, 3), task(2, 1), task(3, 2), task(4, 3))
    assert edges(planned) == [("1", "3"), ("3", "2"), ("4", "3")]
    (finding,) = planned.findings
    assert finding.code == "dependency_closes_cycle"
    assert finding.message == "task 2 depends on 1 in a circle: 1 -> 3 -> 2 -> 1"
    assert finding.detail == {
        "task": "2",
        "depends_on": "1",
        "kind": "blocks",
        "spelling": 1,
        "path": ["1", "3", "2"],
        "length": 3,
    }


def test_a_shortcut_and_a_diamond_are_no_cycles(one):
    planned = one(task(1), task(2, 1), task(3, 1), task(4, 1, 2, 3))
    assert len(edges(planned)) == 5
    assert planned.findings == ()


def test_only_edges_that_make_a_task_wait_form_cycles(one):
    other_way = {"id": 2, "kind": "conflicts"}
    assert one(task(1, other_way), task(2, 1)).findings == ()


def test_a_circle_of_ten_thousand_tasks_is_no_trouble(one):
    count = 10_000
    planned = one(*(task(n, (n + 1) % count) for n in range(count)))
    assert len(edges(planned)) == count - 1
    (finding,) = planned.findings
    assert finding.detail["length"] == count
    assert len(finding.detail["path"]) == 100
    assert len(finding.message) < 200
