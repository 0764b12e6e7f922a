"""Reports of the host that overtake each other, comments and versions that come at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from offers import comment, report, write_version
from racing import LEVELS

from sqltypist.runtime import only
from taskspine.queries.pull_requests import get_pull_request_by_number

if TYPE_CHECKING:
    from racing import Race

ROUNDS = 40


@pytest.mark.parametrize("level", LEVELS)
def test_of_reports_that_come_at_once_the_newest_stands(race: Race, level: str) -> None:
    ground = race.ground()
    stages = enumerate(("draft", "open", "merged"))
    lanes = [
        (report, [(ground, number, minute, status) for number in range(1, ROUNDS + 1)])
        for minute, status in stages
    ]
    rounds = race.abreast(level, lanes)
    assert all(newest for _, _, newest in rounds)
    for number in range(1, ROUNDS + 1):
        row = only(
            get_pull_request_by_number(race.connection, repository="octo/app", number=number)
        )
        assert (row.status, row.title) == ("merged", "as of 2")


@pytest.mark.parametrize("level", LEVELS)
def test_no_comment_is_lost(race: Race, level: str) -> None:
    ground = race.ground()
    report(race.connection, ground, 1, 0, "open")
    row = only(get_pull_request_by_number(race.connection, repository="octo/app", number=1))
    race.abreast(
        level, [(comment, [(row.id, f"{lane} {n}") for n in range(ROUNDS)]) for lane in "ab"]
    )
    row = only(get_pull_request_by_number(race.connection, repository="octo/app", number=1))
    assert isinstance(row.review_comments, list)
    assert len(row.review_comments) == 2 * ROUNDS


@pytest.mark.parametrize("level", LEVELS)
def test_versions_that_come_at_once_follow_one_another(race: Race, level: str) -> None:
    calls = [(f"template {number}",) for number in range(ROUNDS)]
    rounds = race.abreast(level, [(write_version, calls)] * 3)
    assert [sorted(versions) for versions in rounds] == [[1, 2, 3]] * ROUNDS
    newest = race.value("SELECT count(*) FROM templates WHERE is_active AND version = 3")
    assert newest == ROUNDS
