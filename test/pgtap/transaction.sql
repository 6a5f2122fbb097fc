-- What transactions guarantee: schema, tracking rows and history stand or fall together, in the caller's own transaction.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(119);

CREATE TEMPORARY TABLE ran (name text, place int GENERATED ALWAYS AS IDENTITY);
-- Everything that a run changes, as one value.
CREATE FUNCTION pg_temp.world() RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(E'\n',
    (SELECT string_agg(m::text, ';' ORDER BY filename) FROM pg_flux.migration m),
    (SELECT string_agg(a::text, ';' ORDER BY filename) FROM pg_flux.applied a),
    (SELECT string_agg(h::text, ';' ORDER BY id) FROM pg_flux.history h),
    (SELECT string_agg(s::text, ';') FROM pg_flux.state s),
    (SELECT string_agg(relname::text, ';' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname LIKE 't%'),
    (SELECT string_agg(name, ';' ORDER BY place) FROM ran))
$$;

SELECT pg_flux.register(i || '.sql', format('CREATE TABLE t%s (); INSERT INTO ran VALUES (%L)', i, '+' || i),
    format('DROP TABLE t%s; INSERT INTO ran VALUES (%L)', i, '-' || i))
  FROM generate_series(1, 3) AS i;

-- Failure of one is failure of all ----------------------------------------------------------------------------------

CREATE TEMPORARY TABLE world AS SELECT 'registered' AS at, pg_temp.world() AS is;
SELECT pg_flux.register('2.sql', 'CREATE TABLE t2 (); INSERT INTO ran VALUES (''+2''); SELECT 1/0', 'DROP TABLE t2');
INSERT INTO world SELECT 'broken up', pg_temp.world();
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '22012', NULL, 'the second of three Ups fails');
SELECT is(pg_temp.world(), (SELECT w.is FROM world w WHERE at = 'broken up'), 'the first is undone with it');
SELECT lives_ok($$ SELECT pg_flux.apply(1) $$, 'the first alone');
SELECT has_table('t1');
SELECT pg_flux.register('2.sql', 'CREATE TABLE t2 (); INSERT INTO ran VALUES (''+2'')', 'DROP TABLE t2; SELECT 1/0');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'a Down that fails is no obstacle to its Up');
INSERT INTO world SELECT 'broken down', pg_temp.world();
SELECT throws_ok($$ SELECT pg_flux.rollback(3) $$, '22012', NULL, 'the second of three Downs fails');
SELECT is(pg_temp.world(), (SELECT w.is FROM world w WHERE at = 'broken down'), 'all three are undone');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql') $$, '22012', NULL, 'the same with rollback_to()');
SELECT is(pg_temp.world(), (SELECT w.is FROM world w WHERE at = 'broken down'), 'all are undone');
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback() $$, $$ VALUES ('3.sql') $$, 'the newest alone');
SELECT hasnt_table('t3');
SELECT pg_flux.register('2.sql', 'CREATE TABLE t2 (); INSERT INTO ran VALUES (''+2'')', 'DROP TABLE t2; INSERT INTO ran VALUES (''-2'')');
SELECT lives_ok($$ SELECT pg_flux.rollback(2) $$, 'mended');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'and applied again');

-- Savepoints --------------------------------------------------------------------------------------------------------

INSERT INTO world SELECT 'applied', pg_temp.world();
SAVEPOINT a;
SELECT pg_flux.rollback(2);
SELECT hasnt_table('t3');
SAVEPOINT b;
SELECT pg_flux.rollback();
SELECT hasnt_table('t1');
ROLLBACK TO b;
SELECT has_table('t1');
SELECT results_eq($$ SELECT status FROM pg_flux.status() $$, $$ VALUES ('applied'), ('pending'), ('pending') $$, 'back to a savepoint inside');
RELEASE b;
ROLLBACK TO a;
SELECT is(pg_temp.world(), (SELECT w.is FROM world w WHERE at = 'applied'), 'ROLLBACK TO SAVEPOINT restores all of it');
SELECT has_table('t3');
SELECT lives_ok($$ SELECT pg_flux.rollback(1) $$, 'and the session goes on');
ROLLBACK TO a;
SELECT pg_flux.rollback(1);
RELEASE a;
SELECT hasnt_table('t3');
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 2::bigint, 'a released savepoint keeps it');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'applied again');

-- A failure inside of a savepoint.
SAVEPOINT c;
SELECT pg_flux.register('4.sql', 'SELECT 1/0');
DO $$ BEGIN PERFORM pg_flux.apply(); EXCEPTION WHEN division_by_zero THEN NULL; END $$;
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'pending'), 1::bigint, 'what came before the failing call stays');
ROLLBACK TO c;
SELECT is((SELECT count(*) FROM pg_flux.status()), 3::bigint, 'until it is rolled back too');

-- EXCEPTION blocks --------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.careful(n int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.rollback(n);
  RAISE EXCEPTION SQLSTATE 'TR001';
EXCEPTION WHEN SQLSTATE 'TR001' THEN
  RETURN 'caught';
END
$$;
INSERT INTO world SELECT 'before exceptions', pg_temp.world();
SELECT is(pg_temp.careful(2), 'caught', 'an EXCEPTION block after a rollback');
SELECT is(pg_temp.world(), (SELECT w.is FROM world w WHERE at = 'before exceptions'), 'restores all of it');
SELECT is(pg_temp.careful(3), 'caught', 'once more');
SELECT is(pg_temp.world(), (SELECT w.is FROM world w WHERE at = 'before exceptions'), 'restores all of it');
CREATE FUNCTION pg_temp.half() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.rollback(1);
  BEGIN
    PERFORM pg_flux.rollback(1);
    PERFORM pg_flux.register('1.sql', 'SELECT ''another''');
  EXCEPTION WHEN SQLSTATE 'PF003' THEN
    PERFORM pg_flux.rollback(1);
  END;
  RETURN (SELECT string_agg(filename, ' ') FROM pg_flux.status() WHERE status = 'applied');
END
$$;
SELECT is(pg_temp.half(), '1.sql', 'what an inner block did is undone, what is outside of it and after it stays');
SELECT results_eq($$ SELECT action || ' ' || filename FROM pg_flux.history ORDER BY id DESC LIMIT 2 $$, $$ VALUES ('rollback 2.sql' COLLATE "C"), ('rollback 3.sql') $$,
  'history agrees');
SELECT is((SELECT count(*) FROM pg_flux.apply()), 2::bigint, 'and apply() goes on from there');

-- Every other change.
CREATE FUNCTION pg_temp.undone(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  before text := pg_temp.world();
BEGIN
  BEGIN
    EXECUTE command;
    IF pg_temp.world() = before THEN RETURN 'did nothing'; END IF;
    RAISE EXCEPTION SQLSTATE 'TR001';
  EXCEPTION WHEN SQLSTATE 'TR001' THEN
    RETURN CASE WHEN pg_temp.world() = before THEN 'undone' ELSE 'not undone' END;
  END;
END
$$;
SELECT pg_flux.register('5.sql', 'SELECT 5');
SELECT is(pg_temp.undone(command), 'undone', 'undone with its transaction: ' || command) FROM unnest(ARRAY[
  'SELECT pg_flux.register(''6.sql'', ''SELECT 6'')', 'SELECT pg_flux.register(''5.sql'', ''SELECT -5'')', 'SELECT pg_flux.unregister(''5.sql'')',
  'SELECT pg_flux.baseline(''5.sql'')', 'SELECT pg_flux.baseline(''5.sql''); SELECT pg_flux.unbaseline(''5.sql'')',
  'SELECT pg_flux.repair(''1.sql'', ''SELECT 1'')', 'SELECT pg_flux.prune_history(''infinity'')', 'SELECT pg_flux.apply()', 'SELECT pg_flux.rollback(1)',
  'SELECT pg_flux.rollback_to(''1.sql'')']) AS command;

-- A caller's own work -----------------------------------------------------------------------------------------------

CREATE TABLE theirs (a int);
INSERT INTO theirs VALUES (1);
SELECT throws_ok($$ INSERT INTO theirs VALUES (2); SELECT pg_flux.unregister('nowhere') $$, '42704', NULL, 'a failing call');
SELECT results_eq($$ SELECT a FROM theirs $$, $$ VALUES (1) $$, 'takes along no more than any failing statement');
SELECT pg_flux.register('6.sql', 'INSERT INTO theirs SELECT max(a) + 1 FROM theirs', 'DELETE FROM theirs WHERE a > 1');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'a migration sees what its caller has not committed yet');
SELECT results_eq($$ SELECT a FROM theirs ORDER BY a $$, $$ VALUES (1), (2) $$, 'and works on it');

-- In functions, triggers and cursors, wherever SQL runs.
CREATE FUNCTION pg_temp.wrapper() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM pg_flux.rollback(1) WHERE outcome = 'rolled back' $$;
SELECT is(pg_temp.wrapper(), 1::bigint, 'in a SQL function');
SELECT is((SELECT max(a) FROM theirs), 1, 'which ran it');
CREATE FUNCTION pg_temp.stable_wrapper() RETURNS bigint STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM pg_flux.apply()); END $$;
SELECT is(pg_temp.stable_wrapper(), 1::bigint, 'in a function that is marked STABLE by mistake');
SELECT is((SELECT max(a) FROM theirs), 2, 'which ran it');
CREATE FUNCTION pg_temp.as_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_flux.rollback(1); RETURN NEW; END $$;
CREATE TEMPORARY TABLE release (name text);
CREATE TRIGGER t AFTER INSERT ON release FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.as_trigger();
SELECT lives_ok($$ INSERT INTO release VALUES ('1.0') $$, 'in a trigger');
SELECT is((SELECT max(a) FROM theirs), 1, 'which ran it');
PREPARE run AS SELECT filename FROM pg_flux.apply($1, $2);
SELECT results_eq('EXECUTE run (1, true)', $$ VALUES ('6.sql') $$, 'prepared');
SELECT results_eq('EXECUTE run (NULL, false)', $$ VALUES ('6.sql') $$, 'and executed again');
SELECT is_empty('EXECUTE run (NULL, false)', 'and again');
SELECT lives_ok($$ CREATE TEMPORARY TABLE result AS SELECT * FROM pg_flux.rollback(1) $$, 'CREATE TABLE AS');
SELECT results_eq($$ SELECT filename, outcome FROM result $$, $$ VALUES ('6.sql', 'rolled back') $$, 'which keeps the rows');
SELECT lives_ok($$ EXPLAIN SELECT * FROM pg_flux.apply() $$, 'EXPLAIN');
SELECT is((SELECT max(a) FROM theirs), 1, 'runs nothing');
SELECT lives_ok($$ EXPLAIN ANALYZE SELECT * FROM pg_flux.apply() $$, 'EXPLAIN ANALYZE');
SELECT is((SELECT max(a) FROM theirs), 2, 'does');

-- A table in use by the caller is PostgreSQL's error; nothing is lost.
SELECT pg_flux.register('7.sql', 'CREATE TABLE t7 AS SELECT 1 AS a', 'DROP TABLE t7');
SELECT pg_flux.apply();
DECLARE c CURSOR FOR SELECT * FROM t7;
FETCH c;
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '55006', NULL, 'a Down that drops a table which a cursor of the caller reads');
SELECT results_eq($$ SELECT status FROM pg_flux.status() WHERE filename = '7.sql' $$, $$ VALUES ('applied') $$, 'leaves it applied');
CLOSE c;
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'once the cursor is closed it works');

-- Re-entry ----------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.end_of(up text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('zz.sql', up);
  PERFORM pg_flux.apply();
  RAISE EXCEPTION SQLSTATE 'TR000';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE SQLSTATE WHEN 'TR000' THEN '00000' ELSE SQLSTATE END;
END
$$;
CREATE FUNCTION public.hidden(command text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; END $$;
SELECT is(pg_temp.end_of(text), '55000', 'a migration cannot ' || text) FROM unnest(ARRAY[
    'SELECT pg_flux.apply()', 'SELECT pg_flux.rollback()', 'SELECT pg_flux.rollback_to(''1.sql'')', 'SELECT pg_flux.register(''x.sql'', ''SELECT 1'')',
    'SELECT pg_flux.unregister(''5.sql'')', 'SELECT pg_flux.repair(''1.sql'', ''SELECT 1'')', 'SELECT pg_flux.load(''x'')', 'SELECT pg_flux.baseline(''5.sql'')',
    'SELECT pg_flux.unbaseline(''5.sql'')', 'SELECT pg_flux.prune_history(''infinity'')',
    'DO $do$ BEGIN PERFORM pg_flux.rollback(); END $do$', 'SELECT public.hidden(''SELECT pg_flux.rollback()'')', 'WITH x AS (SELECT * FROM pg_flux.rollback()) SELECT FROM x',
    'DELETE FROM pg_flux.applied', 'DELETE FROM pg_flux.applied WHERE false', 'UPDATE pg_flux.migration SET undo = NULL', 'INSERT INTO pg_flux.state VALUES (true, 1)', 'TRUNCATE pg_flux.history',
    'WITH x AS (DELETE FROM pg_flux.history RETURNING 1) SELECT FROM x', 'DO $do$ BEGIN DELETE FROM pg_flux.applied; END $do$', 'SELECT public.hidden(''DELETE FROM pg_flux.applied'')',
    'SET session_replication_role = replica; DELETE FROM pg_flux.applied', 'MERGE INTO pg_flux.state USING (SELECT true AS t) x ON singleton = t WHEN MATCHED THEN DELETE',
    'COPY pg_flux.state FROM PROGRAM ''true''', 'ALTER TABLE pg_flux.applied DISABLE TRIGGER ALL', 'ALTER TABLE pg_flux.applied DISABLE TRIGGER refuse_during_run',
    'DROP TRIGGER refuse_during_run ON pg_flux.applied', 'ALTER TABLE pg_flux.history ADD COLUMN a int', 'ALTER TABLE pg_flux.history ADD CHECK (id < 5) NOT VALID', 'ALTER TABLE pg_flux.history RENAME TO x', 'ALTER TABLE pg_flux.history OWNER TO postgres',
    'ALTER SCHEMA pg_flux RENAME TO x', 'ALTER FUNCTION pg_flux.apply(int, bool, bool) IMMUTABLE', 'ALTER SEQUENCE pg_flux.history_id_seq RESTART',
    'DROP EXTENSION pg_flux', 'DROP EXTENSION pg_flux CASCADE', 'DROP EXTENSION IF EXISTS pg_flux', 'DO $do$ BEGIN EXECUTE ''DROP EXTENSION pg_flux''; END $do$',
    'ALTER EXTENSION pg_flux DROP FUNCTION pg_flux.status()', 'ALTER EXTENSION pg_flux DROP TABLE pg_flux.applied',
    $f$CREATE OR REPLACE FUNCTION pg_flux.refuse_during_run() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; DELETE FROM pg_flux.history$f$,
    'CREATE RULE r AS ON DELETE TO pg_flux.applied DO INSTEAD NOTHING', 'CREATE TRIGGER t BEFORE UPDATE ON pg_flux.applied FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'ALTER TABLE pg_flux.applied DROP CONSTRAINT applied_pkey']) AS text;
SELECT is(pg_temp.end_of(text), '00000', 'a migration can ' || text) FROM unnest(ARRAY[
    'SELECT * FROM pg_flux.status()', 'SELECT * FROM pg_flux.plan()', 'SELECT count(*) FROM pg_flux.history', 'COMMENT ON TABLE t1 IS ''x''',
    'GRANT USAGE ON SCHEMA pg_flux TO PUBLIC', 'LOCK TABLE pg_flux.history IN ACCESS SHARE MODE']) AS text;
-- The guard ends with the run, however that ends.
SELECT is(pg_temp.end_of('SELECT 1/0'), '22012', 'after a migration that fails');
SELECT lives_ok($$ UPDATE pg_flux.migration SET undo = undo $$, 'the owner may touch the tables');
SELECT is(pg_temp.end_of('DO $do$ BEGIN PERFORM pg_flux.apply(); EXCEPTION WHEN OTHERS THEN DELETE FROM pg_flux.applied; END $do$'), '55000',
  'a migration that catches the refusal is still a migration');
SELECT is(pg_temp.end_of('DO $do$ BEGIN PERFORM 1/0; EXCEPTION WHEN OTHERS THEN NULL; END $do$; DELETE FROM pg_flux.applied'), '55000',
  'so is one that catches another error');
SELECT lives_ok($$ UPDATE pg_flux.migration SET undo = undo $$, 'and after it the owner may touch the tables again');

SELECT * FROM finish();
ROLLBACK;
