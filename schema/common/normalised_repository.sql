-- One address for all spellings of a repository, so that two of them can be compared: by https, by
-- ssh, as git@host:path, with and without .git.

CREATE FUNCTION normalised_repository(_url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT
            -- The host, whose case does not matter, without the port that is used anyway.
            regexp_replace(lower(split_part(address.text, '/', 1)), ':(22|443)$', '')
            || nullif(
                regexp_replace(
                    regexp_replace(substring(address.text FROM '/.*'), '(/|\.git)+$', ''),
                    '/+', '/', 'g'
                ),
                ''
            )
        FROM (
            SELECT CASE
                WHEN _url ~ '^[A-Za-z][A-Za-z0-9+.-]*://'
                -- What stands between scheme and path is the host, perhaps with a user before it;
                -- what follows a question mark or a number sign is no part of the path.
                THEN regexp_replace(
                    regexp_replace(_url, '^[^:]*://([^/@]*@)?', ''), '[?#].*$', ''
                )
                -- user@host:path
                ELSE regexp_replace(regexp_replace(_url, '^[^/@:]*@', ''), ':/*', '/')
            END
        ) AS address (text)
    );

COMMENT ON FUNCTION normalised_repository(text) IS
    'host/path of a repository, the same for every spelling of its address: https://host/path.git, ssh://git@host/path, git@host:path. The case of the host does not matter, that of the path does; a port of its own stays. Null when there is no path.';
