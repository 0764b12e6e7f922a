-- Pull requests: changes of code that agents and people offer.

-- name: add_pull_request_comment(pull_request_id, comment)^
-- Add a review comment, an object with author, body, path, line and what else there is.
-- It comes last; one of the same id goes, unless that is null. None when there is no such pull
-- request. Refused by pull_requests_review_comments_is_array_of_objects,
-- pull_requests_review_comments_have_known_keys_well_typed and
-- pull_requests_review_comments_up_to_1_mb.
UPDATE pull_requests
SET review_comments = (
        SELECT coalesce(jsonb_agg(element.comment ORDER BY element.place), '[]')
        FROM jsonb_array_elements(review_comments) WITH ORDINALITY AS element (comment, place)
        WHERE (element.comment -> 'id' = nullif(:comment::jsonb -> 'id', 'null')) IS NOT TRUE
    ) || jsonb_build_array(:comment::jsonb)
WHERE id = :pull_request_id
RETURNING id, repository, number, review_comments;

-- name: create_pull_request(project_id, repository, number, title, branch, base_branch, task_id, execution_id, url, description, commit_sha, author, metadata, status)^
-- Create a pull request, open when status is None.
-- base_branch is the project's default branch when None. The task is that of the attempt when
-- task_id is None.
-- Refused by pull_requests_one_per_repository_and_number when there is one of that number, by
-- pull_requests_task_is_of_the_project, by pull_requests_attempt_is_at_the_task, and by the rules
-- of the columns.
-- batch
INSERT INTO pull_requests (
    project_id, task_id, execution_id, repository, number, title, branch, base_branch, url,
    description, commit_sha, author, metadata, status
)
VALUES (
    :project_id,
    coalesce(:task_id, (SELECT task_id FROM task_executions WHERE id = :execution_id)),
    :execution_id, :repository, :number, :title, :branch,
    coalesce(:base_branch, (SELECT default_branch FROM projects WHERE id = :project_id), 'main'),
    :url, :description, :commit_sha, :author, coalesce(:metadata::jsonb, '{}'),
    coalesce(:status, 'open'::pull_request_status)
)
RETURNING id, project_id, task_id, execution_id, repository, number, title, branch, base_branch,
    url, description, commit_sha, author, review_comments, metadata, status, opened_at, merged_at,
    closed_at, host_updated_at, created_at, updated_at, deleted_at;

-- name: delete_pull_request(pull_request_id)!
-- Leave a pull request out of lists. 0 when it is left out already, or when there is none.
-- A report of the host does not bring it back.
UPDATE pull_requests
SET deleted_at = clock_timestamp()
WHERE id = :pull_request_id AND deleted_at IS NULL;

-- name: erase_pull_request(pull_request_id)!
-- Erase a deleted pull request for good, with its validations. 0 when it is not deleted.
DELETE FROM pull_requests
WHERE id = :pull_request_id AND deleted_at IS NOT NULL;

-- name: get_pull_request(pull_request_id)^
-- Get a pull request, a deleted one too. None when there is no such pull request.
SELECT id, project_id, task_id, execution_id, repository, number, title, branch, base_branch,
    url, description, commit_sha, author, review_comments, metadata, status, opened_at, merged_at,
    closed_at, host_updated_at, created_at, updated_at, deleted_at
FROM pull_requests
WHERE id = :pull_request_id;

-- name: get_pull_request_by_number(repository, number)^
-- Get a pull request of a repository by its number. None when there is none, or it is deleted.
SELECT id, project_id, task_id, execution_id, repository, number, title, branch, base_branch,
    url, description, commit_sha, author, review_comments, metadata, status, opened_at, merged_at,
    closed_at, host_updated_at, created_at, updated_at, deleted_at
FROM pull_requests
WHERE lower(repository) = lower(:repository) AND number = :number AND deleted_at IS NULL;

-- name: list_pull_requests(project_id, task_id, status, repository, author, created_after, order_by, is_descending, page_size, page_start)
-- List pull requests, the oldest first.
-- Criteria that are None leave out nothing. order_by is created_at when None; page_size is the
-- number of pull requests at most (100 when None), page_start the number to pass over.
SELECT id, project_id, task_id, execution_id, repository, number, title, branch, base_branch,
    url, description, commit_sha, author, review_comments, metadata, status, opened_at, merged_at,
    closed_at, host_updated_at, created_at, updated_at, deleted_at
FROM pull_requests
WHERE deleted_at IS NULL
    AND (:project_id::uuid IS NULL OR project_id = :project_id)
    AND (:task_id::uuid IS NULL OR task_id = :task_id)
    AND (:status::pull_request_status IS NULL OR status = :status)
    AND (:repository::text IS NULL OR lower(repository) = lower(:repository))
    AND (:author::text IS NULL OR author = :author)
    AND (:created_after::timestamptz IS NULL OR created_at > :created_after)
ORDER BY
    CASE WHEN NOT coalesce(:is_descending, false) THEN
        CASE coalesce(:order_by, 'created_at'::pull_request_order)
            WHEN 'created_at' THEN created_at
            WHEN 'updated_at' THEN updated_at
        END
    END,
    CASE WHEN :is_descending THEN
        CASE coalesce(:order_by, 'created_at'::pull_request_order)
            WHEN 'created_at' THEN created_at
            WHEN 'updated_at' THEN updated_at
        END
    END DESC,
    CASE WHEN :order_by = 'number' THEN
        CASE WHEN :is_descending THEN -number ELSE number END
    END,
    CASE WHEN :order_by = 'title' AND NOT coalesce(:is_descending, false) THEN title END,
    CASE WHEN :order_by = 'title' AND :is_descending THEN title END DESC,
    CASE WHEN :order_by = 'status' AND NOT coalesce(:is_descending, false) THEN status END,
    CASE WHEN :order_by = 'status' AND :is_descending THEN status END DESC,
    id
LIMIT coalesce(:page_size::bigint, 100) OFFSET coalesce(:page_start::bigint, 0);

-- name: record_pull_request(project_id, repository, number, title, branch, base_branch, status, host_updated_at, url, description, commit_sha, author, task_id)^
-- Record what the host of the code reports of a pull request: create it, or bring it up to date.
-- host_updated_at is when the host says it last changed. Reports may come twice and in any order:
-- None when a newer one is known. What is None keeps its value; a new pull request is open. A pull
-- request that is known stays in its project. The status may go several moves at once.
-- Refused by pull_requests_status_follows_transitions when no moves lead to that status, as from
-- merged, by pull_requests_task_is_of_the_project, and by the rules of the columns.
-- batch
INSERT INTO pull_requests AS pull_request (
    project_id, task_id, repository, number, title, branch, base_branch, url, description,
    commit_sha, author, status, host_updated_at
)
VALUES (
    :project_id, :task_id, :repository, :number, :title, :branch, :base_branch, :url, :description,
    :commit_sha, :author, coalesce(:status, 'open'::pull_request_status),
    :host_updated_at::timestamptz
)
ON CONFLICT (lower(repository), number) DO UPDATE SET
    task_id = coalesce(:task_id, pull_request.task_id),
    title = EXCLUDED.title,
    branch = EXCLUDED.branch,
    base_branch = EXCLUDED.base_branch,
    url = coalesce(:url, pull_request.url),
    description = coalesce(:description, pull_request.description),
    commit_sha = coalesce(:commit_sha, pull_request.commit_sha),
    author = coalesce(:author, pull_request.author),
    status = coalesce(:status, pull_request.status),
    host_updated_at = EXCLUDED.host_updated_at
WHERE pull_request.host_updated_at IS NULL
    OR pull_request.host_updated_at < EXCLUDED.host_updated_at
    -- The host's clock counts seconds. Of two reports of one second, the one that can follow the
    -- other is the later one.
    OR (
        pull_request.host_updated_at = EXCLUDED.host_updated_at
        AND (
            pull_request.status = coalesce(:status, pull_request.status)
            OR EXISTS (
                SELECT FROM pull_request_status_transitions
                WHERE from_status = pull_request.status AND to_status = :status
            )
        )
    )
RETURNING id, project_id, task_id, execution_id, repository, number, title, branch, base_branch,
    url, description, commit_sha, author, review_comments, metadata, status, opened_at, merged_at,
    closed_at, host_updated_at, created_at, updated_at, deleted_at;

-- name: restore_pull_request(pull_request_id)^
-- Bring a deleted pull request back. None when it is not deleted, or when there is none.
UPDATE pull_requests
SET deleted_at = NULL
WHERE id = :pull_request_id AND deleted_at IS NOT NULL
RETURNING id, repository, number, title, status, deleted_at;

-- name: set_pull_request_status(pull_request_id, status)^
-- Move a pull request to another status. None when there is no such pull request.
-- Refused by pull_requests_status_follows_transitions.
UPDATE pull_requests
SET status = :status
WHERE id = :pull_request_id
RETURNING id, repository, number, status, opened_at, merged_at, closed_at, updated_at;

-- name: update_pull_request(pull_request_id, title, branch, base_branch, task_id, execution_id, url, description, commit_sha, author, metadata, cleared)^
-- Change a pull request. What is None keeps its value; cleared names what is to be without one.
-- None when there is no such pull request. Refused by pull_requests_task_is_of_the_project, by
-- pull_requests_attempt_is_at_the_task, and by the rules of the columns.
-- batch
UPDATE pull_requests
SET title = coalesce(:title, title),
    branch = coalesce(:branch, branch),
    base_branch = coalesce(:base_branch, base_branch),
    task_id = CASE WHEN NOT 'task_id' = ANY (given.cleared)
        THEN coalesce(:task_id, task_id) END,
    execution_id = CASE WHEN NOT 'execution_id' = ANY (given.cleared)
        THEN coalesce(:execution_id, execution_id) END,
    url = CASE WHEN NOT 'url' = ANY (given.cleared) THEN coalesce(:url, url) END,
    description = CASE WHEN NOT 'description' = ANY (given.cleared)
        THEN coalesce(:description, description) END,
    commit_sha = CASE WHEN NOT 'commit_sha' = ANY (given.cleared)
        THEN coalesce(:commit_sha, commit_sha) END,
    author = CASE WHEN NOT 'author' = ANY (given.cleared) THEN coalesce(:author, author) END,
    metadata = coalesce(:metadata::jsonb, metadata)
FROM coalesce(:cleared::pull_request_optional_column[], '{}') AS given (cleared)
WHERE id = :pull_request_id
RETURNING id, project_id, task_id, execution_id, repository, number, title, branch, base_branch,
    url, description, commit_sha, author, review_comments, metadata, status, opened_at, merged_at,
    closed_at, host_updated_at, created_at, updated_at, deleted_at;
