"""Read single values of a task as the columns want them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from taskspine.importer.limits import Limits
from taskspine.importer.plan import Json
from taskspine.importer.storable import WrittenFloat

FALLBACK_STATUS = "pending"
FALLBACK_PRIORITY = 5
BLOCKS = "blocks"
_PRIORITIES = range(11)
_COMPLEXITIES = range(1, 11)
_MOST_HOURS = 100_000
_LONGEST_ASSIGNEE = 200
_HASH_LENGTH = 12
_Word = TypeVar("_Word", str, int)


class Unusable(ValueError):
    """The value has no meaning for its column."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that the database knows, by their folded spelling."""

    statuses: Mapping[str, str]
    priorities: Mapping[str, int]
    kinds: Mapping[str, str]

    def status(self, spelled: Json) -> str:
        """Give the status that a spelling means."""
        return _look_up(self.statuses, spelled)

    def kind(self, spelled: Json) -> str:
        """Give the kind of dependency that a spelling means."""
        return _look_up(self.kinds, spelled)

    def priority(self, spelled: Json) -> int:
        """Give the priority that a word or a number from 0 to 10 means."""
        if isinstance(spelled, str) and not spelled.strip().isdecimal():
            return _look_up(self.priorities, spelled)
        return _whole_number(spelled, _PRIORITIES)


def fold(spelled: str) -> str:
    """Make spellings equal that differ in case, blanks, hyphens and underscores alone."""
    return "_".join(spelled.replace("-", " ").replace("_", " ").casefold().split())


def with_own_names(aliases: Mapping[str, str]) -> dict[str, str]:
    """Fold aliases, and let every word that they lead to mean itself."""
    names = {fold(name): name for name in aliases.values()}
    return names | {fold(alias): name for alias, name in aliases.items()}


def read_id(value: Json) -> str | None:
    """Read an id that is a number or a text; None when there is none."""
    if isinstance(value, bool):
        raise Unusable
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    if isinstance(value, WrittenFloat) and not value.is_integer():
        return value.written
    if isinstance(value, int | float):
        return str(int(value))
    raise Unusable


def shorten_id(identifier: str, limits: Limits) -> str:
    """Keep an id that fits; cut another, and tell it from its like by a hash."""
    if len(identifier) <= limits.ref_length:
        return identifier
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{identifier[: limits.ref_length - _HASH_LENGTH - 1]}~{digest}"


def read_text(value: Json) -> str:
    """Read a text; join lines, write numbers."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return "\n".join(_line(member) for member in value)
    raise Unusable


def read_complexity(value: Json) -> int | None:
    """Read a complexity from 1 to 10."""
    return None if value is None else _whole_number(value, _COMPLEXITIES)


def read_hours(value: Json) -> float | None:
    """Read a number of hours, 0 or more."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable
    if not 0 <= value <= _MOST_HOURS:
        raise Unusable
    return float(value)


def read_assignee(value: Json) -> str | None:
    """Read a name."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_ASSIGNEE:
        raise Unusable
    return value.strip() or None


def read_criteria(value: Json) -> list[Json]:
    """Read acceptance criteria, each a text or an object: one, or an array of them."""
    if value is None or value == "":
        return []
    criteria: list[Json] = value if isinstance(value, list) else [value]
    if all(isinstance(each, str | dict) for each in criteria):
        return criteria
    raise Unusable


def read_tags(value: Json) -> list[str]:
    """Read labels, each once."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unusable
    return list(dict.fromkeys(_line(member) for member in value))


def _line(value: Json) -> str:
    if not isinstance(value, str):
        raise Unusable
    return value


def _look_up(words: Mapping[str, _Word], spelled: Json) -> _Word:
    if not isinstance(spelled, str) or fold(spelled) not in words:
        raise Unusable
    return words[fold(spelled)]


def _whole_number(value: Json, numbers: range) -> int:
    if isinstance(value, str) and len(value.strip()) <= len(str(numbers.stop)):
        value = int(value) if value.strip().isdecimal() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable
    if value not in numbers:
        raise Unusable
    return int(value)
