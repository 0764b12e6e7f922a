"""How the server does what queries ask: which tables it reads whole, and which indexes it uses.

A query is planned and run with plans for any parameters and with plans for those that it is given,
and once more with whole reads discouraged, to see which indexes could serve it. `auto_explain`
tells of the statements inside of functions and triggers, too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqltypist.inferring import TypedQuery

LARGE = 4_000
"""Rows from which on a table is not read whole without a reason: a history's at the scale of CI."""

TELLING = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
    "client_min_messages": "notice",
    "statement_timeout": "60s",
    "jit": "off",
    "random_page_cost": "1.1",  # as where nothing turns
}
MODES = {
    "any parameters": {"plan_cache_mode": "force_generic_plan"},
    "these parameters": {"plan_cache_mode": "force_custom_plan"},
    "whole reads discouraged": {"plan_cache_mode": "force_custom_plan", "enable_seqscan": "off"},
}
DISCOURAGED = "whole reads discouraged"
ROUNDS = 3
PLANNED = 12
"""Rounds more that are planned and not run: an index may serve few of all that can be asked."""

RELATIONS = """
    SELECT class.relname, coalesce(root.relname, class.relname), class.reltuples::bigint
    FROM pg_class AS class
    LEFT JOIN pg_inherits ON inhrelid = class.oid
    LEFT JOIN pg_class AS root ON root.oid = inhparent
    WHERE class.relnamespace = current_schema()::regnamespace
"""

# What is there for a rule: keys, unique indexes, and what is under a foreign key.
INDEXES = """
    SELECT index_class.relname, table_class.relname,
        indisunique OR indisexclusion OR EXISTS (
            SELECT FROM pg_constraint
            WHERE contype = 'f' AND conrelid = indrelid AND indkey[0] = ANY (conkey)
        )
    FROM pg_index
    JOIN pg_class AS index_class ON index_class.oid = indexrelid
    JOIN pg_class AS table_class ON table_class.oid = indrelid
    WHERE table_class.relnamespace = current_schema()::regnamespace
        AND NOT table_class.relispartition AND table_class.relname <> 'schema_migrations'
"""


@dataclass
class Seen:
    """What the plans of a query do."""

    whole: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Large tables that are read whole, and in which modes."""
    indexes: set[str] = field(default_factory=set[str])
    runs: int = 0
    refusals: set[str] = field(default_factory=set[str])


class Watcher:
    """A connection on which every plan is told."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._told: list[dict[str, Any]] = []
        connection.execute("LOAD 'auto_explain'")
        for name, value in TELLING.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        rows = connection.execute(RELATIONS).fetchall()
        self._root = {name: root for name, root, _ in rows}
        self._size = {name: size for name, _, size in rows}
        connection.add_notice_handler(self._notice)

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        _, found, plan = (diagnostic.message_primary or "").partition("plan:\n")
        if found:
            self._told.append(json.loads(plan)["Plan"])

    def unneeded_indexes(self) -> dict[str, str]:
        """Give the indexes that no rule needs, and their tables."""
        rows = self._connection.execute(INDEXES).fetchall()
        return {name: table for name, table, is_of_rule in rows if not is_of_rule}

    def watch(
        self,
        typed: TypedQuery,
        draw: Callable[[TypedQuery], dict[str, str | None]],
        *,
        is_long: bool = False,
    ) -> Seen:
        """Plan a query some times in each mode, and run it; one that takes long is run but once."""
        seen = Seen()
        numbers = typed.query.numbers
        ordered = sorted(typed.parameters, key=lambda each: numbers[each.name])
        types = ", ".join(each.pg_type for each in ordered)
        prepare = f"PREPARE watched {f'({types})' if types else ''} AS {typed.query.numbered()}"

        def look(drawn: dict[str, str | None], mode: str, *, is_run: bool) -> None:
            self._told.clear()
            values = [drawn[each.name] for each in ordered]
            self._plan(prepare, values, MODES[mode], seen, is_run=is_run)
            for plan in self._told:
                self._read(plan, mode, seen)

        for number, drawn in enumerate(_draws(typed, draw)):
            for mode in MODES:
                look(drawn, mode, is_run=not (is_long and number))
        for _ in range(PLANNED if typed.parameters else 0):
            look(draw(typed), DISCOURAGED, is_run=False)
        return seen

    def _plan(
        self,
        prepare: str,
        values: list[str | None],
        settings: dict[str, str],
        seen: Seen,
        *,
        is_run: bool,
    ) -> None:
        arguments = sql.SQL(", ").join(map(sql.Literal, values))
        execute = sql.SQL("EXECUTE watched ({})" if values else "EXECUTE watched").format(arguments)
        explain = sql.SQL("EXPLAIN (FORMAT JSON) {}").format(execute)
        with self._connection.transaction(force_rollback=True):
            for name, value in settings.items():
                self._connection.execute("SELECT set_config(%s, %s, true)", [name, value])
            self._connection.execute("DEALLOCATE ALL")
            self._connection.execute(prepare.rstrip().rstrip(";").encode())
            try:
                with self._connection.transaction():
                    found = self._connection.execute(explain).fetchall()
                    self._told += [each["Plan"] for each in found[0][0]]
                if is_run:
                    with self._connection.transaction():
                        self._connection.execute(execute)
                    seen.runs += 1
            except psycopg.DatabaseError as error:
                seen.refusals.add(str(error.diag.constraint_name or error).splitlines()[0])

    def _read(self, plan: dict[str, Any], mode: str, seen: Seen) -> None:
        for node in nodes(plan):
            if index := node.get("Index Name"):
                seen.indexes.add(self._root.get(index, index))
            relation = node.get("Relation Name", "")
            is_whole = node["Node Type"] == "Seq Scan" and self._size.get(relation, 0) > LARGE
            if is_whole and mode != DISCOURAGED and not node.get("Disabled"):
                seen.whole[self._root[relation]].add(mode)


def _draws(
    typed: TypedQuery, draw: Callable[[TypedQuery], dict[str, str | None]]
) -> Iterator[dict[str, str | None]]:
    """Draw parameters by chance, and with each of those that may be left out alone."""
    for _ in range(ROUNDS if typed.parameters else 1):
        yield draw(typed)
    optional = {each.name for each in typed.parameters if each.nullable}
    for name in sorted(optional):
        drawn = draw(typed)
        for _ in range(10):
            if drawn[name] is not None:
                break
            drawn = draw(typed)
        yield {each: None if each in optional - {name} else drawn[each] for each in drawn}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give every node of a plan."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)
