--
-- Where the procedures refuse to run, and what they refuse as arguments.
--
CREATE SCHEMA each_refusals;
SET search_path = each_refusals;
CREATE TABLE work (what text);
SELECT pg_flux.register('1.sql', 'CREATE TABLE one ();', 'DROP TABLE one;');
SELECT pg_flux.register('2.sql', 'CREATE TABLE two (); VACUUM two;', 'DROP TABLE two;');
CALL pg_flux.apply_each(1);

-- Inside a transaction block, whose work is not touched ----------------------------------------------------------------

BEGIN;
INSERT INTO work VALUES ('lost');
CALL pg_flux.apply_each();
ROLLBACK;
BEGIN;
INSERT INTO work VALUES ('kept');
SAVEPOINT a;
CALL pg_flux.rollback_each();
ROLLBACK TO SAVEPOINT a;
CALL pg_flux.rollback_to_each('1.sql');
ROLLBACK TO SAVEPOINT a;
CALL pg_flux.apply_each(dry_run => true);
ROLLBACK TO SAVEPOINT a;
COMMIT;
SELECT * FROM work;
\set VERBOSITY sqlstate
BEGIN;
CALL pg_flux.apply_each();
ROLLBACK;
\set VERBOSITY default
-- Also in one that psql begins by itself.
\set AUTOCOMMIT off
CALL pg_flux.apply_each();
ROLLBACK;
\set AUTOCOMMIT on

-- In a string of several statements, before and behind others.
INSERT INTO work VALUES ('lost') \; CALL pg_flux.apply_each();
CALL pg_flux.apply_each() \; INSERT INTO work VALUES ('lost');
CALL pg_flux.rollback_each() \; SELECT 1;
SELECT 1 \; CALL pg_flux.rollback_to_each('1.sql') \; COMMIT;
CALL pg_flux.apply_each() \; CALL pg_flux.rollback_each();
BEGIN \; CALL pg_flux.apply_each() \; COMMIT;
ROLLBACK;
SELECT * FROM work;

-- From functions, blocks and procedures ---------------------------------------------------------------------------------

CREATE FUNCTION from_sql() RETURNS void LANGUAGE sql AS $$ CALL pg_flux.apply_each() $$;
SELECT from_sql();
CREATE FUNCTION from_plpgsql() RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO work VALUES ('lost'); CALL pg_flux.rollback_each(); END $$;
SELECT from_plpgsql();
CREATE FUNCTION from_definer() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN CALL pg_flux.rollback_each(); END $$;
SELECT from_definer();
DO $$ BEGIN INSERT INTO work VALUES ('lost'); CALL pg_flux.apply_each(); END $$;
DO $$ BEGIN COMMIT; CALL pg_flux.apply_each(); END $$;
DO $$ BEGIN CALL pg_flux.rollback_to_each('1.sql', true); END $$;
DO $$ BEGIN EXECUTE 'CALL pg_flux.apply_each()'; END $$;
DO $$ BEGIN CALL pg_flux.apply_each(); EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END $$;
CREATE PROCEDURE wrapper() LANGUAGE plpgsql AS $$ BEGIN CALL pg_flux.apply_each(); END $$;
CALL wrapper();
CREATE PROCEDURE committing_wrapper() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO work VALUES ('committed by the wrapper'); COMMIT; CALL pg_flux.rollback_each(); END $$;
CALL committing_wrapper();
CREATE PROCEDURE sql_wrapper() LANGUAGE sql AS $$ CALL pg_flux.apply_each(); $$;
CALL sql_wrapper();
CREATE PROCEDURE setting_wrapper() LANGUAGE plpgsql SET work_mem = '1MB' AS $$ BEGIN CALL pg_flux.rollback_each(); END $$;
CALL setting_wrapper();
CREATE PROCEDURE defining_wrapper() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN CALL pg_flux.apply_each(); END $$;
CALL defining_wrapper();
CREATE FUNCTION from_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CALL pg_flux.apply_each(); RETURN NEW; END $$;
CREATE TRIGGER from_trigger BEFORE UPDATE ON work FOR EACH ROW EXECUTE FUNCTION from_trigger();
UPDATE work SET what = 'changed';
DROP TRIGGER from_trigger ON work;
-- As a function they do not exist.
SELECT pg_flux.apply_each();
-- A prepared statement cannot be made of a CALL; EXPLAIN knows none either.
PREPARE run AS CALL pg_flux.apply_each();
EXPLAIN ANALYZE CALL pg_flux.apply_each();
-- From a migration.
SELECT pg_flux.register('2.sql', 'INSERT INTO work VALUES (''lost''); CALL pg_flux.rollback_each();');
CALL pg_flux.apply_each();
SELECT filename FROM pg_flux.apply();
-- From one in the worker, where it could commit.
SELECT pg_flux.register('2.sql', '-- +migrate Up notransaction
CALL pg_flux.rollback_each();
');
CALL pg_flux.apply_each();
SELECT pg_flux.register('2.sql', '-- +migrate Up notransaction
SELECT pg_flux.register(''3.sql'', ''SELECT 3'');
');
CALL pg_flux.apply_each();
SELECT pg_flux.register('2.sql', 'CREATE TABLE two (); VACUUM two;', 'DROP TABLE two;');
-- What looks is allowed.
SELECT * FROM work;
SELECT status, filename FROM pg_flux.status();

-- Read-only.
SET default_transaction_read_only = on;
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
CALL pg_flux.apply_each(dry_run => true);
RESET default_transaction_read_only;
-- Isolation levels do not matter to what commits as it goes.
SET default_transaction_isolation = 'serializable';
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
RESET default_transaction_isolation;

-- Arguments -----------------------------------------------------------------------------------------------------------

CALL pg_flux.apply_each(0);
CALL pg_flux.apply_each(-1);
CALL pg_flux.apply_each(NULL, NULL);
CALL pg_flux.apply_each(NULL, false, NULL);
CALL pg_flux.apply_each(resume => 'again');
CALL pg_flux.apply_each(resume => '');
CALL pg_flux.apply_each(resume => 'RETRY');
CALL pg_flux.apply_each(0, dry_run => true);
CALL pg_flux.rollback_each(0);
CALL pg_flux.rollback_each(-3);
CALL pg_flux.rollback_each(NULL);
CALL pg_flux.rollback_each(1, NULL);
CALL pg_flux.rollback_each(1, false, 'stop');
CALL pg_flux.rollback_to_each(NULL);
CALL pg_flux.rollback_to_each('1.sql', NULL);
CALL pg_flux.rollback_to_each('1.sql', false, 'stop');
CALL pg_flux.rollback_to_each('nowhere.sql');
-- NULL is all of them, and no answer.
CALL pg_flux.apply_each(NULL, true, false, NULL);
CALL pg_flux.rollback_each(1, true, NULL);
CALL pg_flux.rollback_to_each('1.sql', true, NULL);
\set VERBOSITY sqlstate
CALL pg_flux.apply_each(0);
CALL pg_flux.apply_each(NULL, NULL);
CALL pg_flux.apply_each(resume => 'again');
CALL pg_flux.rollback_each(NULL);
CALL pg_flux.rollback_to_each(NULL);
CALL pg_flux.rollback_to_each('nowhere.sql');
\set VERBOSITY default

-- Rights --------------------------------------------------------------------------------------------------------------

CREATE ROLE regress_flux_deployer;
CREATE ROLE regress_flux_weak;
GRANT USAGE, CREATE ON SCHEMA each_refusals TO regress_flux_deployer;
GRANT USAGE ON SCHEMA pg_flux TO regress_flux_deployer, regress_flux_weak;
-- EXECUTE is needed.
SET ROLE regress_flux_weak;
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each(dry_run => true);
CALL pg_flux.rollback_to_each('1.sql');
RESET ROLE;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA pg_flux TO regress_flux_deployer, regress_flux_weak;
-- A text runs only with rights that its author has: nobody's SET ROLE hides who is behind it.
SET SESSION AUTHORIZATION regress_flux_weak;
SELECT pg_flux.register('3.sql', 'VACUUM each_refusals.work; SELECT 1;', 'SELECT 1;');
RESET SESSION AUTHORIZATION;
CALL pg_flux.apply_each();
SET ROLE regress_flux_weak;
CALL pg_flux.apply_each();
RESET ROLE;
SELECT status, filename FROM pg_flux.status();
-- Vouched for by a superuser it runs, with the rights of the role that runs it.
SELECT pg_flux.register('3.sql', '-- +migrate Up
CREATE TABLE three AS SELECT current_user AS ran_as, session_user = current_user AS same;
VACUUM three;
INSERT INTO three SELECT current_user, session_user = current_user;
RESET ROLE;
INSERT INTO three SELECT current_user = session_user, true;
-- +migrate Down
DROP TABLE three;
');
SELECT pg_flux.register('4.sql', 'SELECT 4; VACUUM; CREATE TABLE pg_catalog.four ();', 'SELECT 1;');
CALL pg_flux.apply_each(1);
SET ROLE regress_flux_deployer;
CALL pg_flux.apply_each(1);
SELECT * FROM three;
SET client_min_messages = error;
CALL pg_flux.apply_each();
RESET client_min_messages;
SELECT current_user = 'regress_flux_deployer' AS still_who_it_was;
RESET ROLE;
SELECT applied_by FROM pg_flux.applied WHERE filename = '3.sql';
SELECT role, session_role = session_user AS session_role FROM pg_flux.history WHERE filename = '3.sql';

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA each_refusals CASCADE;
DELETE FROM pg_flux.partial;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
DROP OWNED BY regress_flux_deployer, regress_flux_weak;
DROP ROLE regress_flux_deployer, regress_flux_weak;
