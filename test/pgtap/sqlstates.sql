-- Which SQLSTATE says what: PostgreSQL's own wherever it has one, the failing statement's own in a run.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(100);

SELECT pg_flux.register('1.sql', 'CREATE TABLE one ()', 'DROP TABLE one');
SELECT pg_flux.register('2.sql', 'CREATE TABLE two ()');
SELECT pg_flux.register('3.sql', 'CREATE TABLE three ()', 'DROP TABLE three');
SELECT pg_flux.apply(2);
SELECT pg_flux.register('4.sql', 'VACUUM');
SELECT pg_flux.register('5.sql', 'SELECT 5');

-- What pg_flux itself says ------------------------------------------------------------------------------------------

SELECT throws_ok('SELECT ' || call, state, NULL, state || ' ' || meaning || ': ' || call) FROM (VALUES
    ('PF001', 'file rule', 'pg_flux.register(''x.sql'', ''COMMIT'')'),
    ('PF001', 'file rule', 'pg_flux.register(''x.sql'', '''')'),
    ('PF001', 'file rule', 'pg_flux.register(''x.sql'', ''SELECT 1'', ''\q'')'),
    ('PF001', 'file rule', 'pg_flux.repair(''1.sql'', ''SAVEPOINT a'')'),
    ('PF003', 'changed Up', 'pg_flux.register(''1.sql'', ''CREATE TABLE other ()'')'),
    ('PF006', 'no Down SQL', 'pg_flux.rollback()'),
    ('PF006', 'no Down SQL', 'pg_flux.rollback_to(''1.sql'')'),
    ('PF010', 'autocommit', 'pg_flux.apply(2)'),
    ('PF010', 'autocommit', 'pg_flux.apply()'),
    ('22004', 'NULL', 'pg_flux.register(NULL, ''SELECT 1'')'),
    ('22004', 'NULL', 'pg_flux.register(''x.sql'', NULL)'),
    ('22004', 'NULL', 'pg_flux.unregister(NULL)'),
    ('22004', 'NULL', 'pg_flux.repair(NULL, ''SELECT 1'')'),
    ('22004', 'NULL', 'pg_flux.load(NULL)'),
    ('22004', 'NULL', 'pg_flux.apply(1, NULL)'),
    ('22004', 'NULL', 'pg_flux.apply(1, false, NULL)'),
    ('22004', 'NULL', 'pg_flux.rollback(1, NULL)'),
    ('22004', 'NULL', 'pg_flux.rollback_to(NULL)'),
    ('22004', 'NULL', 'pg_flux.plan(1, NULL)'),
    ('22004', 'NULL', 'pg_flux.baseline(NULL)'),
    ('22004', 'NULL', 'pg_flux.unbaseline(NULL)'),
    ('22004', 'NULL', 'pg_flux.prune_history(NULL)'),
    ('22004', 'NULL', 'pg_flux.progress(NULL)'),
    ('42704', 'not registered', 'pg_flux.progress(''x.sql'')'),
    ('22023', 'argument', 'pg_flux.rollback(NULL)'),
    ('22023', 'argument', 'pg_flux.rollback(0)'),
    ('22023', 'argument', 'pg_flux.rollback(-1)'),
    ('22023', 'argument', 'pg_flux.apply(0)'),
    ('22023', 'argument', 'pg_flux.plan(0)'),
    ('22023', 'argument', 'pg_flux.plan(1, ''sideways'')'),
    ('22023', 'file name', 'pg_flux.register(''x'', ''SELECT 1'')'),
    ('22023', 'file name', 'pg_flux.repair(''x_undo.sql'', ''SELECT 1'')'),
    ('42704', 'not registered', 'pg_flux.unregister(''x.sql'')'),
    ('42704', 'not registered', 'pg_flux.repair(''x.sql'', ''SELECT 1'')'),
    ('42704', 'not registered', 'pg_flux.rollback_to(''x.sql'')'),
    ('42704', 'not registered', 'pg_flux.baseline(''x.sql'')'),
    ('42704', 'not registered', 'pg_flux.unbaseline(''x.sql'')'),
    ('55000', 'wrong state', 'pg_flux.unregister(''1.sql'')'),
    ('55000', 'wrong state', 'pg_flux.repair(''3.sql'', ''SELECT 1'')'),
    ('55000', 'wrong state', 'pg_flux.rollback_to(''3.sql'')'),
    ('55000', 'wrong state', 'pg_flux.unbaseline(''1.sql'')'),
    ('58P01', 'no such directory', 'pg_flux.load(''flux_pgtap_nowhere'')'),
    ('42601', 'syntax', 'pg_flux.register(''x.sql'', ''SELEC'')'),
    ('42601', 'syntax', 'pg_flux.repair(''1.sql'', ''SELECT ('')'),
    ('42883', 'types', 'pg_flux.apply(1.5)'),
    ('22P02', 'types', 'pg_flux.rollback(''one'')'),
    ('22003', 'types', 'pg_flux.rollback(''2147483648'')')) AS expected (state, meaning, call);

SELECT throws_ok('CALL ' || call, '25001', NULL, '25001 transaction block: ' || call)
  FROM unnest('{pg_flux.apply_each(),pg_flux.rollback_each(),pg_flux.rollback_to_each(''1.sql'')}'::text[]) AS call;

-- What the statements of a run say ----------------------------------------------------------------------------------

SELECT pg_flux.unregister('4.sql');
SELECT pg_flux.unregister('5.sql');
CREATE TABLE parent (a int PRIMARY KEY, b int NOT NULL CHECK (b > 0));
INSERT INTO parent VALUES (1, 1);
CREATE TABLE child (a int REFERENCES parent);
INSERT INTO child VALUES (1);
CREATE FUNCTION pg_temp.run(direction text, failing text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF direction = 'up' THEN
    PERFORM pg_flux.register('x.sql', failing);
    PERFORM pg_flux.apply();
  ELSE
    PERFORM pg_flux.register('x.sql', 'SELECT 1', failing);
    PERFORM pg_flux.apply();
    PERFORM pg_flux.rollback();
  END IF;
END
$$;
SELECT throws_ok(format('SELECT pg_temp.run(%L, %L)', direction, text), state, message, direction || ', ' || state || ': ' || text)
  FROM (VALUES
    ('22012', 'division by zero', 'SELECT 1/0'),
    ('42P01', 'table "nowhere" does not exist', 'DROP TABLE nowhere'),
    ('42P07', 'relation "parent" already exists', 'CREATE TABLE parent ()'),
    ('42703', 'column "c" of relation "parent" does not exist', 'ALTER TABLE parent DROP c'),
    ('2BP01', 'cannot drop table parent because other objects depend on it', 'DROP TABLE parent'),
    ('23503', NULL, 'DELETE FROM parent'),
    ('23505', 'duplicate key value violates unique constraint "parent_pkey"', 'INSERT INTO parent VALUES (1, 1)'),
    ('23514', NULL, 'UPDATE parent SET b = 0'),
    ('23502', NULL, 'ALTER TABLE child ADD d int NOT NULL'),
    ('42601', NULL, 'DO $do$ BEGIN EXECUTE ''SELEC''; END $do$'),
    ('P0001', 'by hand', 'DO $do$ BEGIN RAISE ''by hand''; END $do$'),
    ('AB123', 'AB123', 'DO $do$ BEGIN RAISE SQLSTATE ''AB123''; END $do$'),
    ('PF006', 'PF006', 'DO $do$ BEGIN RAISE SQLSTATE ''PF006''; END $do$'),
    ('22P02', NULL, 'SELECT ''a''::int'),
    ('42704', NULL, 'DROP TYPE nowhere'),
    ('22023', NULL, 'SET ROLE flux_nowhere'),
    ('42501', 'permission denied: "pg_class" is a system catalog', 'DROP TABLE pg_class'),
    ('42809', NULL, 'DROP VIEW parent'),
    ('26000', NULL, 'EXECUTE nowhere'),
    ('34000', NULL, 'FETCH nowhere'),
    ('25001', NULL, 'DO $do$ BEGIN EXECUTE ''SET TRANSACTION ISOLATION LEVEL SERIALIZABLE''; END $do$'),
    ('2D000', NULL, 'DO $do$ BEGIN COMMIT; END $do$'),
    ('54001', NULL, 'WITH RECURSIVE r AS (SELECT repeat(''('', 100000) AS t) SELECT (repeat(''['', 100000))::json')) AS statement (state, message, text),
    unnest('{up,down}'::text[]) AS direction;

-- Told to stop: an error that no handler for OTHERS catches.
CREATE FUNCTION pg_temp.cancelled(direction text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_temp.run(direction, 'SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(600)');
  RETURN 'not cancelled';
EXCEPTION WHEN query_canceled THEN
  RETURN SQLSTATE;
END
$$;
SELECT is(pg_temp.cancelled('up'), '57014', 'up, 57014: cancelled');
SELECT is(pg_temp.cancelled('down'), '57014', 'down, 57014: cancelled');
SELECT results_eq($$ SELECT count(*) FROM pg_flux.status() WHERE status = 'applied' $$, $$ VALUES (2::bigint) $$, 'none of which changed what is applied');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'and the session goes on');

SELECT * FROM finish();
ROLLBACK;
