"""Requirements and acceptance criteria are ticked one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskspine.queries.task_details import update_task_details
from taskspine.queries.task_items import (
    batch_tick_task_item,
    list_task_items,
    remove_task_tick,
    tick_task_item,
)
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_items_are_ticked_one_by_one(ask: Ask, desk: Desk) -> None:
    task = desk.task(requirements=["deep"], acceptance_criteria=["no stones", "straight"])
    requirement, stones, straight = ask(list_task_items, task_id=task.id)
    assert (requirement.kind, requirement.words, requirement.position) == ("requirement", "deep", 1)
    assert (straight.content, straight.is_ticked, straight.ticked_by) == ("straight", False, None)
    tick = ask(tick_task_item, task_id=task.id, item_id=straight.id, note="seen")
    assert tick is not None
    again = ask(tick_task_item, task_id=task.id, item_id=straight.id, validation_id=7)
    assert again is not None
    assert (again.note, again.validation_id) == ("seen", 7)
    assert (again.ticked_by, again.ticked_at) == (tick.ticked_by, tick.ticked_at)
    criteria = ask(list_task_items, task_id=task.id, kind="acceptance_criterion")
    assert [(row.words, row.is_ticked) for row in criteria] == [
        ("no stones", False), ("straight", True),
    ]  # fmt: skip
    assert ask(remove_task_tick, task_id=task.id, item_id=straight.id) == 1
    assert ask(remove_task_tick, task_id=task.id, item_id=straight.id) == 0
    ticked = batch_tick_task_item(
        desk.connection,
        [{"task_id": task.id, "item_id": row.id} for row in (requirement, stones)],
    )
    assert [row and row.item_id for row in ticked] == [requirement.id, stones.id]


def test_what_a_task_no_longer_says_is_not_ticked(ask: Ask, desk: Desk) -> None:
    task = desk.task(acceptance_criteria=["straight", "straight"])
    one, other = ask(list_task_items, task_id=task.id)
    assert one.id == other.id
    assert ask(tick_task_item, task_id=task.id, item_id=one.id) is not None
    update_task_details(desk.connection, task_id=task.id, acceptance_criteria=["very straight"])
    (item,) = ask(list_task_items, task_id=task.id)
    assert (item.is_ticked, item.id == one.id) == (False, False)
    assert ask(tick_task_item, task_id=task.id, item_id=one.id) is None
    assert ask(tick_task_item, task_id=NOBODY, item_id=one.id) is None
