"""Random statements: queries of all shapes, and what changes data and returns rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from expressions import COMPARABLE, Expressions, Scope
from patterns import SETS
from pieces import Part, Piece, listed, make, maybe
from values import VALUES, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from databases import Relation
    from library import Signature

FUNCTION_TYPES = ("int4", "int4", "text", "bool", "jsonb", "int4[]", "timestamptz", "tag")
JOINS = ("JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")


@dataclass(frozen=True)
class Source:
    """An entry of FROM."""

    text: Part
    columns: tuple[tuple[str, str], ...]
    """SQL and type of each, with the alias."""
    rows: tuple[str, ...]
    tables: tuple[tuple[str, str], ...] = ()
    """Alias and name of each table in it, for joins along foreign keys."""
    has_bare: bool = False
    """Whether a column of it goes by its bare name, so that no other table may have it."""


def _joined(left: Source, right: Source, text: Part) -> Source:
    return Source(
        text, left.columns + right.columns, left.rows + right.rows, left.tables + right.tables
    )


@dataclass
class Statements(Expressions):
    """Makes statements."""

    _tables: list[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=list)
    """The common table expressions in scope."""

    def statement(self) -> Piece:
        """Make a statement whose result has columns."""
        self.parameters = {}
        self._names = 0
        self._tables = []
        self._hot = []
        self._tested = []
        if self.chance(0.66):
            return self._with(self._top_query, is_top=True)
        return self._with(self._change, is_top=True)

    def view(self, columns: int) -> str:
        """Make a query that can be a view."""
        return self._without_parameters([self.some_type() for _ in range(columns)], Scope())

    def function(self, name: str) -> str:
        """Make a function in SQL, of an int4 and a text, that gives a value or rows."""
        scope = Scope((("$1", "int4"), ("$2", "text")))
        strict = self.random.choice(["", "", " STRICT"])
        if self.chance(0.3):
            types = [self.some_type() for _ in range(2)]
            columns = ", ".join(f"c{n} {each}" for n, each in enumerate(types, 1))
            body = self._without_parameters(types, Scope(outer=scope))
            result = f"TABLE ({columns})"
        else:
            result = self.random.choice(FUNCTION_TYPES)
            body = self._without_parameters([result], Scope(outer=scope))
            if self.chance(0.5):
                body = f"SELECT {self._plain(result, scope)}"
        return (
            f"CREATE FUNCTION {name}(int4, text) RETURNS {result} LANGUAGE sql STABLE{strict}"
            f" AS $body${body}$body$"
        )

    def _plain(self, type_name: str, scope: Scope) -> Piece:
        return self.expression(type_name, replace(scope, is_plain=True), 2)

    def _without_parameters(self, types: Sequence[str], scope: Scope) -> str:
        self._names = 0
        self._hot, self._tested = [], []
        while True:
            self.parameters = {}
            query = self.query(types, scope, 2)
            if not self.parameters:
                return str(query)

    def _top_query(self) -> Piece:
        count = self.random.randint(2, 8)
        if self.chance(0.2):
            return self.query([self.some_type() for _ in range(count)], Scope(), 3)
        return self._select("query", ["any"] * count, Scope(), 3)

    def _with(self, body: object, *, is_top: bool) -> Piece:
        """Put common table expressions before a statement, now and then."""
        assert callable(body)
        if not self.chance(0.3):
            return make("statement", "@", body())
        before = len(self._tables)
        items: list[Part] = []
        recursive = self.chance(0.4) and body == self._top_query
        for _ in range(self.random.randint(1, 2)):
            name = self.name("w")
            if recursive and self.chance(0.6):
                text, types = self._recursive(name)
            elif is_top and self.chance(0.3):
                text, types = self._change_of_types()
            else:
                types = [self.some_type() for _ in range(self.random.randint(1, 4))]
                text = self.query(types, Scope(), 2)
            hint = self.random.choice(["", "", " MATERIALIZED", " NOT MATERIALIZED"])
            columns = tuple((f"c{n}", each) for n, each in enumerate(types, 1))
            names = ", ".join(column for column, _ in columns)
            items.append(make("", f"{name} ({names}) AS{hint} (@)", text))
            self._tables.append((name, columns))
        word = "RECURSIVE " if recursive else ""
        made = make("statement", f"WITH {word}@ @", listed(", ", items), body())
        del self._tables[before:]
        return made

    def _recursive(self, name: str) -> tuple[Piece, list[str]]:
        types = ["int4", *(self.some_type() for _ in range(self.random.randint(0, 2)))]
        start = self.query(types[1:], Scope(), 1) if types[1:] else None
        columns = tuple((f"{name}.c{n}", each) for n, each in enumerate(types, 1))
        scope = Scope(columns)
        next_ones: list[Part] = [
            self.expression(each, scope, 1 if self.chance(0.6) else 0) for each in types[1:]
        ]
        link = self.random.choice(["UNION ALL", "UNION ALL", "UNION"])
        counter = self.random.choice(["{0}.c1 + 1", "{0}.c1 + 1", "nullif({0}.c1 + 1, 3)"])
        counter = counter.format(name)
        first: Part = make("", "SELECT 1, s.* FROM (@) AS s", start) if start else "SELECT 1"
        source: Part = name
        if self.chance(0.3):
            other = self._table(Scope())
            on = self.condition(Scope(columns + other.columns), 1)
            word = self.random.choice(["LEFT", "INNER"])
            source = make("", f"{name} {word} JOIN @ ON @", other.text, on)
        recursion = make(
            "", f"SELECT @ FROM @ WHERE {name}.c1 < 4@", listed(", ", [counter, *next_ones]),
            source, maybe(" AND @", self.condition(scope, 1)),
        )  # fmt: skip
        return make("", f"@ {link} @", first, recursion), types

    # Queries.

    def query(self, types: Sequence[str], scope: Scope, depth: int) -> Piece:
        kind = f"query {','.join(types)}"
        if depth > 0 and self.chance(0.13):
            sides = [self.query(types, replace(scope), depth - 2) for _ in range(2)]
            link = self.random.choice(
                [
                    "UNION",
                    "UNION ALL",
                    "UNION ALL",
                    "INTERSECT",
                    "INTERSECT ALL",
                    "EXCEPT",
                    "EXCEPT ALL",
                ]
            )
            return make(kind, f"(@) {link} (@)@", *sides, self._limit())
        if self.chance(0.06):
            # Columns of a list of rows are of one count: only whole rows can go.
            rows: list[Part] = [
                make(
                    "",
                    "(@)",
                    Piece("", _separated([self.expression(each, scope, 1) for each in types])),
                )
                for _ in range(self.random.randint(1, 3))
            ]
            return make(kind, "VALUES @", listed(", ", rows))
        return self._select(kind, types, scope, depth)

    def _row(self, items: Sequence[Part]) -> Piece:
        return Piece("", _separated(items))

    def _select(self, kind: str, types: Sequence[str], outer: Scope, depth: int) -> Piece:
        source = self._from(outer, depth)
        where: Part = ""
        scope = replace(outer, columns=(), rows=(), grouped=None, has_windows=False)
        if source is not None:
            scope = replace(scope, columns=source.columns, rows=source.rows, outer=outer.outer)
        if self.chance(0.45):
            where = maybe(" WHERE @", self.condition(scope, self._depth()))
        group: Part = ""
        having: Part = ""
        target_scope = scope
        style = self.random.random()
        if style < 0.22 and source is not None:
            group, target_scope = self._group(scope)
        elif style < 0.32:
            target_scope = replace(scope, columns=(), rows=(), grouped=scope)
        if target_scope.grouped and self.chance(0.3):
            having = maybe(" HAVING @", self.condition(target_scope, 1))
        elif not target_scope.grouped and style > 0.75:
            target_scope = replace(target_scope, has_windows=True)
        targets: list[Part] = [
            self._target(each, target_scope, depth, is_inner=outer.outer is not None)
            for each in types
        ]
        distinct: Part = ""
        order: Part = ""
        plain = not target_scope.grouped and not target_scope.has_windows
        if self.chance(0.08):
            distinct = maybe("DISTINCT ")
        elif self.chance(0.05) and plain and source is not None:
            key = self.random.choice(source.columns)[0]
            distinct, order = maybe(f"DISTINCT ON ({key}) "), ""
        elif self.chance(0.15):
            order = maybe(f" ORDER BY {self.random.randint(1, len(types))}")
        from_part: Part = maybe(" FROM @", source.text) if source is not None else ""
        return make(
            kind, "SELECT @@@@@@@@", distinct, listed(", ", targets), from_part, where, group,
            having, order, self._limit(),
        )  # fmt: skip

    def _target(self, type_name: str, scope: Scope, depth: int, *, is_inner: bool) -> Part:
        if type_name == "any":
            type_name = self._interesting_type(scope)
        if not is_inner and self.chance(0.02) and scope.rows and depth >= 3:
            return self.random.choice(scope.rows)
        if depth >= 3 and self.chance(0.02):
            sets = [each for each in self.library.sets if each.columns == (type_name,)]
            if sets:
                signature = self.random.choice(sets)
                items = self.arguments(signature, scope, 1)
                return make("", f"{signature.name}(@)", listed(", ", items))
        # One value that the server refuses costs the whole statement: most are simple.
        deepest = self.random.choices([0, 1, 2, 3], [8, 6, 3, 1])[0]
        return self.expression(type_name, scope, min(depth, deepest))

    def _interesting_type(self, scope: Scope) -> str:
        """Choose a type, mostly one of which a condition has spoken."""
        hot = [each for sql, each in scope.columns if sql in self._hot]
        if hot and self.chance(0.5):
            return self.random.choice(hot)
        if self._tested and self.chance(0.2):
            return self.random.choice(self._tested)[0]
        if scope.columns and self.chance(0.5):
            return self.random.choice(scope.columns)[1]
        return self.some_type()

    def _depth(self) -> int:
        """Choose how deep a condition is: a deep one leaves few rows."""
        return self.random.choices([0, 1, 2], [5, 4, 2])[0]

    def _limit(self) -> Part:
        if not self.chance(0.1):
            return ""
        return self.random.choice([
            maybe(" LIMIT 3"), maybe(" LIMIT 1"), maybe(" LIMIT 5 OFFSET 1"),
            maybe(" OFFSET 1"), maybe(" FETCH FIRST ROW ONLY"), maybe(" LIMIT NULL"),
            maybe(" LIMIT 0") if self.chance(0.3) else maybe(" LIMIT 2"),
        ])  # fmt: skip

    def _group(self, scope: Scope) -> tuple[Part, Scope]:
        """Make a GROUP BY, and the scope of what is selected from its groups."""
        keys = self._keys(scope)
        columns = tuple(keys.items())
        if not keys:
            return "", replace(scope, columns=(), rows=(), grouped=scope)
        texts = list(keys)
        if self.chance(0.12):
            columns = (*columns, (f"grouping({texts[0]})", "int4"))
        return f" GROUP BY {self._sets(texts)}", replace(
            scope, columns=columns, rows=(), grouped=scope
        )

    def _keys(self, scope: Scope) -> dict[str, str]:
        """Choose what to group by, with the type of each."""
        keys: dict[str, str] = {}
        for _ in range(self.random.randint(1, 3)):
            if self.chance(0.75):
                sql, type_name = self.random.choice(scope.columns)
                if type_name in COMPARABLE:
                    keys[sql] = type_name
                continue
            type_name = self.random.choice(COMPARABLE[:6])
            made = str(self.expression(type_name, replace(scope, is_plain=True, outer=None), 1))
            if any(sql in made for sql, _ in scope.columns):
                keys[made] = type_name
        return keys

    def _sets(self, texts: list[str]) -> str:
        """Write one grouping set or several."""
        whole = ", ".join(texts)
        style = self.random.random()
        if style < 0.5:
            return whole
        if style < 0.65:
            return f"ROLLUP ({whole})"
        if style < 0.75:
            return f"CUBE ({whole})"
        if style < 0.9:
            sets = [f"({whole})", f"({texts[0]})"]
            if self.chance(0.4):
                sets.append("()")
            if len(texts) > 1 and self.chance(0.5):
                sets.append(f"ROLLUP ({texts[-1]})")
            return f"GROUPING SETS ({', '.join(sets)})"
        several = ", ".join([texts[0], *(f"ROLLUP ({each})" for each in texts[1:])])
        return f"DISTINCT {several}" if self.chance(0.2) else several

    # FROM.

    def _from(self, outer: Scope, depth: int) -> Source | None:
        if self.chance(0.07):
            return None
        count = self.random.choices([1, 2, 3], [7, 2, 1] if depth < 2 else [3, 5, 3])[0]
        source = self._tree(outer, depth, count)
        if self.chance(0.1):
            extra = self._item(outer, depth - 1, before=source)
            link = self.random.choice([", ", " CROSS JOIN "])
            source = _joined(source, extra, make("", f"@{link}@", source.text, extra.text))
        return source

    def _tree(self, outer: Scope, depth: int, count: int) -> Source:
        if count <= 1:
            return self._item(outer, depth - 1)
        right_count = 1 if self.chance(0.7) else count // 2
        left = self._tree(outer, depth, count - right_count)
        is_inner = self.chance(0.25)
        word = self.random.choice(JOINS)
        if right_count == 1:
            before = left if word in {"JOIN", "LEFT JOIN"} and not is_inner else None
            right = self._item(outer, depth - 1, before=before)
        else:
            right = self._tree(outer, depth, right_count)
        nested: Part = right.text
        if right_count > 1:
            nested = make("", "(@)", right.text)
        using = self._using(left, right) if self.chance(0.12) else None
        if using is not None:
            word = self.random.choice(JOINS)
            text = make("from", f"(@ {word} @ USING ({using[0]}))", left.text, nested)
            merged = _joined(left, right, text)
            columns = tuple(each for each in merged.columns if not each[0].endswith(f".{using[0]}"))
            return replace(merged, columns=(*columns, using), rows=(), has_bare=True, tables=())
        on = self._on(left, right, outer, only_equal=word == "FULL JOIN")
        return _joined(left, right, make("from", f"@ {word} @ ON @", left.text, nested, on))

    def _using(self, left: Source, right: Source) -> tuple[str, str] | None:
        """Find a column that both have once, by name and type."""
        ours = [(sql.rpartition(".")[2], each) for sql, each in left.columns]
        theirs = [(sql.rpartition(".")[2], each) for sql, each in right.columns]
        names = [name for name, _ in ours] + [name for name, _ in theirs]
        common = [
            each
            for each in ours
            if each in theirs and names.count(each[0]) == 2 and each[1] in COMPARABLE
        ]
        return self.random.choice(common) if common else None

    def _on(self, left: Source, right: Source, outer: Scope, *, only_equal: bool = False) -> Part:
        both = replace(outer, columns=left.columns + right.columns, rows=left.rows + right.rows)
        both = replace(both, outer=outer.outer, grouped=None, has_windows=False)
        if self.chance(0.12) and not only_equal:
            return self.random.choice([make("expression bool", "true"), self.condition(both, 1)])
        keys = self._foreign_keys(left, right) + self._foreign_keys(right, left)
        if keys and self.chance(0.75):
            equal: Part = self.random.choice(keys)
        else:
            pairs = [
                (one, other)
                for one, type_one in left.columns for other, type_other in right.columns
                if type_one == type_other and type_one in COMPARABLE
            ]  # fmt: skip
            if not pairs:
                return "true" if only_equal else self.condition(both, 1)
            one, other = self.random.choice(pairs)
            sign = "=" if only_equal or self.chance(0.85) else "IS NOT DISTINCT FROM"
            equal = make("expression bool", f"{one} {sign} {other}")
        if self.chance(0.3) and not only_equal:
            return make("expression bool", "@", listed(" AND ", [equal, self.condition(both, 1)]))
        return equal

    def _foreign_keys(self, left: Source, right: Source) -> list[Part]:
        """Give the conditions that follow a foreign key from one side to the other, whole."""
        found: list[Part] = []
        for alias, name in left.tables:
            for other, target in right.tables:
                keys = [
                    (here, there) for table, here, goal, there in self.database.references
                    if table == name and goal == target
                ]  # fmt: skip
                found += [
                    make("expression bool", f"{alias}.{here} = {other}.{there}")
                    for here, there in keys
                ]
                if name in {"links", "halves"}:
                    whole = " AND ".join(
                        f"{alias}.{here} = {other}.{there}" for here, there in keys[:2]
                    )
                    found += [make("expression bool", whole)] * 2 if whole else []
        return found

    def _item(self, outer: Scope, depth: int, before: Source | None = None) -> Source:
        choice = self.random.random()
        if not outer.is_plain and self._tables and choice < 0.3:
            name, columns = self.random.choice(self._tables)
            return self._named(name, columns)
        if choice < 0.68:
            return self._table(outer)
        if choice < 0.86 and depth >= 0:
            return self._derived(outer, depth, before)
        if choice < 0.97:
            return self._rows_of_functions(outer, before)
        return self._table(outer)

    def _named(self, name: str, columns: Sequence[tuple[str, str]]) -> Source:
        alias = self.name("t")
        return Source(
            make("item", f"{name} AS {alias}"),
            tuple((f"{alias}.{column}", each) for column, each in columns),
            (alias,),
        )

    def _table(self, outer: Scope) -> Source:
        del outer
        references = {name for name, *_ in self.database.references}
        relations = self.database.relations
        liked = [each for each in relations if each.name in references or each.name == "parents"]
        relation = self.random.choice(liked if self.chance(0.4) else relations)
        alias = self.name("t")
        only = "ONLY " if relation.is_table and self.chance(0.04) else ""
        sample = " TABLESAMPLE BERNOULLI (50) REPEATABLE (1)" if self.chance(0.02) else ""
        sample = sample if relation.is_table else ""
        columns = [(f"{alias}.{column}", each) for column, each in relation.columns]
        return Source(
            make("item", f"{only}{relation.name} AS {alias}{sample}"), tuple(columns), (alias,),
            ((alias, relation.name),),
        )  # fmt: skip

    def _derived(self, outer: Scope, depth: int, before: Source | None) -> Source:
        types = [self.some_type() for _ in range(self.random.randint(1, 3))]
        alias = self.name("t")
        scope = Scope(outer=outer.outer, is_plain=outer.is_plain)
        lateral = ""
        if before is not None and self.chance(0.5):
            around = Scope(before.columns, before.rows, outer.outer)
            scope, lateral = replace(scope, outer=around), "LATERAL "
        query = self.query(types, scope, depth - 1)
        names = [f"c{n}" for n, _ in enumerate(types, 1)]
        return Source(
            make("item", f"{lateral}(@) AS {alias} ({', '.join(names)})", query),
            tuple((f"{alias}.{name}", each) for name, each in zip(names, types, strict=True)),
            (alias,),
        )

    def _rows_of_functions(self, outer: Scope, before: Source | None) -> Source:
        scope = Scope(outer=outer.outer, is_plain=outer.is_plain)
        if before is not None and self.chance(0.6):
            scope = Scope(before.columns, before.rows, outer.outer)
        alias = self.name("t")
        parts: list[Part] = []
        types: list[str] = []
        count = 2 if self.chance(0.2) else 1
        for _ in range(count):
            text, columns = self._call_of_rows(scope)
            while count > 1 and "json_table" in str(text):
                text, columns = self._call_of_rows(scope)
            parts.append(text)
            types += columns
        text = make("", "ROWS FROM (@)", listed(", ", list(parts))) if count > 1 else parts[0]
        ordinality = ""
        if self.chance(0.3) and "json_table" not in str(text):
            ordinality, types = " WITH ORDINALITY", [*types, "int8"]
        names = [f"c{n}" for n, _ in enumerate(types, 1)]
        return Source(
            make("item", f"@{ordinality} AS {alias} ({', '.join(names)})", text),
            tuple((f"{alias}.{name}", each) for name, each in zip(names, types, strict=True)),
            (),
        )

    def _call_of_rows(self, scope: Scope) -> tuple[Part, list[str]]:
        if self.chance(0.6):
            pattern, types = self.random.choice(SETS)
            return self.fill(pattern, scope, 2), types
        sets = self.library.own_sets if self.chance(0.4) else self.library.sets
        signature: Signature = self.random.choice(sets)
        while any(each in {"record", "void", "any"} for each in signature.columns):
            signature = self.random.choice(self.library.sets)
        items = self.arguments(signature, scope, 1)
        return make("", f"{signature.name}(@)", listed(", ", items)), list(signature.columns)

    # Changes.

    def _change(self) -> Piece:
        return self._change_of_types()[0]

    def _change_of_types(self) -> tuple[Piece, list[str]]:
        relations = [each for each in self.database.relations if each.is_written]
        relation = self.random.choice(relations)
        while "_" in relation.name and relation.is_table and self.chance(0.6):
            relation = self.random.choice(relations)  # a partition refuses most rows
        maker = self.random.choices(
            [self._insert, self._update, self._delete, self._merge], [5, 4, 2, 3]
        )[0]
        if maker == self._merge and self.version < 170000:
            maker = self._update  # MERGE gives no rows yet
        if relation.name == "written_view" and maker in {self._merge, self._delete}:
            maker = self._update
        return maker(relation)

    def _returned(
        self, relation: Relation, alias: str, others: Source | None, *, is_merge: bool = False
    ) -> tuple[Part, list[str]]:
        columns = [(f"{alias}.{column}", each) for column, each in relation.columns]
        if self.version >= 180000 and self.chance(0.4):
            for version in ("old", "new"):
                columns += [(f"{version}.{column}", each) for column, each in relation.columns]
        rows = (alias, "old", "new") if self.version >= 180000 else (alias,)
        scope = Scope(
            (*columns, *(others.columns if others else ())),
            (*rows, *(others.rows if others else ())),
        )
        self._versions(alias)
        tested = [each for each, _ in self._tested]
        types = [
            self.random.choice(tested) if tested and self.chance(0.5)
            else self.random.choice(columns)[1] if self.chance(0.7) else self.some_type()
            for _ in range(self.random.randint(1, 6))
        ]  # fmt: skip
        items: list[Part] = [
            self.expression(each, scope, 2 if self.chance(0.4) else 0) for each in types
        ]
        if is_merge and self.chance(0.2) and self.version >= 170000:
            items.append("merge_action()")
            types.append("text")
        if self.chance(0.05):
            return make("", " RETURNING @", listed(", ", [*items])), types
        return make("", " RETURNING @", listed(", ", items)), types

    def _assigned(self, relation: Relation, column: str, type_name: str, scope: Scope) -> Part:
        """Make what a column is set to: often NULL, a bare parameter, or another column."""
        is_required = column in relation.required
        if type_name == "tag":
            # A column of a domain that is NOT NULL takes NULL from a subquery or an outer join, as
            # the manual of CREATE DOMAIN tells; what the domain promises is not tried here.
            return literal(self.random, type_name)
        if self.chance(0.06):
            return "DEFAULT"
        if self.chance(0.25) and not is_required:
            return "NULL"
        if self.chance(0.1) and type_name in VALUES:
            cast = self.parameter(type_name)
            return cast if self.chance(0.4) else cast.partition("::")[0]
        if scope.has_sets and type_name == "int4" and self.chance(0.06):
            return "generate_series(1, 2)"
        return self._given(type_name, scope, is_simple=is_required or self.chance(0.5))

    def _given(self, type_name: str, scope: Scope, *, is_simple: bool) -> Part:
        if not is_simple:
            return self.expression(type_name, scope, 2)
        fitting = [sql for sql, each in scope.columns if each == type_name]
        if fitting and self.chance(0.5):
            return self.random.choice(fitting)
        return literal(self.random, type_name)

    def _insert(self, relation: Relation) -> tuple[Piece, list[str]]:
        alias = self.name("i")
        written = [each for each in relation.columns if each[0] not in relation.generated]
        chosen = [
            each for each in written
            if each[0] in relation.required or each[1] == "tag" or self.chance(0.6)
        ]  # fmt: skip
        names = ", ".join(column for column, _ in chosen)
        body: Part
        if not chosen or self.chance(0.04):
            target, body = f"{relation.name} AS {alias}", "DEFAULT VALUES"
        else:
            target = f"{relation.name} AS {alias} ({names})"
            if self.chance(0.45):
                values = Scope(has_sets=True)
                rows = [
                    listed(", ", [make("", "@", self._assigned(relation, column, each, values))
                                  for column, each in chosen])
                    for _ in range(self.random.choice([1, 1, 1, 2, 3]))
                ]  # fmt: skip
                # One value for each column: none may go.
                texts: list[Part] = [
                    make("", "(@)", Piece("", _separated(row.parts))) for row in rows
                ]
                body = make("", "VALUES @", listed(", ", texts))
            else:
                source = self._from(Scope(), 2) or self._table(Scope())
                scope = Scope(source.columns, source.rows)
                given = tuple(
                    self._without_default(self._assigned(relation, column, each, scope), each)
                    for column, each in chosen
                )
                where = maybe(" WHERE @", self.condition(scope, 1)) if self.chance(0.4) else ""
                body = make(
                    "", "SELECT @ FROM @@", Piece("", _separated(given)), source.text, where
                )
        returned, types = self._returned(relation, alias, None)
        conflict = self._conflict(relation, alias) if self.chance(0.4) else ""
        return make("", f"INSERT INTO {target} @@@", body, conflict, returned), types

    def _without_default(self, given: Part, type_name: str) -> Part:
        return f"NULL::{type_name}" if given in {"DEFAULT", "NULL"} else given

    def _conflict(self, relation: Relation, alias: str) -> Part:
        if self.chance(0.3) or not relation.keys:
            return maybe(" ON CONFLICT DO NOTHING") if relation.is_table else ""
        key = ", ".join(self.random.choice(relation.keys))
        columns = [(f"{alias}.{column}", each) for column, each in relation.columns]
        columns += [(f"excluded.{column}", each) for column, each in relation.columns]
        scope = Scope(tuple(columns))
        where = maybe(" WHERE @", self.condition(scope, 1)) if self.chance(0.3) else ""
        return make("", f" ON CONFLICT ({key}) DO UPDATE SET @@", self._set(relation, scope), where)

    def _versions(self, alias: str) -> None:
        """Let what WHERE has spoken of be met again as it was, and as it is."""
        if self.version < 180000:
            return
        for type_name, piece in list(self._tested):
            for version in ("old", "new"):
                text = str(piece).replace(f"{alias}.", f"{version}.")
                if text != str(piece):
                    self._tested.append((type_name, make(piece.kind, "@", text)))

    def _set(self, relation: Relation, scope: Scope) -> Piece:
        written = [each for each in relation.columns if each[0] not in relation.generated]
        chosen = self.random.sample(written, self.random.randint(1, min(3, len(written))))
        hot = [each for each in written if any(sql.endswith(f".{each[0]}") for sql in self._hot)]
        if hot and self.chance(0.6):
            chosen = [*{each[0]: each for each in [*chosen, self.random.choice(hot)]}.values()]
        items: list[Part] = [
            make("", f"{column} = @", self._assigned(relation, column, each, scope))
            for column, each in chosen
        ]
        return listed(", ", items)

    def _others(self, word: str) -> tuple[Part, Source | None]:
        if not self.chance(0.4):
            return "", None
        others = self._from(Scope(), 2)
        return (make("", f" {word} @", others.text), others) if others else ("", None)

    def _update(self, relation: Relation) -> tuple[Piece, list[str]]:
        alias = self.name("u")
        word, others = self._others("FROM")
        own = tuple((f"{alias}.{column}", each) for column, each in relation.columns)
        scope = Scope(own + (others.columns if others else ()), others.rows if others else ())
        where = maybe(" WHERE @", self.condition(scope, self._depth())) if self.chance(0.7) else ""
        changes = self._set(relation, scope)
        returned, types = self._returned(relation, alias, others)
        template = f"UPDATE {relation.name} AS {alias} SET @@@@"
        return make("", template, changes, word, where, returned), types

    def _delete(self, relation: Relation) -> tuple[Piece, list[str]]:
        alias = self.name("d")
        word, others = self._others("USING")
        own = tuple((f"{alias}.{column}", each) for column, each in relation.columns)
        scope = Scope(own + (others.columns if others else ()), others.rows if others else ())
        where = maybe(" WHERE @", self.condition(scope, self._depth())) if self.chance(0.7) else ""
        returned, types = self._returned(relation, alias, others)
        return make("", f"DELETE FROM {relation.name} AS {alias}@@@", word, where, returned), types

    def _merge(self, relation: Relation) -> tuple[Piece, list[str]]:
        alias = self.name("m")
        own = tuple((f"{alias}.{column}", each) for column, each in relation.columns)
        target = Source("", own, (), ((alias, relation.name),))
        source = self._item(Scope(), 1)
        on = self._on(target, source, Scope())
        both = Scope(own + source.columns)
        # A table that is partitioned or has triggers merges as any other.
        whens: list[Part] = []
        for _ in range(self.random.randint(1, 3)):
            side = self.random.choice(["MATCHED", "NOT MATCHED", "NOT MATCHED BY SOURCE"])
            if self.version < 170000 and side.endswith("SOURCE"):
                side = "MATCHED"
            scope = {"MATCHED": both, "NOT MATCHED": Scope(source.columns)}.get(side, Scope(own))
            test: Part = maybe(" AND @", self.condition(scope, 1)) if self.chance(0.5) else ""
            action: Part
            if side == "NOT MATCHED":
                action = self._merge_insert(relation, scope)
            elif self.chance(0.7):
                action = make("", "UPDATE SET @", self._set(relation, scope))
            else:
                action = "DELETE"
            whens.append(make("", f" WHEN {side}@ THEN @", test, action))
        returned, types = self._returned(relation, alias, source, is_merge=True)
        text = make("", f"MERGE INTO {relation.name} AS {alias} USING @ ON @@@", source.text, on,
                    listed("", whens), returned)  # fmt: skip
        return text, types

    def _merge_insert(self, relation: Relation, scope: Scope) -> Part:
        written = [each for each in relation.columns if each[0] not in relation.generated]
        chosen = [
            each for each in written
            if each[0] in relation.required or each[1] == "tag" or self.chance(0.5)
        ]  # fmt: skip
        if not chosen:
            return "INSERT DEFAULT VALUES"
        names = ", ".join(column for column, _ in chosen)
        given = tuple(self._assigned(relation, column, each, scope) for column, each in chosen)
        return make("", f"INSERT ({names}) VALUES (@)", Piece("", _separated(given)))


def _separated(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Put commas between parts none of which can go."""
    found: list[Part] = []
    for part in parts:
        found += [", ", part] if found else [part]
    return tuple(found)
