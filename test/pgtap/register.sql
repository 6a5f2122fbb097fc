-- What register() guarantees: the rules of migration files, what it stores, and what becomes of a text that is there already.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(246);

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

-- A text in one line of a description.
CREATE FUNCTION pg_temp.shown(text) RETURNS text LANGUAGE sql AS $$
  SELECT regexp_replace(replace(replace(replace(left($1, 60), E'\n', '⏎'), E'\r', '␍'), E'\t', '␉'), '[\x01-\x1f\x7f]', '␣', 'g')
$$;

-- What becomes of a text: its statements, each with its line, as the run would execute them. NULL: no Down SQL.
CREATE FUNCTION pg_temp.statements(body text, direction text DEFAULT 'up', undo text DEFAULT NULL) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  found text[];
BEGIN
  PERFORM pg_flux.register('statements.sql', body, undo);
  IF direction = 'down' THEN
    INSERT INTO pg_flux.applied (filename, checksum, baseline, applied_at, applied_by)
      VALUES ('statements.sql', '', false, now(), 'x');
  END IF;
  SELECT array_agg(line || ': ' || statement ORDER BY number) INTO found
    FROM pg_flux.plan(1, direction) WHERE statement IS NOT NULL;
  DELETE FROM pg_flux.applied WHERE filename = 'statements.sql';
  PERFORM pg_flux.unregister('statements.sql');
  RETURN found;
END
$$;

-- Outcomes ----------------------------------------------------------------------------------------------------------

SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 1;\n'), 'added', 'a new migration is added');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 1;\n'), 'unchanged', 'the same text again is unchanged');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 2;\n'), 'updated', 'a pending migration is replaced');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 2;\n', 'SELECT 3;'), 'updated', 'an undo text is a change');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 2;\n', 'SELECT 3;'), 'unchanged', 'the same pair again is not');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 2;\n', ''), 'updated', 'an empty undo file is another undo file');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nSELECT 2;\n'), 'updated', 'and it is another thing than none');
SELECT is(pg_flux.register(filename => '2.sql', undo => 'SELECT 2', body => 'SELECT 1'), 'added', 'arguments by name');

SELECT results_eq(
  $$ SELECT filename COLLATE "default", body, undo, has_down, registered_by::text FROM pg_flux.migration ORDER BY 1 $$,
  $$ VALUES ('1.sql', E'-- +migrate Up\nSELECT 2;\n', NULL, false, current_user::text),
            ('2.sql', 'SELECT 1', 'SELECT 2', true, current_user::text) $$,
  'what is stored');
SELECT is_empty($$ SELECT FROM pg_flux.migration WHERE registered_at < now() OR registered_at > clock_timestamp() $$,
  'with the time');
SELECT is_empty($$ SELECT FROM pg_flux.history $$, 'registering is not an action of the history');
SELECT is_empty($$ SELECT FROM pg_flux.applied $$, 'and applies nothing');
SELECT pg_flux.unregister('1.sql'), pg_flux.unregister('2.sql');

-- Arguments ---------------------------------------------------------------------------------------------------------

SELECT throws_ok($$ SELECT pg_flux.register(NULL, 'SELECT 1') $$, '22004', NULL, 'NULL is no file name');
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', NULL) $$, '22004', NULL, 'NULL is no text');
SELECT throws_ok($$ SELECT pg_flux.register('', 'SELECT 1') $$, '22023', NULL, 'nor is an empty name');
SELECT throws_ok(format('SELECT pg_flux.register(%L, ''SELECT 1'')', name), '22023', NULL,
    'no name for a migration: ' || pg_temp.shown(name))
  FROM unnest(ARRAY['1', '1.SQL', '1.sql.bak', '.sql', '1.sql ', 'dir/1.sql', '/1.sql', '../1.sql', E'dir\\1.sql',
    '1_undo.sql', '_undo.sql', E'1\n.sql', E'1\t.sql', E'\x7f.sql', E'\x01.sql', repeat('a', 252) || '.sql',
    repeat('ä', 126) || '.sql', repeat('x', 1000000) || '.sql']) AS name
  WHERE octet_length(name) < 300;
SELECT throws_ok(format('SELECT pg_flux.register(%L, ''SELECT 1'')', repeat('x', 1000000) || '.sql'), '22023', NULL,
  'nor is one of a megabyte');
SELECT is(pg_flux.register(name, 'SELECT 1'), 'added', 'a name like any other: ' || pg_temp.shown(name))
  FROM unnest(ARRAY['a.sql', ' .sql', '1 2.sql', 'undo.sql', 'x_UNDO.sql', 'x_undo.sql.sql', '..sql', '-1.sql', '''";--.sql',
    'übergröße 🐘.sql', '%s%n.sql', '$1.sql', '*.sql']) AS name;
SELECT is(pg_flux.register(repeat('a', 251) || '.sql', 'SELECT 1'), 'added', '255 bytes');
SELECT is(pg_flux.register(repeat('ä', 125) || 'a.sql', 'SELECT 1'), 'added', '255 bytes beyond ASCII');
SELECT results_eq(
  $$ SELECT filename FROM pg_flux.status() $$,
  $$ SELECT filename FROM pg_flux.status() ORDER BY filename::bytea $$,
  'names come in the order of their bytes');
SELECT is(count(*), 15::bigint, 'all of them forgotten') FROM (SELECT pg_flux.unregister(filename) FROM pg_flux.status()) AS gone;

-- Markers -----------------------------------------------------------------------------------------------------------

SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n'), '{2: SELECT 1}', 'the Up section');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n', 'down'), '{4: SELECT 2}', 'the Down section');
SELECT is(pg_temp.statements(E'SELECT 1;\nSELECT 2'), '{1: SELECT 1,2: SELECT 2}', 'without a marker the whole file is Up');
SELECT is(pg_temp.statements(E'SELECT 1', 'down', E'SELECT 2;\nSELECT 3;'), '{1: SELECT 2,2: SELECT 3}', 'and undo is Down');
SELECT is(pg_temp.statements(E'SELECT 1', 'down', E'-- drops it\n-- +migrate Down\nSELECT 2'), '{3: SELECT 2}',
  'an undo file may have its marker');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;', 'down', 'SELECT 3'), '{4: SELECT 2}',
  'the Down section wins over undo');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\n/* none */ -- none\n;', 'down', 'SELECT 3'), NULL,
  'also when nothing but comments is in it');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1;\n', 'down', E'-- MANUAL UNDO REQUIRED\n'), NULL,
  'an undo of comments is no Down SQL');
SELECT is(pg_temp.statements(E'-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 1;'), '{4: SELECT 1}', 'Down before Up: Up');
SELECT is(pg_temp.statements(E'-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 1;', 'down'), '{2: SELECT 2}',
  'Down before Up: Down');
SELECT is(pg_temp.statements(
    E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 3;\n-- +migrate Down\nSELECT 4;'),
  '{2: SELECT 1,6: SELECT 3}', 'several Up sections run in file order');
SELECT is(pg_temp.statements(
    E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 3;\n-- +migrate Down\nSELECT 4;', 'down'),
  '{4: SELECT 2,8: SELECT 4}', 'so do several Down sections');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1\n-- +migrate Up\nSELECT 2'), '{2: SELECT 1,4: SELECT 2}',
  'the end of a section ends its last statement');
SELECT throws_ok($$ SELECT pg_flux.register('x.sql', E'-- +migrate Up\nSELECT 1\n-- +migrate Up\n, 2;') $$, '42601', NULL,
  'which therefore does not run on in the next');
SELECT is(pg_temp.statements(E'DROP TABLE everything;\n-- +migrate Up\nSELECT 1;'), '{3: SELECT 1}',
  'text before the first marker is ignored');
SELECT is(pg_temp.statements(E'-- pg-flux-baseline-hash: sha256:abc\n\n/* it''s */ -- +migrate Down\n-- +migrate Up\nSELECT 1;'),
  '{5: SELECT 1}', 'so are comments there, and a marker that is not first on its line');
SELECT is(pg_temp.statements(marker || E'\nSELECT 1;\n-- +migrate Down\nSELECT 2'), '{2: SELECT 1}', 'an Up marker: ' || pg_temp.shown(marker))
  FROM unnest(ARRAY['-- +migrate Up', '-- +migrate up', '-- +MIGRATE UP', '--+migrate Up', E'  \t-- +migrate Up', '--   +migrate   Up',
    E'--\t+migrate\tUp  ', '-- +migrate Up notransaction', '-- +migrate Up NoTransaction', E'-- +migrate Up\r']) AS marker;
SELECT is(pg_temp.statements('-- +migrate Up' || E'\n' || statement || E';\n-- +migrate Down\nSELECT 2;\n'), ARRAY['2: ' || statement],
    'no marker inside ' || what)
  FROM (VALUES
    ('a string', E'SELECT ''\n-- +migrate Down\n'''),
    ('a string with doubled quotes', E'SELECT ''it''''s\n-- +migrate Down\n'''),
    ('a string with a backslash at its end', E'SELECT ''\\'', ''\n-- +migrate Down\n'''),
    ('an escape string', E'SELECT E''\\''\n-- +migrate Down\n'''),
    ('a continued string', E'SELECT ''a''\n''\n-- +migrate Down\n'''),
    ('a quoted identifier', E'SELECT 1 AS "\n-- +migrate Down\n"'),
    ('a quoted identifier with doubled quotes', E'SELECT 1 AS "a""\n-- +migrate Down\n"'),
    ('dollar quotes', E'SELECT $$\n-- +migrate Down\n$$'),
    ('dollar quotes with a tag', E'SELECT $a$ $b$ $$\n-- +migrate Down\n$b$ $a$'),
    ('a block comment', E'SELECT 1 /*\n-- +migrate Down\n*/ + 1'),
    ('a nested block comment', E'SELECT 1 /* /* */\n-- +migrate Down\n*/ + 1'),
    ('a function', E'CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $f$\nBEGIN\n  -- +migrate Down\n  RETURN $$\n-- +migrate Up\n$$;\nEND\n$f$'),
    ('a line, after something else', E'SELECT 1 -- +migrate Down\n+ 1')) AS place (what, statement);
SELECT is(pg_temp.statements(E'-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1;\nSELECT 2;\n-- +migrate StatementEnd\nSELECT 3;'),
  '{3: SELECT 1,4: SELECT 2,6: SELECT 3}', 'StatementBegin and StatementEnd have no effect');
SELECT is(pg_temp.statements(E'-- +migrate StatementBegin\nSELECT 1;\n-- +migrate StatementEnd'), '{2: SELECT 1}',
  'they make no section');
SELECT throws_ok($$ SELECT pg_flux.register('x.sql', E'-- +migrate Down\nSELECT 2;') $$, 'PF001', NULL, 'Down without Up');
SELECT throws_ok($$ SELECT pg_flux.register('x.sql', 'SELECT 1', E'-- +migrate Up\nSELECT 2;') $$, 'PF001', NULL, 'Up in an undo file');
SELECT throws_ok(format('SELECT pg_flux.register(''x.sql'', %L)', marker || E'\nSELECT 1;'), 'PF001', NULL,
    'a marker that is none: ' || pg_temp.shown(marker))
  FROM unnest(ARRAY['-- +migrate', '-- +migrate Upp', '-- +migrate Up now', '-- +migrate StatementBegin notransaction',
    '-- +migrate Up notransaction notransactions']) AS marker;
SELECT is(pg_temp.statements(E'-- migrate Down\n-- + migrate Down\n-- goose Down\nSELECT 1'), '{4: SELECT 1}', 'other comments are comments');

-- Encodings of lines ------------------------------------------------------------------------------------------------

SELECT is(pg_temp.statements(E'\uFEFF-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2'), '{2: SELECT 1}', 'a byte order mark');
SELECT is(pg_temp.statements(E'\uFEFFSELECT 1'), '{1: SELECT 1}', 'a byte order mark before a statement');
SELECT is(pg_temp.statements('SELECT 1', 'down', E'\uFEFFSELECT 2'), '{1: SELECT 2}', 'a byte order mark of an undo file');
SELECT is(pg_temp.statements(E'-- +migrate Up\r\nSELECT 1;\r\n\r\nSELECT\r\n2;\r\n-- +migrate Down\r\nSELECT 3;\r\n'),
  ARRAY['2: SELECT 1', E'4: SELECT\n2'], 'CRLF');
SELECT is(pg_temp.statements(E'-- +migrate Up\r\nSELECT 1;\r\n-- +migrate Down\r\nSELECT 3;', 'down'), '{4: SELECT 3}', 'CRLF, Down');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1 -- one'), '{2: SELECT 1 -- one}', 'no newline at the end, after a comment');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 1;\n-- +migrate Down', 'down'), NULL, 'a file that ends with its marker');
SELECT is(pg_flux.register('x.sql', E'\uFEFF-- +migrate Up\r\nSELECT 1;\r\n', E'\uFEFFSELECT 2;\r\n'), 'added', 'BOM and CRLF');
SELECT results_eq($$ SELECT body, undo FROM pg_flux.migration $$, $$ VALUES (E'-- +migrate Up\nSELECT 1;\n', E'SELECT 2;\n') $$,
  'are not stored');
SELECT is(pg_flux.register('x.sql', E'-- +migrate Up\nSELECT 1;\n', E'SELECT 2;\n'), 'unchanged', 'nor do they make another text');
SELECT is(pg_flux.unregister('x.sql'), 'unregistered', 'gone again');

-- Statements --------------------------------------------------------------------------------------------------------

SELECT is(pg_temp.statements(E';;\n;SELECT 1;; -- one\n/* two */ SELECT 2 /* after */ ;\n\n-- three\n\n  SELECT\n  3\n  -- end\n;'),
  ARRAY['2: SELECT 1', '3: SELECT 2 /* after */', E'7: SELECT\n  3\n  -- end'], 'comments before a statement do not count as its line');
SELECT is(pg_temp.statements(E'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3'),
  '{"1: CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END","1: SELECT 3"}', 'PostgreSQL''s parser splits');
SELECT is(pg_temp.statements(E'CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3'),
  '{"1: CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)","1: SELECT 3"}', 'rules included');
SELECT is(pg_temp.statements(E'BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;'), '{2: SELECT 1,4: SELECT 2}', 'BEGIN and COMMIT are taken off');
SELECT is(pg_temp.statements(opening || E';\nSELECT 1;\n' || closing || ';'), '{2: SELECT 1}', opening || ' … ' || closing)
  FROM (VALUES ('BEGIN', 'END'), ('begin work', 'commit work'), ('START TRANSACTION', 'COMMIT'), ('BEGIN TRANSACTION', 'END TRANSACTION'))
    AS wrapper (opening, closing);
SELECT is(pg_temp.statements(E'BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT;'), '{1: SELECT 1,1: SELECT 2}', 'several pairs');
SELECT is(pg_temp.statements(E'-- +migrate Up\nSELECT 0;\n-- +migrate Down\nBEGIN;\nSELECT 1;\nCOMMIT;', 'down'), '{5: SELECT 1}', 'in a Down section');
SELECT is(pg_temp.statements(E'SELECT 0', 'down', E'BEGIN;\nSELECT 1;\nCOMMIT;'), '{2: SELECT 1}', 'in an undo file');

SELECT throws_ok(format('SELECT pg_flux.register(''x.sql'', %L)', text), state, NULL, 'refused: ' || pg_temp.shown(text))
  FROM (VALUES
    ('SELEC 1', '42601'), ('SELECT ''a', '42601'), ('SELECT $$a', '42601'), ('SELECT "a', '42601'), ('/* SELECT 1', '42601'),
    ('SELECT 1;' || E'\n' || 'SELECT (', '42601'),
    ('ROLLBACK', 'PF001'), ('ABORT', 'PF001'), ('COMMIT', 'PF001'), ('END', 'PF001'), ('BEGIN; SELECT 1', 'PF001'),
    ('BEGIN; BEGIN; COMMIT; COMMIT', 'PF001'), ('BEGIN; SELECT 1; ROLLBACK', 'PF001'), ('COMMIT; BEGIN', 'PF001'),
    ('SAVEPOINT a', 'PF001'), ('RELEASE a', 'PF001'), ('ROLLBACK TO a', 'PF001'), ('PREPARE TRANSACTION ''a''', 'PF001'),
    ('COMMIT PREPARED ''a''', 'PF001'), ('ROLLBACK PREPARED ''a''', 'PF001'), ('BEGIN; COMMIT AND CHAIN', 'PF001'),
    ('BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT', 'PF001'), ('BEGIN READ ONLY; COMMIT', 'PF001'),
    ('\d', 'PF001'), ('SELECT 1 \gset', 'PF001'), ('\i other.sql', 'PF001'), ('SELECT 1; \echo hello', 'PF001'), ('\', 'PF001'),
    ('COPY t FROM STDIN', 'PF001'), (E'COPY t (a, b) FROM STDIN WITH (FORMAT csv);\n1,2\n\\.\n', 'PF001'),
    ('copy t from stdin', 'PF001'), ('COPY t TO STDOUT', 'PF001'), ('COPY (SELECT 1) TO STDOUT', 'PF001'),
    ('SET standard_conforming_strings = off', 'PF001'), ('SET LOCAL standard_conforming_strings TO ''0''', 'PF001'),
    ('SET SESSION "Standard_Conforming_Strings" TO no', 'PF001'),
    ('', 'PF001'), (E' \t\r\n', 'PF001')) AS refused (text, state);
SELECT throws_ok(format('SELECT pg_flux.register(''x.sql'', %L)', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\n' || text), state, NULL,
    'refused in a Down section: ' || pg_temp.shown(text))
  FROM (VALUES ('SELEC 1', '42601'), ('SELECT ''a', '42601'), ('ROLLBACK', 'PF001'), ('BEGIN; SELECT 1', 'PF001'), ('\d', 'PF001'),
    ('COPY t FROM STDIN', 'PF001'), ('SET standard_conforming_strings = off', 'PF001')) AS refused (text, state);
SELECT throws_ok(format('SELECT pg_flux.register(''x.sql'', ''SELECT 1'', %L)', text), state, NULL,
    'refused in an undo file: ' || pg_temp.shown(text))
  FROM (VALUES ('SELEC 1', '42601'), ('SELECT ''a', '42601'), ('ROLLBACK', 'PF001'), ('BEGIN; SELECT 1', 'PF001'), ('\d', 'PF001'),
    ('COPY t FROM STDIN', 'PF001'), ('SET standard_conforming_strings = off', 'PF001')) AS refused (text, state);
SELECT is(pg_temp.statements(text), ARRAY['1: ' || text], 'allowed: ' || pg_temp.shown(text))
  FROM unnest(ARRAY['COPY t FROM ''/tmp/stdin''', 'COPY t FROM PROGRAM ''cat''', 'COPY (SELECT * FROM stdin) TO ''/tmp/x''',
    'SELECT 1 AS copy FROM stdin', 'SELECT ''\d''', 'SELECT $$\d$$', 'SELECT 1 /* \d */', 'SELECT 1 AS "\d"', 'SELECT 1 -- \d',
    'SET standard_conforming_strings = on', 'SET LOCAL standard_conforming_strings TO ''true''', 'SET search_path = ''''',
    'SET LOCAL ROLE x', 'RESET ALL', 'SELECT pg_catalog.set_config(''search_path'', '''', false)', 'CALL p()', 'LOCK TABLE t', 'DISCARD TEMP',
    'VACUUM', 'CREATE INDEX CONCURRENTLY ON t (a)', 'ALTER SYSTEM SET work_mem = 1', 'TABLE t', 'VALUES (1)', 'LISTEN a', 'EXPLAIN SELECT 1',
    'DO $$ BEGIN COMMIT; END $$', 'SELECT 1 AS "begin"', 'PREPARE a AS SELECT 1', 'SELECT E''\\'' AS commit']) AS text;
SELECT is(pg_temp.statements(E'-- nothing at all'), NULL, 'a migration without Up SQL is registered, with a warning');

-- Where it went wrong -----------------------------------------------------------------------------------------------

CREATE TEMPORARY TABLE failure AS
  SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('20240101_a.sql', E'-- +migrate Up\nSELECT 1;\n\nSELECT 2,\n  3 frm x;\n') $$);
SELECT is(state, '42601', 'a syntax error') FROM failure;
SELECT matches(message, 'syntax error at or near "x"', 'in PostgreSQL''s words') FROM failure;
SELECT matches(place, '20240101_a\.sql.*Up.*line 5', 'names file, section and line') FROM failure;
TRUNCATE failure;
INSERT INTO failure
  SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'-- +migrate Up\r\nSELECT 1;\r\n-- +migrate Down\r\n\r\nDROP TABL x;') $$);
SELECT matches(place, 'a\.sql.*Down.*line 5', 'in a Down section with CRLF') FROM failure;
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'SELECT 1', E'SELECT ''ä🐘'';\nDROP TABL x;') $$);
SELECT matches(place, 'a_undo\.sql.*line 2', 'in an undo file, after characters of several bytes') FROM failure;
TRUNCATE failure;
INSERT INTO failure
  SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'-- +migrate Up\nSELECT 1;\n-- +migrate Down\n\n\nSELECT 1;\nROLLBACK;') $$);
SELECT matches(place, 'a\.sql.*Down.*line 7', 'of transaction control') FROM failure;
SELECT isnt(detail, '', 'whose reason it names') FROM failure;
SELECT matches(place, 'a\.sql.*Up.*line 3', 'of a BEGIN which has no COMMIT')
  FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'-- +migrate Up\nSELECT 1;\nBEGIN;\nSELECT 2;\nSELECT 3;\n') $$);
SELECT isnt(hint, '', 'with a way out') FROM failure;
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'-- +migrate Up\n\nSELECT 1 \\gset') $$);
SELECT matches(place, 'a\.sql.*Up.*line 3', 'of a psql meta-command') FROM failure;
SELECT matches(detail, '\\gset"', 'which it names, also at the end of the file') FROM failure;
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'\n\nCOPY t FROM STDIN;\n1\tBobby''s\n\\.\n') $$);
SELECT matches(place, 'a\.sql.*Up.*line 3', 'of COPY FROM STDIN, whatever its data look like') FROM failure;
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('a.sql', E'\nSELECT 1;\n-- +migrate Upp\n') $$);
SELECT matches(concat_ws(' ', message, detail, context), 'Upp.*line 3.*a\.sql', 'of a misspelt marker') FROM failure;
SELECT is_empty($$ SELECT FROM pg_flux.migration $$, 'what is refused is not stored');

-- Applied migrations ------------------------------------------------------------------------------------------------

SELECT is(pg_flux.register('1.sql', E'CREATE TABLE one ();'), 'added', 'a migration without Down');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'applied');
SELECT is(pg_flux.register('1.sql', E'CREATE TABLE one ();', 'DROP TABLE one;'), 'updated', 'gets its Down later');
SELECT results_eq($$ SELECT status, filename, down FROM pg_flux.status() $$, $$ VALUES ('applied', '1.sql', true) $$, 'as status() says');
SELECT is(pg_flux.register('1.sql', E'CREATE TABLE one ();', 'DROP TABLE one CASCADE;'), 'updated', 'may get another');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one ();\n-- +migrate Down\nDROP TABLE one;'), 'updated',
  'or become a combined file');
SELECT is((SELECT undo FROM pg_flux.migration), NULL, 'whose undo is none');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one ();'), 'updated', 'may lose it, with a warning');
SELECT results_eq($$ SELECT down FROM pg_flux.status() $$, $$ VALUES (false) $$, 'as status() says');
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', 'CREATE TABLE one (a int);') $$, 'PF003', NULL, 'but its Up stays');
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure($$ SELECT pg_flux.register('1.sql', 'CREATE TABLE one (a int);', 'DROP TABLE one') $$);
SELECT matches(message, '"1\.sql"', 'the error names the migration') FROM failure;
SELECT matches(detail, encode(sha256('CREATE TABLE one ();'), 'hex'), 'the checksum of what was applied') FROM failure;
SELECT matches(detail, encode(sha256('CREATE TABLE one (a int);'), 'hex'), 'and that of the new text') FROM failure;
SELECT matches(hint, 'pg_flux\.repair', 'and repair()') FROM failure;
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', 'SELEC') $$, '42601', NULL, 'a text that breaks the rules is refused first');
SELECT results_eq($$ SELECT body, undo, has_down FROM pg_flux.migration $$, $$ VALUES (E'-- +migrate Up\nCREATE TABLE one ();', NULL, false) $$,
  'and none of that changed the text');
SELECT is(pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one ();\n-- +migrate Down\nDROP TABLE one;'), 'updated', 'once more with Down');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.rollback() $$, $$ VALUES ('1.sql', 'rolled back') $$, 'which rolls it back');
SELECT is(pg_flux.register('1.sql', 'CREATE TABLE one (a int);'), 'updated', 'pending again, its Up may change');
SELECT is(count(*), 0::bigint, 'a baselined migration is an applied one')
  FROM pg_flux.baseline('1.sql') WHERE outcome <> 'baselined';
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', 'CREATE TABLE one (b int);') $$, 'PF003', NULL, 'its Up stays too');
SELECT is(pg_flux.register('1.sql', 'CREATE TABLE one (a int);', 'DROP TABLE one;'), 'updated', 'its Down may change');

-- Size --------------------------------------------------------------------------------------------------------------

SELECT is(pg_flux.register('big.sql', 'SELECT $x$' || repeat('$''"\;--', 500000) || '$x$'), 'added', 'a text of 3.5 MB');
SELECT is((SELECT length(body) FROM pg_flux.migration WHERE filename = 'big.sql'), 7 + 6 + 500000 * 7, 'is stored whole');
SELECT results_eq($$ SELECT length(statement) FROM pg_flux.plan(1, 'up') $$, $$ VALUES (3500013) $$, 'and planned whole');
SELECT is(pg_flux.register('many.sql', (SELECT string_agg(E'SELECT ' || i, E';\n') FROM generate_series(1, 10000) AS i)), 'added', '10,000 statements');
SELECT results_eq($$ SELECT count(*), max(number), max(line) FROM pg_flux.plan(2, 'up') WHERE filename = 'many.sql' $$,
  $$ VALUES (10000::bigint, 10000, 10000) $$, 'are split');
SELECT is(
  (SELECT state FROM pg_temp.failure($$ SELECT pg_flux.register('deep.sql', 'SELECT ' || repeat('(', 100000) || '1' || repeat(')', 100000)) $$)),
  (SELECT state FROM pg_temp.failure('SELECT ' || repeat('(', 100000) || '1' || repeat(')', 100000))),
  'nesting beyond the parser''s limit is PostgreSQL''s own error');
SELECT is(pg_flux.register('1000.sql', 'SELECT ' || repeat('(', 1000) || '1' || repeat(')', 1000)), 'added', 'nesting below it is not');

SELECT * FROM finish();
ROLLBACK;
