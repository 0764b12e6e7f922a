"""A key is made, shown once, verified by its hash alone, rotated and revoked."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from taskspine import rules
from taskspine.api_keys import NewKey, hash_key, new_key
from taskspine.errors import RuleBroken, WrongPepper
from taskspine.queries.active_api_keys import list_active_api_keys
from taskspine.queries.api_key_usage import list_api_key_usage
from taskspine.queries.api_keys import (
    create_api_key,
    get_api_key,
    get_living_api_key,
    list_api_keys,
    revoke_api_key,
    rotate_api_key,
    update_api_key,
    verify_api_key,
)
from taskspine.queries.rate_limits import set_rate_limit, take_tokens
from work import NOBODY

if TYPE_CHECKING:
    from uuid import UUID

    from asking import Ask
    from taskspine.database import Connection
    from taskspine.enums import ApiKeyOrder

PEPPER = b"p" * 32
HOUR = timedelta(hours=1)


def make(ask: Ask, name: str = "ci", **named: Any) -> tuple[NewKey, UUID]:
    key = new_key()
    row = ask(
        create_api_key,
        **{"name": name, "service": "codegen"} | named,
        key_prefix=key.prefix,
        key_hash=hash_key(key.secret, PEPPER),
    )
    return key, row.id


def is_accepted(ask: Ask, secret: str) -> bool:
    return ask(verify_api_key, key_hash=hash_key(secret, PEPPER)) is not None


def test_a_key_is_random_and_says_by_its_prefix_which_it_is() -> None:
    keys = [new_key() for _ in range(100)]
    assert len({key.secret for key in keys}) == len({key.prefix for key in keys}) == 100
    for key in keys:
        assert key.secret.startswith(f"{key.prefix}.")
        assert len(key.secret) == 56
        assert key.secret not in repr(key)


def test_a_hash_is_hmac_sha256_under_the_pepper() -> None:
    assert hash_key("secret", PEPPER) == hmac.new(PEPPER, b"secret", hashlib.sha256).digest()
    assert hash_key("secret", b"q" * 32) != hash_key("secret", PEPPER)
    assert len(hash_key("a lone \ud800", PEPPER)) == 32
    with pytest.raises(WrongPepper, match="32"):
        hash_key("secret", b"p" * 31)


def test_a_key_is_verified_and_its_use_recorded(ask: Ask) -> None:
    key, key_id = make(
        ask,
        environment="staging",
        permissions=["tasks:read"],
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )
    found = ask(
        verify_api_key,
        key_hash=hash_key(key.secret, PEPPER),
        endpoint="/tasks",
        method="GET",
        client_address=ip_address("192.0.2.1"),
    )
    assert found is not None
    assert (found.id, found.name, found.service) == (key_id, "ci", "codegen")
    assert (found.environment, found.permissions) == ("staging", ["tasks:read"])
    (used,) = ask(list_api_key_usage, api_key_id=key_id)
    assert (used.endpoint, used.method, str(used.client_address)) == ("/tasks", "GET", "192.0.2.1")


def test_a_look_up_without_a_record(ask: Ask) -> None:
    key, key_id = make(ask)
    found = ask(get_living_api_key, key_hash=hash_key(key.secret, PEPPER))
    assert found is not None
    assert found.id == key_id
    assert ask(list_api_key_usage) == []


def test_what_is_no_key_any_more_is_refused_and_not_recorded(
    ask: Ask, connection: Connection
) -> None:
    key, key_id = make(ask)
    assert not is_accepted(ask, key.secret + "x")
    assert not is_accepted(ask, key.prefix)
    assert ask(verify_api_key, key_hash=hash_key(key.secret, b"q" * 32)) is None

    ask(update_api_key, api_key_id=key_id, is_active=False)
    assert not is_accepted(ask, key.secret)
    ask(update_api_key, api_key_id=key_id, is_active=True)
    connection.execute("UPDATE api_keys SET created_at = '2020-01-01', expires_at = '2020-01-02'")
    assert not is_accepted(ask, key.secret)
    assert ask(get_living_api_key, key_hash=hash_key(key.secret, PEPPER)) is None
    assert ask(list_api_key_usage) == []
    ask(update_api_key, api_key_id=key_id, cleared=["expires_at"])
    assert is_accepted(ask, key.secret)

    revoked = ask(revoke_api_key, api_key_id=key_id, revocation_reason="it leaked")
    assert revoked is not None
    assert (revoked.id, revoked.revocation_reason) == (key_id, "it leaked")
    assert not is_accepted(ask, key.secret)
    assert ask(revoke_api_key, api_key_id=key_id) is None
    assert len(ask(list_api_key_usage)) == 1


def test_a_name_is_taken_until_its_key_is_revoked(ask: Ask) -> None:
    _, key_id = make(ask)
    rule = rules.API_KEYS_ONE_LIVING_PER_NAME_SERVICE_AND_ENVIRONMENT
    with pytest.raises(RuleBroken, match=rule):
        make(ask)
    make(ask, service="github")
    make(ask, environment="staging")
    ask(revoke_api_key, api_key_id=key_id)
    make(ask)


def test_a_rotated_key_and_its_successor_are_valid_while_they_overlap(
    ask: Ask, connection: Connection
) -> None:
    ask(set_rate_limit, bucket="b", capacity=3, refill_per_second=Decimal(1))
    old, old_id = make(ask, permissions=["tasks:read"], rate_limit_bucket="b")
    new = new_key()

    def rotate() -> Any:
        return ask(
            rotate_api_key,
            api_key_id=old_id,
            key_prefix=new.prefix,
            key_hash=hash_key(new.secret, PEPPER),
            overlap=HOUR,
        )

    made = rotate()
    assert (made.name, made.permissions, made.rate_limit_bucket) == ("ci", ["tasks:read"], "b")
    assert (made.replaces_id, made.expires_at) == (old_id, None)
    assert is_accepted(ask, old.secret)
    assert is_accepted(ask, new.secret)
    before = ask(get_api_key, api_key_id=old_id)
    assert before is not None
    assert before.replaced_at is not None
    assert before.expires_at is not None
    assert abs(before.expires_at - before.replaced_at - HOUR) < timedelta(seconds=10)
    assert rotate() is None
    with pytest.raises(RuleBroken, match=rules.API_KEYS_REPLACED_ONLY_WITH_AN_END):
        ask(update_api_key, api_key_id=old_id, cleared=["expires_at"])
    connection.execute(
        "UPDATE api_keys SET created_at = '2020-01-01', expires_at = '2020-01-02' WHERE id = %s",
        [old_id],
    )
    assert not is_accepted(ask, old.secret)
    assert is_accepted(ask, new.secret)


@pytest.mark.parametrize("overlap", [None, timedelta(0), -HOUR])
def test_without_an_overlap_the_old_key_ends_at_once(ask: Ask, overlap: timedelta | None) -> None:
    old, old_id = make(ask, expires_at=datetime(2099, 1, 1, tzinfo=UTC))
    new = new_key()
    ask(
        rotate_api_key,
        api_key_id=old_id,
        key_prefix=new.prefix,
        key_hash=hash_key(new.secret, PEPPER),
        overlap=overlap,
    )
    assert not is_accepted(ask, old.secret)
    assert is_accepted(ask, new.secret)


def test_an_overlap_makes_no_key_live_longer(ask: Ask) -> None:
    end = datetime.now(UTC) + HOUR
    _, old_id = make(ask, expires_at=end)
    ask(
        rotate_api_key,
        api_key_id=old_id,
        key_prefix="tsk_new",
        key_hash=hash_key("new", PEPPER),
        overlap=24 * HOUR,
    )
    assert ask(get_api_key, api_key_id=old_id).expires_at == end


def test_a_key_that_was_revoked_is_not_rotated(ask: Ask) -> None:
    _, key_id = make(ask)
    ask(revoke_api_key, api_key_id=key_id)
    rotated = ask(
        rotate_api_key, api_key_id=key_id, key_prefix="tsk_new", key_hash=hash_key("new", PEPPER)
    )
    assert rotated is None


def test_an_update_changes_what_it_names(ask: Ask) -> None:
    ask(set_rate_limit, bucket="b", capacity=3, refill_per_second=Decimal(1))
    _, key_id = make(ask)
    end = datetime(2099, 1, 1, tzinfo=UTC)
    changed = ask(
        update_api_key,
        api_key_id=key_id,
        name="build",
        permissions=["*"],
        expires_at=end,
        rate_limit_bucket="b",
    )
    assert changed is not None
    assert (changed.name, changed.permissions) == ("build", ["*"])
    assert (changed.expires_at, changed.rate_limit_bucket) == (end, "b")
    same = ask(update_api_key, api_key_id=key_id)
    assert same is not None
    assert (same.expires_at, same.rate_limit_bucket) == (end, "b")
    bare = ask(update_api_key, api_key_id=key_id, cleared=["expires_at", "rate_limit_bucket"])
    assert bare is not None
    assert (bare.expires_at, bare.rate_limit_bucket) == (None, None)
    assert ask(update_api_key, api_key_id=NOBODY, name="x") is None
    assert ask(get_api_key, api_key_id=NOBODY) is None


def test_the_uses_of_a_key_and_its_successor_draw_on_one_bucket(ask: Ask) -> None:
    ask(set_rate_limit, bucket="b", capacity=2, refill_per_second=Decimal("0.001"))
    old, old_id = make(ask, rate_limit_bucket="b")
    new = new_key()
    ask(
        rotate_api_key,
        api_key_id=old_id,
        key_prefix=new.prefix,
        key_hash=hash_key(new.secret, PEPPER),
        overlap=HOUR,
    )
    taken = []
    for secret in (old.secret, new.secret, old.secret):
        found = ask(verify_api_key, key_hash=hash_key(secret, PEPPER))
        assert found is not None
        assert found.rate_limit_bucket is not None
        taken.append(ask(take_tokens, bucket=found.rate_limit_bucket).is_taken)
    assert taken == [True, True, False]


@pytest.mark.parametrize(
    ("order_by", "names"),
    [
        (None, ["a", "b", "c"]),
        ("name", ["a", "b", "c"]),
        ("service", ["c", "a", "b"]),
        ("created_at", ["c", "b", "a"]),
        ("expires_at", ["b", "a", "c"]),
    ],
)
def test_keys_are_listed_in_any_order(
    ask: Ask, order_by: ApiKeyOrder | None, names: list[str]
) -> None:
    for name, service, year in (
        ("c", "codegen", 2099),
        ("b", "webhook", 2097),
        ("a", "github", 2098),
    ):
        make(ask, name, service=service, expires_at=datetime(year, 1, 1, tzinfo=UTC))
    assert [row.name for row in ask(list_api_keys, order_by=order_by)] == names
    back = ask(list_api_keys, order_by=order_by, is_descending=True)
    assert [row.name for row in back] == names[::-1]
    page = ask(list_api_keys, order_by=order_by, page_size=1, page_start=1)
    assert [row.name for row in page] == names[1:2]


def test_each_criterion_leaves_out_the_others(ask: Ask) -> None:
    _, key_id = make(ask, "a", service="github")
    make(ask, "b", environment="staging")
    ask(revoke_api_key, api_key_id=key_id)
    assert [row.name for row in ask(list_api_keys, service="github")] == ["a"]
    assert [row.name for row in ask(list_api_keys, environment="staging")] == ["b"]
    assert [row.name for row in ask(list_api_keys, is_living=True)] == ["b"]
    assert [row.name for row in ask(list_api_keys, is_living=False)] == ["a"]


def test_no_hash_leaves_the_table(ask: Ask, connection: Connection) -> None:
    key, key_id = make(ask)
    digest = hash_key(key.secret, PEPPER)
    rows = [
        ask(get_api_key, api_key_id=key_id),
        ask(list_api_keys),
        ask(list_active_api_keys),
        ask(verify_api_key, key_hash=digest),
        ask(revoke_api_key, api_key_id=key_id),
        connection.execute("SELECT change::text FROM audit_log AS change").fetchall(),
    ]
    assert digest.hex() not in repr(rows)
    assert repr(digest) not in repr(rows)
    assert key.secret not in repr(rows)


def test_a_key_is_found_by_one_look_up_in_an_index(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO api_keys (name, service, key_prefix, key_hash)"
        " SELECT n::text, 'codegen', 'tsk_' || n, sha256(n::text::bytea)"
        " FROM generate_series(1, 2000) AS n"
    )
    connection.execute("ANALYZE api_keys")
    plan = connection.execute(
        "EXPLAIN SELECT id FROM api_keys WHERE key_hash = %s AND is_active AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > clock_timestamp())",
        [hashlib.sha256(b"7").digest()],
    ).fetchall()
    assert "Index Scan using api_keys_key_hash_key" in plan[0][0]
