"""What the server knows of its own types, tables and functions, read once and then asked often."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from sqltypist import runtime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

_SQL = runtime.load(Path(__file__).parent / "sql" / "catalog.sql")


@dataclass(frozen=True)
class Type:
    """A type of the database."""

    oid: int
    name: str
    schema: str
    kind: str
    """pg_type's own: b base, c composite, d domain, e enum, p pseudo, r range, m multirange."""
    element_oid: int | None
    base_oid: int | None
    is_never_null: bool
    shown: str
    comment: str | None
    labels: tuple[str, ...] = ()
    category: str = ""
    """pg_type's own: S for strings, A for arrays."""
    array_oid: int = 0
    subtype_oid: int | None = None
    """The type of the bounds of a range or multirange."""
    relation_oid: int | None = None
    relation_kind: str | None = None
    """pg_class's own, of a composite: c for one of CREATE TYPE, others for rows of tables."""


@dataclass(frozen=True)
class Table:
    """A table of the searched schemas."""

    oid: int
    name: str
    comment: str | None


@dataclass(frozen=True)
class Column:
    """A column of a table or view."""

    relation: str
    name: str
    type_oid: int
    is_table: bool
    is_generated: bool
    is_never_null: bool
    is_never_null_alone: bool
    """The same of the table's own rows, without those of tables that inherit from it."""
    refuses_null: bool
    """Whether a new row may hold no NULL there; old ones may."""
    comment: str | None


@dataclass(frozen=True)
class Function:
    """A function, as far as its answer to NULL is concerned."""

    name: str
    is_strict: bool
    is_builtin: bool
    argument_types: tuple[int, ...]
    nullable_arguments: frozenset[int] = frozenset()
    """Arguments, counted from 1, of a function of the project that are NULL when left out."""
    is_volatile: bool = False
    language: str = "internal"
    returns_set: bool = False
    result_type: int = 0
    body: str | None = None
    """Of a function in SQL, its text."""
    argument_names: tuple[str, ...] = ()
    """The names of its input arguments, empty where one has none."""
    search_path: str = ""
    """The one that it sets for itself; empty where it runs under its caller's."""
    has_other_settings: bool = False


@dataclass(frozen=True)
class Check:
    """A condition on the rows of a table."""

    tree: str
    """As the server prints it."""
    holds_in_heirs: bool


@dataclass(frozen=True)
class Rewriting:
    """A trigger that may change a row on its way in."""

    on_insert: bool
    on_update: bool
    columns: frozenset[int]
    """On UPDATE of these alone; of any when there are none."""


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key that always holds."""

    columns: tuple[int, ...]
    pairs: frozenset[tuple[int, int, int]]
    """Its columns with those that they refer to and an operator that compares them."""
    holds_in_heirs: bool
    """Whether it holds for tables that inherit from this one too."""


@dataclass(frozen=True)
class Rule:
    """A constraint, a unique index, or a function that enforces like one."""

    name: str
    relation: str
    comment: str | None


@dataclass(frozen=True)
class Catalog:
    """What the server knows of itself: plain data, so that inference can be tested alone."""

    version_number: int = 0
    version: str = ""
    schemas: tuple[str, ...] = ()
    types: Mapping[int, Type] = field(default_factory=dict[int, Type])
    columns: Mapping[tuple[int, int], Column] = field(default_factory=dict[tuple[int, int], Column])
    tables: tuple[Table, ...] = ()
    functions: Mapping[int, Function] = field(default_factory=dict[int, Function])
    rewriting: Mapping[int, tuple[Rewriting, ...]] = field(
        default_factory=dict[int, "tuple[Rewriting, ...]"]
    )
    """The triggers that may change a row on its way in, by their table."""
    checks: Mapping[int, tuple[Check, ...]] = field(default_factory=dict[int, "tuple[Check, ...]"])
    """The conditions that all rows of a table fulfil, or leave unknown."""
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    """What generated columns are made of, as printed trees."""
    foreign_keys: Mapping[tuple[int, int], tuple[ForeignKey, ...]] = field(
        default_factory=dict[tuple[int, int], tuple[ForeignKey, ...]]
    )
    """By the table that refers and the table that is referred to."""
    matched_in_full: Mapping[int, tuple[tuple[int, ...], ...]] = field(
        default_factory=dict[int, tuple[tuple[int, ...], ...]]
    )
    """The columns of references that are NULL together, by their table."""
    equalities: frozenset[int] = frozenset()
    """The operators by which unique keys compare: every value equals itself."""
    rules: tuple[Rule, ...] = ()

    @classmethod
    def read(cls, connection: Connection[Any]) -> Catalog:
        """Read everything that inference may ask for."""
        server = _rows(connection, "get_server")[0]
        labels: dict[int, list[str]] = {}
        for row in _rows(connection, "list_enum_labels"):
            labels.setdefault(row["type_oid"], []).append(row["label"])
        checks: dict[int, list[Check]] = {}
        formulas: dict[tuple[int, int], str] = {}
        for row in _rows(connection, "list_expressions"):
            if row["number"] is None:
                found = Check(row["tree"], row["holds_in_heirs"])
                checks.setdefault(row["relation_oid"], []).append(found)
            else:
                formulas[row["relation_oid"], row["number"]] = row["tree"]
        rewriting: dict[int, list[Rewriting]] = {}
        for row in _rows(connection, "list_rewriting_triggers"):
            rewriting.setdefault(row["relation_oid"], []).append(
                Rewriting(row["on_insert"], row["on_update"], frozenset(row["columns"]))
            )
        keys: dict[tuple[int, int], list[ForeignKey]] = {}
        in_full: dict[int, list[tuple[int, ...]]] = {}
        for row in _rows(connection, "list_foreign_keys"):
            if row["matches_in_full"]:
                in_full.setdefault(row["relation_oid"], []).append(tuple(row["columns"]))
            between = row["relation_oid"], row["target_oid"]
            keys.setdefault(between, []).append(_foreign_key(row))
        return cls(
            version_number=server["version_number"],
            version=server["version"],
            schemas=tuple(server["schemas"]),
            types={
                row["oid"]: Type(**row, labels=tuple(labels.get(row["oid"], ())))
                for row in _rows(connection, "list_types")
            },
            columns={
                (row.pop("relation_oid"), row.pop("number")): Column(**row)
                for row in _rows(connection, "list_columns")
            },
            tables=tuple(Table(**row) for row in _rows(connection, "list_tables")),
            functions={
                row["oid"]: Function(
                    name=row["name"],
                    is_strict=row["is_strict"],
                    is_builtin=row["is_builtin"],
                    argument_types=tuple(row["argument_types"]),
                    nullable_arguments=frozenset(row["nullable_arguments"]),
                    is_volatile=row["is_volatile"],
                    language=row["language"],
                    returns_set=row["returns_set"],
                    result_type=row["result_type"],
                    body=row["body"],
                    argument_names=tuple(row["argument_names"]),
                    search_path=row["search_path"] or "",
                    has_other_settings=row["has_other_settings"],
                )
                for row in _rows(connection, "list_functions")
            },
            rewriting={oid: tuple(found) for oid, found in rewriting.items()},
            checks={oid: tuple(found) for oid, found in checks.items()},
            formulas=formulas,
            foreign_keys={between: tuple(found) for between, found in keys.items()},
            matched_in_full={oid: tuple(found) for oid, found in in_full.items()},
            equalities=frozenset(row["oid"] for row in _rows(connection, "list_equalities")),
            rules=tuple(Rule(**row) for row in _rows(connection, "list_rules")),
        )

    def base(self, oid: int) -> Type | None:
        """Give the type under a domain, or the type itself."""
        found = self.types.get(oid)
        while found and found.kind == "d" and found.base_oid:
            found = self.types.get(found.base_oid)
        return found

    def domain_refuses_null(self, oid: int) -> bool:
        """Tell whether the type is a domain that is NOT NULL, itself or through its base."""
        found = self.types.get(oid)
        while found and found.kind == "d":
            if found.is_never_null:
                return True
            found = self.types.get(found.base_oid or 0)
        return False

    def never_null(self, relation_oid: int, number: int, *, alone: bool = False) -> bool:
        """Tell whether a table's column can hold no NULL; system columns never do."""
        if number < 0:
            return True
        column = self.columns.get((relation_oid, number))
        if column is None or not column.is_table:
            return False
        holds = column.is_never_null_alone if alone else column.is_never_null
        return holds or self.domain_refuses_null(column.type_oid)

    def is_not_null_itself(self, relation_oid: int, number: int) -> bool:
        """Tell whether a column is never NULL whatever its domain says; system columns are so."""
        column = self.columns.get((relation_oid, number))
        return number < 0 or (
            column is not None and (column.is_never_null or column.is_never_null_alone)
        )

    def refuses_null(self, relation_oid: int, number: int) -> bool:
        """Tell whether NULL cannot be assigned to a table's column."""
        column = self.columns.get((relation_oid, number))
        return column is not None and (
            column.refuses_null or self.domain_refuses_null(column.type_oid)
        )

    def columns_of(self, relation_oid: int) -> list[Column]:
        """Give the columns of a relation in their order."""
        return [each for (oid, _), each in self.columns.items() if oid == relation_oid]

    def is_own_equality(self, operators: set[int]) -> bool:
        """Tell whether operators are equalities by which every value equals itself."""
        return operators <= self.equalities

    def signature(self, function: Function) -> str:
        """Write a function of the server's own with the types of its arguments."""
        types = (self.types.get(oid) for oid in function.argument_types)
        return f"{function.name}({','.join(each.name if each else '?' for each in types)})"

    def is_row_type(self, oid: int) -> bool:
        """Tell whether values of a type are rows, be they of a domain over one."""
        found = self.base(oid)
        return found is None or found.kind == "c" or found.name == "record"

    def enums(self) -> list[Type]:
        """Give the enum types of the searched schemas, by name."""
        return sorted(
            (
                each
                for each in self.types.values()
                if each.kind == "e" and each.schema in self.schemas
            ),
            key=lambda each: each.name,
        )


def _foreign_key(row: dict[str, Any]) -> ForeignKey:
    pairs = zip(row["columns"], row["target_columns"], strict=True)
    operators = zip(row["operators"], row["commuted"], strict=True)
    return ForeignKey(
        columns=tuple(row["columns"]),
        pairs=frozenset(
            (*pair, each)
            for pair, each_way in zip(pairs, operators, strict=True)
            for each in each_way
        ),
        holds_in_heirs=row["holds_in_heirs"],
    )


def set_setting(connection: Connection[Any], setting: str, value: str) -> None:
    """Change a setting of the session."""
    connection.execute(_SQL["set_setting"], {"setting": setting, "value": value})


def get_setting(connection: Connection[Any], setting: str) -> str:
    """Give the value of a setting of the session."""
    row = connection.execute(_SQL["get_setting"], {"setting": setting}).fetchone()
    return str(row[0]) if row else ""


def _rows(connection: Connection[Any], query: str) -> Sequence[dict[str, Any]]:
    return connection.cursor(row_factory=dict_row).execute(_SQL[query]).fetchall()
