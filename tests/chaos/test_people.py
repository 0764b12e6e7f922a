"""People who move tasks with a plain UPDATE while agents work on them."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from agents import Habits
from graphs import plant, random_graph
from people import bear, interfere
from racing import LEVELS

if TYPE_CHECKING:
    from racing import Race


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
    for _ in range(5):
        time.sleep(1)
        # One statement sees one moment, in which all must be sound.
        assert race.connection.execute("SELECT * FROM check_invariants()").fetchall() == []
    habits.stop.touch()
    answers = race.results()
    completed = sum(answers[:8])
    counts = sum(answers[8:], Counter())
    assert completed > 30
    assert counts["moved"] > 100
    race.assert_sound(deadlocks=True)
