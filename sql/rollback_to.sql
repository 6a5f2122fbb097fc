--
-- Rolling back to a migration, which stays applied.
--
CREATE SCHEMA rollback_to;
SET search_path = rollback_to;
SELECT pg_flux.register(format('%s.sql', letter), format('CREATE TABLE %s (id int);', letter), format('DROP TABLE %s;', letter))
FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e', 'f']) AS letter;

-- It has to be an applied one.
SELECT * FROM pg_flux.rollback_to('nowhere.sql');
SELECT * FROM pg_flux.rollback_to('a.sql');
SELECT * FROM pg_flux.rollback_to('a.sql', dry_run => true);
SELECT * FROM pg_flux.rollback_to('');
\set VERBOSITY sqlstate
SELECT * FROM pg_flux.rollback_to('nowhere.sql');
SELECT * FROM pg_flux.rollback_to('a.sql');
\set VERBOSITY default

SELECT filename, outcome FROM pg_flux.apply(5);
-- What comes after it in the order of application, newest first.
SELECT * FROM pg_flux.rollback_to('b.sql', dry_run => true);
SELECT filename, outcome, reason, statements, duration >= '0' AS duration FROM pg_flux.rollback_to('b.sql');
SELECT status, filename FROM pg_flux.status();
SELECT action, filename, sql FROM pg_flux.history ORDER BY id DESC LIMIT 3;

-- It is the last one: nothing to do.
SELECT * FROM pg_flux.rollback_to('b.sql');
SELECT * FROM pg_flux.rollback_to('b.sql', true);

-- The order is that of application: what was applied late goes, whatever its name.
SELECT filename, outcome FROM pg_flux.rollback();
SELECT filename, outcome FROM pg_flux.apply(3);
SELECT pg_flux.register('0.sql', 'CREATE TABLE zero (id int);', 'DROP TABLE zero;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback_to('d.sql', true);
SELECT filename, outcome FROM pg_flux.rollback_to('0.sql', true);

-- Skips are as in rollback: those without Down SQL, those baselined; all of them is an error.
SELECT pg_flux.register('e.sql', 'CREATE TABLE e (id int);');
SELECT filename, outcome, reason FROM pg_flux.rollback_to('d.sql');
SELECT filename, outcome FROM pg_flux.baseline('f.sql');
SELECT * FROM pg_flux.rollback_to('d.sql', true);
SELECT * FROM pg_flux.rollback_to('d.sql');
SELECT filename, outcome, reason FROM pg_flux.rollback_to('c.sql');
-- A baselined one can be the one to roll back to.
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback_to('f.sql');

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA rollback_to CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
