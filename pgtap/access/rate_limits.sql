-- Rate limits: buckets of tokens.

BEGIN;
SELECT plan(35);

SELECT tests.a_rate_limit();

-- Keys and defaults

SELECT results_eq(
    $$SELECT capacity, tokens FROM rate_limits$$, $$VALUES (10, 10::numeric)$$,
    'a bucket begins full'
);
SELECT tests.violates(
    $$SELECT tests.a_rate_limit('b')$$, 'rate_limits_pkey', 'two buckets never share a name'
);

-- Rules

SELECT tests.accepts(
    $$SELECT tests.a_rate_limit(repeat('b', 200))$$, 'a name may have 200 characters'
);
SELECT tests.violates(
    $$SELECT tests.a_rate_limit(repeat('b', 201))$$,
    'rate_limits_bucket_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.violates(
    $$SELECT tests.a_rate_limit(' ')$$,
    'rate_limits_bucket_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(
    $$SELECT tests.a_rate_limit('one', 1)$$, 'a bucket may hold a single token'
);
SELECT tests.violates(
    $$INSERT INTO rate_limits (bucket, capacity, refill_per_second, tokens) VALUES ('x', 0, 1, 0)$$,
    'rate_limits_capacity_positive', 'a bucket holds something'
);
SELECT tests.accepts(
    format('SELECT tests.a_rate_limit(%L, 10, %s)', refill, refill),
    format('%s tokens may come back in a second', refill)
)
FROM (VALUES ('0.000000001'), ('1000000')) AS example (refill);
SELECT tests.violates(
    format('SELECT tests.a_rate_limit(%L, 10, %L)', refill, refill),
    'rate_limits_refill_per_second_in_range',
    format('%s tokens do not come back in a second', refill)
)
FROM (VALUES ('0'), ('-1'), ('1000000.000000001'), ('NaN')) AS example (refill);
SELECT tests.accepts(
    $$UPDATE rate_limits SET tokens = 0 WHERE bucket = 'one'$$, 'a bucket may be empty'
);
SELECT tests.violates(
    format('UPDATE rate_limits SET tokens = %L WHERE bucket = %L', tokens, 'one'),
    'rate_limits_tokens_within_capacity', format('a bucket for one token does not hold %s', tokens)
)
FROM (VALUES ('1.000001'), ('-0.000001'), ('NaN')) AS example (tokens);

-- Tokens

SELECT results_eq(
    $$SELECT is_taken, round(tokens_left), retry_after_seconds FROM take_tokens('b')$$,
    $$VALUES (true, 9::numeric, 0::numeric)$$,
    'one token is taken'
);
SELECT results_eq(
    $$SELECT is_taken, round(tokens_left) FROM take_tokens('b', 9)$$,
    $$VALUES (true, 0::numeric)$$,
    'as many are taken as there are'
);
SELECT results_eq(
    $$SELECT is_taken, round(tokens_left), round(retry_after_seconds, -6)
      FROM take_tokens('b', 2)$$,
    $$VALUES (false, 0::numeric, 2000000::numeric)$$,
    'more than there are is not taken, nor a part of it; it is told when to try again'
);
SELECT is_empty(
    $$SELECT FROM take_tokens('none')$$, 'of a bucket that is not there comes no answer'
);
SELECT tests.violates(
    format('SELECT take_tokens(%L, %s)', 'b', count),
    'rate_limits_taken_within_capacity', format('%s tokens are not taken', count)
)
FROM (VALUES ('0'), ('-1'), ('11'), ('2147483647'), ('NULL')) AS example (count);

UPDATE rate_limits SET refilled_at = refilled_at - interval '1500000.5 seconds' WHERE bucket = 'b';
SELECT is(
    (SELECT round(tokens_left, 4) FROM take_tokens('b')), 0.5000,
    'tokens come back in the course of time, and parts of them'
);
UPDATE rate_limits SET refilled_at = refilled_at - interval '1 year' WHERE bucket = 'b';
SELECT is(
    (SELECT round(tokens_left, 4) FROM take_tokens('b')), 9.0000,
    'no more comes back than there is room for'
);

-- A clock that was ahead, and was put back
UPDATE rate_limits SET tokens = 0.25, refilled_at = clock_timestamp() + interval '1 year'
WHERE bucket = 'b';
SELECT results_eq(
    $$SELECT is_taken, round(tokens_left, 4) FROM take_tokens('b')$$,
    $$VALUES (false, 0.2500)$$,
    'a clock that goes back brings nothing, and takes nothing away'
);
SELECT is(
    (SELECT refilled_at <= clock_timestamp() FROM rate_limits WHERE bucket = 'b'), true,
    'and what comes back is counted from there on'
);
SELECT is(
    available_tokens(10, 1, 3, '2020-01-01 00:00:05 UTC', '2020-01-01 00:00:07.5 UTC'), 5.5,
    'what comes back is the time that has passed by the rate'
);

-- Effects

SELECT results_eq(
    $$UPDATE rate_limits SET refill_per_second = 1000000 WHERE bucket = 'b'
      RETURNING round(tokens, 4)$$,
    $$VALUES (0.2500)$$,
    'another rate counts from the moment that it is set'
);
SELECT tests.a_rate_limit('c', 10, 0.000001);
SELECT results_eq(
    $$UPDATE rate_limits SET capacity = 4 WHERE bucket = 'c' RETURNING tokens$$,
    $$VALUES (4::numeric)$$,
    'a smaller bucket holds what it has room for'
);
UPDATE rate_limits SET capacity = 5, updated_at = '2020-02-02 02:02 UTC' WHERE bucket = 'c';
SELECT count(*) FROM take_tokens('c');
SELECT is(
    (SELECT clock_timestamp() - updated_at < '1 minute' FROM rate_limits WHERE bucket = 'c'), true,
    'every update of a bucket sets updated_at'
);
SELECT results_eq(
    $$SELECT action::text, new_values -> 'capacity', new_values ? 'tokens' FROM audit_log
      WHERE entity_type = 'rate_limits' AND entity_id = 'c' ORDER BY id$$,
    $$VALUES ('insert', '10'::jsonb, false), ('update', '4', false), ('update', '5', false)$$,
    'changes of a limit are recorded, and what is taken is not'
);

SELECT * FROM finish();
ROLLBACK;
