"""SQL as a tree of pieces, which knows how to become smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Part: TypeAlias = "Piece | str"
Path: TypeAlias = "tuple[int, ...]"


@dataclass(frozen=True)
class Piece:
    """A part of a statement.

    Pieces of one kind can stand for one another: `expression int4`, `query int4,text`. One that is
    optional can go; of a list, written with its separator, any item can go but the last that stays.
    """

    kind: str
    parts: tuple[Part, ...]
    optional: bool = False
    separator: str | None = None

    def __str__(self) -> str:
        return (self.separator or "").join(map(str, self.parts))

    def at(self, path: Path) -> Part:
        found: Part = self
        for number in path:
            assert isinstance(found, Piece)
            found = found.parts[number]
        return found

    def put(self, path: Path, part: Part | None) -> Piece:
        """Give the piece with another part at a place, or with none there."""
        first, rest = path[0], path[1:]
        here = self.parts[first]
        if rest:
            assert isinstance(here, Piece)
            part = here.put(rest, part)
        new = (part,) if part is not None else ()
        parts = (*self.parts[:first], *new, *self.parts[first + 1 :])
        return Piece(self.kind, parts, self.optional, self.separator)


def make(kind: str, template: str, *parts: Part) -> Piece:
    """Make a piece of text, in which each @ stands for one of the parts."""
    texts = template.split("@")
    assert len(texts) == len(parts) + 1, template
    mixed: list[Part] = [texts[0]]
    for part, text in zip(parts, texts[1:], strict=True):
        mixed += [part, text]
    return Piece(kind, tuple(each for each in mixed if each != ""))


def maybe(template: str, *parts: Part) -> Piece:
    """Make a piece that a statement can do without."""
    made = make("", template, *parts)
    return Piece("", made.parts, optional=True)


def listed(separator: str, items: list[Part]) -> Piece:
    """Make a list of which items can go."""
    return Piece("", tuple(items), separator=separator)


def shrink(piece: Piece, fails: Callable[[Piece], bool], tries: int = 1500) -> Piece:
    """Make a failing piece smaller for as long as it fails, trying the largest cuts first."""
    progress = True
    while progress and tries > 0:
        progress = False
        for smaller in _smaller(piece):
            tries -= 1
            if tries <= 0:
                break
            if fails(smaller):
                piece, progress = smaller, True
                break
    return piece


def _smaller(root: Piece) -> Iterator[Piece]:
    """Give every way to make a piece smaller in one place."""
    yield from _inside(root, root.kind)
    for path, part in _places(root):
        holder = root.at(path[:-1])
        assert isinstance(holder, Piece)
        if holder.separator is not None and len(holder.parts) > 1:
            yield root.put(path, None)
        if not isinstance(part, Piece):
            continue
        if part.optional:
            yield root.put(path, "")
        if not part.kind:
            continue
        for inner in _inside(part, part.kind):
            yield root.put(path, inner)
        sort, _, type_name = part.kind.partition(" ")
        if sort == "expression" and len(str(part)) > len(type_name) + 12:
            yield root.put(path, f"NULL::{type_name}")
            if type_name == "bool":
                yield root.put(path, "true")


def _inside(piece: Piece, kind: str) -> Iterator[Piece]:
    for _, part in _places(piece):
        if kind and isinstance(part, Piece) and part.kind == kind:
            yield part


def _places(piece: Piece) -> Iterator[tuple[Path, Part]]:
    """Walk over all parts, those near the root first."""
    waiting: list[tuple[Path, Piece]] = [((), piece)]
    while waiting:
        path, here = waiting.pop(0)
        for number, part in enumerate(here.parts):
            yield (*path, number), part
            if isinstance(part, Piece):
                waiting.append(((*path, number), part))
