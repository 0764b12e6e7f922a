"""Templates have versions, of which one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.database import connect
from taskspine.errors import RuleBroken
from taskspine.queries.templates import (
    CreateTemplateItem,
    UpdateTemplateItem,
    batch_create_template,
    batch_update_template,
    create_template,
    delete_template,
    erase_template,
    get_active_template,
    get_template,
    list_template_versions,
    list_templates,
    restore_template,
    set_template_active,
    update_template,
)
from taskspine.settings import sql_folder
from work import NOBODY

if TYPE_CHECKING:
    from asking import Ask
    from taskspine.database import Connection

SEEDS = sql_folder("seeds") / "knowledge/templates.sql"


def create(ask: Ask, name: str, **named: Any) -> Any:
    return ask(create_template, **{"name": name, "type": "prompt", "content": "Hello"} | named)


def test_the_next_version_takes_the_place_of_the_last(ask: Ask) -> None:
    first = create(ask, "greeting", variables=["name"], category="talk")
    second = create(ask, "greeting", content="Good day")
    assert (first.version, second.version, first.variables) == (1, 2, ["name"])
    assert ask(get_active_template, name="greeting") == second
    kept = ask(get_template, template_id=first.id)
    assert kept is not None
    assert (kept.content, kept.is_active) == ("Hello", False)
    versions = ask(list_template_versions, name="greeting")
    assert [row.version for row in versions] == [2, 1]
    back = ask(set_template_active, template_id=first.id, is_active=True)
    assert back is not None
    used = ask(get_active_template, name="greeting")
    assert used is not None
    assert used.version == 1


def test_what_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_active_template, name="never") is None
    assert ask(get_template, template_id=NOBODY) is None
    assert ask(set_template_active, template_id=NOBODY, is_active=True) is None
    assert ask(update_template, template_id=NOBODY) is None
    assert ask(list_template_versions, name="never") == []


def test_a_template_is_updated_in_what_is_said_about_it(ask: Ask) -> None:
    made = create(ask, "greeting", category="talk", description="to say hello")
    row = ask(update_template, template_id=made.id, metadata={"a": 1}, cleared=["category"])
    assert row is not None
    assert (row.category, row.description, row.metadata) == (None, "to say hello", {"a": 1})


def test_many_are_created_and_changed_in_one_round_trip(connection: Connection[Any]) -> None:
    nothing = dict.fromkeys(
        [*CreateTemplateItem.__annotations__, *UpdateTemplateItem.__annotations__]
    )
    shared = nothing | {"name": "greeting", "type": "prompt"}
    made = batch_create_template(connection, [shared | {"content": text} for text in ("a", "b")])
    assert [row.version for row in made] == [1, 2]
    changed = batch_update_template(
        connection, [nothing | {"template_id": row.id, "category": "talk"} for row in made]
    )
    assert [row.category for row in changed if row] == ["talk", "talk"]


def test_templates_are_listed_by_criteria_in_an_order(ask: Ask) -> None:
    create(ask, "b", type="task")
    create(ask, "a", category="talk")
    create(ask, "a", category="talk")
    create(ask, "c", type="review")

    def names(**named: Any) -> list[str]:
        return [f"{row.name}{row.version}" for row in ask(list_templates, **named)]

    assert names() == ["a2", "a1", "b1", "c1"]
    assert names(is_descending=True) == ["c1", "b1", "a2", "a1"]
    assert names(order_by="type") == ["a2", "a1", "c1", "b1"]
    assert names(order_by="created_at") == ["b1", "a1", "a2", "c1"]
    assert names(order_by="created_at", is_descending=True) == ["c1", "a2", "a1", "b1"]
    assert names(is_active=True) == ["a2", "b1", "c1"]
    assert names(type="task") == ["b1"]
    assert names(category="talk") == ["a2", "a1"]
    assert names(page_size=2, page_start=1) == ["a1", "b1"]


def test_a_deleted_version_is_not_used_and_can_be_restored_or_erased(ask: Ask) -> None:
    made = create(ask, "greeting")
    assert ask(erase_template, template_id=made.id) == 0
    assert ask(delete_template, template_id=made.id) == 1
    assert ask(delete_template, template_id=made.id) == 0
    assert ask(get_active_template, name="greeting") is None
    assert ask(list_templates) == []
    with pytest.raises(RuleBroken, match=rules.TEMPLATES_DELETED_IS_NOT_ACTIVE):
        ask(set_template_active, template_id=made.id, is_active=True)
    restored = ask(restore_template, template_id=made.id)
    assert restored is not None
    assert not restored.is_active
    assert ask(restore_template, template_id=made.id) is None
    ask(delete_template, template_id=made.id)
    assert ask(erase_template, template_id=made.id) == 1
    assert ask(get_template, template_id=made.id) is None


def test_seeds_leave_later_versions_in_use(ask: Ask, database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute(SEEDS.read_bytes())
        names = [row.name for row in ask(list_templates)]
        assert len(names) == len(set(names)) >= 4
        later = create(ask, "bug_fix", content="Correct it")
        connection.execute(SEEDS.read_bytes())
    assert later.version == 2
    used = ask(get_active_template, name="bug_fix")
    assert used is not None
    assert used.version == 2
    assert len(ask(list_template_versions, name="bug_fix")) == 2


def test_the_variables_of_seeds_are_those_of_their_texts(ask: Ask, database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute(SEEDS.read_bytes())
        different = connection.execute(
            """
            SELECT name FROM templates
            WHERE ARRAY(SELECT DISTINCT (regexp_matches(content, '{{(\\w+)}}', 'g'))[1] ORDER BY 1)
                <> ARRAY(SELECT jsonb_array_elements_text(variables) ORDER BY 1)
            """
        ).fetchall()
    assert different == []
    assert len(ask(list_templates, is_active=True)) >= 4
