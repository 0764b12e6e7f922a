"""Where in a JSON text the value of a JSON pointer stands."""

import re
from bisect import bisect_right
from json import JSONDecoder

_SPACE = re.compile(r"[ \t\n\r]*")


def escape(key: str) -> str:
    """Write a key as one step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> list[str]:
    """Read the steps of a JSON pointer (RFC 6901)."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


class Places:
    """Line numbers for JSON pointers into one valid JSON text.

    Only what is asked for is looked at: each array or object on the way is skimmed once.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = JSONDecoder(parse_int=str)
        self._members: dict[int, dict[str, int]] = {}
        self._line_starts: list[int] = []

    def line(self, pointer: str) -> int:
        """Give the line, from 1, on which the value stands, or the nearest value around it."""
        if not self._line_starts:
            self._line_starts = [0, *(match.end() for match in re.finditer("\n", self._text))]
        return bisect_right(self._line_starts, self._offset(pointer))

    def _offset(self, pointer: str) -> int:
        offset = self._skip_space(0)
        for step in steps(pointer):
            found = self._members_at(offset).get(step)
            if found is None:
                break
            offset = found
        return offset

    def _members_at(self, offset: int) -> dict[str, int]:
        members = self._members.get(offset)
        if members is None:
            members = self._members[offset] = self._skim(offset)
        return members

    def _skim(self, offset: int) -> dict[str, int]:
        opening = self._text[offset]
        if opening not in "[{":
            return {}
        members: dict[str, int] = {}
        at = self._skip_space(offset + 1)
        while self._text[at] not in "]}":
            key = str(len(members))
            if opening == "{":
                key, at = self._value(at)
                at = self._skip_space(self._skip_space(at) + 1)
            members[key] = at
            _, at = self._value(at)
            at = self._skip_space(at)
            if self._text[at] == ",":
                at = self._skip_space(at + 1)
        return members

    def _value(self, at: int) -> tuple[str, int]:
        value, end = self._decoder.raw_decode(self._text, at)
        return value if isinstance(value, str) else "", end

    def _skip_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at
