"""Messages claimed, reaped and tried again by several at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from racing import LEVELS, retried

from taskspine.queries.component_messages import (
    claim_component_messages,
    complete_component_message,
    reap_component_messages,
    retry_component_messages,
)
from taskspine.queries.components import create_component

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg
    from racing import Race

MESSAGES = 120
AT_ONCE = timedelta(0)


def work(connection: psycopg.Connection[Any], component_id: UUID) -> list[tuple[int, int, bool]]:
    """Claim and answer until none is left; every third claim is left to be reaped."""
    done: list[tuple[int, int, bool]] = []
    idle = 0
    while idle < 20:
        claims = retried(
            lambda: claim_component_messages(
                connection,
                component_id=component_id,
                claim_limit=3,
                answer_within=AT_ONCE if len(done) % 3 == 0 else timedelta(minutes=5),
            )
        )
        idle = 0 if claims else idle + 1
        for claim in claims:
            answer = retried(
                lambda claim=claim: complete_component_message(
                    connection, component_message_id=claim.id, retry_count=claim.retry_count
                )
            )
            done.append((claim.id, claim.retry_count, answer is not None))
    return done


def tidy(connection: psycopg.Connection[Any]) -> int:
    """Reap and put back what was reaped, again and again."""
    count = 0
    for _ in range(40):
        count += len(retried(lambda: reap_component_messages(connection)))
        retried(lambda: retry_component_messages(connection, delay=AT_ONCE))
    return count


@pytest.mark.parametrize("level", LEVELS)
def test_every_message_is_claimed_once_a_try_and_answered_once(race: Race, level: str) -> None:
    target = create_component(race.connection, name="target", type="manager").id
    race.connection.execute(
        "INSERT INTO component_messages (target_component_id, type, max_retries)"
        " SELECT %s, 'build', 100 FROM generate_series(1, %s)",
        [target, MESSAGES],
    )
    lanes = [(work, [(target,)])] * 3 + [(tidy, [()])] * 2
    answers = race.abreast(level, lanes)[0]
    claims = [claim for answer in answers[:3] for claim in answer]
    tidy(race.connection)
    with race.connection.cursor() as cursor:
        claims += work(cursor.connection, target)
    tries = [claim[:2] for claim in claims]
    assert len(set(tries)) == len(tries), "a try was handed out twice"
    answered = [claim[0] for claim in claims if claim[2]]
    assert sorted(answered) == sorted(set(answered)), "a message was answered twice"
    assert len(answered) == MESSAGES
    assert race.value("SELECT count(*) FROM component_messages WHERE status <> 'processed'") == 0
    assert race.deadlocks() == 0
