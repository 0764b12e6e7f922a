"""Keys by which services prove who they are: made here, shown once, and stored as a hash.

The pepper is a secret of the application, of 32 bytes or more, and never in the database: whoever
reads the table of keys can neither use one nor try guesses. What was hashed under another pepper is
not found: keep the pepper as long as the keys.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from taskspine.errors import WrongPepper

LEAST_PEPPER_BYTES: Final = 32
_MARK: Final = "tsk_"
_PREFIX_BYTES: Final = 6
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: show the secret once, and store its prefix and its hash."""

    secret: str = field(repr=False)
    prefix: str


def new_key() -> NewKey:
    """Make a key: `tsk_`, 8 characters by which people tell keys apart, a point, 256 random bits.

    The characters are those of base64 for addresses (RFC 4648, section 5), 56 in all.
    """
    prefix = _MARK + secrets.token_urlsafe(_PREFIX_BYTES)
    return NewKey(f"{prefix}.{secrets.token_urlsafe(_SECRET_BYTES)}", prefix)


def hash_key(secret: str, pepper: bytes) -> bytes:
    """Give the HMAC-SHA256 (RFC 2104) of a secret under the pepper: 32 bytes, by which it is found.

    Any text has a hash, so that whatever a caller sends can be looked up. Raises WrongPepper where
    the pepper has fewer than 32 bytes.
    """
    if len(pepper) < LEAST_PEPPER_BYTES:
        raise WrongPepper
    return hmac.digest(pepper, secret.encode("utf-8", "surrogatepass"), "sha256")
