-- Articles: what people and agents should know.

-- name: create_knowledge_article(title, content, category, tags, project_id, metadata, created_by)^
-- Create an article, about one project or about all. created_by is the actor when None.
-- Refused by the rules of the columns, such as knowledge_articles_content_has_1_byte_to_1_mb.
-- batch
INSERT INTO knowledge_articles (
    project_id, title, content, category, tags, metadata, created_by
)
VALUES (
    :project_id, :title, :content, :category, coalesce(:tags::jsonb, '[]'),
    coalesce(:metadata::jsonb, '{}'),
    coalesce(:created_by, nullif(current_setting('taskspine.actor', true), ''), session_user)
)
RETURNING id, project_id, title, content, category, tags, metadata, created_by, created_at,
    updated_at, deleted_at;

-- name: delete_knowledge_article(knowledge_article_id)!
-- Leave an article out of lists and searches. 0 when it is left out already, or when there is none.
UPDATE knowledge_articles
SET deleted_at = clock_timestamp()
WHERE id = :knowledge_article_id AND deleted_at IS NULL;

-- name: erase_knowledge_article(knowledge_article_id)!
-- Erase a deleted article for good. 0 when it is not deleted.
DELETE FROM knowledge_articles
WHERE id = :knowledge_article_id AND deleted_at IS NOT NULL;

-- name: get_knowledge_article(knowledge_article_id)^
-- Get an article, a deleted one too. None when there is no such article.
SELECT id, project_id, title, content, category, tags, metadata, created_by, created_at,
    updated_at, deleted_at
FROM knowledge_articles
WHERE id = :knowledge_article_id;

-- name: list_knowledge_articles(project_id, category, tag, order_by, is_descending, page_size, page_start)
-- List articles without their contents, the oldest first.
-- Criteria that are None leave out nothing. order_by is created_at when None; articles that have
-- nothing to be ordered by come last. page_size is the number of articles at most (100 when None),
-- page_start the number to pass over.
SELECT id, project_id, title, category, tags, created_by, created_at, updated_at
FROM knowledge_articles
WHERE deleted_at IS NULL
    AND (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:category::text IS NULL OR category = :category)
    AND (:tag::text IS NULL OR tags ? :tag)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE coalesce(:order_by, 'created_at'::knowledge_article_order)
            WHEN 'created_at' THEN created_at
            WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE coalesce(:order_by, 'created_at'::knowledge_article_order)
            WHEN 'created_at' THEN created_at
            WHEN 'updated_at' THEN updated_at
        END
    END DESC,
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE :order_by WHEN 'title' THEN title WHEN 'category' THEN category END
    END,
    CASE WHEN :is_descending THEN
        CASE :order_by WHEN 'title' THEN title WHEN 'category' THEN category END
    END DESC NULLS LAST,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: restore_knowledge_article(knowledge_article_id)^
-- Bring a deleted article back. None when it is not deleted, or when there is none.
UPDATE knowledge_articles
SET deleted_at = NULL
WHERE id = :knowledge_article_id AND deleted_at IS NOT NULL
RETURNING id, project_id, title, category, tags, deleted_at;

-- name: search_knowledge_articles(words, project_id, category, page_size, page_start)
-- Search articles for what a person typed: words, "phrases", or, -without; the best first.
-- The last word may be a beginning. Where nothing is found, titles that are spelled like the words
-- are, with has_typo. Articles of a deleted project are never found. project_id and category leave
-- out what differs, when they are not None. page_size is the number of articles at most (20 when
-- None), page_start the number to pass over. A snippet is plain text, with what was found between
-- **.
WITH found AS (
    SELECT article.id, ts_rank_cd(article.search_vector, search_query(:words), 32) AS rank
    FROM knowledge_articles AS article
    WHERE article.search_vector @@ search_query(:words)
        AND article.deleted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM projects AS project
            WHERE project.id = article.project_id AND project.deleted_at IS NOT NULL
        )
        AND (:project_id::uuid IS NULL OR article.project_id = :project_id)
        AND (:category::text IS NULL OR article.category = :category)
), alike AS (
    SELECT article.id, likeness(:words, article.title)::real AS rank
    FROM knowledge_articles AS article
    WHERE NOT EXISTS (SELECT FROM found)
        AND trigrams(article.title) && trigrams(:words)
        AND likeness(:words, article.title) >= 0.5
        AND article.deleted_at IS NULL
        AND NOT EXISTS (
            SELECT FROM projects AS project
            WHERE project.id = article.project_id AND project.deleted_at IS NOT NULL
        )
        AND (:project_id::uuid IS NULL OR article.project_id = :project_id)
        AND (:category::text IS NULL OR article.category = :category)
), page AS (
    SELECT id, rank, false AS has_typo FROM found
    UNION ALL
    SELECT id, rank, true FROM alike
    ORDER BY rank DESC, id
    LIMIT coalesce(:page_size::bigint, 20) OFFSET coalesce(:page_start::bigint, 0)
)
SELECT article.id, article.project_id, article.title, article.category, article.tags,
    search_snippet(article.content, search_query(:words)) AS snippet, page.rank, page.has_typo,
    article.updated_at
FROM page
JOIN knowledge_articles AS article ON article.id = page.id
ORDER BY page.rank DESC, article.id;

-- name: update_knowledge_article(knowledge_article_id, title, content, category, tags, project_id, metadata, cleared)^
-- Change an article. What is None keeps its value; cleared names what is to be without one.
-- None when there is no such article. Refused by the rules of the columns.
-- batch
UPDATE knowledge_articles
SET project_id = CASE WHEN NOT 'project_id' = ANY (given.cleared)
        THEN coalesce(:project_id, project_id) END,
    title = coalesce(:title, title),
    content = coalesce(:content, content),
    category = CASE WHEN NOT 'category' = ANY (given.cleared)
        THEN coalesce(:category, category) END,
    tags = coalesce(:tags::jsonb, tags),
    metadata = coalesce(:metadata::jsonb, metadata)
FROM coalesce(:cleared::knowledge_article_optional_column[], '{}') AS given (cleared)
WHERE id = :knowledge_article_id
RETURNING id, project_id, title, content, category, tags, metadata, created_by, created_at,
    updated_at, deleted_at;
