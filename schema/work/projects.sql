-- One row is a project: the boundary within which tasks depend on each other and agents claim them.
-- A person or an import creates it; it is archived, then deleted, which is taken back, and erased
-- only with everything in it.

CREATE TYPE project_status AS ENUM ('active', 'inactive', 'archived');

COMMENT ON TYPE project_status IS
    'Where a project stands. Only the tasks of an active project are handed out.';

CREATE TYPE project_order AS ENUM ('name', 'slug', 'status', 'created_at', 'updated_at');

COMMENT ON TYPE project_order IS 'By what a list of projects can be ordered.';

CREATE TYPE project_optional_column AS ENUM ('description', 'repository_url', 'repository_name');

COMMENT ON TYPE project_optional_column IS 'Which columns of a project an update can empty.';

CREATE TABLE projects (
    id                    uuid            NOT NULL DEFAULT uuid_v7(),
    name                  text            NOT NULL,
    slug                  text            NOT NULL,
    description           text,
    repository_url        text,
    repository_name       text,
    normalised_repository text            GENERATED ALWAYS AS (
        normalised_repository(repository_url)
    ) STORED,
    default_branch        text            NOT NULL DEFAULT 'main',
    settings              jsonb           NOT NULL DEFAULT '{}',
    status                project_status  NOT NULL DEFAULT 'active',
    paused_at             timestamptz,
    archived_at           timestamptz,
    deleted_at            timestamptz,
    created_at            timestamptz     NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz     NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT projects_slug_is_url_safe
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
    CONSTRAINT projects_description_up_to_1_mb CHECK (octet_length(description) <= 1048576),
    CONSTRAINT projects_repository_url_is_https_or_ssh
        CHECK (
            repository_url ~ '^(https://[^\s@]+|ssh://([^\s@:]+@)?[^\s@]+|[\w.-]+@[\w.-]+:\S+)$'
            AND length(repository_url) <= 2000
        ),
    CONSTRAINT projects_repository_name_has_1_to_200_characters
        CHECK (repository_name ~ '\S' AND length(repository_name) <= 200),
    CONSTRAINT projects_default_branch_is_a_branch
        CHECK (default_branch ~ '^[^\s~^:?*\[\\]+$' AND length(default_branch) <= 255),
    CONSTRAINT projects_settings_is_object
        CHECK (
            jsonb_typeof(settings) = 'object'
            AND coalesce(jsonb_typeof(settings -> 'taskmaster'), 'object') = 'object'
        ),
    CONSTRAINT projects_settings_up_to_1_mb CHECK (octet_length(settings::text) <= 1048576),
    CONSTRAINT projects_deleted_are_archived CHECK (deleted_at IS NULL OR status = 'archived')
);

-- get_project_by_slug
CREATE UNIQUE INDEX projects_living_share_no_slug ON projects (slug) WHERE deleted_at IS NULL;

-- By hand: list_projects by repository, which a webhook knows, where there are many projects.
CREATE INDEX projects_normalised_repository_idx ON projects (normalised_repository)
    WHERE normalised_repository IS NOT NULL;

COMMENT ON TABLE projects IS
    'The boundary within which tasks depend on each other and agents claim them.';
COMMENT ON COLUMN projects.slug IS 'Short name for addresses and commands; unique among those that are not deleted.';
COMMENT ON COLUMN projects.repository_url IS
    'Where the code lives: https://..., ssh://... or git@host:path. Never with a password inside.';
COMMENT ON COLUMN projects.repository_name IS
    'What people call the repository; the last part of its address when not given.';
COMMENT ON COLUMN projects.normalised_repository IS
    'host/path of the repository, the same for every spelling of its address. Kept by the database.';
COMMENT ON COLUMN projects.settings IS
    'Object of settings; unknown keys are kept. taskmaster: an object of what a tasks.json says beside its lists.';
COMMENT ON COLUMN projects.paused_at IS 'Since when no task of the project is handed out; null when it is not paused.';
COMMENT ON COLUMN projects.archived_at IS 'Set and cleared by the database as status changes.';
COMMENT ON COLUMN projects.deleted_at IS
    'Since when the project is deleted, which is taken back by null; it is erased by a DELETE.';

COMMENT ON INDEX projects_living_share_no_slug IS
    'Two projects that are not deleted never share a slug.';
COMMENT ON CONSTRAINT projects_name_has_1_to_200_characters ON projects IS
    'A project has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT projects_slug_is_url_safe ON projects IS
    'A slug is lower-case letters and digits in groups joined by single hyphens, at most 100 characters.';
COMMENT ON CONSTRAINT projects_repository_url_is_https_or_ssh ON projects IS
    'A repository is named by https, ssh or git@host:path, in at most 2000 characters, and an address carries no password.';
COMMENT ON CONSTRAINT projects_description_up_to_1_mb ON projects IS
    'A description has at most 1048576 bytes.';
COMMENT ON CONSTRAINT projects_repository_name_has_1_to_200_characters ON projects IS
    'A repository has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT projects_default_branch_is_a_branch ON projects IS
    'A branch name has at most 255 characters, no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT projects_settings_is_object ON projects IS
    'Settings are a JSON object, and so is taskmaster in them.';
COMMENT ON CONSTRAINT projects_settings_up_to_1_mb ON projects IS
    'Settings have at most 1048576 bytes.';
COMMENT ON CONSTRAINT projects_deleted_are_archived ON projects IS
    'A deleted project is archived, so that nothing of it is handed out.';

CREATE FUNCTION projects_set_moments() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    AS $$
BEGIN
    IF NEW.status = 'archived' THEN
        NEW.archived_at := coalesce(NEW.archived_at, clock_timestamp());
    ELSE
        NEW.archived_at := NULL;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION projects_set_moments() IS
    'Trigger function: archived_at follows status.';

CREATE TRIGGER projects_set_moments
    BEFORE INSERT OR UPDATE OF status, archived_at ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_set_moments();

COMMENT ON TRIGGER projects_set_moments ON projects IS 'Archiving sets archived_at; leaving the archive clears it.';

CREATE FUNCTION projects_name_repository() RETURNS trigger
    LANGUAGE plpgsql VOLATILE
    SET search_path FROM CURRENT
    AS $$
DECLARE
    _last_part constant text := '[^/]+$';
BEGIN
    -- A name that came from an address goes with it.
    IF TG_OP = 'UPDATE' AND NEW.repository_name = OLD.repository_name
        AND NEW.repository_name = substring(OLD.normalised_repository FROM _last_part) THEN
        NEW.repository_name := NULL;
    END IF;
    NEW.repository_name := coalesce(
        NEW.repository_name,
        left(substring(normalised_repository(NEW.repository_url) FROM _last_part), 200)
    );
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION projects_name_repository() IS
    'Trigger function: calls a repository after the last part of its address, unless it has a name.';

CREATE TRIGGER projects_name_repository
    BEFORE INSERT OR UPDATE OF repository_url, repository_name ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_name_repository();

COMMENT ON TRIGGER projects_name_repository ON projects IS
    'A repository without a name is called after the last part of its address.';

CREATE TRIGGER projects_touch_updated_at
    BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER projects_touch_updated_at ON projects IS 'Every update sets updated_at.';

CREATE TRIGGER projects_record_change
    AFTER INSERT OR UPDATE OR DELETE ON projects
    FOR EACH ROW EXECUTE FUNCTION record_change('projects', 'id', 'normalised_repository');

COMMENT ON TRIGGER projects_record_change ON projects IS 'Every change is recorded in audit_log.';

CREATE TRIGGER projects_not_truncated
    AFTER TRUNCATE ON projects
    EXECUTE FUNCTION refuse_rewriting('projects', 'projects_not_truncated');

COMMENT ON TRIGGER projects_not_truncated ON projects IS 'A table is emptied row by row, so that each is recorded.';
