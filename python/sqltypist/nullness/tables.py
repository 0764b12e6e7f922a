"""What the rules of a table promise of its columns."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from sqltypist.nullness import conditions
from sqltypist.nullness.conditions import NOT_FALSE
from sqltypist.nullness.facts import NOTHING, Column, Facts, Literal, Said, both
from sqltypist.nullness.joins import Joins
from sqltypist.nullness.kinds import SELECT
from sqltypist.nullness.scope import PLAIN
from sqltypist.nullness.verdict import Verdict, no, yes
from sqltypist.tree import Node, TreeError, parse_one

if TYPE_CHECKING:
    from sqltypist.nullness.facts import Clause
    from sqltypist.nullness.prover import Prover
    from sqltypist.nullness.scope import Scope


class Tables:
    """Judges the columns of tables, each once."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self._checks: dict[tuple[int, bool, int], Facts] = {}

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
        if catalog.never_null(oid, number, alone=_is_alone(entry)):
            if catalog.domain_refuses_null(column.type_oid):
                return yes(f"the domain of {name} is not null")
            return yes(f"{name} is not null")
        own = Column(0, 1, number, frozenset())
        if column.is_table and any(
            all(each.is_present and each.atom == own for each in clause)
            for clause in self.of_entry(entry, 1).clauses
        ):
            return yes(f"a check of {column.relation} proves {name}")
        return no(f"{name} may be null")

    def of_entry(self, entry: Node, number: int) -> Facts:
        """Give what a table's checks say, as facts about an entry of a query."""
        if entry.text("relkind") not in {"r", "p"}:
            return NOTHING
        key = entry.number("relid"), entry.flag("inh"), number
        if key not in self._checks:
            self._checks[key] = NOTHING  # a check is read without itself
            scope = self._alone(entry, number)
            found = [
                conditions.known(self._prover, _read_as(condition, number), NOT_FALSE, scope)
                for condition in self._conditions(entry)
            ]
            self._checks[key] = Facts(both([*found, self._of_keys(entry, number)]).clauses)
            self._prover.forget()
        return self._checks[key]

    def _conditions(self, entry: Node) -> list[Node]:
        checks = self._prover.catalog.checks.get(entry.number("relid"), ())
        with_heirs = not _is_alone(entry)
        return self._trees(*(each.tree for each in checks if each.holds_in_heirs or not with_heirs))

    # MATCH FULL: the columns of a reference are NULL together.
    def _of_keys(self, entry: Node, number: int) -> Facts:
        clauses: set[Clause] = set()
        for columns in self._prover.catalog.matched_in_full.get(entry.number("relid"), ()):
            for one, other in itertools.permutations(columns, 2):
                clauses.add(
                    frozenset(
                        {
                            Literal(Column(0, number, one, frozenset()), Said.NULL),
                            Literal(Column(0, number, other, frozenset())),
                        }
                    )
                )
        return Facts(frozenset(clauses))

    def formula(self, entry: Node, var: Node) -> Node | None:
        """Give what a generated column is made of, in terms of the row that a column is read of."""
        key = entry.number("relid"), var.number("varattno")
        for formula in self._trees(self._prover.catalog.formulas.get(key, "")):
            return _read_as(formula, var.number("varno"), var)
        return None

    def _trees(self, *printed: str) -> list[Node]:
        found: list[Node] = []
        for each in filter(None, printed):
            tree = _parsed(each)
            if tree is not None:
                found.append(tree)
        return found

    def _alone(self, entry: Node, number: int) -> Scope:
        """Give the scope of an expression over one table, which is the entry of a number there."""
        query = Node(
            "QUERY",
            {
                "commandType": SELECT,
                "resultRelation": 0,
                "hasAggs": False,
                "groupClause": None,
                "rtable": [*([entry] * number)],
                "jointree": None,
                "havingQual": None,
                "groupingSets": None,
            },
        )
        return (self._prover.level(query, Joins(self._prover, query, ()), PLAIN),)


@functools.cache
def _parsed(text: str) -> Node | None:
    """Read a printed expression once; what cannot be read proves nothing."""
    try:
        value = parse_one(text)
    except TreeError:
        return None
    return value if isinstance(value, Node) else None


def _is_alone(entry: Node) -> bool:
    """Tell whether an entry is a table's own rows, without those of tables that inherit from it.

    What is inserted into a partitioned table goes into a partition.
    """
    return not entry.flag("inh") and entry.text("relkind") != "p"


def _read_as(formula: Node, relation: int, var: Node | None = None) -> Node:
    """Write a formula over a table's columns as one over an entry, as a column of it is seen."""
    if formula.tag == "VAR":
        own = formula.but("varno", relation)
        for name in ("varnullingrels", "varlevelsup", "varreturningtype") if var else ():
            if var is not None and name in var:
                own = own.but(name, var.fields[name])
        return own
    changed = formula
    for name, value in formula.fields.items():
        if isinstance(value, Node):
            changed = changed.but(name, _read_as(value, relation, var))
        elif isinstance(value, list):
            changed = changed.but(
                name,
                [
                    _read_as(each, relation, var) if isinstance(each, Node) else each
                    for each in value
                ],
            )
    return changed
