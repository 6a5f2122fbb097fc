-- verify: does the Down undo the Up?
\pset format unaligned
\set SHOW_CONTEXT never
CREATE TABLE customer (id int PRIMARY KEY, name varchar(20) CHECK (name IN ('a', 'b')));
CREATE FUNCTION verify(up text, down text, strict boolean DEFAULT false)
  RETURNS TABLE (object_type text, object text, change text, expected text, actual text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('try.sql', up, down);
  RETURN QUERY SELECT * FROM pg_flux.verify('try.sql', strict);
END $$;

-- Exact: no row.
SELECT * FROM verify('CREATE TABLE invoice (id serial, customer int REFERENCES customer)', 'DROP TABLE invoice');
-- Something is left, something is gone, something is not as it was.
SELECT * FROM verify('CREATE TABLE invoice (id serial PRIMARY KEY); CREATE SCHEMA billing', 'DROP SCHEMA billing');
SELECT * FROM verify('CREATE INDEX customer_name ON customer (name)', 'DROP INDEX customer_name; ALTER TABLE customer DROP CONSTRAINT customer_name_check');
SELECT * FROM verify('ALTER TABLE customer SET (fillfactor = 50); COMMENT ON TABLE customer IS ''who buys''', 'COMMENT ON TABLE customer IS NULL');
-- The same in other words is the same: the CHECK prints as another text once it has been read again.
SELECT * FROM verify('ALTER TABLE customer DROP CONSTRAINT customer_name_check',
  $$ALTER TABLE customer ADD CONSTRAINT customer_name_check CHECK (((name)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))$$);
-- The structure is back, the data is not.
SELECT * FROM verify('ALTER TABLE customer DROP name', $$ALTER TABLE customer ADD name varchar(20) CHECK (name IN ('a', 'b'))$$);
SELECT * FROM verify('TRUNCATE customer', 'SELECT 1');
-- A column that moved counts only where it is asked for.
CREATE TABLE gap (a int, b int GENERATED ALWAYS AS (1) STORED, c int);
SELECT * FROM verify('ALTER TABLE gap DROP b', 'ALTER TABLE gap ADD b int GENERATED ALWAYS AS (1) STORED');
SELECT * FROM verify('ALTER TABLE gap DROP b', 'ALTER TABLE gap ADD b int GENERATED ALWAYS AS (1) STORED', strict => true);
-- What fails, and what cannot be tried, is a row.
SELECT * FROM verify('CREATE TABLE invoice ()', 'DROP TABLE invoices');
SELECT * FROM verify('VACUUM customer', 'SELECT 1');
SELECT * FROM verify('CREATE INDEX CONCURRENTLY ON customer (name)', 'DROP INDEX CONCURRENTLY customer_name_idx');
-- Of an applied migration, the Down and then the Up.
SELECT pg_flux.register('try.sql', 'CREATE TABLE invoice ()', 'DROP TABLE invoice');
SELECT filename, outcome FROM pg_flux.apply();
SELECT change, object FROM pg_flux.verify('try.sql');
SELECT filename, outcome FROM pg_flux.rollback();

-- Refused.
SELECT pg_flux.register('forward.sql', 'SELECT 1');
SELECT * FROM pg_flux.verify('forward.sql');
SELECT * FROM pg_flux.verify('nothing.sql');
SELECT * FROM pg_flux.verify(NULL);
SELECT * FROM pg_flux.verify('try.sql', NULL);

-- Nothing stays.
DROP TABLE customer, gap;
DROP FUNCTION verify;
SELECT count(pg_flux.unregister(filename)) FROM pg_flux.status();
