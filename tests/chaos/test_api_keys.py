"""One key that is rotated, revoked and used by several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keys import create, key_hash, revoke, rotate, verify
from racing import LEVELS

if TYPE_CHECKING:
    from uuid import UUID

    from racing import Race

ROUNDS = 40


def keys(race: Race) -> list[UUID]:
    return [create(race.connection, f"key {number}") for number in range(ROUNDS)]


@pytest.mark.parametrize("level", LEVELS)
def test_a_key_is_rotated_once(race: Race, level: str) -> None:
    ids = keys(race)
    lanes = [
        (rotate, [(key_id, f"{lane} {number}") for number, key_id in enumerate(ids)])
        for lane in range(3)
    ]
    rounds = race.abreast(level, lanes)
    assert [sum(answer is not None for answer in answers) for answers in rounds] == [1] * ROUNDS
    assert race.value("SELECT count(*) FROM api_keys WHERE replaces_id = ANY (%s)", ids) == ROUNDS


@pytest.mark.parametrize("level", LEVELS)
def test_a_key_that_is_revoked_is_not_rotated(race: Race, level: str) -> None:
    ids = keys(race)
    rounds = race.abreast(
        level,
        [
            (rotate, [(key_id, f"new {number}") for number, key_id in enumerate(ids)]),
            (revoke, [(key_id,) for key_id in ids]),
        ],
    )
    # A rotation that came first leaves the old key to be revoked; a revocation, none to rotate.
    assert all(revoked is not None for _, revoked in rounds)
    rotated = sum(new is not None for new, _ in rounds)
    assert race.value("SELECT count(*) FROM api_keys") == ROUNDS + rotated
    living = "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL"
    assert race.value(living) == rotated


@pytest.mark.parametrize("level", LEVELS)
def test_nobody_waits_or_is_refused_for_using_a_key_that_others_use(race: Race, level: str) -> None:
    key_id = create(race.connection, "shared")
    calls = [(key_hash("shared"),)] * ROUNDS
    rounds = race.abreast(level, [(verify, calls)] * 4)
    assert rounds == [[key_id] * 4] * ROUNDS
    used = "SELECT count(*) FROM api_key_usage WHERE api_key_id = %s"
    assert race.value(used, key_id) == 4 * ROUNDS
