"""The name of a broken rule reaches the caller, whatever kind of rule it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from taskspine import errors
from taskspine.errors import RuleBroken, TaskspineError, one_line_errors, translated
from taskspine.server import Databases, connect

if TYPE_CHECKING:
    from collections.abc import Generator

TABLES = """
CREATE TABLE lists (id integer PRIMARY KEY);
CREATE TABLE items (
    id       integer PRIMARY KEY,
    list_id  integer REFERENCES lists ON DELETE RESTRICT,
    title    text NOT NULL,
    priority integer,
    span     int4range,

    CONSTRAINT items_priority_in_range CHECK (priority BETWEEN 0 AND 10),
    CONSTRAINT items_one_per_title UNIQUE (title),
    CONSTRAINT items_spans_apart EXCLUDE USING gist (span WITH &&),
    CONSTRAINT items_priority_not_5_102008 CHECK (priority <> 5)
);
INSERT INTO lists VALUES (1);
INSERT INTO items VALUES (1, 1, 'a', 1, '[1,5)');
CREATE FUNCTION items_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'item % stays', OLD.id USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA,
        TABLE = 'items', CONSTRAINT = 'items_stay', HINT = 'Archive it instead.';
END $$;
CREATE TRIGGER items_stay AFTER DELETE ON items FOR EACH ROW EXECUTE FUNCTION items_stay();
"""


@pytest.fixture(scope="module")
def items(server: Databases) -> Generator[psycopg.Connection]:
    name = "taskspine_test_errors"
    with connect(server.create_database(name)) as connection:
        connection.execute(TABLES.encode())
        yield connection
    server.drop_database(name)


@pytest.mark.parametrize(
    ("statement", "rule", "table"),
    [
        ("INSERT INTO items VALUES (2, 1, 'b', 11)", "items_priority_in_range", "items"),
        ("INSERT INTO items VALUES (2, 1, 'a')", "items_one_per_title", "items"),
        ("INSERT INTO items VALUES (1, 1, 'b')", "items_pkey", "items"),
        ("INSERT INTO items VALUES (2, 9, 'b')", "items_list_id_fkey", "items"),
        ("INSERT INTO items VALUES (2, 1, 'b', 1, '[4,6)')", "items_spans_apart", "items"),
        ("INSERT INTO items VALUES (2, 1, NULL)", "items_title_not_null", "items"),
        ("INSERT INTO items VALUES (2, 1, 'b', 5)", "items_priority_not_5", "items"),
        ("DELETE FROM items", "items_stay", "items"),
        ("DELETE FROM lists", "items_list_id_fkey", "items"),
    ],
)
def test_a_broken_rule_has_its_name(
    items: psycopg.Connection, statement: str, rule: str, table: str
) -> None:
    with pytest.raises(RuleBroken) as caught, translated():
        items.execute(statement.encode())
    assert (caught.value.rule, caught.value.table) == (rule, table)
    assert isinstance(caught.value.__cause__, psycopg.IntegrityError)


def test_a_hint_is_told_and_a_row_is_not(items: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken) as caught, translated():
        items.execute("DELETE FROM items")
    assert str(caught.value) == "items_stay (items): Archive it instead."
    with pytest.raises(RuleBroken) as caught, translated():
        items.execute("INSERT INTO items VALUES (2, 1, 'hunter2', 11)")
    assert "hunter2" in (caught.value.detail or "")
    assert "hunter2" not in str(caught.value)


def test_what_breaks_no_rule_stays_what_it_is(items: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), translated():
        items.execute("SELECT 1 / 0")
    with pytest.raises(psycopg.errors.CheckViolation), translated():
        items.execute("DO $$ BEGIN RAISE 'plain' USING ERRCODE = 'check_violation'; END $$")
    assert RuleBroken.from_error(psycopg.errors.DivisionByZero()) is None


def test_every_error_says_by_itself_what_to_do() -> None:
    found = [each for each in vars(errors).values() if isinstance(each, type)]
    for each in found:
        if issubclass(each, TaskspineError) and each is not RuleBroken:
            message = str(each())
            assert message.count("\n") == 0
            assert len(message) > 20


def test_a_program_ends_with_one_line() -> None:
    with pytest.raises(SystemExit) as caught, one_line_errors():
        raise errors.ClaimLost
    assert str(caught.value.code).startswith("taskspine: This attempt no longer holds its task: ")
