-- One row is a pull request: a change of code that an agent or a person offers. Whoever opens it,
-- or a webhook of the host of the code, creates it. It survives its task and ends with its project.

CREATE TYPE pull_request_order AS ENUM ('created_at', 'updated_at', 'number', 'title', 'status');

COMMENT ON TYPE pull_request_order IS 'What a list of pull requests may be ordered by.';

CREATE TYPE pull_request_optional_column AS ENUM (
    'task_id', 'execution_id', 'url', 'description', 'commit_sha', 'author'
);

COMMENT ON TYPE pull_request_optional_column IS 'What a pull request may be without.';

CREATE TABLE pull_requests (
    id              uuid                 NOT NULL DEFAULT uuid_v7(),
    project_id      uuid                 NOT NULL,
    task_id         uuid,
    execution_id    bigint,
    repository      text                 NOT NULL,
    number          integer              NOT NULL,
    title           text                 NOT NULL,
    branch          text                 NOT NULL,
    base_branch     text                 NOT NULL DEFAULT 'main',
    url             text,
    description     text,
    commit_sha      text,
    author          text,
    review_comments jsonb                NOT NULL DEFAULT '[]',
    metadata        jsonb                NOT NULL DEFAULT '{}',
    status          pull_request_status  NOT NULL DEFAULT 'open',
    opened_at       timestamptz,
    merged_at       timestamptz,
    closed_at       timestamptz,
    host_updated_at timestamptz,
    created_at      timestamptz          NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz          NOT NULL DEFAULT clock_timestamp(),
    deleted_at      timestamptz,

    CONSTRAINT pull_requests_pkey PRIMARY KEY (id),
    CONSTRAINT pull_requests_project_id_fkey
        FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE,
    CONSTRAINT pull_requests_task_id_fkey
        FOREIGN KEY (task_id) REFERENCES tasks (id) ON DELETE SET NULL,
    CONSTRAINT pull_requests_execution_id_fkey
        FOREIGN KEY (execution_id) REFERENCES task_executions (id) ON DELETE SET NULL,
    CONSTRAINT pull_requests_repository_is_owner_and_name
        CHECK (repository ~ '^[\w.-]+(/[\w.-]+)+$' AND length(repository) <= 200),
    CONSTRAINT pull_requests_number_positive CHECK (number > 0),
    CONSTRAINT pull_requests_title_has_1_to_500_characters
        CHECK (title ~ '\S' AND length(title) <= 500),
    CONSTRAINT pull_requests_branch_is_a_branch
        CHECK (branch ~ '^[^\s~^:?*\[\\]+$' AND length(branch) <= 255),
    CONSTRAINT pull_requests_base_branch_is_a_branch
        CHECK (base_branch ~ '^[^\s~^:?*\[\\]+$' AND length(base_branch) <= 255),
    CONSTRAINT pull_requests_url_is_http_url
        CHECK (url ~ '^https?://[^\s@]+$' AND length(url) <= 2000),
    CONSTRAINT pull_requests_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT pull_requests_commit_sha_is_a_commit CHECK (commit_sha ~ '^[0-9a-f]{7,64}$'),
    CONSTRAINT pull_requests_author_has_1_to_200_characters
        CHECK (author ~ '\S' AND length(author) <= 200),
    CONSTRAINT pull_requests_review_comments_is_array_of_objects
        CHECK (
            jsonb_typeof(review_comments) = 'array'
            AND NOT jsonb_path_exists(review_comments, 'strict $[*] ? (@.type() <> "object")')
        ),
    CONSTRAINT pull_requests_review_comments_have_known_keys_well_typed
        CHECK (NOT jsonb_path_exists(
            review_comments,
            'strict $[*] ? (
                (@.author.type() <> "string" && @.author.type() <> "null")
                || (@.body.type() <> "string" && @.body.type() <> "null")
                || (@.path.type() <> "string" && @.path.type() <> "null")
                || (@.line.type() <> "number" && @.line.type() <> "null")
            )',
            silent => true
        )),
    CONSTRAINT pull_requests_review_comments_up_to_1_mb
        CHECK (octet_length(review_comments::text) <= 1048576),
    CONSTRAINT pull_requests_metadata_is_object CHECK (jsonb_typeof(metadata) = 'object')
);

-- A webhook names a pull request by repository and number; hosts do not tell cases apart.
CREATE UNIQUE INDEX pull_requests_one_per_repository_and_number
    ON pull_requests (lower(repository), number);

-- pull_requests_project_id_fkey, and the pull requests of a project by status.
CREATE INDEX pull_requests_project_id_status_idx ON pull_requests (project_id, status);

-- pull_requests_task_id_fkey, and the pull requests of a task.
CREATE INDEX pull_requests_task_id_idx ON pull_requests (task_id) WHERE task_id IS NOT NULL;

-- pull_requests_execution_id_fkey.
CREATE INDEX pull_requests_execution_id_idx ON pull_requests (execution_id)
    WHERE execution_id IS NOT NULL;

COMMENT ON TABLE pull_requests IS 'Changes of code that agents and people offer.';
COMMENT ON COLUMN pull_requests.task_id IS 'The task that it is a result of; null when that is gone.';
COMMENT ON COLUMN pull_requests.execution_id IS 'The attempt that opened it; null when that is gone.';
COMMENT ON COLUMN pull_requests.repository IS 'Owner and name, as in octo/app; groups within groups may come before.';
COMMENT ON COLUMN pull_requests.branch IS 'The branch that is to be merged.';
COMMENT ON COLUMN pull_requests.base_branch IS 'The branch that it is to be merged into.';
COMMENT ON COLUMN pull_requests.commit_sha IS 'The latest commit of the branch: 7 to 64 hexadecimal digits.';
COMMENT ON COLUMN pull_requests.author IS 'Who opened it, as the host calls them.';
COMMENT ON COLUMN pull_requests.review_comments IS
    'Array of objects: id, author, body, path, line and what else the host says.';
COMMENT ON COLUMN pull_requests.metadata IS 'Object of what else is known; unknown keys are kept.';
COMMENT ON COLUMN pull_requests.opened_at IS
    'When it first was more than a draft. Set by the database.';
COMMENT ON COLUMN pull_requests.merged_at IS 'When it was merged. Set by the database.';
COMMENT ON COLUMN pull_requests.closed_at IS
    'When it was merged or closed; cleared when it is reopened. Set by the database.';
COMMENT ON COLUMN pull_requests.host_updated_at IS
    'How new the latest report of the host is, by the host''s clock; null while the host has said nothing.';
COMMENT ON COLUMN pull_requests.deleted_at IS
    'Since when it is left out of lists; a report of the host does not bring it back.';

COMMENT ON CONSTRAINT pull_requests_project_id_fkey ON pull_requests IS
    'A pull request ends with its project.';
COMMENT ON CONSTRAINT pull_requests_task_id_fkey ON pull_requests IS
    'A pull request survives its task.';
COMMENT ON CONSTRAINT pull_requests_execution_id_fkey ON pull_requests IS
    'A pull request survives the attempt that opened it.';
COMMENT ON CONSTRAINT pull_requests_repository_is_owner_and_name ON pull_requests IS
    'A repository is named by owner and name with a slash between, in at most 200 characters.';
COMMENT ON CONSTRAINT pull_requests_number_positive ON pull_requests IS
    'Pull requests are numbered from 1.';
COMMENT ON CONSTRAINT pull_requests_title_has_1_to_500_characters ON pull_requests IS
    'A title has 1 to 500 characters and is not blank.';
COMMENT ON CONSTRAINT pull_requests_branch_is_a_branch ON pull_requests IS
    'A branch name has at most 255 characters, no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT pull_requests_base_branch_is_a_branch ON pull_requests IS
    'A branch name has at most 255 characters, no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT pull_requests_url_is_http_url ON pull_requests IS
    'An address begins with http:// or https:// and carries no password.';
COMMENT ON CONSTRAINT pull_requests_description_up_to_1_mb ON pull_requests IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT pull_requests_commit_sha_is_a_commit ON pull_requests IS
    'A commit is named by 7 to 64 hexadecimal digits in lower case.';
COMMENT ON CONSTRAINT pull_requests_author_has_1_to_200_characters ON pull_requests IS
    'An author''s name has 1 to 200 characters and is not blank.';
COMMENT ON CONSTRAINT pull_requests_review_comments_is_array_of_objects ON pull_requests IS
    'Review comments are a JSON array of objects.';
COMMENT ON CONSTRAINT pull_requests_review_comments_have_known_keys_well_typed ON pull_requests IS
    'Author, body and path of a comment are texts and its line is a number, where they are not null.';
COMMENT ON CONSTRAINT pull_requests_review_comments_up_to_1_mb ON pull_requests IS
    'Review comments have at most 1048576 bytes.';
COMMENT ON CONSTRAINT pull_requests_metadata_is_object ON pull_requests IS
    'Metadata are a JSON object.';
COMMENT ON INDEX pull_requests_one_per_repository_and_number IS
    'A pull request of a repository is one row, a deleted one too.';

CREATE FUNCTION pull_requests_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    -- What the host reports happened when the host says so.
    _moment timestamptz := coalesce(NEW.host_updated_at, clock_timestamp());
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.host_updated_at IS NOT DISTINCT FROM OLD.host_updated_at THEN
            _moment := clock_timestamp();
        END IF;
        NEW.opened_at := OLD.opened_at;
        NEW.merged_at := OLD.merged_at;
        NEW.closed_at := OLD.closed_at;
    END IF;
    IF NEW.status <> 'draft' THEN
        NEW.opened_at := coalesce(NEW.opened_at, _moment);
    ELSIF TG_OP = 'INSERT' THEN
        NEW.opened_at := NULL;
    END IF;
    NEW.merged_at := CASE WHEN NEW.status = 'merged' THEN coalesce(NEW.merged_at, _moment) END;
    NEW.closed_at := CASE
        WHEN NEW.status IN ('merged', 'closed') THEN coalesce(NEW.closed_at, NEW.merged_at, _moment)
    END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION pull_requests_set_moments() IS
    'Trigger function: the moments of a pull request follow its status.';

CREATE TRIGGER pull_requests_set_moments
    BEFORE INSERT OR UPDATE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION pull_requests_set_moments();

COMMENT ON TRIGGER pull_requests_set_moments ON pull_requests IS
    'opened_at, merged_at and closed_at follow the status.';

CREATE FUNCTION pull_requests_status_follows_transitions() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- A move that is listed or struck off meanwhile may be judged either way: no lock is needed.
    IF NOT EXISTS (
        WITH RECURSIVE reached AS (
            SELECT to_status FROM pull_request_status_transitions WHERE from_status = OLD.status
            UNION
            SELECT further.to_status
            FROM reached
            JOIN pull_request_status_transitions AS further
                ON further.from_status = reached.to_status
            -- The host tells what has happened, and some of its reports get lost: what it says
            -- last may be several moves away.
            WHERE NEW.host_updated_at IS DISTINCT FROM OLD.host_updated_at
        )
        SELECT FROM reached WHERE to_status = NEW.status
    ) THEN
        PERFORM refuse(
            'pull_requests', 'pull_requests_status_follows_transitions',
            format(
                'pull request %s of %s cannot go from %s to %s',
                NEW.number, NEW.repository, OLD.status, NEW.status
            ),
            (
                SELECT format(
                    'From %s a pull request can go to %s.',
                    OLD.status,
                    coalesce(string_agg(to_status::text, ', ' ORDER BY to_status), 'nothing else')
                )
                FROM pull_request_status_transitions
                WHERE from_status = OLD.status
            ),
            'Go by one of the statuses listed, or add the move to pull_request_status_transitions.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION pull_requests_status_follows_transitions() IS
    'Trigger function: refuses a move that is not listed; a report of the host may go several moves at once.';

CREATE TRIGGER pull_requests_status_follows_transitions
    AFTER UPDATE OF status ON pull_requests
    FOR EACH ROW WHEN (OLD.status <> NEW.status)
    EXECUTE FUNCTION pull_requests_status_follows_transitions();

COMMENT ON TRIGGER pull_requests_status_follows_transitions ON pull_requests IS
    'A pull request moves only along the rows of pull_request_status_transitions.';

CREATE FUNCTION pull_requests_task_is_of_the_project() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- No lock is needed: a task stays in its project.
    IF EXISTS (SELECT FROM tasks WHERE id = NEW.task_id AND project_id <> NEW.project_id) THEN
        PERFORM refuse(
            'pull_requests', 'pull_requests_task_is_of_the_project',
            format(
                'pull request %s of %s would be the result of a task of another project',
                NEW.number, NEW.repository
            ),
            NULL,
            'Name a task of the same project, or none.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION pull_requests_task_is_of_the_project() IS
    'Trigger function: refuses a task of another project.';

CREATE TRIGGER pull_requests_task_is_of_the_project
    AFTER INSERT OR UPDATE OF project_id, task_id ON pull_requests
    FOR EACH ROW WHEN (NEW.task_id IS NOT NULL)
    EXECUTE FUNCTION pull_requests_task_is_of_the_project();

COMMENT ON TRIGGER pull_requests_task_is_of_the_project ON pull_requests IS
    'A pull request and its task are in one project.';

CREATE FUNCTION pull_requests_attempt_is_at_the_task() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
BEGIN
    -- No lock is needed: an attempt is at one task for good.
    IF EXISTS (
        SELECT FROM task_executions WHERE id = NEW.execution_id AND task_id <> NEW.task_id
    ) THEN
        PERFORM refuse(
            'pull_requests', 'pull_requests_attempt_is_at_the_task',
            format(
                'pull request %s of %s would come from an attempt at another task',
                NEW.number, NEW.repository
            ),
            NULL,
            'Name an attempt at the task of the pull request, or none.'
        );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION pull_requests_attempt_is_at_the_task() IS
    'Trigger function: refuses an attempt at another task.';

CREATE TRIGGER pull_requests_attempt_is_at_the_task
    AFTER INSERT OR UPDATE OF task_id, execution_id ON pull_requests
    FOR EACH ROW WHEN (NEW.execution_id IS NOT NULL)
    EXECUTE FUNCTION pull_requests_attempt_is_at_the_task();

COMMENT ON TRIGGER pull_requests_attempt_is_at_the_task ON pull_requests IS
    'A pull request comes from an attempt at its own task.';

CREATE TRIGGER pull_requests_touch_updated_at
    BEFORE UPDATE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER pull_requests_touch_updated_at ON pull_requests IS 'Every update sets updated_at.';

CREATE TRIGGER pull_requests_record_change
    AFTER INSERT OR UPDATE OR DELETE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION record_change('pull_requests', 'id');

COMMENT ON TRIGGER pull_requests_record_change ON pull_requests IS 'Every change is recorded in audit_log.';

CREATE TRIGGER pull_requests_forget_external_references
    AFTER DELETE ON pull_requests
    FOR EACH ROW EXECUTE FUNCTION forget_external_references('pull_requests');

COMMENT ON TRIGGER pull_requests_forget_external_references ON pull_requests IS
    'What it is called in foreign systems is forgotten with it.';

CREATE TRIGGER pull_requests_not_truncated
    AFTER TRUNCATE ON pull_requests
    EXECUTE FUNCTION refuse_rewriting('pull_requests', 'pull_requests_not_truncated');

COMMENT ON TRIGGER pull_requests_not_truncated ON pull_requests IS 'A table is emptied row by row, so that each is recorded.';
