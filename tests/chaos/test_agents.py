"""Many agents on one graph of tasks: some are killed, some cut off, some stopped for too long."""

from __future__ import annotations

import os
import signal
import time
from itertools import zip_longest
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
LOST = AGENTS // 5 + 1
OPEN = "SELECT count(*) FROM tasks WHERE status NOT IN ('completed', 'failed', 'cancelled')"
PLANTED = " AND id = ANY (%s)"
AT_WORK = 50
SESSION = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"


class Trouble:
    """What befalls the agents as the work goes on: a fifth is lost, others stand still."""

    def __init__(self, race: Race, agents: dict[str, BaseProcess]) -> None:
        self.race = race
        self.agents = agents
        names = list(agents)
        self.victims = names[:LOST]
        self.sleepers = names[LOST : LOST + 4]
        struck = [
            name for pair in zip_longest(self.victims, self.sleepers) for name in pair if name
        ]
        self.due = [(0.1 + 0.7 * place / len(struck), name) for place, name in enumerate(struck)]
        self.asleep: list[tuple[float, str]] = []

    @property
    def is_over(self) -> bool:
        """Whether all has befallen whom it should, and they know."""
        lives = any(self.agents[name].is_alive() for name in self.victims)
        return not (self.due or self.asleep or lives)

    def make(self, share_done: float) -> None:
        """Make the trouble that is due when so much of the work is done."""
        for since, name in [*self.asleep]:
            if time.monotonic() - since > 0.5 and not self.holds(name):
                self.asleep.remove((since, name))
                self.signal(name, signal.SIGCONT)
        self.due = [
            (share, name) for share, name in self.due if share > share_done or not self.strike(name)
        ]

    def strike(self, name: str) -> bool:
        """Do an agent harm; gives false where it has to be tried again."""
        if name in self.sleepers:
            return self.lull(name)
        if self.victims.index(name) % 2:
            return self.race.value(
                f"SELECT count(pg_terminate_backend(pid)) > 0 {SESSION}",  # where it has one yet
                name,
            )
        self.agents[name].kill()
        return True

    def lull(self, name: str) -> bool:
        """Stop an agent that holds something until it has lost that."""
        self.signal(name, signal.SIGSTOP)
        is_busy = f"SELECT count(*) > 0 {SESSION} AND state <> 'idle'"
        self.race.wait_until(lambda: not self.race.value(is_busy, name), f"an answer to {name}")
        if not self.holds(name):
            self.signal(name, signal.SIGCONT)
            return False
        self.asleep.append((time.monotonic(), name))
        return True

    def holds(self, name: str) -> bool:
        return self.race.value(
            "SELECT count(*) > 0 FROM task_executions"
            " WHERE agent_instance = %s AND status = 'running'",
            name,
        )

    def signal(self, name: str, number: signal.Signals) -> None:
        pid = self.agents[name].pid
        assert pid is not None
        os.kill(pid, number)

    def calm(self) -> None:
        """Wake everybody up."""
        for _, name in self.asleep:
            self.signal(name, signal.SIGCONT)


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

    def is_over() -> bool:
        # However fast the agents are, there is work until all trouble has been made.
        race.tasks(ground, AT_WORK - race.value(OPEN))
        trouble.make(1 - race.value(OPEN + PLANTED, graph.tasks) / TASKS)
        return trouble.is_over

    try:
        race.wait_until(is_over, "the end of all trouble")
        race.wait_until(lambda: race.value(OPEN) == 0, "the end of all tasks")
    finally:
        trouble.calm()
        habits.stop.touch()
    answers = race.results()

    assert answers.count(None) + answers.count("cut off") == LOST
    statuses = race.connection.execute("SELECT id, status FROM tasks").fetchall()
    assert {task: graph.outcome.get(task, "completed") for task, _ in statuses} == dict(statuses)
    story = read_story(race)
    assert story.early_starts == []
    assert story.broken_conflicts == []
    assert {task for task, times in story.completions.items() if times} == {
        task for task, status in statuses if status == "completed"
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
    assert set(seen["completed"].values()) == set(seen["reaped"].values()) == {1}
    assert seen["lost"]
    race.assert_sound()
