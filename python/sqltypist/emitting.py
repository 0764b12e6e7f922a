"""Writes the modules of the queries, already in the form that `ruff format` gives them."""

from __future__ import annotations

import keyword
import posixpath
import re
from typing import TYPE_CHECKING

from sqltypist import formats
from sqltypist.errors import Problem, ProblemsFound
from sqltypist.formatting import (
    INDENT,
    Imports,
    docstring,
    head,
    quoted,
    row_class,
)
from sqltypist.names import camel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqltypist.configuration import Configuration
    from sqltypist.inferring import Column, Parameter, TypedQuery

_STREAMS = """\
The rows come from a cursor on the server, batch_size of them in one fetch. It ends with
the rows, with the generator, or with the transaction; outside of a transaction, the
server keeps the whole result until then."""
_BATCHES = """\
Once for each of rows, all in one round trip and, outside of a transaction, in one of their own."""
_COPIES = """\
By COPY, which is several times as fast; rows are taken one by one, however many."""
_WORD = re.compile(r"\w+")
_WRAPPERS = {
    "[]": ("sqltypist.runtime", "array"),
    "Json": ("sqltypist.runtime", "as_json"),
    "Json[]": ("sqltypist.runtime", "array_of_json"),
    "Jsonb": ("psycopg.types.json", "Jsonb"),
    "Jsonb[]": ("sqltypist.runtime", "array_of_jsonb"),
}


def module(
    configuration: Configuration, shown: str, queries: Sequence[TypedQuery], origin: str
) -> str:
    """Write the module of one query file; raises ProblemsFound where a name cannot be."""
    problems = [problem for typed in queries for problem in check_names(typed)]
    problems += _check_functions(queries)
    if problems:
        raise ProblemsFound(problems)
    writer = _Writer(configuration)
    body = "".join([writer.query(typed) for typed in queries])
    folder = posixpath.basename(configuration.queries.rstrip("/"))
    loads = f'_SQL = load({writer.folder(folder)} / "{shown}")'
    twins = writer.imports.twins()
    if twins:
        said = f"two types are named {twins[0]} in Python: rename the one of the database"
        raise ProblemsFound([Problem(queries[0].query.path, 1, "", said)])
    return head(origin, f"The queries of {shown}.") + f"{writer.imports.text()}\n{loads}\n{body}"


def check_names(typed: TypedQuery) -> list[Problem]:
    """Find the names of columns and parameters that Python cannot have."""
    query, problems = typed.query, list[Problem]()
    names = [each.name for each in typed.columns] if has_rows(typed) else []
    used = {word for each in typed.columns for word in _WORD.findall(each.python.name)}
    for position, name in enumerate(names, start=1):
        if not name.isidentifier():
            problems.append(
                query.problem(f"column {position} is named {name!r}: name it, as in ... AS total")
            )
        elif keyword.iskeyword(name):
            problems.append(
                query.problem(f"column {name} has the name of a Python keyword: rename it")
            )
        elif name in names[: position - 1]:
            problems.append(query.problem(f"two columns are named {name}: rename one with AS"))
        elif name in used:
            problems.append(
                query.problem(
                    f"column {name} has the name of a type that its row uses: rename it with AS"
                )
            )
    if typed.query.operator == "$" and len(typed.columns) != 1:
        problems.append(
            query.problem(f"$ gives one value, and the query has {len(typed.columns)} columns")
        )
    if typed.query.operator in {"", "^", "<!"} and not typed.columns:
        problems.append(query.problem("the query has no result: give its name the operator !"))
    problems += [
        query.problem("parameter connection is the name of the first argument: rename it")
        for each in typed.parameters
        if each.name == "connection"
    ]
    problems += [
        query.problem(f"column {each.name} is void: give the query the operator $, or !")
        for each in typed.columns
        if has_rows(typed) and each.python.name == "None"
    ]
    if typed.query.is_batched and not (_gives_results(typed) and typed.parameters):
        said = "-- batch is for queries that have parameters and give rows or a value"
        problems.append(query.problem(said))
    if typed.query.is_streamed:
        if typed.query.operator != "":
            problems.append(query.problem("-- stream is for queries that give a list of rows"))
        problems += [
            query.problem("parameter batch_size is an argument of the stream: rename it")
            for each in typed.parameters
            if each.name == "batch_size"
        ]
    return problems


def _check_functions(queries: Sequence[TypedQuery]) -> list[Problem]:
    """Find the queries of which functions of the same name are made."""
    problems: list[Problem] = []
    owners: dict[str, TypedQuery] = {}
    for typed in sorted(queries, key=lambda each: len(each.query.name)):
        name = typed.query.name
        names = [name, f"stream_{name}" * typed.query.is_streamed]
        names += [f"batch_{name}" * typed.query.is_batched, f"copy_{name}" * bool(typed.copy)]
        for each in [part + end for part in filter(None, names) for end in ("", "_async")]:
            owner = owners.setdefault(each, typed)
            if owner is not typed:
                said = f"the function {each} is made of the query {owner.query.name} too: rename it"
                problems.append(typed.query.problem(said))
    return problems


def has_rows(typed: TypedQuery) -> bool:
    """Tell whether a query gives rows of a class of its own."""
    return typed.query.operator in {"", "^", "<!"}


class _Writer:
    """Writes the functions of one module, and remembers what they import."""

    def __init__(self, configuration: Configuration) -> None:
        self.imports = Imports(configuration)
        self.imports.add(
            ("typing", "Any"),
            ("psycopg", "AsyncConnection"),
            ("psycopg", "Connection"),
            ("sqltypist.runtime", "load"),
        )
        self._configuration = configuration
        self._width = configuration.line_length

    def folder(self, name: str) -> str:
        """Write the expression that finds the folder of queries at run time."""
        if self._configuration.locate:
            where, _, function = self._configuration.locate.partition(":")
            self.imports.add((where, function))
            return f"{function}({quoted(name)})"
        self.imports.add(("pathlib", "Path"))
        climb = len(self._configuration.package.split("."))
        source = [part for part in self._configuration.source.split("/") if part not in {"", "."}]
        return (
            f"Path(__file__).parents[{climb + len(source)}] / {quoted(self._configuration.queries)}"
        )

    def query(self, typed: TypedQuery) -> str:
        """Write a query's row class, its function, and the async twin."""
        parts = ["\n\n"]
        if has_rows(typed) and typed.table:
            self.imports.add((self._configuration.tables_module, _row_name(typed)))
        elif has_rows(typed):
            parts.append(self._row_class(typed) + "\n\n")
        if typed.query.operator == "*!" or typed.query.is_batched:
            parts.append(self._item_class(typed) + "\n\n")
        parts.append(self._statement(typed))
        if typed.copy:
            self.imports.add(("sqltypist.runtime", "copy_into"))
            given = [quoted(each) for each in (typed.copy.table, *typed.copy.columns)]
            lines = self._call(f"{_constant(typed)}_COPY = copy_into(", given, ")", 0)
            parts += [f"{line}\n" for line in lines]
        writers = [self._function]
        if typed.query.is_streamed:
            writers.append(self._stream)
        if typed.query.is_batched:
            writers.append(self._batch)
        if typed.copy:
            writers.append(self._copy)
        for write in writers:
            parts += ["\n\n" + write(typed, is_async=is_async) for is_async in (False, True)]
        return "".join(parts)

    def _row_class(self, typed: TypedQuery) -> str:
        columns = [
            (each.name, self._annotation(each), each.comment or "") for each in typed.columns
        ]
        says = f"A row of {typed.query.name}."
        return row_class(self.imports, _row_name(typed), says, columns, self._width)

    def _item_class(self, typed: TypedQuery) -> str:
        self.imports.add(("typing", "TypedDict"), ("collections.abc", "Iterable"))
        lines = [f"class {_item_name(typed)}(TypedDict):\n"]
        lines.append(f'{INDENT}"""The parameters of one run of {typed.query.name}."""\n\n')
        for each in typed.parameters:
            annotation = self._annotation(each)
            if each.nullable:
                self.imports.add(("typing", "NotRequired"))
                annotation = f"NotRequired[{annotation}]"
            lines.append(f"{INDENT}{each.name}: {annotation}\n")
        return "".join(lines)

    def _statement(self, typed: TypedQuery) -> str:
        """Write the constant that knows the SQL, and what is made of its results."""
        kind, arguments = "CountStatement", [f"_SQL[{quoted(typed.query.name)}]"]
        imported = kind
        if _gives_results(typed):
            imported = kind = "RowsStatement" if has_rows(typed) else "ValueStatement"
            if has_rows(typed):
                arguments.append(_row_name(typed))
            else:
                kind += f"[{self.imports.type(typed.columns[0].python)}]"
            match formats.choose(typed.columns, many=typed.query.operator == ""):
                case "text":
                    arguments.append("binary=False")
                case "binary with enums":
                    arguments.append("enums=True")
                case "binary":
                    pass
        self.imports.add(("sqltypist.calling", imported))
        call = self._call(f"{_constant(typed)} = {kind}(", arguments, ")", 0)
        return "".join(f"{line}\n" for line in call)

    def _function(self, typed: TypedQuery, *, is_async: bool) -> str:
        is_many = typed.query.operator == "*!"
        arguments = None if is_many else [*map(self._argument, typed.parameters)]
        head = self._head(typed, typed.query.name, arguments, self._result(typed), is_async)
        text = typed.query.doc or f"Run the query {typed.query.name}."
        body = self._checks(typed, many=is_many) + self._body(typed, is_async=is_async)
        return head + docstring(text, INDENT, self._width) + body

    def _stream(self, typed: TypedQuery, *, is_async: bool) -> str:
        """Write the twin that gives rows while they arrive, from a cursor on the server."""
        arguments = [*map(self._argument, typed.parameters), "batch_size: int = 1000"]
        generator = "AsyncGenerator" if is_async else "Generator"
        self.imports.add(("collections.abc", generator))
        result = f"{generator}[{_row_name(typed)}]"
        head = self._head(typed, f"stream_{typed.query.name}", arguments, result, is_async)
        text = "\n\n".join(filter(None, (typed.query.doc, _STREAMS)))
        body = self._checks(typed) + self._stream_body(typed, is_async=is_async)
        return head + docstring(text, INDENT, self._width) + body

    def _batch(self, typed: TypedQuery, *, is_async: bool) -> str:
        """Write the twin that runs a query many times in one round trip."""
        result = f"list[{self._result(typed)}]"
        head = self._head(typed, f"batch_{typed.query.name}", None, result, is_async)
        text = "\n\n".join(filter(None, (typed.query.doc, _BATCHES)))
        body = self._checks(typed, many=True) + self._batch_body(typed, is_async=is_async)
        return head + docstring(text, INDENT, self._width) + body

    def _copy(self, typed: TypedQuery, *, is_async: bool) -> str:
        """Write the twin that inserts its rows by COPY."""
        head = self._head(typed, f"copy_{typed.query.name}", None, "int", is_async)
        text = "\n\n".join(filter(None, (typed.query.doc, _COPIES)))
        body = self._checks(typed, many=True) + self._copy_body(typed, is_async=is_async)
        return head + docstring(text, INDENT, self._width) + body

    def _head(
        self, typed: TypedQuery, name: str, given: list[str] | None, result: str, is_async: bool
    ) -> str:
        """Write the first lines of a function; without what is given, it takes many rows of it."""
        name += "_async" if is_async else ""
        arguments = [f"connection: {'AsyncConnection' if is_async else 'Connection'}[Any]"]
        if given is None:
            arguments.append(f"rows: Iterable[{_item_name(typed)}]")
        elif given:
            arguments += ["*", *given]
        opening, closing = f"{'async ' if is_async else ''}def {name}(", f") -> {result}:\n"
        line = opening + ", ".join(arguments) + closing
        if len(arguments) > 2 or len(line) - 1 > self._width:
            inside = "".join(f"{INDENT}{each},\n" for each in arguments)
            return f"{opening}\n{inside}{closing}"
        return line

    def _checks(self, typed: TypedQuery, *, many: bool = False) -> str:
        """Write what is checked before a query runs; the rows of many runs are not looked into."""
        lines: list[str] = []
        if any(each.registers for each in typed.types()):
            self.imports.add(("sqltypist.registering", "registered"))
            package = quoted(self._configuration.package)
            lines += self._call("registered(", ["connection", package], ")", 4)
        if not many:
            for names in typed.lockstep:
                self.imports.add(("sqltypist.runtime", "same_length"))
                lines += self._call("same_length(", [f"{n}={n}" for n in names], ")", 4)
        return _indented(lines)

    def _stream_body(self, typed: TypedQuery, *, is_async: bool) -> str:
        name, taken = typed.query.name, {each.name for each in typed.parameters}
        cursor, each_row = _free("cursor", taken), _free("each", taken)
        lines, ordered = self._parameters(typed)
        opener = "streaming_async" if is_async else "streaming"
        self.imports.add(("sqltypist.runtime", opener))
        given = ["connection", quoted(name), f"{_constant(typed)}.row_factory", "batch_size"]
        opening = f"{'async ' if is_async else ''}with {opener}("
        lines += self._call(opening, given, f") as {cursor}:", 4)
        given = [f"{_constant(typed)}.sql", ordered]
        inside = self._call(f"{'await ' if is_async else ''}{cursor}.execute(", given, ")", 8)
        if is_async:
            inside += [f"async for {each_row} in {cursor}:", f"{INDENT}yield {each_row}"]
        else:
            inside.append(f"yield from {cursor}")
        return _indented([*lines, *(INDENT + line for line in inside)])

    def _copy_body(self, typed: TypedQuery, *, is_async: bool) -> str:
        parameters = {each.name: each for each in typed.parameters}
        names = typed.copy.parameters if typed.copy else ()
        wait = "await " if is_async else ""
        lines = ["cursor = connection.cursor()"]
        opening = f"{'async ' if is_async else ''}with cursor.copy("
        lines += self._call(opening, [f"{_constant(typed)}_COPY"], ") as copy:", 4)
        lines += [f"{INDENT}for each in rows:", f"{INDENT * 2}values = ["]
        for name in names:
            each = parameters[name]
            entry = self._entry(each, _of_item(each), 16, key="")
            lines += [INDENT * 2 + line for line in entry]
        lines += [f"{INDENT * 2}]", f"{INDENT * 2}{wait}copy.write_row(values)"]
        return _indented([*lines, "return cursor.rowcount"])

    def _annotation(self, of: Column | Parameter) -> str:
        return self.imports.nullable(of.python, nullable=of.nullable)

    def _argument(self, parameter: Parameter) -> str:
        return f"{parameter.name}: {self._annotation(parameter)}" + (
            " = None" if parameter.nullable else ""
        )

    def _result(self, typed: TypedQuery) -> str:
        match typed.query.operator:
            case "$":
                column = typed.columns[0]
                if _is_void(typed):
                    return "None"
                value = self.imports.type(column.python)
                return value if self._is_certain(typed) or value == "Json" else f"{value} | None"
            case "!" | "*!":
                return "int"
            case "":
                return f"list[{_row_name(typed)}]"
            case _:
                return _row_name(typed) + ("" if self._is_certain(typed) else " | None")

    def _is_certain(self, typed: TypedQuery) -> bool:
        """Tell whether what one row gives is never None."""
        if typed.query.operator != "$":
            return typed.exactly_one and typed.query.operator != ""
        column = typed.columns[0]
        return typed.exactly_one and not column.nullable and column.python.name != "Json"

    def _body(self, typed: TypedQuery, *, is_async: bool) -> str:
        if typed.query.operator == "*!":
            return self._many_body(typed, is_async=is_async)
        taken = {each.name for each in typed.parameters}
        cursor = _free("cursor", taken)
        wait, constant = "await " if is_async else "", _constant(typed)
        lines, ordered = self._parameters(typed)
        lines += self._call(f"{cursor} = {constant}.cursor(", ["connection"], ")", 4)
        given = [f"{constant}.sql", ordered]
        lines += self._call(f"{wait}{cursor}.execute(", given, ")", 4)
        if not _gives_results(typed):
            return _indented([*lines, *self._counted(typed, cursor, is_async=is_async)])
        fetched = f"{wait}{cursor}.{self._fetch(typed)}()"
        call = f"return {constant}.{self._maker(typed)}("
        return _indented([*lines, *self._call(call, [cursor, fetched], ")", 4)])

    def _counted(self, typed: TypedQuery, cursor: str, *, is_async: bool) -> list[str]:
        """Write the end of a query without results; also when there is no interest in its count."""
        returned = "" if _is_void(typed) else "return "
        call = "await {}.count_async(" if is_async else "{}.count("
        return self._call(returned + call.format(_constant(typed)), [cursor], ")", 4)

    def _fetch(self, typed: TypedQuery) -> str:
        return "fetchall" if typed.query.operator == "" else "fetchone"

    def _maker(self, typed: TypedQuery) -> str:
        """Give the method that makes of what was fetched what a function gives."""
        if typed.query.operator == "":
            return "all"
        return "only" if self._is_certain(typed) else "one"

    def _parameters(self, typed: TypedQuery) -> tuple[list[str], str]:
        """Write what makes the parameters of a query, and the argument that they are then."""
        if not typed.parameters:
            return [], "{}"
        taken = {each.name for each in typed.parameters}
        name, ordered = _free("parameters", taken), _free("ordered", taken)
        lines = [f"{name} = {{"]
        for each in typed.parameters:
            lines += self._entry(each, (each.name,), 8, key=f"{quoted(each.name)}: ")
        lines.append("}")
        call = self._call(f"{ordered} = {_constant(typed)}.ordered(", [name], ")", 4)
        return [*lines, *call], ordered

    def _many_parameters(self, typed: TypedQuery) -> list[str]:
        """Write the list of what psycopg is given for many runs."""
        lines = ["parameters = [", f"{INDENT}{{"]
        for each in typed.parameters:
            key = f"{quoted(each.name)}: "
            lines += [f"{INDENT}{line}" for line in self._entry(each, _of_item(each), 12, key=key)]
        return [*lines, f"{INDENT}}}", f"{INDENT}for each in rows", "]"]

    def _many_ordered(self, typed: TypedQuery) -> list[str]:
        arguments = [f"{_constant(typed)}.ordered", "parameters"]
        return self._call("ordered = map(", arguments, ")", 4)

    def _many_body(self, typed: TypedQuery, *, is_async: bool) -> str:
        wait, constant = "await " if is_async else "", _constant(typed)
        lines = [*self._many_parameters(typed), *self._many_ordered(typed)]
        lines += self._call(f"cursor = {constant}.cursor(", ["connection"], ")", 4)
        lines += self._call(f"{wait}cursor.executemany(", [f"{constant}.sql", "ordered"], ")", 4)
        return _indented([*lines, *self._counted(typed, "cursor", is_async=is_async)])

    def _batch_body(self, typed: TypedQuery, *, is_async: bool) -> str:
        wait, constant = "await " if is_async else "", _constant(typed)
        fetch = f"{wait}cursor.{self._fetch(typed)}()"
        given = [f"{constant}.sql", "ordered", "returning=True"]
        return _indented([
            *self._many_parameters(typed),
            "if not parameters:",
            f"{INDENT}return []",
            *self._many_ordered(typed),
            *self._call(f"cursor = {constant}.cursor(", ["connection"], ")", 4),
            *self._call(f"{wait}cursor.executemany(", given, ")", 4),
            f"found = [{fetch}]",
            "while cursor.nextset():",
            f"{INDENT}found.append({fetch})",
            *self._call(f"return {constant}.{self._maker(typed)}_each(", ["found"], ")", 4),
        ])  # fmt: skip

    def _entry(
        self, parameter: Parameter, value: tuple[str, ...], column: int, *, key: str
    ) -> list[str]:
        """Write how a parameter is handed to psycopg, as an entry of a dictionary or a list."""
        whole, wrap = "".join(value), parameter.python.wrap
        if not wrap:
            head, arguments, tail = key + value[0], list(value[1:2]), "".join(value[2:]) + ","
        elif wrap in _WRAPPERS:
            wrapper = _WRAPPERS[wrap]
            self.imports.add(wrapper)
            head, arguments, tail = f"{key}{wrapper[1]}(", [whole], "),"
            if parameter.nullable:
                self.imports.add(("sqltypist.runtime", "optional"))
                head, arguments = f"{key}optional(", [wrapper[1], whole]
        else:
            kind = wrap.removesuffix("[]")
            family = "multirange" if kind.endswith("Multirange") else "range"
            function = f"array_of_{family}s" if wrap.endswith("[]") else f"as_{family}"
            self.imports.add((f"psycopg.types.{family}", kind), ("sqltypist.runtime", function))
            head, arguments, tail = f"{key}{function}(", [kind, whole], "),"
        return [f"{INDENT}{line}" for line in self._call(head, arguments, tail, column)]

    def _call(self, head: str, arguments: list[str], tail: str, column: int) -> list[str]:
        """Write a call that begins at a column, as the formatter breaks it where it is too long."""
        line = head + ", ".join(arguments) + tail
        if column + len(line) <= self._width or not arguments:
            return [line]
        inside = ", ".join(arguments)
        if column + len(INDENT) + len(inside) <= self._width or len(arguments) == 1:
            return [head, f"{INDENT}{inside}", tail]
        return [head, *(f"{INDENT}{each}," for each in arguments), tail]


def _of_item(parameter: Parameter) -> tuple[str, str, str]:
    """Write how a parameter is taken from the item of one run, which may leave it out as None."""
    opening, closing = ("each.get(", ")") if parameter.nullable else ("each[", "]")
    return opening, quoted(parameter.name), closing


def _row_name(typed: TypedQuery) -> str:
    return f"{camel(typed.table or typed.query.name)}Row"


def _item_name(typed: TypedQuery) -> str:
    return f"{camel(typed.query.name)}Item"


def _constant(typed: TypedQuery) -> str:
    return f"_{typed.query.name.upper()}"


def _gives_results(typed: TypedQuery) -> bool:
    return typed.query.operator not in {"!", "*!"} and not _is_void(typed)


def _is_void(typed: TypedQuery) -> bool:
    return typed.query.operator == "$" and typed.columns[0].python.name == "None"


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _indented(lines: list[str]) -> str:
    return "".join(f"{INDENT}{line}\n" for line in lines)
