-- What apply() guarantees.

-- Committed, since the values of an enum made in the same transaction may be used at once.
CREATE TYPE public.flux_size AS ENUM ('small');
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(97);

-- All that a client sees of an error.
CREATE FUNCTION pg_temp.failure(command text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT context text, OUT place text)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  -- The line of the context that is pg_flux's.
  place := substring(context, '(?n)^migration .*$');
END
$$;

-- How the run of one migration ends, all of it undone again: '00000' or the SQLSTATE of its error.
CREATE FUNCTION pg_temp.end_of(up text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('zz.sql', up);
  BEGIN
    PERFORM pg_flux.apply();
    RAISE EXCEPTION SQLSTATE 'TR000';
  EXCEPTION WHEN OTHERS THEN
    PERFORM pg_flux.unregister('zz.sql');
    RETURN CASE SQLSTATE WHEN 'TR000' THEN '00000' ELSE SQLSTATE END;
  END;
END
$$;

-- Nothing to do, and arguments --------------------------------------------------------------------------------------

SELECT is_empty($$ SELECT * FROM pg_flux.apply() $$, 'nothing registered: no rows and no error');
SELECT throws_ok($$ SELECT pg_flux.apply(0) $$, '22023', NULL, 'n = 0');
SELECT throws_ok($$ SELECT pg_flux.apply(-1) $$, '22023', NULL, 'n < 0');
SELECT throws_ok($$ SELECT pg_flux.apply(-2147483648) $$, '22023', NULL, 'n far below 0');
SELECT throws_ok($$ SELECT pg_flux.apply(1, NULL) $$, '22004', NULL, 'dry_run is yes or no');
SELECT throws_ok($$ SELECT pg_flux.apply(1, false, NULL) $$, '22004', NULL, 'force is yes or no');
SELECT throws_ok($$ SELECT pg_flux.apply(0, true) $$, '22023', NULL, 'a dry run has the same arguments');

-- Order and number --------------------------------------------------------------------------------------------------

-- Order of bytes: not that of a locale, and not that of registering.
SELECT pg_flux.register('b.sql', 'INSERT INTO ran VALUES (''b'')', 'SELECT 1');
SELECT pg_flux.register('10.sql', 'INSERT INTO ran VALUES (''10''); SELECT 1; SELECT 2');
SELECT pg_flux.register('ä.sql', 'INSERT INTO ran VALUES (''ä'')');
SELECT pg_flux.register('9.sql', 'INSERT INTO ran VALUES (''9'')');
SELECT pg_flux.register('_.sql', 'INSERT INTO ran VALUES (''_'')');
SELECT pg_flux.register('B.sql', 'INSERT INTO ran VALUES (''B'')');
CREATE TEMPORARY TABLE ran (name text, place int GENERATED ALWAYS AS IDENTITY);

SELECT results_eq(
  $$ SELECT filename, outcome, reason, statements, duration FROM pg_flux.apply(2, dry_run => true) $$,
  $$ VALUES ('10.sql', 'would apply', NULL::text, 3, NULL::interval), ('9.sql', 'would apply', NULL, 1, NULL) $$, 'a dry run');
SELECT is_empty($$ SELECT * FROM ran $$, 'runs nothing');
SELECT is_empty($$ SELECT FROM pg_flux.applied $$, 'and tracks nothing');
SELECT is_empty($$ SELECT FROM pg_flux.history $$, 'and leaves no history');
SELECT results_eq(
  $$ SELECT filename, outcome, reason, statements, duration >= '0' AND duration < '1 day' FROM pg_flux.apply(2) $$,
  $$ VALUES ('10.sql', 'applied', NULL::text, 3, true), ('9.sql', 'applied', NULL, 1, true) $$, 'the first two, by the bytes of their names');
SELECT results_eq($$ SELECT name FROM ran ORDER BY place $$, $$ VALUES ('10'), ('9') $$, 'were run in that order');
SELECT results_eq($$ SELECT filename FROM pg_flux.apply(n => NULL) $$, $$ VALUES ('B.sql'), ('_.sql'), ('b.sql'), ('ä.sql') $$, 'NULL: all the others');
SELECT results_eq($$ SELECT name FROM ran ORDER BY place $$, $$ VALUES ('10'), ('9'), ('B'), ('_'), ('b'), ('ä') $$, 'in order');
SELECT is_empty($$ SELECT * FROM pg_flux.apply() $$, 'nothing is left to do');
SELECT results_eq($$ SELECT filename COLLATE "default" FROM pg_flux.applied ORDER BY sequence $$,
  $$ VALUES ('10.sql'), ('9.sql'), ('B.sql'), ('_.sql'), ('b.sql'), ('ä.sql') $$, 'apply order is kept');
SELECT is_empty($$ SELECT FROM pg_flux.applied a JOIN pg_flux.migration m USING (filename) WHERE a.checksum <> m.checksum OR baseline
  OR applied_by <> current_user OR applied_at < now() OR applied_at > clock_timestamp() $$, 'with checksum, role and time');

SELECT pg_flux.register('5.sql', 'INSERT INTO ran VALUES (''5'')');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.apply(2147483647) $$, $$ VALUES ('5.sql', 'applied') $$,
  'a late one, older than what is applied, is applied; more asked than pending: all');
SELECT is((SELECT filename COLLATE "default" FROM pg_flux.applied ORDER BY sequence DESC LIMIT 1), '5.sql', 'as the newest in apply order');

-- What a migration sees ---------------------------------------------------------------------------------------------

TRUNCATE ran;
SELECT pg_flux.register('x1.sql', E'CREATE TABLE x (a int);\nINSERT INTO x VALUES (1);\nINSERT INTO ran SELECT count(*) FROM x;\nALTER TABLE x ADD b int DEFAULT 2;');
SELECT pg_flux.register('x2.sql', E'INSERT INTO ran SELECT a + b FROM x;\nCREATE FUNCTION xf() RETURNS int LANGUAGE sql AS $$ SELECT b FROM x $$;\nINSERT INTO ran SELECT xf();');
SELECT pg_flux.register('x3.sql', E'INSERT INTO ran SELECT count(*) FROM pg_flux.status() WHERE status = ''applied'' AND filename LIKE ''x%''');
SELECT pg_flux.register('x4.sql', E'SELECT * FROM generate_series(1, 1000); TABLE x; VALUES (1); SHOW work_mem; EXPLAIN SELECT 1');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'statements that build on one another');
SELECT results_eq($$ SELECT name FROM ran ORDER BY place $$, $$ VALUES ('1'), ('3'), ('2'), ('2') $$,
  'each sees what the ones before it did, tracking rows included');
SELECT pg_flux.register('x5.sql', '-- nothing to see');
SELECT results_eq($$ SELECT filename, outcome, statements FROM pg_flux.apply() $$, $$ VALUES ('x5.sql', 'applied', 0) $$,
  'a migration without statements is applied');

SELECT pg_flux.register('x6.sql', E'-- +migrate Up\nBEGIN;\nCREATE TYPE mood AS ENUM (''ok'');\nCOMMIT;\nALTER TYPE mood ADD VALUE ''good'';\n-- +migrate Down\nDROP TYPE mood');
SELECT results_eq($$ SELECT filename, statements FROM pg_flux.apply() $$, $$ VALUES ('x6.sql', 2) $$, 'BEGIN and COMMIT are not statements');

-- What would fail is found before anything runs ---------------------------------------------------------------------

SELECT pg_flux.register('y1.sql', 'CREATE TABLE y1 ()');
SELECT pg_flux.register('y2.sql', 'CREATE TABLE y2 (a int); CREATE INDEX CONCURRENTLY ON y2 (a)');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, 'PF010', NULL, 'an autocommit statement in the second migration');
SELECT hasnt_table('y1');
SELECT throws_ok($$ SELECT pg_flux.apply(dry_run => true) $$, 'PF010', NULL, 'a dry run says so too');
SELECT lives_ok($$ SELECT pg_flux.apply(1) $$, 'the first alone can be applied');
SELECT has_table('y1');
CREATE TEMPORARY TABLE failure AS SELECT * FROM pg_temp.failure('SELECT pg_flux.apply()');
SELECT matches(message, 'CREATE INDEX CONCURRENTLY', 'the error names the statement') FROM failure;
SELECT matches(hint, 'apply_each', 'the way out') FROM failure;
SELECT matches(place, 'y2\.sql.*Up.*statement 2.*line 1', 'and the place') FROM failure;
SELECT pg_flux.unregister('y2.sql');

SELECT is(pg_temp.end_of(text), 'PF010', 'not to be run in a transaction: ' || text)
  FROM unnest(ARRAY['CREATE INDEX CONCURRENTLY ON t (a)', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)', 'DROP INDEX CONCURRENTLY IF EXISTS i',
    'REINDEX INDEX CONCURRENTLY i', 'REINDEX (CONCURRENTLY) TABLE t', 'REINDEX (VERBOSE, CONCURRENTLY true) TABLE t', 'REINDEX SCHEMA public',
    'REINDEX DATABASE x', 'REINDEX SYSTEM x', 'VACUUM', 'VACUUM (ANALYZE) t', 'VACUUM FULL t', 'CLUSTER',
    'ALTER TABLE p DETACH PARTITION t CONCURRENTLY', 'ALTER SYSTEM SET work_mem = ''1MB''', 'ALTER SYSTEM RESET ALL', 'DISCARD ALL',
    'CREATE DATABASE x', 'DROP DATABASE IF EXISTS x', 'DROP DATABASE x WITH (FORCE)', 'CREATE TABLESPACE x LOCATION ''/x''', 'DROP TABLESPACE x',
    'ALTER DATABASE x SET TABLESPACE pg_default', 'CREATE SUBSCRIPTION x CONNECTION '''' PUBLICATION p',
    'CREATE SUBSCRIPTION x CONNECTION '''' PUBLICATION p WITH (create_slot = true)', 'ALTER SUBSCRIPTION x REFRESH PUBLICATION',
    'ALTER SUBSCRIPTION x SET PUBLICATION p', 'ALTER SUBSCRIPTION x ADD PUBLICATION p']) AS text;
SELECT is(pg_flux.register('y3.sql', E'-- +migrate Up notransaction\nSELECT 1'), 'added', 'a section marked notransaction');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, 'PF010', NULL, 'is not run in a transaction either');
SELECT is(pg_flux.register('y3.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Up NOTRANSACTION\nSELECT 2'), 'updated', 'nor is half of one');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, 'PF010', NULL, 'refused');
SELECT is(pg_flux.register('y3.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down notransaction\nVACUUM'), 'updated', 'a Down of autocommit statements');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'does not keep the Up from running');

CREATE TABLE partitioned (a int) PARTITION BY LIST (a);
CREATE TABLE plain (a int);
CREATE INDEX plain_index ON plain (a);
CREATE INDEX partitioned_index ON partitioned (a);
SELECT is(pg_temp.end_of(text), 'PF010', 'known from the catalog: ' || text)
  FROM unnest(ARRAY['REINDEX TABLE partitioned', 'REINDEX INDEX partitioned_index', 'CLUSTER partitioned USING partitioned_index']) AS text;
SELECT is(pg_temp.end_of(text), '00000', 'allowed in a transaction: ' || text)
  FROM unnest(ARRAY['ANALYZE plain', 'ANALYZE', 'REINDEX TABLE plain', 'REINDEX INDEX plain_index', 'CLUSTER plain USING plain_index', 'DISCARD PLANS',
    'DISCARD SEQUENCES', 'CREATE SUBSCRIPTION flux_s CONNECTION ''dbname=x'' PUBLICATION p WITH (connect = false)', 'CREATE INDEX ON plain (a)',
    'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE UNIQUE INDEX ON m (a); REFRESH MATERIALIZED VIEW CONCURRENTLY m; DROP MATERIALIZED VIEW m',
    'LOCK TABLE plain', 'DO $do$ BEGIN NULL; END $do$', 'DECLARE c CURSOR FOR SELECT 1; FETCH c; CLOSE c', 'SET CONSTRAINTS ALL IMMEDIATE',
    'LISTEN a; NOTIFY a; UNLISTEN a', 'PREPARE a AS SELECT 1; EXECUTE a; DEALLOCATE a', 'CREATE TEMP TABLE te (a int) ON COMMIT DROP; SELECT * INTO ti FROM te; DROP TABLE ti']) AS text;

-- Late surprises keep PostgreSQL's own SQLSTATE, undo the run, and get the hint.
CREATE FUNCTION pg_temp.late(text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  failure record;
BEGIN
  PERFORM pg_flux.register('zz.sql', $1);
  SELECT * INTO failure FROM pg_temp.failure('SELECT pg_flux.apply()');
  PERFORM pg_flux.unregister('zz.sql');
  RETURN NEXT failure.state;
  RETURN NEXT substring(failure.hint, 'pg_flux\.\w+');
END
$$;
SELECT results_eq(format('SELECT pg_temp.late(%L)', text), ARRAY[state, 'pg_flux.apply_each'], 'late: ' || text)
  FROM (VALUES
    ('CREATE TABLE late (a int) PARTITION BY LIST (a); REINDEX TABLE late', '25001'),
    ('DO $do$ BEGIN EXECUTE ''VACUUM''; END $do$', '25001'),
    ('DO $do$ BEGIN COMMIT; END $do$', '2D000'),
    ('DO $do$ BEGIN ROLLBACK; END $do$', '2D000'),
    ('CREATE PROCEDURE late() LANGUAGE plpgsql AS $do$ BEGIN COMMIT; END $do$; CALL late()', '2D000'),
    ('ALTER TYPE flux_size ADD VALUE ''large''; SELECT ''large''::flux_size', '55P04'),
    ('CREATE TABLE late (a int PRIMARY KEY, b int REFERENCES late DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1, 1); ALTER TABLE late ADD c int',
     '55006')) AS late (text, state);
SELECT hasnt_table('late');
SELECT results_eq($$ SELECT pg_temp.late('SELECT 1/0') $$, ARRAY['22012', NULL], 'an error of another kind gets no such hint');
SELECT results_eq($$ SELECT pg_temp.late('DO $do$ BEGIN RAISE SQLSTATE ''25001'' USING HINT = ''Their own.''; END $do$') $$,
  ARRAY['25001', 'pg_flux.apply_each'], 'one that has a hint');
SELECT pg_flux.register('zz.sql', 'DO $do$ BEGIN RAISE SQLSTATE ''25001'' USING HINT = ''Their own.''; END $do$');
SELECT matches(hint, '^Their own\..*apply_each', 'keeps it before ours') FROM pg_temp.failure('SELECT pg_flux.apply()');

SELECT * FROM finish();
ROLLBACK;
DROP TYPE public.flux_size;
