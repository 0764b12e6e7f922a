"""What the rules of a table promise of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqltypist.nullness import conditions
from sqltypist.nullness.conditions import NOT_FALSE
from sqltypist.nullness.facts import NOTHING, Column, Facts, both
from sqltypist.nullness.joins import Joins
from sqltypist.nullness.kinds import SELECT
from sqltypist.nullness.scope import View
from sqltypist.nullness.verdict import Verdict, no, yes
from sqltypist.tree import Node, TreeError, parse_one

if TYPE_CHECKING:
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope


class Tables:
    """Judges the columns of tables, each once."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self._checks: dict[int, Facts] = {}

    def never_null(self, entry: Node, number: int) -> bool:
        """Tell whether a table's column can hold no NULL."""
        return bool(self.column(entry, number))

    def column(self, entry: Node, number: int) -> Verdict:
        """Judge a table's column by NOT NULL, its domain, its formula, and the table's checks."""
        catalog = self._prover.catalog
        oid = entry.number("relid")
        if number < 0:
            return yes("a system column is never null")
        column = catalog.columns.get((oid, number))
        if column is None:
            return no("its table is not known")
        name = f"{column.relation}.{column.name}"
        if catalog.never_null(oid, number):
            if catalog.domain_refuses_null(column.type_oid):
                return yes(f"the domain of {name} is not null")
            return yes(f"{name} is not null")
        own = Column(0, 1, number, frozenset())
        if column.is_table and any(
            all(each.is_present and each.atom == own for each in clause)
            for clause in self._of_checks(entry).clauses
        ):
            return yes(f"a check of {column.relation} proves {name}")
        return no(f"{name} may be null")

    def of_entry(self, entry: Node, number: int) -> Facts:
        """Give what a table's checks say of several columns at once, as facts about an entry."""
        if entry.text("relkind") not in {"r", "p"}:
            return NOTHING
        return self._of_checks(entry).map(
            lambda atom: atom._replace(relation=number) if isinstance(atom, Column) else None
        )

    def _of_checks(self, entry: Node) -> Facts:
        oid = entry.number("relid")
        if oid not in self._checks:
            self._checks[oid] = NOTHING  # a check is read without itself
            scope = self._alone(entry)
            found = [
                conditions.known(self._prover, condition, NOT_FALSE, scope)
                for condition in self._trees(*self._prover.catalog.checks.get(oid, ()))
            ]
            self._checks[oid] = Facts(both(found).clauses)
        return self._checks[oid]

    def formula(self, entry: Node, var: Node) -> Node | None:
        """Give what a generated column is made of, in terms of the row that a column is read of."""
        key = entry.number("relid"), var.number("varattno")
        for formula in self._trees(self._prover.catalog.formulas.get(key, "")):
            return _read_as(formula, var)
        return None

    def _trees(self, *printed: str) -> list[Node]:
        found: list[Node] = []
        for each in filter(None, printed):
            try:
                value = parse_one(each)
            except TreeError:
                continue  # what cannot be read proves nothing
            if isinstance(value, Node):
                found.append(value)
        return found

    def _alone(self, entry: Node) -> Scope:
        """Give the scope of an expression over one table, which is the first entry there."""
        query = Node(
            "QUERY",
            {
                "commandType": SELECT,
                "resultRelation": 0,
                "rtable": [entry],
                "jointree": None,
                "havingQual": None,
                "groupingSets": None,
            },
        )
        return (self._prover.level(query, Joins(self._prover, query, ()), View()),)


def _read_as(formula: Node, var: Node) -> Node:
    """Write a formula over a table's columns as one over the columns of an entry of a query."""
    if formula.tag == "VAR":
        return var.but("varattno", formula.number("varattno")).but(
            "vartype", formula.number("vartype")
        )
    changed = formula
    for name, value in formula.fields.items():
        if isinstance(value, Node):
            changed = changed.but(name, _read_as(value, var))
        elif isinstance(value, list):
            changed = changed.but(
                name, [_read_as(each, var) if isinstance(each, Node) else each for each in value]
            )
    return changed
