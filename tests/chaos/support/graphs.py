"""Random task graphs whose end is known, and the story that the database tells of a race."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from racing import Ground, Race

BLOCKERS = 4
REACH = 60
ENDED = {"completed", "failed", "cancelled"}


@dataclass(frozen=True)
class Graph:
    """Tasks in an order in which they could be done, and what must become of each."""

    tasks: list[UUID]
    edges: list[tuple[UUID, UUID, str]]
    conflicts: list[tuple[UUID, UUID]]
    doomed: frozenset[UUID]
    outcome: dict[UUID, str]


def random_graph(seed: str, count: int) -> Graph:
    """Draw a graph: up to four blockers a task, some conflicts, some tasks that always fail.

    A blocker that will not be completed never makes anybody wait for ever, so that all tasks end.
    """
    dice = random.Random(seed)
    tasks = [UUID(int=dice.getrandbits(128), version=4) for _ in range(count)]
    doomed = frozenset(dice.sample(tasks, count // 50))
    outcome: dict[UUID, str] = {}
    edges = []
    for place, task in enumerate(tasks):
        near = tasks[max(0, place - REACH) : place]
        outcome[task] = "failed" if task in doomed else "completed"
        for blocker in dice.sample(near, min(len(near), dice.randint(0, BLOCKERS))):
            if outcome[blocker] == "completed":
                policy = dice.choice(["wait", "satisfy", "cancel"])
            else:
                policy = dice.choice(["satisfy", "satisfy", "cancel"])
                if policy == "cancel":
                    outcome[task] = "cancelled"
            edges.append((task, blocker, policy))
    conflicts = [
        (tasks[place], tasks[place + dice.randint(1, 10)])
        for place in dice.sample(range(count - 10), count // 10)
    ]
    return Graph(tasks, edges, conflicts, doomed, outcome)


def plant(race: Race, ground: Ground, graph: Graph) -> None:
    """Write a graph into the database.

    Those that come last wait first, and each edge is a statement of its own: so the search for a
    cycle has nowhere to go.
    """
    race.connection.execute(
        """
        INSERT INTO tasks (id, project_id, task_list_id, title, priority, max_attempts)
        SELECT id, %s, %s, 'task', 5 + place %% 2, CASE WHEN id = ANY (%s) THEN 2 ELSE 1000 END
        FROM unnest(%s::uuid[]) WITH ORDINALITY AS task (id, place)
        """,
        [ground.project_id, ground.task_list_id, list(graph.doomed), graph.tasks],
    )
    with race.connection.transaction(), race.connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO task_dependencies (task_id, depends_on_id, policy) VALUES (%s, %s, %s)",
            reversed(graph.edges),
        )
    race.edges(graph.conflicts, "conflicts")


def keep_story(race: Race) -> None:
    """Let the database write down, in order, each move of a task and each change of an edge.

    Whoever writes a line holds the lock of the task that it is about, so the numbers of the lines
    about one task follow the order of the events; and a task is freed only by a commit that comes
    after the line about its blocker.
    """
    race.connection.execute(
        """
        CREATE TABLE story (
            line bigint GENERATED ALWAYS AS IDENTITY,
            what text, task_id uuid, other_id uuid, kind text, policy text
        );
        CREATE FUNCTION tell_of_task() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
        AS $$
        BEGIN
            INSERT INTO story (what, task_id) VALUES (NEW.status, NEW.id);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER tell AFTER INSERT OR UPDATE OF status ON tasks
        FOR EACH ROW EXECUTE FUNCTION tell_of_task();
        CREATE FUNCTION tell_of_edge() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
        AS $$
        DECLARE
            _edge task_dependencies := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        BEGIN
            INSERT INTO story (what, task_id, other_id, kind, policy)
            VALUES (TG_OP, _edge.task_id, _edge.depends_on_id, _edge.kind, _edge.policy);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER tell AFTER INSERT OR DELETE ON task_dependencies
        FOR EACH ROW EXECUTE FUNCTION tell_of_edge();
        """
    )


@dataclass
class Story:
    """What happened in a race, as far as it must not happen, and how often tasks were completed."""

    early_starts: list[tuple[UUID, UUID]]
    broken_conflicts: list[tuple[UUID, UUID]]
    completions: Counter[UUID]


def read_story(race: Race) -> Story:
    """Replay the story line by line."""
    story = Story([], [], Counter())
    status: dict[UUID, str] = {}
    blockers: defaultdict[UUID, dict[UUID, str]] = defaultdict(dict)
    rivals: defaultdict[UUID, set[UUID]] = defaultdict(set)
    lines = race.connection.execute(
        "SELECT what, task_id, other_id, kind, policy FROM story ORDER BY line"
    )
    for what, task, other, kind, policy in lines:
        if what == "INSERT" and kind == "blocks":
            blockers[task][other] = policy
        elif what == "DELETE" and kind == "blocks":
            del blockers[task][other]
        elif kind == "conflicts":
            change = set.add if what == "INSERT" else set.discard
            change(rivals[task], other)
            change(rivals[other], task)
        elif kind is None:
            if what == "in_progress" and status[task] != what:
                for blocker, rule in blockers[task].items():
                    if status[blocker] not in (ENDED if rule == "satisfy" else {"completed"}):
                        story.early_starts.append((task, blocker))
                for rival in rivals[task]:
                    if status[rival] == "in_progress":
                        story.broken_conflicts.append((task, rival))
            story.completions[task] += what == "completed"
            status[task] = what
    return story
