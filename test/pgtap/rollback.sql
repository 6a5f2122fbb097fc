-- What rollback() guarantees.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(75);

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

-- How a rollback of one migration with that Down ends, all of it undone again: '00000' or the SQLSTATE of its error.
CREATE FUNCTION pg_temp.end_of(down text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('zz.sql', 'SELECT 1', down);
  PERFORM pg_flux.apply();
  PERFORM pg_flux.rollback();
  RAISE EXCEPTION SQLSTATE 'TR000';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE SQLSTATE WHEN 'TR000' THEN '00000' ELSE SQLSTATE END;
END
$$;

CREATE TEMPORARY TABLE ran (name text, place int GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION pg_temp.ran() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(name, ' ' ORDER BY place) FROM ran $$;
CREATE FUNCTION pg_temp.applied() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(filename, ' ' ORDER BY filename) FROM pg_flux.status() WHERE status = 'applied'
$$;

-- Nothing to do, and arguments --------------------------------------------------------------------------------------

SELECT is_empty($$ SELECT * FROM pg_flux.rollback() $$, 'nothing registered: no rows and no error');
SELECT throws_ok($$ SELECT pg_flux.rollback(0) $$, '22023', NULL, 'n = 0');
SELECT throws_ok($$ SELECT pg_flux.rollback(-1) $$, '22023', NULL, 'n < 0');
SELECT throws_ok($$ SELECT pg_flux.rollback(NULL) $$, '22023', NULL, 'n = NULL is never all');
SELECT throws_ok($$ SELECT pg_flux.rollback(NULL, true) $$, '22023', NULL, 'not in a dry run either');
SELECT throws_ok($$ SELECT pg_flux.rollback(0, true) $$, '22023', NULL, 'nor is 0');
SELECT throws_ok($$ SELECT pg_flux.rollback(1, NULL) $$, '22004', NULL, 'dry_run is yes or no');

-- Order and number --------------------------------------------------------------------------------------------------

SELECT pg_flux.register(name || '.sql', format('CREATE TABLE t%s ()', name),
    format('DROP TABLE t%s; INSERT INTO ran VALUES (%L)', name, name))
  FROM unnest('{1,2,3,4,5}'::text[]) AS name;
SELECT is_empty($$ SELECT * FROM pg_flux.rollback() $$, 'nothing applied: no rows and no error');
-- Not in the order of their names, and all in one transaction, in which now() stands still.
SELECT pg_flux.unregister('2.sql');
SELECT pg_flux.apply();
SELECT pg_flux.register('2.sql', 'CREATE TABLE t2 ()', 'DROP TABLE t2; INSERT INTO ran VALUES (2)');
SELECT pg_flux.apply();

SELECT results_eq(
  $$ SELECT filename, outcome, reason, statements, duration FROM pg_flux.rollback(2, dry_run => true) $$,
  $$ VALUES ('2.sql', 'would roll back', NULL::text, 2, NULL::interval), ('5.sql', 'would roll back', NULL, 2, NULL) $$, 'a dry run');
SELECT is(pg_temp.ran(), NULL, 'runs nothing');
SELECT is(pg_temp.applied(), '1.sql 2.sql 3.sql 4.sql 5.sql', 'changes nothing');
SELECT is_empty($$ SELECT FROM pg_flux.history WHERE action = 'rollback' $$, 'and leaves no history');

SELECT results_eq($$ SELECT filename, outcome, reason, statements, duration >= '0' AND duration < '1 day' FROM pg_flux.rollback() $$,
  $$ VALUES ('2.sql', 'rolled back', NULL::text, 2, true) $$, 'the newest by apply order, not by name');
SELECT hasnt_table('t2');
SELECT results_eq($$ SELECT status, applied_at FROM pg_flux.status() WHERE filename = '2.sql' $$, $$ VALUES ('pending', NULL::timestamptz) $$,
  'is pending again');
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback(2) $$, $$ VALUES ('5.sql'), ('4.sql') $$, 'two more, newest first');
SELECT is(pg_temp.ran(), '2 5 4', 'in that order');
SELECT is(pg_temp.applied(), '1.sql 3.sql', 'the others stay');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.apply() $$, $$ VALUES ('2.sql', 'applied'), ('4.sql', 'applied'), ('5.sql', 'applied') $$,
  'what was rolled back can be applied again');
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback(2147483647) $$, $$ VALUES ('5.sql'), ('4.sql'), ('2.sql'), ('3.sql'), ('1.sql') $$,
  'more than are applied: all');
SELECT is_empty($$ SELECT * FROM pg_flux.rollback(3) $$, 'and then nothing');
SELECT is_empty($$ SELECT FROM pg_flux.applied $$, 'no tracking row is left');
SELECT results_eq($$ SELECT count(*) FROM pg_flux.status() WHERE status = 'pending' $$, $$ VALUES (5::bigint) $$, 'all are pending');

-- Many at once.
SELECT pg_flux.register(format('m%s.sql', lpad(i::text, 4, '0')), 'SELECT 1', 'INSERT INTO ran VALUES (' || i || ')') FROM generate_series(1, 500) AS i;
SELECT is(count(*), 505::bigint, 'five hundred applied in one transaction') FROM pg_flux.apply();
TRUNCATE ran;
SELECT is(count(*), 500::bigint, 'and rolled back') FROM pg_flux.rollback(500);
SELECT is(pg_temp.ran(), (SELECT string_agg(i::text, ' ' ORDER BY i DESC) FROM generate_series(1, 500) AS i), 'exactly backwards');
SELECT pg_flux.unregister(filename) FROM pg_flux.status() WHERE filename LIKE 'm%';
SELECT pg_flux.rollback(5);
SELECT pg_flux.unregister(filename) FROM pg_flux.status();
SELECT is_empty($$ SELECT * FROM pg_flux.status() $$, 'all forgotten');

-- No Down SQL, and baselines ----------------------------------------------------------------------------------------

TRUNCATE ran;
SELECT pg_flux.register('a.sql', 'SELECT 1', 'INSERT INTO ran VALUES (''a'')');
SELECT pg_flux.register('b.sql', 'SELECT 1', 'INSERT INTO ran VALUES (''b'')');
SELECT pg_flux.baseline('b.sql');
SELECT pg_flux.register('c.sql', 'SELECT 1', 'INSERT INTO ran VALUES (''c'')');
SELECT pg_flux.register('d.sql', 'SELECT 1');
SELECT pg_flux.register('e.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\n-- MANUAL UNDO REQUIRED\n', 'INSERT INTO ran VALUES (''e'')');
SELECT pg_flux.register('f.sql', 'SELECT 1', 'INSERT INTO ran VALUES (''f'')');
SELECT pg_flux.apply();
SELECT pg_flux.rollback();

CREATE TEMPORARY TABLE failure AS SELECT * FROM pg_temp.failure('SELECT pg_flux.rollback()');
SELECT is(state, 'PF006', 'the only one asked for has no Down SQL') FROM failure;
SELECT matches(concat_ws(' ', message, detail), 'e\.sql', 'the error names it') FROM failure;
SELECT matches(hint, 'register', 'the hint tells how to give it one') FROM failure;
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure('SELECT pg_flux.rollback(2)');
SELECT is(state, 'PF006', 'neither of two has Down SQL') FROM failure;
SELECT matches(detail, 'e\.sql.*d\.sql', 'both are named') FROM failure;
SELECT is(pg_temp.applied(), 'a.sql b.sql c.sql d.sql e.sql', 'nothing is changed');
SELECT results_eq($$ SELECT filename, outcome, reason, statements, duration FROM pg_flux.rollback(2, true) $$,
  $$ VALUES ('e.sql', 'skipped', 'no Down SQL', NULL::int, NULL::interval), ('d.sql', 'skipped', 'no Down SQL', NULL, NULL) $$,
  'a dry run of the same is no error');
SELECT results_eq($$ SELECT filename, outcome, reason, statements FROM pg_flux.rollback(3, true) $$,
  $$ VALUES ('e.sql', 'skipped', 'no Down SQL', NULL::int), ('d.sql', 'skipped', 'no Down SQL', NULL), ('c.sql', 'would roll back', NULL, 1) $$,
  'a dry run of three');
SELECT results_eq($$ SELECT filename, outcome, reason, statements, duration IS NULL FROM pg_flux.rollback(3) $$,
  $$ VALUES ('e.sql', 'skipped', 'no Down SQL', NULL::int, true), ('d.sql', 'skipped', 'no Down SQL', NULL, true), ('c.sql', 'rolled back', NULL, 1, false) $$,
  'those without Down SQL count, and are skipped');
SELECT is(pg_temp.ran(), 'f c', 'the others run');
SELECT is(pg_temp.applied(), 'a.sql b.sql d.sql e.sql', 'skipped ones stay applied');
SELECT throws_ok($$ SELECT pg_flux.rollback(3) $$, 'PF006', NULL, 'a baseline at the end of them');
SELECT throws_ok($$ SELECT pg_flux.rollback(100) $$, 'PF006', NULL, 'baselines only, though they have Down SQL');
SELECT matches(hint, 'unbaseline', 'where a baseline was skipped the hint tells how to get rid of it') FROM pg_temp.failure('SELECT pg_flux.rollback(4)');
SELECT results_eq($$ SELECT filename, outcome, reason FROM pg_flux.rollback(4, true) $$,
  $$ VALUES ('e.sql', 'skipped', 'no Down SQL'), ('d.sql', 'skipped', 'no Down SQL'), ('b.sql', 'skipped', 'baseline'),
            ('a.sql', 'skipped', 'baseline') $$, 'each with its reason');
SELECT is(pg_flux.register('d.sql', 'SELECT 1', 'INSERT INTO ran VALUES (''d'')'), 'updated', 'a Down that comes later');
SELECT results_eq($$ SELECT filename, outcome, reason FROM pg_flux.rollback(4) $$,
  $$ VALUES ('e.sql', 'skipped', 'no Down SQL'), ('d.sql', 'rolled back', NULL), ('b.sql', 'skipped', 'baseline'),
            ('a.sql', 'skipped', 'baseline') $$, 'is run');
SELECT is(pg_temp.ran(), 'f c d', 'and no other');
SELECT is(pg_flux.unbaseline('a.sql'), 'pending', 'a baseline taken back');
SELECT results_eq($$ SELECT filename FROM pg_flux.apply(1) $$, $$ VALUES ('a.sql') $$, 'and applied');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.rollback() $$, $$ VALUES ('a.sql', 'rolled back') $$, 'is rolled back like any');

-- What would fail is found before anything runs ---------------------------------------------------------------------

TRUNCATE ran;
SELECT pg_flux.register('g.sql', 'SELECT 1', 'DROP INDEX CONCURRENTLY IF EXISTS gi');
SELECT pg_flux.register('h.sql', 'SELECT 1', 'INSERT INTO ran VALUES (''h'')');
SELECT pg_flux.apply();
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure('SELECT pg_flux.rollback(2)');
SELECT is(state, 'PF010', 'an autocommit statement in the second Down') FROM failure;
SELECT matches(message, 'DROP INDEX CONCURRENTLY', 'the error names it') FROM failure;
SELECT matches(hint, 'rollback_each', 'the way out') FROM failure;
SELECT matches(place, 'g_undo\.sql.*statement 1.*line 1', 'and the place') FROM failure;
SELECT is(pg_temp.ran(), NULL, 'nothing has run');
SELECT lives_ok($$ SELECT pg_flux.rollback(1) $$, 'the first alone can be rolled back');

SELECT is(pg_temp.end_of(text), 'PF010', 'not to be run in a transaction: ' || replace(text, E'\n', ' '))
  FROM unnest(ARRAY['VACUUM', 'REINDEX TABLE CONCURRENTLY t', 'DROP DATABASE x', 'DISCARD ALL', 'CLUSTER',
    E'-- +migrate Down notransaction\nSELECT 1']) AS text;
SELECT is(pg_temp.end_of(text), state, 'the failing statement''s own SQLSTATE: ' || text)
  FROM (VALUES ('SELECT 1', '00000'), ('BEGIN; SELECT 1; COMMIT; SELECT 2', '00000'), ('DROP TABLE nowhere', '42P01'), ('SELECT 1/0', '22012'),
    ('DO $do$ BEGIN RAISE SQLSTATE ''AB123''; END $do$', 'AB123'), ('DO $do$ BEGIN RAISE ''just so''; END $do$', 'P0001')) AS down (text, state);

-- Where it went wrong -----------------------------------------------------------------------------------------------

SELECT pg_flux.register('i.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nBEGIN;\nSELECT 1;\n\n-- the culprit\nSELECT\n  1/0;\nCOMMIT;\n');
SELECT pg_flux.apply();
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure('SELECT pg_flux.rollback()');
SELECT is(state, '22012', 'a failing Down') FROM failure;
SELECT is(message, 'division by zero', 'in PostgreSQL''s words') FROM failure;
SELECT matches(place, 'i\.sql.*Down.*statement 2.*line 8', 'names migration, section, statement and line') FROM failure;
SELECT matches(context, E'SELECT\n  1/0', 'and shows the statement') FROM failure;
SELECT pg_flux.register('i.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nDO $do$ BEGIN RAISE foreign_key_violation USING MESSAGE = ''m'', DETAIL = ''d'', HINT = ''h''; END $do$');
SELECT results_eq($$ SELECT state, message, detail, hint FROM pg_temp.failure('SELECT pg_flux.rollback()') $$,
  $$ VALUES ('23503', 'm', 'd', 'h') $$, 'message, detail and hint of the statement reach the client as they are');
SELECT is((SELECT count(*) FROM pg_flux.applied WHERE filename = 'i.sql'), 1::bigint, 'and the migration stays applied');

-- A Down is run as it is at the time of the rollback, once ----------------------------------------------------------

TRUNCATE ran;
SELECT pg_flux.register('i.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nINSERT INTO ran VALUES (''i'');');
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'the Down of now');
SELECT is(pg_temp.ran(), 'i', 'is what runs, once');
SELECT results_eq($$ SELECT sql FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('INSERT INTO ran VALUES (''i'');') $$,
  'and what the history keeps');

SELECT * FROM finish();
ROLLBACK;
