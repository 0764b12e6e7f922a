"""The table `[tool.sqltypist]` of a pyproject.toml."""

from __future__ import annotations

import difflib
import keyword
import re
import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast

from sqltypist.errors import SqltypistError

if TYPE_CHECKING:
    from pathlib import Path


SHORTEST_LINE = 40
_MODULES = ("enums", "tables", "composites", "rules")


@dataclass(frozen=True)
class Configuration:
    """Where the queries are, and where their modules go."""

    root: Path
    """The folder of the configuration file; the other paths are relative to it."""
    queries: str = "queries"
    """The folder of query files."""
    source: str = "."
    """The folder that Python imports from."""
    package: str = "queries"
    """The package of the modules, one for each query file."""
    enums: str = ""
    """The module of the enum types; without it, `enums` in the package above."""
    tables: str = ""
    """The module of the rows of tables; without it, `tables` in the package above."""
    composites: str = ""
    """The module of the composite types; without it, `composites` in the package above."""
    rules: str = ""
    """The module of the names of constraints; without it, there is none."""
    locate: str = ""
    """`module:function` that gives the folder of queries at run time, from its name.

    Without it, the modules find the folder relative to themselves.
    """
    search_path: str = ""
    """The search path under which queries are described; without it, the connection's own."""
    line_length: int = 88
    """The longest line of the modules, as the project's formatter has it."""

    @classmethod
    def read(cls, path: Path) -> Configuration:
        """Read a pyproject.toml; a missing table gives the defaults."""
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SqltypistError(
                f"there is no {path}: name a file with [tool.sqltypist] with --config"
            ) from None
        except OSError as error:
            raise SqltypistError(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise SqltypistError(f"{path}: the file is not UTF-8, as TOML has to be") from None
        except tomllib.TOMLDecodeError as error:
            raise SqltypistError(f"{path}: {error}") from None
        try:
            table = _table(content)
            read = cls(root=path.resolve().parent, **table)
            read.check()
        except ValueError as error:
            raise SqltypistError(f"{path}: {error}") from None
        return read

    def check(self) -> None:
        """Raise ValueError where a value cannot be what it is for."""
        for key in ("package", *_MODULES):
            name: str = getattr(self, key)
            parts = name.split(".")
            is_name = all(each.isidentifier() and not keyword.iskeyword(each) for each in parts)
            if not is_name and (name or key == "package"):
                raise ValueError(f"[tool.sqltypist] {key} must be a dotted name, as in shop.{key}")
        if self.locate and not re.fullmatch(r"\w+(\.\w+)*:\w+", self.locate):
            raise ValueError("[tool.sqltypist] locate must be module:function")
        if self.line_length < SHORTEST_LINE:
            raise ValueError(f"[tool.sqltypist] line_length must be {SHORTEST_LINE} or more")
        named = {getattr(self, key): key for key in reversed(_MODULES)}
        for key in _MODULES:
            first = named[getattr(self, key)]
            if getattr(self, key) and first != key:
                raise ValueError(f"[tool.sqltypist] {first} and {key} are one module: name two")

    @property
    def queries_folder(self) -> Path:
        """The folder of query files."""
        return self.root / self.queries

    @property
    def enums_module(self) -> str:
        """The module of the enum types."""
        return self.enums or f"{self.package}.enums"

    @property
    def tables_module(self) -> str:
        """The module of the rows of tables."""
        return self.tables or f"{self.package}.tables"

    @property
    def composites_module(self) -> str:
        """The module of the composite types."""
        return self.composites or f"{self.package}.composites"

    def package_folder(self) -> Path:
        """Give the folder of the modules."""
        return self.root.joinpath(self.source, *self.package.split("."))

    def file_of(self, module: str) -> Path:
        """Give the file of a module."""
        return self.root.joinpath(self.source, *module.split(".")).with_suffix(".py")


def _table(content: dict[str, Any]) -> dict[str, Any]:
    """Give the table of a file; raises ValueError for a key or a type that is not known."""
    tool: Any = content.get("tool", {})
    table: Any = cast("dict[str, Any]", tool).get("sqltypist", {}) if isinstance(tool, dict) else 0
    if not isinstance(table, dict):
        raise ValueError("[tool.sqltypist] must be a table")
    known = {each.name: each.type for each in fields(Configuration) if each.name != "root"}
    found = cast("dict[str, Any]", table)
    for key, value in found.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f": is it {near[0]}?" if near else f"; it knows {', '.join(known)}"
            raise ValueError(f"[tool.sqltypist] has no key {key}{hint}")
        given = type(value).__name__
        if given != known[key]:
            raise ValueError(
                f"[tool.sqltypist] {key} must be of type {known[key]}, and is of type {given}"
            )
    return found
