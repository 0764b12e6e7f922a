"""People who move tasks with a plain UPDATE while agents work on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents import Habits
from graphs import plant, random_graph
from people import bear, interfere, strokes
from racing import LEVELS

from taskspine.queries.tasks import list_broken_invariants

if TYPE_CHECKING:
    from racing import Race

OPEN = "SELECT count(*) FROM tasks WHERE status IN ('pending', 'in_progress')"
AT_WORK = 50
COMPLETED = 200
MOVED = 1000


def test_whatever_people_update_by_hand_the_graph_stays_sound(race: Race) -> None:
    ground = race.ground()
    graph = random_graph("people", 400)
    plant(race, ground, graph)
    # Of each task the second failure is the last one, so that policies come into play.
    race.connection.execute("UPDATE tasks SET max_attempts = 2")
    habits = Habits(ground, race.folder, graph.doomed)
    for number in range(8):
        race.start(bear, habits, f"agent {number}")
    for number in range(6):
        race.start(interfere, habits, f"person {number}", LEVELS[number % 3])

    def is_enough() -> bool:
        race.tasks(ground, AT_WORK - race.value(OPEN))
        # One statement sees one moment, in which all must be sound.
        assert list_broken_invariants(race.connection) == []
        return (
            strokes(race.folder, "agent") >= COMPLETED and strokes(race.folder, "person") >= MOVED
        )

    race.wait_until(is_enough, "what agents and people have to do")
    habits.stop.touch()
    race.results()
    race.assert_sound(deadlocks=True)
