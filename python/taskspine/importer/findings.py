"""Collects findings while a plan is made."""

import json

from taskspine.importer.places import Places
from taskspine.importer.plan import Finding, FindingCode, Json

_LONGEST_QUOTE = 1000


class Findings:
    """The findings of one import, in the order in which they were made."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._found: list[Finding] = []

    def add(
        self,
        code: FindingCode,
        pointer: str,
        message: str,
        *,
        list_name: str | None = None,
        ref: str | None = None,
        detail: dict[str, Json] | None = None,
    ) -> None:
        """Note one finding, and look up its line."""
        self._found.append(
            Finding(
                code=code,
                list_name=list_name,
                ref=ref,
                pointer=pointer,
                line=self._places.line(pointer),
                message=message,
                detail=detail or {},
            )
        )

    def in_file_order(self) -> tuple[Finding, ...]:
        """Give all findings, by line."""
        return tuple(sorted(self._found, key=lambda finding: finding.line))


def shorten(value: Json) -> Json:
    """Copy a value with its long texts cut, so that a finding stays small."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_QUOTE else value[:_LONGEST_QUOTE] + "..."
    if isinstance(value, list):
        return [shorten(member) for member in value]
    if isinstance(value, dict):
        return {key[:_LONGEST_QUOTE]: shorten(member) for key, member in value.items()}
    return value


def quote(value: Json) -> str:
    """Write a value for a message, in few characters, as the file spells it but for texts."""
    spelled = shorten(value)
    text = repr(spelled) if isinstance(spelled, str) else json.dumps(spelled, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
