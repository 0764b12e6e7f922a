"""What the importer raises."""

from taskspine.errors import TaskspineError


class ImportRefused(TaskspineError):
    """The file cannot be imported, and nothing was written: see its place and remedy."""

    def __init__(
        self,
        reason: str,
        *,
        source: str,
        remedy: str,
        pointer: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.source = source
        self.reason = reason
        self.remedy = remedy
        self.pointer = pointer
        self.line = line
        self.column = column
        super().__init__(f"{place(source, pointer, line, column)}: {reason}. {remedy}.")


def place(
    source: str, pointer: str | None = None, line: int | None = None, column: int | None = None
) -> str:
    """Name a place in a file, as exactly as it is known."""
    parts = [source]
    if line is not None:
        parts.append(f"line {line}")
    if column is not None:
        parts.append(f"column {column}")
    if pointer:
        parts.append(f"at {pointer}")
    return ", ".join(parts)
