-- Rooms of the desk.

-- name: create_room(name, place, open_on, serves, contacts)^
-- Open a room.
INSERT INTO rooms (name, place, open_on, serves, contacts)
VALUES (:name, :place, :open_on, :serves, :contacts)
RETURNING id, name, place, open_on, serves, contacts;

-- name: create_rooms(names, places)
-- Open many rooms in one statement.
INSERT INTO rooms (name, place)
SELECT given.name, (given.street, given.house_number)::address
FROM ROWS FROM (unnest(:names::text[]), unnest(:places::address[]))
    AS given (name, street, house_number)
RETURNING id, name, place, open_on, serves, contacts;

-- name: get_serves(id)$
-- The states of which a room takes tickets. None when there is no such room.
SELECT r.serves FROM rooms AS r WHERE r.id = :id;

-- name: import_rooms(name, place, open_on, serves, contacts)*!
-- copy
INSERT INTO rooms (name, open_on, place, serves, contacts)
VALUES (:name, :open_on, :place, :serves, :contacts);

-- name: list_rooms(street)
-- The rooms in a street, or all.
-- stream
SELECT r.id, r.name, r.place, r.open_on, r.serves, r.contacts
FROM rooms AS r
WHERE :street::text IS NULL OR (r.place).street = :street
ORDER BY r.id;

-- name: lock_rooms()$
-- Wait until nobody else changes rooms.
SELECT pg_advisory_xact_lock(5);
