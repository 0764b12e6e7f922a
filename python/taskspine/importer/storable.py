"""Change JSON so that PostgreSQL can store it, and tell of every change."""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from json import dumps
from typing import Literal, Self, TypeAlias

from taskspine.importer.limits import Limits
from taskspine.importer.places import escape
from taskspine.importer.plan import Json

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_BYTES_PER_CHARACTER = 4

BlemishKind = Literal["key_repeated", "text_unstorable", "number_unstorable", "text_too_long"]
Repeats: TypeAlias = "dict[int, tuple[dict[str, Json], list[tuple[str, Json]]]]"
"""Per object with a repeated key, by its identity: the object itself, and the pairs it lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blemish:
    """A value that was changed, or is too long, whatever its key means.

    `original` is what stood there, as an ASCII JSON text; empty for text that is too long.
    """

    kind: BlemishKind
    pointer: str
    original: str


class TooDeep(ValueError):
    """The JSON is nested too deeply."""

    def __init__(self, pointer: str) -> None:
        self.pointer = pointer
        super().__init__(pointer)


class WrittenFloat(float):
    """A number that remembers how it was written: the dependency 5.10 is not the task 5.1."""

    written: str

    def __new__(cls, written: str) -> Self:
        """Read the number as Python does."""
        number = super().__new__(cls, written)
        number.written = written
        return number


class UnstorableNumber(str):
    """A number that has no form in PostgreSQL's JSON, as it was written."""

    __slots__ = ()


def make_storable(value: Json, repeats: Repeats, limits: Limits) -> Iterator[Blemish]:
    """Change the value in place; raise TooDeep where it is nested deeper than the limits say."""
    pending: list[tuple[Json, str, int]] = [(value, "", 1)]
    while pending:
        container, pointer, depth = pending.pop()
        if not isinstance(container, dict | list):
            continue
        if depth > limits.depth:
            raise TooDeep("/".join(pointer.split("/")[:9]))
        if isinstance(container, dict):
            yield from _repeated_keys(pointer, repeats.get(id(container)))
            yield from _clean_keys(container, pointer, limits)
            for key, member in container.items():
                at = f"{pointer}/{escape(key)}"
                container[key] = yield from _clean(member, at, limits)
                pending.append((member, at, depth + 1))
        else:
            for index, member in enumerate(container):
                at = f"{pointer}/{index}"
                container[index] = yield from _clean(member, at, limits)
                pending.append((member, at, depth + 1))


def _repeated_keys(
    pointer: str, repeated: tuple[dict[str, Json], list[tuple[str, Json]]] | None
) -> Iterator[Blemish]:
    for key, lost in repeated[1] if repeated else ():
        at = f"{pointer}/{escape(_replace(key))}"
        yield Blemish(kind="key_repeated", pointer=at, original=dumps(lost))


def _clean_keys(container: dict[str, Json], pointer: str, limits: Limits) -> Iterator[Blemish]:
    if any(_UNSTORABLE.search(key) for key in container):
        members = list(container.items())
        container.clear()
        for key, member in members:
            clean = _replace(key)
            while clean in container:
                clean += _REPLACEMENT
            container[clean] = member
            if clean != key:
                at = f"{pointer}/{escape(clean)}"
                yield Blemish(kind="text_unstorable", pointer=at, original=dumps(key))
    for key in container:
        if _is_too_long(key, limits):
            yield Blemish(kind="text_too_long", pointer=pointer, original="")


def _clean(member: Json, pointer: str, limits: Limits) -> Generator[Blemish, None, Json]:
    if isinstance(member, UnstorableNumber):
        yield Blemish(kind="number_unstorable", pointer=pointer, original=dumps(member))
        return str(member)
    if not isinstance(member, str):
        return member
    if _is_too_long(member, limits):
        yield Blemish(kind="text_too_long", pointer=pointer, original="")
    if not _UNSTORABLE.search(member):
        return member
    yield Blemish(kind="text_unstorable", pointer=pointer, original=dumps(member))
    return _replace(member)


def _replace(text: str) -> str:
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def _is_too_long(text: str, limits: Limits) -> bool:
    return (
        len(text) * _BYTES_PER_CHARACTER > limits.text_bytes
        and len(text.encode(errors="surrogatepass")) > limits.text_bytes
    )
