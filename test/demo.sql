-- What `make demo` plays: the main job, from registering two migrations to rolling one back.
\set QUIET on
\pset null '-'
\set QUIET off
\set VERBOSITY terse

\echo
\echo '== 1. A database with the extension'
\echo
CREATE EXTENSION pg_flux;

\echo
\echo '== 2. Two migrations move in: their Up and their Down sections live in the database from now on'
\echo
SELECT pg_flux.register('20260105_shop.sql', $migration$
-- +migrate Up
CREATE TABLE customer (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE
);
CREATE TABLE purchase (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customer,
  total       numeric(12, 2) NOT NULL CHECK (total >= 0)
);
-- +migrate Down
DROP TABLE purchase;
DROP TABLE customer;
$migration$);

SELECT pg_flux.register('20260212_best_customers.sql', $migration$
-- +migrate Up
ALTER TABLE customer ADD COLUMN name text;
CREATE VIEW best_customer AS
  SELECT c.id, c.email, c.name, sum(p.total) AS spent
  FROM customer c JOIN purchase p ON p.customer_id = c.id
  GROUP BY c.id;
-- +migrate Down
DROP VIEW best_customer;
ALTER TABLE customer DROP COLUMN name;
$migration$);

\echo
\echo '== 3. Apply what is pending'
\echo
SELECT * FROM pg_flux.apply();
SELECT * FROM pg_flux.status();
\d customer

\echo
\echo '== 4. The release was a mistake. What would a rollback of the last migration do?'
\echo
SELECT * FROM pg_flux.rollback(1, dry_run => true);
SELECT number, line, statement FROM pg_flux.plan(1);

\echo
\echo '== 5. Roll it back, in a transaction of your own'
\echo
BEGIN;
SELECT * FROM pg_flux.rollback(1);
\d customer
COMMIT;

\echo
\echo '== 6. It is pending again, and can be applied again'
\echo
SELECT * FROM pg_flux.status();
