"""Articles are written, changed, and found by what a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.knowledge_articles import (
    CreateKnowledgeArticleItem,
    UpdateKnowledgeArticleItem,
    batch_create_knowledge_article,
    batch_update_knowledge_article,
    create_knowledge_article,
    delete_knowledge_article,
    erase_knowledge_article,
    get_knowledge_article,
    list_knowledge_articles,
    restore_knowledge_article,
    search_knowledge_articles,
    update_knowledge_article,
)
from taskspine.queries.projects import delete_project
from work import NOBODY, Desk

if TYPE_CHECKING:
    from asking import Ask


def create(ask: Ask, title: str, content: str = "Something.", **named: Any) -> Any:
    return ask(create_knowledge_article, title=title, content=content, **named)


def test_an_article_is_created_found_and_changed(ask: Ask, desk: Desk) -> None:
    made = create(
        ask, "Boats", tags=["sea"], category="guide", project_id=desk.project_id, created_by="ada"
    )
    assert (made.tags, made.category, made.created_by) == (["sea"], "guide", "ada")
    found = ask(get_knowledge_article, knowledge_article_id=made.id)
    assert found is not None
    assert (found.title, found.updated_at) == ("Boats", made.updated_at)
    row = ask(
        update_knowledge_article,
        knowledge_article_id=made.id,
        content="Else.",
        cleared=["category", "project_id"],
    )
    assert row is not None
    assert (row.title, row.content, row.category, row.project_id) == ("Boats", "Else.", None, None)


def test_an_article_that_is_not_there_is_none(ask: Ask) -> None:
    assert ask(get_knowledge_article, knowledge_article_id=NOBODY) is None
    assert ask(update_knowledge_article, knowledge_article_id=NOBODY) is None
    assert ask(restore_knowledge_article, knowledge_article_id=NOBODY) is None


def test_an_article_says_something(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.KNOWLEDGE_ARTICLES_CONTENT_HAS_1_BYTE_TO_1_MB):
        create(ask, "Empty", "  ")


def test_many_are_created_and_changed_in_one_round_trip(desk: Desk) -> None:
    nothing = dict.fromkeys(
        [*CreateKnowledgeArticleItem.__annotations__, *UpdateKnowledgeArticleItem.__annotations__]
    )
    shared = nothing | {"content": "Something."}
    made = batch_create_knowledge_article(
        desk.connection, [shared | {"title": title} for title in ("a", "b")]
    )
    changed = batch_update_knowledge_article(
        desk.connection, [nothing | {"knowledge_article_id": row.id, "tags": ["t"]} for row in made]
    )
    assert [row.tags for row in changed if row] == [["t"], ["t"]]


def test_articles_are_listed_by_criteria_in_an_order(ask: Ask, desk: Desk) -> None:
    create(ask, "b", category="guide", tags=["sea", "wind"])
    create(ask, "a", project_id=desk.project_id, tags=["sea"])
    create(ask, "c", category="decision")

    def titles(**named: Any) -> str:
        return "".join(row.title for row in ask(list_knowledge_articles, **named))

    assert titles() == "bac"
    assert titles(is_descending=True) == "cab"
    assert titles(order_by="title") == "abc"
    assert titles(order_by="title", is_descending=True) == "cba"
    assert titles(order_by="category") == "cba"
    assert titles(order_by="category", is_descending=True) == "bca"
    assert titles(project_id=desk.project_id) == "a"
    assert titles(category="guide") == "b"
    assert titles(tag="sea") == "ba"
    assert titles(page_size=1, page_start=1) == "a"


def test_a_deleted_article_is_left_out_and_can_be_restored_or_erased(ask: Ask) -> None:
    made = create(ask, "Boats")
    assert ask(erase_knowledge_article, knowledge_article_id=made.id) == 0
    assert ask(delete_knowledge_article, knowledge_article_id=made.id) == 1
    assert ask(delete_knowledge_article, knowledge_article_id=made.id) == 0
    assert ask(list_knowledge_articles) == []
    assert ask(search_knowledge_articles, words="boats") == []
    assert ask(search_knowledge_articles, words="baots") == []
    assert ask(restore_knowledge_article, knowledge_article_id=made.id) is not None
    assert len(ask(search_knowledge_articles, words="boats")) == 1
    ask(delete_knowledge_article, knowledge_article_id=made.id)
    assert ask(erase_knowledge_article, knowledge_article_id=made.id) == 1
    assert ask(get_knowledge_article, knowledge_article_id=made.id) is None


def test_what_a_deleted_project_knew_is_not_found(ask: Ask, desk: Desk) -> None:
    create(ask, "Boats", project_id=desk.project_id)
    assert len(ask(search_knowledge_articles, words="boats")) == 1
    delete_project(desk.connection, project_id=desk.project_id)
    assert ask(search_knowledge_articles, words="boats") == []
    assert ask(search_knowledge_articles, words="baots") == []


class TestSearch:
    @pytest.fixture(autouse=True)
    def articles(self, connection: Any, desk: Desk) -> None:
        for title, content, tags, project_id in (
            ("Tuning the database", "Indexes make queries quick. Vacuum now and then.", [], None),
            ("On boats", "The database of boats is kept by the harbour.", ["sea"], None),
            ("Deploying", "Ship it, then look.", ["database"], desk.project_id),
        ):
            create_knowledge_article(
                connection, title=title, content=content, tags=tags, project_id=project_id
            )

    @pytest.fixture
    def found(self, ask: Ask) -> Any:
        return lambda words, **named: [
            row.title for row in ask(search_knowledge_articles, words=words, **named)
        ]

    def test_the_title_weighs_more_than_tags_and_these_more_than_the_content(
        self, found: Any
    ) -> None:
        assert found("database") == ["Tuning the database", "Deploying", "On boats"]

    def test_words_phrases_alternatives_and_absence_are_understood(self, found: Any) -> None:
        assert found("index query") == ["Tuning the database"]
        assert found('"database of boats"') == ["On boats"]
        assert set(found("harbour or vacuum")) == {"On boats", "Tuning the database"}
        assert found("database -boats -vacuum") == ["Deploying"]

    def test_the_last_word_may_be_a_beginning(self, found: Any) -> None:
        assert found("tuning datab") == ["Tuning the database"]

    def test_a_slip_finds_titles_that_look_alike(self, ask: Ask) -> None:
        rows = ask(search_knowledge_articles, words="tunning databse")
        assert [(row.title, row.has_typo) for row in rows] == [("Tuning the database", True)]
        assert [row.has_typo for row in ask(search_knowledge_articles, words="tuning")] == [False]

    def test_a_snippet_shows_where_it_was_found(self, ask: Ask) -> None:
        row = ask(search_knowledge_articles, words="vacuum")[0]
        assert "**Vacuum**" in row.snippet

    def test_what_differs_is_left_out_and_the_rest_comes_in_pages(
        self, found: Any, desk: Desk
    ) -> None:
        assert found("database", project_id=desk.project_id) == ["Deploying"]
        assert found("database", category="guide") == []
        assert found("database", page_size=1, page_start=1) == ["Deploying"]
        assert found("") == []
        assert found("nothing like it") == []
