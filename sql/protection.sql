--
-- What the SQL of a migration cannot reach, and what cannot reach the queries of pg_flux.
--
CREATE SCHEMA protection;
SET search_path = protection;

-- try() registers and applies a statement, tells what came of it, and takes it back.
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM pg_flux.register('9.sql', try.statement);
    PERFORM pg_flux.apply();
    RAISE SQLSTATE 'UNDO1';
EXCEPTION
    WHEN SQLSTATE 'UNDO1' THEN
        RETURN 'runs';
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RETURN concat_ws(' ', SQLSTATE, SQLERRM, '[' || nullif(detail, '') || ']');
END
$$;

-- A run inside a run -------------------------------------------------------------------------------------------------

-- Everything that changes pg_flux is refused.
SELECT pg_flux.register('1.sql', 'SELECT 1;', '-- one below
SELECT pg_flux.rollback(1);
');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'DO $$ BEGIN PERFORM pg_flux.rollback(1); END $$;');
SELECT filename, outcome FROM pg_flux.rollback();
\set VERBOSITY sqlstate
SELECT filename, outcome FROM pg_flux.rollback();
\set VERBOSITY default
SET client_min_messages = warning;
SELECT statement, try(statement) FROM unnest(ARRAY[
    'SELECT pg_flux.apply()',
    'SELECT pg_flux.rollback()',
    'SELECT pg_flux.rollback_to(''1.sql'')',
    'SELECT pg_flux.register(''2.sql'', ''SELECT 1'')',
    'SELECT pg_flux.unregister(''1.sql'')',
    'SELECT pg_flux.repair(''1.sql'', ''SELECT 1'')',
    'SELECT pg_flux.load(''/tmp'')',
    'SELECT pg_flux.baseline(''1.sql'')',
    'SELECT pg_flux.unbaseline(''1.sql'')',
    'SELECT pg_flux.prune_history(now())',
    'CALL pg_flux.apply_each()',
    'CALL pg_flux.rollback_each()',
    'CALL pg_flux.rollback_to_each(''1.sql'')',
    'DO ''BEGIN EXECUTE $$SELECT pg_flux.rollback()$$; END''']) AS statement;
-- Caught in a block, it still has done nothing, and the migration goes on.
SELECT try('DO $$ BEGIN PERFORM pg_flux.rollback(); EXCEPTION WHEN OTHERS THEN NULL; END $$; SELECT 1; SELECT pg_flux.status();');
-- Looking is allowed.
SELECT statement, try(statement) FROM unnest(ARRAY[
    'SELECT pg_flux.status()',
    'SELECT pg_flux.progress(''1.sql'')',
    'SELECT pg_flux.plan()',
    'SELECT pg_flux.rollback(1, dry_run => true)',
    'SELECT pg_flux.apply(dry_run => true)',
    'SELECT count(*) FROM pg_flux.history']) AS statement;

-- The tables ---------------------------------------------------------------------------------------------------------

SELECT statement, try(statement) FROM unnest(ARRAY[
    'DELETE FROM pg_flux.applied',
    'DELETE FROM pg_flux.applied WHERE false',
    'INSERT INTO pg_flux.applied OVERRIDING SYSTEM VALUE SELECT * FROM pg_flux.applied WHERE false',
    'UPDATE pg_flux.applied SET checksum = ''''',
    'TRUNCATE pg_flux.history',
    'TRUNCATE pg_flux.migration CASCADE',
    'UPDATE pg_flux.history SET role = ''nobody''',
    'INSERT INTO pg_flux.history (action, role, session_role, happened_at) VALUES (''apply'', ''me'', ''me'', now())',
    'UPDATE pg_flux.migration SET undo = ''SELECT 1''',
    'UPDATE pg_flux.state SET changes = 0',
    'MERGE INTO pg_flux.applied AS a USING pg_flux.migration AS m ON a.filename = m.filename WHEN MATCHED THEN DELETE',
    'COPY pg_flux.history (action) FROM PROGRAM ''echo apply''',
    'DO ''BEGIN DELETE FROM pg_flux.applied; END''',
    'WITH gone AS (DELETE FROM pg_flux.applied RETURNING *) SELECT * FROM gone',
    'SET session_replication_role = replica; DELETE FROM pg_flux.applied',
    'SELECT set_config(''session_replication_role'', ''replica'', true); DELETE FROM pg_flux.applied']) AS statement;
-- With its context.
SELECT pg_flux.register('2.sql', '
DO $$
BEGIN
    DELETE FROM pg_flux.applied;
END
$$;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.unregister('2.sql');

-- The extension and its parts ----------------------------------------------------------------------------------------

SELECT pg_flux.register('2.sql', 'DROP EXTENSION pg_flux CASCADE;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.unregister('2.sql');
SELECT statement, try(statement) FROM unnest(ARRAY[
    'DROP EXTENSION pg_flux',
    'DO ''BEGIN DROP EXTENSION pg_flux; END''',
    'DROP SCHEMA pg_flux CASCADE',
    'DROP TABLE pg_flux.history',
    'DROP TABLE pg_flux.applied CASCADE',
    'DROP FUNCTION pg_flux.status()',
    'ALTER EXTENSION pg_flux DROP TABLE pg_flux.history',
    'ALTER TABLE pg_flux.history RENAME TO log',
    'ALTER TABLE pg_flux.history RENAME COLUMN sql TO text',
    'ALTER TABLE pg_flux.history DROP COLUMN sql',
    'ALTER TABLE pg_flux.history DROP CONSTRAINT history_action_check',
    'ALTER TABLE pg_flux.history DISABLE TRIGGER ALL',
    'ALTER TABLE pg_flux.applied DISABLE TRIGGER refuse_during_run',
    'ALTER TABLE pg_flux.applied ENABLE REPLICA TRIGGER refuse_during_run',
    'DROP TRIGGER refuse_during_run ON pg_flux.applied',
    'ALTER TRIGGER refuse_during_run ON pg_flux.applied RENAME TO off',
    'ALTER TABLE pg_flux.applied SET SCHEMA protection',
    'ALTER TABLE pg_flux.applied OWNER TO CURRENT_USER',
    'DROP INDEX pg_flux.applied_sequence_key',
    'ALTER INDEX pg_flux.applied_pkey RENAME TO off',
    'ALTER SEQUENCE pg_flux.applied_sequence_seq RESTART',
    'ALTER FUNCTION pg_flux.status() RENAME TO off',
    'ALTER FUNCTION pg_flux.status() SECURITY DEFINER',
    'ALTER SCHEMA pg_flux RENAME TO off',
    'ALTER SCHEMA pg_flux OWNER TO CURRENT_USER']) AS statement;
-- Nor is anything added to them.
SELECT statement, left(try(statement), 5) FROM unnest(ARRAY[
    'ALTER TABLE pg_flux.history ADD COLUMN note text',
    'ALTER TABLE pg_flux.history ADD CHECK (true)',
    'CREATE RULE off AS ON DELETE TO pg_flux.applied DO INSTEAD NOTHING',
    'CREATE TRIGGER off BEFORE DELETE ON pg_flux.applied FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE INDEX ON pg_flux.applied (checksum)',
    'CREATE OR REPLACE FUNCTION pg_flux.refuse_during_run() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''']) AS statement;
-- All of it is there, and works.
SELECT status, filename FROM pg_flux.status();
SELECT count(*) FROM pg_trigger WHERE tgname = 'refuse_during_run' AND tgenabled = 'A';

-- Outside of a run the owner can do as he likes; a failed run, or one that is rolled back, leaves no guard behind.
BEGIN;
DELETE FROM pg_flux.applied;
ALTER TABLE pg_flux.history ADD COLUMN note text;
DROP EXTENSION pg_flux;
ROLLBACK;

-- The caller's search_path -------------------------------------------------------------------------------------------

-- Operators, functions, tables and types that stand before PostgreSQL's and pg_flux's: all of them say so when they are used.
CREATE SCHEMA trap;
CREATE FUNCTION trap.trap() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE FUNCTION trap.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE FUNCTION trap.trap(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE OPERATOR trap.= (FUNCTION = trap.trap, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR trap.<> (FUNCTION = trap.trap, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR trap.<= (FUNCTION = trap.trap, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR trap.< (FUNCTION = trap.trap, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR trap.+ (FUNCTION = trap.trap, LEFTARG = bigint, RIGHTARG = bigint);
CREATE FUNCTION trap.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE FUNCTION trap.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE FUNCTION trap.convert_to(text, name) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE FUNCTION trap.octet_length(text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught in the trap'; END $$;
CREATE DOMAIN trap.name AS text CHECK (false);
CREATE DOMAIN trap.text AS text CHECK (false);
CREATE TABLE trap.migration (LIKE pg_flux.migration);
CREATE TABLE trap.applied (LIKE pg_flux.applied);
CREATE TABLE trap.history (LIKE pg_flux.history);
CREATE TABLE trap.pg_extension (LIKE pg_catalog.pg_extension);
CREATE TEMPORARY TABLE pg_extension (LIKE pg_catalog.pg_extension);
CREATE TEMPORARY TABLE pg_roles AS SELECT * FROM pg_catalog.pg_roles WITH NO DATA;
SET search_path = trap, pg_catalog, protection;
SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text;
\c -
SET client_min_messages = warning;
SET search_path = trap, pg_catalog, protection;
SELECT pg_flux.register('2.sql', 'CREATE TABLE protection.here (id int)', 'DROP TABLE protection.here');
SELECT pg_flux.register('2.sql', 'CREATE TABLE protection.here (id int)', 'DROP TABLE protection.here');
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.repair('2.sql', 'CREATE TABLE protection.here (id bigint)', 'DROP TABLE protection.here');
SELECT status, filename FROM pg_flux.status();
SELECT filename, statement FROM pg_flux.plan();
SELECT filename, outcome FROM pg_flux.rollback();
SELECT filename, outcome FROM pg_flux.baseline('2.sql');
SELECT pg_flux.unbaseline('2.sql');
SELECT filename, outcome FROM pg_flux.rollback_to('1.sql', true);
SELECT pg_flux.unregister('2.sql');
SELECT pg_flux.prune_history('-infinity');
-- pg_flux's own tables are meant by their names; those of the path are empty.
SELECT (SELECT count(*) FROM trap.migration) AS migration, (SELECT count(*) FROM trap.applied) AS applied, (SELECT count(*) FROM trap.history) AS history;
SELECT status, filename FROM pg_flux.status();
-- The statements of a migration are the caller's, and are caught.
SELECT pg_flux.register('2.sql', 'SELECT ''a''::pg_catalog.text = ''b''');
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.unregister('2.sql');
RESET search_path;
DROP SCHEMA trap CASCADE;

-- Security-restricted operations: nobody's index, view or policy runs a migration.
CREATE FUNCTION protection.sneak() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_flux.rollback(1); RETURN 1; END $$;
CREATE MATERIALIZED VIEW protection.sneaky AS SELECT protection.sneak() WITH NO DATA;
REFRESH MATERIALIZED VIEW protection.sneaky;
CREATE FUNCTION protection.sneak_in() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_flux.register('3.sql', 'SELECT 1'); RETURN 1; END $$;
CREATE MATERIALIZED VIEW protection.sneaky_in AS SELECT protection.sneak_in() WITH NO DATA;
REFRESH MATERIALIZED VIEW protection.sneaky_in;
SELECT status, filename FROM pg_flux.status();

-- Leave nothing behind.
DROP SCHEMA protection CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
