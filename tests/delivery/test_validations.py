"""Validators tell what they found of a pull request, of an attempt, or of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from change import pull_request
from taskspine import rules
from taskspine.errors import RuleBroken
from taskspine.queries.validations import (
    CreateValidationItem,
    batch_create_validation,
    create_validation,
    list_validations,
    stream_list_validations,
)

if TYPE_CHECKING:
    from asking import Ask
    from work import Desk


def test_a_validation_is_of_the_latest_commit_unless_told_otherwise(ask: Ask, desk: Desk) -> None:
    change = pull_request(desk, commit_sha="abcdef0")
    made = ask(
        create_validation,
        type="tests",
        validator="ci",
        result="passed",
        pull_request_id=change.id,
        score=97.5,
        suggestions=["more of them"],
    )
    assert made is not None
    assert (made.commit_sha, float(made.score or 0)) == ("abcdef0", 97.5)
    assert (made.details, made.suggestions) == ({}, ["more of them"])
    other = ask(
        create_validation,
        type="tests",
        validator="ci",
        result="failed",
        pull_request_id=change.id,
        commit_sha="0123456",
    )
    assert other is not None
    assert other.commit_sha == "0123456"


def test_validations_are_listed_by_criteria(ask: Ask, desk: Desk) -> None:
    desk.task()
    claim = desk.claim()
    change = pull_request(desk)
    about_change: CreateValidationItem = {
        "type": "tests",
        "validator": "ci",
        "result": "passed",
        "pull_request_id": change.id,
        "execution_id": None,
        "score": None,
        "commit_sha": None,
        "details": None,
        "suggestions": None,
        "validated_at": None,
    }
    about_attempt = about_change | {
        "result": "warning",
        "pull_request_id": None,
        "execution_id": claim.execution_id,
    }
    failed = about_change | {"type": "lint", "result": "failed"}
    batch_create_validation(desk.connection, [about_change, failed, about_attempt])
    results = [row.result for row in ask(list_validations, pull_request_id=change.id)]
    assert results == ["passed", "failed"]
    assert [row.result for row in ask(list_validations, execution_id=claim.execution_id)] == [
        "warning"
    ]
    assert len(ask(list_validations, type="tests")) == 2
    assert [row.type for row in ask(list_validations, result="failed")] == ["lint"]


def test_validations_are_streamed(desk: Desk) -> None:
    change = pull_request(desk)
    with desk.connection.transaction():
        assert list(stream_list_validations(desk.connection, pull_request_id=change.id)) == []


def test_a_validation_is_about_something(ask: Ask) -> None:
    with pytest.raises(RuleBroken, match=rules.VALIDATIONS_ARE_ABOUT_SOMETHING):
        ask(create_validation, type="tests", validator="ci", result="passed")
