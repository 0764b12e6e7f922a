"""Months are made by several at once, while rows of them are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logs import make_month, write_in_month

if TYPE_CHECKING:
    from racing import Race

MONTHS = [f"20{year:02}-{month:02}-01" for year in range(4) for month in range(1, 13)]
# The server's own refusal: while the row waited for the default partition, its month came to be.
TOO_LATE = "23514"


def test_a_month_is_made_once_and_every_row_is_in_it(race: Race) -> None:
    making = [(month,) for month in MONTHS]
    writing = [(month, month) for month in MONTHS]
    rounds = race.abreast(
        "read committed",
        [
            (make_month, making), (make_month, making),
            (write_in_month, writing), (write_in_month, writing),
        ],
    )  # fmt: skip
    written = 0
    for month, (*made, first, second) in zip(MONTHS, rounds, strict=True):
        name = f"audit_log_{month[:7].replace('-', '_')}"
        assert sorted(made, key=str) == [None, name]
        assert {first, second} <= {"done", TOO_LATE}
        done = [first, second].count("done")
        written += 2 * done
        assert race.value(f"SELECT count(*) FROM {name}") == 2 * done
    assert written
    assert race.value("SELECT count(*) FROM audit_log_default") == 0
    assert race.value("SELECT count(*) FROM audit_log WHERE changed_at < '2010-01-01'") == written
    assert race.deadlocks() == 0


def test_months_of_several_tables_are_made_side_by_side(race: Race) -> None:
    race.connection.execute(
        "CREATE TABLE sightings (seen_at timestamptz) PARTITION BY RANGE (seen_at)"
    )
    with race.connection.transaction():
        race.connection.execute("SELECT make_month_partitions('sightings')")
        # Whoever makes months of another table does not wait for that.
        rounds = race.abreast("read committed", [(make_month, [(MONTHS[0],)])])
    assert rounds == [["audit_log_2000_01"]]


def test_writers_of_months_that_are_there_do_not_wait_for_a_maker(race: Race) -> None:
    race.connection.execute("SELECT make_month_partition('audit_log', '2005-05-01')")
    with race.connection.transaction():
        race.connection.execute("SELECT make_month_partition('audit_log', '2005-06-01')")
        rounds = race.abreast("read committed", [(write_in_month, [("2005-05-01", "a")])])
    assert rounds == [["done"]]
