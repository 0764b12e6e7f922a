"""From bytes to JSON that PostgreSQL can store, with the place of every fault."""

import hashlib
import math
import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path

from taskspine.importer.errors import ImportRefused
from taskspine.importer.limits import DEFAULT_LIMITS, Limits
from taskspine.importer.places import Places
from taskspine.importer.plan import Json
from taskspine.importer.storable import (
    Blemish,
    Repeats,
    TooDeep,
    UnstorableNumber,
    WrittenFloat,
    make_storable,
)

_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?$", re.MULTILINE)
_LONGEST_INTEGER = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A JSON file as it was read: storable, with its blemishes and a way to find lines."""

    source: str
    digest: str
    value: Json
    blemishes: tuple[Blemish, ...]
    places: Places


def read_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read a file; raise ImportRefused, with place and remedy, when it is not usable JSON."""
    source = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(limits.file_bytes + 1)
    except FileNotFoundError as error:
        raise ImportRefused(
            "there is no such file", source=source, remedy="Check the path"
        ) from error
    except IsADirectoryError as error:
        raise ImportRefused(
            "this is a folder", source=source, remedy="Name the tasks.json inside it"
        ) from error
    except PermissionError as error:
        raise ImportRefused(
            "the file may not be read", source=source, remedy="Give yourself the right to read it"
        ) from error
    except (OSError, ValueError) as error:
        raise ImportRefused(
            f"the file cannot be read ({error})", source=repr(source), remedy="Check the path"
        ) from error
    return read_bytes(content, source, limits)


def read_bytes(content: bytes, source: str, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read JSON from bytes; raise ImportRefused, with place and remedy, when it is none."""
    if len(content) > limits.file_bytes:
        raise ImportRefused(
            f"the file is larger than {limits.file_bytes} bytes",
            source=source,
            remedy="Split it into several files",
        )
    text = _decode(content, source)
    if not text.strip():
        raise ImportRefused(
            "the file is empty", source=source, remedy="Restore it from version control"
        )
    repeats: Repeats = {}
    try:
        value: Json = _decoder(repeats).decode(text)
        blemishes = tuple(make_storable(value, repeats, limits))
    except JSONDecodeError as error:
        raise _syntax_error(text, source, error) from error
    except (TooDeep, RecursionError) as error:
        raise ImportRefused(
            f"values are nested deeper than {limits.depth} levels",
            source=source,
            pointer=error.pointer if isinstance(error, TooDeep) else None,
            remedy="Flatten the file: no list of tasks needs such a depth",
        ) from error
    return Document(
        source=source,
        digest=hashlib.sha256(content).hexdigest(),
        value=value,
        blemishes=blemishes,
        places=Places(text),
    )


def _decode(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise ImportRefused(
            f"the file is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}",
            source=source,
            line=before.count(b"\n") + 1,
            remedy="Save it as UTF-8",
        ) from error


def _decoder(repeats: Repeats) -> JSONDecoder:
    def make_object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        made = dict(pairs)
        if len(made) != len(pairs):
            last = {key: index for index, (key, _) in enumerate(pairs)}
            lost = [pair for index, pair in enumerate(pairs) if last[pair[0]] != index]
            repeats[id(made)] = (made, lost)
        return made

    return JSONDecoder(
        object_pairs_hook=make_object,
        parse_int=_read_integer,
        parse_float=_read_float,
        parse_constant=UnstorableNumber,
    )


def _read_integer(written: str) -> int | str:
    return int(written) if len(written) <= _LONGEST_INTEGER else UnstorableNumber(written)


def _read_float(written: str) -> float | str:
    number = WrittenFloat(written)
    return number if math.isfinite(number) else UnstorableNumber(written)


def _syntax_error(text: str, source: str, error: JSONDecodeError) -> ImportRefused:
    conflict = _CONFLICT.search(text)
    if conflict:
        return ImportRefused(
            f"a merge conflict was left in the file ({conflict.group()[:40]!r})",
            source=source,
            line=text.count("\n", 0, conflict.start()) + 1,
            remedy="Resolve the conflict and remove its marks",
        )
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return ImportRefused(
            f"the file is cut short ({error.msg})",
            source=source,
            line=error.lineno,
            column=error.colno,
            remedy="Restore the whole file from version control",
        )
    return ImportRefused(
        f"the file is not JSON ({error.msg})",
        source=source,
        line=error.lineno,
        column=error.colno,
        remedy="Correct the file at this place",
    )
