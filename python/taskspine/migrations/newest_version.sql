-- The migration that dbmate applied last, by order; null without any. The table is dbmate's own.
SELECT max(version) FROM schema_migrations;
