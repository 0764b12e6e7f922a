"""Settings of projects are set, found and removed one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.project_settings import (
    get_project_setting,
    list_project_settings,
    remove_project_setting,
    set_project_setting,
)
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def test_one_setting_leaves_the_others_alone(ask: Ask, desk: Desk) -> None:
    here = {"project_id": desk.project_id}
    assert ask(list_project_settings, **here) == []
    ask(set_project_setting, **here, key="review", value=True)
    changed = ask(set_project_setting, **here, key="branch", value={"prefix": "ai/"})
    assert changed is not None
    assert changed.settings == {"review": True, "branch": {"prefix": "ai/"}}
    ask(set_project_setting, **here, key="review", value=False)
    listed = ask(list_project_settings, **here)
    assert [(row.key, row.value) for row in listed] == [
        ("branch", {"prefix": "ai/"}), ("review", False),
    ]  # fmt: skip
    found = ask(get_project_setting, **here, key="review")
    assert found is not None
    assert found.value is False
    assert ask(remove_project_setting, **here, key="review") == 1
    assert ask(remove_project_setting, **here, key="review") == 0
    assert ask(get_project_setting, **here, key="review") is None


def test_a_setting_is_of_a_project_and_well_typed_where_it_is_known(ask: Ask, desk: Desk) -> None:
    assert ask(set_project_setting, project_id=NOBODY, key="review", value=1) is None
    with pytest.raises(RuleBroken, match=rules.PROJECTS_SETTINGS_IS_OBJECT):
        ask(set_project_setting, project_id=desk.project_id, key="taskmaster", value=[])
