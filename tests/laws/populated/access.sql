-- Rows of access: some of each kind, so that every column is seen with what it may hold.

INSERT INTO agent_configurations (
    project_id, agent_type, name, configuration, capabilities, constraints, is_active
)
SELECT project.id, type.type, name.name, '{"a": null}', '["python"]', '{}', name.name <> 'off'
FROM (SELECT id FROM projects UNION ALL SELECT NULL) AS project
CROSS JOIN (VALUES ('general'), ('reviewer')) AS type (type)
CROSS JOIN (VALUES ('default'), ('off'), ('one')) AS name (name);
UPDATE agent_configurations SET configuration = '{"b": 1}' WHERE name = 'default';

INSERT INTO rate_limits (bucket, capacity, refill_per_second) VALUES
    ('one', 10, 1), ('two', 5, 0.001), ('r1', 100, 2.5), ('unused', 1, 1);

INSERT INTO api_keys (
    name, service, environment, key_prefix, key_hash, permissions, rate_limit_bucket, is_active,
    expires_at, replaced_at, revoked_at, revocation_reason
)
SELECT 'key ' || n, (enum_range(NULL::api_key_service))[1 + n % 10],
    CASE WHEN n % 2 = 0 THEN 'production' ELSE 'staging' END, 'tsk_' || n,
    sha256(n::text::bytea), '["tasks:read"]', CASE WHEN n % 3 = 0 THEN 'one' END, n % 10 > 0,
    CASE WHEN n % 3 > 0 THEN clock_timestamp() + n * interval '1 hour' END,
    CASE WHEN n % 7 = 0 AND n % 3 > 0 THEN clock_timestamp() END,
    CASE WHEN n % 11 = 0 THEN clock_timestamp() END, CASE WHEN n % 22 = 0 THEN 'it leaked' END
FROM generate_series(1, 40) AS n;
UPDATE api_keys SET replaces_id = (SELECT id FROM api_keys WHERE name = 'key 7')
WHERE name = 'key 8';

INSERT INTO api_key_usage (
    api_key_id, used_at, endpoint, method, status_code, client_address, request_id
)
SELECT key.id, clock_timestamp() - n * interval '7 hours', CASE WHEN n % 2 = 0 THEN '/a' END,
    CASE WHEN n % 2 = 0 THEN 'GET' END, CASE WHEN n % 3 = 0 THEN 404 END,
    CASE WHEN n % 4 = 0 THEN '192.0.2.1'::inet END, CASE WHEN n % 5 = 0 THEN 'r' || n END
FROM api_keys AS key, generate_series(1, 10) AS n
WHERE key.is_active;
