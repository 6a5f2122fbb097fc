-- What repair() guarantees: the text of an applied migration whose Up was edited on purpose, and nothing run.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(32);

SELECT pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one ();\n-- +migrate Down\nDROP TABLE one;');
SELECT pg_flux.register('2.sql', 'CREATE TABLE two ()');

SELECT throws_ok($$ SELECT pg_flux.repair('3.sql', 'SELECT 1') $$, '42704', NULL, 'a migration that is not registered');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', 'SELECT 1') $$, '55000', NULL, 'a pending one is not repaired but registered again');
SELECT throws_ok($$ SELECT pg_flux.repair(NULL, 'SELECT 1') $$, '22004', NULL, 'no name');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', NULL) $$, '22004', NULL, 'no text');
SELECT throws_ok($$ SELECT pg_flux.repair('1', 'SELECT 1') $$, '22023', NULL, 'a name that no migration has');

SELECT results_eq($$ SELECT filename FROM pg_flux.apply() $$, $$ VALUES ('1.sql'), ('2.sql') $$, 'both applied');
CREATE TEMPORARY TABLE before AS SELECT * FROM pg_flux.applied;

SELECT is(pg_flux.repair('1.sql', E'-- +migrate Up\nCREATE TABLE one ();\n-- +migrate Down\nDROP TABLE one;'), 'unchanged', 'the same text');
SELECT is(pg_flux.repair('1.sql', E'\uFEFF-- +migrate Up\r\nCREATE TABLE one ();\r\n-- +migrate Down\r\nDROP TABLE one;'), 'unchanged',
  'also with other line ends');
SELECT is((SELECT count(*) FROM pg_flux.history), 2::bigint, 'which the history passes over');
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one (a int);\n-- +migrate Down\nDROP TABLE one;') $$, 'PF003',
  NULL, 'register() refuses another Up');
SELECT is(pg_flux.repair('1.sql', E'-- +migrate Up\nCREATE TABLE one (a int);\n-- +migrate Down\nDROP TABLE one CASCADE;'), 'repaired',
  'repair() takes it');
SELECT columns_are('one', '{}'::name[], 'and runs nothing');
SELECT results_eq(
  $$ SELECT action, filename COLLATE "default", sql, role::text, session_role::text, duration FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$,
  $$ VALUES ('repair', '1.sql', 'CREATE TABLE one (a int);', current_user::text, session_user::text, NULL::interval) $$,
  'the history has what was stored');
SELECT results_eq($$ SELECT checksum FROM pg_flux.migration WHERE filename = '1.sql' $$,
  $$ SELECT encode(sha256('CREATE TABLE one (a int);'), 'hex') $$, 'the checksum of the text');
SELECT results_eq($$ SELECT checksum FROM pg_flux.applied WHERE filename = '1.sql' $$,
  $$ SELECT encode(sha256('CREATE TABLE one (a int);'), 'hex') $$, 'and of the tracking row');
SELECT results_eq($$ SELECT filename, sequence, baseline, applied_at, applied_by FROM pg_flux.applied ORDER BY sequence $$,
  $$ SELECT filename, sequence, baseline, applied_at, applied_by FROM before ORDER BY sequence $$, 'which is otherwise as it was');
SELECT results_eq($$ SELECT checksum FROM pg_flux.applied WHERE filename = '2.sql' $$,
  $$ SELECT checksum FROM before WHERE filename = '2.sql' $$, 'no other is touched');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one (a int);'), 'updated', 'register() now knows the new Up');
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', 'CREATE TABLE one ();') $$, 'PF003', NULL, 'and refuses the old one');

SELECT is(pg_flux.repair('1.sql', E'-- +migrate Up\nCREATE TABLE one (a int);', 'DROP TABLE one'), 'repaired', 'another Down is a repair too');
SELECT is(pg_flux.repair('1.sql', 'CREATE TABLE one (b int)', 'DROP TABLE one'), 'repaired', 'another Up with the same undo');
SELECT is((SELECT undo FROM pg_flux.migration WHERE filename = '1.sql'), 'DROP TABLE one', 'which is kept');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', 'SELEC') $$, '42601', NULL, 'a syntax error');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', 'COMMIT') $$, 'PF001', NULL, 'a text against the rules');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', '') $$, 'PF001', NULL, 'an empty text');
SELECT is((SELECT body FROM pg_flux.migration WHERE filename = '1.sql'), 'CREATE TABLE one (b int)', 'leave all as it was');
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback(2) WHERE outcome = 'rolled back' $$, $$ VALUES ('1.sql') $$, 'the new Down is what runs');
SELECT hasnt_table('one');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', 'SELECT 2') $$, '55000', NULL, 'rolled back, it is not to be repaired');

SELECT results_eq($$ SELECT outcome FROM pg_flux.baseline('1.sql') $$, $$ VALUES ('baselined') $$, 'a baselined migration');
SELECT is(pg_flux.repair('1.sql', 'CREATE TABLE one (c int)'), 'repaired', 'is repaired like an applied one');
SELECT results_eq($$ SELECT a.checksum = m.checksum, a.baseline FROM pg_flux.applied a JOIN pg_flux.migration m USING (filename) WHERE filename = '1.sql' $$,
  $$ VALUES (true, true) $$, 'and stays baselined');

SELECT * FROM finish();
ROLLBACK;
