--
-- How the procedures divide a section into transactions.
--
CREATE SCHEMA each_sections;
SET search_path = each_sections;
CREATE TABLE plain (id int);
CREATE TABLE ran (number int GENERATED ALWAYS AS IDENTITY, what text, xact xid8 DEFAULT pg_current_xact_id());
-- What ran together has one letter.
CREATE VIEW transactions AS
    SELECT what, chr(64 + dense_rank() OVER (ORDER BY xact)::int) AS transaction FROM ran ORDER BY number;

-- Without autocommit statements a section is one transaction.
SELECT pg_flux.register('1.sql', '-- +migrate Up
INSERT INTO ran (what) VALUES (''1'');
INSERT INTO ran (what) VALUES (''2'');
BEGIN;
INSERT INTO ran (what) VALUES (''3 in a wrapper'');
COMMIT;
INSERT INTO ran (what) VALUES (''4 behind it'');
-- +migrate Down
BEGIN;
INSERT INTO ran (what) VALUES (''down 1'');
END;
START TRANSACTION;
INSERT INTO ran (what) VALUES (''down 2'');
COMMIT;
');
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
SELECT * FROM transactions;
TRUNCATE ran;

-- What stands between autocommit statements runs together.
SELECT pg_flux.register('1.sql', '-- +migrate Up
INSERT INTO ran (what) VALUES (''1'');
INSERT INTO ran (what) VALUES (''2'');
VACUUM plain;
INSERT INTO ran (what) VALUES (''4'');
INSERT INTO ran (what) VALUES (''5'');
INSERT INTO ran (what) VALUES (''6'');
CREATE INDEX CONCURRENTLY plain_id ON plain (id);
REINDEX INDEX CONCURRENTLY plain_id;
INSERT INTO ran (what) VALUES (''9'');
-- +migrate Down
DROP INDEX CONCURRENTLY plain_id;
INSERT INTO ran (what) VALUES (''down 2'');
INSERT INTO ran (what) VALUES (''down 3'');
');
SELECT number, line, autocommit, statement FROM pg_flux.plan(1, 'up');
CALL pg_flux.apply_each();
SELECT * FROM transactions;
TRUNCATE ran;
CALL pg_flux.rollback_each();
SELECT * FROM transactions;
TRUNCATE ran;

-- A wrapper is one transaction; what stands outside of it runs one statement a transaction, in the order of the file.
SELECT pg_flux.register('1.sql', '-- +migrate Up
INSERT INTO ran (what) VALUES (''1 before'');
INSERT INTO ran (what) VALUES (''2 before'');
BEGIN;
INSERT INTO ran (what) VALUES (''3 inside'');
INSERT INTO ran (what) VALUES (''4 inside'');
COMMIT;
INSERT INTO ran (what) VALUES (''5 tail'');
VACUUM plain;
INSERT INTO ran (what) VALUES (''7 tail'');
INSERT INTO ran (what) VALUES (''8 tail'');
-- +migrate Down
BEGIN;
INSERT INTO ran (what) VALUES (''1 inside'');
COMMIT;
BEGIN;
INSERT INTO ran (what) VALUES (''2 inside another'');
INSERT INTO ran (what) VALUES (''3 inside another'');
COMMIT;
VACUUM plain;
');
CALL pg_flux.apply_each();
SELECT * FROM transactions;
TRUNCATE ran;
CALL pg_flux.rollback_each();
SELECT * FROM transactions;
TRUNCATE ran;

-- notransaction makes every statement its own.
SELECT pg_flux.register('1.sql', '-- +migrate Up notransaction
INSERT INTO ran (what) VALUES (''1'');
INSERT INTO ran (what) VALUES (''2'');
INSERT INTO ran (what) VALUES (''3'');
-- +migrate Down notransaction
INSERT INTO ran (what) VALUES (''down 1'');
BEGIN;
INSERT INTO ran (what) VALUES (''down 2'');
INSERT INTO ran (what) VALUES (''down 3'');
COMMIT;
INSERT INTO ran (what) VALUES (''down 4'');
INSERT INTO ran (what) VALUES (''down 5'');
');
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
SELECT * FROM transactions;
TRUNCATE ran;
-- There a procedure may commit, and a DO block too.
SELECT pg_flux.register('1.sql', '-- +migrate Up notransaction
DO $$ BEGIN
    FOR i IN 1..3 LOOP
        INSERT INTO ran (what) VALUES (''in a loop'');
        COMMIT;
    END LOOP;
END $$;
INSERT INTO ran (what) VALUES (''behind it'');
');
CALL pg_flux.apply_each();
SELECT * FROM transactions;
TRUNCATE ran;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;

-- After ALTER TYPE ... ADD VALUE the procedures commit: the new value cannot be used before.
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE person (mood mood);
SELECT pg_flux.register('1.sql', '-- +migrate Up
INSERT INTO ran (what) VALUES (''1 sad'');
ALTER TYPE mood ADD VALUE ''happy'';
INSERT INTO person VALUES (''happy'');
INSERT INTO ran (what) VALUES (''4 happy'');
ALTER TYPE mood ADD VALUE ''joyful'';
ALTER TYPE mood ADD VALUE ''silly'';
INSERT INTO person VALUES (''silly''), (''joyful'');
INSERT INTO ran (what) VALUES (''8 silly'');
');
SELECT filename FROM pg_flux.apply();
CALL pg_flux.apply_each();
SELECT * FROM transactions;
SELECT * FROM person ORDER BY mood;
TRUNCATE ran;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
-- At the end, or renamed, there is nothing to commit for.
SELECT pg_flux.register('1.sql', 'INSERT INTO ran (what) VALUES (''1''); ALTER TYPE mood ADD VALUE ''last'';');
SELECT pg_flux.register('2.sql', 'INSERT INTO ran (what) VALUES (''1''); ALTER TYPE mood RENAME VALUE ''sad'' TO ''blue''; INSERT INTO person VALUES (''blue''); INSERT INTO ran (what) VALUES (''4'');');
CALL pg_flux.apply_each();
SELECT * FROM transactions;
TRUNCATE ran;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
-- Inside a wrapper too.
SELECT pg_flux.register('1.sql', 'BEGIN; ALTER TYPE mood ADD VALUE ''wrapped''; INSERT INTO person VALUES (''wrapped''); COMMIT;');
CALL pg_flux.apply_each();
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;

-- Several sections are one, and only what stands in the marked one is marked.
SELECT pg_flux.register('1.sql', '-- +migrate Up
INSERT INTO ran (what) VALUES (''1'');
-- +migrate Up notransaction
INSERT INTO ran (what) VALUES (''2'');
INSERT INTO ran (what) VALUES (''3'');
-- +migrate Up
INSERT INTO ran (what) VALUES (''4'');
INSERT INTO ran (what) VALUES (''5'');
-- +migrate Down
SELECT 1;
-- +migrate Down
VACUUM plain;
');
CALL pg_flux.apply_each();
SELECT * FROM transactions;
TRUNCATE ran;
CALL pg_flux.rollback_each();
SELECT pg_flux.unregister('1.sql');

-- What cannot run inside a transaction does not stand in BEGIN ... COMMIT: refused before anything ran.
SELECT pg_flux.register('1.sql', 'INSERT INTO ran (what) VALUES (''1'');');
SELECT pg_flux.register('2.sql', 'BEGIN;
INSERT INTO ran (what) VALUES (''2'');
CREATE INDEX CONCURRENTLY plain_id ON plain (id);
COMMIT;
');
CALL pg_flux.apply_each();
SELECT * FROM ran;
SELECT status, filename FROM pg_flux.status();
-- The dry run says so too.
CALL pg_flux.apply_each(dry_run => true);
CALL pg_flux.apply_each(1);
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
TRUNCATE ran;

-- What is known only when its turn comes: an object that an earlier statement makes.
SELECT pg_flux.register('1.sql', '-- +migrate Up
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9);
CREATE INDEX parts_id ON parts (id);
REINDEX TABLE parts;
REINDEX INDEX parts_id;
ALTER TABLE parts DETACH PARTITION part CONCURRENTLY;
-- +migrate Down
BEGIN;
DROP TABLE parts;
DROP TABLE part;
COMMIT;
');
CALL pg_flux.apply_each();
SELECT count(*) FROM pg_inherits WHERE inhparent = 'parts'::regclass;
CALL pg_flux.rollback_each();
SELECT to_regclass('parts') AS parts;
-- A plain one costs nothing more.
SELECT pg_flux.register('1.sql', 'REINDEX TABLE plain; INSERT INTO ran (what) VALUES (''2'');');
CALL pg_flux.apply_each();
SELECT count(*) FROM ran;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
TRUNCATE ran;

-- Every statement as it is written -------------------------------------------------------------------------------------

CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE many (id int) PARTITION BY RANGE (id);
CREATE TABLE many_1 PARTITION OF many FOR VALUES FROM (0) TO (9);
CREATE INDEX many_id ON many (id);
CLUSTER one USING one_pkey;
SELECT pg_flux.register('1.sql', '-- +migrate Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS one_id ON one (id);
CREATE INDEX CONCURRENTLY ON one (id, (id + 1));
CREATE UNIQUE INDEX CONCURRENTLY "one Two" ON each_sections.one (id) WHERE id > 0;
REINDEX INDEX CONCURRENTLY one_id;
REINDEX TABLE CONCURRENTLY one;
REINDEX (CONCURRENTLY) SCHEMA each_sections;
REINDEX TABLE many;
REINDEX INDEX many_id;
REINDEX SCHEMA each_sections;
VACUUM one;
VACUUM (ANALYZE, FREEZE) one, plain;
VACUUM FULL plain;
ANALYZE plain;
CLUSTER;
CLUSTER one;
ALTER TABLE many DETACH PARTITION many_1 CONCURRENTLY;
ALTER SYSTEM SET log_min_duration_statement = ''1h'';
DISCARD ALL;
CREATE DATABASE each_sections_database;
-- +migrate Down
DROP INDEX CONCURRENTLY one_id;
DROP INDEX CONCURRENTLY IF EXISTS one_id;
DROP INDEX CONCURRENTLY each_sections."one Two";
ALTER SYSTEM RESET log_min_duration_statement;
DROP DATABASE each_sections_database;
SET client_min_messages = error;
CREATE SUBSCRIPTION each_sections CONNECTION ''dbname=nowhere'' PUBLICATION p WITH (connect = false, slot_name = NONE);
RESET client_min_messages;
DROP SUBSCRIPTION each_sections;
');
SET client_min_messages = warning;
CALL pg_flux.apply_each();
SET client_min_messages = notice;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'one'::regclass ORDER BY indexrelid::regclass::text COLLATE "C";
SELECT datname FROM pg_database WHERE datname = 'each_sections_database';
CALL pg_flux.rollback_each();
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'one'::regclass ORDER BY indexrelid::regclass::text COLLATE "C";
SELECT datname FROM pg_database WHERE datname = 'each_sections_database';

-- A whole database does not wait for the run that vacuums or reindexes it.
SELECT pg_flux.register('1.sql', 'VACUUM; REINDEX DATABASE contrib_regression;', 'REINDEX SYSTEM contrib_regression;');
SET client_min_messages = warning;
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each();
SET client_min_messages = notice;
SELECT action, filename FROM pg_flux.history ORDER BY id DESC LIMIT 2;

-- A section is one session: its settings and temporary tables last, and end with it.
SELECT pg_flux.register('1.sql', '-- +migrate Up
SET search_path = pg_catalog;
CREATE TEMP TABLE mine (id int);
VACUUM each_sections.plain;
INSERT INTO mine VALUES (1);
INSERT INTO each_sections.ran (what) SELECT current_setting(''search_path'') || '' '' || count(*) FROM mine;
VACUUM each_sections.plain;
INSERT INTO each_sections.ran (what) SELECT current_setting(''search_path'') || '' '' || count(*) FROM mine;
', 'SELECT 1;');
CALL pg_flux.apply_each();
SELECT what FROM ran;
SHOW search_path;
SELECT to_regclass('mine');

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA each_sections CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
