"""Many agents on one graph of tasks: some are killed, some cut off, some stopped for too long."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from agents import Habits, read_diaries, reap, work
from graphs import keep_story, plant, random_graph, read_story

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from racing import Race

AGENTS = 32
REAPERS = 3
TASKS = 2000
SECONDS = 40
OPEN = "SELECT count(*) FROM tasks WHERE status NOT IN ('completed', 'failed', 'cancelled')"


class Trouble:
    """What befalls the agents as the work goes on: a fifth is lost, others stand still."""

    def __init__(self, race: Race, agents: dict[str, BaseProcess]) -> None:
        self.race = race
        names = list(agents)
        self.agents = agents
        lost = AGENTS // 5 + 1
        self.victims = names[:lost]
        self.sleepers = names[lost : lost + 4]
        self.due = [
            (0.1 + 0.7 * place / (lost + 4), name)
            for place, name in enumerate(
                name
                for pair in zip(self.victims, [*self.sleepers, *[""] * lost], strict=False)
                for name in pair
                if name
            )
        ]
        self.asleep: list[tuple[float, int]] = []

    def make(self, share_done: float) -> None:
        """Make the trouble that is due when so much of the work is done."""
        while self.asleep and self.asleep[0][0] < time.monotonic():
            os.kill(self.asleep.pop(0)[1], signal.SIGCONT)
        while self.due and self.due[0][0] <= share_done:
            self.strike(self.due.pop(0)[1])

    def strike(self, name: str) -> None:
        process = self.agents[name]
        assert process.pid is not None
        if name in self.sleepers:
            os.kill(process.pid, signal.SIGSTOP)
            self.asleep.append((time.monotonic() + 0.5, process.pid))
        elif self.victims.index(name) % 2:
            self.race.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = %s",
                [name],
            )
        else:
            process.kill()

    def calm(self) -> None:
        """Wake everybody up."""
        for _, pid in self.asleep:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("batch", "chained"),
    [((1, 1), False), ((1, 1), True), ((10, 100), False), ((10, 100), True)],
    ids=["one by one", "complete and claim", "batches", "batches, complete and claim"],
)
def test_every_task_ends_once_and_in_order_whatever_befalls_the_agents(
    race: Race, batch: tuple[int, int], chained: bool
) -> None:
    ground = race.ground()
    graph = random_graph(f"{batch} {chained}", TASKS)
    keep_story(race)
    plant(race, ground, graph)
    habits = Habits(ground, race.folder, graph.doomed, batch, chained)
    agents = {
        name: race.start(work, habits, name) for name in map("agent {}".format, range(AGENTS))
    }
    for number in range(REAPERS):
        race.start(reap, habits, f"reaper {number}")
    trouble = Trouble(race, agents)
    end = time.monotonic() + SECONDS
    try:
        while left := race.value(OPEN):
            assert time.monotonic() < end, f"{left} tasks do not end"
            trouble.make(1 - left / TASKS)
            time.sleep(0.02)
    finally:
        trouble.calm()
        habits.stop.touch()
    answers = race.results()

    assert not trouble.due
    assert answers.count(None) + answers.count("cut off") == AGENTS // 5 + 1
    statuses = race.connection.execute("SELECT id, status FROM tasks").fetchall()
    assert dict(statuses) == graph.outcome
    story = read_story(race)
    assert story.early_starts == []
    assert story.broken_conflicts == []
    assert {task for task, times in story.completions.items() if times} == {
        task for task, outcome in graph.outcome.items() if outcome == "completed"
    }
    assert max(story.completions.values()) == 1

    # What the agents saw is what the database kept.
    attempts = {
        execution: (status, agent, results)
        for execution, status, agent, results in race.connection.execute(
            "SELECT id, status, agent_instance, output_results FROM task_executions"
        )
    }
    seen = read_diaries(race.folder)
    for execution in seen["completed"]:
        status, agent, results = attempts[execution]
        assert (status, results) == ("completed", {"agent": agent, "execution": execution})
    for execution in seen["lost"]:
        status, _, results = attempts[execution]
        assert status in ("timeout", "failed", "cancelled")
        assert results is None
    for execution in seen["reaped"]:
        assert attempts[execution][0] == "timeout"
    assert max(seen["completed"].values()) == max(seen["reaped"].values()) == 1
    assert seen["lost"]
    race.assert_sound()
