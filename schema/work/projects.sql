-- One row is a project: the boundary within which tasks depend on each other and agents claim them.
-- A person or an import creates it; it is archived, and erased only with everything in it.

CREATE TYPE project_status AS ENUM ('active', 'inactive', 'archived');

CREATE TABLE projects (
    id              uuid            NOT NULL DEFAULT uuid_v7(),
    name            text            NOT NULL,
    slug            text            NOT NULL,
    description     text,
    repository_url  text,
    repository_name text,
    default_branch  text            NOT NULL DEFAULT 'main',
    settings        jsonb           NOT NULL DEFAULT '{}',
    status          project_status  NOT NULL DEFAULT 'active',
    paused_at       timestamptz,
    archived_at     timestamptz,
    created_at      timestamptz     NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz     NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT projects_pkey PRIMARY KEY (id),
    CONSTRAINT projects_slug_key UNIQUE (slug),
    CONSTRAINT projects_name_has_1_to_200_characters CHECK (name ~ '\S' AND length(name) <= 200),
    CONSTRAINT projects_slug_is_url_safe
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 100),
    CONSTRAINT projects_repository_url_is_https_or_ssh
        CHECK (
            repository_url ~ '^(https://[^\s@]+|ssh://([^\s@:]+@)?[^\s@]+|[\w.-]+@[\w.-]+:\S+)$'
        ),
    CONSTRAINT projects_default_branch_is_a_branch CHECK (default_branch ~ '^[^\s~^:?*\[\\]+$'),
    CONSTRAINT projects_settings_is_object CHECK (jsonb_typeof(settings) = 'object')
);

COMMENT ON TABLE projects IS
    'The boundary within which tasks depend on each other and agents claim them.';
COMMENT ON COLUMN projects.slug IS 'Short name for addresses and commands; unique.';
COMMENT ON COLUMN projects.repository_url IS
    'Where the code lives: https://..., ssh://... or git@host:path. Never with a password inside.';
COMMENT ON COLUMN projects.settings IS 'Object of settings; unknown keys are kept.';
COMMENT ON COLUMN projects.paused_at IS 'Since when no task of the project is handed out; null when it is not paused.';
COMMENT ON COLUMN projects.archived_at IS 'Set and cleared by the database as status changes.';

COMMENT ON CONSTRAINT projects_slug_key ON projects IS 'Two projects never share a slug.';
COMMENT ON CONSTRAINT projects_name_has_1_to_200_characters ON projects IS
    'A project has a name of 1 to 200 characters that is not blank.';
COMMENT ON CONSTRAINT projects_slug_is_url_safe ON projects IS
    'A slug is lower-case letters and digits in groups joined by single hyphens, at most 100 characters.';
COMMENT ON CONSTRAINT projects_repository_url_is_https_or_ssh ON projects IS
    'A repository is named by https, ssh or git@host:path, and an address carries no password.';
COMMENT ON CONSTRAINT projects_default_branch_is_a_branch ON projects IS
    'A branch name has no spaces and none of ~ ^ : ? * [ \.';
COMMENT ON CONSTRAINT projects_settings_is_object ON projects IS 'Settings are a JSON object.';

CREATE FUNCTION projects_set_archived_at() RETURNS trigger
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

COMMENT ON FUNCTION projects_set_archived_at() IS
    'Trigger function: archived_at follows status.';

CREATE TRIGGER projects_set_archived_at
    BEFORE INSERT OR UPDATE OF status, archived_at ON projects
    FOR EACH ROW EXECUTE FUNCTION projects_set_archived_at();

COMMENT ON TRIGGER projects_set_archived_at ON projects IS 'Archiving sets archived_at; leaving the archive clears it.';

CREATE TRIGGER projects_touch_updated_at
    BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

COMMENT ON TRIGGER projects_touch_updated_at ON projects IS 'Every update sets updated_at.';

CREATE TRIGGER projects_record_change
    AFTER INSERT OR UPDATE OR DELETE ON projects
    FOR EACH ROW EXECUTE FUNCTION record_change('projects', 'id');

COMMENT ON TRIGGER projects_record_change ON projects IS 'Every change is recorded in audit_log.';

CREATE TRIGGER projects_not_truncated
    AFTER TRUNCATE ON projects
    EXECUTE FUNCTION refuse_rewriting('projects', 'projects_not_truncated');

COMMENT ON TRIGGER projects_not_truncated ON projects IS 'A table is emptied row by row, so that each is recorded.';
