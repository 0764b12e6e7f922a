-- What tasks are found by.

-- name: search_tasks(words, project_id, status, page_size, page_start)
-- Search tasks that are not deleted, nor is their project, by what a person types.
-- Words, "phrases", or, -without; the last word may be a beginning. The best come first: a word in
-- the title counts more than one in the description, and that more than one in the details.
-- Of one project, or of all when None; of one status, or of any. Where no task has the words, those
-- come whose ref and title are spelled like them, with is_guess; for that, every title of the
-- project is looked at. A snippet is plain text, with what was found between **. page_size is the
-- number of tasks at most (20 when None), page_start the number to pass over. Reads the whole of
-- tasks and task_words: for a guess without a project, and for a word that most tasks have.
-- returns: *!
SELECT task_id, project_id, ref, title, type, status, priority, rank, is_guess, snippet
FROM search_tasks(
    :words, :project_id, :status, coalesce(:page_size::bigint, 20),
    coalesce(:page_start::bigint, 0)
)
ORDER BY rank DESC, priority DESC, task_id;
