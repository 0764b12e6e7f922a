-- Full-text search of tasks.

CREATE FUNCTION search_tasks(
    _words      text,
    _project_id uuid         DEFAULT NULL,
    _status     task_status  DEFAULT NULL,
    _page_size  bigint       DEFAULT 20,
    _page_start bigint       DEFAULT 0
) RETURNS TABLE (
    task_id    uuid,
    project_id uuid,
    ref        text,
    title      text,
    type       text,
    status     task_status,
    priority   smallint,
    rank       double precision,
    is_guess   boolean,
    snippet    text
)
    LANGUAGE plpgsql STABLE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _query    tsquery := search_query(_words);
    _trigrams text[] := trigrams(_words);
BEGIN
    RETURN QUERY
    WITH page AS MATERIALIZED (
        SELECT
            task.id, task.project_id, task.ref, task.title, task.type, task.status, task.priority,
            ts_rank(found.words, _query)::double precision AS rank
        FROM task_words AS found
        JOIN tasks AS task ON task.id = found.task_id
        WHERE found.words @@ _query
            AND task.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM projects AS project
                WHERE project.id = task.project_id AND project.deleted_at IS NOT NULL
            )
            AND (_project_id IS NULL OR task.project_id = _project_id)
            AND (_status IS NULL OR task.status = _status)
        ORDER BY rank DESC, task.priority DESC, task.id
        LIMIT _page_size OFFSET _page_start
    )
    SELECT
        page.id, page.project_id, page.ref::text, page.title::text, page.type::text, page.status,
        page.priority::smallint, page.rank, false,
        search_snippet(concat_ws(E'\n', page.title, detail.description, detail.details), _query)
    FROM page
    LEFT JOIN task_details AS detail ON detail.task_id = page.id
    ORDER BY page.rank DESC, page.priority DESC, page.id;
    IF FOUND OR EXISTS (
        SELECT FROM task_words AS found
        JOIN tasks AS task ON task.id = found.task_id
        WHERE found.words @@ _query
            AND task.deleted_at IS NULL
            AND NOT EXISTS (
                SELECT FROM projects AS project
                WHERE project.id = task.project_id AND project.deleted_at IS NOT NULL
            )
            AND (_project_id IS NULL OR task.project_id = _project_id)
            AND (_status IS NULL OR task.status = _status)
    ) THEN
        RETURN;
    END IF;

    -- Nothing has these words: then what is spelled like them, by ref and title, each of which is
    -- looked at. The measure is that of likeness(), with the trigrams of the words made once.
    RETURN QUERY
    SELECT
        task.id, task.project_id, task.ref::text, task.title::text, task.type::text, task.status,
        task.priority::smallint, alike.rank, true, task.title::text
    FROM task_lists AS list
    JOIN tasks AS task ON task.task_list_id = list.id
    CROSS JOIN LATERAL (
        SELECT '  ' || regexp_replace(
            lower(task.ref || ' ' || task.title), '[^[:alnum:]]+', '  ', 'g'
        ) || ' '
        OFFSET 0
    ) AS known (words)
    CROSS JOIN LATERAL (
        SELECT avg((strpos(known.words, trigram) > 0)::integer)::double precision
        FROM unnest(_trigrams) AS trigram
        OFFSET 0
    ) AS alike (rank)
    WHERE (_project_id IS NULL OR list.project_id = _project_id)
        AND task.deleted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM projects AS project
            WHERE project.id = task.project_id AND project.deleted_at IS NOT NULL
        )
        AND (_status IS NULL OR task.status = _status)
        AND alike.rank >= 0.5
    ORDER BY alike.rank DESC, task.priority DESC, task.id
    LIMIT _page_size OFFSET _page_start;
END
$$;

COMMENT ON FUNCTION search_tasks(text, uuid, task_status, bigint, bigint) IS
    'Finds tasks that are not deleted, nor is their project, by what a person types, the best first; where no task has the words, those whose ref and title are spelled like them.';
