"""How much a file may hold."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a file may hold. Sizes of text are bytes of UTF-8, lengths are characters."""

    file_bytes: int = 256 * 1024 * 1024
    text_bytes: int = 1024 * 1024
    title_length: int = 500
    ref_length: int = 200
    list_name_length: int = 200
    tasks: int = 100_000
    depth: int = 200


DEFAULT_LIMITS = Limits()
