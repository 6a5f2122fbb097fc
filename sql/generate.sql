-- generate and generate_down: the Down that pg_flux derives from what the Up changed.
\pset format unaligned
\pset tuples_only on
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, note text DEFAULT '');
CREATE TABLE city (id int PRIMARY KEY, name text);
CREATE VIEW answer AS VALUES (42);
COMMENT ON VIEW answer IS 'to everything';
CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS $$ SELECT 'hello ' || who $$;

-- The Down of an Up that is tried out and taken back.
CREATE FUNCTION derive(up text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('try.sql', up);
  RETURN NEXT pg_flux.generate_down('try.sql');
END $$;
\set SHOW_CONTEXT never

-- New things are dropped, dependents first; what goes with its owner is not named.
SELECT derive('CREATE TABLE invoice (id int GENERATED ALWAYS AS IDENTITY, customer int REFERENCES customer);
  CREATE INDEX ON invoice (customer); CREATE VIEW owed AS SELECT * FROM invoice; COMMENT ON TABLE invoice IS ''bills''');
SELECT derive('ALTER TABLE customer ADD city int REFERENCES city, ADD CHECK (name <> ''''); CREATE INDEX CONCURRENTLY ON customer (city)');
SELECT derive('CREATE TABLE IF NOT EXISTS customer (id int)');

-- What was changed gets its old form back.
SELECT derive('CREATE OR REPLACE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS ''SELECT who''');
SELECT derive('CREATE OR REPLACE VIEW answer AS SELECT 42 AS column1, 43 AS next');
SELECT derive('ALTER TABLE customer ALTER note DROP DEFAULT, ALTER note SET STORAGE EXTERNAL; ALTER TABLE customer RENAME name TO full_name');
SELECT derive('ALTER TABLE customer RENAME TO c; ALTER TABLE city RENAME TO customer; ALTER TABLE c RENAME TO city');
SELECT derive('GRANT SELECT, INSERT ON city TO PUBLIC; COMMENT ON COLUMN city.name IS ''its name''');

-- What was dropped comes back, with its comment.
SELECT derive('DROP VIEW answer; DROP FUNCTION greet');

-- Also what a DO block did.
SELECT derive($$DO 'BEGIN FOR i IN 1..2 LOOP EXECUTE format(''CREATE TABLE part_%s ()'', i); END LOOP; END'$$);

-- Data does not come back.
SELECT derive('ALTER TABLE customer DROP note, ALTER id TYPE bigint');
SELECT derive('DROP TABLE city');
SELECT derive('INSERT INTO city VALUES (1, ''here''); CREATE TABLE other ()');
SELECT derive('TRUNCATE city');

-- Files: names without the time, and the hash of the catalog left out.
\set files 'SELECT regexp_replace(filename, \'^\\d{8}_\\d{6}\', \'TIME\'), regexp_replace(body, \'sha256:\\w+\', \'HASH\')'
:files FROM pg_flux.generate('Add a phone!', 'ALTER TABLE customer ADD phone text;', 'combined');
:files FROM pg_flux.generate('fax', 'ALTER TABLE customer ADD fax text;', 'separate', true);
:files FROM pg_flux.generate('forward', 'ALTER TABLE customer ADD telex text;');
SET pg_flux.format = combined;
:files FROM pg_flux.generate('by setting', 'ALTER TABLE customer ADD pager text;');
RESET pg_flux.format;
SELECT pg_flux.unregister('try.sql');
SELECT status, regexp_replace(filename, '^\d{8}_\d{6}', 'TIME'), down FROM pg_flux.status() ORDER BY 2;

-- A migration that has no Down yet.
SELECT pg_flux.register('20260101_a.sql', 'ALTER TABLE city ADD mayor text;');
SELECT pg_flux.generate_down('20260101_a.sql');
SELECT down FROM pg_flux.status() WHERE filename = '20260101_a.sql';
SELECT pg_flux.generate_down('20260101_a.sql', store => true);
SELECT down FROM pg_flux.status() WHERE filename = '20260101_a.sql';
SELECT undo FROM pg_flux.migration WHERE filename = '20260101_a.sql';

-- Refused.
SELECT pg_flux.generate_down('20260101_a.sql');
SELECT pg_flux.generate_down('20260101_b.sql');
SELECT pg_flux.generate('', 'SELECT 1');
SELECT pg_flux.generate('!', 'SELECT 1');
SELECT pg_flux.generate('x', 'SELECT 1', 'triple');
SELECT pg_flux.generate(NULL, 'SELECT 1');
SELECT pg_flux.generate('x', NULL);
SELECT pg_flux.generate('x', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;');
SELECT derive('VACUUM');
SELECT derive('SELECT 1 / 0');
SET pg_flux.format = 'triple';
SET pg_flux.formt = 'combined';

-- Nothing stays.
RESET pg_flux.format;
SET client_min_messages = warning;
DROP TABLE customer, city CASCADE;
DROP VIEW answer;
DROP FUNCTION greet, derive;
SELECT count(pg_flux.unregister(filename)) FROM pg_flux.status();
