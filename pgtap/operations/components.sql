-- The parts of the system that work, report their health and exchange messages.

BEGIN;
SELECT plan(32);

SELECT tests.a_component('c');

-- Keys and defaults

SELECT results_eq(
    $$SELECT version, configuration, capabilities, deleted_at FROM components$$,
    $$VALUES (NULL::text, '{}'::jsonb, '[]'::jsonb, NULL::timestamptz)$$,
    'a component needs no more than a name and a type'
);

-- Rules

SELECT tests.accepts(
    $$UPDATE components SET name = repeat('n', 200)$$, 'a name may have 200 characters'
);
SELECT tests.violates(
    $$UPDATE components SET name = repeat('n', 201)$$,
    'components_name_has_1_to_200_characters', 'a name has no 201 characters'
);
SELECT tests.accepts($$UPDATE components SET name = 'c'$$, 'a name may have one character');
SELECT tests.violates(
    $$UPDATE components SET name = ' '$$,
    'components_name_has_1_to_200_characters', 'a name is not blank'
);
SELECT tests.accepts(
    $$UPDATE components SET version = repeat('1', 100)$$, 'a version may have 100 characters'
);
SELECT tests.violates(
    $$UPDATE components SET version = repeat('1', 101)$$,
    'components_version_has_1_to_100_characters', 'a version has no 101 characters'
);
SELECT tests.violates(
    $$UPDATE components SET version = ' '$$,
    'components_version_has_1_to_100_characters', 'a version is not blank'
);
SELECT tests.accepts(
    $$UPDATE components SET endpoint = rpad('grpc://host:50051/', 2000, 'x')$$,
    'an endpoint may have any scheme, and 2000 characters'
);
SELECT tests.violates(
    $$UPDATE components SET endpoint = rpad('grpc://host:50051/', 2001, 'x')$$,
    'components_endpoint_is_url', 'an endpoint has no 2001 characters'
);
SELECT tests.violates(
    $$UPDATE components SET endpoint = 'host:50051'$$,
    'components_endpoint_is_url', 'an endpoint has a scheme'
);
SELECT tests.violates(
    $$UPDATE components SET endpoint = 'grpc://ada:secret@host'$$,
    'components_endpoint_is_url', 'an endpoint carries no password'
);
SELECT tests.accepts(
    $$UPDATE components SET health_check_url = rpad('http://host/', 2000, 'x')$$,
    'a health check may be asked by http, at 2000 characters'
);
SELECT tests.violates(
    $$UPDATE components SET health_check_url = rpad('http://host/', 2001, 'x')$$,
    'components_health_check_url_is_http_url',
    'the address of a health check has no 2001 characters'
);
SELECT tests.violates(
    $$UPDATE components SET health_check_url = 'ftp://host/health'$$,
    'components_health_check_url_is_http_url', 'a health check is not asked by ftp'
);
SELECT tests.violates(
    $$UPDATE components SET health_check_url = 'https://ada@host/health'$$,
    'components_health_check_url_is_http_url', 'the address of a health check names no user'
);
SELECT tests.accepts(
    $$UPDATE components SET configuration = '{"unknown": {"key": 1}}'$$,
    'a configuration keeps what is unknown'
);
SELECT tests.violates(
    $$UPDATE components SET configuration = '[]'$$,
    'components_configuration_is_object', 'a configuration is no array'
);
SELECT tests.accepts(
    $$UPDATE components SET configuration = jsonb_build_object('a', repeat('x', 1048576 - 9))$$,
    'a configuration may have 1 MB'
);
SELECT tests.violates(
    $$UPDATE components SET configuration = jsonb_build_object('a', repeat('x', 1048576 - 8))$$,
    'components_configuration_up_to_1_mb', 'a configuration has no byte more than 1 MB'
);
SELECT tests.accepts(
    $$UPDATE components SET capabilities = '["review", "codegen"]'$$, 'capabilities are words'
);
SELECT tests.violates(
    $$UPDATE components SET capabilities = '{"review": true}'$$,
    'components_capabilities_is_array_of_text', 'capabilities are no object'
);
SELECT tests.violates(
    $$UPDATE components SET capabilities = '["review", null]'$$,
    'components_capabilities_is_array_of_text', 'no capability is null'
);
SELECT tests.violates(
    $$UPDATE components SET capabilities = '[["review"]]'$$,
    'components_capabilities_is_array_of_text', 'no capability is an array'
);
SELECT tests.accepts(
    $$UPDATE components SET capabilities = jsonb_build_array(repeat('x', 1048576 - 4))$$,
    'capabilities may have 1 MB'
);
SELECT tests.violates(
    $$UPDATE components SET capabilities = jsonb_build_array(repeat('x', 1048576 - 3))$$,
    'components_capabilities_up_to_1_mb', 'capabilities have no byte more than 1 MB'
);
SELECT tests.violates(
    $$INSERT INTO components (name, type) VALUES ('c', 'deployer')$$,
    'components_name_unique_among_the_living', 'two components never share a name'
);
UPDATE components SET deleted_at = clock_timestamp();
SELECT tests.accepts(
    $$INSERT INTO components (name, type) VALUES ('c', 'deployer')$$,
    'a name is free again when its component is deleted'
);
SELECT tests.violates(
    $$UPDATE components SET deleted_at = NULL$$,
    'components_name_unique_among_the_living',
    'a component is not restored while another has its name'
);

-- Effects

UPDATE components SET updated_at = '2020-02-02 02:02 UTC';
SELECT is(
    (SELECT bool_and(clock_timestamp() - updated_at < '1 minute') FROM components), true,
    'every update of a component sets updated_at'
);
SELECT tests.a_component('d');
UPDATE components SET version = '2' WHERE name = 'd';
SELECT results_eq(
    $$SELECT action::text, new_values ->> 'version' FROM audit_log
      WHERE entity_type = 'components' AND entity_id = tests.component('d')::text ORDER BY id$$,
    $$VALUES ('insert', NULL), ('update', '2')$$,
    'every change of a component is recorded'
);

-- What relies on it

SELECT tests.a_message('d', 'pending', 'd');
INSERT INTO health_checks (component_id, status) VALUES (tests.component('d'), 'healthy');
DELETE FROM components WHERE name = 'd';
SELECT is(
    (SELECT count(*)::integer FROM component_messages)
    + (SELECT count(*)::integer FROM health_checks),
    0, 'messages to a component and looks at its health end with it'
);

SELECT * FROM finish();
ROLLBACK;
