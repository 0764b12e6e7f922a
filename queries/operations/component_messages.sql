-- Messages between components: the queue of each, and its history.

-- name: claim_component_messages(component_id, claim_limit, answer_within)
-- Hand the next messages for a component to it, in the order in which they came; one when
-- claim_limit is None. Messages that somebody else is claiming are passed over.
-- They are to be answered within five minutes when answer_within is None, or else are reaped.
WITH next AS (
    SELECT message.id
    FROM component_messages AS message
    WHERE message.target_component_id = :component_id
        AND message.status = 'pending'
        AND (message.not_before IS NULL OR message.not_before <= clock_timestamp())
        AND (message.expires_at IS NULL OR message.expires_at > clock_timestamp())
    ORDER BY message.id
    LIMIT coalesce(:claim_limit::bigint, 1)
    FOR UPDATE SKIP LOCKED
)
UPDATE component_messages AS message
SET status = 'delivered',
    answer_until = clock_timestamp() + coalesce(:answer_within::interval, '5 minutes')
FROM next
WHERE message.id = next.id
RETURNING message.id, message.source_component_id, message.target_component_id, message.type,
    message.payload, message.correlation_id, message.retry_count, message.answer_until,
    message.expires_at;

-- name: complete_component_message(component_message_id, retry_count, response)^
-- Answer a message that was sent or delivered.
-- None when it is another try by now, was answered already, or timed out.
UPDATE component_messages
SET status = 'processed', response = :response, error_message = NULL
WHERE id = :component_message_id
    AND retry_count = :retry_count
    AND status IN ('sent', 'delivered')
RETURNING id, status, response, completed_at;

-- name: fail_component_message(component_message_id, retry_count, error_message)^
-- Say that a message could not be sent or processed. retry_component_messages tries it again.
-- None when it is another try by now, was answered already, or timed out.
UPDATE component_messages
SET status = 'failed', error_message = :error_message
WHERE id = :component_message_id
    AND retry_count = :retry_count
    AND status IN ('pending', 'sent', 'delivered')
RETURNING id, status, error_message, retry_count, max_retries, completed_at;

-- name: get_component_message(component_message_id)^
-- Get a message. None when there is no such message.
SELECT id, source_component_id, target_component_id, type, payload, status, response, error_message,
    correlation_id, retry_count, max_retries, not_before, answer_until, expires_at, created_at,
    sent_at, delivered_at, completed_at
FROM component_messages
WHERE id = :component_message_id;

-- name: list_component_messages(source_component_id, target_component_id, type, status, correlation_id, page_size, page_start)
-- List messages, the latest first; 100 of them when page_size is None.
-- A criterion that is None leaves out nothing.
-- Reads the whole of component_messages: a criterion without an index may be true of few.
-- stream
SELECT id, source_component_id, target_component_id, type, payload, status, response, error_message,
    correlation_id, retry_count, max_retries, not_before, answer_until, expires_at, created_at,
    sent_at, delivered_at, completed_at
FROM component_messages
WHERE (:source_component_id::uuid IS NULL OR source_component_id = :source_component_id)
    AND (:target_component_id::uuid IS NULL OR target_component_id = :target_component_id)
    AND (:type::text IS NULL OR type = :type)
    AND (:status::component_message_status IS NULL OR status = :status)
    AND (:correlation_id::text IS NULL OR correlation_id = :correlation_id)
ORDER BY id DESC
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: reap_component_messages()
-- Let the messages time out that expired, or that whoever took them did not answer in time.
-- Anybody may call it, at any time. Messages that somebody else is changing are passed over.
WITH late AS (
    -- By a stable clock, of which the planner knows how few are late.
    SELECT message.id
    FROM component_messages AS message
    WHERE (
            message.status IN ('pending', 'sent', 'delivered')
            AND message.expires_at <= statement_timestamp()
        )
        OR (
            message.status IN ('sent', 'delivered')
            AND message.answer_until <= statement_timestamp()
        )
    FOR UPDATE SKIP LOCKED
)
UPDATE component_messages AS message
SET status = 'timeout'
WHERE message.id = ANY (ARRAY(SELECT late.id FROM late))
RETURNING message.id, message.target_component_id, message.type, message.retry_count,
    message.max_retries, message.expires_at;

-- name: retry_component_messages(target_component_id, delay, claim_limit)
-- Put messages that failed or timed out back into their queues, while they have tries left.
-- The n-th time a message waits 2 ** (n - 1) times the delay: 10 seconds when it is None. Of one
-- target, or of any when it is None; 100 messages when claim_limit is None.
WITH again AS (
    SELECT message.id
    FROM component_messages AS message
    WHERE message.status IN ('failed', 'timeout')
        AND message.retry_count < message.max_retries
        AND coalesce(message.expires_at, 'infinity') > (SELECT clock_timestamp())
        AND (
            :target_component_id::uuid IS NULL
            OR message.target_component_id = :target_component_id
        )
    ORDER BY coalesce(message.expires_at, 'infinity'), message.id
    LIMIT coalesce(:claim_limit::bigint, 100)
    FOR UPDATE SKIP LOCKED
)
UPDATE component_messages AS message
SET status = 'pending',
    retry_count = message.retry_count + 1,
    not_before = clock_timestamp()
        + least(
            coalesce(:delay::interval, '10 seconds') * 2 ^ least(message.retry_count, 16), '1 day'
        )
FROM again
WHERE message.id = again.id
RETURNING message.id, message.target_component_id, message.type, message.retry_count,
    message.max_retries, message.not_before;

-- name: send_component_message(target_component_id, type, payload, source_component_id, correlation_id, max_retries, not_before, expires_at)^
-- Put a message into the queue of a component. None when there is no living component of that id.
-- It is tried again up to 3 times when max_retries is None, and never expires when expires_at is.
-- Refused by component_messages_source_component_id_fkey when there is no such source.
-- batch
INSERT INTO component_messages (
    target_component_id, type, payload, source_component_id, correlation_id, max_retries,
    not_before, expires_at
)
SELECT component.id, :type, coalesce(:payload::jsonb, '{}'), :source_component_id, :correlation_id,
    coalesce(:max_retries::integer, 3), :not_before, :expires_at
FROM components AS component
WHERE component.id = :target_component_id AND component.deleted_at IS NULL
RETURNING id, source_component_id, target_component_id, type, payload, status, correlation_id,
    retry_count, max_retries, not_before, expires_at, created_at;

-- name: set_component_message_delivered(component_message_id, retry_count)^
-- Say that a message reached its target, which has still to answer: by the moment that was set when
-- it was sent, or else within five minutes, or it is reaped.
-- None when it is another try by now, was delivered already, or timed out.
UPDATE component_messages
SET status = 'delivered',
    answer_until = coalesce(answer_until, clock_timestamp() + interval '5 minutes')
WHERE id = :component_message_id
    AND retry_count = :retry_count
    AND status IN ('pending', 'sent')
RETURNING id, status, retry_count, delivered_at, answer_until;

-- name: set_component_message_sent(component_message_id, retry_count, answer_within)^
-- Say that a message is on its way to its target, by a means of the sender's own.
-- It is to be answered within five minutes when answer_within is None, or else is reaped.
-- None when it is another try by now, or is no longer pending.
UPDATE component_messages
SET status = 'sent',
    answer_until = clock_timestamp() + coalesce(:answer_within::interval, '5 minutes')
WHERE id = :component_message_id AND retry_count = :retry_count AND status = 'pending'
RETURNING id, status, retry_count, sent_at, answer_until;
