"""The generated functions run, on every server that they are for."""

from __future__ import annotations

from contextlib import aclosing, closing
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest
from desk import queries, rules
from desk.queries import people, rooms, tickets
from desk.queries.composites import Address
from desk.queries.tables import PeopleRow, RoomsRow
from psycopg.types.range import Range

from sqltypist.registering import NotRegistered
from sqltypist.runtime import NoRow, only

if TYPE_CHECKING:
    from psycopg import Connection


def a_person(connection: Connection, mail: str = "ann@desk", nickname: str | None = None) -> UUID:
    person = people.create_person(connection, mail=mail, nickname=nickname)
    assert person is not None
    return person.id


def a_ticket(connection: Connection, person: UUID, title: str = "no power") -> int:
    ticket = tickets.create_ticket(
        connection, opened_by=person, title=title, priority=9, labels=(), details={}
    )
    assert ticket is not None
    return ticket.id


def test_every_type_comes_back_as_it_went(desk: Connection) -> None:
    person = a_person(desk)
    ticket = tickets.create_ticket(
        desk,
        opened_by=person,
        title="no power",
        priority=9,
        labels=("hot", "new"),
        details={"rooms": [1, 2], "by": None},
        notes=["a", {"b": True}],
        effort=Decimal("1.50"),
        patience=timedelta(hours=2),
        due_on=date(2030, 1, 31),
        attachment=b"\x00\xff",
    )
    assert ticket == tickets.CreateTicketRow(
        ticket.id if ticket else 0,
        person,
        "no power",
        "open",
        9,
        ["hot", "new"],
        {"rooms": [1, 2], "by": None},
        ["a", {"b": True}],
        Decimal("1.50"),
        timedelta(hours=2),
        date(2030, 1, 31),
        b"\x00\xff",
    )


def test_one_row_or_none(desk: Connection) -> None:
    person = a_person(desk, nickname=" Ann ")
    found = people.get_person(desk, id=person)
    assert found is not None
    assert (found.mail, found.nickname) == ("ann@desk", "Ann")
    assert people.get_person(desk, id=UUID(int=1)) is None


def test_values(desk: Connection) -> None:
    assert tickets.has_tickets(desk) is False
    ticket = a_ticket(desk, a_person(desk))
    assert tickets.has_tickets(desk) is True
    assert tickets.count_tickets(desk, state="open") == 0
    assert tickets.get_due_on(desk, id=ticket) is None
    assert tickets.get_due_on(desk, id=-1) is None


def test_many_rows_and_optional_parameters(desk: Connection) -> None:
    person = a_person(desk)
    made = tickets.create_tickets(
        desk, opened_by=person, titles=["a", "b"], efforts=[None, Decimal(2)]
    )
    assert [(each.title, each.effort) for each in made] == [("a", None), ("b", Decimal("2.00"))]
    assert [each.title for each in tickets.list_tickets(desk)] == ["a", "b"]
    assert tickets.list_tickets(desk, opened_by="bob@desk") == []
    assert len(tickets.list_tickets(desk, state="open", size=1)) == 1
    [state] = tickets.list_states(desk)
    assert state.ids == [each.id for each in made]


def test_a_sign_that_psycopg_knows_and_lists_of_enums(desk: Connection) -> None:
    a_ticket(desk, a_person(desk))
    [urgent] = tickets.list_urgent(desk, states=["open", "closed"], words=["no power"])
    assert (urgent.title, urgent.rest) == ("no power!", 1)
    assert tickets.list_urgent(desk, states=[], words=["no power"]) == []


def test_a_batch_gives_for_each_of_its_rows_what_one_call_gives(desk: Connection) -> None:
    ids = [a_person(desk, f"{n}@desk") for n in range(5)] + [UUID(int=1)]
    rows = [people.GetPersonItem(id=each) for each in ids]
    expected = [people.get_person(desk, id=each) for each in ids]
    assert expected[5] is None
    assert people.batch_get_person(desk, rows) == expected
    assert people.batch_get_person(desk, iter(rows)) == expected
    assert people.batch_get_person(desk, []) == []
    with desk.pipeline():
        assert people.batch_get_person(desk, rows) == expected
    assert people.get_person(desk, id=ids[0]) == expected[0]


def test_counts_of_rows(desk: Connection) -> None:
    person = a_person(desk)
    ticket = a_ticket(desk, person)
    answer = tickets.AddAnswersItem(
        ticket_id=ticket, number=1, author_id=person, body="on its way", rating=None
    )
    assert tickets.add_answers(desk, [answer, answer | {"number": 2}]) == 2
    bare = tickets.AddAnswersItem(ticket_id=ticket, number=3, author_id=person, body="no rating")
    assert tickets.add_answers(desk, [bare]) == 1
    assert tickets.add_answers(desk, []) == 0
    moment = desk.execute("SELECT now() + interval '1 day'").fetchone()
    assert moment is not None
    desk.execute("DELETE FROM answers")
    assert people.delete_people_before(desk, moment=moment[0]) == 1


def test_a_change_through_several_tables(desk: Connection) -> None:
    person = a_person(desk)
    ticket = a_ticket(desk, person)
    closed = tickets.close_ticket(desk, id=ticket, person_id=person)
    assert closed is not None
    assert (closed.opened_by, closed.assigned_to, closed.body) == ("ann@desk", None, None)
    assert tickets.close_ticket(desk, id=ticket, person_id=person) is None


def test_a_function_of_the_project(desk: Connection) -> None:
    person = a_person(desk)
    ticket = a_ticket(desk, person)
    assert tickets.take_ticket(desk, person_id=person, state="closed") is None
    taken = tickets.take_ticket(desk, person_id=person)
    assert taken == tickets.TakeTicketRow(ticket, "no power", None)


def test_a_refusal_gives_the_name_of_a_rule(desk: Connection) -> None:
    person = a_person(desk)
    ticket = a_ticket(desk, person)
    tickets.close_ticket(desk, id=ticket, person_id=person)
    answer = tickets.AddAnswersItem(
        ticket_id=ticket, number=1, author_id=person, body="late", rating=None
    )
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        tickets.add_answers(desk, [answer])
    assert caught.value.diag.constraint_name == rules.ANSWERS_END_WITH_CLOSING


HOME = Address("High Street", 5)
YEAR = Range(date(2030, 1, 1), date(2031, 1, 1), "[)")


def a_room(connection: Connection, name: str = "here", place: Address | None = HOME) -> RoomsRow:
    queries.register(connection)
    return rooms.create_room(
        connection, name=name, place=place, open_on=YEAR, serves=["open"], contacts=["a@desk"]
    )


def test_types_that_are_registered(desk: Connection) -> None:
    room = a_room(desk)
    assert room == RoomsRow(room.id, "here", HOME, YEAR, ["open"], ["a@desk"])
    assert rooms.get_serves(desk, id=room.id) == ["open"]
    assert rooms.get_serves(desk, id=-1) is None
    made = rooms.create_rooms(desk, names=["a", "b"], places=[HOME, Address(None, None)])
    assert [each.place for each in made] == [HOME, Address(None, None)]
    assert a_room(desk, place=None).place is None


def test_types_that_are_not_registered(desk: Connection) -> None:
    with pytest.raises(NotRegistered, match=r"call desk\.queries\.register\(connection\) once"):
        rooms.list_rooms(desk)
    with pytest.raises(NotRegistered):
        next(rooms.stream_list_rooms(desk))


def test_a_query_without_a_result(desk: Connection) -> None:
    assert rooms.lock_rooms(desk) is None


def test_arrays_side_by_side_are_of_one_length(desk: Connection) -> None:
    person = a_person(desk)
    with pytest.raises(ValueError, match="titles has 2, efforts has 1"):
        tickets.create_tickets(desk, opened_by=person, titles=["a", "b"], efforts=[None])
    assert tickets.list_tickets(desk) == []


def test_a_stream_gives_its_rows_in_batches(desk: Connection) -> None:
    made = [a_room(desk, name=str(number)) for number in range(5)]
    assert [*rooms.stream_list_rooms(desk, batch_size=2)] == made
    assert [*rooms.stream_list_rooms(desk, street="High Street", batch_size=1)] == made
    assert [*rooms.stream_list_rooms(desk, street="Low Street")] == []
    two = zip(rooms.stream_list_rooms(desk), rooms.stream_list_rooms(desk), strict=True)
    assert [*two] == [(each, each) for each in made]


ROOM = rooms.ImportRoomsItem(
    name='a "room"\twith\nlines', place=HOME, open_on=YEAR, serves=["open", "closed"], contacts=[]
)
BARE_ROOM = rooms.ImportRoomsItem(
    name="\\N", place=None, open_on=None, serves=(), contacts=("a@desk",)
)


def imported(found: list[RoomsRow]) -> list[tuple[object, ...]]:
    return [(r.name, r.place, r.open_on, r.serves, r.contacts) for r in found]


def test_copies(desk: Connection) -> None:
    queries.register(desk)
    assert rooms.import_rooms(desk, [ROOM, BARE_ROOM]) == 2
    inserted = rooms.list_rooms(desk)
    desk.execute("DELETE FROM rooms")
    assert rooms.copy_import_rooms(desk, (each for each in (ROOM, BARE_ROOM))) == 2
    copied = rooms.list_rooms(desk)
    assert imported(copied) == imported(inserted)
    assert imported(copied)[0] == (ROOM["name"], HOME, YEAR, ["open", "closed"], [])
    assert imported(copied)[1] == ("\\N", None, None, [], ["a@desk"])
    assert rooms.copy_import_rooms(desk, []) == 0


def test_a_copy_obeys_the_rules(desk: Connection) -> None:
    person = a_person(desk)
    ticket = a_ticket(desk, person)
    tickets.close_ticket(desk, id=ticket, person_id=person)
    answer = tickets.AddAnswersItem(
        ticket_id=ticket, number=1, author_id=person, body="late", rating=None
    )
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        tickets.copy_add_answers(desk, [answer])
    assert caught.value.diag.constraint_name == rules.ANSWERS_END_WITH_CLOSING


def open_cursors(connection: Connection) -> int:
    [count] = connection.execute(
        "SELECT count(*) FROM pg_cursors WHERE name LIKE 'list_rooms%'"
    ).fetchone() or (-1,)
    return int(count)


def test_a_stream_that_is_left_early_is_closed(desk: Connection) -> None:
    first, *_ = [a_room(desk, name=str(number)) for number in range(3)]
    with closing(rooms.stream_list_rooms(desk, batch_size=1)) as stream:
        assert next(stream) == first
        assert open_cursors(desk) == 1
    assert open_cursors(desk) == 0
    for room in rooms.stream_list_rooms(desk):
        assert room == first
        break
    assert open_cursors(desk) == 0
    stream = rooms.stream_list_rooms(desk, batch_size=1)
    next(stream)
    with pytest.raises(psycopg.errors.DivisionByZero):
        desk.execute("SELECT 1 / 0")
    stream.close()  # says nothing of the transaction that failed


def test_a_stream_outside_of_a_transaction(desk_url: str) -> None:
    with psycopg.connect(desk_url, autocommit=True) as connection:
        made = [a_room(connection, name=str(number)) for number in range(3)]
        try:
            stream = rooms.stream_list_rooms(connection, batch_size=1)
            seen = [next(stream)]
            connection.execute("DELETE FROM rooms")
            seen += [*stream]
            assert seen == made
            assert open_cursors(connection) == 0
        finally:
            connection.execute("DELETE FROM rooms")


def test_a_stream_ends_with_its_transaction(desk: Connection) -> None:
    for number in range(3):
        a_room(desk, name=str(number))
    stream = rooms.stream_list_rooms(desk, batch_size=1)
    next(stream)
    desk.rollback()
    with pytest.raises(psycopg.errors.InvalidCursorName):
        next(stream)


async def test_async_streams(desk_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(desk_url) as connection:
        await queries.register_async(connection)
        await rooms.lock_rooms_async(connection)
        made = await rooms.create_rooms_async(connection, names=["a", "b"], places=[HOME, HOME])
        assert await rooms.copy_import_rooms_async(connection, [ROOM, BARE_ROOM]) == 2
        await connection.execute("DELETE FROM rooms WHERE contacts <> '{}' OR serves <> '{}'")
        stream = rooms.stream_list_rooms_async(connection, batch_size=1)
        assert [each.id async for each in stream] == [each.id for each in made]
        async with aclosing(rooms.stream_list_rooms_async(connection)) as stream:
            async for room in stream:
                assert room.name == "a"
                break
        cursor = await connection.execute("SELECT count(*) FROM pg_cursors WHERE name ~ 'rooms'")
        assert await cursor.fetchone() == (0,)
        await connection.rollback()


async def test_async_twins(desk_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(desk_url) as connection:
        person = await people.create_person_async(connection, mail="eve@desk")
        assert person is not None
        assert await people.get_person_async(connection, id=person.id) == PeopleRow(
            person.id, "eve@desk", None, person.joined_at
        )
        assert await people.get_person_async(connection, id=UUID(int=1)) is None
        both = [people.GetPersonItem(id=person.id), people.GetPersonItem(id=UUID(int=1))]
        assert await people.batch_get_person_async(connection, both) == [person, None]
        assert await tickets.has_tickets_async(connection) is False
        ticket = await tickets.create_ticket_async(
            connection, opened_by=person.id, title="x", priority=1, labels=[], details=None
        )
        assert ticket is not None
        assert ticket.details is None
        answer = tickets.AddAnswersItem(
            ticket_id=ticket.id, number=1, author_id=person.id, body="y", rating=5
        )
        assert await tickets.add_answers_async(connection, [answer]) == 1
        assert [each.ids for each in await tickets.list_states_async(connection)] == [[ticket.id]]
        await connection.rollback()


def test_a_row_is_small_and_hashable() -> None:
    one = people.ListNicknamesRow(UUID(int=1), "a")
    assert one == people.ListNicknamesRow(UUID(int=1), "a")
    assert len({one, people.ListNicknamesRow(UUID(int=1), "a")}) == 1
    assert not hasattr(one, "__dict__")


def test_no_row_where_there_always_is_one() -> None:
    assert only(5) == 5
    with pytest.raises(NoRow, match="generate anew"):
        only(None)
