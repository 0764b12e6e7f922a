"""Whatever stands in a file, the answer is a sound plan or a refusal, never a traceback."""

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from taskspine.importer import ImportRefused

NUMBERS = st.one_of(st.integers(), st.integers(0, 6), st.floats())
TEXTS = st.one_of(
    st.text(),
    st.text(st.characters(), max_size=5),
    st.text(st.sampled_from("\x00\ud800\udfff./~1a "), max_size=5),
    st.sampled_from(["1", "2", "1.1", "1.2", "2.1", "done", "high", "slug", "tasks"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
IDS = st.one_of(st.integers(1, 4), st.sampled_from(["1", "2", "1.1", "a"]), ANYTHING)
TASKS = st.recursive(
    ANYTHING,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "id": IDS,
            "title": st.one_of(st.just("Aim"), ANYTHING),
            "status": ANYTHING,
            "priority": ANYTHING,
            "details": ANYTHING,
            "complexity": ANYTHING,
            "estimatedHours": ANYTHING,
            "tags": ANYTHING,
            "assignee": ANYTHING,
            "acceptanceCriteria": ANYTHING,
            "dependencies": st.one_of(
                st.lists(st.one_of(IDS, st.fixed_dictionaries({"id": IDS})), max_size=4), ANYTHING
            ),
            "subtasks": st.one_of(st.lists(inner, max_size=4), ANYTHING),
            "other": ANYTHING,
        },
    ),
    max_leaves=10,
)
LISTS = st.lists(TASKS, max_size=6)
FILES = st.one_of(
    ANYTHING,
    st.fixed_dictionaries({"tasks": LISTS}, optional={"metadata": ANYTHING, "other": ANYTHING}),
    st.dictionaries(
        TEXTS, st.one_of(st.fixed_dictionaries({"tasks": LISTS}), ANYTHING), max_size=3
    ),
)


def assert_storable(value):
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")


def assert_sound(planned):
    for each in planned.lists:
        refs = [task.ref for task in each.tasks]
        assert len(set(refs)) == len(refs)
        known = set()
        for position, task in enumerate(each.tasks):
            assert task.position == position
            assert task.parent_ref is None or task.parent_ref in known
            known.add(task.ref)
            assert 1 <= len(task.title) <= 500
            assert task.title.strip()
            assert 0 <= task.priority <= 10
            assert 1 <= len(task.ref) <= 200
            for text in (task.title, task.description, task.details, task.test_strategy, task.ref):
                assert "\0" not in text
                text.encode()
            assert_storable(task.metadata)
            assert_storable([task.tags, task.acceptance_criteria, task.assignee])
        assert_acyclic(each.dependencies, known)
        assert_storable([each.name, each.metadata, each.extra])
    assert len({each.name for each in planned.lists}) == len(planned.lists)
    assert_storable(planned.extra)
    for finding in planned.findings:
        assert finding.line >= 1
        assert_storable([finding.describe("f"), finding.ref, finding.list_name, finding.detail])


def assert_acyclic(dependencies, refs):
    waits = {ref: set() for ref in refs}
    for edge in dependencies:
        assert edge.task_ref != edge.depends_on_ref
        assert edge.depends_on_ref in refs
        if edge.kind == "blocks":
            waits[edge.task_ref].add(edge.depends_on_ref)
    while waits:
        free = {ref for ref, blockers in waits.items() if not blockers & waits.keys()}
        assert free, "the planned dependencies have a cycle"
        for ref in free:
            del waits[ref]


@settings(max_examples=200)
@given(FILES)
def test_any_json_gives_a_sound_plan_or_a_refusal(plan, content):
    try:
        planned = plan(json.dumps(content))
    except ImportRefused as refused:
        str(refused).encode()
    else:
        assert_sound(planned)


@settings(max_examples=50)
@given(FILES)
def test_the_same_file_gives_the_same_plan(plan, content):
    text = json.dumps(content)
    with suppress(ImportRefused):
        assert plan(text) == plan(text)


@settings(max_examples=200)
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode(errors="surrogatepass"))))
def test_any_bytes_give_a_plan_or_a_refusal(plan, content):
    with suppress(ImportRefused):
        plan(content)


@settings(max_examples=200)
@given(
    st.integers(1, 12).flatmap(
        lambda count: st.lists(
            st.tuples(st.integers(1, count), st.integers(1, count)), max_size=30
        ).map(lambda pairs: (count, pairs))
    )
)
def test_every_edge_is_either_planned_or_found(plan, graph):
    count, pairs = graph
    tasks = [
        {"id": n, "title": "t", "dependencies": [to for at, to in pairs if at == n]}
        for n in range(1, count + 1)
    ]
    planned = plan({"tasks": tasks})
    assert_sound(planned)
    assert planned.dependency_count + len(planned.findings) == len(pairs)
