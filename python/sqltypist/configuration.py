"""The table `[tool.sqltypist]` of a pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqltypist.errors import SqltypistError

if TYPE_CHECKING:
    from pathlib import Path


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
                f"there is no {path}: name a pyproject.toml with --config"
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SqltypistError(f"{path}: {error}") from None
        table: dict[str, Any] = content.get("tool", {}).get("sqltypist", {})
        known = {each.name: each.type for each in fields(cls) if each.name != "root"}
        for key, value in table.items():
            if key not in known:
                raise SqltypistError(
                    f"{path}: [tool.sqltypist] has no key {key}; it knows {', '.join(known)}"
                )
            if type(value).__name__ != known[key]:
                raise SqltypistError(f"{path}: [tool.sqltypist] {key} must be of type {known[key]}")
        return cls(root=path.resolve().parent, **table)

    @property
    def queries_folder(self) -> Path:
        """The folder of query files."""
        return self.root / self.queries

    @property
    def enums_module(self) -> str:
        """The module of the enum types."""
        return self.enums or f"{self.package}.enums"

    def package_folder(self) -> Path:
        """Give the folder of the modules."""
        return self.root.joinpath(self.source, *self.package.split("."))

    def file_of(self, module: str) -> Path:
        """Give the file of a module."""
        return self.root.joinpath(self.source, *module.split(".")).with_suffix(".py")
