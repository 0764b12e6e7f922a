"""How templates do follows from their uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.runtime import only
from taskspine.queries.task_executions import complete_task
from taskspine.queries.template_performance import (
    get_template_performance,
    list_template_performance,
)
from taskspine.queries.template_usage import record_template_usage
from taskspine.queries.templates import create_template
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_a_use_went_well_when_its_attempt_was_completed(ask: Ask, desk: Desk) -> None:
    template = only(create_template(desk.connection, name="hi", type="prompt", content="Hello"))
    desk.task()
    claim = desk.claim()
    ask(record_template_usage, template_id=template.id, execution_id=claim.execution_id)
    did = ask(get_template_performance, template_id=template.id)
    assert did is not None
    assert (did.usage_count, did.success_rate) == (1, None)
    complete_task(desk.connection, execution_id=claim.execution_id, output_results={})
    did = ask(get_template_performance, template_id=template.id)
    assert did is not None
    assert (did.usage_count, did.success_count, did.success_rate) == (1, 1, 1)


def test_templates_are_listed_by_use(ask: Ask, desk: Desk) -> None:
    for name, category, uses in (("a", "talk", 1), ("b", None, 2)):
        template = only(
            create_template(
                desk.connection, name=name, type="prompt", content="Hello", category=category
            )
        )
        for _ in range(uses):
            ask(record_template_usage, template_id=template.id)
    assert [row.name for row in ask(list_template_performance)] == ["b", "a"]
    assert [row.name for row in ask(list_template_performance, category="talk")] == ["a"]
    assert [row.name for row in ask(list_template_performance, name="b")] == ["b"]
    assert ask(list_template_performance, type="task") == []
    assert ask(get_template_performance, template_id=NOBODY) is None
