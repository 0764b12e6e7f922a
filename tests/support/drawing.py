"""Draws parameters for queries: mostly those of a row that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    import psycopg

    from sqltypist.inferring import Parameter, TypedQuery

MOST_ROWS = 1000
"""Of each table, to draw parameters from."""

# The table that an id is of, where its name does not say so.
IDS = {
    "parent": "tasks", "error": "error_logs", "depends_on": "tasks", "after_task": "tasks",
    "execution": "task_executions",
}  # fmt: skip
WORDS = ("one", "master", "r1", "r7", "general", "fix", "note", "p1", "new words", "ada")
VALUES = {
    "boolean": ("true", "false"),
    "integer": ("1", "2", "5"),
    "smallint": ("1", "2", "5"),
    "bigint": ("1", "2", "5"),
    "numeric": ("1", "2.5"),
    "interval": ("1 minute", "2 hours"),
    "timestamp with time zone": ("2020-01-01 00:00+00", "2099-01-01 00:00+00"),
    "jsonb": ("{}", '{"a": null}', '{"title": "other", "tags": [], "description": ""}'),
}


class Draw:
    """Draws parameters: mostly those of a row that is there."""

    def __init__(self, connection: psycopg.Connection[Any], random: Random) -> None:
        self._random = random
        self._rows: dict[str, list[dict[str, str | None]]] = {}
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_migrations'"
        )
        for (table,) in tables.fetchall():
            self._rows[table] = [
                row
                for (row,) in connection.execute(
                    # In the order in which they lie, so that a seed draws the same every time.
                    "SELECT (SELECT jsonb_object_agg(key, value)"
                    " FROM jsonb_each_text(to_jsonb(t)) AS pair (key, value))"
                    f" FROM (SELECT * FROM {table} LIMIT {MOST_ROWS}) AS t".encode()
                )
            ]
        self._labels: dict[str, list[str]] = {}
        for name, label in connection.execute(
            "SELECT enumtypid::regtype::text, enumlabel FROM pg_enum ORDER BY enumsortorder"
        ):
            self._labels.setdefault(name, []).append(label)

    def parameters(self, typed: TypedQuery) -> dict[str, str | None]:
        """Draw one set of parameters, each as text."""
        table = typed.query.path.stem
        count = self._random.choice([1, 1, 2, 3])
        rows = [self._random.choice(self._rows.get(table) or [{}]) for _ in range(count)]
        return {each.name: self._one(each, table, rows) for each in typed.parameters}

    def _one(
        self, parameter: Parameter, table: str, rows: list[dict[str, str | None]]
    ) -> str | None:
        if parameter.nullable and self._random.random() < 0.4:
            return None
        if not parameter.pg_type.endswith("[]"):
            return self._value(parameter.name, parameter.pg_type, table, rows[0])
        name = _singular(parameter.name)
        values = [self._value(name, parameter.pg_type[:-2], table, row) for row in rows]
        elements = [_quoted(each) for each in values]
        if "| None" in parameter.python.name:
            elements = [each if self._random.random() < 0.7 else "NULL" for each in elements]
        return "{" + ",".join(elements) + "}"

    def _value(self, name: str, pg_type: str, table: str, row: dict[str, str | None]) -> str:
        stem = name.removesuffix("_id")
        of_table = self._table_of(stem) if name.endswith("_id") else None
        if of_table == table and stem in {_singular(table), "execution"}:
            known = row.get("id")
        else:
            known = row.get(name)
        if known is not None and self._random.random() < 0.8:
            return known
        if of_table:
            return self._random.choice(self._rows[of_table])["id"] or ""
        if name in {"slug", "ref", "name", "idempotency_key", "claim_key"}:
            return f"new-{self._random.randrange(10**9)}"
        if name in {"capabilities", "requirements", "tags", "affected_files"}:
            return "[]"
        return self._random.choice(self._labels.get(pg_type) or VALUES.get(pg_type) or WORDS)

    def _table_of(self, stem: str) -> str | None:
        """Name the table that an id is of, where one has rows to take it from."""
        plurals = (IDS.get(stem, ""), f"{stem}s", f"{stem.removesuffix('y')}ies")
        return next((each for each in plurals if self._rows.get(each)), None)


def _singular(name: str) -> str:
    if name in {"data", "metadata", "acceptance_criteria"}:
        return name
    if name.endswith(("statuses", "strategies")):
        return {"statuses": "status", "test_strategies": "test_strategy"}[name]
    return name.replace("dependencies", "dependency").removesuffix("s")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
