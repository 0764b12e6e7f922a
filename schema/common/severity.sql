-- Shared by whatever is more or less grave: events, errors, alerts.

CREATE TYPE severity AS ENUM ('debug', 'info', 'warning', 'error', 'critical');

COMMENT ON TYPE severity IS 'How grave something is; what is compared as greater is graver.';
