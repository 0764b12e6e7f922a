-- A help desk: people open tickets, and answer them.

CREATE TYPE ticket_state AS ENUM ('open', 'waiting', 'closed');
COMMENT ON TYPE ticket_state IS 'Where a ticket stands.';
CREATE DOMAIN mail_address AS text CONSTRAINT mail_address_has_an_at CHECK (value ~ '@');

CREATE TABLE people (
    id       uuid         NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
    mail     mail_address NOT NULL,
    nickname text,
    joined_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT people_mail_unique UNIQUE (mail)
);

CREATE TABLE tickets (
    id          bigint       GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    opened_by   uuid         NOT NULL REFERENCES people ON DELETE CASCADE,
    assigned_to uuid         REFERENCES people ON DELETE SET NULL,
    title       text         NOT NULL,
    state       ticket_state NOT NULL DEFAULT 'open',
    priority    int          NOT NULL DEFAULT 5,
    labels      text[]       NOT NULL DEFAULT '{}',
    details     jsonb        NOT NULL DEFAULT '{}',
    notes       jsonb,
    effort      numeric(6, 2),
    patience    interval,
    due_on      date,
    attachment  bytea,
    hours_left  numeric      GENERATED ALWAYS AS (effort * 2) STORED,

    CONSTRAINT tickets_priority_in_range CHECK (priority BETWEEN 0 AND 10)
);
COMMENT ON COLUMN tickets.effort IS 'Hours that the work is thought to take.';
COMMENT ON CONSTRAINT tickets_priority_in_range ON tickets IS 'A priority is 0 to 10, higher first.';

CREATE UNIQUE INDEX tickets_one_open_per_title ON tickets (title) WHERE state = 'open';
COMMENT ON INDEX tickets_one_open_per_title IS 'No two open tickets have one title.';

CREATE TABLE answers (
    ticket_id bigint NOT NULL REFERENCES tickets ON DELETE CASCADE,
    number    int    NOT NULL,
    author_id uuid   NOT NULL REFERENCES people,
    body      text   NOT NULL,
    rating    smallint,

    PRIMARY KEY (ticket_id, number)
);

CREATE TYPE address AS (street text, house_number int);
COMMENT ON TYPE address IS 'Where something is, in this town.';

CREATE TABLE rooms (
    id       bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text           NOT NULL,
    place    address,
    open_on  daterange,
    serves   ticket_state[] NOT NULL DEFAULT '{}',
    contacts mail_address[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE rooms IS 'A room in which somebody helps.';
COMMENT ON COLUMN rooms.open_on IS 'The days on which somebody is there.';

CREATE FUNCTION answers_end_with_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tickets WHERE id = new.ticket_id AND state = 'closed') THEN
        RAISE 'the ticket is closed' USING ERRCODE = 'check_violation',
            TABLE = 'answers', CONSTRAINT = 'answers_end_with_closing';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER answers_end_with_closing AFTER INSERT ON answers
    FOR EACH ROW EXECUTE FUNCTION answers_end_with_closing();
COMMENT ON TRIGGER answers_end_with_closing ON answers IS 'A closed ticket takes no answer.';

CREATE FUNCTION people_trim_nickname() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.nickname := nullif(trim(new.nickname), '');
    RETURN new;
END
$$;
CREATE TRIGGER people_trim_nickname BEFORE INSERT OR UPDATE ON people
    FOR EACH ROW EXECUTE FUNCTION people_trim_nickname();

CREATE VIEW ticket_list AS
SELECT t.id, t.title, t.state, o.mail AS opened_by, a.mail AS assigned_to,
    count(w.number) AS answers
FROM tickets t
JOIN people o ON o.id = t.opened_by
LEFT JOIN people a ON a.id = t.assigned_to
LEFT JOIN answers w ON w.ticket_id = t.id
GROUP BY t.id, o.mail, a.mail;

CREATE FUNCTION take_ticket(_person_id uuid, _state ticket_state DEFAULT NULL, _size int DEFAULT 1)
RETURNS TABLE (id bigint, title text, effort numeric) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    UPDATE tickets AS t SET assigned_to = _person_id
    WHERE t.id IN (
        SELECT c.id FROM tickets AS c
        WHERE c.assigned_to IS NULL AND c.state = coalesce(_state, 'open')
        ORDER BY c.priority DESC LIMIT _size
    )
    RETURNING t.id, t.title, t.effort;
END
$$;
