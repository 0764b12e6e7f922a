-- People of the desk.

-- name: create_person(mail, nickname)^
-- Let somebody in.
INSERT INTO people (mail, nickname)
VALUES (:mail, :nickname)
RETURNING id, mail, nickname, joined_at;

-- name: delete_people_before(moment)!
-- Let go of everybody who joined before a moment; gives how many that were.
DELETE FROM people WHERE joined_at < :moment;

-- name: get_person(id)^
-- batch
SELECT p.id, p.mail, p.nickname, p.joined_at FROM people AS p WHERE p.id = :id;

-- name: list_nicknames(ids)
-- Only those who have one.
SELECT p.id, p.nickname FROM people AS p
WHERE p.id = ANY (:ids) AND p.nickname IS NOT NULL
ORDER BY p.id;
