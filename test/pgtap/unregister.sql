-- What unregister() guarantees: it forgets a pending migration, and nothing else.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(22);

SELECT throws_ok($$ SELECT pg_flux.unregister('1.sql') $$, '42704', NULL, 'a migration that is not registered');
SELECT throws_ok($$ SELECT pg_flux.unregister('') $$, '42704', NULL, 'an empty name');
SELECT throws_ok($$ SELECT pg_flux.unregister(NULL) $$, '22004', NULL, 'no name');
SELECT is_empty($$ SELECT FROM pg_flux.history $$, 'of which nothing is noted');

SELECT pg_flux.register('1.sql', 'CREATE TABLE one ()', 'DROP TABLE one');
SELECT pg_flux.register('2.sql', 'CREATE TABLE two ()', 'DROP TABLE two');
SELECT is(pg_flux.unregister('2.sql'), 'unregistered', 'a pending migration');
SELECT results_eq($$ SELECT filename FROM pg_flux.status() $$, $$ VALUES ('1.sql') $$, 'is forgotten, and no other');
SELECT throws_ok($$ SELECT pg_flux.unregister('2.sql') $$, '42704', NULL, 'once');
SELECT results_eq(
  $$ SELECT action, filename COLLATE "default", sql, role::text, session_role::text, duration FROM pg_flux.history $$,
  $$ VALUES ('unregister', '2.sql', NULL::text, current_user::text, session_user::text, NULL::interval) $$, 'the history says so');
SELECT is(pg_flux.register('2.sql', 'CREATE TABLE two (a int)'), 'added', 'its name is free again');
SELECT throws_ok($$ SELECT pg_flux.unregister('1') $$, '42704', NULL, 'names are whole names');
SELECT throws_ok($$ SELECT pg_flux.unregister('%.sql') $$, '42704', NULL, 'not patterns');

SELECT results_eq($$ SELECT filename FROM pg_flux.apply(1) $$, $$ VALUES ('1.sql') $$, 'one is applied');
SELECT throws_ok($$ SELECT pg_flux.unregister('1.sql') $$, '55000', NULL, 'an applied migration is kept');
SELECT results_eq($$ SELECT filename, down FROM pg_flux.status() $$, $$ VALUES ('1.sql', true), ('2.sql', false) $$, 'with its Down');
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback() $$, $$ VALUES ('1.sql') $$, 'rolled back');
SELECT is(pg_flux.unregister('1.sql'), 'unregistered', 'it can go');

SELECT results_eq($$ SELECT * FROM pg_flux.baseline('2.sql') $$, $$ VALUES ('2.sql', 'baselined') $$, 'one is baselined');
SELECT throws_ok($$ SELECT pg_flux.unregister('2.sql') $$, '55000', NULL, 'a baselined migration is kept');
SELECT is(pg_flux.unbaseline('2.sql'), 'pending', 'made pending');
SELECT is(pg_flux.unregister('2.sql'), 'unregistered', 'it can go');
SELECT is_empty($$ SELECT * FROM pg_flux.status() $$, 'nothing is left');
SELECT results_eq($$ SELECT action, filename COLLATE "default" FROM pg_flux.history ORDER BY id $$,
  $$ VALUES ('unregister', '2.sql'), ('apply', '1.sql'), ('rollback', '1.sql'), ('unregister', '1.sql'), ('baseline', '2.sql'),
            ('unbaseline', '2.sql'), ('unregister', '2.sql') $$, 'but the history of all of it');

SELECT * FROM finish();
ROLLBACK;
