-- What load() guarantees. The files are made on the server, in a directory of the data directory.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(72);

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
  place := substring(context, '(?n)^(?:migration|file) .*$');
END
$$;

CREATE FUNCTION pg_temp.shell(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('COPY (SELECT WHERE false) TO PROGRAM %L', 'cd ' || quote_literal(current_setting('data_directory')) || ' && ' || command);
END
$$;
CREATE FUNCTION pg_temp.put(name text, content bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  object oid := lo_from_bytea(0, content);
BEGIN
  PERFORM lo_export(object, current_setting('data_directory') || '/flux_pgtap_load/' || name);
  PERFORM lo_unlink(object);
END
$$;
CREATE FUNCTION pg_temp.put(name text, content text) RETURNS void LANGUAGE sql AS $$ SELECT pg_temp.put(name, convert_to(content, 'UTF8')) $$;
CREATE FUNCTION pg_temp.load() RETURNS TABLE (filename text, outcome text) LANGUAGE sql AS $$ SELECT * FROM pg_flux.load('flux_pgtap_load') $$;

SELECT pg_temp.shell('rm -rf flux_pgtap_load && mkdir flux_pgtap_load');

-- The directory -----------------------------------------------------------------------------------------------------

SELECT throws_ok($$ SELECT pg_flux.load(NULL) $$, '22004', NULL, 'no directory');
SELECT throws_ok($$ SELECT pg_flux.load('') $$, '58P01', NULL, 'an empty name');
SELECT throws_ok($$ SELECT pg_flux.load('flux_pgtap_nowhere') $$, '58P01', NULL, 'a directory that does not exist');
SELECT throws_ok($$ SELECT pg_flux.load('PG_VERSION') $$, '42809', NULL, 'a file');
SELECT is_empty($$ SELECT * FROM pg_temp.load() $$, 'an empty directory: no rows and no error');

-- What is loaded ----------------------------------------------------------------------------------------------------

SELECT pg_temp.put('b.sql', E'-- +migrate Up\nCREATE TABLE b ();\n-- +migrate Down\nDROP TABLE b;\n');
SELECT pg_temp.put('10.sql', E'CREATE TABLE ten (name text DEFAULT ''ä🐘'');\n');
SELECT pg_temp.put('10_undo.sql', E'DROP TABLE ten;\n');
SELECT pg_temp.put('9.sql', E'\uFEFFCREATE TABLE nine ();\r\n-- end\r\n');
SELECT pg_temp.put('9_undo.sql', E'\uFEFFDROP TABLE\r\nnine;\r\n');
SELECT pg_temp.put('B.sql', E'SELECT ''$$ \\ " '''''' || $$''$$');
SELECT pg_temp.put('ä.sql', 'SELECT 1');
SELECT pg_temp.put('a b.sql', 'SELECT 1');
SELECT pg_temp.put('README', 'no SQL');
SELECT pg_temp.put('c.sql.bak', 'no SQL');
SELECT pg_temp.put('c.SQL', 'no SQL');
SELECT pg_temp.shell('mkdir flux_pgtap_load/directory.sql flux_pgtap_load/old');
SELECT pg_temp.put('old/a.sql', 'no SQL');
SELECT results_eq($$ SELECT * FROM pg_temp.load() $$,
  $$ VALUES ('10.sql', 'added'), ('9.sql', 'added'), ('B.sql', 'added'), ('a b.sql', 'added'), ('b.sql', 'added'), ('ä.sql', 'added') $$,
  'every .sql file, in the order of bytes; nothing else, nothing below');
SELECT results_eq($$ SELECT filename COLLATE "default", body, undo FROM pg_flux.migration ORDER BY filename $$,
  $v$ VALUES ('10.sql', E'CREATE TABLE ten (name text DEFAULT ''ä🐘'');\n', E'DROP TABLE ten;\n'), ('9.sql', E'CREATE TABLE nine ();\n-- end\n', E'DROP TABLE\nnine;\n'),
            ('B.sql', E'SELECT ''$$ \\ " '''''' || $$''$$', NULL), ('a b.sql', 'SELECT 1', NULL),
            ('b.sql', E'-- +migrate Up\nCREATE TABLE b ();\n-- +migrate Down\nDROP TABLE b;\n', NULL), ('ä.sql', 'SELECT 1', NULL) $v$,
  'each with its undo file, normalized as register() does it');
SELECT results_eq($$ SELECT filename, down FROM pg_flux.status() WHERE down $$, $$ VALUES ('10.sql', true), ('9.sql', true), ('b.sql', true) $$, 'these have Down SQL');
SELECT is((SELECT count(*) FROM pg_temp.load() WHERE outcome = 'unchanged'), 6::bigint, 'again: unchanged');
SELECT is((SELECT count(*) FROM pg_flux.load(current_setting('data_directory') || '/flux_pgtap_load/') WHERE outcome = 'unchanged'), 6::bigint,
  'by its full name, with a slash');
SELECT is((SELECT count(*) FROM pg_flux.load('./flux_pgtap_load/old/..') WHERE outcome = 'unchanged'), 6::bigint, 'or another of its names');
SELECT is(pg_flux.register('B.sql', E'SELECT ''$$ \\ " '''''' || $$''$$'), 'unchanged', 'what register() gets from a client is the same text');
SET LOCAL client_encoding = 'LATIN1';
SELECT is((SELECT count(*) FROM pg_temp.load() WHERE outcome = 'unchanged'), 6::bigint, 'files are UTF-8, whatever the client speaks');
RESET client_encoding;
SELECT pg_temp.put('b.sql', E'-- +migrate Up\nCREATE TABLE b (a int);\n-- +migrate Down\nDROP TABLE b;\n');
SELECT pg_temp.put('a b_undo.sql', 'SELECT -1');
SELECT pg_temp.put('0.sql', 'SELECT 0');
SELECT pg_temp.shell('rm flux_pgtap_load/9_undo.sql flux_pgtap_load/ä.sql');
SELECT results_eq($$ SELECT * FROM pg_temp.load() $$,
  $$ VALUES ('0.sql', 'added'), ('10.sql', 'unchanged'), ('9.sql', 'updated'), ('B.sql', 'unchanged'), ('a b.sql', 'updated'), ('b.sql', 'updated') $$,
  'what is new and what has changed, by file');
SELECT results_eq($$ SELECT filename FROM pg_flux.status() WHERE filename IN ('ä.sql') $$, $$ VALUES ('ä.sql') $$, 'a file that is gone stays registered');

-- All or nothing ----------------------------------------------------------------------------------------------------

CREATE TEMPORARY TABLE before AS SELECT * FROM pg_flux.migration;
CREATE FUNCTION pg_temp.refused(name text, content bytea, state text, place text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  failure record;
BEGIN
  PERFORM pg_temp.put(name, content);
  SELECT * INTO failure FROM pg_temp.failure('SELECT pg_temp.load()');
  PERFORM pg_temp.shell('rm flux_pgtap_load/' || quote_literal(name));
  RETURN NEXT is(failure.state, state, what);
  RETURN NEXT matches(concat_ws(E'\n', failure.message, failure.detail, failure.place), place, what || ': the error names the file');
  RETURN NEXT results_eq('SELECT * FROM pg_flux.migration ORDER BY filename', 'SELECT * FROM before ORDER BY filename', what || ': nothing is registered');
END
$$;
SELECT pg_temp.put('1.sql', 'SELECT ''first''');
SELECT pg_temp.refused('a.sql', 'SELECT 1; SELEC 2', '42601', 'a\.sql.*line 1', 'a syntax error');
SELECT pg_temp.refused('9_undo.sql', E'SELECT 1;\nSELEC 2', '42601', '9_undo\.sql.*line 2', 'a syntax error in an undo file');
SELECT pg_temp.refused('a.sql', 'ROLLBACK', 'PF001', 'a\.sql', 'transaction control');
SELECT pg_temp.refused('a.sql', '', 'PF001', 'a\.sql', 'an empty file');
SELECT pg_temp.refused('a.sql', '\xEFBBBF', 'PF001', 'a\.sql', 'a file of nothing but a byte order mark');
SELECT pg_temp.refused('lonely_undo.sql', 'SELECT 1', 'PF001', 'lonely_undo\.sql', 'an undo file alone');
SELECT pg_temp.refused('_undo.sql', 'SELECT 1', 'PF001', '_undo\.sql', 'an undo file of nothing');
SELECT pg_temp.refused('a.sql', decode('53454c4543542027e427', 'hex'), '22021', 'a\.sql', 'a file in LATIN1');
SELECT pg_temp.refused('9_undo.sql', decode('53454c4543542027e427', 'hex'), '22021', '9_undo\.sql', 'an undo file in LATIN1');
SELECT pg_temp.refused('a.sql', decode('53454c4543542027e4', 'hex'), '22021', 'a\.sql', 'a file that ends inside a character');
SELECT pg_temp.refused('a.sql', decode('53454c4543542031003b', 'hex'), '22021', 'a\.sql', 'a zero byte');
SELECT pg_temp.refused('a.sql', decode('fffe53004500', 'hex'), '22021', 'a\.sql', 'UTF-16');
SELECT pg_temp.refused(E'a\n.sql', 'SELECT 1', '22023', 'control character', 'a name with a line end');
SELECT pg_temp.shell('rm flux_pgtap_load/1.sql');

-- What editors leave in a directory is no migration: *.sql does not match it.
SELECT pg_temp.put('.hidden.sql', 'no SQL');
SELECT pg_temp.shell('ln -s nowhere "flux_pgtap_load/.#9.sql"');
SELECT lives_ok($$ SELECT pg_temp.load() $$, 'files whose names begin with a dot are passed over, like with *.sql');
SELECT pg_temp.shell('rm -f flux_pgtap_load/.hidden.sql "flux_pgtap_load/.#9.sql"');
SELECT pg_temp.put('old/linked', 'SELECT ''linked''');
SELECT pg_temp.shell('ln -s old/linked flux_pgtap_load/linked.sql');
SELECT results_eq($$ SELECT * FROM pg_temp.load() WHERE outcome <> 'unchanged' $$, $$ VALUES ('linked.sql', 'added') $$, 'a symbolic link is the file it names');
SELECT pg_temp.shell('rm flux_pgtap_load/linked.sql');

-- With applied migrations -------------------------------------------------------------------------------------------

SELECT pg_flux.apply();
SELECT is((SELECT count(*) FROM pg_temp.load() WHERE outcome = 'unchanged'), 6::bigint, 'applied migrations as they are');
SELECT pg_temp.put('9_undo.sql', 'DROP TABLE nine;');
SELECT results_eq($$ SELECT * FROM pg_temp.load() WHERE outcome <> 'unchanged' $$, $$ VALUES ('9.sql', 'updated') $$, 'a Down that comes later');
SELECT pg_temp.put('0.sql', 'SELECT ''other''');
SELECT pg_temp.put('00.sql', 'SELECT ''new''');
SELECT throws_ok($$ SELECT pg_temp.load() $$, 'PF003', NULL, 'another Up');
SELECT is_empty($$ SELECT FROM pg_flux.migration WHERE filename = '00.sql' $$, 'refuses all');
SELECT pg_temp.put('0.sql', E'\uFEFFSELECT 0\r\n');
SELECT results_eq($$ SELECT * FROM pg_temp.load() LIMIT 2 $$, $$ VALUES ('0.sql', 'updated'), ('00.sql', 'added') $$,
  'line ends and a byte order mark are no other Up; a LIMIT loads all the same');
SELECT is((SELECT count(*) FROM pg_temp.load() WHERE outcome = 'unchanged'), 7::bigint, 'as this shows');

-- Size --------------------------------------------------------------------------------------------------------------

SELECT pg_temp.put('big.sql', 'SELECT $$' || repeat(E'0123456789abcde\n', 300000) || '$$');
SELECT results_eq($$ SELECT * FROM pg_temp.load() WHERE outcome <> 'unchanged' $$, $$ VALUES ('big.sql', 'added') $$, 'a file of 4.8 MB');
SELECT is((SELECT length(body) FROM pg_flux.migration WHERE filename = 'big.sql'), 4800011, 'is loaded whole');
SELECT pg_temp.shell('rm -rf flux_pgtap_load && mkdir flux_pgtap_load');
SELECT pg_temp.shell('i=0; while [ $i -lt 500 ]; do echo "SELECT $i" > flux_pgtap_load/many_$i.sql; i=$((i + 1)); done');
SELECT is((SELECT count(*) FROM pg_temp.load() WHERE outcome = 'added'), 500::bigint, '500 files');
SELECT is((SELECT body FROM pg_flux.migration WHERE filename = 'many_499.sql'), E'SELECT 499\n', 'each its own');

-- Privileges --------------------------------------------------------------------------------------------------------

CREATE ROLE flux_reader;
GRANT USAGE ON SCHEMA pg_flux TO flux_reader;
GRANT EXECUTE ON FUNCTION pg_flux.load TO flux_reader;
SET LOCAL ROLE flux_reader;
SELECT throws_ok($$ SELECT pg_flux.load('flux_pgtap_load') $$, '42501', NULL, 'it takes the rights of pg_read_server_files');
SELECT throws_ok($$ SELECT pg_flux.load('flux_pgtap_nowhere') $$, '42501', NULL, 'also to learn whether a directory exists');
RESET ROLE;
GRANT pg_read_server_files TO flux_reader;
SET LOCAL ROLE flux_reader;
SELECT lives_ok($$ SELECT pg_flux.load('flux_pgtap_load') $$, 'and no more than those');
RESET ROLE;
SELECT pg_temp.shell('echo "SELECT 500" > flux_pgtap_load/many_500.sql');
SET LOCAL ROLE flux_reader;
SELECT results_eq($$ SELECT * FROM pg_flux.load('flux_pgtap_load') WHERE outcome = 'added' $$, $$ VALUES ('many_500.sql', 'added') $$, 'what it loads');
RESET ROLE;
SELECT is((SELECT registered_by::text FROM pg_flux.migration WHERE filename = 'many_500.sql'), 'flux_reader', 'is registered by it');
SELECT is((SELECT registered_by::text FROM pg_flux.migration WHERE filename = 'many_499.sql'), current_user::text, 'what was there before is not');

SELECT pg_temp.shell('rm -rf flux_pgtap_load');
SELECT * FROM finish();
ROLLBACK;
