-- What status() guarantees: every migration, in the order of file names, from the stored columns alone.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(15);

SELECT is_empty($$ SELECT * FROM pg_flux.status() $$, 'nothing registered: no rows');
SELECT pg_flux.register(name, 'SELECT 1') FROM unnest('{b.sql,ä.sql,10.sql,B.sql,9.sql,a b.sql,_.sql}'::text[]) AS name;
SELECT results_eq($$ SELECT * FROM pg_flux.status() $$,
  $$ VALUES ('pending', '10.sql', NULL::timestamptz, false), ('pending', '9.sql', NULL, false), ('pending', 'B.sql', NULL, false),
            ('pending', '_.sql', NULL, false), ('pending', 'a b.sql', NULL, false), ('pending', 'b.sql', NULL, false), ('pending', 'ä.sql', NULL, false) $$,
  'every migration, by the bytes of its name; pending ones have no time');
SELECT pg_flux.apply(2);
SELECT pg_flux.register('9.sql', 'SELECT 1', 'SELECT 2');
SELECT pg_flux.register('b.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;');
SELECT pg_flux.register('ä.sql', 'SELECT 1', '-- nothing');
SELECT pg_flux.register('_.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\n;;-- nothing', 'SELECT 2');
SELECT pg_flux.register('0.sql', 'SELECT 1', 'SELECT 2');
SELECT pg_flux.baseline('B.sql');
SELECT results_eq($$ SELECT status, filename, applied_at IS NOT NULL, down FROM pg_flux.status() $$,
  $$ VALUES ('applied', '0.sql', true, true), ('applied', '10.sql', true, false), ('applied', '9.sql', true, true), ('applied', 'B.sql', true, false),
            ('pending', '_.sql', false, false), ('pending', 'a b.sql', false, false), ('pending', 'b.sql', false, true), ('pending', 'ä.sql', false, false) $$,
  'applied ones, baselined ones, and whether there is Down SQL');
SELECT results_eq($$ SELECT filename, applied_at FROM pg_flux.status() WHERE status = 'applied' ORDER BY applied_at $$,
  $$ SELECT filename COLLATE "default", applied_at FROM pg_flux.applied ORDER BY sequence $$, 'each with the time of its tracking row, which the clock tells, not now()');
SELECT results_eq($$ SELECT filename FROM pg_flux.status() WHERE down = 'yes' $$, $$ VALUES ('0.sql'), ('9.sql'), ('b.sql') $$, 'down compares with yes');
SELECT results_eq($$ SELECT count(*) FROM pg_flux.status() WHERE down = 'no' $$, $$ VALUES (5::bigint) $$, 'and with no');
-- It reads stored columns only: texts that no longer parse are no business of it.
UPDATE pg_flux.migration SET body = 'SELEC', undo = 'DRO', has_down = true WHERE filename = 'a b.sql';
SELECT results_eq($$ SELECT status, down FROM pg_flux.status() WHERE filename = 'a b.sql' $$, $$ VALUES ('pending', true) $$, 'it parses nothing');
SELECT throws_ok($$ SELECT * FROM pg_flux.plan(NULL, 'up') $$, '42601', NULL, 'unlike plan()');

-- It can be used like a table.
SELECT lives_ok($$ CREATE TEMPORARY VIEW pending AS SELECT filename FROM pg_flux.status() WHERE status = 'pending' $$, 'in a view');
SELECT results_eq($$ SELECT * FROM pending LIMIT 1 $$, $$ VALUES ('_.sql') $$, 'with a limit');
SELECT results_eq($$ SELECT s.filename FROM pg_flux.status() s JOIN pending USING (filename) WHERE s.down $$, $$ VALUES ('a b.sql'), ('b.sql') $$, 'joined');
SELECT is((SELECT count(*) FROM (SELECT pg_flux.status()) AS s), 8::bigint, 'in a select list');
SELECT results_eq($$ SELECT (pg_flux.status()).filename LIMIT 1 $$, $$ VALUES ('0.sql') $$, 'and its columns there');
SELECT is((SELECT count(*) FROM generate_series(1, 3), LATERAL pg_flux.status()), 24::bigint, 'laterally');
SELECT throws_ok($$ SELECT CASE WHEN true THEN pg_flux.status() END $$, '0A000', NULL, 'a set has no place in CASE');

SELECT * FROM finish();
ROLLBACK;
