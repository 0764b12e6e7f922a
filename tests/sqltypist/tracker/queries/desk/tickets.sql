-- Tickets, from the first word to the last.

-- name: add_answers(ticket_id, number, author_id, body, rating)*!
-- Add many answers at once.
-- copy
INSERT INTO answers (ticket_id, number, author_id, body, rating)
VALUES (:ticket_id, :number, :author_id, :body, :rating);

-- name: assign_ticket(id, mail)^
-- Give a ticket to somebody.
UPDATE tickets AS t SET assigned_to = p.id
FROM people AS p
WHERE t.id = :id AND p.mail = :mail
RETURNING t.id, t.assigned_to, t.due_on, p.nickname;

-- name: close_ticket(id, person_id)^
-- Close a ticket and say who opened it. None when it is closed, or is not.
-- returns: note?
WITH closed AS (
    UPDATE tickets SET state = 'closed'
    WHERE id = :id AND state <> 'closed'
    RETURNING id, opened_by, assigned_to, title, effort
), noted AS (
    INSERT INTO answers (ticket_id, number, author_id, body)
    SELECT c.id, coalesce((SELECT max(a.number) FROM answers AS a WHERE a.ticket_id = c.id), 0) + 1,
        :person_id, 'closed'
    FROM closed AS c
    WHERE false
    RETURNING ticket_id, body, rating
)
SELECT c.id, c.title, c.effort, p.mail AS opened_by, a.mail AS assigned_to, n.body, n.rating,
    'closed' AS note, EXISTS (SELECT FROM answers AS w WHERE w.ticket_id = c.id) AS is_answered
FROM closed AS c
JOIN people AS p ON p.id = c.opened_by
LEFT JOIN people AS a ON a.id = c.assigned_to
LEFT JOIN noted AS n ON n.ticket_id = c.id;

-- name: count_tickets(state, since)$
-- param: since?
SELECT count(*) FROM tickets WHERE state = :state AND due_on >= :since;

-- name: create_ticket(opened_by, title, priority, labels, details, notes, effort, patience, due_on, attachment)<!
-- Open a ticket.
INSERT INTO tickets
    (opened_by, title, priority, labels, details, notes, effort, patience, due_on, attachment)
VALUES
    (:opened_by, :title, :priority, :labels, :details, :notes, :effort, :patience, :due_on,
    :attachment)
RETURNING id, opened_by, title, state, priority, labels, details, notes, effort, patience, due_on,
    attachment;

-- name: create_tickets(opened_by, titles, efforts)
-- Open many tickets in one statement.
INSERT INTO tickets (opened_by, title, effort)
SELECT :opened_by, given.title, given.effort
FROM unnest(:titles::text[], :efforts::numeric[]) AS given (title, effort)
RETURNING id, title, effort;

-- name: get_due_on(id)$
SELECT t.due_on FROM tickets AS t WHERE t.id = :id;

-- name: has_tickets()$
SELECT EXISTS (SELECT FROM tickets);

-- name: list_states()
SELECT t.state, array_agg(t.id ORDER BY t.id) AS ids, sum(t.effort) AS effort,
    max(t.priority) AS highest
FROM tickets AS t
GROUP BY t.state
ORDER BY t.state;

-- name: list_tickets(state, opened_by, size)
-- Tickets of a state, or all; of somebody, or of everybody.
SELECT l.id, l.title, l.state, l.opened_by, l.assigned_to, l.answers
FROM ticket_list AS l
WHERE (:state::ticket_state IS NULL OR l.state = :state)
    AND (:opened_by::text IS NULL OR l.opened_by = :opened_by)
ORDER BY l.id
LIMIT :size;

-- name: list_urgent(states, words)
-- Those of some states that are urgent, and have a word of some in the title, in any order.
SELECT t.id, t.state, t.title || '!' AS title, 100 %% t.priority AS rest
FROM tickets AS t
WHERE t.state = ANY (:states) AND t.title = ANY (:words) AND t.priority > 7
ORDER BY t.id;

-- name: take_ticket(person_id, state)^
-- Take the most urgent ticket. None when there is none.
-- returns: *!, effort?
SELECT t.id, t.title, t.effort
FROM take_ticket(_person_id => :person_id, _state => :state) AS t;
