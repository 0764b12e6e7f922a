-- One row is what a task is found by: its words, weighted. Triggers of tasks and task_details write
-- it, each its own part, so that whoever changes the one undoes nothing of the other; it ends with
-- its task. It is apart from both: a claim would rewrite an index of tasks, and not every task has
-- details.

CREATE TABLE task_words (
    task_id     uuid      NOT NULL,
    title_words tsvector  NOT NULL,
    text_words  tsvector  NOT NULL DEFAULT '',
    words       tsvector  GENERATED ALWAYS AS (title_words || text_words) STORED,

    CONSTRAINT task_words_pkey PRIMARY KEY (task_id),
    CONSTRAINT task_words_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE CASCADE
);

-- search_tasks.
CREATE INDEX task_words_words_idx ON task_words USING gin (words);

COMMENT ON TABLE task_words IS
    'What tasks are found by: title before description before details. Not audited: it follows from tasks and task_details.';
COMMENT ON COLUMN task_words.title_words IS
    'Ref and title, of weight A; as they are spelled, too, so that the beginning of a word finds it.';
COMMENT ON COLUMN task_words.text_words IS
    'Description, of weight B and as it is spelled, too; details, of weight C. In English.';
COMMENT ON COLUMN task_words.words IS 'Both: what search_query is asked of.';

COMMENT ON CONSTRAINT task_words_task_id_fkey ON task_words IS 'Words end with their task.';

CREATE FUNCTION words_of_title(_ref text, _title text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(
        to_tsvector('simple', _ref || ' ' || _title) || to_tsvector('english', _title), 'A'
    );

COMMENT ON FUNCTION words_of_title(text, text) IS 'The words by which a ref and a title are found.';

CREATE FUNCTION words_of_text(_description text, _details text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN setweight(
        to_tsvector('english', left(coalesce(_description, ''), 50000))
        || to_tsvector('simple', left(coalesce(_description, ''), 10000)), 'B'
    ) || setweight(to_tsvector('english', left(coalesce(_details, ''), 50000)), 'C');

COMMENT ON FUNCTION words_of_text(text, text) IS
    'The words by which a description and details are found; of a long text those of its beginning.';

CREATE FUNCTION tasks_keep_words() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    INSERT INTO task_words (task_id, title_words)
    VALUES (NEW.id, words_of_title(NEW.ref, NEW.title))
    ON CONFLICT (task_id) DO UPDATE SET title_words = EXCLUDED.title_words
    WHERE task_words.title_words <> EXCLUDED.title_words;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION tasks_keep_words() IS 'Trigger function: keeps the words of a ref and a title.';

CREATE TRIGGER tasks_keep_words
    AFTER INSERT OR UPDATE OF ref, title ON tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_keep_words();

COMMENT ON TRIGGER tasks_keep_words ON tasks IS 'A task is found by its ref and title.';

CREATE FUNCTION task_details_keep_words() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _text_words tsvector := words_of_text(NEW.description, NEW.details);
BEGIN
    UPDATE task_words SET text_words = _text_words
    WHERE task_id = coalesce(NEW.task_id, OLD.task_id) AND text_words <> _text_words;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION task_details_keep_words() IS
    'Trigger function: keeps the words of a description and details.';

CREATE TRIGGER task_details_keep_words
    AFTER INSERT OR UPDATE OF description, details OR DELETE ON task_details
    FOR EACH ROW EXECUTE FUNCTION task_details_keep_words();

COMMENT ON TRIGGER task_details_keep_words ON task_details IS 'A task is found by its text.';
