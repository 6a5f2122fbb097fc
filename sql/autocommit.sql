--
-- Statements that cannot run inside a transaction: apply and rollback refuse them before anything runs.
--
CREATE SCHEMA autocommit;
SET search_path = autocommit;
CREATE TABLE plain (id int PRIMARY KEY);
CREATE INDEX plain_id ON plain (id);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE INDEX parts_id ON parts (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2);
CREATE MATERIALIZED VIEW kept AS SELECT 1 AS id;
CREATE UNIQUE INDEX kept_id ON kept (id);

-- What it looks like.
SELECT pg_flux.register('1.sql', '-- +migrate Up
BEGIN;
CREATE TABLE first (id int);
COMMIT;

CREATE INDEX CONCURRENTLY first_id ON first (id);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS first_unique ON first (id);
');
SELECT pg_flux.register('0.sql', 'CREATE TABLE zero (id int);', '-- +migrate Down
DROP TABLE zero;
VACUUM plain;
');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.apply(dry_run => true);
SELECT filename, outcome FROM pg_flux.apply(1);
SELECT filename, outcome FROM pg_flux.rollback();
SELECT filename, outcome FROM pg_flux.rollback(dry_run => true);
SELECT status, filename FROM pg_flux.status();
\set VERBOSITY sqlstate
SELECT pg_flux.apply();
SELECT pg_flux.rollback();
\set VERBOSITY default
-- Inside BEGIN ... COMMIT it could not run with the procedure either.
SELECT pg_flux.register('0.sql', 'CREATE TABLE zero (id int);', 'BEGIN;
VACUUM plain;
COMMIT;');
SELECT filename, outcome FROM pg_flux.rollback();
-- One behind others: nothing of them has run.
CREATE SEQUENCE ran;
SELECT pg_flux.register('0.sql', 'CREATE TABLE zero (id int);', 'DROP TABLE zero');
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.register('0.sql', 'SELECT nextval(''autocommit.ran'');', 'SELECT nextval(''autocommit.ran'');');
SELECT filename, outcome FROM pg_flux.apply();
SELECT is_called FROM ran;
-- A section that is marked so.
SELECT pg_flux.register('1.sql', '-- +migrate Up notransaction
SELECT 1;
');
SELECT filename, outcome FROM pg_flux.apply();
SELECT is_called FROM ran;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;

-- Every kind -----------------------------------------------------------------------------------------------------------

-- try() applies statements behind one that leaves a mark, tells what came of it, and takes it back.
CREATE FUNCTION try(statements text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    came_of_it text;
    hint text;
BEGIN
    PERFORM setval('ran', 1, false);
    BEGIN
        PERFORM pg_flux.register('1.sql', E'SELECT nextval(''autocommit.ran'');\n' || statements);
        PERFORM pg_flux.apply();
        RAISE SQLSTATE 'UNDO1';
    EXCEPTION
        WHEN SQLSTATE 'UNDO1' THEN
            came_of_it := 'runs';
        WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            came_of_it := concat_ws(' ', SQLSTATE, SQLERRM, '[' || nullif(hint, '') || ']');
    END;
    RETURN CASE WHEN came_of_it <> 'runs' AND (SELECT is_called FROM ran) THEN 'late: ' || came_of_it ELSE came_of_it END;
END
$$;
SET client_min_messages = error;

-- Known from the statement. (The hint is always the one above.)
SELECT statement, replace(try(statement), ' [CALL pg_flux.apply_each() runs it outside of one.]', '') AS try FROM unnest(ARRAY[
    'CREATE INDEX CONCURRENTLY ON plain (id)',
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS plain_unique ON plain (id)',
    'DROP INDEX CONCURRENTLY plain_id',
    'DROP INDEX CONCURRENTLY IF EXISTS nothing',
    'REINDEX INDEX CONCURRENTLY plain_id',
    'REINDEX TABLE CONCURRENTLY plain',
    'REINDEX (VERBOSE, CONCURRENTLY ON) TABLE plain',
    'REINDEX SCHEMA CONCURRENTLY autocommit',
    'REINDEX DATABASE CONCURRENTLY contrib_regression',
    'REINDEX SCHEMA autocommit',
    'REINDEX DATABASE contrib_regression',
    'REINDEX SYSTEM contrib_regression',
    'VACUUM',
    'VACUUM plain',
    'VACUUM (FULL, ANALYZE) plain',
    'CLUSTER',
    'CLUSTER VERBOSE',
    'ALTER TABLE parts DETACH PARTITION part CONCURRENTLY',
    'ALTER SYSTEM SET work_mem = ''5MB''',
    'ALTER SYSTEM RESET ALL',
    'DISCARD ALL',
    'CREATE DATABASE regress_flux_db',
    'DROP DATABASE regress_flux_db',
    'DROP DATABASE IF EXISTS regress_flux_db',
    'ALTER DATABASE regress_flux_db SET TABLESPACE pg_default',
    'CREATE TABLESPACE regress_flux_space LOCATION ''/nowhere''',
    'DROP TABLESPACE regress_flux_space',
    'CREATE SUBSCRIPTION regress_flux CONNECTION ''dbname=nowhere'' PUBLICATION p',
    'CREATE SUBSCRIPTION regress_flux CONNECTION ''dbname=nowhere'' PUBLICATION p WITH (create_slot = true)',
    'ALTER SUBSCRIPTION regress_flux REFRESH PUBLICATION',
    'ALTER SUBSCRIPTION regress_flux SET PUBLICATION p',
    'ALTER SUBSCRIPTION regress_flux ADD PUBLICATION p WITH (copy_data = false)',
    'ALTER SUBSCRIPTION regress_flux DROP PUBLICATION p WITH (refresh = true)']) AS statement;

-- Known from the catalog.
CREATE SUBSCRIPTION regress_flux CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = 'regress_flux');
SELECT statement, replace(try(statement), ' [CALL pg_flux.apply_each() runs it outside of one.]', '') AS try FROM unnest(ARRAY[
    'REINDEX TABLE parts',
    'REINDEX INDEX parts_id',
    'REINDEX TABLE autocommit.parts',
    'CLUSTER parts USING parts_id',
    'DROP SUBSCRIPTION regress_flux']) AS statement;

-- Their likes that can run inside a transaction do.
ALTER SUBSCRIPTION regress_flux SET (slot_name = NONE);
SELECT statement, try(statement) FROM unnest(ARRAY[
    'CREATE INDEX ON plain (id)',
    'DROP INDEX plain_id',
    'REINDEX INDEX plain_id',
    'REINDEX TABLE plain',
    'REINDEX (CONCURRENTLY FALSE) TABLE plain',
    'ANALYZE',
    'ANALYZE plain',
    'REFRESH MATERIALIZED VIEW CONCURRENTLY kept',
    'CLUSTER plain USING plain_id',
    'ALTER TABLE parts DETACH PARTITION part',
    'DISCARD PLANS',
    'DISCARD TEMP',
    'DISCARD SEQUENCES',
    'DO $$ BEGIN EXECUTE format(''ALTER DATABASE %I SET work_mem TO DEFAULT'', current_database()); END $$',
    'ALTER SUBSCRIPTION regress_flux SET PUBLICATION q WITH (refresh = false)',
    'ALTER SUBSCRIPTION regress_flux DISABLE',
    'DROP SUBSCRIPTION regress_flux',
    'DROP SUBSCRIPTION regress_flux; CREATE SUBSCRIPTION regress_flux CONNECTION ''dbname=nowhere'' PUBLICATION p WITH (connect = false)',
    'DROP SUBSCRIPTION IF EXISTS regress_flux_nothing']) AS statement;
DROP SUBSCRIPTION regress_flux;

-- Found out late -------------------------------------------------------------------------------------------------------

-- PostgreSQL's own refusal undoes the run, and gets the same hint. (In a transaction block all its majors say the same.)
RESET client_min_messages;
SELECT pg_flux.register('1.sql', '-- +migrate Up
CREATE TABLE late (id int) PARTITION BY LIST (id);
REINDEX TABLE late;
');
BEGIN;
SELECT filename, outcome FROM pg_flux.apply();
ROLLBACK;
SELECT to_regclass('late') AS late;
SELECT pg_flux.register('1.sql', 'DO ''BEGIN EXECUTE $$VACUUM plain$$; END'';');
BEGIN;
SELECT filename, outcome FROM pg_flux.apply();
ROLLBACK;
SET client_min_messages = error;
SELECT statement, try(statement) FROM unnest(ARRAY[
    'CREATE TABLE late (id int) PARTITION BY LIST (id); CREATE INDEX late_id ON late (id); REINDEX INDEX late_id',
    'CREATE TABLE late (id int) PARTITION BY LIST (id); CREATE INDEX late_id ON late (id); CLUSTER late USING late_id',
    'CREATE SUBSCRIPTION regress_flux CONNECTION ''dbname=nowhere'' PUBLICATION p WITH (connect = false, slot_name = regress_flux); DROP SUBSCRIPTION regress_flux',
    'DO ''BEGIN EXECUTE $$DROP INDEX CONCURRENTLY plain_id$$; END''']) AS statement;

-- Errors that come from being in one transaction -----------------------------------------------------------------------

RESET client_min_messages;
-- A new enum value cannot be used before it is committed.
CREATE TYPE mood AS ENUM ('glad');
SELECT pg_flux.register('1.sql', 'ALTER TYPE mood ADD VALUE ''sad'';');
SELECT pg_flux.register('2.sql', 'CREATE TABLE moods AS SELECT ''sad''::mood AS mood;');
SELECT filename, outcome FROM pg_flux.apply();
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
-- A table cannot be altered while a check of its rows waits for the end of the transaction.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'ALTER TABLE child ADD COLUMN note text;');
SELECT pg_flux.register('2.sql', 'SELECT 1;', 'INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback(2);
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
-- COMMIT in a block.
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'DO $$ BEGIN CREATE TABLE committed (id int); COMMIT; END $$;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.register('1.sql', 'SELECT 1;', 'DO $$ BEGIN ROLLBACK; END $$;');
SELECT filename, outcome FROM pg_flux.rollback();
\set VERBOSITY sqlstate
SELECT filename, outcome FROM pg_flux.rollback();
\set VERBOSITY default
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
-- A hint of the statement itself is kept; errors that have nothing to do with it get none.
SELECT pg_flux.register('1.sql', $file$DO $$ BEGIN RAISE 'in use' USING ERRCODE = 'object_in_use', HINT = 'Wait until it is not.'; END $$;$file$);
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.register('1.sql', 'DECLARE rows CURSOR FOR SELECT * FROM plain; ALTER TABLE plain ADD COLUMN note text;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.register('1.sql', $file$DO $$ BEGIN RAISE 'too much' USING ERRCODE = 'out_of_memory'; END $$;$file$);
SELECT filename, outcome FROM pg_flux.apply();
-- Where the block catches it, it is no error.
SELECT pg_flux.register('1.sql', $file$DO $$ BEGIN EXECUTE 'VACUUM'; EXCEPTION WHEN active_sql_transaction THEN RAISE NOTICE '%', SQLERRM; END $$;$file$);
SELECT filename, outcome FROM pg_flux.apply();

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA autocommit CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
