-- Whose rights verify(), generate() and generate_down() have: the caller's for the SQL of the migration, and nobody's text runs
-- with rights that its author lacks.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(21);

CREATE ROLE flux_deployer;
CREATE ROLE flux_stranger;
CREATE SCHEMA flux_app;
CREATE TABLE flux_app.secret (a int);
GRANT CREATE, USAGE ON SCHEMA flux_app TO flux_deployer;
GRANT USAGE ON SCHEMA pg_flux TO flux_deployer;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_flux TO flux_deployer;
SELECT pg_flux.register('super.sql', 'CREATE TABLE flux_app.one ()', 'DROP TABLE flux_app.one');
SELECT pg_flux.register('forward.sql', 'CREATE TABLE flux_app.two ()');

-- Strangers have nothing.
SET LOCAL ROLE flux_stranger;
SELECT throws_ok($$ SELECT pg_flux.verify('super.sql') $$, '42501', NULL, 'a stranger cannot verify');
SELECT throws_ok($$ SELECT pg_flux.generate('x', 'SELECT 1') $$, '42501', NULL, 'a stranger cannot generate');
SELECT throws_ok($$ SELECT pg_flux.generate_down('forward.sql') $$, '42501', NULL, 'a stranger cannot derive a Down');

-- The SQL of a migration has the caller's rights; what pg_flux reads, it reads itself.
SET LOCAL ROLE flux_deployer;
SELECT throws_ok($$ SELECT pg_flux.generate('x', 'DROP TABLE flux_app.secret', 'combined') $$, '42501',
  'must be owner of table secret', 'generate() runs the Up with the rights of the caller');
SELECT throws_ok($$ SELECT pg_flux.generate('x', 'CREATE ROLE flux_more', 'combined') $$, '42501', NULL, 'and cannot make roles');
SELECT throws_ok($$ SELECT pg_flux.generate('x', 'RESET ROLE; CREATE TABLE pg_flux.x ()', 'combined', dry_run => true) $$,
  '55000', NULL, 'pg_flux itself is out of reach while a migration is tried out');
SELECT throws_ok($$ SELECT pg_flux.generate('x', 'DELETE FROM pg_flux.migration', 'combined') $$, '42501', NULL,
  'and its tables are');
SELECT throws_ok($$ SELECT pg_flux.generate('x', 'SELECT pg_flux.apply()', 'combined') $$, '55000', NULL, 'and its functions are');
SELECT alike((SELECT string_agg(body, '') FROM pg_flux.generate('mine', 'CREATE TABLE flux_app.mine ()', 'combined')),
  '%DROP TABLE flux_app.mine;%', 'a deployer generates without rights on the tables of pg_flux');
SELECT is((SELECT count(*)::int FROM pg_flux.status() WHERE filename LIKE '%_mine.sql'), 1, 'and the migration is registered');
SELECT is(current_user, 'flux_deployer', 'the role is what it was');
SELECT throws_ok('SELECT * FROM pg_flux.migration', '42501', NULL, 'the tables still cannot be read');
SELECT throws_ok($$ SELECT verify.* FROM pg_flux.status(), pg_flux.verify(filename) WHERE filename LIKE '%_mine.sql' $$,
  '42501', NULL, 'in the session of a superuser its text is not run: it could RESET ROLE');
SELECT pg_flux.register('trap.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER', 'SELECT 1');
SELECT pg_flux.register('trap_forward.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER');

-- A superuser is not taken over by the text of a deployer.
SET LOCAL ROLE NONE;
SELECT throws_ok($$ SELECT pg_flux.verify('trap.sql') $$, '42501', NULL, 'verify() refuses a text whose author has fewer rights');
SELECT throws_ok($$ SELECT pg_flux.generate_down('trap_forward.sql') $$, '42501', NULL, 'so does generate_down()');
SET LOCAL ROLE flux_deployer;
SELECT throws_ok($$ SELECT pg_flux.verify('trap.sql') $$, '42501', NULL, 'also after SET ROLE: RESET ROLE would lead back');
SET LOCAL ROLE NONE;
SELECT ok(NOT (SELECT rolsuper FROM pg_roles WHERE rolname = 'flux_deployer'), 'nothing of it has happened');

-- Other sessions' rights do not come with the trial.
SELECT is_empty($$ SELECT * FROM pg_flux.verify('super.sql') $$, 'the author verifies its own');
SELECT pg_flux.register('role.sql', 'SET ROLE flux_stranger; SET search_path = flux_app', 'SELECT 1');
SELECT is_empty($$ SELECT * FROM pg_flux.verify('role.sql') $$, 'roles and settings of a section end with it');
SELECT is(current_user, session_user, 'and are not left to the caller');
SELECT isnt(current_setting('search_path'), 'flux_app', 'nor is the search_path');

SELECT * FROM finish();
ROLLBACK;
