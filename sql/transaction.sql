--
-- One call is one run, and a part of the caller's transaction.
--
CREATE SCHEMA transaction;
SET search_path = transaction;

-- What there is, as one line: migrations applied, tables, actions in the history.
CREATE FUNCTION here() RETURNS text LANGUAGE sql
RETURN format('applied: %s, tables: %s, actions: %s',
    (SELECT string_agg(left(filename, 1), ' ' ORDER BY sequence) FROM pg_flux.applied),
    (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'transaction'::regnamespace AND relkind = 'r'),
    (SELECT count(*) FROM pg_flux.history));

SET client_min_messages = warning;
SELECT pg_flux.register(format('%s.sql', letter), format('CREATE TABLE %s (id int);', letter), format('DROP TABLE %s;', letter))
FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e']) AS letter;
SELECT filename, outcome FROM pg_flux.apply(4);
SELECT here();

-- ROLLBACK -----------------------------------------------------------------------------------------------------------

-- The caller's ROLLBACK takes back all of it: schema, tracking rows, history.
BEGIN;
SELECT filename, outcome FROM pg_flux.rollback(3);
SELECT here();
ROLLBACK;
SELECT here();
BEGIN;
SELECT filename, outcome FROM pg_flux.apply();
SELECT here();
ROLLBACK;
SELECT here();
-- So does ROLLBACK TO a savepoint, of what came after it.
BEGIN;
SELECT filename, outcome FROM pg_flux.rollback(1);
SAVEPOINT one;
SELECT filename, outcome FROM pg_flux.rollback(2);
SELECT here();
ROLLBACK TO SAVEPOINT one;
SELECT here();
SELECT filename, outcome FROM pg_flux.rollback(1);
SELECT here();
ROLLBACK TO SAVEPOINT one;
COMMIT;
SELECT here();
-- An exception block is a savepoint too.
DO $$
BEGIN
    PERFORM pg_flux.rollback(2);
    RAISE SQLSTATE 'ABORT';
EXCEPTION WHEN SQLSTATE 'ABORT' THEN
    RAISE WARNING 'taken back';
END
$$;
SELECT here();
SELECT filename, outcome FROM pg_flux.apply(1);
-- Registering as well.
BEGIN;
SELECT pg_flux.register('f.sql', 'SELECT 1;', 'SELECT 2;');
SELECT pg_flux.unregister('e.sql');
SELECT pg_flux.register('a.sql', 'CREATE TABLE a (id int);', 'DROP TABLE IF EXISTS a;');
SELECT filename, undo FROM pg_flux.migration ORDER BY filename;
ROLLBACK;
SELECT filename, undo FROM pg_flux.migration ORDER BY filename;

-- Up and down in one transaction, as often as it takes.
BEGIN;
SELECT filename, outcome FROM pg_flux.rollback(4);
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback(1);
SELECT here();
COMMIT;
SELECT here();

-- A failure anywhere -------------------------------------------------------------------------------------------------

-- The second of three Downs fails: all three are undone.
RESET client_min_messages;
SELECT pg_flux.register('c.sql', 'CREATE TABLE c (id int);', '-- +migrate Down
ALTER TABLE a ADD COLUMN note text;
DROP TABLE c;
DROP TABLE nothing;
DROP TABLE never_reached;
');
SELECT filename, outcome FROM pg_flux.rollback(3);
SELECT here(), (SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0) AS columns_of_a;
-- In a transaction block it is aborted, as by any error.
BEGIN;
SELECT filename, outcome FROM pg_flux.rollback(3);
SELECT filename, outcome FROM pg_flux.rollback(1);
COMMIT;
SELECT here();
-- With a savepoint it goes on.
BEGIN;
SAVEPOINT one;
SELECT filename, outcome FROM pg_flux.rollback(3);
ROLLBACK TO SAVEPOINT one;
SELECT filename, outcome FROM pg_flux.rollback(1);
COMMIT;
SELECT here();
-- The SQLSTATE is that of the statement; whoever catches it knows what happened.
DO $$
DECLARE
    message text;
    context text;
BEGIN
    PERFORM pg_flux.rollback(3);
EXCEPTION WHEN undefined_table THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
    RAISE NOTICE 'caught %: %', SQLSTATE, message;
    RAISE NOTICE '%', context;
END
$$;
SELECT here();
-- What can be found out is found out before anything runs, here a text that no longer is SQL.
BEGIN;
UPDATE pg_flux.migration SET undo = 'DROP TABEL b' WHERE filename = 'b.sql';
SELECT filename, outcome FROM pg_flux.rollback(3);
ROLLBACK;
-- Constraints that are checked late fail late: in the caller's COMMIT, or where it asks for it.
SELECT pg_flux.register('c.sql', 'CREATE TABLE c (id int);', 'DROP TABLE c;');
SELECT pg_flux.register('e.sql', '-- +migrate Up
CREATE TABLE e (id int PRIMARY KEY, parent int REFERENCES e DEFERRABLE INITIALLY DEFERRED);
INSERT INTO e VALUES (1, 2);
');
SELECT filename, outcome FROM pg_flux.apply();
SELECT here();

-- One call, one run --------------------------------------------------------------------------------------------------

SET client_min_messages = warning;
SELECT pg_flux.register('e.sql', 'CREATE TABLE e (id int);', 'DROP TABLE e;');
SELECT filename, outcome FROM pg_flux.apply();
-- However few rows are fetched.
BEGIN;
SELECT filename, outcome FROM pg_flux.rollback(3) LIMIT 1;
SELECT here();
ROLLBACK;
BEGIN;
SELECT EXISTS (SELECT FROM pg_flux.rollback(3));
SELECT here();
ROLLBACK;
BEGIN;
DECLARE rows CURSOR FOR SELECT filename, outcome FROM pg_flux.rollback(3);
SELECT here();
FETCH 1 FROM rows;
SELECT here();
FETCH 1 FROM rows;
CLOSE rows;
SELECT here();
ROLLBACK;
BEGIN;
SELECT (SELECT filename FROM pg_flux.rollback(3) LIMIT 1);
SELECT here();
ROLLBACK;
-- In the select list too; once, whatever is done with the row.
BEGIN;
SELECT (row).filename, (row).outcome FROM (SELECT pg_flux.rollback(3) AS row) AS rows;
SELECT here();
ROLLBACK;
BEGIN;
SELECT (row).outcome FROM (SELECT pg_flux.rollback(3) AS row OFFSET 0) AS rows LIMIT 1;
SELECT here();
ROLLBACK;
BEGIN;
SELECT 1 AS one FROM (SELECT pg_flux.rollback(3)) AS rows LIMIT 1;
SELECT here();
ROLLBACK;
BEGIN;
SELECT (pg_flux.rollback(3)).filename, (pg_flux.rollback(3)).outcome;
SELECT here();
ROLLBACK;
-- Two calls are two runs.
BEGIN;
SELECT filename FROM pg_flux.rollback(1) UNION ALL SELECT filename FROM pg_flux.rollback(1);
SELECT here();
ROLLBACK;
BEGIN;
SELECT one, filename FROM (VALUES (1), (2)) AS calls (one), LATERAL pg_flux.rollback(one);
SELECT here();
ROLLBACK;
-- In a function, a CTE, an INSERT.
BEGIN;
CREATE FUNCTION undo(n int) RETURNS SETOF text LANGUAGE sql AS 'SELECT filename FROM pg_flux.rollback(n)';
SELECT undo(2);
SELECT here();
WITH undone AS MATERIALIZED (SELECT filename FROM pg_flux.rollback(2)) SELECT count(*) FROM undone;
SELECT here();
CREATE TEMPORARY TABLE log AS SELECT filename, outcome FROM pg_flux.apply(1);
SELECT * FROM log;
ROLLBACK;
-- A prepared statement and a plan that is kept run each time.
PREPARE undo AS SELECT filename FROM pg_flux.rollback($1);
EXECUTE undo(1);
EXECUTE undo(1);
SELECT here();
DEALLOCATE undo;
SELECT filename FROM pg_flux.apply();
-- EXPLAIN does not run it; EXPLAIN ANALYZE does.
BEGIN;
EXPLAIN (COSTS off) SELECT * FROM pg_flux.rollback(3);
SELECT here();
DO $$ BEGIN EXECUTE 'EXPLAIN ANALYZE SELECT * FROM pg_flux.rollback(3)'; END $$;
SELECT here();
ROLLBACK;

-- Isolation levels: alone, each works.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT filename FROM pg_flux.rollback(1);
SELECT filename FROM pg_flux.rollback(1);
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT filename FROM pg_flux.apply();
COMMIT;
SELECT here();

-- Settings end with the migration ------------------------------------------------------------------------------------

CREATE ROLE regress_flux_other;
GRANT ALL ON SCHEMA transaction TO regress_flux_other;
CREATE FUNCTION settings() RETURNS text LANGUAGE sql
RETURN format('work_mem %s, search_path %s, user is caller %s, lock_timeout %s, statement_timeout %s, mine %s',
    current_setting('work_mem'), current_setting('search_path'), current_user = session_user, current_setting('lock_timeout'),
    current_setting('statement_timeout'), coalesce(current_setting('transaction.mine', true), ''));
SET work_mem = '5MB';
SET lock_timeout = '2min';
SET statement_timeout = '2h';
SELECT settings() AS before \gset
SELECT pg_flux.register('f.sql', $file$-- +migrate Up
SET work_mem = '6MB';
SET SESSION statement_timeout = '1h';
SET LOCAL lock_timeout = '1min';
SELECT set_config('transaction.mine', 'set', false);
SET search_path = pg_catalog, transaction;
CREATE TABLE transaction.f (id int);
DO $$ BEGIN RAISE WARNING '%', settings(); END $$;
SET ROLE regress_flux_other;
DO $$ BEGIN RAISE WARNING '% %', current_user, settings(); END $$;
-- +migrate Down
DO $$ BEGIN RAISE WARNING '%', settings(); END $$;
SET SESSION AUTHORIZATION regress_flux_other;
DO $$ BEGIN RAISE WARNING '% %', session_user, settings(); END $$;
SET SESSION work_mem TO DEFAULT;
RESET SESSION AUTHORIZATION;
DROP TABLE f;
$file$);
SELECT pg_flux.register('g.sql', $file$-- +migrate Up
DO $$ BEGIN RAISE WARNING '%', settings(); END $$;
-- +migrate Down
DO $$ BEGIN RAISE WARNING '%', settings(); END $$;
RESET work_mem;
$file$);
SELECT filename FROM pg_flux.apply();
SELECT settings() = :'before' AS as_before, current_user = session_user AS as_myself;
BEGIN;
SELECT filename FROM pg_flux.rollback(2);
SELECT settings() = :'before' AS as_before, current_user = session_user AS as_myself;
COMMIT;
SELECT settings() = :'before' AS as_before;
-- Also after a failure.
SELECT pg_flux.register('f.sql', 'SET work_mem = ''6MB''; SET ROLE regress_flux_other; SELECT 1/0;');
SELECT filename FROM pg_flux.apply();
SHOW work_mem;
SELECT current_user = session_user AS as_myself;
BEGIN;
SAVEPOINT one;
SELECT filename FROM pg_flux.apply();
ROLLBACK TO SAVEPOINT one;
SHOW work_mem;
SELECT current_user = session_user AS as_myself;
ROLLBACK;

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA transaction CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
DROP ROLE regress_flux_other;
