-- Window functions and their frames.

-- name: list_frames(stay_id, before)
SELECT
    m.id,
    row_number() OVER by_time AS place,
    percent_rank() OVER by_time AS percentage,
    ntile(4) OVER by_time AS quarter,
    lag(m.taken_at) OVER by_time AS previous_at,
    lag(m.taken_at, 1, m.taken_at) OVER by_time AS previous_or_own_at,
    lag(m.taken_at, 1, NULL) OVER by_time AS previous_or_null_at,
    lead(m.value, 1, 0) OVER by_time AS next_value,
    lead(m.kind, 0) OVER by_time AS own_kind,
    first_value(m.taken_at) OVER by_time AS first_at,
    first_value(m.value) OVER by_time AS first_value,
    nth_value(m.taken_at, 1) OVER by_time AS also_first_at,
    nth_value(m.taken_at, 2) OVER by_time AS second_at,
    max(m.taken_at) OVER (ORDER BY m.taken_at ROWS :before PRECEDING) AS running_at,
    last_value(m.taken_at)
        OVER (ORDER BY m.taken_at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS final_at,
    last_value(m.taken_at)
        OVER (ORDER BY m.taken_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_at,
    last_value(m.taken_at)
        OVER (ORDER BY m.taken_at ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW)
        AS neighbour_at,
    max(m.taken_at)
        OVER (ORDER BY m.taken_at RANGE BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE TIES)
        AS untied_at,
    max(m.taken_at)
        OVER (ORDER BY m.taken_at GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP)
        AS other_at,
    max(m.taken_at) OVER (ORDER BY m.taken_at GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
        AS group_at,
    max(m.taken_at) OVER (ORDER BY m.taken_at GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)
        AS later_at,
    max(m.taken_at)
        OVER (ORDER BY m.taken_at RANGE BETWEEN '1 hour' PRECEDING AND '1 hour' FOLLOWING)
        AS around_at,
    max(m.taken_at)
        OVER (ORDER BY m.taken_at RANGE BETWEEN '1 hour' PRECEDING AND '1 minute' PRECEDING)
        AS hour_ago_at,
    count(*) FILTER (WHERE m.value > 100) OVER by_time AS high_count,
    max(m.taken_at) FILTER (WHERE m.value > 100) OVER by_time AS high_at,
    sum(m.value) OVER (PARTITION BY m.kind) AS kind_total,
    array_agg(m.value) OVER (PARTITION BY m.kind) AS kind_values,
    string_agg(m.unit, ',') OVER () AS units
FROM measurements AS m
WHERE m.stay_id = :stay_id
WINDOW by_time AS (ORDER BY m.taken_at);

-- name: list_kind_windows()
SELECT
    m.kind,
    count(*) AS total,
    sum(count(*)) OVER (ORDER BY m.kind) AS running_total,
    lag(count(*)) OVER (ORDER BY m.kind) AS previous_total,
    lag(count(*), 1, 0) OVER (ORDER BY m.kind) AS previous_total_or_zero,
    max(max(m.value)) OVER (PARTITION BY m.kind) AS highest_value,
    max(max(m.taken_at)) OVER () AS newest_at,
    rank() OVER (ORDER BY avg(m.value) DESC) AS standing,
    first_value(min(m.taken_at)) OVER (PARTITION BY m.kind ORDER BY count(*)) AS oldest_at,
    count(*)::numeric / sum(count(*)) OVER () AS portion,
    count(*) FILTER (WHERE m.value > 1) * 100.0 / count(*) AS high_portion
FROM measurements AS m
GROUP BY m.kind;

-- name: list_longest_pauses(pause)
SELECT
    g.id,
    g.previous_at,
    g.taken_at - g.previous_at AS pause,
    g.previous_value,
    g.next_at,
    coalesce(g.next_at, g.taken_at) AS until
FROM (
    SELECT
        m.id, m.taken_at,
        lag(m.taken_at) OVER w AS previous_at,
        lag(m.value) OVER w AS previous_value,
        lead(m.taken_at) OVER w AS next_at,
        row_number() OVER (PARTITION BY m.stay_id ORDER BY m.taken_at DESC) AS place
    FROM measurements AS m
    WINDOW w AS (PARTITION BY m.stay_id, m.kind ORDER BY m.taken_at)
) AS g
WHERE g.taken_at - g.previous_at > :pause AND g.place <= 3;
