"""What racers do with keys, repeated as a client would."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from racing import retried

from sqltypist.runtime import only
from taskspine.queries.api_keys import (
    create_api_key,
    revoke_api_key,
    rotate_api_key,
    verify_api_key,
)

if TYPE_CHECKING:
    from uuid import UUID

    import psycopg

    Connection = psycopg.Connection[Any]


def key_hash(secret: str) -> bytes:
    """Stand in for the HMAC of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def create(connection: Connection, name: str) -> UUID:
    """Create a key whose secret is its name."""
    return only(
        create_api_key(
            connection,
            name=name,
            service="codegen",
            key_prefix="tsk_race",
            key_hash=key_hash(name),
        )
    ).id


def rotate(connection: Connection, key_id: UUID, secret: str) -> UUID | None:
    """Put a key in the place of another one; gives it, or None where there is none to replace."""
    made = retried(
        lambda: rotate_api_key(
            connection,
            api_key_id=key_id,
            key_prefix="tsk_race",
            key_hash=key_hash(secret),
            overlap=timedelta(hours=1),
        )
    )
    return made and made.id


def revoke(connection: Connection, key_id: UUID) -> UUID | None:
    """Revoke a key; gives it, or None where it is revoked already."""
    row = retried(lambda: revoke_api_key(connection, api_key_id=key_id))
    return row and row.id


def verify(connection: Connection, digest: bytes) -> UUID | None:
    """Use a key, without trying again."""
    row = verify_api_key(connection, key_hash=digest, endpoint="/race", method="GET")
    return row and row.id
