--
-- Reading what would run, statement by statement.
--
CREATE SCHEMA plan;
SET search_path = plan;
SELECT pg_flux.register('1_tables.sql', '-- +migrate Up
CREATE TABLE a (id int);
CREATE TABLE b (
    id int
);

-- +migrate Down
-- b first
DROP TABLE b;
DROP TABLE a;
');
SELECT pg_flux.register('2_no_down.sql', 'INSERT INTO a VALUES (1);');
SELECT pg_flux.register('3_index.sql', '-- +migrate Up
BEGIN;
COMMENT ON TABLE a IS ''one'';
COMMIT;
CREATE INDEX CONCURRENTLY a_id ON a (id);
-- +migrate Down
DROP INDEX CONCURRENTLY a_id;
COMMENT ON TABLE a IS NULL;
');
SELECT pg_flux.register('4_last.sql', E'\n\nCREATE TABLE c (id int);', E'\n\n\nDROP TABLE c;');

-- Up: what apply(n) would run.
SELECT * FROM pg_flux.plan(direction => 'up');
SELECT * FROM pg_flux.plan(3, 'up');
SELECT * FROM pg_flux.plan(NULL, 'up');
-- Down: what rollback(n) would run; nothing yet.
SELECT * FROM pg_flux.plan();

SELECT filename, outcome FROM pg_flux.apply(2);
SELECT * FROM pg_flux.plan();
-- One that would be skipped is a row without a statement.
SELECT * FROM pg_flux.plan(2);
SELECT * FROM pg_flux.plan(1000);
-- The very statements that ran then.
SELECT pg_flux.register('2_no_down.sql', 'INSERT INTO a VALUES (1);', 'DELETE FROM a WHERE id = 1');
SELECT string_agg(statement, E';\n' ORDER BY ordinality) AS planned FROM pg_flux.plan(2) WITH ORDINALITY \gset
SELECT filename, outcome, statements FROM pg_flux.rollback(2);
SELECT :'planned' AS planned, string_agg(sql, E'\n' ORDER BY id) AS ran FROM pg_flux.history WHERE action = 'rollback';

-- A statement that cannot run in a transaction shows so; a baselined migration would be skipped.
SELECT filename, outcome FROM pg_flux.baseline('3_index.sql');
SELECT * FROM pg_flux.plan(1);
SELECT pg_flux.unbaseline('3_index.sql');
BEGIN;
INSERT INTO pg_flux.applied (filename, checksum, baseline, applied_at, applied_by)
SELECT filename, checksum, false, now(), current_user FROM pg_flux.migration WHERE filename = '3_index.sql';
SELECT * FROM pg_flux.plan(1);
ROLLBACK;

-- Nothing changes by reading, and reading is all it needs.
BEGIN TRANSACTION READ ONLY;
SELECT filename, number FROM pg_flux.plan(1, 'up');
ROLLBACK;
SELECT status, filename FROM pg_flux.status();

-- Arguments.
SELECT * FROM pg_flux.plan(0);
SELECT * FROM pg_flux.plan(-1, 'up');
SELECT * FROM pg_flux.plan(NULL);
SELECT * FROM pg_flux.plan(NULL, 'down');
SELECT * FROM pg_flux.plan(1, 'UP');
SELECT * FROM pg_flux.plan(1, 'sideways');

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA plan CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
