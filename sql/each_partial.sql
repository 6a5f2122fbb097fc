--
-- What becomes of a section that fails in the middle, and how it goes on.
--
CREATE SCHEMA each_partial;
SET search_path = each_partial;
CREATE TABLE ran (number int GENERATED ALWAYS AS IDENTITY, what text);
CREATE TABLE t (id int);
CREATE VIEW indexes AS
    SELECT indexrelid::regclass AS index, indisvalid AS valid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY indexrelid::regclass::text COLLATE "C";

-- A failure in the middle ---------------------------------------------------------------------------------------------

SELECT pg_flux.register('0.sql', 'SELECT 1;', 'SELECT 1;');
SELECT pg_flux.register('1.sql', '-- +migrate Up
INSERT INTO ran (what) VALUES (''1'');

VACUUM t;
INSERT INTO ran (what) VALUES (''3'');
INSERT INTO nothing VALUES (4);
VACUUM t;
-- +migrate Down
INSERT INTO ran (what) VALUES (''down'');
');
SELECT pg_flux.register('2.sql', 'SELECT 1;', 'SELECT 1;');
CALL pg_flux.apply_each();
SELECT status, filename, applied_at IS NULL AS never, down FROM pg_flux.status();
SELECT * FROM pg_flux.progress('1.sql');
SELECT what FROM ran ORDER BY number;
SELECT action, filename FROM pg_flux.history ORDER BY id;
-- There is none for the others.
SELECT * FROM pg_flux.progress('0.sql');
SELECT * FROM pg_flux.progress('2.sql');
SELECT * FROM pg_flux.progress('3.sql');
SELECT * FROM pg_flux.progress(NULL);

-- The next call goes on there, and does not repeat what is done.
CALL pg_flux.apply_each(1, dry_run => true);
CALL pg_flux.apply_each();
SELECT what FROM ran ORDER BY number;
CREATE TABLE nothing (id int);
CALL pg_flux.apply_each();
SELECT what FROM ran ORDER BY number;
SELECT * FROM nothing;
SELECT status, filename, down FROM pg_flux.status();
SELECT * FROM pg_flux.progress('1.sql');
SELECT action, filename, sql FROM pg_flux.history WHERE filename = '1.sql' ORDER BY id;
SELECT count(*) FROM pg_flux.partial;

-- Nothing of it was done: it is pending, as before.
SELECT pg_flux.register('3.sql', 'INSERT INTO ran (what) VALUES (''lost''); SELECT 1/0; VACUUM t;', 'SELECT 1;');
SELECT pg_flux.register('4.sql', 'VACUUM missing; INSERT INTO ran (what) VALUES (''lost'');', 'SELECT 1;');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename >= '3';
SELECT * FROM pg_flux.progress('3.sql');
SELECT pg_flux.unregister('3.sql');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename >= '3';
SELECT * FROM pg_flux.progress('4.sql');
SELECT pg_flux.unregister('4.sql');
SELECT what FROM ran WHERE what = 'lost';
TRUNCATE ran;

-- A Down that fails in the middle keeps the tracking row: partly rolled back.
SELECT pg_flux.register('2.sql', 'SELECT 1;', '-- Comes back.
INSERT INTO ran (what) VALUES (''1'');
VACUUM t;
DROP TABLE missing;
');
CALL pg_flux.rollback_each(2);
SELECT status, filename, applied_at IS NULL AS never, down FROM pg_flux.status();
SELECT * FROM pg_flux.progress('2.sql');
CREATE TABLE missing ();
CALL pg_flux.rollback_each(dry_run => true);
CALL pg_flux.rollback_each();
SELECT status, filename, applied_at IS NULL AS never, down FROM pg_flux.status();
SELECT what FROM ran ORDER BY number;
SELECT action, filename FROM pg_flux.history ORDER BY id DESC LIMIT 1;
TRUNCATE ran;

-- Invalid indexes -----------------------------------------------------------------------------------------------------

-- A failed CREATE INDEX CONCURRENTLY leaves one, which the error names, and which the next call removes.
INSERT INTO t VALUES (1), (1);
SELECT pg_flux.register('5.sql', 'CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);', 'DROP INDEX CONCURRENTLY t_id;');
CALL pg_flux.apply_each();
\d t
SELECT status, filename FROM pg_flux.status();
SELECT * FROM pg_flux.progress('5.sql');
-- It fails again, and leaves no second one.
CALL pg_flux.apply_each();
SELECT * FROM indexes;
DELETE FROM t;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
CALL pg_flux.rollback_each();
SELECT * FROM indexes;

-- Removed by hand as the error says, it goes on as well.
INSERT INTO t VALUES (1), (1);
CALL pg_flux.apply_each(1);
CALL pg_flux.apply_each(1);
DROP INDEX CONCURRENTLY each_partial.t_id;
DELETE FROM t;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();

-- With IF NOT EXISTS, which would take the invalid one for done.
SELECT pg_flux.register('5.sql', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_id ON t (id);', 'DROP INDEX CONCURRENTLY t_id;');
INSERT INTO t VALUES (1), (1);
CALL pg_flux.apply_each();
DELETE FROM t;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();
-- And when it was invalid before the first run: not ours to remove, but not done either.
INSERT INTO t VALUES (1), (1);
CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);
DELETE FROM t;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
DROP INDEX t_id;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();

-- Without a name it is found all the same, whatever it is called.
CREATE INDEX ON t (id);
SELECT pg_flux.register('5.sql', 'SELECT 1; CREATE UNIQUE INDEX CONCURRENTLY ON t (id); INSERT INTO ran (what) VALUES (''3'');', 'DROP INDEX t_id_idx1;');
INSERT INTO t VALUES (1), (1);
CALL pg_flux.apply_each();
SELECT * FROM indexes;
SELECT number, line, state, error FROM pg_flux.progress('5.sql');
DELETE FROM t;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();
-- A name that wants quotes.
SELECT pg_flux.register('5.sql', 'CREATE UNIQUE INDEX CONCURRENTLY "T ""id" ON t (id);', 'DROP INDEX "T ""id";');
INSERT INTO t VALUES (1), (1);
CALL pg_flux.apply_each();
DELETE FROM t;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();

-- A failed REINDEX CONCURRENTLY leaves its transient index. (What fails is an expression that changed.)
CREATE FUNCTION checked(value int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT value / 1 $$;
DROP INDEX t_id_idx;
INSERT INTO t VALUES (1);
CREATE INDEX t_checked ON t (checked(id));
CREATE OR REPLACE FUNCTION checked(value int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT value / 0 $$;
SELECT pg_flux.register('5.sql', 'REINDEX TABLE CONCURRENTLY t; INSERT INTO ran (what) VALUES (''2'');', 'SELECT 1;');
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CREATE OR REPLACE FUNCTION checked(value int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT value / 1 $$;
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();
DROP INDEX t_checked;
TRUNCATE t, ran;

-- resume --------------------------------------------------------------------------------------------------------------

-- A statement that was not in doubt: retry is what happens anyway, skip takes it for done, restart begins again.
SELECT pg_flux.register('5.sql', 'INSERT INTO ran (what) VALUES (''1'');
VACUUM t;
INSERT INTO ran (what) VALUES (''3'');
INSERT INTO missing2 VALUES (4);
INSERT INTO ran (what) VALUES (''5'');', 'INSERT INTO ran (what) VALUES (''down'');');
CALL pg_flux.apply_each();
CALL pg_flux.apply_each(resume => 'retry');
SELECT number, state, error FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each(resume => 'restart');
SELECT what FROM ran ORDER BY number;
SELECT number, state, error FROM pg_flux.progress('5.sql');
-- The failed statement is 4: that one is skipped, not the one before it, which did not stay either.
CALL pg_flux.apply_each(resume => 'skip');
SELECT what FROM ran ORDER BY number;
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
-- Away with it, however far it got.
DELETE FROM pg_flux.partial;
DELETE FROM pg_flux.applied WHERE filename = '5.sql';
TRUNCATE ran;

-- A half-applied migration goes back with resume => 'restart', which runs its whole Down.
SELECT pg_flux.register('5.sql', 'CREATE TABLE five ();
CREATE INDEX CONCURRENTLY ON t (id);
INSERT INTO missing2 VALUES (3);', 'DROP INDEX IF EXISTS t_id_idx;
DROP TABLE IF EXISTS five;');
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
CALL pg_flux.rollback_each(resume => 'retry');
CALL pg_flux.rollback_each(resume => 'skip');
CALL pg_flux.rollback_each(resume => 'restart', dry_run => true);
SELECT number, state FROM pg_flux.progress('5.sql');
SELECT to_regclass('five') AS five, to_regclass('t_id_idx') AS t_id_idx;
CALL pg_flux.rollback_each(resume => 'restart');
SELECT status, filename FROM pg_flux.status();
SELECT to_regclass('five') AS five, to_regclass('t_id_idx') AS t_id_idx;
SELECT action, filename FROM pg_flux.history ORDER BY id DESC LIMIT 2;
SELECT count(*) FROM pg_flux.partial;

-- Such a Down that fails leaves it partly rolled back, even where nothing of the Down was done.
CALL pg_flux.apply_each();
SELECT pg_flux.register('5.sql', 'CREATE TABLE five ();
CREATE INDEX CONCURRENTLY ON t (id);
INSERT INTO missing2 VALUES (3);', 'DROP TABLE six;
DROP INDEX IF EXISTS t_id_idx;
DROP TABLE IF EXISTS five;');
CALL pg_flux.rollback_each(resume => 'restart');
SELECT status, filename, applied_at IS NULL AS never FROM pg_flux.status() WHERE filename = '5.sql';
SELECT number, statement, state, error FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each();
SELECT filename FROM pg_flux.apply();
-- Its Down may change; its Up, of which nobody knows any more how far it got, does not matter.
SELECT pg_flux.register('5.sql', 'CREATE TABLE five ();', 'DROP INDEX IF EXISTS t_id_idx; DROP TABLE IF EXISTS five;');
CALL pg_flux.rollback_each();
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
SELECT to_regclass('five') AS five, to_regclass('t_id_idx') AS t_id_idx;

-- Without Down SQL it cannot go back, but Down SQL may be added.
SELECT pg_flux.register('5.sql', 'VACUUM t; INSERT INTO missing2 VALUES (2);');
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each(resume => 'restart');
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
SELECT number, state FROM pg_flux.progress('5.sql');
SELECT pg_flux.register('5.sql', 'VACUUM t; INSERT INTO missing2 VALUES (2);', 'VACUUM t;');
CALL pg_flux.rollback_each(resume => 'restart');
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';

-- DROP INDEX CONCURRENTLY is not repeated when the index is gone, but when it is there. (The doubt is made here.)
CREATE INDEX t_dropped ON t (id);
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM t; DROP INDEX CONCURRENTLY t_dropped; INSERT INTO missing2 VALUES (2);');
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
UPDATE pg_flux.partial SET state = 'started', in_doubt = true WHERE number = 2;
SELECT number, state, error FROM pg_flux.progress('5.sql');
CALL pg_flux.rollback_each();
UPDATE pg_flux.partial SET state = 'started', in_doubt = true WHERE number = 2;
CREATE INDEX t_dropped ON t (id);
CALL pg_flux.rollback_each();
SELECT * FROM indexes;
-- DETACH ... CONCURRENTLY: done, or there.
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9);
DELETE FROM pg_flux.partial;
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM t; ALTER TABLE parts DETACH PARTITION part CONCURRENTLY; INSERT INTO missing2 VALUES (2);');
CALL pg_flux.rollback_each();
SELECT count(*) FROM pg_inherits WHERE inhparent = 'parts'::regclass;
UPDATE pg_flux.partial SET state = 'started', in_doubt = true WHERE number = 2;
CALL pg_flux.rollback_each();
UPDATE pg_flux.partial SET state = 'started', in_doubt = true WHERE number = 2;
ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (0) TO (9);
CALL pg_flux.rollback_each();
SELECT count(*) FROM pg_inherits WHERE inhparent = 'parts'::regclass;
DROP TABLE part, parts;
-- CREATE INDEX CONCURRENTLY: done when valid.
DELETE FROM pg_flux.partial;
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM t; CREATE INDEX CONCURRENTLY t_made ON t (id); INSERT INTO missing2 VALUES (2);');
CALL pg_flux.rollback_each();
UPDATE pg_flux.partial SET state = 'started', in_doubt = true, indexes_before = '{}' WHERE number = 2;
CALL pg_flux.rollback_each();
-- Also without a name, where each run would make one more.
DELETE FROM pg_flux.partial;
DROP INDEX t_made;
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM t; CREATE INDEX CONCURRENTLY ON t (id); INSERT INTO missing2 VALUES (2);');
CALL pg_flux.rollback_each();
UPDATE pg_flux.partial SET state = 'started', in_doubt = true, indexes_before = '{}' WHERE number = 2;
CALL pg_flux.rollback_each();
SELECT * FROM indexes;
DELETE FROM pg_flux.partial;
DROP INDEX t_id_idx;
-- VACUUM and the like run again.
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'SELECT 1; VACUUM t; SELECT 3;');
INSERT INTO pg_flux.partial VALUES
    ('5.sql', 1, 'down', 1, 'SELECT 1', 'done', false), ('5.sql', 2, 'down', 1, 'VACUUM t', 'started', true), ('5.sql', 3, 'down', 1, 'SELECT 3', 'pending', false);
CALL pg_flux.rollback_each();
-- CREATE DATABASE, ALTER SYSTEM: it asks.
SELECT pg_flux.register('5.sql', 'ALTER SYSTEM RESET work_mem;', 'CREATE DATABASE each_partial; SELECT 2;');
INSERT INTO pg_flux.partial VALUES ('5.sql', 1, 'up', 1, 'ALTER SYSTEM RESET work_mem', 'started', true);
CALL pg_flux.apply_each();
CALL pg_flux.apply_each(resume => 'retry');
INSERT INTO pg_flux.partial VALUES ('5.sql', 1, 'down', 1, 'CREATE DATABASE each_partial', 'started', true), ('5.sql', 2, 'down', 1, 'SELECT 2', 'pending', false);
CALL pg_flux.rollback_each();
CALL pg_flux.rollback_each(resume => 'skip');
SELECT count(*) FROM pg_database WHERE datname = 'each_partial';
SELECT status, filename FROM pg_flux.status();

-- What may have committed before it failed is in doubt too.
SELECT pg_flux.register('5.sql', '-- +migrate Up notransaction
DO $$ BEGIN
    INSERT INTO ran (what) VALUES (''before'');
    COMMIT;
    INSERT INTO missing2 VALUES (1);
END $$;
INSERT INTO ran (what) VALUES (''behind'');
', 'SELECT 1;');
CALL pg_flux.apply_each();
SELECT number, line, state, error FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each();
\set VERBOSITY sqlstate
CALL pg_flux.apply_each();
\set VERBOSITY default
SELECT number, line, state, error FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each(resume => 'retry');
SELECT what FROM ran ORDER BY number;
CALL pg_flux.apply_each(resume => 'skip');
SELECT what FROM ran ORDER BY number;
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
CALL pg_flux.rollback_each();
TRUNCATE ran;
-- Skipped in the middle, it is shown as skipped while the rest has not run.
SELECT pg_flux.register('5.sql', 'VACUUM t; INSERT INTO missing2 VALUES (2); VACUUM t; INSERT INTO missing2 VALUES (4);', 'SELECT 1;');
CALL pg_flux.apply_each();
CALL pg_flux.apply_each(resume => 'skip');
SELECT number, state, error FROM pg_flux.progress('5.sql');

-- Another text --------------------------------------------------------------------------------------------------------

-- The remaining statements may change; those done may not.
SELECT pg_flux.register('5.sql', 'VACUUM t; INSERT INTO missing2 VALUES (2); VACUUM t;
INSERT INTO ran (what) VALUES (''4'');
INSERT INTO ran (what) VALUES (''5'');', 'SELECT 1;');
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
SELECT * FROM pg_flux.progress('5.sql');
SELECT pg_flux.register('5.sql', 'VACUUM (ANALYZE) t; INSERT INTO ran (what) VALUES (''2'');', 'SELECT 1;');
SELECT pg_flux.register('5.sql', 'VACUUM t;', 'SELECT 1;');
SELECT pg_flux.register('5.sql', 'INSERT INTO ran (what) VALUES (''4'');
VACUUM t; INSERT INTO missing2 VALUES (2); VACUUM t;', 'SELECT 1;');
\set VERBOSITY sqlstate
SELECT pg_flux.register('5.sql', 'VACUUM t;', 'SELECT 1;');
\set VERBOSITY default
SELECT * FROM pg_flux.progress('5.sql');
-- Blanks, comments and lines around them do not matter, nor does the Down.
SELECT pg_flux.register('5.sql', '-- +migrate Up
-- The first
VACUUM t;

INSERT INTO missing2 VALUES (2);
VACUUM t; -- the third
INSERT INTO ran (what) VALUES (''last'');
-- +migrate Down
SELECT ''another'';
');
SELECT number, line, statement, state FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each();
SELECT what FROM ran ORDER BY number;
SELECT action, filename, sql FROM pg_flux.history ORDER BY id DESC LIMIT 1;
CALL pg_flux.rollback_each();
TRUNCATE ran;

-- The text may end where the run stopped: then nothing remains to run.
SELECT pg_flux.register('5.sql', 'VACUUM t; INSERT INTO missing2 VALUES (2);', 'SELECT 1;');
CALL pg_flux.apply_each();
SELECT pg_flux.register('5.sql', 'VACUUM t;', 'SELECT 1;');
SELECT number, state FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
CALL pg_flux.rollback_each();

-- The statement that failed may be replaced, also one that left an invalid index: what it left goes first.
INSERT INTO t VALUES (1), (1);
SELECT pg_flux.register('5.sql', 'VACUUM t; CREATE UNIQUE INDEX CONCURRENTLY t_unique ON t (id);', 'DROP INDEX IF EXISTS t_plain;');
CALL pg_flux.apply_each();
SELECT pg_flux.register('5.sql', 'VACUUM t; CREATE INDEX CONCURRENTLY t_plain ON t (id); INSERT INTO ran (what) VALUES (''3'');', 'DROP INDEX IF EXISTS t_plain;');
SELECT number, statement, state, error FROM pg_flux.progress('5.sql');
CALL pg_flux.apply_each();
SELECT * FROM indexes;
CALL pg_flux.rollback_each();
SELECT * FROM indexes;
TRUNCATE ran;

-- The Down of what is partly rolled back may change too, and the Up of it may not.
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM t; INSERT INTO missing2 VALUES (2);');
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
SELECT pg_flux.register('5.sql', 'SELECT 2;', 'VACUUM t; INSERT INTO missing2 VALUES (2);');
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM; INSERT INTO ran (what) VALUES (''2'');');
SELECT pg_flux.register('5.sql', 'SELECT 1;');
SELECT pg_flux.register('5.sql', 'SELECT 1;', 'VACUUM t; INSERT INTO ran (what) VALUES (''2'');');
SELECT status, filename FROM pg_flux.status() WHERE filename = '5.sql';
CALL pg_flux.rollback_each();
SELECT what FROM ran ORDER BY number;
SELECT status, filename FROM pg_flux.status();

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA each_partial CASCADE;
DELETE FROM pg_flux.partial;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
